"""Who hears what: over real connections, whatever happens in which order."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_streams import Parser, ServerEvent, StreamLoop
from portal.domain.actor import Actor
from portal.services.revision_board import RevisionBoard
from portal.web.coordination import HostCoordination
from portal.web.keeper import SessionKeeper
from portal.web.live_seats import NoSeat, Seats
from portal.web.session import Session

TENANTS = ("a", "b", "c")
WAIT_SECONDS = 20


def an_actor(tenant_id: str | None = "a", *roles: str, **changes: Any) -> Actor:
    values = {"user_id": f"person-of-{tenant_id}", "tenant_id": tenant_id, "user_type": "customer",
              "roles": frozenset(roles or ("owner",)), "token": "t", "name": "n", "email": "e"} | changes  # fmt: skip
    return Actor(**values)


def a_session(name: str = "s", subject: str = "p", started_at: int = 1000) -> Session:
    return Session(
        name, started_at, f"sid-{name}", "secret", {"sub": subject, "exp": 9e9}, "secret", "secret", "n", "e"
    )


class Tab:
    """A browser's end of a stream."""

    def __init__(self, connection: socket.socket, tenant_id: str) -> None:
        connection.settimeout(WAIT_SECONDS)
        self.connection, self.tenant_id = connection, tenant_id
        self._parser = Parser()
        self.heard: list[ServerEvent] = []
        self.over = False

    def hear(self) -> ServerEvent | None:
        """The next event; None at the end."""
        while not self.over:
            received = self.connection.recv(65536)
            if not received:
                self.over = True
            events = self._parser.feed(received)
            if events:
                self.heard += events
                return events[-1]
        return None

    def until(self, name: str) -> None:
        while all(event.name != name for event in self.heard):
            if self.hear() is None:
                break

    @property
    def revisions(self) -> list[int]:
        told = [json.loads(event.data) for event in self.heard if event.name == "news"]
        return [news["revision"] for news in told if "revision" in news]


class Room:
    """Seats on a loop and a board of their own."""

    def __init__(self, folder: Path, **limits: int) -> None:
        self.coordination = HostCoordination(folder, remember_seconds=1000)
        keeper = SessionKeeper(
            oidc=cast(Any, None), cookies=cast(Any, None), coordination=self.coordination, standing=cast(Any, None)
        )
        self.board = RevisionBoard(lambda tenant_id: self.seats.tell(tenant_id))
        self.loop = StreamLoop(farewell=lambda: self.seats.farewell())
        self.seats = Seats(
            self.board,
            self.loop,
            keeper=keeper,
            coordination=self.coordination,
            **{"most": 1000, "most_of_person": 1000} | limits,
        )
        self.tabs: list[Tab] = []

    def open(
        self, tenant_id: str = "a", revision: int = 0, *, actor: Actor | None = None, session: Session | None = None,
        last_id: str = "",
    ) -> Tab:  # fmt: skip
        known, era = self.board.expect(tenant_id)
        self.board.learn(tenant_id, revision, era)
        seat = self.seats.claim(tenant_id, actor or an_actor(tenant_id), session or a_session(), era)
        ours, theirs = socket.socketpair()
        self.seats.take(seat, ours, False, revision if known is None else known, last_id)
        self.tabs.append(Tab(theirs, tenant_id))
        return self.tabs[-1]

    def settle(self) -> None:
        """Until the loop has done all that it was asked so far."""
        done = threading.Event()
        self.loop.call(lambda: self.loop.call(done.set))
        assert done.wait(WAIT_SECONDS)


@contextmanager
def a_room(folder: Path, **limits: int) -> Iterator[Room]:
    room = Room(folder, **limits)
    try:
        yield room
    finally:
        for tab in room.tabs:
            tab.connection.close()  # whoever is still there would be waited for
        room.loop.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with a_room(tmp_path) as found:
        found.board.connected()
        yield found


STEP = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(TENANTS)),
    st.tuples(st.just("change"), st.sampled_from(TENANTS)),
    st.tuples(st.just("lost"), st.just("")),
    st.tuples(st.just("connected"), st.just("")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25))
def test_nobody_hears_of_another_account_and_nobody_misses_their_own(
    steps: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Revisions tell their account: those of the first are 3, 6, 9 …, of the second 4, 7, 10 …"""
    truth = {tenant_id: number + 3 for number, tenant_id in enumerate(TENANTS)}
    with a_room(tmp_path) as room:
        connected = False
        for what, tenant_id in steps:
            if what == "open":
                room.open(tenant_id, truth[tenant_id])
            elif what == "change":
                truth[tenant_id] += 3
                if connected:
                    room.board.told(tenant_id, truth[tenant_id])
            else:
                connected = what == "connected"
                room.board.connected() if connected else room.board.lost()
        room.settle()
        # Whoever is still told hears the newest; whoever is not is sent to ask or sent back.
        for tab in room.tabs:
            while not tab.over:
                last = tab.heard[-1] if tab.heard else None
                if last is not None and last.name == "end":
                    break
                if last is not None and tab.revisions[-1:] == [truth[tab.tenant_id]] and connected:
                    break
                if last is not None and not connected and last.data == '{"live":false}':
                    break
                tab.hear()
            offset = TENANTS.index(tab.tenant_id)
            assert all(revision % 3 == offset for revision in tab.revisions)
            assert tab.revisions == sorted(tab.revisions)


def test_who_knows_the_newest_is_told_that_nothing_is_new(room: Room) -> None:
    tab = room.open("a", 7, last_id="7")
    assert (tab.hear() or tab).data == '{"live":true}'  # type: ignore[union-attr]
    assert [event.event_id for event in tab.heard] == ["7"]
    assert json.loads(room.open("a", 7, last_id="6").hear().data) == {"live": True, "revision": 7}  # type: ignore[union-attr]


def test_revision_told_late_is_not_told_after_a_newer_one(room: Room) -> None:
    """The thread of all streams was busy when a stream came and two changes after it."""
    busy, go_on = threading.Event(), threading.Event()
    room.loop.call(lambda: (busy.set(), go_on.wait(WAIT_SECONDS)))
    assert busy.wait(WAIT_SECONDS)
    tab = room.open("a", 4)
    room.board.told("a", 7)
    room.board.told("a", 10)
    go_on.set()
    room.settle()
    room.board.told("a", 11)
    while tab.revisions[-1:] != [11]:
        tab.hear()
    assert tab.revisions == [10, 11]


@pytest.mark.parametrize("ended", ["id:s", "sid:sid-s", "sub:p"])
def test_stream_ends_with_its_session(room: Room, ended: str) -> None:
    tab, other = room.open(), room.open(session=a_session("other", "q"))
    other.hear()
    tab.hear()
    room.coordination.mark_ended(ended)
    tab.until("end")
    assert tab.heard[-1].name == "end"
    room.board.told("a", 9)
    other.until("news")
    assert not any(event.name == "end" for event in other.heard)


def test_session_that_ended_before_its_stream_was_there_gets_none(room: Room) -> None:
    room.coordination.mark_ended("id:s")
    assert (tab := room.open()).hear() is not None
    assert [event.name for event in tab.heard] == ["end"]


def test_second_sign_out_everywhere_is_seen_though_it_makes_no_new_file(room: Room) -> None:
    room.coordination.mark_ended("sub:p")
    mark = room.coordination.ends_mark()
    later = a_session(started_at=2**33)
    tab = room.open(session=later)
    tab.hear()
    room.coordination.mark_ended("sub:p")
    assert room.coordination.ends_mark() != mark
    assert not any(event.name == "end" for event in tab.heard), "of sessions that began before"


@pytest.mark.parametrize(
    "now",
    [
        an_actor("a", "viewer"),
        an_actor("b"),
        an_actor("a", preview_role="viewer"),
        an_actor(None, user_type="internal"),
    ],
    ids=["role", "account", "preview", "kind"],
)
def test_stream_ends_when_its_session_comes_as_somebody_else(room: Room, now: Actor) -> None:
    session = a_session()
    tab, other = room.open(session=session), room.open(session=a_session("other"))
    room.seats.notice(session, an_actor())
    room.settle()
    assert len(room.loop) == 2
    room.seats.notice(session, now)
    tab.until("end")
    assert tab.heard[-1].name == "end"
    room.board.told("a", 5)
    other.until("news")
    assert not any(event.name == "end" for event in other.heard)


def test_seats_are_limited_for_each_person_and_for_all(tmp_path: Path) -> None:
    with a_room(tmp_path, most=3, most_of_person=2) as room:
        for _ in range(2):
            room.open()
        with pytest.raises(NoSeat):
            room.open()
        tab = room.open("b")
        with pytest.raises(NoSeat):
            room.open("c")
        tab.connection.close()
        room.settle()
        while len(room.seats) == 3:
            room.settle()
        room.open("c")


def test_no_token_is_kept(room: Room) -> None:
    session = replace(a_session(), access_token="very-secret")
    room.open(session=session)
    (seat,) = room.seats._seats
    assert "secret" not in repr(vars(seat.session))
