"""The pages' languages and messages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.texts import CATALOGS, LANGUAGES, choose, find

SOURCES = Path(__file__).resolve().parents[3] / "gateway" / "identity"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-GB", "en"),
        ("fa", "fa-AF"),
        ("FA_af", "fa-AF"),
        ("fa-IR", "fa-AF"),
        ("prs", "fa-AF"),
        ("ps-AF", "ps"),
        ("ar-EG", "ar"),
        ("de", None),
        ("", None),
        (None, None),
        ("*", None),
        ("x" * 500, None),
    ],
)
def test_tag_finds_the_nearest_language(tag: str | None, expected: str | None) -> None:
    found = find(tag)
    assert (found.tag if found else None) == expected


def test_first_known_tag_wins_and_english_is_last() -> None:
    assert choose([None, "de", "ps", "ar"]).tag == "ps"
    assert choose([]).tag == "en"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", "Too many attempts. Try again in 1 second."),
        ("fa-AF", "کوشش‌های زیاد. پس از ۱ ثانیه دوباره کوشش کنید."),
        ("ps", "ډېرې هڅې وشوې. ۱ ثانیه وروسته بیا هڅه وکړئ."),
        ("ar", "محاولات كثيرة جدًا. حاول مرة أخرى بعد ثانية واحدة."),
    ],
)
def test_seconds_are_counted_in_the_languages_own_way(tag: str, text: str) -> None:
    language = find(tag)
    assert language is not None
    assert language.text("identity.error.throttled", seconds=1) == text


def test_every_key_the_code_names_has_a_text_in_every_language() -> None:
    used: set[str] = set()
    for file in [*SOURCES.glob("*.py"), *SOURCES.glob("templates/identity/*.html")]:
        used |= set(re.findall(r'"(identity\.[a-z_]+\.[a-z_]+|identity\.brand)"', file.read_text(encoding="utf-8")))
    for notice in ("expired", "invalid", "unavailable", "sign_out", "signed_out"):
        used |= {f"identity.{notice}.title", f"identity.{notice}.text"}
    for language in LANGUAGES:
        catalog = json.loads((CATALOGS / language.tag / "messages.json").read_text(encoding="utf-8"))
        assert used - set(catalog) == set(), language.tag
        assert {key for key in catalog if key.startswith("identity.")} - used == set(), "texts that nobody shows"


def test_unknown_key_is_an_error_and_not_a_raw_key() -> None:
    with pytest.raises(KeyError):
        choose([]).text("identity.nothing")
