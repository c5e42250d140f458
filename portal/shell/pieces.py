"""A page as the pieces it is made of, of which some are the same for many readers and are drawn and compressed once.

Zstandard allows a body of several frames (RFC 8878 §3.1), so what was compressed for one reader is sent to the next as
it is, between the parts that are theirs. The older encodings know one stream only: for them a page is compressed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from portal.shell import zstandard


class Kept:
    """UTF-8 that is sent more than once, kept as it is sent to most: an eighth of its size. Nothing of a single reader
    may be in it."""

    __slots__ = ("frame",)

    def __init__(self, data: bytes) -> None:
        #: The text as Zstandard, as small as it can be made in some milliseconds.
        self.frame = zstandard.compress(data, zstandard.KEPT_LEVEL)

    @property
    def data(self) -> bytes:
        """The text itself, made anew each time: a tenth of a millisecond for a page."""
        return zstandard.decompress(self.frame)

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        return len(self.frame)


Piece: TypeAlias = str | Kept


class Drawn:
    """A part of a page in both forms it is sent in: as HTML, and as JSON that may stand in a script element.

    Large parts are :class:`Kept`, small ones go into the text around them. ``styles`` are the rules of the classes that
    its ``style`` properties became. ``still`` is what it is among elements that no callback can reach, as
    ``portal/shell/still.py`` writes it; empty where some of it answers.
    """

    # Not a dataclass: orjson would write one by its fields.
    __slots__ = ("html", "json", "still", "styles")

    def __init__(self, html: Piece, json: Piece, styles: str = "", still: str = "") -> None:
        self.html = html
        self.json = json
        self.styles = styles
        self.still = still

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        parts = (self.html, self.json, self.still)
        return sum(each.size if isinstance(each, Kept) else len(each) for each in parts)


class Written:
    """Values of a callback's answer as JSON, each by itself. Nothing of a single reader may be in them."""

    __slots__ = ("_ends", "_kept")

    def __init__(self, values: Sequence[str]) -> None:
        written = [value.encode() for value in values]
        self._kept = Kept(b"".join(written))
        self._ends = tuple(accumulate(map(len, written)))

    def values(self) -> list[Drawn]:
        """The values in their order, for an answer to be written with."""
        text = self._kept.data
        return [Drawn("", text[begin:end].decode()) for begin, end in pairwise((0, *self._ends))]

    @property
    def size(self) -> int:
        """Bytes that it takes to keep."""
        return self._kept.size


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
