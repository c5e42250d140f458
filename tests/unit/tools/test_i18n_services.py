"""Crowdin and Lokalise over real sockets: what goes up, what comes down, and every way in which they let one down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import translation_services as fake
from tests.support.translation_services import Service, Text
from tools.i18n import __main__ as command
from tools.i18n.crowdin import Crowdin
from tools.i18n.lokalise import Lokalise
from tools.i18n.service import Http, ServiceFailed

MANY = 1100  # three pages
LOADED = {
    "en": {"a.hello": {"message": "Hello {name}", "context": "Greeting", "screenshots": ["home.png"]}},
    "fa-AF": {"a.hello": {"message": "سلام {name}", "status": "machine"}},
    "ps": {"a.hello": {"message": "سلام {name}", "status": "machine"}},
    "ar": {"a.hello": {"message": "مرحبا {name}", "status": "machine"}},
}
PROJECT = {"crowdin": "7", "lokalise": "803826145ba90b42d5d860.46800099"}
DARI = {"crowdin": "fa-AF", "lokalise": "fa_AF"}


@pytest.fixture(params=["crowdin", "lokalise"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(name: str) -> Iterator[Service]:
    dari = DARI[name]
    texts = [
        Text(f"k{number}", f"English {number}", {dari: f"دری {number}", "ps": "پښتو"}, {dari}) for number in range(MANY)
    ]
    texts[5].approved.clear()
    with fake.running(name, Service(texts)) as running:
        yield running


def asking(
    name: str, service: Service, waits: list[float] | None = None, token: str = fake.TOKEN
) -> Crowdin | Lokalise:
    wait = (waits if waits is not None else []).append
    if name == "crowdin":
        return Crowdin(Http("Crowdin", service.url, {"Authorization": f"Bearer {token}"}, wait), PROJECT[name])
    http = Http("Lokalise", service.url, {"X-Api-Token": token}, wait)
    return Lokalise(http, PROJECT[name], now=lambda: fake.WHEN)


def test_what_is_approved_comes_down_over_all_pages_with_by_at_and_source(name: str, service: Service) -> None:
    service.polls = 3
    waits: list[float] = []
    found = asking(name, service, waits).download(["fa-AF", "ps"])
    assert len(found["fa-AF"]) == MANY - 1
    assert "k5" not in {each.key for each in found["fa-AF"]}
    assert found["ps"] == []
    last = found["fa-AF"][-1]
    assert (last.key, last.text, last.source) == ("k1099", "دری 1099", "English 1099")
    assert (last.by, last.at) == ("Zarghuna Amiri", fake.WHEN)
    assert waits == [1.0, 2.0, 3.0]  # while the archive was made


def test_string_that_nobody_approved_is_not_taken_even_if_the_archive_has_it(name: str, service: Service) -> None:
    service.fault = "everything"
    found = asking(name, service).download(["fa-AF"])
    assert len(found["fa-AF"]) == MANY - 1
    assert "k5" not in {each.key for each in found["fa-AF"]}


def test_source_goes_up_with_context_and_translations_as_suggestions(name: str, service: Service) -> None:
    done = asking(name, service).upload(LOADED)
    assert done[0] == "1 English texts"
    field, note = ("message", "description") if name == "crowdin" else ("translation", "notes")
    assert service.uploaded["en"] == {"a.hello": {field: "Hello {name}", note: "Greeting\nScreenshot: home.png"}}
    assert service.uploaded[DARI[name]] == {"a.hello": {field: "سلام {name}"}}


def test_first_upload_makes_the_file_and_later_ones_change_it() -> None:
    with fake.running("crowdin", Service(has_file=False)) as empty:
        asking("crowdin", empty).upload(LOADED)
        assert "/projects/7/files" in empty.paths("POST")
        with pytest.raises(ServiceFailed, match="upload first"):
            asking("crowdin", empty).download(["ps"])
    with fake.running("crowdin", Service()) as there:
        asking("crowdin", there).upload(LOADED)
        assert there.paths("PUT") == ["/projects/7/files/4711"]
        body = next(body for method, _, body in there.calls if method == "PUT")
        assert body["updateOption"] == "keep_translations"  # and not their approvals


def test_limits_are_waited_for_as_long_as_is_said(name: str, service: Service) -> None:
    service.limited = 2
    waits: list[float] = []
    asking(name, service, waits).upload(LOADED)
    assert waits == [7.0, 7.0]


def test_limit_that_never_ends_is_told(name: str, service: Service) -> None:
    service.limited = 1000
    with pytest.raises(ServiceFailed, match="HTTP 429"):
        asking(name, service).download(["fa-AF"])


def test_token_that_is_not_accepted_is_told_and_never_shown(name: str, service: Service) -> None:
    with pytest.raises(ServiceFailed, match="does not accept the token") as raised:
        asking(name, service, token="wrong-secret").download(["fa-AF"])
    assert "wrong-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("broken", "archive is broken: BadZipFile"),
        ("cut", "archive is broken: BadZipFile"),
        ("strange", "no object of texts"),
        ("failed", "could not make the archive: failed"),
    ],
)
def test_archive_that_cannot_be_used_is_told(name: str, service: Service, fault: str, told: str) -> None:
    service.fault = fault
    with pytest.raises(ServiceFailed, match=told):
        asking(name, service).download(["fa-AF"])


def test_archive_that_is_never_made_is_given_up(name: str, service: Service) -> None:
    service.polls = 10_000
    with pytest.raises(ServiceFailed, match="in time"):
        asking(name, service).download(["fa-AF"])


def test_archive_larger_than_any_catalog_is_not_read(
    name: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.i18n.service.LARGEST_BYTES", 1000)
    with pytest.raises(ServiceFailed, match="larger than"):
        asking(name, service).download(["fa-AF"])


def test_service_that_is_away_is_told(name: str) -> None:
    gone = Service(url="http://127.0.0.1:9")
    with pytest.raises(ServiceFailed, match="cannot be reached"):
        asking(name, gone).download(["fa-AF"])


def _environment(name: str, service: Service) -> dict[str, str]:
    prefix = name.upper()
    return {
        "I18N_SERVICE": name,
        f"{prefix}_URL": service.url,
        f"{prefix}_TOKEN": fake.TOKEN,
        f"{prefix}_PROJECT_ID": PROJECT[name],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tag, entries in LOADED.items():
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "messages.json").write_text(json.dumps(entries))
    return tmp_path


def test_import_command_takes_good_strings_refuses_broken_ones_and_leaves_the_rest(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dari = DARI[name]
    texts = [
        Text("a.hello", "Hello {name}", {dari: "درود {name}", "ps": "سلام {who}"}, {dari, "ps"}),
        Text("a.gone", "Gone", {"ps": "تللی"}, {"ps"}),
    ]
    with fake.running(name, Service(texts)) as service:
        assert command.bring_in([], "", _environment(name, service), folder) == 1
    kept = {tag: json.loads((folder / tag / "messages.json").read_text()) for tag in LOADED}
    entry = kept["fa-AF"]["a.hello"]
    assert (entry["message"], entry["status"], entry["reviewedBy"]) == ("درود {name}", "reviewed", "Zarghuna Amiri")
    assert kept["ps"] == LOADED["ps"]
    told = capsys.readouterr().out
    assert "locales/ps: a.hello is refused, it has other arguments than English" in told
    assert "locales/ps: a.gone is refused, it has no English text of that name" in told


def test_import_command_changes_nothing_when_the_service_fails(name: str, folder: Path, service: Service) -> None:
    before = {tag: (folder / tag / "messages.json").read_bytes() for tag in LOADED}
    for fault in ("broken", "nothing", "unauthorised"):
        service.fault = fault
        with pytest.raises(ServiceFailed):
            command.bring_in([], "", _environment(name, service), folder)
    assert {tag: (folder / tag / "messages.json").read_bytes() for tag in LOADED} == before
