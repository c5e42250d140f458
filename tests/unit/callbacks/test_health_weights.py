"""What the page of the weights shows, previews and saves, and how a run is asked for, found again and ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import health_runs, health_weights
from callbacks.health_score import load_health
from components.charts import Chart
from components.health_impact import CARD, MOVES
from components.health_score import RUN as RUN_OF_ONE
from components.health_weights import BASED, FIELDS, RUN, WeightsIds
from portal import context
from portal.domain.errors import Forbidden, NotFound, Unauthenticated, UpstreamUnavailable
from portal.domain.weights import RunStatus
from portal.i18n import SUPPORTED, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_health import DEFAULTS, NOW, FakeHealth, run, version
from tests.support.fakes_portfolio import tenant_id
from tests.support.trees import links, nodes, text

ADMIN, TAM = actor(None, roles=("platform_admin",)), actor(None, roles=("tam",))
HELD = (40, 15, 20, 15, 10)
OTHER = (50, 10, 20, 10, 10)
EDITOR, IMPACT = (WeightsIds.EDITOR, "children"), (WeightsIds.IMPACT, "children")


@contextmanager
def port(who: Any = ADMIN, **settings: Any) -> Iterator[FakeHealth]:
    fake = FakeHealth(**settings)
    with context.use(actor=who, services=fake_services(health=fake)):
        yield fake


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was told in the corner."""
    told: list[str] = []
    for module in (health_weights, health_runs):
        monkeypatch.setattr(module, "set_props", lambda _store, given: told.append(given["data"]["text"]))
    return told


def save(*weights: Any, reason: Any = "Because", based: Any = "2", clicks: int | None = 1) -> dict[str, Any]:
    answer = health_weights.save_weights(clicks, *weights, reason, based)
    names = ["held", "history", "based", "state", "seen", "live", "ask", "summary", *FIELDS]
    return dict(zip(names, answer, strict=True))


def test_admin_sees_the_form_each_curve_in_words_and_what_holds() -> None:
    with port() as fake:
        values = health_weights.load_weights({})
    shown = values[EDITOR]
    fields = {node.id["field"]: node.value for node in nodes(shown) if isinstance(getattr(node, "id", None), dict) and hasattr(node, "value")}  # fmt: skip
    assert fields == {**dict(zip(DEFAULTS, map(str, HELD), strict=True)), "reason": "", BASED: "2"}
    words = text(shown)
    for part in ("up to 70.0%: 0 points", "95.0%: 85 points", "from 98.0%: 100 points", "from 60 days late: 0 points"):
        assert part in words, part
    assert "Sum: 100" in words
    assert "Version 2 holds" in text(values[WeightsIds.HELD, "children"])
    assert [node.id for node in nodes(values[WeightsIds.HISTORY, "children"]) if getattr(node, "id", None)] == [
        "version-2",
        "version-1",
    ]
    assert isinstance(values[CARD.graph, "figure"], Chart)
    assert fake.asked == [dict(zip(DEFAULTS, HELD, strict=True))], "the picture is of what holds"
    assert values[RUN.ask, "hidden"] is False


def test_tam_reads_and_neither_changes_previews_nor_asks() -> None:
    with port(TAM) as fake:
        values = health_weights.load_weights({})
        for call in (
            lambda: context.services().health.recompute(actor=TAM),
            lambda: context.services().health.change_weights(None, "x", based_on=1, actor=TAM),  # type: ignore[arg-type]
        ):
            with pytest.raises(Forbidden):
                call()
    assert "Platform admins change these" in text(values[EDITOR])
    assert not [node for node in nodes(values[EDITOR]) if hasattr(node, "n_submit") or type(node).__name__ == "Input"]
    assert IMPACT not in values
    assert fake.asked == []


def test_customer_is_asked_about_nothing() -> None:
    with port(actor()) as fake:
        values = health_weights.load_weights({})
    assert fake.asked == []
    assert "Version" not in text(values[EDITOR])


def test_weights_that_cannot_be_had_are_asked_for_again_by_a_link() -> None:
    with port(error=UpstreamUnavailable(request_id="up-1")):
        values = health_weights.load_weights({})
    assert "up-1" in text(values[WeightsIds.HELD, "children"])
    assert links(values[WeightsIds.HELD, "children"]) == ["/health-weights"]
    with port(no_preview=UpstreamUnavailable(request_id="up-2")):
        values = health_weights.load_weights({})
    assert "up-2" in text(values[MOVES, "children"])
    assert "Version 2" in text(values[WeightsIds.HELD, "children"])


def test_refused_token_passes_through_to_sign_in() -> None:
    with port(error=Unauthenticated()):
        for call in (lambda: health_weights.load_weights({}), lambda: health_weights.preview_weights(*OTHER), lambda: save(*OTHER), lambda: health_runs.recompute_all(1), lambda: health_runs.follow_all(1, "x")):  # fmt: skip
            with pytest.raises(Unauthenticated):
                call()


def test_preview_says_how_many_change_their_band_and_which_move_most() -> None:
    with port():
        total, moves, *card = health_weights.preview_weights(*OTHER, "2", [])
    assert "Sum: 100" in text(total)
    assert "2 accounts change their band" in text(moves)
    assert links(moves)[0] == f"/health-score?tenantId={tenant_id(0)}"
    figure = card[[prop for _, prop in CARD.outputs()].index("figure")]
    assert figure["layout"]["meta"]["chart"] == "spread"
    assert len(figure["data"]) == 2, "before and after"


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ((40, 15, 20, 15, 5), "5 are missing"),
        ((40, 15, 20, 15, 11), "1 too many"),
        ((40, 15, 20, 15, None), "whole number"),
        ((40, 15, 20, 15, 10.5), "whole number"),
        ((40, 15, 20, 115, -90), "whole number"),
        ((40, 15, 20, 15, "x"), "whole number"),
    ],
)
def test_weights_that_are_none_are_said_so_and_nothing_is_asked(weights: tuple[Any, ...], says: str) -> None:
    with port() as fake:
        total, *rest = health_weights.preview_weights(*weights, "2", [])
    assert says in text(total)
    assert all(part is no_update for part in rest)
    assert fake.asked == []


def test_saving_makes_a_version_and_follows_its_run(said: list[str]) -> None:
    with port() as fake:
        answer = save(*OTHER, reason="  Delivery is what they call about ")
    assert (fake.history[0].version, fake.history[0].reason) == (3, "Delivery is what they call about")
    assert answer["based"] == "3"
    assert "Version 3 holds" in text(answer["held"])
    assert "Delivery is what" in text(answer["history"])
    assert (answer["seen"], answer["live"]) == (fake.runs[0].run_id, False)
    assert answer["summary"] is None
    assert said == ["Version 3 holds. The latest scores are being made anew."]


@pytest.mark.parametrize(
    ("weights", "reason", "where"),
    [((50, 10, 20, 10, 11), "x", "summary"), (OTHER, " ", "reason"), (OTHER, None, "reason"), (OTHER, "x" * 501, "reason"),
     ((50, None, 20, 10, 10), "x", "holds"), (("", 10, 20, 10, 60), "x", "delivery")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(weights: tuple[Any, ...], reason: Any, where: str) -> None:
    with port() as fake:
        answer = save(*weights, reason=reason)
    assert text(answer[where])
    assert answer["based"] is no_update
    assert fake.history[0].version == 2


def test_another_admins_version_is_shown_and_nothing_entered_is_lost() -> None:
    with port() as fake:
        fake.history.insert(0, version(3, DEFAULTS, "Ada", "Back to before"))
        answer = save(*OTHER)
        assert "Ada saved version 3 meanwhile" in text(answer["summary"])
        assert "Back to before" in text(answer["summary"])
        assert answer["based"] == "3"
        assert [answer[name] for name in FIELDS] == [None] * len(FIELDS), "no field is wrong, and none is written to"
        again = save(*OTHER, based=answer["based"])
    assert again["based"] == "4"
    assert [each.version for each in fake.history] == [4, 3, 2, 1]


@pytest.mark.parametrize("based", [None, "", "x", "-1", "٢", 2, "9" * 30])
def test_version_that_nobody_wrote_is_another_than_the_one_that_holds(based: Any) -> None:
    with port() as fake:
        save(*OTHER, based=based)
    assert fake.history[0].version == 2


def test_form_that_was_only_drawn_saves_nothing() -> None:
    with port(), pytest.raises(PreventUpdate):
        save(*OTHER, clicks=None)


# ---------------------------------------------------------------------------------------------------------------- runs


def test_run_is_followed_and_ends_in_a_note(said: list[str]) -> None:
    with port() as fake:
        state, seen, live_off, ask_off = health_runs.recompute_all(1)
        assert "Waiting" in text(state)
        assert (seen, live_off, ask_off) == (fake.runs[0].run_id, False, True)
        fake.runs[0] = run(status=RunStatus.RUNNING, done_days=3)
        state, seen, live_off, _ = health_runs.follow_all(1, seen)
        assert "3 of 7 days" in text(state)
        assert live_off is False
        fake.runs[0] = run(status=RunStatus.DONE, done_days=7, scores=420, finished_at=NOW)
        state, seen, live_off, ask_off = health_runs.follow_all(2, seen)
        assert "420 scores made anew" in text(state)
        assert (seen, live_off, ask_off) == (None, True, False)
        health_runs.follow_all(3, seen)
    assert said == ["420 scores were made anew."]


def test_second_press_follows_the_run_that_waits() -> None:
    with port() as fake:
        health_runs.recompute_all(1)
        health_runs.recompute_all(2)
    assert len(fake.runs) == 1


def test_run_of_an_account_is_found_again_on_its_page() -> None:
    with port(TAM, runs=[run(tenant_id(), status=RunStatus.RUNNING, done_days=2)]):
        values = load_health({"tenantId": tenant_id()})
        assert values[RUN_OF_ONE.live, "disabled"] is False
        assert "2 of 7 days" in text(values[RUN_OF_ONE.state, "children"])
        _, seen, live_off, _ = health_runs.follow_one(1, "x", f"?tenantId={tenant_id()}")
        assert (seen, live_off) == ("00000000-0000-7000-9000-000000000001", False)


def test_account_that_nobody_named_is_none() -> None:
    with port(TAM) as fake:
        state, *_ = health_runs.recompute_one(1, "?tenantId=x")
        assert fake.asked == [("-", 7)]
    assert state is not None


def test_failing_tick_leaves_what_is_there_and_a_refused_run_says_why() -> None:
    with port(error=UpstreamUnavailable(request_id="up-3")):
        with pytest.raises(PreventUpdate):
            health_runs.follow_all(1, "x")
        state, *rest = health_runs.recompute_all(1)
    assert "up-3" in text(state)
    assert rest == [no_update] * 3


def test_page_of_a_score_stands_without_its_run() -> None:
    with port(TAM, error=UpstreamUnavailable()):
        values = load_health({"tenantId": tenant_id()})
        assert values[RUN_OF_ONE.live, "disabled"] is True
        with pytest.raises(NotFound):
            load_health({"tenantId": tenant_id(900)})


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_page_speaks_every_language(tag: str) -> None:
    for who in (ADMIN, TAM):
        with port(who, runs=[run()]), use(SUPPORTED[tag]):
            health_weights.load_weights({})
            if who is ADMIN:
                health_weights.preview_weights(*OTHER, "2", [])
                save(*OTHER)
