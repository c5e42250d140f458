"""Which language a visitor gets."""

from __future__ import annotations

import pytest

from portal.i18n import SUPPORTED, for_tag, locale, resolve, use


@pytest.mark.parametrize(
    ("chosen", "accept", "expected"),
    [
        ("ps", "en", "ps"),
        ("FA-af", None, "fa-AF"),
        ("klingon", "ar;q=0.5, fa;q=0.9", "fa-AF"),
        (None, "de-DE, de;q=0.9, prs;q=0.8, en;q=0.1", "fa-AF"),
        (None, "en;q=0, ar", "ar"),
        (None, "*", "en"),
        (None, "ps-AF", "ps"),
        (None, "fa", "fa-AF"),
        (None, "fa-IR,fa;q=0.9,en;q=0.8", "fa-AF"),
        (None, "PRS", "fa-AF"),
        (None, "ar-EG, en;q=0.9", "ar"),
        (None, "ar-SA-u-nu-arab", "ar"),
        (None, "pbt, en;q=0.5", "ps"),
        (None, "en;q=0.30, ps;q=0.31", "ps"),
        (None, "ps;q=0, fa;q=0", "en"),
        (None, "en-GB, fa;q=1", "en"),
        (None, "fr, *;q=0.5", "en"),
        (None, "ps;q=nan, ar;q=0.1", "ar"),
        (None, ";;;q=x,,", "en"),
        (None, None, "en"),
    ],
)
def test_visitor_gets_the_nearest_language(chosen: str | None, accept: str | None, expected: str) -> None:
    assert resolve(chosen, accept).tag == expected


def test_locale_outside_a_block_is_restored() -> None:
    before = locale()
    with use("ar"):
        assert locale().dir == "rtl"
    assert locale() == before


def test_unknown_preferences_are_left_out() -> None:
    own = SUPPORTED["ps"].preferring(calendar="mayan", digits="roman", time_zone="Mars/Olympus")
    assert own == SUPPORTED["ps"]


def test_digits_and_calendar_can_be_chosen() -> None:
    own = SUPPORTED["fa-AF"].preferring(calendar="gregory", digits="latn", time_zone="Europe/Berlin")
    assert (own.icu, own.time_zone) == ("fa-AF-u-ca-gregory-nu-latn", "Europe/Berlin")


@pytest.mark.parametrize(("tag", "first", "second"), [("fa-AF", "persian", "gregory"), ("en", "gregory", "persian")])
def test_both_calendars_are_the_languages_own_with_the_other_beside_it(tag: str, first: str, second: str) -> None:
    own = SUPPORTED[tag].preferring(calendar="both")
    assert (own.calendar, own.other_calendar, own.beside) == (first, second, True)
    assert own.preferring(calendar="gregory").beside is False


def test_empty_tag_is_no_language() -> None:
    assert for_tag("") is None
