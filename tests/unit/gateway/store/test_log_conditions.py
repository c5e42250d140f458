"""What of a filter stands in the statement, and what is a value beside it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from gateway.store.log_conditions import alternatives, conditions, shape_of, values_of
from gateway.store.log_filter import LogFilter, Recipient, Search

NOBODY = LogFilter(UUID(int=1))
HOSTILE = "+93' OR '1'='1"


def text_of(wanted: LogFilter) -> str:
    shape = shape_of(wanted)
    return " AND ".join([*conditions(shape), *(each.condition for each in alternatives(shape))])


@pytest.mark.parametrize("beginning", ["+", "+93", "+93701"])
def test_beginning_of_a_network_stands_in_the_statement(beginning: str) -> None:
    for wanted in (
        replace(NOBODY, recipient=Recipient(beginning, prefix=True)),
        replace(NOBODY, search=Search(beginning, ("BANK",))),
    ):
        assert f"recipient ~>=~ '{beginning}'" in text_of(wanted)


def test_longer_beginnings_share_one_statement_in_which_their_numbers_are_looked_up() -> None:
    for first, second in (
        (replace(NOBODY, recipient=Recipient(f"+93701{digit}", prefix=True)) for digit in "12"),
        (replace(NOBODY, search=Search(f"+9370123456{digit}", ("BANK",))) for digit in "78"),
    ):
        assert shape_of(first) == shape_of(second)
        assert "+93701" not in text_of(first)
        assert alternatives(shape_of(first))[-1].few_numbers
        assert {*values_of(first).values()} != {*values_of(second).values()}


@pytest.mark.parametrize(
    ("beginning", "past"), [("+93701", "+93702"), ("+9379", "+937:"), ("+9370199", "+937019:")]
)  # ":" comes after "9"
def test_range_of_a_beginning_ends_after_all_that_begin_so(beginning: str, past: str) -> None:
    wanted = replace(NOBODY, recipient=Recipient(beginning, prefix=True))
    assert values_of(wanted)["number_past"] == past
    assert beginning + "9" * (15 - len(beginning)) < past


@pytest.mark.parametrize(
    "wanted",
    [
        {"recipient": Recipient("+9' --", prefix=True)},
        {"recipient": Recipient("", prefix=True)},
        {"recipient": Recipient("+٩٣", prefix=True)},
        {"search": Search("+1';", ())},
        {"countries": ("A'",)},
        {"statuses": ("sent'",)},
    ],
    ids=str,
)
def test_what_would_stand_in_the_statement_and_is_none_of_its_kind_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be ones"):
        shape_of(replace(NOBODY, **wanted))  # type: ignore[arg-type]


def test_longer_text_that_is_no_number_stays_a_value() -> None:
    wanted = replace(NOBODY, recipient=Recipient(HOSTILE, prefix=True))
    assert "OR" not in text_of(wanted)
    assert values_of(wanted)["number"] == HOSTILE
