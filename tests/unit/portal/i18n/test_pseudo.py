"""Pseudo-locales keep what a text consists of, are as long and as directed as they say, and are nobody's by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from components.frame import FrameView, build_frame
from locales import pseudo
from portal.i18n import SUPPORTED, for_tag, locales, patterns, resolve, t, use
from portal.i18n.catalog import messages
from portal.web import reader
from tests.support.fakes_analytics import actor
from tests.support.trees import nodes, text

TAGS = list(locales.PSEUDO)
WORDS = st.text(st.characters(categories=["L", "N", "P", "Z"], exclude_characters="{}#'|<"), max_size=30)
NAMES = st.sampled_from(["count", "name", "when"])


def _plural(words: list[str], name: str) -> str:
    return f"{{{name}, plural, =0 {{{words[0]}}} one {{# {words[1]}}} other {{# {words[2]} {{more}}}}}}"


PATTERNS = st.builds(
    lambda before, name, words, after: f"{before}{{{name}}}{_plural(words, name + '_')}{after}{{n, number, ::percent}}",
    WORDS,
    NAMES,
    st.lists(WORDS, min_size=3, max_size=3),
    WORDS,
)


@pytest.fixture(autouse=True)
def nothing_offered() -> Iterator[None]:
    yield
    locales.offer_pseudo(False)


def _shape(pattern: str) -> list[tuple[str, str]]:
    return [(each["type"], each["text"]) for each in patterns.tokens(pattern) if each["type"] not in ("text", "space")]


@pytest.mark.parametrize("tag", TAGS)
@given(pattern=PATTERNS)
def test_every_argument_plural_and_choice_survives(tag: str, pattern: str) -> None:
    made = pseudo.made(tag, pattern)
    assert _shape(made) == _shape(pattern)
    assert patterns.problems(made, "en", pattern) == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_text_of_the_product_can_be_made(tag: str) -> None:
    for key, pattern in messages("en").items():
        made = pseudo.made(tag, pattern)
        assert _shape(made) == _shape(pattern), key
        assert patterns.problems(made, "en", pattern) == [], key


@given(words=WORDS.filter(lambda word: re.search(r"[^\W\d_]", word) is not None))
def test_accented_text_is_longer_by_what_is_promised_and_stands_in_brackets(words: str) -> None:
    made = pseudo.made("en-XA", words)
    assert len(made) >= len(words) * (1 + pseudo.GROWTH)
    assert made[0] == "["
    assert made[-1] == "]"


def test_long_text_is_longer_by_as_much() -> None:
    assert 140 <= len(pseudo.accented("word " * 20)) <= 145


def test_length_is_that_of_the_longest_branch() -> None:
    assert (
        len(pseudo.accented("{n, plural, one {a} other {ten letters}}"))
        >= len("{n, plural, one {a} other {}}") + 11 * 1.4
    )


def test_no_plain_letter_is_left_but_of_names_and_code() -> None:
    made = pseudo.made("en-XA", "Send \u2066sms:send\u2069 to {name} at https://example.com/x now")
    assert re.findall(r"[A-Za-z]+", made.replace("{name}", "")) == ["sms", "send", "https", "example", "com", "x"]


def test_mirrored_words_run_from_right_to_left_and_names_do_not() -> None:
    made = pseudo.made("ar-XB", "Send to \u2068{name}\u2069")
    assert made == "\u200f\u202eSend\u202c\u200f \u200f\u202eto\u202c\u200f \u2068{name}\u2069"
    assert [(entry.tag, entry.dir) for entry in locales.PSEUDO.values()] == [("en-XA", "ltr"), ("ar-XB", "rtl")]


def test_texts_are_read_in_it() -> None:
    with use("en-XA"):
        assert t("relative.minutes", count=1).startswith("[1 ɱîñûţé åĝö ")
        assert t("relative.minutes", count=5).startswith("[5 ɱîñûţéš åĝö ")
    with use("ar-XB") as mirrored:
        assert mirrored.icu == "en-u-ca-gregory-nu-latn"
        assert "\u202eminutes\u202c" in t("relative.minutes", count=5)


@pytest.mark.parametrize("tag", TAGS)
def test_nobody_gets_it_who_is_not_offered_it(tag: str) -> None:
    found = for_tag(tag)
    assert found is not None
    assert found.tag == tag
    assert resolve(tag, f"{tag}, ps;q=0.1").tag != tag
    locales.offer_pseudo(True)
    assert resolve(tag).tag == tag


@pytest.mark.parametrize("offered", [False, True])
def test_cookie_menu_and_profile_have_it_by_the_setting_only(offered: bool) -> None:
    locales.offer_pseudo(offered)
    saved: list[str] = []
    server = Flask("test")
    reader.register(server, save_locale=saved.append)
    answer = server.test_client().post("/preferences/locale", data={"locale": "en-XA"})
    assert ("en-XA" in answer.headers.get("Set-Cookie", "")) is offered
    assert saved == []  # a profile holds real languages only
    with server.test_request_context(headers={"Cookie": "__locale=en-XA"}):
        reader.prepare()
        assert (locales.locale().tag == "en-XA") is offered
        locales.activate(SUPPORTED["en"])
    menu = [node.value for node in nodes(build_frame(FrameView(actor()))) if getattr(node, "name", None) == "locale"]
    assert menu == [*SUPPORTED, *(TAGS if offered else [])]


def test_frame_is_drawn_in_it() -> None:
    with use("en-XA"):
        assert "[Ṕşéûđö]" in text(build_frame(FrameView(actor())))
