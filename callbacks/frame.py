"""What the frame says for a moment, on whatever page it was made."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output

from components.toasts import ToastsIds


def register(app: Dash) -> None:
    """Connect the notes; that runs in the browser, so it costs no request."""
    app.clientside_callback(
        ClientsideFunction("portal", "showToast"),
        Output(ToastsIds.LIST, "data-shown"),
        Input(ToastsIds.LATEST, "data"),
        prevent_initial_call=True,
    )
