"""Errors as pages and as problem documents (RFC 9457): in the reader's language, with the request's id, no trace."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal import context
from portal.domain.errors import Forbidden, NotFound, RateLimited, Unauthenticated, UpstreamUnavailable
from portal.i18n import t
from portal.web.html_pages import page

_log = structlog.get_logger("portal.failures")
_CODES = {403: "forbidden", 404: "not_found", 429: "rate_limited", 503: "unavailable"}
_DEFAULT_RETRY_SECONDS = 5


def answer(
    status: int,
    code: str,
    *,
    data: bool,
    retry_after: int | None = None,
    who: str | None = None,
    home: str | None = None,
    again: str | None = None,
) -> Response:
    """An error as the asker can use it. ``code`` names the texts ``failure.<code>.title`` and ``.text``; ``again`` is
    the page to begin anew from."""
    title = t(f"failure.{code}.title")
    if code == "rate_limited":
        retry_after = retry_after or _DEFAULT_RETRY_SECONDS
        text = t("failure.rate_limited.text", seconds=retry_after)
    else:
        text = t(f"failure.{code}.text")
    if data:
        response = jsonify(
            type="about:blank", title=title, status=status, detail=text, code=code, requestId=context.request_id()
        )
        response.status_code = status
        response.mimetype = "application/problem+json"
    else:
        if again is None and status in (429, 500, 503) and request.method == "GET":
            again = request.full_path.rstrip("?")
        response = page("failure.html", status, title=title, text=text, who=who, home=home, retry=again)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def show_not_found_with(server: Flask, draw: Callable[[], Response]) -> None:
    """Have ``draw`` answer "no such page" for whoever is signed in: within the frame, where the way on is at hand."""
    server.extensions["portal_not_found"] = draw


def register(server: Flask) -> None:
    """Handle whatever nobody else did."""

    def known(status: int, code: str, retry_after: int | None = None) -> Response:
        draw: Callable[[], Response] | None = server.extensions.get("portal_not_found")
        a_page = not request.path.startswith(("/_", "/assets/"))
        if status == 404 and draw is not None and a_page and context.signed_in():
            return draw()
        return answer(
            status,
            code,
            data=request.path.startswith("/_"),
            retry_after=retry_after,
            home="/" if context.signed_in() and status in (403, 404) else None,
        )

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> BaseResponse:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error.get_response(request.environ)
        fallback = "internal" if status >= 500 else "bad_request"
        return known(status, _CODES.get(status, fallback))

    @server.errorhandler(Unauthenticated)
    def unauthenticated(_error: Unauthenticated) -> Response:
        context.refused_upstream()  # the guard makes the answer of it
        return Response("", 401)

    @server.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return known(404, "not_found")

    @server.errorhandler(Forbidden)
    def forbidden(_error: Forbidden) -> Response:
        return known(403, "forbidden")

    @server.errorhandler(RateLimited)
    def rate_limited(error: RateLimited) -> Response:
        return known(429, "rate_limited", max(1, round(error.retry_after or _DEFAULT_RETRY_SECONDS)))

    @server.errorhandler(UpstreamUnavailable)
    def unavailable(error: UpstreamUnavailable) -> Response:
        return known(503, "unavailable", max(1, round(error.resets_in or _DEFAULT_RETRY_SECONDS)))

    @server.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        _log.error("unexpected_error", path=request.path, exc_info=error)
        return known(500, "internal")
