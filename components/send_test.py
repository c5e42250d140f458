"""Sending one message by hand: the form, its examples as code, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.forms import build_field, build_form, field_id
from components.message_detail import error_words
from components.messages import build_code, build_status, build_time, detail_address
from components.send_code import KEY_VARIABLE, LANGUAGES, examples
from components.send_preview import build_nothing
from components.states import build_icon
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import Message, MessageDetail
from portal.domain.money import Money
from portal.domain.sending import LONGEST_TEXT, SentMessage
from portal.domain.statuses import MessageStatus
from portal.i18n import fmt, t
from portal.i18n.bidi import ltr

FIELDS = ("to", "from", "body")
EXAMPLE = ("+93701234567", "BANK")
WATCH_MS = 1_500
WATCHES = 200


class SendIds(StrEnum):
    """``DRAFT`` holds what is written once typing pauses, ``SENT`` the id of the message that is followed."""

    FORM = "send-form"
    DRAFT = "send-draft"
    PREVIEW = "send-preview"
    RESULT = "send-result"
    SENT = "send-sent"
    WATCH = "send-watch"


def code_id(language: str) -> str:
    return f"send-code-{language}"


def build_send() -> Component:
    """The whole of the page below its heading."""
    return html.Div(
        [
            html.Div(
                [
                    html.Section(_build_form(), className="panel"),
                    html.Div(id=SendIds.RESULT, **attributes(aria_live="polite")),
                ],
                className="send-main",
            ),
            html.Section(
                [
                    html.H2(t("send.preview"), className="panel-title"),
                    html.Div(build_nothing(), id=SendIds.PREVIEW),
                ],
                className="panel",
            ),
            _build_code(),
            dcc.Store(id=SendIds.DRAFT),
            dcc.Store(id=SendIds.SENT),
            dcc.Interval(id=SendIds.WATCH, interval=WATCH_MS, disabled=True),
        ],
        className="send",
    )


def _build_form() -> Component:
    to = dbc.Input(
        id=field_id(SendIds.FORM, "to"),
        type="tel",
        value="",
        maxLength=40,
        autofocus=True,
        class_name="send-ltr-input",
    )
    sender = dbc.Input(id=field_id(SendIds.FORM, "from"), value="", maxLength=40, class_name="send-ltr-input")
    body = dbc.Textarea(
        id=field_id(SendIds.FORM, "body"), value="", rows=5, maxLength=LONGEST_TEXT, submit_on_enter=False, dir="auto"
    )
    return build_form(
        SendIds.FORM,
        [
            build_field(SendIds.FORM, "to", t("send.field.to"), to, help=t("send.field.to.help")),
            build_field(SendIds.FORM, "from", t("send.field.from"), sender, help=t("send.field.from.help")),
            build_field(SendIds.FORM, "body", t("send.field.body"), body),
        ],
        t("send.submit"),
        keeps=True,
    )  # fmt: skip


def _build_code() -> Component:
    """The request in four languages, one of them open; a script copies it."""
    blocks: list[Component] = []
    for number, (language, name) in enumerate(LANGUAGES.items()):
        holder = f"send-code-text-{language}"
        blocks.append(
            html.Details(
                [
                    html.Summary(name, className="send-code-name"),
                    html.Div(
                        [
                            html.Pre(
                                html.Code(id=code_id(language)),
                                id=holder,
                                dir="ltr",
                                tabIndex="0",
                                className="send-code-text",
                            ),
                            html.Button(
                                [build_icon("copy"), html.Span(t("dialog.copy"))],
                                type="button",
                                className="btn btn-outline-secondary btn-sm",
                                **attributes(data_copy=holder, data_copied=t("dialog.copied")),
                            ),
                        ],
                        className="send-code-body",
                    ),
                ],
                open=number == 0,
                className="send-code",
            )
        )
    key = dcc.Link(t("api_keys.new"), href="/api-keys")
    lead = html.P([t("send.code.lead", variable=ltr(KEY_VARIABLE)), " ", key], className="panel-note")
    return html.Section([html.H2(t("send.code"), className="panel-title"), lead, *blocks], className="panel send-codes")


def code_of(api_url: str, to: str, sender: str, body: str) -> list[str]:
    """The examples in the order of ``LANGUAGES``; what is not written yet is filled with an example."""
    found = examples(api_url, to or EXAMPLE[0], sender or EXAMPLE[1], body or t("send.code.body"))
    return [found[language] for language in LANGUAGES]


def build_accepted(sent: SentMessage, recipient: str, sender_id: str) -> Component:
    """Just accepted; the message itself is asked for next."""
    return _build_result(sent.message_id, sent.status, recipient, sender_id, sent.price, [])


def build_followed(detail: MessageDetail) -> Component:
    """The message as it stands now."""
    message: Message = detail.message
    steps = [
        html.Li([build_status(entry.status), build_time(entry.at, seconds=True)])
        for entry in detail.timeline
        if entry.kind == "status" and entry.status is not None
    ]
    notes: list[Any] = [html.Ol(steps, className="send-steps")]
    if message.error_code:
        title, advice = error_words(message.error_code)
        notes += [html.P(html.Strong(title)), html.P(advice) if advice else None]
    return _build_result(message.message_id, message.status, message.recipient, message.sender_id, message.price, notes)


def _build_result(
    message_id: str, status: MessageStatus, recipient: str, sender_id: str, price: Money | None, notes: list[Any]
) -> Component:
    head = [html.H2(t("send.result"), className="panel-title"), build_status(status)]
    facts = [build_code(recipient), html.Bdi(sender_id), fmt.money(price, digits=4) if price else None]
    return html.Section(
        [
            html.Div(head, className="send-result-head"),
            html.P([html.Span(fact) for fact in facts if fact], className="send-result-facts"),
            *notes,
            html.P(
                dcc.Link(
                    [t("send.result.open"), " ", build_code(message_id, "code-wrap")],
                    href=detail_address(message_id, MessageFilter()),
                )
            ),
            html.P(t("send.result.waiting"), className="panel-note") if not status.final else None,
        ],
        className="panel",
    )
