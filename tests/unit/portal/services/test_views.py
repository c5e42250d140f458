from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.domain.errors import Forbidden, InvalidInput, NotFound
from portal.domain.message_filter import MessageFilter
from portal.domain.views import SavedView, left_view, open_view
from portal.services.views import ViewService
from tests.support.fakes_analytics import actor
from tests.support.fakes_views import FakeViews, view

FAILED = MessageFilter.from_search("status=failed")
CHANGES: dict[str, Callable[[ViewService, Any], object]] = {
    "show": lambda service, who: service.show(view().view_id, actor=who),
    "save": lambda service, who: service.save("Mine", FAILED, idempotency_key="k", actor=who),
    "rename": lambda service, who: service.rename(view().view_id, "Mine", actor=who),
    "update": lambda service, who: service.update(view().view_id, FAILED, actor=who),
    "delete": lambda service, who: service.delete(view().view_id, actor=who),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("who", "reads"),
    [(actor(roles=("billing",)), False), (actor(roles=()), False), (actor(None, roles=("tam",)), True)],
    ids=["billing", "nobody", "tam"],
)
def test_change_by_somebody_who_may_not_asks_the_platform_nothing(change: str, who: Any, reads: bool) -> None:
    port = FakeViews()
    with pytest.raises(Forbidden):
        CHANGES[change](ViewService(port), who)
    assert port.calls == []
    if reads:
        assert len(ViewService(port).list(actor=who)) == 6
    else:
        with pytest.raises(Forbidden):
            ViewService(port).list(actor=who)


@pytest.mark.parametrize(("name", "code"), [("", "missing"), ("ن" * 81, "string_too_long")], ids=["none", "long"])
def test_name_that_cannot_be_is_refused_before_the_platform_is_asked(name: str, code: str) -> None:
    port = FakeViews()
    for call in (
        lambda: ViewService(port).save(name, FAILED, idempotency_key="k", actor=actor()),
        lambda: ViewService(port).rename(view().view_id, name, actor=actor()),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.codes == {"name": code}
    assert port.calls == []


def test_refusals_are_in_the_words_of_views() -> None:
    port = FakeViews()
    with pytest.raises(InvalidInput) as caught:
        ViewService(port).rename(view(1).view_id, view(0).name.upper(), actor=actor())
    assert caught.value.codes == {"name": "view_taken"}
    port.views = [view(number) for number in range(50)]
    with pytest.raises(InvalidInput) as caught:
        ViewService(port).save("One more", FAILED, idempotency_key="k", actor=actor())
    assert caught.value.codes == {"name": "too_many_views"}


def test_deleting_what_is_gone_is_no_mistake_and_changing_it_is() -> None:
    service = ViewService(FakeViews(views=[]))
    service.delete(view().view_id, actor=actor())
    for change in ("show", "rename", "update"):
        with pytest.raises(NotFound):
            CHANGES[change](service, actor())


def named(name: str, search: str) -> SavedView:
    return SavedView(name, name, MessageFilter.from_search(search))


def test_view_is_open_whatever_the_order_of_ticks_and_whoevers_log_it_is() -> None:
    views = [named("a", "status=failed&status=expired"), named("b", "status=failed")]
    tenant = "tenantId=00000000-0000-7000-8000-000000000009"
    found = open_view(views, MessageFilter.from_search(f"status=expired&status=failed&{tenant}"))
    assert found is views[0]
    assert open_view(views, MessageFilter.from_search("status=expired")) is None


@pytest.mark.parametrize(
    ("now", "before", "left"),
    [
        ("status=failed&q=1", ["status=failed", "q=2"], "a"),
        ("q=1", ["q=12", "status=failed&q=1", "status=failed"], "a"),
        ("q=1", ["status=held", "status=failed"], "b"),
        ("status=held", ["status=failed"], None),
        ("", ["status=failed"], None),
        ("q=1", ["", "status=failed"], None),
        ("q=1", [], None),
    ],
    ids=["changed", "changed twice", "latest counts", "another is open", "cleared", "cleared between", "fresh"],
)
def test_view_that_was_left_is_the_last_that_was_open(now: str, before: list[str], left: str | None) -> None:
    views = [named("a", "status=failed"), named("b", "status=held")]
    found = left_view(views, MessageFilter.from_search(now), map(MessageFilter.from_search, before))
    assert (found.name if found else None) == left
