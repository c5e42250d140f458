"""The catalogs hold together, and the lint finds what would reach a customer wrong."""

from __future__ import annotations

import pytest

from portal.i18n import MissingMessage, lint, patterns, source_lint, t, use


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
