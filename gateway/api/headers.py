"""Security headers on every answer. The identity pages set a stricter or different policy of their own; it is kept."""

from __future__ import annotations

from flask import Flask, Response, request

from gateway.api.permissions import methods_of

_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def register(app: Flask, *, https: bool) -> None:
    """Add the headers; `https` says whether the public address is https, where browsers must never try http."""
    wanted = {**_ALWAYS, "Cache-Control": "no-store"}
    if https:
        wanted["Strict-Transport-Security"] = _STRICT_TRANSPORT
    always = [(name.lower(), name, value) for name, value in wanted.items()]

    @app.after_request
    def harden(response: Response) -> Response:
        # Looked at once: asking for each header goes through all of them again.
        present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - iterating gives pairs
        for lower, name, value in always:
            if lower not in present:
                response.headers.add(name, value)
        response.headers.pop("Server", None)
        # Flask lists the methods of all routes that fit, for `/v1/messages/preview` also those of a message.
        if "Allow" in response.headers and (methods := methods_of(request.path)):
            response.headers["Allow"] = ", ".join(sorted(methods))
        return response
