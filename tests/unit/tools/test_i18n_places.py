"""Translators are told on which pages a text is seen, worked out from the code."""

from __future__ import annotations

import pytest

from portal.i18n.lint import catalogs
from tools.i18n import places, xliff


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("verify.choose", ["verify"]),
        ("profile.sessions.lead", ["profile"]),
        ("frame.skip", ["every page"]),
        ("identity.sign_in.title", ["sign-in of the platform"]),
        ("invoice.billed_to", ["invoice (PDF)"]),
        ("no.such.key", []),
    ],
)
def test_text_is_seen_where_its_module_is_part_of(key: str, expected: list[str]) -> None:
    assert places.places(key) == expected


def test_nearly_every_text_is_placed() -> None:
    keys = catalogs()["en"]
    # Its kind is the platform's word for what happened.
    assert [key for key in keys if not places.places(key)] == ["incident.operator_outage"]


def test_pictures_of_its_pages_and_its_own_are_named_once() -> None:
    assert "docs/images/dashboard.png" in places.pictures("kpi.rate")
    assert places.pictures("kpi.rate", ["own.png", "docs/images/dashboard.png"]) == [
        "own.png",
        "docs/images/dashboard.png",
    ]


def test_exports_carry_them() -> None:
    assert places.described("verify.choose", {"context": "A button", "screenshots": ["own.png"]}).splitlines() == [
        "A button",
        "Seen on: verify",
        "Screenshot: own.png",
    ]
    document = xliff.write("ps", catalogs()).decode()
    unit = document[document.index('<unit id="verify.choose"') :].split("</unit>")[0]
    assert '<note category="page">verify</note>' in unit
    assert '<note category="screenshot">docs/images/dashboard.png</note>' in document
