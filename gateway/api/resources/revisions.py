"""Which tenants have new numbers: a stream for portals."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request

from event_streams import can_hand_over, event, hand_over
from event_streams.framing import MEDIA_TYPE
from gateway.api.documents import CLIENT, blueprint, problem
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.revision_streams import RETRY_SECONDS, RevisionStreams

api = blueprint("revisions", __name__, "Live updates", security=CLIENT)

RETRY_ELSEWHERE_SECONDS = 30
_STREAM: dict[str, Any] = {
    "description": "Server-sent events (`text/event-stream`) until either side ends it: `ready` when nothing more can"
    " be missed, then"
    ' `revisions` with `{"<tenant id>": <revision>, …}` as they change. After a new connection what changed in between'
    " is not known. Comments keep it alive.",
}


@api.get(
    "/internal/revisions",
    responses={200: _STREAM, 401: problem(401), 403: problem(403), 422: problem(422), 503: problem(503)},
)
def get_revision_stream(query: NoParameters) -> Response:
    """Which accounts have new numbers, as it happens

    For the portal, which holds one such stream per process and tells each browser of its own account. It says that
    something changed and nothing of what.
    """
    streams: RevisionStreams = current_app.extensions[RevisionStreams.EXTENSION]
    if streams.full or not can_hand_over(request.environ):
        raise Problem(ProblemCode.UNAVAILABLE, "No stream can be held here now.", retry_after=RETRY_ELSEWHERE_SECONDS)
    opening = event(retry_ms=int(1000 * RETRY_SECONDS[1]))
    response = Response(mimetype=MEDIA_TYPE)
    response.response, closed = hand_over(request.environ, response.headers.items, opening, streams.join)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(closed)
    return response
