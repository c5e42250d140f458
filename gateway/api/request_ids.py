"""One id for each request: taken from `X-Request-Id` when it is harmless, made otherwise, always returned."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

HEADER = "X-Request-Id"
# Logs and headers repeat the id, so it is held to characters that can break neither.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,128}")


def choose(offered: str | None) -> str:
    """`offered` if it is 8–128 of letters, digits, `.`, `_`, `-`; else a new random id."""
    if offered is not None and _ACCEPTED.fullmatch(offered):
        return offered
    return f"req_{secrets.token_hex(12)}"


def register(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        clear_contextvars()
        g.request_id = choose(request.headers.get(HEADER))
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def return_id(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id", "")
        return response
