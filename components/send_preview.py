"""What a text would be as SMS: how long, in how many parts, why, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.filters import operator_name
from components.states import build_empty, build_error, build_icon
from portal.domain.errors import PortalError
from portal.domain.sending import DOUBLE, PART, SINGLE, ForcingCharacter, Preview, PreviewView
from portal.i18n import fmt, has, ltr, t

PLAIN_TYPE = "send-plain"


def build_nothing() -> Component:
    """Before anything is written."""
    return build_empty(t("send.preview.empty"), t("send.preview.empty.hint"))


def build_preview_failure(error: PortalError, request_id: str = "") -> Component:
    return build_error(error, request_id=request_id)


def build_preview(view: PreviewView, body: str) -> Component:
    """Counter, parts, price, the reasons, and the text with what makes it long marked."""
    preview = view.preview
    return html.Div(
        [
            _build_counter(preview),
            _build_facts(view),
            _build_reasons(preview, body),
            _build_marked(preview, body),
        ],
        className="send-preview",
    )


def _capacity(preview: Preview) -> int:
    return (SINGLE if preview.segments == 1 else PART)[preview.encoding]


def _build_counter(preview: Preview) -> Component:
    if preview.segments > preview.most_segments:
        room = html.Span(t("send.too_long", count=preview.most_segments), className="send-wrong")
    else:
        room = html.Span(t("send.room", count=preview.room), className="text-quiet")
    capacity, hidden = str(_capacity(preview)), attributes(aria_hidden="true")
    bars = [
        html.Meter(min="0", max=capacity, value=str(part.units), className="send-bar", **hidden)
        for part in preview.parts[: preview.most_segments]
    ]
    parts = html.Strong(t("send.parts", count=preview.segments), className="send-parts")
    return html.Div(
        [html.P([parts, room], className="send-counter", role="status"), html.Div(bars, className="send-bars")]
    )


def _build_facts(view: PreviewView) -> Component:
    preview = view.preview
    facts: list[tuple[str, Any]] = [
        ("send.encoding", ltr(preview.encoding)),
        ("send.units", fmt.number(preview.units)),
        ("messages.column.operator", html.Bdi(operator_name(preview.operator)) if preview.operator else "–"),
        ("send.price", _price(view)),
    ]
    rows: list[Component] = []
    for label, value in facts:
        rows += [html.Dt(t(label)), html.Dd(value)]
    return html.Dl(rows, className="facts")


def _price(view: PreviewView) -> Any:
    preview = view.preview
    if preview.price is None or preview.segment_price is None:
        code = view.wrong.get("to")
        key = f"problem.{code}"
        return html.Span(t(key) if code and has(key) else t("send.price.unknown"), className="text-quiet")
    each = t("send.price.each", count=preview.segments, price=fmt.money(preview.segment_price, digits=4))
    return [html.Strong(fmt.money(preview.price, digits=4)), html.Span(each, className="send-each")]


def _build_reasons(preview: Preview, body: str) -> Component:
    """Why it is as long as it is, in sentences."""
    single, part = SINGLE[preview.encoding], PART[preview.encoding]
    reasons: list[Any] = []
    if preview.forcing_count:
        reasons.append(t("send.why.ucs2", count=preview.forcing_count))
    if preview.segments > 1:
        reasons.append(t("send.why.parts", single=single, part=part))
    doubles = sum(char in DOUBLE for char in body) if not preview.forcing_count else 0
    if doubles:
        reasons.append(t("send.why.double", count=doubles))
    if not reasons:
        reasons.append(t("send.why.short", single=single))
    return html.Section(
        [
            html.H3(t("send.why", count=preview.segments), className="send-heading"),
            html.Ul([html.Li(reason) for reason in reasons], className="send-reasons"),
            _build_replacements(preview),
        ]
    )


def _build_replacements(preview: Preview) -> Component | None:
    """What could stand for what is outside the alphabet; in one go when all of it can be replaced."""
    distinct = {found.text: found for found in preview.forcing}
    shown = list(distinct.values())[:12]
    if not shown:
        return None
    chips = html.Ul([html.Li(_replacement(found), className="send-chip") for found in shown], className="send-chips")
    plain = preview.plain
    if plain is None:
        return html.Div([chips, html.P(t("send.plain.none"), className="panel-note")])
    return html.Div(
        [
            chips,
            html.Button(
                t("send.plain", count=plain.segments),
                id={"type": PLAIN_TYPE, "segments": plain.segments},
                value=plain.body,
                type="button",
                className="btn btn-outline-secondary btn-sm",
            ),
        ]
    )


def _replacement(found: ForcingCharacter) -> list[Any]:
    if found.replacement is None:
        return [html.Bdi(found.text)]
    into = html.Bdi(found.replacement) if found.replacement else t("send.left_out")
    return [html.Bdi(found.text), build_icon("arrow-right"), into]


def _build_marked(preview: Preview, body: str) -> Component:
    """The text in its parts, with what forces UCS-2 or takes two places marked."""
    # Where the list is cut short nearly all of the text is outside the alphabet, and half of the marks would mislead.
    whole = len(preview.forcing) == preview.forcing_count
    marks = {found.index: found.text for found in preview.forcing} if whole else {}
    doubles = not preview.forcing_count
    parts = []
    for number, part in enumerate(preview.parts[: preview.most_segments], 1):
        head = html.Span(fmt.number(number), className="send-part-number") if len(preview.parts) > 1 else None
        parts.append(
            html.Div(
                [head, html.Span(list(_pieces(body, part.start, part.end, marks, doubles)), dir="auto")],
                className="send-part",
            )
        )
    return html.Div(parts, className="send-marked")


def _pieces(body: str, start: int, end: int, marks: dict[int, str], doubles: bool) -> Iterator[Any]:
    plain = index = start
    while index < end:
        marked = marks.get(index) or (body[index] if doubles and body[index] in DOUBLE else "")
        if not marked:
            index += 1
            continue
        stop = min(index + len(marked), end)
        if plain < index:
            yield body[plain:index]
        yield html.Mark(body[index:stop], className="send-mark")
        plain = index = stop
    if plain < end:
        yield body[plain:end]
