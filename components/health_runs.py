"""Having scores made anew: the button, how far it has come, and what becomes of it while one is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.states import build_error, build_icon
from portal.domain.errors import PortalError
from portal.domain.weights import HealthRun, RunStatus
from portal.i18n import fmt, t

LIVE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class RunIds:
    """The ids of the parts on one page. ``seen`` is a store: the run that is being followed, if it is not done."""

    page: str

    @property
    def ask(self) -> str:
        return f"{self.page}-run-ask"

    @property
    def state(self) -> str:
        return f"{self.page}-run-state"

    @property
    def live(self) -> str:
        return f"{self.page}-run-live"

    @property
    def seen(self) -> str:
        return f"{self.page}-run-seen"

    def outputs(self) -> list[tuple[str, str]]:
        """Everything :func:`run_values` sets, in a fixed order."""
        return [(self.state, "children"), (self.seen, "data"), (self.live, "disabled"), (self.ask, "disabled")]


def build_run_parts(ids: RunIds, label: str, *, hidden: bool = False) -> Component:
    """The button and room for what becomes of it; ``hidden`` from those who may not ask."""
    return html.Div(
        [
            html.Button(
                [build_icon("arrow-repeat"), html.Span(label)],
                id=ids.ask,
                type="button",
                hidden=hidden,
                className="btn btn-outline-secondary",
            ),
            html.Div(id=ids.state, className="run-state", role="status"),
            dcc.Store(id=ids.seen),
            dcc.Interval(id=ids.live, interval=LIVE_SECONDS * 1000, disabled=True),
        ],
        className="run",
    )


def run_values(run: HealthRun | None) -> list[Any]:
    """Values for :meth:`RunIds.outputs`: one that is not done yet is followed, and keeps another from being asked."""
    going = run is not None and run.unfinished
    return [_build_state(run) if run else None, run.run_id if run and going else None, not going, going]


def run_failure(error: PortalError, request_id: str = "") -> Component:
    """In place of the state: it could not be asked for."""
    return build_error(error, request_id=request_id)


def _build_state(run: HealthRun) -> Component:
    if run.status is RunStatus.DONE:
        moment = fmt.datetime(run.finished_at or run.asked_at)
        return html.P(t("run.done", count=run.scores, moment=moment), className="run-text")
    if run.status is RunStatus.QUEUED:
        text = t("run.queued")
    else:
        text = t("run.running", done=fmt.number(run.done_days), days=run.days)
    done = html.Progress(value=str(run.done_days), max=str(run.days), className="run-progress", title=text)
    return html.Div([html.P(text, className="run-text"), done])


__all__ = ["RunIds", "build_run_parts", "run_failure", "run_values"]
