"""The browsers that listen: who may have a stream, what each is told, and when it is over.

A stream is of one session, one role and one account. It is told that account's revision and nothing else, and ends
within a second of the session, on this machine; everywhere it ends after some minutes, and the browser that comes back
is looked at like any other request.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from event_streams import Stream, StreamLoop, event, make_room
from portal.domain.actor import Actor
from portal.services.revision_board import RevisionBoard
from portal.web.coordination import HostCoordination, digest
from portal.web.keeper import SessionKeeper
from portal.web.session import Session

LOOK_SECONDS = 1.0
LIFE_SECONDS = (600.0, 900.0)
"""After which a stream ends by itself, so that session and role are looked at; jittered between the two."""
INTERNAL_LIFE_SECONDS = (120.0, 180.0)
"""The same for internal people: what a TAM sees ends with an assignment, which only the platform knows of."""
MOST_OF_PERSON = 12
RETURN_SECONDS_EACH = 0.02
"""Processor time of one return, generously: so far apart those who were here come back, on average."""
SOONEST_RETURN_SECONDS, SHORTEST_SPREAD_SECONDS = 1.0, 4.0

Standing = tuple[str, frozenset[str], str | None, str | None]


class NoSeat(Exception):
    """All streams that there may be are taken. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(eq=False)
class Seat:
    """One listening browser. ``session`` is without its tokens."""

    tenant_id: str
    person: str
    standing: Standing
    session: Session
    life: tuple[float, float]
    era: int
    names: tuple[str, ...] = field(init=False)
    stream: Stream | None = None
    heard: int = -1
    """The revision that was told last; of the thread of all streams."""

    def __post_init__(self) -> None:
        self.names = tuple(digest(name) for name in self.session.names)


class Seats:
    """All listening browsers of this process. Safe for threads."""

    def __init__(
        self,
        board: RevisionBoard,
        loop: StreamLoop,
        *,
        keeper: SessionKeeper,
        coordination: HostCoordination,
        most: int,
        most_of_person: int = MOST_OF_PERSON,
    ) -> None:
        self._board = board
        self._loop = loop
        self._keeper = keeper
        self._coordination = coordination
        self._most = most
        self._most_of_person = most_of_person
        self._room: int | None = None
        self._lock = threading.Lock()
        self._seats: set[Seat] = set()
        self._by_tenant: dict[str, set[Seat]] = {}
        self._by_session: dict[str, set[Seat]] = {}
        self._by_name: dict[str, set[Seat]] = {}
        self._by_person: dict[str, int] = {}
        self._mark = 0

    def __len__(self) -> int:
        return len(self._seats)

    def claim(self, tenant_id: str, actor: Actor, session: Session, era: int) -> Seat:
        """A seat, to be taken or given back; ``era`` is the board's from before the account's revision was asked for.
        Raises NoSeat."""
        internal = actor.internal or actor.preview_role is not None
        seat = Seat(
            tenant_id,
            actor.user_id,
            standing_of(actor),
            replace(
                session,
                access_token="",
                refresh_token=None,
                id_token=None,
                claims={"sub": session.subject},
                name="",
                email="",
            ),
            INTERNAL_LIFE_SECONDS if internal else LIFE_SECONDS,
            era,
        )
        with self._lock:
            first, self._room = self._room is None, make_room(self._most) if self._room is None else self._room
            if len(self._seats) >= self._room or self._by_person.get(seat.person, 0) >= self._most_of_person:
                raise NoSeat(random.randint(30, 60))  # noqa: S311 - spread
            self._seats.add(seat)
            self._by_person[seat.person] = self._by_person.get(seat.person, 0) + 1
            for index, key in self._places(seat):
                index.setdefault(key, set()).add(seat)
        if first:
            self._mark = self._coordination.ends_mark()
            self._loop.every(LOOK_SECONDS, self._look)
        return seat

    def take(self, seat: Seat, connection: socket.socket, chunked: bool, revision: int, last_id: str) -> None:
        """Begin to tell: how things stand, unless the browser knows it (``last_id``), and from then on what is new.
        ``revision`` is what the account's was in the seat's era."""
        stream = Stream(connection, chunked, time.monotonic() + random.uniform(*seat.life), lambda _: self.leave(seat))  # noqa: S311

        def greeting() -> bytes | None:
            known, era = self._board.expect(seat.tenant_id)
            # Between the guard and here the session may have ended, or the listener come back: then nobody was told.
            if self._has_ended(seat) or (era != seat.era and self._board.feed != "away"):
                self._loop.end([stream])
                return None
            if self._board.feed != "live":
                return _NOT_LIVE
            newest = seat.heard = max(known or 0, revision)
            return _news(newest, known_to_reader=str(newest) == last_id)

        seat.stream = stream
        self._loop.adopt(stream, greeting)

    def _has_ended(self, seat: Seat) -> bool:
        """Asked on the thread of all streams: whoever keeps this for several machines is asked only where this machine
        knows something."""
        known = any(self._coordination.ended_at(name) is not None for name in seat.session.names)
        return known and self._keeper.has_ended(seat.session)

    def leave(self, seat: Seat) -> None:
        """Give the seat back; once, however often it is said."""
        with self._lock:
            if seat not in self._seats:
                return
            self._seats.discard(seat)
            left = self._by_person[seat.person] - 1
            self._by_person[seat.person] = left
            if not left:
                del self._by_person[seat.person]
            for index, key in self._places(seat):
                index[key].discard(seat)
                if not index[key]:
                    del index[key]

    def tell(self, tenant_id: str | None) -> None:
        """Something new is on the board, about one tenant or (None) about the listener itself.

        Once that is back, nobody knows what was missed but the platform: all who were here come back one after the
        other, and it is asked anew. Where there is nothing to listen to, they come back to be told so.
        """
        if tenant_id is None:
            with self._lock:
                older = _streams(seat for seat in self._seats if seat.era != self._board.era)
            if self._board.feed == "away":
                self._loop.send(older, _NOT_LIVE)
            else:
                self._loop.end(older)
            return
        with self._lock:
            anybody = tenant_id in self._by_tenant
        if anybody:
            self._loop.call(lambda: self._tell_newest(tenant_id))

    def _tell_newest(self, tenant_id: str) -> None:
        """On the thread of all streams, as the greeting is: what is read here cannot be older than what was said."""
        known = self._board.expect(tenant_id)[0]
        if known is None:
            return
        with self._lock:
            seats = [seat for seat in self._by_tenant.get(tenant_id, ()) if seat.heard < known]
        for seat in seats:
            seat.heard = known
        self._loop.write(_streams(seats), _news(known))

    def notice(self, session: Session, actor: Actor) -> None:
        """A request of this session came, by ``actor``: streams that were opened as somebody else end."""
        with self._lock:
            seats = self._by_session.get(session.session_id)
            if not seats:
                return
            standing = standing_of(actor)
            streams = _streams(seat for seat in seats if seat.standing != standing)
        if streams:
            self._loop.end(streams)

    def farewell(self) -> bytes:
        """The last event of a stream: when to come back, so that all who were here do not come at once."""
        return event("end", "", retry_ms=self.return_ms())

    def return_ms(self) -> int:
        spread = max(SHORTEST_SPREAD_SECONDS, 2 * RETURN_SECONDS_EACH * len(self._seats))
        return int(1000 * (SOONEST_RETURN_SECONDS + random.uniform(0, spread)))  # noqa: S311

    def _places(self, seat: Seat) -> list[tuple[dict[str, set[Seat]], str]]:
        return [
            (self._by_tenant, seat.tenant_id),
            (self._by_session, seat.session.session_id),
            *((self._by_name, name) for name in seat.names),
        ]

    def _look(self) -> None:
        """End the streams of sessions that have ended since the last look."""
        mark = self._coordination.ends_mark()
        if mark == self._mark:
            return
        self._mark = mark
        with self._lock:
            named = {seat for name in self._coordination.ended_among(self._by_name) for seat in self._by_name[name]}
        ended = [seat for seat in named if self._keeper.has_ended(seat.session)]
        self._loop.end(_streams(ended))


def _news(revision: int, *, known_to_reader: bool = False) -> bytes:
    """Everything there is to say, so that the newest event can stand for all before it."""
    said = {"live": True} if known_to_reader else {"live": True, "revision": revision}
    return event("news", json.dumps(said, separators=(",", ":")), event_id=str(revision))


_NOT_LIVE = event("news", '{"live":false}')


def standing_of(actor: Actor) -> Standing:
    """What decides about what somebody may see."""
    return actor.user_type, actor.roles, actor.tenant_id, actor.preview_role


def _streams(seats: Iterable[Seat]) -> list[Stream]:
    return [seat.stream for seat in seats if seat.stream is not None]
