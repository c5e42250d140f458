"""``GET /exports/<id>/file``: the way to an exported file, which the platform itself hands out.

An ordinary link, so that the browser's policy needs no exception for downloads. The platform's signed address is asked
for at that moment with the person's own token, and is in no page (docs/decisions/0016).
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, redirect

from portal import context
from portal.services import Services


def register(server: Flask, *, services: Services) -> None:
    """Answer links to files. Errors become pages as everywhere (portal/web/failures.py)."""

    @server.get("/exports/<export_id>/file")
    def fetch_export(export_id: str) -> Response:
        address = services.exports.address(export_id, actor=context.actor())
        # Not finished yet, or no longer kept: the list says which.
        response = cast(Response, redirect(address if address and _is_web(address) else "/exports", 303))
        response.headers["Cache-Control"] = "no-store"
        return response


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https"}
