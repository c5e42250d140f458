"""How each answer is documented: every call has the same problems, declared once."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from gateway.api.problems import MEDIA_TYPE

_PROBLEM: Mapping[str, Any] = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
_DESCRIPTIONS = {
    401: "No valid access token.",
    402: "The balance does not hold the price; `detail` says how much is missing.",
    403: "The caller's roles do not permit the call.",
    409: "The call does not fit what the thing has become; `detail` says why.",
    404: "There is no such thing, or it belongs to somebody else.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "One or more fields are not valid; all of them are named.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "A part this call needs does not answer; `Retry-After` says when to try again.",
}
_ETAG = {"description": "Revalidate with If-None-Match.", "schema": {"type": "string"}}
Security = list[dict[str, list[Any]]]
Answers = dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None]
BEARER: Security = [{"bearer": []}]
INGEST: Security = [{"ingest": []}]
CLIENT: Security = [{"client": []}]


def problem(status: int) -> dict[str, Any]:
    """The documentation of one kind of problem."""
    return {"description": _DESCRIPTIONS[status], **_PROBLEM}


def answers(
    model: type[BaseModel] | None,
    *extra: int,
    etag: bool = False,
    created: bool = False,
    accepted: bool = False,
    statuses: tuple[int, ...] = (401, 403, 404, 422, 503),
) -> Answers:
    """The answers of a call: its model (201 when it makes something, 202 when it only begins to; None: 204, nothing to
    say), 304 when it has an entity tag, and the problems all calls share."""
    success = 201 if created else 202 if accepted else 200
    found: Answers = {success: model} if model is not None else {204: {"description": "Done."}}
    if etag:
        found[304] = {"description": "Not changed since the entity tag given.", "headers": {"ETag": _ETAG}}
    for status in sorted({*statuses, *extra}):
        found[status] = problem(status)
    return found


def done(*extra: int, statuses: tuple[int, ...] = (401, 403, 404, 422, 503)) -> Answers:
    """The answers of a call that has nothing to say when it succeeds."""
    found: Answers = {204: {"description": "Done."}}
    for status in sorted({*statuses, *extra}):
        found[status] = problem(status)
    return found


def operation_id(*, bp_name: str = "", name: str = "", path: str = "", method: str = "") -> str:
    """The handler's name: short and stable, since clients generate method names from it."""
    return name


def blueprint(name: str, import_name: str, tag: str, *, prefix: str = "/v1", security: Any = None) -> APIBlueprint:
    """A resource's blueprint below `prefix`."""
    return APIBlueprint(
        name,
        import_name,
        url_prefix=prefix,
        abp_tags=[Tag(name=tag)],
        abp_security=BEARER if security is None else security,
        operation_id_callback=operation_id,
    )
