"""What the crawler is fed of the API: the contract's calls with values that go through, so that what it puts in their place
is the only thing wrong with a call.

A crawler reads names and types out of a contract and makes up the rest; calls with made-up ids, dates and cursors are
refused before anything looks at the value under attack.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import requests

# Lists whose first entry gives the id that other calls need.
LISTS = {
    "messageId": "messages",
    "endpointId": "webhooks",
    "invoiceId": "billing/invoices",
    "keyId": "api-keys",
    "viewId": "views",
    "exportId": "messages/exports",
}
FILTER: dict[str, Any] = {"status": ["failed"], "operator": ["Roshan"], "q": "failed"}
BODIES: dict[str, dict[str, Any]] = {
    "create_api_key": {"name": "Crawler", "scopes": ["sms:read"], "mode": "test"},
    "change_api_key": {"name": "Crawler"},
    "rotate_api_key": {"graceSeconds": 3600},
    "set_low_balance": {"threshold": "500"},
    "change_me": {"timeZone": "Asia/Kabul", "locale": "en"},
    "change_password": {"currentPassword": "not it", "newPassword": "a sentence of the crawler"},
    "send_message": {"to": "+93701234500", "from": "BANK", "body": "From the crawler"},
    "send_batch": {"messages": [{"to": "+93701234500", "from": "BANK", "body": "From the crawler"}]},
    "preview_message": {"to": "+93701234500", "from": "BANK", "body": "From the crawler"},
    "create_export": {"filter": FILTER, "format": "csv"},
    "create_view": {"filter": FILTER, "name": "Crawler"},
    "change_view": {"filter": FILTER, "name": "Crawler"},
    "create_webhook": {
        "url": "https://hooks.example.com/crawler",
        "events": ["message.failed"],
        "description": "Crawler",
    },
    "change_webhook": {"url": "https://hooks.example.com/crawler", "description": "Crawler"},
    "recover_webhook": {"since": "2026-11-01T00:00:00Z"},
    "rotate_webhook_secret": {"overlapSeconds": 3600},
    "test_webhook": {"eventType": "message.failed"},
    "answer_nps": {"score": 9, "comment": "From the crawler"},
}
QUERY = {"q": "failed", "operator": "Roshan", "senderId": "BANK", "errorCode": "0x000b", "country": "AF", "destination": "Roshan",
         "to": "+93701234500", "weekday": 1, "hour": 10}  # fmt: skip
# No made-up value goes through, so nothing behind them would be reached; fuzzing draws them from links instead.
_UNFED = frozenset({"cursor", "page", "invoiceLineId", "tenant", "tenantId", "person", "apiKeyId", "expires", "signature",
                    "messageId", "since", "until", "from", "startDate", "endDate"})  # fmt: skip
# Forms of signing in; the crawler knows them by what its own reader calls formData.
FORMS: dict[str, dict[str, str]] = {
    "/v1/auth/oidc/token": {
        "grant_type": "authorization_code", "code": "x", "redirect_uri": "https://portal.example/", "client_id": "portal",
        "client_secret": "x", "code_verifier": "x",
    },
    "/v1/auth/oidc/revoke": {"token": "x", "token_type_hint": "refresh_token", "client_id": "portal", "client_secret": "x"},
    "/v1/auth/refresh": {"refreshToken": "x"},
}  # fmt: skip


def ids_of(gateway_url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Ids of things there are; a view and an export are made where there is none."""
    made = {name: BODIES[name] for name in ("create_view", "create_export")}
    for path, body in zip(("views", "messages/exports"), made.values(), strict=True):
        requests.post(f"{gateway_url}/v1/{path}", json=body, headers=headers, timeout=30).raise_for_status()
    found = {}
    for name, path in LISTS.items():
        found[name] = _first(f"{gateway_url}/v1/{path}", headers, name)
    found["deliveryId"] = _first(f"{gateway_url}/v1/webhooks/{found['endpointId']}/deliveries", headers, "deliveryId")
    found["reportId"] = str(UUID(int=0))  # a report's file is reached by a signed address only
    return found


def _first(url: str, headers: Mapping[str, str], name: str) -> str:
    answer = requests.get(url, headers=headers, timeout=30)
    answer.raise_for_status()
    return next(
        str(entry[name]) for entry in next(value for value in answer.json().values() if isinstance(value, list))
    )


def fed(document: Mapping[str, Any], ids: Mapping[str, str], server: str) -> dict[str, Any]:
    """The contract as the crawler is to read it. Nothing in it deletes, which would end what other calls are about, or is
    for internal people, who are not whom the token is of."""
    paths: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            if method == "delete" or path.startswith("/v1/internal/"):
                continue
            parameters = [_valued(each, ids) for each in call.get("parameters", []) if each["name"] not in _UNFED]
            entry: dict[str, Any] = {"parameters": [each for each in parameters if each["in"] in ("path", "query")]}
            if call["operationId"] in BODIES:
                entry["requestBody"] = {
                    "content": {"application/json": {"schema": schema_of(BODIES[call["operationId"]])}}
                }
            paths.setdefault(path, {})[method] = entry
    for path, fields in FORMS.items():
        parameters = [
            {"in": "formData", "name": name, "type": "string", "default": value} for name, value in fields.items()
        ]
        paths[path] = {"post": {"parameters": parameters}}
    return {"openapi": "3.1.0", "servers": [{"url": server}], "paths": paths}


def _valued(parameter: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    given = copy.deepcopy(dict(parameter))
    schema = given["schema"]
    inner = schema["items"] if schema.get("type") == "array" else schema
    value = ids.get(given["name"]) if given["in"] == "path" else QUERY.get(given["name"])
    value = value or inner.get("default") or next(iter(inner.get("enum", [])), None)
    given["schema"] = {"type": "string", "default": "x" if value is None else value}
    return given


def schema_of(value: Any) -> dict[str, Any]:
    """A schema whose only example is ``value``."""
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: schema_of(each) for name, each in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": schema_of(value[0])}
    kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
    return {"type": kind, "default": value}


def read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        return dict(json.load(file))
