"""``/qbr``: a business review of an account and a quarter, for internal users to present and to export."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.qbr import PATH, build_qbr
from portal.i18n import t


def layout(**_params: Any) -> Component:
    return build_qbr()


def title(**_params: str) -> str:
    return t("page.title", page=t("review.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="qbr",
    nav="review.nav",
    icon="journal-text",
    audience="tenant",
    order=16,
)
