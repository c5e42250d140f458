"""``GET /_live``: the stream by which an open page hears that its account has new numbers.

It holds no thread (event_streams), says no numbers, and may be missing: then, and wherever it cannot be had, pages ask
for themselves every some seconds. 204: not here, or not while the platform does not answer, ask for yourself (an error
would stand in the browser's console, where nobody can do anything about it); 503: all seats are taken, not now.
"""

from __future__ import annotations

import socket

from flask import Flask, Response, g, request

from event_streams import StreamLoop, can_hand_over, event, hand_over
from event_streams.framing import HEARTBEAT, MEDIA_TYPE
from portal import context
from portal.clients.oidc import OidcClient
from portal.clients.revision_feed import SCOPE, RevisionFeed
from portal.domain.actor import Actor
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.params import as_uuid
from portal.services import Services
from portal.services.revision_board import RevisionBoard
from portal.settings import PortalSettings
from portal.web import failures
from portal.web.coordination import HostCoordination
from portal.web.keeper import SessionKeeper, SignedIn
from portal.web.live_seats import NoSeat, Seats

PATH = "/_live"
SETTLE_SECONDS = 1.0
"""How long the first to come waits for the platform's stream; whoever comes before it has begun is sent back once."""
_LONGEST_ID = 20


def register(
    server: Flask,
    settings: PortalSettings,
    *,
    oidc: OidcClient,
    services: Services,
    keeper: SessionKeeper,
    coordination: HostCoordination,
) -> None:
    """Add the stream. Must come after the guard, by whose word it goes."""
    board = RevisionBoard(lambda tenant_id: seats.tell(tenant_id))
    loop = StreamLoop(farewell=lambda: seats.farewell())
    seats = Seats(board, loop, keeper=keeper, coordination=coordination, most=settings.live_streams)
    feed = RevisionFeed(settings.gateway_url, lambda: oidc.own_token(SCOPE), board)
    server.extensions["portal_live"] = seats

    @server.before_request
    def notice() -> None:
        found = g.get("portal_session")
        if isinstance(found, SignedIn):
            seats.notice(found.session, context.actor())

    @server.get(PATH, provide_automatic_options=False)
    def live() -> Response:
        actor, found = context.actor(), g.portal_session
        tenant_id = _account_of(actor)
        if not settings.live_streams or not can_hand_over(request.environ):
            return Response(status=204)
        feed.start()
        board.wait_until_settled(SETTLE_SECONDS)
        if board.feed == "absent":
            return Response(status=204)
        try:
            revision, era = _revision(board, services, tenant_id, actor)
        except UpstreamUnavailable:
            return Response(status=204)
        try:
            seat = seats.claim(tenant_id, actor, found.session, era)
        except NoSeat as full:
            return failures.answer(503, "unavailable", data=True, retry_after=full.retry_after)
        last_id = request.headers.get("Last-Event-ID", "")[:_LONGEST_ID]

        def adopt(connection: socket.socket, chunked: bool) -> None:
            seats.take(seat, connection, chunked, revision, last_id)

        opening = event(retry_ms=seats.return_ms()) + HEARTBEAT
        response = Response(mimetype=MEDIA_TYPE)
        response.response, closed = hand_over(request.environ, response.headers.items, opening, adopt)
        response.headers["X-Accel-Buffering"] = "no"

        def over() -> None:
            closed()
            if seat.stream is None:
                seats.leave(seat)  # the connection broke before it could be taken

        response.call_on_close(over)
        return response


def _account_of(actor: Actor) -> str:
    """Whose revisions are asked for: a customer's own account whatever they name. Raises NotFound."""
    tenant_id = as_uuid(request.args.get("tenantId", "")) if actor.internal else actor.tenant_id
    if tenant_id is None:
        raise NotFound("account")
    return tenant_id


def _revision(board: RevisionBoard, services: Services, tenant_id: str, actor: Actor) -> tuple[int, int]:
    """The account's revision now, and in which era of the board that was. The platform is asked with the person's own
    token, unless it is the customer's own account and known here already. Raises any PortalError."""
    known, era = board.expect(tenant_id)
    if known is not None and not actor.internal and actor.preview_role is None:
        return known, era
    revision = services.analytics.revision(tenant_id if actor.internal else None, actor=actor)
    board.learn(tenant_id, revision, era)
    return revision, era
