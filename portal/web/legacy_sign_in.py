"""Sign-in by the identity provider that came before: off unless ``LEGACY_FIREBASE_LOGIN_ENABLED`` says otherwise.

The portal loads nobody else's script, so the provider's token comes from a page of the operator's, where that script
runs: the browser is sent there with a ``state``, and that page posts ``state`` and ``id_token`` back as a form does
(the way of OAuth's ``response_mode=form_post``). docs/decisions/0020 says why.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, abort, redirect, request

from portal.clients.legacy_exchange import LegacyExchange
from portal.clients.oidc_errors import OidcError
from portal.settings import PortalSettings
from portal.web import telemetry
from portal.web.html_pages import login_url
from portal.web.return_path import safe_path
from portal.web.sealing import Sealer
from portal.web.sign_in import Admission

START_PATH = "/auth/legacy/start"
RETURN_PATH = "/auth/legacy/return"
COOKIE = "__Host-legacy"
PROVIDER = "firebase"
SECONDS = 600
LONGEST_TOKEN = 16_384
_log = structlog.get_logger("portal.legacy_sign_in")


def register(
    server: Flask, settings: PortalSettings, *, exchange: LegacyExchange, admission: Admission, sealer: Sealer
) -> None:
    """Add both routes, which are not there where the former provider is not in use."""
    handoff_url = settings.legacy_handoff_url
    if handoff_url is None:
        # Said outright: the pages' own route takes every path, and would answer that the method is wrong.
        server.add_url_rule(RETURN_PATH, "legacy_return", lambda: abort(404), methods=["POST"])
        return

    @server.get(START_PATH)
    def legacy_start() -> Response:
        state = secrets.token_urlsafe(32)
        query = urlencode({"state": state, "return_to": f"{settings.public_url}{RETURN_PATH}"})
        response = Response(status=303)
        response.headers["Location"] = f"{handoff_url}{'&' if '?' in handoff_url else '?'}{query}"
        value = {"s": state, "p": safe_path(request.args.get("next"))}
        # None, not Lax: it comes back with a form that another site's page sends. It names one login, opens nothing.
        response.set_cookie(
            COOKIE, sealer.seal(COOKIE, value, SECONDS), max_age=SECONDS, path="/", secure=True, httponly=True,
            samesite="None",
        )  # fmt: skip
        return response

    @server.post(RETURN_PATH)
    def legacy_return() -> Response:
        pending = sealer.open(COOKIE, request.cookies.get(COOKIE)) or {}
        state, token = request.form.get("state", ""), request.form.get("id_token", "")
        next_path = safe_path(pending.get("p"))
        with telemetry.login(PROVIDER) as measure:
            known = secrets.compare_digest(str(pending.get("s", "")).encode(), state.encode()) and bool(state)
            if not known or not 0 < len(token) <= LONGEST_TOKEN:
                measure.reason = "state_mismatch"
                response = _to(login_url("state_mismatch", next_path))
            else:
                try:
                    signed_in = exchange.exchange(token, measure.headers)
                except OidcError as error:
                    _log.warning("legacy_sign_in_failed", error=error.code, detail=error.detail)
                    response, measure.reason = admission.refused(error, next_path)
                else:
                    response, measure.reason = admission.admit(signed_in, next_path)
        response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="None")
        return response


def _to(url: str) -> Response:
    answer: Response = redirect(url, 303)  # type: ignore[assignment]
    return answer
