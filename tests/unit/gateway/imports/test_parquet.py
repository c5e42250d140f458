"""Parquet files of any content: every row is a message or has its reason, and reading can be taken up anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.items import Item
from gateway.imports.parquet_rows import ParquetSource
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Submission
from gateway.imports.tabular import COLUMNS, ColumnsError, RowReader

ROW: dict[str, Any] = {
    "to": "+93700000141",
    "from": "ACME",
    "submitted_at": datetime(2026, 3, 1, 10, tzinfo=UTC),
    "status": "sent",
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=30),
    "number": st.integers(-(2**63), 2**63 - 1),
    "fraction": st.floats(),
    "truth": st.booleans(),
    "moment": st.datetimes(),
    "day": st.dates(),
    "bytes": st.binary(max_size=20),
    "list": st.lists(st.text(max_size=5), max_size=3),
    "exact": st.decimals(-(10**8), 10**8, places=4),
}


def items(path: Path, offset: int = 0) -> list[Item]:
    source = ParquetSource(path)
    try:
        return list(source.items(RowReader(), offset))
    finally:
        source.close()


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Rows that would do, with columns of any type among them."""
    rows = draw(st.integers(0, 6))
    columns: dict[str, Any] = {name: [value] * rows for name, value in ROW.items()}
    for name in draw(st.lists(st.sampled_from(COLUMNS), max_size=3, unique=True)):
        kind = draw(st.sampled_from(sorted(VALUES)))
        columns[name] = draw(st.lists(st.none() | VALUES[kind], min_size=rows, max_size=rows))
        if kind == "moment":
            zone = "UTC" if draw(st.booleans()) else None
            moments = [each and each.replace(tzinfo=UTC if zone else None) for each in columns[name]]
            columns[name] = pa.array(moments, pa.timestamp("us", zone))
    return pa.table(columns)


@given(table=tables(), group=st.integers(1, 4))
def test_rows_of_any_types_are_messages_or_have_their_reasons(
    tmp_path_factory: pytest.TempPathFactory, table: pa.Table, group: int
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    pq.write_table(table, path, row_group_size=group)
    found = items(path)
    assert [item.number for item in found] == list(range(1, table.num_rows + 1))
    assert all(isinstance(item.record, Submission | Rejected) for item in found)
    if found:
        middle = len(found) // 2
        assert [repr(each.record) for each in items(path, middle)] == [repr(each.record) for each in found[middle:]]


@given(data=st.binary(max_size=300), cut=st.integers(0, 2000), flipped=st.integers(0, 2000))
def test_any_bytes_and_any_damage_are_refused_or_rejected_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int, flipped: int
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    pq.write_table(pa.table({name: [value] * 5 for name, value in ROW.items()}), path)
    whole = bytearray(path.read_bytes())
    whole[flipped % len(whole)] ^= 0xFF
    for content in (data, b"PAR1" + data + b"PAR1", bytes(whole), bytes(whole[: cut % len(whole)])):
        path.write_bytes(content)
        try:
            found = items(path)
        except ColumnsError:
            continue
        assert all(isinstance(item.record, Submission | Rejected) for item in found)


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("s", "UTC"), pa.timestamp("s", "No/Where")], ids=str)
def test_moment_that_no_calendar_has_is_its_own_rows_fault_alone(tmp_path: Path, kind: pa.DataType) -> None:
    path = tmp_path / "a.parquet"
    moments = pa.array([1_772_359_200, 10**15], pa.timestamp("s")).cast(kind)
    pq.write_table(pa.table({**{name: [value] * 2 for name, value in ROW.items()}, "submitted_at": moments}), path)
    records = [item.record for item in items(path)]
    good, bad = records if "Where" not in str(kind) else (None, *records[1:])
    assert good is None or isinstance(good, Submission)
    assert isinstance(bad, Rejected)
    assert bad.reason is Reason.BAD_TIME
