"""Values out of the environment, of the kinds that settings have. What cannot be used is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """A setting that cannot be used. `name` is the variable, `wants` the sentence that says what it must be."""

    def __init__(self, name: str, wants: str) -> None:
        super().__init__(f"{name}: {wants}")
        self.name = name
        self.wants = wants


@dataclass(frozen=True)
class SettingMeta:
    """One line of the configuration table: the variable, its default as text, what it means, whether it is a secret."""

    name: str
    default: str
    meaning: str
    secret: bool = False


def text(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").strip()
    return value or None


def secret(env: Mapping[str, str], name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names."""
    value, path = text(env, name), text(env, f"{name}_FILE")
    if value and path:
        raise SettingsError(name, f"give either {name} or {name}_FILE, not both")
    if path is None:
        return value
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise SettingsError(f"{name}_FILE", f"must name a readable text file ({reason})") from error
    if not content:
        raise SettingsError(f"{name}_FILE", "names an empty file")
    return content


def file(env: Mapping[str, str], name: str) -> Path | None:
    """The path of a file that is there and can be read."""
    value = text(env, name)
    if value is None:
        return None
    try:
        with Path(value).open("rb"):
            return Path(value)
    except OSError as error:
        raise SettingsError(name, f"must name a readable file ({error.strerror})") from error


def folder(env: Mapping[str, str], name: str) -> Path | None:
    value = text(env, name)
    return Path(value) if value is not None else None


def integer(env: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    value = text(env, name)
    if value is None:
        return default
    wants = f"must be a whole number from {lowest} to {highest}, not {value!r}"
    if not (value.isascii() and value.isdigit()):
        raise SettingsError(name, wants)
    number = int(value)
    if not lowest <= number <= highest:
        raise SettingsError(name, wants)
    return number


def limit(env: Mapping[str, str], name: str, default: int) -> int:
    return integer(env, name, default, 0, 1_000_000)


def flag(env: Mapping[str, str], name: str) -> bool:
    value = (text(env, name) or "false").lower()
    if value not in {"true", "false", "1", "0"}:
        raise SettingsError(name, f"must be true or false, not {value!r}")
    return value in {"true", "1"}


def choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, the first when nothing is set."""
    value = text(env, name) or choices[0]
    if value not in choices:
        raise SettingsError(name, f"must be one of {', '.join(choices)}, not {value!r}")
    return value


def token(env: Mapping[str, str], name: str, *, shortest: int = 16) -> str | None:
    value = secret(env, name)
    if value is not None and (len(value) < shortest or not value.isascii() or any(c.isspace() for c in value)):
        raise SettingsError(name, f"must be at least {shortest} ASCII characters without spaces")
    return value


def word(env: Mapping[str, str], name: str) -> str | None:
    value = text(env, name)
    if value is not None and not is_word(value):
        raise SettingsError(name, f"must be ASCII without spaces, not {value!r}")
    return value


def secret_word(env: Mapping[str, str], name: str) -> str | None:
    # What another program made up, in whatever length; it is sent in a header, and never repeated in a message.
    value = secret(env, name)
    if value is not None and not is_word(value):
        raise SettingsError(name, "must be ASCII without spaces")
    return value


def is_word(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def database_url(env: Mapping[str, str], name: str) -> str | None:
    # The value is a secret (it holds a password), so it is never repeated in the message.
    value = secret(env, name)
    if value is None:
        return None
    wants = "must be a PostgreSQL URL such as postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 — a malformed port raises here
    except ValueError as error:
        raise SettingsError(name, wants) from error
    if parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2:
        raise SettingsError(name, wants)
    return value


def public_url(env: Mapping[str, str], name: str) -> str | None:
    value = text(env, name)
    if value is None:
        return None
    wants = f"must be an https:// URL without query (http:// for localhost only), not {value!r}"
    try:
        parts = urlsplit(value)
        host = parts.hostname
        parts.port  # noqa: B018 — a malformed port raises here
    except ValueError as error:
        raise SettingsError(name, wants) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS)
    if not secure or not host or parts.query or parts.fragment or parts.username:
        raise SettingsError(name, wants)
    return value.rstrip("/")


def url(env: Mapping[str, str], name: str) -> str | None:
    """An address on the operator's own network, where plain http is usual."""
    value = text(env, name)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 — a malformed port raises here
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and is_word(value)
    except ValueError:
        right = False
    if not right or parts.query or parts.fragment or parts.username:
        raise SettingsError(name, "must be an http:// or https:// URL without query, name and password")
    return value.rstrip("/")


def together(name: str, chosen: str, needed: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse a choice without what goes with it: said at the start, and not when somebody first asks for it."""
    for each, value in needed.get(chosen, {}).items():
        if value is None:
            raise SettingsError(each, f"is needed with {name}={chosen}")
