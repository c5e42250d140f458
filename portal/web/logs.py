"""One JSON object per line, each with the request's id; never a token, a code or a cookie."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from portal.context import set_for_request

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SECRET_NAMES = re.compile(r"(^|_)(token|code|cookie|secret|password|authorization|nonce|state|verifier)s?($|_)", re.I)
# JWTs, sealed cookies and opaque tokens: long runs of base64url, and anything given as a bearer or in a query.
_SECRET_TEXT = re.compile(
    r"(eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)|((?<=[?&])(?:code|state|nonce|id_token_hint|logout_token)=[^&\s]+)"
    r"|(Bearer\s+\S+)|(__Host-[\w-]+=[^;\s]+)",
    re.I,
)
REMOVED = "[removed]"
Event = MutableMapping[str, Any]


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Last line of defence: what looks like a secret does not reach the log, whoever logged it."""
    for name, value in event.items():
        if name != "status_code" and _SECRET_NAMES.search(name):
            event[name] = REMOVED
        elif isinstance(value, str):
            event[name] = _SECRET_TEXT.sub(REMOVED, value)
    return event


def configure(level: str, stream: Any = None) -> None:
    """Send structlog and the standard library's logging, as JSON lines, to ``stream`` (stdout)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.name = "portal"
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_secrets,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    for known in [h for h in root.handlers if h.name == "portal"]:
        root.removeHandler(known)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # They speak of every connection and request; ours are logged below, with an id. What urllib3 says of a retry names
    # the address with its query, which holds customers' phone numbers; clients log each failure themselves.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # At debug level it writes whole token responses.
    logging.getLogger("authlib").setLevel(logging.WARNING)


def register(server: Flask) -> None:
    """Give each request an id (a caller's, when it is well-formed) and log it when answered."""
    log = structlog.get_logger("portal.request")

    @server.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        g.request_started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        set_for_request(request_id=request_id)
        g.request_id = request_id

    @server.after_request
    def finish(response: Response) -> Response:
        request_id = g.get("request_id")
        if request_id:
            response.headers["X-Request-Id"] = request_id
        quiet = request.path.startswith("/assets/") or request.path in ("/health", "/ready", "/metrics")
        level = logging.DEBUG if quiet else logging.INFO
        # Without its query: filters hold phone numbers, callbacks hold codes.
        asked = {"method": request.method, "path": request.path, "status": response.status_code}
        started = g.get("request_started", time.perf_counter())

        def tell() -> None:
            log.log(level, "request", **asked, milliseconds=round((time.perf_counter() - started) * 1000, 1))

        if response.is_streamed:
            response.call_on_close(tell)  # much of its work is still to be done
        else:
            tell()
        return response
