"""``/auth/logout``, asked by the person, and ``/auth/backchannel-logout``, told by the issuer."""

from __future__ import annotations

import structlog
from flask import Flask, Response, jsonify, request

from portal.clients.oidc import OidcClient
from portal.clients.oidc_errors import IssuerUnavailable, OidcError, TokenInvalid
from portal.i18n import t
from portal.settings import PortalSettings
from portal.web.coordination import HostCoordination
from portal.web.html_pages import login_url, onward
from portal.web.keeper import SessionKeeper
from portal.web.session import SessionCookies

PATH = "/auth/logout"
BACKCHANNEL_PATH = "/auth/backchannel-logout"
_log = structlog.get_logger("portal.sign_out")


def register(
    server: Flask,
    settings: PortalSettings,
    *,
    oidc: OidcClient,
    keeper: SessionKeeper,
    cookies: SessionCookies,
    coordination: HostCoordination,
) -> None:
    """Add both routes."""

    @server.post(PATH)
    def logout() -> Response:
        session = cookies.load(request)
        goal = None
        if session is not None:
            keeper.end(session)
            try:
                goal = oidc.end_session_url(session.id_token, settings.post_logout_redirect_uri, "signed_out")
            except OidcError as error:
                _log.warning("end_session_skipped", error=error.code, detail=error.detail)
            _log.info("signed_out", user=session.subject)
        response = onward(goal or login_url("signed_out"), t("signin.signing_out"))
        cookies.clear(response)
        return response

    @server.post(BACKCHANNEL_PATH)
    def backchannel_logout() -> tuple[Response, int]:
        """OpenID Connect Back-Channel Logout 1.0 §2.5–2.8. Proof is the token's signature; there is no cookie here."""
        try:
            notice = oidc.tokens.logout_token(request.form.get("logout_token", ""))
        except TokenInvalid as error:
            _log.warning("logout_token_refused", detail=error.detail)
            return jsonify(error="invalid_request", error_description="the logout token does not verify"), 400
        except IssuerUnavailable as error:
            _log.warning("logout_token_unverified", detail=error.detail)
            return jsonify(error="temporarily_unavailable"), 503
        if not coordination.first_sight(f"jti:{notice.jti}"):
            return jsonify(error="invalid_request", error_description="the logout token was used before"), 400
        coordination.mark_ended(f"sid:{notice.sid}" if notice.sid else f"sub:{notice.sub}")
        _log.info("signed_out_by_issuer", by="sid" if notice.sid else "sub")
        return jsonify(), 200
