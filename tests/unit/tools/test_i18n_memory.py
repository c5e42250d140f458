"""What translators send comes in string by string, approved only, and no catalog is ever half written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.i18n import lint, status
from tools.i18n import __main__ as command
from tools.i18n import memory, xliff
from tools.i18n.memory import Approved

ENGLISH = {
    "a.days": {
        "message": "{n, plural, one {# day} other {# days}}",
        "context": "How long",
        "screenshots": ["days.png"],
    },
    "a.hello": {"message": "Hello {name}", "context": "Greeting"},
    "a.sms": {"message": "SMS", "context": "Title"},
}
MACHINE: dict[str, Any] = {
    "a.days": {"message": "{n, plural, one {# ورځ} other {# ورځې}}", "status": "machine"},
    "a.hello": {"message": "سلام {name}", "status": "machine", "comment": "Friendly, not formal"},
    "a.sms": {"message": "لنډ پیغام", "status": "machine"},
}
LOADED = {"en": ENGLISH, "fa-AF": MACHINE, "ps": MACHINE, "ar": {}}


def _said(key: str, text: str, **other: Any) -> Approved:
    return Approved(key, text, **{"by": "Zarghuna", "at": "2026-01-31", **other})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tag, entries in LOADED.items():
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "messages.json").write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n")
    return tmp_path


def test_approved_string_is_taken_with_by_and_at_and_keeps_its_comment() -> None:
    result = memory.take(LOADED, {"ps": [_said("a.hello", "ښه راغلې {name}")]})
    entry = result.catalogs["ps"]["a.hello"]
    assert entry == {
        **status.reviewed("Hello {name}", "ښه راغلې {name}", by="Zarghuna", at="2026-01-31"),
        "comment": "Friendly, not formal",
    }
    assert result.catalogs["en"]["a.days"]["screenshots"] == ["days.png"]
    assert lint.status.problems(entry, "Hello {name}") == []
    assert LOADED["ps"]["a.hello"]["message"] == "سلام {name}"  # nothing is changed in place


def test_review_of_what_a_machine_wrote_makes_it_reviewed_and_a_second_import_changes_nothing() -> None:
    first = memory.take(LOADED, {"ps": [_said("a.sms", "لنډ پیغام")]})
    assert first.taken == {"ps": ["a.sms"]}
    again = memory.take(first.catalogs, {"ps": [_said("a.sms", "لنډ پیغام", by="Somebody else", at="2026-02-01")]})
    assert (again.taken, again.same) == ({"ps": []}, {"ps": 1})
    assert again.catalogs["ps"]["a.sms"]["reviewedBy"] == "Zarghuna"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (_said("a.hello", "سلام {nam}"), "other arguments"),
        (_said("a.hello", "سلام {name"), "not valid ICU"),
        (_said("a.hello", "  "), "empty"),
        (_said("a.days", "{n, plural, other {# ورځې}}"), "plural branches"),
        (_said("a.days", "{n, plural, one {# ورځ} few {#} other {# ورځې}}"), "no number reaches ['few']"),
        (_said("a.sms", "پیامک"), "is to be avoided"),
        (_said("a.none", "x"), "no English text"),
        (_said("a.hello", "سلام {name}", source="Hi {name}"), "another English text"),
        (_said("a.hello", "سلام {name}", by=" "), "nobody who has approved"),
    ],
)
def test_string_that_cannot_be_shown_is_refused_by_itself(given: Approved, told: str) -> None:
    result = memory.take(LOADED, {"ps": [given, _said("a.sms", "لنډ پیغام")]})
    assert [refusal.key for refusal in result.refused] == [given.key]
    assert told in str(result.refused[0])
    assert result.taken == {"ps": ["a.sms"]}
    if given.key in MACHINE and given.key != "a.sms":
        assert result.catalogs["ps"][given.key] == MACHINE[given.key]


def test_nothing_is_written_when_one_catalog_cannot_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {tag: (folder / tag / "messages.json").read_bytes() for tag in LOADED}
    result = memory.take(LOADED, {"fa-AF": [_said("a.sms", "پیام کوتاه")], "ps": [_said("a.sms", "لنډ پیغام")]})
    result.catalogs["ps"]["a.sms"]["comment"] = {1, 2}  # what no JSON holds
    with pytest.raises(TypeError):
        memory.write(result, folder)
    assert {tag: (folder / tag / "messages.json").read_bytes() for tag in LOADED} == before
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["messages.json"] * 4


def test_catalog_is_written_in_the_shape_that_it_has(folder: Path) -> None:
    assert memory.write(memory.take(LOADED, {"ps": [_said("a.sms", "لنډ پیغام")]}), folder) == [
        folder / "ps" / "messages.json"
    ]
    text = (folder / "ps" / "messages.json").read_text()
    assert text.startswith('{\n "a.days": {\n  "message"')
    assert "ورځ" in text
    assert json.loads((folder / "fa-AF" / "messages.json").read_text()) == MACHINE


def test_xliff_has_ids_texts_states_context_and_screenshots() -> None:
    loaded = copy.deepcopy(LOADED)
    loaded["ps"]["a.sms"] = status.reviewed("SMS", "لنډ پیغام", by="Zarghuna", at="2026-01-31")
    document = xliff.write("ps", loaded).decode()
    for expected in (
        'srcLang="en" trgLang="ps"',
        '<unit id="a.days" name="a.days"',
        '<note category="context">How long</note>',
        '<note category="screenshot">days.png</note>',
        '<note category="comment">Friendly, not formal</note>',
        '<note category="reviewed-by">Zarghuna</note>',
        '<segment state="translated">',
        '<segment state="final">',
        "<source>Hello {name}</source>",
    ):
        assert expected in document
    assert '<segment state="initial">' in xliff.write("ar", loaded).decode()
    assert xliff.read(document.encode(), by="Karim", at="2026-03-01").approved[0].by == "Karim"
    received = xliff.read(document.encode(), by="", at="2026-03-01")
    assert (received.tag, received.waiting) == ("ps", 2)
    assert received.approved == [Approved("a.sms", "لنډ پیغام", "Zarghuna", "2026-01-31", "SMS")]


def test_review_is_not_said_to_be_of_words_that_came_after_it() -> None:
    loaded = copy.deepcopy(LOADED)
    loaded["ps"]["a.sms"] = status.reviewed("SMS", "لنډ پیغام", by="Zarghuna", at="2026-01-31")
    changed = xliff.write("ps", loaded).decode().replace("<target>لنډ پیغام", "<target>پیغام")
    assert [each.by for each in xliff.read(changed.encode(), by="", at="2026-03-01").approved] == [""]
    assert [each.by for each in xliff.read(changed.encode(), by="Karim", at="2026-03-01").approved] == ["Karim"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1).filter(str.strip))
def test_any_text_comes_back_from_xliff_as_it_went(text: str) -> None:
    loaded = {
        "en": {"k": {"message": text, "context": text}},
        "ps": {"k": status.reviewed(text, text, by="Z", at="2026-01-31")},
    }
    received = xliff.read(xliff.write("ps", loaded), by="", at="2026-01-31")
    assert [(each.text, each.source) for each in received.approved] == [(text, text)]


def test_unit_that_a_tool_cut_into_sentences_is_one_text_again() -> None:
    document = _document(
        '<segment state="final"><source>One.</source><target>یو.</target></segment>'
        "<ignorable><source> </source></ignorable>"
        '<segment state="reviewed"><source>Two.</source><target>دوه.</target></segment>'
    )
    assert xliff.read(document, by="Z", at="2026-01-31").approved == [
        Approved("k", "یو. دوه.", "Z", "2026-01-31", "One. Two.")
    ]


def test_unit_of_which_a_part_is_not_approved_waits() -> None:
    document = _document(
        '<segment state="final"><source>One.</source><target>یو.</target></segment>'
        '<segment state="translated"><source>Two.</source><target>دوه.</target></segment>'
    )
    received = xliff.read(document, by="Z", at="2026-01-31")
    assert (received.approved, received.waiting) == ([], 1)


def test_inline_codes_are_told_and_not_guessed_at() -> None:
    document = _document(
        '<segment state="final"><source>a<ph id="1"/></source><target>ا<ph id="1"/></target></segment>'
    )
    received = xliff.read(document, by="Z", at="2026-01-31")
    assert received.approved == []
    assert "inline codes" in received.unreadable[0][1]


def _document(unit: str, head: str = "", language: str = "ps") -> bytes:
    return (
        f'{head}<xliff xmlns="{xliff.NAMESPACE}" version="2.0" srcLang="en" trgLang="{language}">'
        f'<file id="f"><unit id="k">{unit}</unit></file></xliff>'
    ).encode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<html/>",
        _document("", '<!DOCTYPE xliff [<!ENTITY a "b">]>'),
        _document("", "<!DOCTYPE xliff>"),
        _document("").replace(b'"2.0"', b'"1.2"'),
        _document("").replace(b'srcLang="en"', b'srcLang="de"'),
        _document("").decode().encode("utf-16"),
    ],
)
def test_file_that_is_no_xliff_of_ours_is_refused(document: bytes) -> None:
    with pytest.raises(xliff.BrokenXliff):
        xliff.read(document, by="Z", at="2026-01-31")


def test_command_exports_and_takes_back_what_was_approved(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.export(tmp_path / "out", {}, folder) == 0
    path = tmp_path / "out" / "ps.xlf"
    path.write_text(path.read_text().replace('state="translated"', 'state="final"').replace("سلام {name}", "سلام"))
    assert command.bring_in([path], "Zarghuna", {}, folder) == 1  # one was refused
    told = capsys.readouterr().out
    assert "a.hello is refused, it has other arguments" in told
    assert "locales/ps: 2 taken" in told
    kept = json.loads((folder / "ps" / "messages.json").read_text())
    assert [entry["status"] for entry in kept.values()] == ["reviewed", "machine", "reviewed"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import"], "nothing to import"),
        (["import", "/nowhere/at/all.xlf"], "No such file"),
    ],
)
def test_command_that_cannot_do_anything_says_why(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments, {}) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"I18N_SERVICE": "pigeon"}, "wants crowdin or lokalise"),
        ({"I18N_SERVICE": "crowdin"}, "CROWDIN_TOKEN: is needed"),
        ({"I18N_SERVICE": "lokalise", "LOKALISE_TOKEN": "t"}, "LOKALISE_PROJECT_ID: is needed"),
        ({"I18N_SERVICE": "crowdin", "CROWDIN_URL": "http://elsewhere.example"}, "CROWDIN_URL: wants an https"),
    ],
)
def test_service_that_is_half_set_is_refused_by_name(
    env: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["import"], env) == 2
    assert told in capsys.readouterr().err


def test_file_of_a_language_that_is_not_there_changes_nothing(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "de.xlf"
    path.write_bytes(
        _document('<segment state="final"><source>SMS</source><target>SMS</target></segment>', language="de")
    )
    with pytest.raises(command.ServiceFailed, match="no catalog is in de"):
        command.bring_in([path], "Zarghuna", {}, folder)
