"""Values out of the environment, of the kinds that settings have. What cannot be used is refused by its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """A setting that cannot be used: ``name`` is the variable, ``wants`` the sentence that says what it must be."""

    def __init__(self, name: str, wants: str) -> None:
        super().__init__(f"{name}: {wants}")
        self.name = name
        self.wants = wants


def is_loopback(host: str | None) -> bool:
    """Whether a host name never leaves the machine (RFC 6761 reserves ``.localhost``)."""
    return host is not None and (host in LOOPBACK_HOSTS or host.endswith(".localhost"))


def text(env: Mapping[str, str], name: str) -> str | None:
    """What a variable holds, without spaces around it; None for nothing."""
    return env.get(name, "").strip() or None


def secret(env: Mapping[str, str], name: str) -> str | None:
    """The same of a secret, which may be in a file instead. Raises SettingsError without repeating the value."""
    value, path = text(env, name), text(env, f"{name}_FILE")
    if value and path:
        raise SettingsError(name, f"give either {name} or {name}_FILE, not both")
    if path is None:
        return value
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{name}_FILE", f"wants the path of a readable text file, not {path!r}") from None
    if not content:
        raise SettingsError(f"{name}_FILE", f"names an empty file: {path}")
    return content


def integer(env: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number from ``lowest`` to ``highest``. Raises SettingsError."""
    value = text(env, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise SettingsError(name, f"wants a whole number from {lowest} to {highest}, not {value!r}")
    return int(value)


def url(
    env: Mapping[str, str], name: str, default: str, *, loopback_only: bool = True, keep_slash: bool = False
) -> str:
    """An absolute URL. ``loopback_only``: http is accepted for this machine alone, since tokens travel over it. Raises
    SettingsError."""
    value = text(env, name) or default
    wants = f"wants an https:// URL{' (http:// for localhost only)' if loopback_only else ''}, not {value!r}"
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a malformed port raises here
    except ValueError:
        raise SettingsError(name, wants) from None
    allowed = parts.scheme == "https" or (parts.scheme == "http" and (not loopback_only or is_loopback(parts.hostname)))
    if not allowed or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise SettingsError(name, wants)
    return value if keep_slash else value.rstrip("/")


def folder(env: Mapping[str, str], name: str, default: str) -> Path:
    """A folder that can be written; it is made where there is none. Raises SettingsError."""
    path = Path(text(env, name) or default).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(name, f"wants a folder that can be written, not {str(path)!r} ({error.strerror})") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingsError(name, f"wants a folder that can be written, not {str(path)!r}")
    return path
