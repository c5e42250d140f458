"""The browser policy: every response's security headers, through flask-talisman, with one nonce per request.

``enforced`` is in force. ``candidate`` is what is to follow it: where it is switched on, browsers report what it would
refuse and refuse nothing. docs/security.md shows the tables below, reasons included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, Response, request
from flask_talisman import Talisman

REPORT_PATH = "/csp-report"
ENDPOINT = "portal"
TRUSTED_TYPES_POLICY = "ghasi-portal"
HSTS_SECONDS = 63_072_000
PERMISSIONS = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_NEVER_STORED = ("text/html", "application/json", "application/problem+json")
_WITH_NONCE = ("script-src", "style-src")


@dataclass(frozen=True)
class Directive:
    """One directive and why it says what it says. Scripts and styles have the response's nonce beside ``value``."""

    name: str
    value: str
    reason: str


ENFORCED = (
    Directive("default-src", "'self'", "whatever is not named below"),
    Directive(
        "script-src", "'self' 'report-sample'", "the guard and the bundle; what they add is in the guard's table"
    ),
    Directive("style-src", "'self' 'report-sample'", "one stylesheet, and what components bring along"),
    Directive("img-src", "'self' data: https:", "icons and small charts"),
    Directive("connect-src", "'self'", "callbacks ask the portal"),
    Directive("frame-ancestors", "'none'", "nobody frames the portal"),
    Directive("base-uri", "'self'", "addresses in a page mean this site"),
    Directive("form-action", "'self'", "forms go to the portal"),
    Directive("object-src", "'none'", "nothing is embedded"),
    Directive("require-trusted-types-for", "'script'", "no string becomes code or markup unseen"),
    Directive("trusted-types", TRUSTED_TYPES_POLICY, "the guard's policy, which allows the scripts of its table"),
)

CANDIDATE = (
    Directive("default-src", "'none'", "nothing that is not named below"),
    Directive("script-src", "'report-sample'", "the guard, and what it gives the nonce: the scripts of its table"),
    Directive("style-src", "'report-sample'", "the stylesheet, a page's own styles, and those of components"),
    Directive("font-src", "'self'", "Vazirmatn, for pages that are written from right to left"),
    Directive("img-src", "data:", "icons and small charts, which are written into stylesheets and pages"),
    Directive("connect-src", "'self'", "callbacks ask the portal"),
    Directive("form-action", "'self'", "language, colours and sign-out are forms, which work without script"),
    Directive("frame-ancestors", "'none'", "no page shows the portal inside itself"),
    Directive("base-uri", "'none'", "no element changes what addresses mean"),
    Directive("worker-src", "'none'", "there are no workers; unsaid, script-src would decide about them"),
    Directive("object-src", "'none'", "nothing is embedded; said for browsers that ask for it by name"),
    Directive("require-trusted-types-for", "'script'", "no string becomes code, a script's address or markup unseen"),
    Directive("trusted-types", TRUSTED_TYPES_POLICY, "the guard's policy: the scripts of its table, nothing else"),
)  # fmt: skip

_ON_HTTPS = Directive(
    # On plain http://localhost it would rewrite the page's own requests to an https that nobody serves.
    "upgrade-insecure-requests",
    "",
    "an address that begins with http: is asked by https",
)
_REPORTED = (
    Directive("report-to", ENDPOINT, "where violations are told"),
    Directive("report-uri", REPORT_PATH, "the same for browsers that do not know report-to"),
)


def enforced(*, https: bool) -> tuple[Directive, ...]:
    """The policy in force."""
    return (*ENFORCED, *((_ON_HTTPS,) if https else ()), *_REPORTED)


def candidate() -> tuple[Directive, ...]:
    """The policy that is to follow. ``upgrade-insecure-requests`` means nothing in a policy that only reports."""
    return (*CANDIDATE, *_REPORTED)


def nonce() -> str:
    """The nonce that scripts and styles of this response must carry."""
    return str(getattr(request, "csp_nonce", ""))


def register(server: Flask, *, https: bool, report_candidate: bool = False) -> None:
    """Put the policy on every response of ``server``, errors included."""
    Talisman(
        server,
        force_https=False,  # the proxy that ends TLS does; here it would redirect health checks
        strict_transport_security=False,  # below: talisman sends it only where it can see the TLS itself
        content_security_policy={directive.name: directive.value for directive in enforced(https=https)},
        content_security_policy_nonce_in=list(_WITH_NONCE),
        frame_options="DENY",
        permissions_policy=dict.fromkeys(PERMISSIONS, "()"),
        referrer_policy="strict-origin-when-cross-origin",
        session_cookie_secure=True,
        session_cookie_samesite="Strict",
    )

    @server.after_request
    def isolate(response: Response) -> Response:
        response.headers["Reporting-Endpoints"] = f'{ENDPOINT}="{REPORT_PATH}"'
        if report_candidate:
            response.headers["Content-Security-Policy-Report-Only"] = _spoken(candidate())
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        response.headers["Cross-Origin-Resource-Policy"] = "same-site"
        response.headers["Integrity-Policy"] = f"blocked-destinations=(script), endpoints=({ENDPOINT})"
        response.headers["X-Permitted-Cross-Domain-Policies"] = "none"
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains; preload"
        if response.mimetype in _NEVER_STORED and "immutable" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        return response


def _spoken(directives: Iterable[Directive]) -> str:
    given = f" 'nonce-{nonce()}'"
    return "; ".join(f"{one.name} {one.value}{given if one.name in _WITH_NONCE else ''}" for one in directives)
