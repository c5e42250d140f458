"""What pages of charts have in common: they renew themselves, their charts lead to the log and have tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from portal.i18n import locale
from portal.shell import dash_internals
from portal.shell.drawn_pages import Room
from portal.shell.first_data import Same, Values
from portal.shell.pieces import Written

#: Bytes of a page's kept answers, as they are kept: some two hundred.
LARGEST_ANSWERS: Final = 2 * 1024 * 1024


def connect_renewal(
    app: Dash,
    renew: Callable[..., Values],
    outputs: Sequence[tuple[Any, str]],
    *,
    live: str,
    retries: Mapping[str, Any],
    address: Input | State,
    revision: str,
) -> None:
    """Have ``renew(ticks, presses, address, revision)`` called when the interval ``live`` ticks, when one of the
    buttons ``retries`` is pressed, and for another address where that is an Input. It gives values by ``outputs``:
    (component id, property); those that others are shown as well (:class:`Same`, with all outputs) are written once.
    ``retries``: the pattern that the ids of all cards' buttons match."""
    app.callback(
        [Output(component_id, prop) for component_id, prop in outputs],
        Input(live, "n_intervals"),
        Input(dict(retries), "n_clicks"),
        address,
        State(revision, "data"),
        prevent_initial_call=True,
    )(written_once(renew, outputs))
    # Where the portal can tell of news, the interval rests and ticks when there is some (assets/js/live.js).
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("portal", "showsRevision"),
        Input(revision, "data"),
        State(live, "interval"),
        State(live, "id"),
    )


def written_once(renew: Callable[..., Values], outputs: Sequence[tuple[Any, str]]) -> Callable[..., list[Any]]:
    """``renew`` as a callback of ``outputs``, whose answer is written once for all who are shown the same."""
    room: Room[Written] = Room(LARGEST_ANSWERS)

    @wraps(renew)
    def answer(*given: Any) -> list[Any]:
        found = renew(*given)
        if not isinstance(found, Same):
            return [found.get(output, no_update) for output in outputs]
        written = room.once(
            (locale(), found.given),
            lambda: Written([dash_internals.to_json(found[output]) for output in outputs]),
            found.of,
        )
        assert written is not None  # noqa: S101 - for the type checker: it is never written as None
        return list(written.values())

    return answer


def is_wanted(presses: Sequence[int | None], live: str, news: Callable[[], bool]) -> bool:
    """Whether what called ``renew`` is a reason to ask for everything anew: another address always is, a tick when
    there is news, a retry button when it was pressed; one that has only just been drawn calls as well."""
    if isinstance(ctx.triggered_id, dict):
        return any(presses)
    return news() if ctx.triggered_id == live else True


def connect_graphs(app: Dash, graphs: Sequence[str], *, opened: str, kept: str) -> None:
    """A click on a chart opens the log where the chart says (assets/js/chart_clicks.js), and the table behind it is
    made of its figure (chart_tables.js). ``opened`` and ``kept`` are elements those scripts answer to."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("portal", "openLog"),
        Output(opened, "href"),
        [Input(graph, "clickData") for graph in graphs],
        [State(graph, "figure") for graph in graphs],
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("portal", "keepFigures"),
        Output(kept, "title"),
        [Input(graph, "figure") for graph in graphs],
    )
