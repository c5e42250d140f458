from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.csv_records import csv_items
from gateway.imports.items import Item
from gateway.imports.lines import SourceFile
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Submission
from gateway.imports.tabular import COLUMNS, ColumnsError, RowReader, column_positions

ROW = {"to": "+93700000141", "from": "ACME", "submitted_at": "2026-03-01T10:00:00Z", "status": "sent"}


def items(path: Path, offset: int = 0, number: int = 1) -> list[Item]:
    with SourceFile(path) as source:
        return list(csv_items(source, RowReader(), offset, number))


def test_row_without_optional_columns_is_a_message() -> None:
    found = RowReader().read(ROW)
    assert (found.recipient, found.status, found.body, found.price) == ("+93700000141", "sent", None, None)
    assert found.submitted_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_time_without_an_offset_is_in_the_zone_given() -> None:
    found = RowReader(ZoneInfo("Asia/Kabul")).read(ROW | {"submitted_at": "2026-03-01 10:00:00.123456"})
    assert found.submitted_at == datetime(2026, 3, 1, 5, 30, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"to": ""}, Reason.MISSING_VALUE),
        ({"status": None}, Reason.MISSING_VALUE),
        ({"status": "arrived"}, Reason.UNKNOWN_STATUS),
        ({"submitted_at": "yesterday"}, Reason.BAD_TIME),
        ({"submitted_at": "2026-03-01"}, Reason.BAD_TIME),
        ({"submitted_at": "0026-03-01T00:00:00Z"}, Reason.BAD_TIME),
        ({"sent_at": "2026-03-01T09:59:59Z"}, Reason.BAD_TIME),
        ({"segments": "0"}, Reason.BAD_NUMBER),
        ({"segments": "1.5"}, Reason.BAD_NUMBER),
        ({"price": "-1"}, Reason.BAD_NUMBER),
        ({"price": "NaN"}, Reason.BAD_NUMBER),
        ({"price": "1e99"}, Reason.BAD_NUMBER),
        ({"from": "x" * 40}, Reason.BAD_SENDER),
        ({"body": "a\0b"}, Reason.NUL_BYTE),
        ({"error_code": "<script>"}, Reason.BAD_NUMBER),
    ],
)
def test_row_that_cannot_be_used_has_its_reason(values: dict[str, object], reason: Reason) -> None:
    with pytest.raises(Rejected) as rejected:
        RowReader().read(ROW | values)
    assert rejected.value.reason is reason


def test_price_is_exact() -> None:
    assert RowReader().read(ROW | {"price": "0.1"}).price == Decimal("0.1000")


def test_columns_are_found_in_any_order_and_case() -> None:
    assert column_positions(["x", "Status", " FROM ", "submitted_at", "to"]) == {
        "status": 1, "from": 2, "submitted_at": 3, "to": 4,
    }  # fmt: skip
    with pytest.raises(ColumnsError, match="submitted_at"):
        column_positions(["to", "from", "status"])


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).filter(
    lambda text: "\r" not in text.replace("\r\n", "")
)


@given(
    bodies=st.lists(texts, max_size=8), delimiter=st.sampled_from([",", ";", "\t"]), end=st.sampled_from(["\n", "\r\n"])
)
def test_any_text_comes_back_from_a_csv(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str], delimiter: str, end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*ROW, "body"], delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(ROW | {"body": body} for body in bodies)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    found = [item.record for item in items(path)]
    assert [each.body for each in found if isinstance(each, Submission)] == bodies


@given(data=st.binary(max_size=400))
def test_any_bytes_after_a_header_are_all_accounted_for(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    head = (",".join(COLUMNS) + "\n").encode()
    path.write_bytes(head + data)
    found = items(path)
    position = len(head)
    for item in found:
        assert item.offset - item.size == position
        position = item.offset
    assert position == len(head) + len(data)
    if found:
        middle = found[len(found) // 2]
        rest = items(path, middle.offset, middle.next_number)
        assert [(item.number, item.offset) for item in rest] == [
            (item.number, item.offset) for item in found[len(found) // 2 + 1 :]
        ]


def test_open_quote_costs_one_line_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = ",".join(ROW.values())
    path.write_text("\n".join([",".join(ROW), good, 'x,"y', *[good] * 300]) + "\n", encoding="utf-8")
    found = [item.record for item in items(path)]
    rejected = [record.reason for record in found if isinstance(record, Rejected)]
    assert rejected == [Reason.UNCLOSED_QUOTE]
    assert len(found) == 302
