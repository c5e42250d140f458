"""Number fields: what they show is read back exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.numbers import build_number
from portal.domain.errors import InvalidInput
from portal.domain.health import HealthInput
from portal.domain.typed import read_number
from portal.domain.weights import WeightsDraft
from portal.i18n import SUPPORTED, use

READERS = [entry.preferring(digits=digits) for entry in SUPPORTED.values() for digits in ("latn", "arab", "arabext")]


@given(
    value=st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False), reader=st.sampled_from(READERS)
)
def test_field_shows_every_digit_in_the_readers_and_is_read_back(value: Decimal, reader: object) -> None:
    with use(reader):  # type: ignore[arg-type]
        shown = build_number("a", value, decimals=4).value
    assert read_number(shown) == value


def test_field_shows_native_digits_and_the_browser_a_keyboard_for_them() -> None:
    with use("fa-AF"):
        field = build_number("a", 42, between=(0, 100))
        amount = build_number("b", Decimal("1500.5"), decimals=2)
    assert (field.type, field.value, field.inputMode) == ("text", "۴۲", "numeric")
    assert (amount.value, amount.inputMode) == ("۱٬۵۰۰٫۵۰", "decimal")
    assert build_number("a", None).value == ""


def test_weights_are_read_in_any_digits() -> None:
    entered = dict(zip(HealthInput, ["40", "۳۰", "٢٠", " 10 ", 0], strict=True))
    draft = WeightsDraft.from_entered(entered)
    assert list(draft.of.values()) == [40, 30, 20, 10, 0]
    assert draft.complete


@pytest.mark.parametrize("entered", ["", None, True, "12.5", "-1", "101", "1e1", "x"])
def test_what_is_no_weight_is_named(entered: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        WeightsDraft.from_entered({HealthInput.NPS: entered})
    assert refused.value.codes == {"nps": "weight"}
