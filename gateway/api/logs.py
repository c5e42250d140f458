"""Structured logs: one JSON line an answer, with its request id. Never a token, a query string or a body."""

from __future__ import annotations

import logging
import sys
import time

import orjson
import structlog
from flask import Flask, Response, g, request

_QUIET = frozenset({"/health", "/ready", "/metrics"})


def configure(level: int = logging.INFO) -> None:
    """Send structlog's events to standard error as JSON lines; called once by the serving process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    # Whoever serves us with a logging of their own at debug level would have every issued token in it.
    logging.getLogger("authlib").setLevel(logging.WARNING)


def register(app: Flask) -> None:
    log = structlog.get_logger("gateway.api")

    @app.after_request
    def write_access_line(response: Response) -> Response:
        if request.path not in _QUIET:
            log.info(
                "request",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 2),
                tenant_id=str(g.tenant_id) if g.get("tenant_id") else None,
                user_id=str(g.principal.user_id) if g.get("principal") and g.get("api_key") is None else None,
                api_key_id=str(g.api_key.key_id) if g.get("api_key") else None,
            )
        return response
