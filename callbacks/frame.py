"""The frame follows the address: which page is current, and which tenant an internal user is looking at."""

from __future__ import annotations

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from components.navigation import LINK_TYPE
from components.toasts import ToastsIds

LOCATION = "_pages_location"


def register(app: Dash) -> None:
    """Connect the navigation and the notes; both run in the browser, so they cost no request."""
    links = {"type": LINK_TYPE, "page": ALL}
    app.clientside_callback(
        ClientsideFunction("portal", "showCurrentPage"),
        Output(links, "className"),
        Output(links, "href"),
        Input(LOCATION, "pathname"),
        Input(LOCATION, "search"),
        State(links, "id"),
        State(links, "className"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("portal", "showToast"),
        Output(ToastsIds.LIST, "data-shown"),
        Input(ToastsIds.LATEST, "data"),
        prevent_initial_call=True,
    )
