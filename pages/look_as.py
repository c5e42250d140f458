"""``/look-as``: an internal user chooses as which of a customer's roles to see the portal."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.look_as import PATH, build_look_as
from components.portfolio import TENANT_PATH
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """The page without its data."""
    return build_look_as()


def title(**_params: str) -> str:
    return t("page.title", page=t("look_as.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="look-as",
    under=TENANT_PATH,
)
