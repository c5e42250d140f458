"""The crowd that clicks, on a server of sockets that answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from bench import load
from bench.load_client import Browser

Answer = Callable[[bytes], bytes]
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PARTS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n"


async def served(
    answer: Answer, act: Callable[[str, list[bytes]], Awaitable[None]], *, asked_once: bool = False
) -> None:
    """Have ``act(url, requests)`` talk to a server; with ``asked_once`` it closes each connection after one answer."""
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
                seen.append(head + await reader.readexactly(length))
                writer.write(answer(head))
                await writer.drain()
                if asked_once:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        await act(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen)


@pytest.mark.parametrize(("answer", "size"), [(WHOLE, 5), (PARTS, 7)])
def test_answers_are_read_to_their_end_on_one_connection(answer: bytes, size: int) -> None:
    async def act(url: str, seen: list[bytes]) -> None:
        browser = Browser(url, "a=1; b=2", "token")
        assert [await browser.ask("GET", "/x"), await browser.ask("POST", "/y", b"{}")] == [(200, size)] * 2
        assert b"Cookie: a=1; b=2\r\n" in seen[0]
        assert b"X-CSRF-Token: token\r\n" in seen[1]
        assert seen[1].endswith(b"\r\n\r\n{}")
        browser.close()

    asyncio.run(served(lambda _head: answer, act))


def test_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    async def act(url: str, seen: list[bytes]) -> None:
        browser = Browser(url, "", "")
        for _ in range(3):
            assert await browser.ask("GET", "/") == (200, 5)
        assert len(seen) == 3
        browser.close()

    asyncio.run(served(lambda _head: WHOLE, act, asked_once=True))


def test_crowd_counts_every_click_and_what_went_wrong() -> None:
    def answer(head: bytes) -> bytes:
        return b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" if head.startswith(b"POST") else WHOLE

    known = {name: [load.Click(name, "GET" if at == 0 else "POST", "/")] for at, name in enumerate(load.MIX)}

    async def act(url: str, seen: list[bytes]) -> None:
        people = [("owner@demo.example", Browser(url, "", "")) for _ in range(20)]
        times, errors = await load._crowd(people, known, 0.2, 0.1)
        count = sum(map(len, times.values()))
        assert count == len(seen) == 40
        assert sum(one.due < 0.1 for each in times.values() for one in each) == 20
        assert errors == {"503": count - len(times["dashboard by its address"])}

    asyncio.run(served(answer, act))


def test_bodies_are_those_of_the_graph_of_callbacks() -> None:
    questions = load.Questions.__new__(load.Questions)
    questions._callbacks = [
        {
            "output": "..a.children...b.data..",
            "inputs": [{"id": "x", "property": "value"}, {"id": '{"type":["ALL"]}', "property": "n_clicks"}],
            "state": [{"id": "y", "property": "data"}],
        }
    ]
    body = json.loads(questions.body("b.data", {"x": 7}))
    assert body["outputs"] == [{"id": "a", "property": "children"}, {"id": "b", "property": "data"}]
    assert body["inputs"] == [{"id": "x", "property": "value", "value": 7}, []]
    assert body["state"] == [{"id": "y", "property": "data", "value": None}]
    assert body["changedPropIds"] == ["x.value"]


def test_table_and_figures_say_what_was_found() -> None:
    arriving, log = load.Clicks("as they arrive", 500, 90, 1200, 16), load.Clicks("log inside", 9, 10, 20, 7)
    crowd = load.Crowd(500, 5.0, 60.0, arriving, (log,), 11, 900, {"503": 2}, 9.5, 8, 1)
    found = load.Load(crowd, load.Saturated(8, 1500, 180.0, 5.5, 0.1, 0.2, {}), 2, 120.0)
    head, rows = load.table(found)
    assert {len(row) for row in rows} == {len(head)}
    assert [row[0] for row in rows] == [
        "as they arrive",
        "log inside",
        "all, 500 people, one click in 5 s",
        "dashboard, 8 at once: 180 a second",
    ]
    assert rows[2][5] == "2"
    assert load.targets(found) == {
        "p99_ms": 900, "arriving_p99_ms": 1200, "errors": 2, "views_a_second": 180, "view_cpu_ms": 5.5, "worker_mb": 120
    }  # fmt: skip
