"""A page as the pieces it is made of, of which some are the same for many readers and are drawn and compressed once.

Zstandard allows a body of several frames (RFC 8878 §3.1), so what was compressed for one reader is sent to the next as
it is, between the parts that are theirs. The older encodings know one stream only: for them a page is compressed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from portal.shell import zstandard


class Kept:
    """UTF-8 that is sent more than once. Nothing of a single reader may be in it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def frame(self) -> bytes:
        """The same as Zstandard, as small as it can be made in some milliseconds."""
        return zstandard.compress(self.data, zstandard.KEPT_LEVEL)


Piece: TypeAlias = str | Kept


class Drawn:
    """A part of a page in both forms it is sent in: as HTML, and as JSON that may stand in a script element.

    Large parts are :class:`Kept`, small ones go into the text around them. ``styles`` are the rules of the classes that
    its ``style`` properties became.
    """

    # Not a dataclass: orjson would write one by its fields.
    __slots__ = ("html", "json", "styles")

    def __init__(self, html: Piece, json: Piece, styles: str = "") -> None:
        self.html = html
        self.json = json
        self.styles = styles

    @property
    def size(self) -> int:
        """Bytes, before compression."""
        return sum(len(each.data if isinstance(each, Kept) else each) for each in (self.html, self.json))


class Pieces:
    """The body of a page, in one part or two. Iterated, it is the page without compression.

    ``later`` gives the second part when the first has been sent.
    """

    def __init__(self, first: Sequence[Piece], later: Callable[[], Sequence[Piece]] | None = None) -> None:
        self._first = first
        self._later = later

    def parts(self) -> Iterator[Sequence[Piece]]:
        yield self._first
        if self._later is not None:
            yield self._later()

    def __iter__(self) -> Iterator[bytes]:
        return map(plain, self.parts())

    def frames(self) -> Iterator[bytes]:
        """The page as Zstandard, whole frames in each part."""
        return (b"".join(_frames(part)) for part in self.parts())


def plain(part: Iterable[Piece]) -> bytes:
    """A part without compression."""
    return b"".join(piece.data if isinstance(piece, Kept) else piece.encode() for piece in part)


def _frames(part: Iterable[Piece]) -> Iterator[bytes]:
    between: list[str] = []
    for piece in part:
        if isinstance(piece, Kept):
            if between:
                yield zstandard.compress("".join(between).encode())
                between = []
            yield piece.frame
        else:
            between.append(piece)
    if between:
        yield zstandard.compress("".join(between).encode())
