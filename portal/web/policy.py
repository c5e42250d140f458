"""The browser policy: every response's security headers, through flask-talisman, with one nonce per request."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_talisman import Talisman

REPORT_PATH = "/csp-report"
TRUSTED_TYPES_POLICY = "ghasi-portal"
HSTS_SECONDS = 63_072_000
PERMISSIONS = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_NEVER_STORED = ("text/html", "application/json", "application/problem+json")


def content_security_policy(*, https: bool) -> dict[str, str]:
    """Directive → sources. Talisman adds the nonce to scripts and styles."""
    directives = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: https:",
        "connect-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "object-src": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": TRUSTED_TYPES_POLICY,
    }
    # On plain http://localhost it would rewrite the page's own requests to an https that nobody serves.
    return {**directives, "upgrade-insecure-requests": ""} if https else directives


def nonce() -> str:
    """The nonce that scripts and styles of this response must carry."""
    return str(getattr(request, "csp_nonce", ""))


def register(server: Flask, *, https: bool) -> None:
    """Put the policy on every response of ``server``, errors included."""
    Talisman(
        server,
        force_https=False,  # the proxy that ends TLS does; here it would redirect health checks
        strict_transport_security=False,  # below: talisman sends it only where it can see the TLS itself
        content_security_policy=content_security_policy(https=https),
        content_security_policy_nonce_in=["script-src", "style-src"],
        content_security_policy_report_uri=REPORT_PATH,
        frame_options="DENY",
        permissions_policy=dict.fromkeys(PERMISSIONS, "()"),
        referrer_policy="strict-origin-when-cross-origin",
        session_cookie_secure=True,
        session_cookie_samesite="Strict",
    )

    @server.after_request
    def isolate(response: Response) -> Response:
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        response.headers["Cross-Origin-Resource-Policy"] = "same-site"
        response.headers["Integrity-Policy"] = "blocked-destinations=(script)"
        response.headers["X-Permitted-Cross-Domain-Policies"] = "none"
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains; preload"
        if response.mimetype in _NEVER_STORED and "immutable" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        return response
