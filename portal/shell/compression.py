"""Compression of what is made anew for each reader: pages and callback answers.

The pages hold no secret beside what a reader typed (the session is in cookies that other sites cannot make the browser
send), so compressing them gives a guesser nothing to measure.
"""

from __future__ import annotations

import gzip

import brotli
from flask import Request, Response

_TYPES = ("text/html", "application/json", "text/csv", "image/svg+xml")
_SMALLEST = 600
_QUALITY = 5


def compress(response: Response, request: Request) -> Response:
    """The response in an encoding that the browser takes; small, streamed and already encoded ones stay as they are."""
    if (
        response.mimetype not in _TYPES
        or response.is_streamed
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not request.headers.get("Accept-Encoding")
        or len(response.get_data()) < _SMALLEST
    ):
        return response
    accepted = request.accept_encodings
    if accepted.quality("br") > 0:
        encoding, body = "br", brotli.compress(response.get_data(), quality=_QUALITY)
    elif accepted.quality("gzip") > 0:
        encoding, body = "gzip", gzip.compress(response.get_data(), 6, mtime=0)
    else:
        return response
    response.set_data(body)
    response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    return response
