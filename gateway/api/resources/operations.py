"""Probes, metrics, and the documents that describe the API."""

from __future__ import annotations

from flask import Response, current_app

from gateway.api import metrics
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint, problem
from gateway.api.guide import STYLESHEET, render_guide
from gateway.api.models.filters import NoParameters
from gateway.api.models.operations import Health, Readiness
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import RETRY_UNAVAILABLE_SECONDS, Problem
from gateway.api.replies import json_bytes, not_modified, reply, revision_tag
from gateway.carriers.kannel import Kannel
from gateway.store.accounts import is_reachable
from gateway.store.connections import ABSENCE

api = blueprint("operations", __name__, "Operations", prefix="", security=[{}])

_DOCUMENT_CACHE = "public, max-age=300"


@api.get("/health", responses={200: Health, 422: problem(422)})
def get_health(query: NoParameters) -> Response:
    """Liveness: the process answers"""
    return reply(Health(status="ok"))


@api.get("/ready", responses=answers(Readiness, statuses=(422, 503)))
def get_readiness(query: NoParameters) -> Response:
    """Readiness: the database answers too

    An absent carrier makes nothing unready: what is sent meanwhile waits.
    """
    try:
        with dependencies().engine.connect() as connection:
            is_reachable(connection)
    except ABSENCE:
        raise Problem(
            ProblemCode.UNAVAILABLE, "The database does not answer.", retry_after=RETRY_UNAVAILABLE_SECONDS
        ) from None
    return reply(Readiness(status="ready", database="ok", carrier="ok" if _carrier_answers() else "absent"))


def _carrier_answers() -> bool:
    settings = dependencies().settings
    return settings.kannel_url is None or Kannel.from_settings(settings).problem() is None


@api.get("/metrics", doc_ui=False)
def get_metrics() -> Response:
    return metrics.exposition()


@api.get("/v1/openapi.json", doc_ui=False)
def get_openapi() -> Response:
    content = json_bytes(current_app.extensions["gateway-openapi"])
    tag = revision_tag(content)
    response = not_modified(tag) or Response(content, mimetype="application/json")
    response.headers["ETag"], response.headers["Cache-Control"] = tag, _DOCUMENT_CACHE
    # The document is for everybody's tools, whatever page they run in.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@api.get("/v1/docs", doc_ui=False)
def get_guide() -> Response:
    response = Response(render_guide(current_app.extensions["gateway-openapi"]), mimetype="text/html")
    response.headers["Cache-Control"] = _DOCUMENT_CACHE
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return response


@api.get("/v1/docs.css", doc_ui=False)
def get_guide_stylesheet() -> Response:
    response = Response(STYLESHEET, mimetype="text/css")
    response.headers["Cache-Control"] = _DOCUMENT_CACHE
    return response
