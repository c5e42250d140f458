"""The few pages that are not Dash's: sign-in, errors, and the steps between sites. No script, one small stylesheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, make_response, render_template, request

from portal import context
from portal.i18n import locale, ltr, offered, t
from portal.shell.static_files import StaticFiles

ASSETS_FOLDER = Path(__file__).resolve().parents[2] / "assets"
STYLESHEET = "signin.css"
_PREFIX = "/auth/assets/"


def register(server: Flask, cache: Path) -> None:
    """Serve the stylesheet under a URL that names its content, and give templates what they all need."""
    files = StaticFiles(_PREFIX, cache)
    stylesheet = files.add(STYLESHEET, (ASSETS_FOLDER / "signin" / STYLESHEET).read_bytes(), "text/css")

    @server.get(f"{_PREFIX}<path:name>")
    def signin_asset(name: str) -> Response:
        found = files.find(_PREFIX + name)
        if found is None:
            return Response("", 404, mimetype="text/plain")
        return files.respond(found, request)

    @server.context_processor
    def for_templates() -> dict[str, Any]:
        return {
            "t": t,
            "ltr": ltr,
            "locale": locale(),
            "locales": tuple(offered().values()),
            "theme": context.theme(),
            "stylesheet": stylesheet,
            "request_id": context.request_id(),
        }


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A rendered page."""
    return make_response(render_template(template, **values), status)


def onward(url: str, heading: str) -> Response:
    """A page that sends the browser on by itself.

    A redirect would carry on the navigation that another site began, and Strict cookies stay away from that; a page of
    ours begins a new one. It also leaves ``form-action 'self'`` alone, which forbids a form's redirect to the issuer.
    """
    return page("onward.html", url=url, heading=heading)


def login_url(reason: str | None = None, next_path: str = "/", **more: str | int) -> str:
    """The sign-in page's path, saying why it is shown and where to go afterwards."""
    query: dict[str, str | int] = {"reason": reason} if reason else {}
    query |= {"next": next_path} if next_path != "/" else {}
    query |= more
    return f"/login?{urlencode(query)}" if query else "/login"
