"""What browsers hear: their own account's news, for as long as they are signed in, and nothing that was missed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import requests

from gateway.identity.policy import SCOPES
from portal.web.live_seats import MOST_OF_PERSON
from portal.web.session import SESSION_COOKIE
from tests.integration.live.conftest import BANK, CROWD, SHOP, SHOP_OWNER, House, Live, running_house
from tests.support.portal import opened_session
from tests.support.postgres import NewDatabase
from tests.support.provider import OWNER, TAM
from tests.support.visitor import Visitor

WAIT_SECONDS = 30


def live_stream(house: House, visitor: Visitor, path: str = "/_live", last_id: str | None = None) -> tuple[Live, int]:
    """A stream that is told as things happen, and the revision it began with (-1: nothing since ``last_id``). Whoever
    comes before the portal itself hears anything is sent back once."""
    for _ in range(3):
        stream = house.listen(visitor, path, last_id)
        for event in stream.events():
            if event.name == "end":
                break
            if event.name == "news" and '"live":true' in event.data:
                return stream, int(event.event_id) if "revision" in event.data else -1
        stream.close()
    raise AssertionError("never live")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_news_come_as_they_happen_and_bear_every_header_of_the_policy(house: House) -> None:
    visitor = house.visitor(OWNER)
    page = visitor.get("/profile").headers
    stream, first = live_stream(house, visitor)
    revision = house.database.new_numbers(BANK)
    assert revision > first
    assert stream.until(revision)[-1] == revision
    headers = stream.response.headers
    assert headers["Content-Type"].startswith("text/event-stream")
    assert (headers["X-Accel-Buffering"], headers["Cache-Control"]) == ("no", "no-store")
    policy = {"Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options",
              "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy", "Permissions-Policy"}  # fmt: skip
    assert {name for name in policy if name in headers} == {name for name in policy if name in page}
    stream.close()


def test_who_comes_back_with_the_last_id_is_told_what_was_missed_and_nothing_else(house: House) -> None:
    visitor = house.visitor(OWNER)
    stream, _ = live_stream(house, visitor)
    stays, _ = live_stream(house, house.visitor(OWNER))
    stream.close()
    revision = house.database.new_numbers(BANK)
    assert stays.until(revision)  # what the portal has not heard of itself would be told as news, and a moment later
    stream, told = live_stream(house, visitor, last_id=str(revision - 1))
    assert told == revision
    stream.close()
    stream, told = live_stream(house, visitor, last_id=str(revision))
    assert told == -1
    following = house.database.new_numbers(BANK)
    assert stream.news() == {"live": True, "revision": following}
    stream.close()


def test_no_account_hears_of_another(house: House) -> None:
    bank, _ = live_stream(house, house.visitor(OWNER))
    # Whatever a customer names, it is their own.
    shop, _ = live_stream(house, house.visitor(SHOP_OWNER), f"/_live?tenantId={BANK}")
    for _ in range(3):
        house.database.new_numbers(BANK)
    last = house.database.new_numbers(SHOP)
    assert shop.until(last) == [last]
    newest = house.database.new_numbers(BANK)
    told = bank.until(newest)
    assert told == sorted(told)
    bank.close()
    shop.close()


def test_internal_people_hear_of_the_accounts_that_are_theirs(house: House) -> None:
    visitor = house.visitor(TAM)
    stream, _ = live_stream(house, visitor, f"/_live?tenantId={BANK}")
    assert visitor.get(f"/_live?tenantId={SHOP}").status_code == 404
    assert visitor.get("/_live").status_code == 404
    revision = house.database.new_numbers(BANK)
    assert stream.until(revision)
    stream.close()


def test_stranger_hears_nothing(house: House) -> None:
    assert requests.get(f"{house.portal.url}/_live", timeout=WAIT_SECONDS).status_code == 401


def test_stream_ends_when_the_session_is_signed_out_elsewhere_in_the_browser(house: House) -> None:
    visitor, other = house.visitor(OWNER), house.visitor(OWNER)
    stream, _ = live_stream(house, visitor)
    stays, _ = live_stream(house, other)
    visitor.post("/auth/logout")
    assert stream.rest()[-1] == "end"
    revision = house.database.new_numbers(BANK)
    assert stays.until(revision)[-1] == revision
    stays.close()


def test_stream_ends_when_the_issuer_says_that_the_session_has_ended(house: House) -> None:
    visitor, other = house.visitor(OWNER), house.visitor(OWNER)
    stream, _ = live_stream(house, visitor)
    held = [opened_session(one.cookies()[SESSION_COOKIE]) for one in (visitor, other)]
    ended = requests.delete(
        f"{house.gateway_url}/v1/auth/sessions/{held[0]['sid']}",
        headers={"Authorization": f"Bearer {held[1]['at']}"},
        timeout=WAIT_SECONDS,
    )
    assert ended.status_code == 204, ended.text
    assert stream.rest()[-1] == "end"
    assert _status(visitor) == 401


def test_one_person_has_so_many_streams_and_pages_are_answered_beside_them(house: House) -> None:
    """Twice as many streams as the portal has threads."""
    crowd = [house.visitor(email) for email in CROWD]
    streams = [live_stream(house, visitor)[0] for visitor in crowd for _ in range(MOST_OF_PERSON)]
    refused = crowd[0].get("/_live", stream=True)
    assert (refused.status_code, 30 <= int(refused.headers["Retry-After"]) <= 60) == (503, True)
    assert crowd[0].get("/profile").status_code == 200
    revision = house.database.new_numbers(BANK)
    assert {stream.until(revision)[-1] for stream in streams} == {revision}
    for stream in streams:
        stream.close()
    until(lambda: _status(crowd[0]) == 200)


def _status(visitor: Visitor) -> int:
    with visitor.get("/_live", stream=True) as response:
        return response.status_code


def test_what_happens_while_the_gateway_hears_nothing_is_told_afterwards(house: House) -> None:
    visitor = house.visitor(OWNER)
    stream, first = live_stream(house, visitor)
    house.database.cut_listeners()
    missed = house.database.new_numbers(BANK)
    heard = [(event.name, event.data) for event in stream.events()]
    # Pages are told to ask for themselves, and sent back when there is something to hear again.
    assert ("news", '{"live":false}') in heard
    assert heard[-1][0] == "end"
    again, told = live_stream(house, visitor, last_id=str(first))
    assert told == missed
    again.close()


def test_portal_that_gets_no_token_leaves_it_to_pages_to_ask(new_database: NewDatabase, tmp_path: Path) -> None:
    with running_house(new_database, tmp_path, scopes=SCOPES) as house:
        visitor = house.visitor(OWNER)
        until(lambda: _status(visitor) == 204)
        assert visitor.get("/profile").status_code == 200


def test_platform_that_does_not_answer_leaves_it_to_pages_to_ask(new_database: NewDatabase, tmp_path: Path) -> None:
    """Whatever fails would be in the browser's console."""
    with running_house(new_database, tmp_path) as house:
        tam = house.visitor(TAM)
        stream, _ = live_stream(house, tam, f"/_live?tenantId={BANK}")
        stream.close()
        house.gateway.terminate()
        house.gateway.wait()
        assert tam.get(f"/_live?tenantId={BANK}").status_code == 204
