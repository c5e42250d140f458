"""The format `text/event-stream` (WHATWG HTML, 9.2.5 and 9.2.6): written, and read again as it comes in."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b":\n\n"
LONGEST_LINE = 1024 * 1024
"""Characters of one line that are kept while its end is not there: beyond it, whoever speaks is not speaking to us."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event as it was received; `retry_ms` is the newest hint of the stream, None before there was one."""

    name: str
    data: str
    event_id: str
    retry_ms: int | None


def event(
    name: str | None = None, data: str | None = None, *, event_id: str | None = None, retry_ms: int | None = None
) -> bytes:
    """One block of the format. Raises ValueError for a name or an id that is more than one line."""
    lines = []
    for field, value in (("event", name), ("id", event_id)):
        if value is not None:
            if "\n" in value or "\r" in value or "\0" in value:
                raise ValueError(f"{field}: one line is needed")
            lines.append(f"{field}: {value}")
    if retry_ms is not None:
        lines.append(f"retry: {retry_ms}")
    if data is not None:
        lines += [f"data: {line}" for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def as_chunk(data: bytes) -> bytes:
    """`data` as one chunk of HTTP/1.1 (RFC 9112 §7.1); never for nothing, which would be the end."""
    return b"%X\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


class Parser:
    """Takes the bytes of a stream as they come and gives the events that are whole. Raises ValueError for a line
    without end."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._after_cr = False
        self._name, self._id = "", ""
        self._data: list[str] = []
        self._retry: int | None = None

    def feed(self, received: bytes) -> list[ServerEvent]:
        """The events that end in `received`."""
        text = self._decode(received)
        if self._after_cr and text.startswith("\n"):
            text = text[1:]
        if text:
            self._after_cr = text.endswith("\r")
        lines = (self._rest + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            raise ValueError("a line without end")
        found = []
        for line in lines:
            if line:
                self._take(line)
                continue
            if self._data:
                found.append(ServerEvent(self._name or "message", "\n".join(self._data), self._id, self._retry))
            self._name, self._data = "", []
        return found

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value[:9])
