"""The filters above the message log: what one types or ticks, and chips for everything in force."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_apply, build_chip, build_choice_menu, build_menu
from components.date_range import build_date_fields, build_date_range, build_shortcuts
from components.filters import choices, operator_name, period_text, problem_notes, status_choices, today
from components.messages import PATH, MessagesIds
from components.states import build_icon
from portal.domain.analytics import FilterOptions
from portal.domain.message_filter import MessageFilter
from portal.domain.periods import Period, Preset, preset_period
from portal.i18n import fmt, locale, ltr, t
from portal.i18n.bidi import isolate

RANGE = "messages"
# Which control shows which parameter, for a change of address that came from elsewhere (a link, the back button).
CONTROLS = json.dumps(
    {
        MessagesIds.SEARCH: {"name": "q", "otherwise": ""},
        MessagesIds.RECIPIENT: {"name": "to", "otherwise": ""},
        MessagesIds.STATUSES: {"names": ["status"]},
        MessagesIds.OPERATORS: {"names": ["operator"]},
        MessagesIds.SENDERS: {"names": ["senderId", "from"]},
    }
)
_SPANS = (Preset.TODAY, Preset.WEEK, Preset.LAST_WEEK, Preset.DAYS_7, Preset.DAYS_30)


def address_of(wanted: MessageFilter) -> str:
    """The log with a filter."""
    query = wanted.to_query_string()
    return f"{PATH}?{query}" if query else PATH


def build_messages_filters(wanted: MessageFilter, *beside: Component) -> Component:
    """The bar, showing ``wanted``, with what stands ``beside`` the filters. Operators and senders to choose from come
    later, by :func:`option_values`."""
    shown = shown_values(wanted)
    return html.Section(
        [
            dcc.Store(id=MessagesIds.ADDRESS, data=wanted.to_query_string()),
            html.Div(
                [
                    _build_search(MessagesIds.SEARCH, "messages.search", wanted.text, "search"),
                    _build_search(MessagesIds.RECIPIENT, "messages.recipient", wanted.recipient, "tel"),
                    build_menu(
                        [
                            build_icon("calendar3"),
                            html.Span(shown[MessagesIds.SPAN, "children"], id=MessagesIds.SPAN),
                        ],
                        [
                            html.Div(shown[MessagesIds.SPANS, "children"], id=MessagesIds.SPANS),
                            build_date_range(
                                html.Div(
                                    shown[MessagesIds.DATES, "children"], id=MessagesIds.DATES, className="date-range"
                                ),
                                today(),
                            ),
                            build_apply(MessagesIds.APPLY),
                        ],
                    ),
                    build_choice_menu(
                        MessagesIds.STATUSES, t("filters.status"), status_choices(), [s.value for s in wanted.statuses]
                    ),
                    build_choice_menu(
                        MessagesIds.OPERATORS,
                        t("filters.operator"),
                        choices((), wanted.operators, operator_name),
                        wanted.operators,
                    ),
                    build_choice_menu(
                        MessagesIds.SENDERS, t("filters.sender"), choices((), wanted.sender_ids), wanted.sender_ids
                    ),
                    *beside,
                ],
                className="filter-row",
            ),
            html.Div(shown[MessagesIds.SHOWN, "children"], id=MessagesIds.SHOWN, className="filter-shown"),
        ],
        className="filter-bar",
        **attributes(
            aria_label=t("filters.title"),
            data_address=MessagesIds.ADDRESS.value,
            data_path=PATH,
            data_controls=CONTROLS,
        ),
    )


def shown_values(wanted: MessageFilter) -> dict[tuple[str, str], Any]:
    """What of the bar follows the address, by component and property."""
    return {
        (MessagesIds.SPAN, "children"): span_text(wanted, alone=True) or t("messages.any_time"),
        (MessagesIds.SPANS, "children"): _build_spans(wanted),
        (MessagesIds.DATES, "children"): build_date_fields(RANGE, _span(wanted)),
        (MessagesIds.SHOWN, "children"): [*build_chips(wanted), *problem_notes(wanted.problems)],
    }


def option_values(wanted: MessageFilter, options: FilterOptions) -> dict[tuple[Any, str], Any]:
    """First data for the bar: operators and senders seen of late, and whatever is chosen."""
    return {
        (MessagesIds.OPERATORS, "options"): choices(options.operators, wanted.operators, operator_name),
        (MessagesIds.SENDERS, "options"): choices(options.sender_ids, wanted.sender_ids),
    }


def _build_search(component_id: str, label: str, value: str, kind: str) -> Component:
    field = dbc.Input(
        id=component_id,
        type=kind,
        value=value,
        placeholder=t(f"{label}.placeholder"),
        debounce=True,
        size="sm",
        maxlength=80,
    )
    return html.Label(
        [html.Span(t(label), className="visually-hidden"), field],
        className=f"filter-{kind}",
        title=t(f"{label}.placeholder"),
    )


def _build_spans(wanted: MessageFilter) -> Component:
    now = today()
    links: list[Component] = [_span_link(t("messages.any_time"), wanted, None, None)]
    for preset in _SPANS:
        span = preset_period(preset, now, locale().calendar)
        links.append(_span_link(t(f"filters.preset.{preset}"), wanted, span.start, span.end))
    return build_shortcuts(links)


def _span(wanted: MessageFilter) -> Period:
    """The days that the fields hold: those asked for, else the last seven of what is open."""
    end = _day(wanted.end) or max(today(), _day(wanted.start) or today())
    return Period(min(_day(wanted.start) or end - dt.timedelta(days=6), end), end)


def _span_link(text: str, wanted: MessageFilter, start: dt.date | None, end: dt.date | None) -> Component:
    active = (wanted.start, wanted.end) == (start, end)
    content: list[Any] = [text]
    if active:
        content.append(html.Span(t("filters.selected"), className="visually-hidden"))
    href = address_of(wanted.between(start, end))
    return dcc.Link(content, href=href, className=f"segment{' active' if active else ''}")


def _day(moment: dt.date | dt.datetime | None) -> dt.date | None:
    return fmt.in_zone(moment).date() if isinstance(moment, dt.datetime) else moment


def _moment_text(moment: dt.date | dt.datetime, alone: bool) -> str:
    if isinstance(moment, dt.datetime):
        return fmt.datetime(moment, alone=alone)
    return fmt.date(moment, "short", alone=alone)


def span_text(wanted: MessageFilter, *, alone: bool = False) -> str:
    """The span of a filter in words, ``alone`` as for a date; empty without one."""
    start, end = wanted.start, wanted.end
    if start is None and end is None:
        return ""
    if start is None or end is None:
        key = "messages.until" if start is None else "messages.since"
        return t(key, moment=_moment_text(start or end or today(), alone))
    if isinstance(start, dt.datetime) or isinstance(end, dt.datetime):
        return t("date.range", start=_moment_text(start, alone), end=_moment_text(end, alone))
    return period_text(Period(start, end), alone=alone)


def chip_texts(wanted: MessageFilter) -> list[tuple[str, str, str]]:
    """(parameter, value, text) of everything that narrows the log, in the order of the bar."""
    named: list[tuple[str, str, str, str]] = [
        ("q", "", "messages.search", ltr(wanted.text) if wanted.text else ""),
        ("to", "", "messages.column.to", ltr(wanted.recipient) if wanted.recipient else ""),
        *(("destination", value, "messages.destination", ltr(value)) for value in wanted.destinations),
        *(("status", value, "filters.status", t(f"status.{value}")) for value in wanted.statuses),
        *(("operator", value, "filters.operator", isolate(operator_name(value))) for value in wanted.operators),
        *(("senderId", value, "filters.sender", isolate(value)) for value in wanted.sender_ids),
        *(("errorCode", value, "messages.error", ltr(value)) for value in wanted.error_codes),
        *(("country", value, "messages.country", ltr(value)) for value in wanted.countries),
        ("weekday", "", "messages.weekday", fmt.weekday(wanted.weekday, short=False) if wanted.weekday else ""),
        ("hour", "", "messages.hour", "" if wanted.hour is None else fmt.hour(wanted.hour)),
        # Its number would say nothing to anybody; the link back is on the invoice.
        ("invoiceLineId", "", "messages.invoice_line", t("messages.invoice_line.one") if wanted.invoice_line else ""),
    ]
    return [(name, value, t("filters.chip", name=t(label), value=text)) for name, value, label, text in named if text]


def build_chips(wanted: MessageFilter) -> list[Component]:
    """Everything in force, each with a link that takes it back."""
    chips = [
        build_chip(text, address_of(wanted.without(name, value)), t("filters.remove", filter=text))
        for name, value, text in chip_texts(wanted)
    ]
    span = span_text(wanted)
    if span:
        chips.insert(0, build_chip(span, address_of(wanted.between(None, None)), t("filters.remove", filter=span)))
    if not chips:
        return []
    chips.append(html.Li(dcc.Link(t("filters.clear"), href=address_of(wanted.cleared()), className="chips-clear")))
    return [html.Ul(chips, className="chips", **attributes(aria_label=t("filters.active")))]
