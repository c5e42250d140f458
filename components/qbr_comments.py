"""What a manager says to each section of a business review: a field beside it, who wrote last, and two people at once.

The page keeps what the texts were when they were last read (``BASE``): what one changed oneself is what differs from
it. assets/js/reviews.js marks the form while something in it is not saved, and shows the texts while presenting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.forms import build_field, build_submit, field_id, summary_id
from components.messages import build_time
from components.states import build_icon
from portal.domain.qbr_comments import LONGEST, SECTIONS, Comments, Texts
from portal.i18n import t

FORM: Final = "qbr-comments"
STATUS: Final = "qbr-comments-status"
BASE: Final = "qbr-comments-base"
CLASH_TYPE: Final = "qbr-clash"


def clash_id(section: str) -> dict[str, str]:
    """Where somebody else's text for a section is shown, when both wrote."""
    return {"type": CLASH_TYPE, "section": section}


def base_of(comments: Comments) -> dict[str, Any]:
    """What the store of the page holds: the texts as they were read, and their version."""
    return {"version": comments.version, "texts": dict(comments.texts)}


def read_base(held: object) -> tuple[int, Mapping[str, object]]:
    """The same, back from the browser; anything else counts as nothing read."""
    found = held if isinstance(held, dict) else {}
    version, texts = found.get("version"), found.get("texts")
    known = isinstance(version, int) and not isinstance(version, bool) and 0 <= version < 2**31 - 1
    return (version if known and isinstance(version, int) else 0), texts if isinstance(texts, dict) else {}


def build_comment(section: str, comments: Comments) -> Component:
    """The field of one section, and below it room for what somebody else wrote."""
    text = comments.texts.get(section, "")
    field = dbc.Textarea(
        id=field_id(FORM, section),
        value=text,
        maxLength=LONGEST,
        rows=max(2, min(12, text.count("\n") + 1 + len(text) // 90)),
        placeholder=t(f"review.comment.{section}.placeholder"),
        class_name="qbr-text",
    )
    return html.Div(
        [
            build_field(FORM, section, t("review.comment", section=t(f"review.section.{section}")), field),
            html.Div(id=clash_id(section), className="qbr-clash-place"),
            html.Blockquote(className="qbr-said", dir="auto", **attributes(data_qbr_said=section)),
        ],
        className="qbr-comment",
    )


def build_save(comments: Comments) -> Component:
    """The bar that keeps all of them; it stays in sight while something is not saved."""
    return html.Div(
        [
            html.Div(id=summary_id(FORM), className="form-summary", role="alert"),
            html.Div(
                [
                    html.Div(build_status(comments), id=STATUS, className="qbr-status", role="status"),
                    html.Span(t("review.comments.unsaved"), className="qbr-unsaved-note"),
                    build_submit(FORM, t("review.comments.save")),
                ],
                className="qbr-save-row",
            ),
        ],
        className="qbr-save",
    )


def build_status(comments: Comments, *, joined: bool = False, saved: bool = False) -> list[Component]:
    """Who wrote last, and that it goes into the report. ``saved`` tells assets/js/reviews.js that it was kept."""
    said: list[Component] = []
    if saved:
        key = "review.comments.joined" if joined else "review.comments.saved"
        mark = [build_icon("check-circle"), t(key)]
        said.append(html.Span(mark, className="qbr-saved", **attributes(data_saved=str(comments.version))))
    if comments.version and comments.changed_at is not None:
        by = html.Bdi(comments.changed_by or t("review.comments.somebody"))
        parts = [t("review.comments.by"), " ", by, " · ", build_time(comments.changed_at)]
        said.append(html.Span(parts, className="qbr-by"))
    said.append(html.Span(t("review.comments.into_report"), className="qbr-into"))
    return said


def build_clash(theirs: str, by: str | None) -> Component:
    """Somebody else's text beside one's own, and how to bring both together. An empty one was taken away."""
    who = by or t("review.comments.somebody")
    text = html.Div(theirs, className="qbr-theirs", dir="auto") if theirs else html.Em(t("review.clash.removed"))
    return html.Div(
        [
            html.P([build_icon("people"), t("review.clash.by", name=who)], className="qbr-clash-head"),
            text,
            html.Div(
                [
                    _way("both", t("review.clash.both")) if theirs else None,
                    _way("theirs", t("review.clash.theirs")),
                    _way("mine", t("review.clash.mine")),
                ],
                className="qbr-clash-ways",
            ),
        ],
        className="qbr-clash",
    )


def _way(name: str, label: str) -> Component:
    return html.Button(
        label, type="button", className="btn btn-sm btn-outline-secondary", **attributes(data_qbr_take=name)
    )


def build_clash_summary() -> list[Component]:
    """Above the button: that nothing was saved, and what to do."""
    return [build_icon("exclamation-triangle"), html.P(t("review.clash.save"))]


def clash_values(clashes: Texts, by: str | None) -> list[Component | None]:
    """What :func:`clash_id` shows of each section, in their order."""
    return [build_clash(clashes[name], by) if name in clashes else None for name in SECTIONS]
