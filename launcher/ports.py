"""Free ports, remembered from start to start so that addresses (and so sessions) stay valid."""

from __future__ import annotations

import socket
from pathlib import Path


class PortInUse(RuntimeError):
    """Another program listens where we were told to."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is in use")
        self.host, self.port = host, port


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on ``host:port`` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(host: str, port: int) -> None:
    """Raise PortInUse, so that a person reads a sentence and not a server's traceback."""
    if not is_free(host, port):
        raise PortInUse(host, port)


def any_free(host: str) -> int:
    """A port the system gives out now. Another program could take it before it is used; the caller retries then."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def remembered(host: str, file: Path) -> int:
    """The port written in ``file`` if it is free, else a new one, written there."""
    try:
        port = int(file.read_text(encoding="ascii"))
        if 0 < port < 65536 and is_free(host, port):
            return port
    except (OSError, ValueError):
        pass  # first start, or a file nobody can read: both mean a new port
    port = any_free(host)
    file.write_text(f"{port}\n", encoding="ascii")
    return port
