"""The catalogs hold together, and the lint finds what would reach a customer wrong."""

from __future__ import annotations

import pytest
from icu4py.messageformat import MessageFormat

from portal.i18n import SUPPORTED, MissingMessage, lint, patterns, source_lint, t, use


def test_catalogs_as_they_stand_have_no_finding() -> None:
    assert [str(finding) for finding in lint.check_catalogs(lint.catalogs())] == []


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "الآن"),
        (1, "قبل دقيقة واحدة"),
        (2, "قبل دقيقتين"),
        (3, "قبل 3 دقائق"),
        (11, "قبل 11 دقيقة"),
        (100, "قبل 100 دقيقة"),
    ],
)
def test_arabic_has_all_six_plural_categories(count: int, expected: str) -> None:
    with use("ar"):
        assert t("relative.minutes", count=count) == expected


def test_key_that_no_catalog_holds_is_a_mistake() -> None:
    with pytest.raises(MissingMessage):
        t("no.such.key")


def _loaded(english: str, dari: str) -> dict[str, dict[str, dict[str, str]]]:
    entry = {"message": english, "context": "somewhere"}
    translated = {"message": dari, "status": "machine"}
    return {"en": {"k": entry}, "fa-AF": {"k": translated}, "ps": {"k": translated}, "ar": {"k": translated}}


@pytest.mark.parametrize(
    ("english", "dari", "problem"),
    [
        ("{name} sent", "فرستاد", "other arguments"),
        ("{n, plural, one {# sms} other {# smses}}", "{n, plural, other {# پیام}}", "plural branches"),
        ("fine", "{broken", "not valid ICU"),
        ("fine", " ", "empty"),
    ],
)
def test_catalog_mistake_is_found(english: str, dari: str, problem: str) -> None:
    assert any(problem in str(finding) for finding in lint.check_catalogs(_loaded(english, dari)))


def test_key_that_one_catalog_lacks_or_has_alone_is_found() -> None:
    loaded = _loaded("fine", "خوب")
    del loaded["ps"]["k"]
    loaded["ar"]["more"] = {"message": "x", "status": "machine"}
    told = [str(finding) for finding in lint.check_catalogs(loaded)]
    assert told == ["locales/ps: k is missing", "locales/ar: more is not in the English catalog"]


def test_key_that_nothing_uses_and_key_that_no_catalog_holds_are_found_in_the_sources() -> None:
    english = {key: str(entry["message"]) for key, entry in lint.catalogs()["en"].items()}
    assert [str(finding) for finding in source_lint.check_sources(english)] == []
    english["nowhere.at_all"] = "Nobody reads this"
    del english["frame.skip"]
    told = [str(finding) for finding in source_lint.check_sources(english)]
    assert "locales: nothing uses nowhere.at_all" in told
    assert any(each.startswith("components/") and each.endswith("no catalog holds frame.skip") for each in told)
    assert len(told) == 2


def test_english_without_a_context_is_found() -> None:
    loaded = _loaded("fine", "خوب")
    del loaded["en"]["k"]["context"]
    assert "locales/en: k has no context for translators" in map(str, lint.check_catalogs(loaded))


def test_claimed_status_must_be_known() -> None:
    loaded = _loaded("fine", "خوب")
    loaded["ps"]["k"] = {"message": "ښه", "status": "perfect"}
    assert any("no known status" in str(finding) for finding in lint.check_catalogs(loaded))


@pytest.mark.parametrize(
    "source",
    [
        'html.P("Hello there")',
        'html.Button(children="Save")',
        'dcc.Input(placeholder="Search")',
        'html.P(f"{count} messages")',
        'html.Div(["ok", t("a.b")])',
        'html.P("yes" if flag else t("a.b"))',
        'html.P("Total: " + value)',
    ],
)
def test_raw_text_in_a_component_is_found(source: str) -> None:
    assert source_lint.raw_strings(source, "components/x.py")


@pytest.mark.parametrize(
    "source",
    [
        'html.P(t("a.b"))',
        'html.Div(className="card card-body", id="x")',
        'html.Span("–")',
        'html.P("·")',
        'note("Hello there")',
    ],
)
def test_text_from_a_catalog_and_plain_marks_are_not_raw(source: str) -> None:
    assert not source_lint.raw_strings(source, "components/x.py")


def test_call_with_an_unknown_key_is_found() -> None:
    assert source_lint.missing_keys('t("nowhere.to.be_found")', "x.py", {"a.b"})
    assert not source_lint.missing_keys('t("a.b")', "x.py", {"a.b"})


def test_arguments_inside_plural_branches_are_seen() -> None:
    assert set(patterns.arguments("{n, plural, one {{who} has #} other {{who} have #}}")) == {"n", "who"}


@pytest.mark.parametrize(
    "source",
    [
        't("a.b") + t("a.c")',
        't("a.b") + " " + name + t("a.c")',
        "f\"{t('a.b')}: {t('a.c')}\"",
        '" ".join([t("a.b"), t("a.c")])',
        't("a.b") + " today"',
        "f\"{t('a.b')} since {day}\"",
    ],
)
def test_sentence_put_together_out_of_texts_is_found(source: str) -> None:
    assert source_lint.joined_texts(source, "components/x.py")


@pytest.mark.parametrize(
    "source",
    ["f\"{t('a.b')}: {value}\"", '[t("a.b"), t("a.c")]', '[t("a.b")] + [t("a.c")]', '", ".join(names)', "1 + 2"],
)
def test_text_beside_a_value_is_no_sentence_put_together(source: str) -> None:
    assert not source_lint.joined_texts(source, "components/x.py")


@pytest.mark.parametrize("source", ['t("a.b")', 't("a.b", name=1, more=2)', 't("a.b", nam=1)'])
def test_call_with_other_arguments_than_its_text_is_found(source: str) -> None:
    assert source_lint.wrong_arguments(source, "x.py", {"a.b": "Hello {name}"})


@pytest.mark.parametrize("source", ['t("a.b", name=1)', 't("a.b", **given)', "t(key)", 't("a.c")', 'u("a.b")'])
def test_call_whose_arguments_are_right_or_unknown_is_none(source: str) -> None:
    assert not source_lint.wrong_arguments(source, "x.py", {"a.b": "Hello {name}"})


def test_texts_of_the_platform_are_looked_at_too() -> None:
    assert source_lint.wrong_arguments('language.text("a.b", nam=1)', "x.py", {"a.b": "Hello {name}"})
    assert source_lint.missing_keys('self.text("nowhere.found")', "x.py", {"a.b"})
    assert not source_lint.missing_keys('values.text("PORTAL_PORT")', "x.py", {"a.b"})


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("<p>\n{{ t('a.b') }} today</p>", "x.html:2: raw text: 'today'"),
        ('<input placeholder="Search">', "raw text: 'Search'"),
        ("{{ t('a.none') }}", "no catalog holds a.none"),
        ("{{ t('a.b') ~ ' ' ~ name }}", "put together"),
    ],
)
def test_mistake_in_a_template_is_found(template: str, told: str) -> None:
    assert any(told in str(finding) for finding in source_lint.template_findings(template, "x.html", {"a.b"}))


@pytest.mark.parametrize(
    "template",
    [
        "<!doctype html><html lang='en'><p class='lead text'>{{ t('a.b', name=who) }}</p>",
        "{# A remark about it #}{% if one %}<b>–</b>{% endif %}<code>GET /v1</code><script>var words;</script>",
        '{{ t("a.b." ~ choice) }}',
    ],
)
def test_template_of_texts_from_a_catalog_has_none(template: str) -> None:
    assert not source_lint.template_findings(template, "x.html", {"a.b"})


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        # Zero: Dari counts it as one, Pashto with all the others, Arabic apart.
        ("en", ["0 messages shown", "1 message shown", "2 messages shown", "3 messages shown"]),
        ("fa-AF", None),
        ("ps", None),
        ("ar", None),
    ],
)
def test_branches_are_reached_by_the_numbers_of_their_language(tag: str, expected: list[str] | None) -> None:
    numbers = {
        "en": {"one": [1], "other": [0, 2, 11, 100]},
        "fa-AF": {"one": [0, 1], "other": [2, 3, 11, 100]},
        "ps": {"one": [1], "other": [0, 2, 11, 100]},
        "ar": {
            "zero": [0],
            "one": [1],
            "two": [2],
            "few": [3, 10, 103],
            "many": [11, 99, 111],
            "other": [100, 101, 102],
        },
    }
    categories = numbers[tag]
    pattern = "{n, plural, " + " ".join(f"{name} {{{name}}}" for name in categories) + "}"
    assert patterns.problems(pattern, tag) == []
    for name, counts in categories.items():
        for count in counts:
            assert MessageFormat(pattern, SUPPORTED[tag].icu).format({"n": count}) == name, (tag, count)
    if expected:
        with use(tag):
            assert [t("messages.shown", count=count) for count in range(4)] == expected
