"""Calls that send take turns, and calls that read go past those who wait for theirs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import pytest

from gateway.api.context import EXTENSION
from gateway.api.turns import LARGE, Turns
from tests.integration.api.batches import message, send, stored
from tests.support.api_world import World

PATIENCE = 60.0


class Told(Turns):
    """Turns that remember who asked for one, and say when somebody waits."""

    def __init__(self) -> None:
        super().__init__(2)
        self.asked: list[int] = []
        self.one_waits = Event()

    @contextmanager
    def turn(self, messages: int) -> Iterator[None]:
        self.asked.append(messages)
        with super().turn(messages):
            yield

    def _take(self, wanted: int) -> None:
        if wanted > self._free:
            self.one_waits.set()
        super()._take(wanted)


@pytest.fixture
def turns(own_world: World) -> Told:
    turns = Told()
    own = own_world.app.extensions[EXTENSION]
    own_world.app.extensions[EXTENSION] = replace(own, turns=turns)
    return turns


def test_calls_that_send_take_turns_by_their_size_and_no_others_do(own_world: World, turns: Told) -> None:
    client = own_world.client("developer")
    assert client.post("/v1/messages", json=message()).status_code == 202
    assert send(own_world, [message(), message(), 5]).json["accepted"] == 2
    assert client.post("/v1/messages", json=message(to="07012")).status_code == 422, "refused before its turn"
    assert client.post("/v1/messages/preview", json={"body": "hello"}).status_code == 200
    assert own_world.get("developer", "/v1/messages").status_code == 200
    assert turns.asked == [1, 3]


def test_page_is_answered_while_messages_wait_for_their_turn(own_world: World, turns: Told) -> None:
    before = len(stored(own_world))
    with ThreadPoolExecutor(1) as pool:
        with turns.turn(LARGE):
            coming = pool.submit(send, own_world, [message()])
            assert turns.one_waits.wait(PATIENCE)
            assert own_world.get("developer", "/v1/messages").status_code == 200
            assert own_world.get("developer", "/v1/account").status_code == 200
            assert not coming.done()
            assert len(stored(own_world)) == before
        assert coming.result(PATIENCE).status_code == 202
    assert len(stored(own_world)) == before + 1
