"""The browser policy: every response's security headers, through flask-talisman, with one nonce per request.

``enforced`` is in force. ``candidate`` is what is to follow it: where it is switched on, browsers report what it would
refuse and refuse nothing. docs/security.md shows the tables below, reasons included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
WITH_NONCE = ("script-src", "style-src")


@dataclass(frozen=True)
class Directive:
    """One directive and why it says what it says. Scripts and styles have the response's nonce beside ``value``."""

    name: str
    value: str
    reason: str


ENFORCED = (
    Directive("default-src", "'none'", "nothing that is not named below"),
    Directive("script-src", "'report-sample'", "the guard, and what it gives the nonce: the scripts of its table"),
    Directive("style-src", "'report-sample'", "the stylesheet, a page's own styles, and those of components"),
    Directive("font-src", "'self'", "Vazirmatn, for pages that are written from right to left"),
    Directive("img-src", "data:", "icons and small charts, which are written into stylesheets and pages"),
    Directive("connect-src", "'self'", "callbacks ask the portal, and it tells of new numbers"),
    Directive("form-action", "'self'", "language, colours and sign-out are forms, which work without script"),
    Directive("frame-ancestors", "'none'", "no page shows the portal inside itself"),
    Directive("base-uri", "'none'", "no element changes what addresses mean"),
    Directive("worker-src", "'none'", "there are no workers; unsaid, script-src would decide about them"),
    Directive("object-src", "'none'", "nothing is embedded; said for browsers that ask for it by name"),
    Directive("require-trusted-types-for", "'script'", "no string becomes code, a script's address or markup unseen"),
    Directive("trusted-types", TRUSTED_TYPES_POLICY, "the guard's policy: the scripts of its table, nothing else"),
)

CANDIDATE = (
    Directive(
        "connect-src",
        "{origin}/_dash-update-component {origin}/_live",
        "callbacks have one address, and so has what tells of new numbers; scripts ask for nothing else",
    ),
)
"""What would replace the directives of the same names. A value may hold the portal's ``{origin}``."""

_ON_HTTPS = Directive(
    # On plain http://localhost it would rewrite the page's own requests to an https that nobody serves.
    "upgrade-insecure-requests",
    "",
    "an address that begins with http: is asked by https",
)
_REPORT_TO = Directive(
    # From plain http browsers tell nothing to an endpoint, and those that know it pass over report-uri.
    "report-to",
    ENDPOINT,
    "where violations are told",
)
_REPORT_URI = Directive("report-uri", REPORT_PATH, "the same for browsers that do not know report-to")


def enforced(*, https: bool) -> tuple[Directive, ...]:
    """The policy in force."""
    return (*ENFORCED, *((_ON_HTTPS, _REPORT_TO) if https else ()), _REPORT_URI)


def candidate(origin: str, *, https: bool) -> tuple[Directive, ...]:
    """The policy that is to follow. ``upgrade-insecure-requests`` means nothing in a policy that only reports."""
    replaced = {one.name: replace(one, value=one.value.format(origin=origin)) for one in CANDIDATE}
    return (*(replaced.get(one.name, one) for one in ENFORCED), *((_REPORT_TO,) if https else ()), _REPORT_URI)


def nonce() -> str:
    """The nonce that scripts and styles of this response must carry."""
    return str(getattr(request, "csp_nonce", ""))


def register(server: Flask, *, https: bool, candidate_for: str | None = None) -> None:
    """Put the policy on every response of ``server``, errors included.

    ``candidate_for`` is the portal's origin where the candidate is to be told too.
    """
    Talisman(
        server,
        force_https=False,  # the proxy that ends TLS does; here it would redirect health checks
        strict_transport_security=False,  # below: talisman sends it only where it can see the TLS itself
        content_security_policy={directive.name: directive.value for directive in enforced(https=https)},
        content_security_policy_nonce_in=list(WITH_NONCE),
        frame_options="DENY",
        permissions_policy=dict.fromkeys(PERMISSIONS, "()"),
        referrer_policy="strict-origin-when-cross-origin",
        session_cookie_secure=True,
        session_cookie_samesite="Strict",
    )

    @server.after_request
    def isolate(response: Response) -> Response:
        response.headers["Reporting-Endpoints"] = f'{ENDPOINT}="{REPORT_PATH}"'
        if candidate_for is not None:
            response.headers["Content-Security-Policy-Report-Only"] = _spoken(candidate(candidate_for, https=https))
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Integrity-Policy"] = f"blocked-destinations=(script), endpoints=({ENDPOINT})"
        response.headers["X-Permitted-Cross-Domain-Policies"] = "none"
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains; preload"
        if "immutable" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        return response


def _spoken(directives: Iterable[Directive]) -> str:
    given = f" 'nonce-{nonce()}'"
    return "; ".join(f"{one.name} {one.value}{given if one.name in WITH_NONCE else ''}" for one in directives)
