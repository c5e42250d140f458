"""``/verify``: whether a report that somebody has is one, and still as it was signed."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.page import page_header
from components.report_checks import ReportCheckIds, build_check_form, build_without_us
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Nothing here has to be asked for; what was found of a file that was sent stands above."""
    return html.Div(
        [
            page_header(t("verify.title"), t("verify.lead")),
            html.Div(id=ReportCheckIds.RESULT),
            html.Section(
                [html.H2(t("verify.form"), id="form-title", className="panel-title"), build_check_form()],
                className="panel",
                **attributes(aria_labelledby="form-title"),
            ),
            html.Section(
                [
                    html.H2(t("verify.without_us"), id="without-us-title", className="panel-title"),
                    build_without_us(),
                ],
                className="panel",
                **attributes(aria_labelledby="without-us-title"),
            ),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("verify.title"))


dash.register_page(__name__, path="/verify", layout=layout, title=title, name="verify")
