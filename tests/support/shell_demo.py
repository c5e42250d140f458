"""A small application on the browser shell: two pages, two charts, a control, a callback that fails. For tests only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, dcc, html
from flask import Flask, Response, request

from components import charts
from components.charts import Categories, Chart, Kind, Scale, Series, Tick
from components.charts.palette import Role
from portal.domain.errors import NotFound, Unauthenticated
from portal.i18n import for_tag, use
from portal.shell import ChartDrawing, PortalDash
from portal.web import policy, violations
from tests.support.compressed import share_compressed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ASSETS = Path(__file__).resolve().parents[2] / "assets"
HOSTILE_TEXT = "</script><script>window.pwned=1</script>\u2028<img src=x onerror=window.pwned=1>"


@contextmanager
def pages_set_aside() -> Iterator[None]:
    """Dash's page registry is one per process: the pages of other tests are put away and brought back."""
    kept = dict(dash.page_registry)
    dash.page_registry.clear()
    try:
        yield
    finally:
        dash.page_registry.clear()
        dash.page_registry.update(kept)


def chart(chart_id: str) -> Chart:
    days = tuple(str(day) for day in range(1, 31))
    values = tuple(60.0 + day % 7 for day in range(30))
    return Chart(
        id=chart_id,
        kind=Kind.BAR,
        title="Messages",
        summary="",
        x=Categories(title="Day", keys=days, labels=days, ticks=(Tick(0, "1"), Tick(29, "30"))),
        y=Scale(title="messages", low=0, high=100, ticks=(Tick(0, "0"), Tick(100, "100"))),
        series=(
            Series(
                key="delivered", name="Delivered", role=Role.DELIVERED, values=values, texts=tuple(map(str, values))
            ),
        ),
        height=260,
    )


def _overview(**_params: object) -> html.Div:
    def graph(chart_id: str) -> html.Div:
        drawn = dcc.Graph(id=chart_id, config={"displayModeBar": False}, style={"height": "260px"})
        return html.Div(drawn, className="chart-box")

    return html.Div(
        [
            html.H1("Overview"),
            html.P(id="note"),
            html.Div(id="total", className="fs-3"),
            graph("volume"),
            graph("rate"),
            dbc.Input(id="typed", value="a"),
            html.Div(id="echo"),
            html.Button("Fail", id="fail"),
            html.Button("Sign out", id="expire"),
            html.Div(id="failed"),
            html.Button("Save", **{"data-chart-png": "volume", "data-file-name": "volume"}, id="save-png"),
            html.Button("Theme", **{"data-theme-toggle": ""}, id="theme"),
        ]
    )


def _message(**params: Any) -> html.Div:
    return html.Div([html.H1("Message"), html.P(id="which"), html.P(params.get("tab", ""), id="tab")])


def _load_message(params: Mapping[str, Any]) -> dict[Any, Any]:
    match params["message_id"]:
        case "missing":
            raise NotFound
        case "broken":
            raise ValueError("secret detail")
        case "expired":
            raise Unauthenticated
        case known:
            return {("which", "children"): f"message {known}"}


def build(
    data_dir: Path,
    *,
    tag: str = "en",
    trusted_types: bool = True,
    policy_on: bool = True,
    extra_policy: Mapping[str, str] | None = None,
) -> tuple[Flask, PortalDash]:
    """The application; must be called, and used, inside :func:`pages_set_aside`."""
    server = Flask("shell_demo", static_folder=None)

    @server.after_request
    def loosen(response: Response) -> Response:
        if not policy_on:
            for name in ("Content-Security-Policy", "Integrity-Policy", "X-Frame-Options"):
                del response.headers[name]
            return response
        value = response.headers["Content-Security-Policy"]
        if not trusted_types:
            value = "; ".join(part for part in value.split("; ") if "trusted-types" not in part)
        for directive, sources in (extra_policy or {}).items():
            value = "; ".join(
                f"{directive} {sources}" if part.startswith(f"{directive} ") else part for part in value.split("; ")
            )
        response.headers["Content-Security-Policy"] = value
        return response

    policy.register(server, https=False)  # after the function above, which therefore runs later
    unspoken = server.wsgi_app

    def spoken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with use(for_tag(tag)):
            return unspoken(environ, start_response)

    server.wsgi_app = spoken  # type: ignore[method-assign]
    app = PortalDash(
        server,
        assets_folder=ASSETS,
        data_dir=share_compressed(data_dir),
        title=lambda: "Demo",
        request_id=lambda: "request-1",
        drawing=ChartDrawing(Chart, charts.figure, charts.svg, charts.pictured),
    )

    @server.errorhandler(Unauthenticated)
    def sign_in(_error: Unauthenticated) -> Response:
        return Response("", 401, {"X-Login-Location": "/signed-out"})

    @server.get("/signed-out")
    def signed_out() -> str:
        return "<!DOCTYPE html><title>signed out</title>"

    violations.register(server, lambda _address: None)

    @server.errorhandler(404)
    def not_found(_error: object) -> Response:
        if request.path.startswith("/assets/"):
            return Response("", 404)
        return app.static_page(html.H1("No such page"), title="No such page", status=404)

    dash.register_page("demo_overview", path="/", title="Overview", layout=_overview)
    dash.register_page("demo_message", path_template="/messages/<message_id>", title="Message", layout=_message)
    app.layout = lambda: html.Div(
        [
            html.Nav(
                [
                    dcc.Link("Overview", href="/", id="to-overview"),
                    " ",
                    dcc.Link("M", href="/messages/7?tab=x", id="to-message"),
                ]
            ),
            dcc.Link("Other tab", href="/messages/7?tab=y", id="other-tab"),
            dcc.Link("Broken", href="/messages/broken", id="to-broken"),
            html.Main(dash.page_container, id="main", className="container"),
        ]
    )
    app.first_data(
        "/",
        lambda _params: {
            ("note", "children"): HOSTILE_TEXT,
            ("total", "children"): "4,711",
            ("volume", "figure"): chart("volume"),
            ("rate", "figure"): chart("rate"),
        },
    )
    app.first_data("/messages/<message_id>", _load_message)

    @app.callback(Output("echo", "children"), Input("typed", "value"), prevent_initial_call=True)
    def show_typed(value: str) -> str:
        return f"typed {value}"

    attempts: list[int] = []

    @app.callback(Output("failed", "children"), Input("fail", "n_clicks"), prevent_initial_call=True)
    def fail_once(_clicks: int) -> str:
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("secret detail")
        return "recovered"

    @app.callback(Output("failed", "title"), Input("expire", "n_clicks"), prevent_initial_call=True)
    def expire(_clicks: int) -> str:
        raise Unauthenticated

    return server, app
