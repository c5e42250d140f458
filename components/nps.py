"""One question to customers, at the end of the dashboard: how likely they are to recommend the platform.

In nobody's way: a card that can be left alone, answered or put away. Whether it is there at all is the platform's to
say (``portal.context.opinion_wanted``), which leaves everybody alone for a quarter after either.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.forms import build_choices, build_field, build_form, field_id, new_key
from components.states import build_icon
from portal.domain.account import LONGEST_COMMENT, OPINIONS
from portal.i18n import fmt, t

FIELDS: Final = ("score", "comment")


class NpsIds(StrEnum):
    PLACE = "nps-place"
    FORM = "nps-form"
    AWAY = "nps-away"


def build_question() -> Component:
    """The card. Its buttons carry the keys by which an answer that is sent twice is kept once."""
    form, heading = NpsIds.FORM, "nps-heading"
    scores = dbc.RadioItems(
        id=field_id(form, "score"),
        options=[{"value": score, "label": fmt.number(score)} for score in OPINIONS],
        inline=True,
        name="nps-score",  # one group: arrows go through it, and Tab past it
        class_name="nps-scores",
    )
    ends = html.Span([html.Span(t("nps.least")), html.Span(t("nps.most"))], className="nps-ends")
    comment = dbc.Textarea(id=field_id(form, "comment"), value="", maxlength=LONGEST_COMMENT, rows=2)
    away = html.Button(
        t("nps.away"), id=NpsIds.AWAY, type="button", value=new_key(), className="btn btn-outline-secondary"
    )
    return html.Section(
        [
            html.H2(t("nps.title"), className="panel-title", id=heading),
            build_form(
                form,
                [
                    build_choices(form, "score", t("nps.question"), scores, help=ends),
                    build_field(form, "comment", t("nps.comment"), comment, help=t("nps.comment.help")),
                ],
                t("nps.send"),
                cancel=away,
            ),
        ],
        className="panel nps",
        **attributes(aria_labelledby=heading),
    )


def build_thanks(key: str) -> Component:
    """In place of the card, once."""
    return html.P([build_icon("check-circle"), html.Span(t(key))], className="panel nps-thanks", role="status")
