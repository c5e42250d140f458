"""Requests to callbacks as somebody would forge them: the right shape, values that would work, ids of one's choice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.support.api_world import PASSWORD

# What a form's fields are given; a callback whose fields are not here cannot succeed, and its test says so.
FIELDS: dict[str, Any] = {
    "name": "Forged",
    "scopes": ["sms:read"],
    "mode": "live",
    "expiresAt": "365",
    "allowedIps": "",
    "graceSeconds": "0",
    "threshold": "500",
    "currentPassword": PASSWORD,
    "url": "https://hooks.example.com/forged",
    "description": "Forged",
    "events": ["message.failed"],
    "eventType": "message.sent",
    "overlapSeconds": "3600",
    "since": "2026-11-01T00:00:00+00:00",
    "format": "csv",
    "includeText": [],
    "newPassword": "a sentence only I know",
    "from": "BANK",
    # Weights, and the version they replace.
    "delivery": 30,
    "holds": 20,
    "payments": 20,
    "tickets": 15,
    "nps": 15,
    "reason": "Forged",
    "score": 9,
    "comment": "Forged",
    "basedOn": "1",
    "body": "Forged",
    "organisation": "Forged",
    "summary": "Forged",
    "language": "en",
}
# Forms whose fields hold no ids, whatever they are called.
NAMES_NOTHING = frozenset({"health-weights-form"})
# Boxes beside rows, which are chosen by ticking them.
TICKED = frozenset({"assignments-row"})
# By property, for components that are no form's fields.
PROPERTIES: dict[str, Any] = {"n_clicks": 1, "n_intervals": 1, "pathname": "/dashboard"}


@dataclass(frozen=True)
class Aim:
    """Whose things a forged request names: ids by the names that fields and patterns have for them."""

    tenant_id: str
    ids: Mapping[str, str]


@dataclass(frozen=True)
class Forged:
    """``aimed``: the request names something by its id, so another id makes another request."""

    body: dict[str, Any]
    aimed: bool


def forge(callback: Mapping[str, Any], outputs: list[Any], aim: Aim, **properties: Any) -> Forged:
    """The request that the renderer would send, with one component for each pattern."""
    used: list[str] = []
    parts = {
        kind: [_part(entry, aim, used, properties) for entry in callback[source]]
        for kind, source in (("inputs", "inputs"), ("state", "state"))
    }
    first = parts["inputs"][0]
    first = first[0] if isinstance(first, list) else first
    name = (
        json.dumps(first["id"], sort_keys=True, separators=(",", ":")) if isinstance(first["id"], dict) else first["id"]
    )
    listed = [{"id": _own(output.component_id), "property": output.component_property} for output in outputs]
    body = {
        "output": callback["output"],
        "outputs": listed if callback["output"].startswith("..") else listed[0],
        "changedPropIds": [f"{name}.{first['property']}"],
        **parts,
    }
    return Forged(body, bool(used))


def _part(entry: Mapping[str, Any], aim: Aim, used: list[str], properties: Mapping[str, Any]) -> Any:
    component_id, prop = entry["id"], entry["property"]
    pattern = json.loads(component_id) if component_id.startswith("{") else component_id
    if not isinstance(pattern, dict):
        if prop == "data" and pattern in aim.ids:
            used.append(str(pattern))
        return {"id": pattern, "property": prop, "value": _value(str(pattern), prop, aim, properties)}
    named = {key: _chosen(key, value, aim, used) for key, value in pattern.items()}
    value = properties.get(prop, PROPERTIES.get(prop))
    if prop == "value" and "field" in named:
        field = named["field"]
        ids = {} if named.get("form") in NAMES_NOTHING else aim.ids
        if field in ids:
            used.append(field)
        value = ids.get(field, _unlike_any(field) or FIELDS.get(field))
    if prop == "id":
        value = named
    elif prop == "value" and named.get("type") in TICKED:
        value = True
    one = {"id": named, "property": prop, "value": value}
    return [one] if any(isinstance(value, list) for value in pattern.values()) else one


def _unlike_any(field: str) -> str | None:
    """For what has to be another each time: taken addresses are refused, and numbers tell whose a message is."""
    if field == "to":
        return f"+9370{uuid4().int % 10**7:07d}"
    return f"{uuid4().hex}@forged.example" if field == "email" else None


def _chosen(key: str, value: Any, aim: Aim, used: list[str]) -> Any:
    if not isinstance(value, list):
        return value
    if key in aim.ids:
        used.append(key)
    return aim.ids.get(key, "x")


def _value(component_id: str, prop: str, aim: Aim, properties: Mapping[str, Any]) -> Any:
    if prop in properties:
        return properties[prop]
    if prop in PROPERTIES:
        return PROPERTIES[prop]
    if prop == "data" and component_id in aim.ids:
        return aim.ids[component_id]
    if component_id.endswith("-submit"):
        return uuid4().hex  # the idempotency key
    if prop in ("search", "data") and not component_id.endswith("revision"):
        return f"?tenantId={aim.tenant_id}"
    return None


def _own(component_id: Any) -> Any:
    return dict(component_id) if isinstance(component_id, dict) else str(component_id)


__all__ = ["Aim", "Forged", "forge"]
