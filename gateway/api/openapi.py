"""The published OpenAPI document: generated from the models and handlers, finished here, never written by hand."""

from __future__ import annotations

from typing import Any

import orjson
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from gateway.api.documents import problem
from gateway.api.models.ingestion import IngestedMessage, IngestedReceipt
from gateway.api.models.problem import ProblemDetails
from gateway.api.models.sending import SendBody
from gateway.api.next_calls import add_links
from gateway.api.permissions import PERMISSIONS, Door

VERSION = "1.0.0"
TITLE = "Messaging platform"
DESCRIPTION = """\
The platform's REST API. JSON with camelCase names; times are RFC 3339 in UTC; money is decimal text
with its currency.

**Callers.** `Authorization: Bearer <access token>`. The account is the one in the token; internal users name one with
`tenantId`. 401 without a valid token, 403 without a fitting role, 404 for anything that is another account's.

**Programs** send `Authorization: Bearer gsk_live_…` or `gsk_test_…` to the calls that name a scope. 401 for a key that
is not known, revoked or expired, from its very next call on; 403 without the scope or from another address than
allowed. A test key sends to the simulator only and costs nothing.

**Limits.** An account, a person, a key may read and write so many times a minute each. `RateLimit-Policy` and
`RateLimit` (draft-ietf-httpapi-ratelimit-headers) tell how many and what is left. Beyond them a call is 429 with
`Retry-After`, and nothing of it has happened. Calls without a valid token or key are limited by address.

**Errors** are RFC 9457 `application/problem+json` with a stable `code`, every field's problem at once in `errors`, and
the `requestId` that is also in the header `X-Request-Id`. Unknown parameters are refused (422).

**Lists** take `limit` (1–200) and `cursor`; go on while `nextCursor` is not null. A cursor belongs to its filters.

**Links.** Each answer that names something links to the calls that can be asked about it.

**Revalidation.** Answers with an `ETag` may be asked for again with `If-None-Match`; 304 costs next to nothing.
"""
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of the identity service, RS256, see `/.well-known/openid-configuration`.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key with the scope named, see `POST /v1/api-keys`.",
    },
    "client": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of a registered client itself (grant `client_credentials`) with the scope"
        " `revisions:read`; no other call takes it.",
    },
    "ingest": {"type": "http", "scheme": "bearer", "description": "The token shared by the platform's own services."},
}
_REQUEST_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "required": False,
    "description": "Your id for this request, 8–128 letters, digits, `.`, `_`, `-`; another form is replaced.",
    "schema": {"type": "string"},
}
_LIMIT_HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Policy": {
        "description": "The limits the call was counted in: `q` calls in `w` seconds each.",
        "schema": {"type": "string", "examples": ['"account-reads";q=30000;w=60, "person-reads";q=12000;w=60']},
    },
    "RateLimit": {
        "description": "What is left of them: `r` calls, which spread over `t` seconds meet no limit.",
        "schema": {"type": "string", "examples": ['"account-reads";r=29400;t=59, "person-reads";r=11999;t=60']},
    },
    "Retry-After": {"description": "Seconds after which to come back.", "schema": {"type": "integer", "minimum": 1}},
}
_JUDGED: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("IngestBody", IngestedMessage, "messages"),
    ("IngestBody", IngestedReceipt, "receipts"),
    ("BatchBody", SendBody, "messages"),
)
_REQUEST_ID_HEADER = {"description": "The id of this request.", "schema": {"type": "string"}}


def describe(app: OpenAPI) -> dict[str, Any]:
    """The document of an application whose resources are all registered."""
    document: dict[str, Any] = app.api_doc
    document["components"]["headers"] = _LIMIT_HEADERS
    schemas = document["components"]["schemas"]
    for name, schema in _definitions(ProblemDetails).items():
        schemas[name] = schema
    for unused in ("ValidationErrorModel", "UnprocessableEntity"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        # Each definition has a place of its own in the components; the copies inside would only be noise.
        schema.pop("$defs", None)
    for whole, model, field in _JUDGED:
        # Items are judged one by one, so the body's schema takes any object; what an item should be is said beside it.
        schemas.update(_definitions(model, mode="validation"))
        items = schemas[whole]["properties"][field]["items"]
        items.update({"description": f"See {model.__name__}.", "x-item": f"#/components/schemas/{model.__name__}"})
    for route, path in document["paths"].items():
        for method, operation in path.items():
            rule = PERMISSIONS.get((method.upper(), route.replace("{", "<").replace("}", ">")))
            if rule is not None and rule.scope is not None:
                operation["security"] = [*operation["security"], {"apiKey": [rule.scope]}]
            for parameter in operation.setdefault("parameters", []):
                parameter["schema"] = _as_parameter(parameter["schema"])
            operation["parameters"].append(_REQUEST_ID)
            for media, content in operation.get("requestBody", {}).get("content", {}).items():
                if rule is not None and media == rule.media != "application/json":
                    content.pop("schema")  # whatever bytes there are: OpenAPI 3.1, 4.8.14.3
            limited = rule is not None and rule.door in {Door.BEARER, Door.INGEST}
            if limited:
                operation["responses"]["429"] = problem(429)
            for status, answer in operation["responses"].items():
                told = ("RateLimit-Policy", "RateLimit") if limited else ()
                again = ("Retry-After",) if status == "429" else ()
                answer.setdefault("headers", {}).update(
                    {"X-Request-Id": _REQUEST_ID_HEADER}
                    | {name: {"$ref": f"#/components/headers/{name}"} for name in (*told, *again)}
                )
    add_links(document)
    return document


def document() -> str:
    """The document as text, sorted and indented so that changes can be read; needs no database."""
    from gateway.api.app import describe_only

    return orjson.dumps(describe_only(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _definitions(model: type[BaseModel], mode: JsonSchemaMode = "serialization") -> dict[str, Any]:
    schema = model.model_json_schema(mode=mode, ref_template="#/components/schemas/{model}")
    definitions: dict[str, Any] = schema.pop("$defs", {})
    return {**definitions, model.__name__: schema}


def _as_parameter(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is absent or has a value: there is no way to write null in a query."""
    kept = {name: value for name, value in schema.items() if name not in {"title", "description", "anyOf"}}
    if kept.get("default", ...) is None:
        del kept["default"]
    parts = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    if len(parts) == 1:
        return {**parts[0], **kept}
    return {**kept, "anyOf": parts} if parts else kept
