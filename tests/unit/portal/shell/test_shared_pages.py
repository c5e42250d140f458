"""A page that is drawn once for several readers is, for each of them, the page that would be drawn for them alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import brotli
import pytest
from backports import zstd
from dash import dcc, html
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from components import filters, messages
from components.charts import card
from portal.domain.account import Account
from portal.domain.actor import Actor
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, use
from portal.shell import dash_internals
from portal.shell.compression import Repeated
from portal.shell.drawn_pages import DrawnPages
from portal.shell.first_data import Filled
from portal.shell.html import Renderer
from portal.shell.pieces import Drawn, Kept, Written
from tests.support import portal_on_fakes
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import AS_OF, FakeAccount, FakeAnalytics, actor

TENANTS = {f"tenant-{number}": f"Bank {number}11" for number in (1, 2, 3)}


def amount_of(tenant: str) -> int:
    return 700_000 + 1_111 * int(tenant[-1])


class Traffic(FakeAnalytics):
    """Every account has an amount of messages of its own, which is in no other's."""

    def summary(self, query: AnalyticsQuery, *, actor: Actor) -> Any:
        found = super().summary(query, actor=actor)
        amount = amount_of(query.tenant_id or actor.tenant_id or "tenant-9")
        return dataclasses.replace(found, totals=dataclasses.replace(found.totals, messages=amount))


class Accounts(FakeAccount):
    def get_account(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        found = super().get_account(tenant_id, actor=actor)
        name = tenant_id or actor.tenant_id or ""
        return dataclasses.replace(
            found, tenant_id=name, name=TENANTS.get(name, "Nobody's"), is_demo=name != "tenant-2"
        )


OF_ROLES = [
    dataclasses.replace(actor(tenant, user=f"{tenant}-{role}", roles=("customer", role)), name=f"{tenant} {role}")
    for tenant in TENANTS
    for role in ("owner", "billing", "viewer")
]
READERS: tuple[Actor, ...] = (
    *OF_ROLES,
    dataclasses.replace(actor("tenant-1", user="second", roles=("customer", "owner")), name="A second owner"),
    actor(None, user="tam", roles=("tam",)),
    dataclasses.replace(actor("tenant-1", user="tam", roles=("customer", "viewer")), preview_role="viewer"),
)
ADDRESSES = (
    "/dashboard",
    "/dashboard?from=2026-11-01&to=2026-11-05",
    "/dashboard?period=7d",
    "/dashboard?operator=AWCC",
    "/dashboard?from=nonsense",
    "/analytics",
    "/analytics?compare=none",
)
TAGS = ("en", "fa-AF", "ps", "ar")
Step = tuple[Actor, str, str, int]


def comparable(text: str) -> str:
    """A page without what is made anew for every answer: the nonce, and a token of Dash's."""
    return re.sub(r'nonce="[^"]+"|"end_id":"[^"]+"', "", text)


class World:
    """The portal's own pages; who asks, in which language and on which day is set from outside."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.who, self.tag, self.day = READERS[0], "en", 0
        services = fake_services(analytics=Traffic(), account=Accounts())
        fixed = dataclasses.replace(services.analytics, clock=lambda: AS_OF)
        services = dataclasses.replace(services, analytics=fixed)
        self.recent = fixed.recent
        server, self.app = portal_on_fakes.build(
            folder, tag=lambda: self.tag, services=services, asker=lambda: self.who
        )
        self.client = server.test_client()
        monkeypatch.setattr(filters, "today_in", lambda _zone: dt.date(2026, 11, 20) + dt.timedelta(days=self.day))

    def see(self, step: Step) -> str:
        self.who, self.tag, address, self.day = step
        answer = self.client.get(address)
        assert answer.status_code == 200
        return comparable(answer.get_data(as_text=True))

    def forget(self) -> None:
        self.app._drawn_pages, self.app._parts = DrawnPages(), DrawnPages()

    def filter(self, step: Step) -> str:
        """What another filter of the page answers."""
        self.who, self.tag, address, self.day = step
        page, _, query = address.removeprefix("/").partition("?")
        spec = next(each for each in dash_internals.callbacks(self.app) if f"{page}-revision.data" in each["output"])
        entries = {
            part: [
                [] if "{" in each["id"] else {**each, "value": f"?{query}" if each["property"] == "data" else None}
                for each in spec[part]
            ]
            for part in ("inputs", "state")
        }
        entries["state"][-1]["value"] = None
        outputs = [
            dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
            for part in spec["output"].strip(".").split("...")
        ]
        asked = {"output": spec["output"], "outputs": outputs, "changedPropIds": ["filters-address.data"], **entries}
        answer = self.client.post(dash_internals.CALLBACK_PATH, json=asked)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def ask_anew(self) -> None:
        """Have the platform asked again: what was made of its answers is of no use then."""
        self.recent._entries.clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield World(tmp_path_factory.getbasetemp() / "shared", patch)


STEPS = st.lists(
    st.tuples(st.sampled_from(READERS), st.sampled_from(TAGS), st.sampled_from(ADDRESSES), st.sampled_from([0, 0, 1])),
    min_size=2,
    max_size=5,
)


@settings(max_examples=6, deadline=None)
@given(STEPS)
def test_page_that_others_were_shown_is_the_one_that_is_drawn_anew(world: World, steps: Sequence[Step]) -> None:
    world.forget()
    shown = [world.see(step) for step in steps]
    for step, before in zip(steps, shown, strict=True):
        world.forget()
        assert world.see(step) == before


@settings(max_examples=6, deadline=None)
@given(STEPS)
def test_nothing_of_another_account_or_person_is_in_a_page(world: World, steps: Sequence[Step]) -> None:
    for step in steps:
        text, who = world.see(step), step[0]
        for tenant, name in TENANTS.items():
            assert (name in text) == (who.tenant_id == tenant)
        for other in READERS:
            if other.name != who.name:
                assert other.name not in text


@settings(max_examples=6, deadline=None)
@given(STEPS)
def test_filters_answer_that_others_were_given_is_the_one_that_is_made_anew(
    world: World, steps: Sequence[Step]
) -> None:
    shown = [world.filter(step) for step in steps]
    for step, before in zip(steps, shown, strict=True):
        world.ask_anew()
        assert world.filter(step) == before
        own = {tenant: fmt.number(amount_of(tenant)) for tenant in TENANTS} if step[1] == "en" else {}
        for tenant, amount in own.items():
            assert (amount in before) == (step[0].tenant_id == tenant) or step[0].internal


def test_second_filter_of_the_same_is_written_from_what_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    step = (READERS[0], "en", "/dashboard?period=7d", 0)
    world.ask_anew()
    first = world.filter(step)
    met: list[str] = []
    draw = card.pictured
    monkeypatch.setattr(card, "pictured", lambda chart: (met.append(chart.id), draw(chart))[1])
    assert world.filter((READERS[9], *step[1:])) == first
    assert met == []
    world.filter((READERS[2], *step[1:]))
    assert len(met) == 5, "another role sees other answers"


def test_what_was_drawn_of_numbers_goes_with_them() -> None:
    class Numbers:
        pass

    pages, one, other = DrawnPages(largest=100), Numbers(), Numbers()
    pages.put(("page",), Drawn("one", ""), one)
    pages.put(("page",), Drawn("other", ""), other)
    found = [pages.get(("page",), numbers) for numbers in (one, other)]
    assert [drawn and drawn.html for drawn in found] == ["one", "other"]
    del one
    pages.put(("third",), Drawn("y" * 90, ""))
    assert pages.get(("page",), other) is not None, "there was room"
    assert pages.get(("page",), Numbers()) is None


def test_kept_text_is_read_back_and_takes_the_room_of_what_is_sent() -> None:
    kept = Kept(b"again and again " * 1000)
    assert kept.data == zstd.decompress(kept.frame) == b"again and again " * 1000
    assert kept.size == len(kept.frame) < 200
    written = Written(["1", '"\u0633\u0644\u0627\u0645"', "[]"])
    assert [value.json for value in written.values()] == ["1", '"\u0633\u0644\u0627\u0645"', "[]"]


def test_body_that_comes_again_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies, one, other = Repeated(largest=10_000), b"one " * 500, b"other" * 500
    assert {zstd.decompress(bodies.compress(body)) for body in (one, other, one, other)} == {one, other}
    monkeypatch.setattr("portal.shell.zstandard.compress", lambda *_given: pytest.fail("compressed again"))
    assert [zstd.decompress(bodies.compress(body)) for body in (one, other)] == [one, other]


def test_message_that_is_as_it_was_has_the_row_that_it_had(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.forget()
    step = (READERS[0], "en", "/messages", 0)
    first = world.see(step)
    assert first.count("row-link") > 1
    built: list[str] = []
    row = messages.build_row
    monkeypatch.setattr(messages, "build_row", lambda *given: (built.append("row"), row(*given))[1])
    assert world.see(step).count("row-link") == first.count("row-link")
    assert built == []
    world.see((READERS[0], "ps", "/messages", 0))
    assert built


def test_second_reader_of_the_same_is_drawn_nothing_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.forget()
    world.see((READERS[0], "en", "/dashboard", 0))
    met: list[str] = []
    draw = Renderer._graph
    monkeypatch.setattr(Renderer, "_graph", lambda *given: (met.append("graph"), draw(*given)))
    world.see((READERS[9], "en", "/dashboard", 0))
    assert met == []
    world.see((READERS[2], "en", "/dashboard", 0))
    assert len(met) == 5, "another role sees other answers"


def decoded(client: FlaskClient, address: str, encoding: str) -> str:
    answer = client.get(address, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    read: Callable[[bytes], bytes] = {"zstd": zstd.decompress, "br": brotli.decompress}[encoding]
    return comparable(read(answer.data).decode())


@pytest.mark.parametrize("encoding", ["zstd", "br"])
@pytest.mark.parametrize("address", ["/dashboard", "/messages", "/profile"])
def test_every_encoding_tells_the_same(world: World, address: str, encoding: str) -> None:
    """A page with kept pieces is several Zstandard frames, of which decoders make one text."""
    world.see((READERS[0], "en", "/dashboard", 0))
    if address != "/dashboard":  # the others hold keys that are made anew for each answer
        assert "</html>" in decoded(world.client, address, encoding)
        return
    plain = comparable(world.client.get(address).get_data(as_text=True))
    assert decoded(world.client, address, encoding) == plain


def test_page_with_a_form_of_its_own_is_drawn_for_each_reader(world: World) -> None:
    renderer = Renderer()
    renderer.html(Filled(html.Form([], method="post", action="/x")))
    assert renderer.met_form
    with pytest.raises(ValueError, match="form"):
        world.app.kept("a form", lambda: html.Form([], method="POST", action="/x"))


def test_kept_pages_stay_within_their_room() -> None:
    pages = DrawnPages(largest=100)
    for number in range(10):
        pages.put((number,), Drawn("x" * 30, "y" * 10))
    assert [pages.get((number,)) is not None for number in range(10)] == [False] * 8 + [True] * 2
    pages.put((9,), Drawn("", ""))
    pages.put((10,), Drawn("z" * 60, ""))
    assert pages.get((8,)) is not None, "what takes another's place gives its room back"


def test_link_of_a_kept_part_works_as_any(world: World) -> None:
    drawn = world.app.kept("link", lambda: html.Nav(dcc.Link("<Here>", href="/messages")))
    assert isinstance(drawn.html, str)
    assert drawn.html == '<nav><a href="/messages">&lt;Here&gt;</a></nav>'
    assert "\\u003cHere>" in str(drawn.json)


def test_next_day_the_same_numbers_are_drawn_anew(world: World) -> None:
    """The last day that can be chosen is today's."""
    shown = [world.see((READERS[0], "en", "/dashboard?from=2026-11-01&to=2026-11-05", day)) for day in (0, 1)]
    assert ["today&quot;:&quot;2026-11-21&quot;" in text for text in shown] == [False, True]


def test_other_language_is_drawn_anew(world: World) -> None:
    shown = [world.see((READERS[0], tag, "/dashboard", 0)) for tag in ("en", "ps", "en")]
    assert ["Dashboard" in text for text in shown] == [True, False, True]
    assert shown[0] == shown[2]


@pytest.mark.parametrize("tag", ["en", "fa-AF"])
def test_every_account_sees_its_own_numbers(world: World, tag: str) -> None:
    with use(tag):
        amounts = {tenant: fmt.number(amount_of(tenant)) for tenant in TENANTS}
    for who in (reader for reader in READERS if not reader.internal):
        text = world.see((who, tag, "/dashboard", 0))
        assert [tenant for tenant, amount in amounts.items() if amount in text] == [who.tenant_id]
