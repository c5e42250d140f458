"""From the database's stream of CSV lines to a file. Neither way keeps more than a few thousand rows in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BUFFER = 1 << 20
_ROW_GROUP = 1 << 15


def write_csv(lines: Iterable[bytes], path: Path) -> None:
    """UTF-8 that says so: without the mark spreadsheets read Dari and Pashto as Latin letters."""
    with path.open("wb", buffering=_BUFFER) as file:
        file.write(BYTE_ORDER_MARK)
        file.writelines(lines)


def write_parquet(lines: Iterable[bytes], path: Path) -> None:
    """Typed columns: instants in UTC with milliseconds, prices as exact decimals; compressed with zstd."""
    # Imported here: the worker does without pyarrow until somebody wants Parquet.
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    types = _types()
    reader = pa.csv.open_csv(
        _Stream(iter(lines)),
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BUFFER),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            # The database writes NULL as nothing and an empty text as "".
            column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )  # fmt: skip
    with reader, pa.parquet.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in reader:
            waiting.append(batch)
            if sum(each.num_rows for each in waiting) >= _ROW_GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, reader.schema))


def _types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    texts = ("messageId", "to", "from", "status", "operator", "country", "errorCode", "carrierCode", "encoding",
             "currency", "text")  # fmt: skip
    moments = ("submittedAt", "sentAt", "deliveredAt")
    return {
        **dict.fromkeys(texts, pa.string()),
        **dict.fromkeys(moments, pa.timestamp("ms", "UTC")),
        "submittedLocalTime": pa.timestamp("s"),
        "segments": pa.int16(),
        "price": pa.decimal128(12, 4),
    }


class _Stream(io.RawIOBase):
    """Lines as a file that is read once, from its beginning."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, all of them while there are any."""
        parts, length = [self._left], len(self._left)
        while (size < 0 or length < size) and (line := next(self._lines, None)) is not None:
            parts.append(line)
            length += len(line)
        joined = b"".join(parts)
        taken, self._left = (joined, b"") if size < 0 else (joined[:size], joined[size:])
        return taken
