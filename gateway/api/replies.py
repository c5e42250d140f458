"""Successful answers: orjson bytes, entity tags, 304."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Response, request
from pydantic import BaseModel


def json_bytes(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return orjson.dumps(value)


def reply(
    answer: BaseModel, status: int = 200, *, etag: str | None = None, cache: str = "private, no-cache"
) -> Response:
    """`answer` as JSON. With `etag` (from `revision_tag`) the client may revalidate; without, nothing is stored."""
    return reply_json(answer.model_dump(mode="json", by_alias=True), status, etag=etag, cache=cache)


def reply_json(
    answer: Any, status: int = 200, *, etag: str | None = None, cache: str = "private, no-cache"
) -> Response:
    """`reply` of what is JSON already: of rows of which a model each would cost more than reading them did."""
    response = Response(json_bytes(answer), status, mimetype="application/json")
    if etag is None:
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = cache
    return response


def revision_tag(*parts: object) -> str:
    """A weak entity tag of everything the answer depends on.

    Weak, because it is computed from the tenant's revision and the query *before* the answer is: that is what makes a
    304 cost one small statement. `request.full_path` is always part of it.
    """
    text = "\x1f".join([request.full_path, request.headers.get("Accept-Language", ""), *(str(part) for part in parts)])
    return f'W/"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def not_modified(etag: str) -> Response | None:
    """The 304 to send when the client already has `etag`, else None."""
    if not request.if_none_match.contains_weak(etag.removeprefix("W/").strip('"')):
        return None
    response = Response(status=304)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response
