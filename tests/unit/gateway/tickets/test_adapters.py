"""Zendesk and Help Scout, spoken to over HTTP: what they say, page by page, and every way in which they do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.settings import GatewaySettings, SettingsError
from gateway.tickets.circuit import Circuit
from gateway.tickets.desk import Desk
from gateway.tickets.help_scout import HelpScout
from gateway.tickets.http import JsonClient
from gateway.tickets.port import TicketSource, TicketsUnavailable
from gateway.tickets.sources import open_source
from gateway.tickets.zendesk import Zendesk
from tests.support.support_systems import (
    APP_ID,
    APP_SECRET,
    EMAIL,
    EXTERNAL,
    NOW,
    ORGANISATION,
    TOKEN,
    SupportSystem,
    Written,
    speaking,
    written,
)

KINDS = ("zendesk", "helpscout")
OURS = {"zendesk": EXTERNAL, "helpscout": str(ORGANISATION)}


def settings_of(kind: str, url: str, **changed: str) -> GatewaySettings:
    """Settings as an operator writes them."""
    named = {
        "GATEWAY_TICKETS": kind,
        "GATEWAY_ZENDESK_URL": url, "GATEWAY_ZENDESK_EMAIL": EMAIL, "GATEWAY_ZENDESK_TOKEN": TOKEN,
        "GATEWAY_HELPSCOUT_URL": url, "GATEWAY_HELPSCOUT_APP_ID": APP_ID, "GATEWAY_HELPSCOUT_APP_SECRET": APP_SECRET,
        **changed,
    }  # fmt: skip
    return GatewaySettings.from_env({name: value for name, value in named.items() if value})


def source_of(kind: str, system: SupportSystem, **changed: str) -> TicketSource:
    found = open_source(settings_of(kind, system.url, **changed))
    assert found is not None
    return found


@pytest.fixture(params=KINDS)
def spoken(request: pytest.FixtureRequest) -> Iterator[tuple[str, SupportSystem, TicketSource]]:
    with speaking(request.param) as system:
        yield request.param, system, source_of(request.param, system)


Spoken = tuple[str, SupportSystem, TicketSource]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("count", [0, 1, 10, 26, 51])
def test_latest_tickets_come_latest_first_however_many_pages_there_are(
    spoken: Spoken, count: int, ascending: bool
) -> None:
    kind, system, source = spoken
    system.tickets, system.ascending = written(count), ascending and kind == "helpscout"
    found = source.latest(OURS[kind], 10)
    moments = [ticket.opened_at for ticket in found]
    assert moments == sorted((each.opened_at for each in system.tickets), reverse=True)[:10]
    assert len(system.seen) <= 4


def test_tickets_are_read_in_our_words_and_open_where_they_are_worked_on() -> None:
    with speaking("zendesk") as system:
        system.tickets = [
            Written(7, "hold", NOW, "urgent", "One\nline\u202e"),
            Written(6, "solved", NOW - timedelta(days=1), None, "نمی\u200cرسد"),
            Written(5, "of_tomorrow", NOW - timedelta(days=2), "of_tomorrow"),
        ]
        first, second, third = source_of("zendesk", system).latest(EXTERNAL, 10)
        assert (first.ticket_id, first.subject, first.status, first.priority) == ("7", "One line", "on_hold", "urgent")
        assert first.url == f"{system.url}/agent/tickets/7"
        assert second.subject == "نمی\u200cرسد"
        assert (second.status, second.priority, second.still_open) == ("solved", None, False)
        assert (third.status, third.priority, third.still_open) == ("unknown", None, True)
    with speaking("helpscout") as system:
        system.tickets = [
            Written(4, "active", NOW),
            Written(3, "spam", NOW),
            Written(2, "pending", NOW - timedelta(days=1), state="draft"),
            Written(1, "closed", NOW - timedelta(days=2)),
        ]
        found = source_of("helpscout", system).latest(str(ORGANISATION), 10)
        assert [(each.ticket_id, each.status, each.priority) for each in found] == [
            ("1004", "open", None),
            ("1001", "closed", None),
        ]
        assert found[0].url == "https://secure.helpscout.net/conversation/1004/4/"


def test_everything_is_all_pages_and_says_when_there_are_more(spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, system, source = spoken
    system.tickets = written(230)
    listing = source.everything(OURS[kind], NOW - timedelta(days=30))
    assert listing.complete
    assert len({ticket.ticket_id for ticket in listing.tickets}) == 230
    monkeypatch.setattr(f"gateway.tickets.{'zendesk' if kind == 'zendesk' else 'help_scout'}.MOST_PAGES", 2)
    assert not source.everything(OURS[kind], NOW - timedelta(days=30)).complete


def test_organisation_nobody_knows_is_said_and_no_failure_of_the_system(spoken: Spoken) -> None:
    kind, system, source = spoken
    for _ in range(8):
        with pytest.raises(TicketsUnavailable, match="unknown_organisation"):
            source.latest("../../users", 10)
    system.tickets = written(1)
    assert len(source.latest(OURS[kind], 10)) == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [(500, "unreachable"), (503, "unreachable"), (302, "unreachable"), (403, "refused"), (401, "refused"),
     (422, "malformed"), ("html", "malformed"), ("array", "malformed"), ("lacking", "malformed")],
)  # fmt: skip
def test_fault_has_one_name_and_is_over_when_the_system_is_back(spoken: Spoken, fault: int | str, problem: str) -> None:
    kind, system, source = spoken
    system.tickets = written(3)
    source.latest(OURS[kind], 10)
    system.fault = fault
    with pytest.raises(TicketsUnavailable) as caught:
        source.latest(OURS[kind], 10)
    assert caught.value.problem == problem
    system.fault = None
    assert len(source.latest(OURS[kind], 10)) == 3


@pytest.mark.parametrize("fault", ["silent", "drip"])
def test_slow_system_is_left_after_its_time(spoken: Spoken, fault: str) -> None:
    kind, system, source = spoken
    system.tickets = written(1)
    source.latest(OURS[kind], 10)
    system.fault = fault
    source.client._total = 0.3  # type: ignore[attr-defined]
    with pytest.raises(TicketsUnavailable, match="slow"):
        source.latest(OURS[kind], 10)


def test_nobody_waits_longer_than_the_desk_does(spoken: Spoken) -> None:
    kind, system, source = spoken
    system.tickets = written(1)
    assert len(Desk(source).ask(source, OURS[kind])) == 1
    system.fault = "silent"
    with pytest.raises(TicketsUnavailable, match="slow"):
        Desk(source, seconds=0.05).ask(source, OURS[kind])


def test_system_that_asks_to_be_left_alone_is(spoken: Spoken) -> None:
    kind, system, source = spoken
    system.fault, system.waits = 429, "37"
    with pytest.raises(TicketsUnavailable) as caught:
        source.latest(OURS[kind], 10)
    assert (caught.value.problem, caught.value.retry_after) == ("rate_limited", 37.0)
    calls = len(system.seen)
    system.fault = None
    with pytest.raises(TicketsUnavailable) as caught:
        source.latest(OURS[kind], 10)
    assert caught.value.problem == "rate_limited"
    assert 0 < (caught.value.retry_after or 0) <= 37
    assert len(system.seen) == calls, "asked although it said not to"


def test_absent_system_is_unreachable() -> None:
    with pytest.raises(TicketsUnavailable, match="unreachable"):
        JsonClient("http://127.0.0.1:9").get("/", headers={})


def test_circuit_opens_after_failures_lets_one_try_and_closes() -> None:
    now = [0.0]
    circuit = Circuit(failures=3, seconds=30.0, clock=lambda: now[0])
    for _ in range(3):
        circuit.check()
        circuit.failed(TicketsUnavailable("slow"))
    with pytest.raises(TicketsUnavailable, match="slow"):
        circuit.check()
    now[0] = 31.0
    circuit.check()  # one tries
    with pytest.raises(TicketsUnavailable):
        circuit.check()  # nobody else does meanwhile
    circuit.answered()
    circuit.check()


def test_token_is_kept_renewed_when_refused_and_wrong_credentials_are_refused() -> None:
    with speaking("helpscout") as system:
        source = source_of("helpscout", system)
        for _ in range(3):
            source.latest(str(ORGANISATION), 10)
        assert system.tokens == 1
        system.tokens = 5  # the one we have is taken back
        source.latest(str(ORGANISATION), 10)
        assert system.tokens == 6
        with pytest.raises(TicketsUnavailable, match="refused"):
            source_of("helpscout", system, GATEWAY_HELPSCOUT_APP_SECRET="wrong").latest(str(ORGANISATION), 10)


def test_oauth_token_of_zendesk_needs_no_email_and_a_wrong_one_is_refused() -> None:
    with speaking("zendesk") as system:
        system.tickets = written(2)
        assert len(source_of("zendesk", system, GATEWAY_ZENDESK_EMAIL="").latest(EXTERNAL, 10)) == 2
        with pytest.raises(TicketsUnavailable, match="refused"):
            source_of("zendesk", system, GATEWAY_ZENDESK_TOKEN="wrong").latest(EXTERNAL, 10)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("zendesk", "GATEWAY_ZENDESK_URL"), ("zendesk", "GATEWAY_ZENDESK_TOKEN"),
     ("helpscout", "GATEWAY_HELPSCOUT_APP_ID"), ("helpscout", "GATEWAY_HELPSCOUT_APP_SECRET")],
)  # fmt: skip
def test_missing_setting_is_named(kind: str, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing}: is needed with GATEWAY_TICKETS={kind}"):
        settings_of(kind, "https://acme.example.com", **{missing: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [("GATEWAY_TICKETS", "jira"), ("GATEWAY_ZENDESK_URL", "http://acme.zendesk.com"),
     ("GATEWAY_ZENDESK_TOKEN", "two words"), ("GATEWAY_HELPSCOUT_URL", "https://x.example/?a=b")],
)  # fmt: skip
def test_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings_of("zendesk", "https://acme.zendesk.com", **{name: value})


def test_without_a_system_there_is_none_and_secrets_are_not_shown() -> None:
    assert open_source(GatewaySettings()) is None
    shown = repr([open_source(settings_of(kind, "https://acme.example.com")) for kind in KINDS])
    assert TOKEN not in shown
    assert APP_SECRET not in shown
    assert isinstance(open_source(settings_of("zendesk", "https://a.example")), Zendesk)
    assert isinstance(open_source(settings_of("helpscout", "")), HelpScout), "the API's address is known"
