"""What can be asked next: OpenAPI links from an answer to the calls that its ids are for, so that nobody has to guess.

Links are written for whole things (an API key, an export): for each call whose answer names one, and each call that can
be asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Operation = dict[str, Any]
# What an answer cannot do without when it is read on: internal users name the account again and again.
_CARRIED = "tenantId"
# A list's place; a cursor belongs to its filters, so these alone change from one page to the next.
_PLACE = frozenset({"cursor", "page", "limit"})


@dataclass(frozen=True)
class Thing:
    """Something with ids: the calls whose answers name it, with where each parameter stands in them, and the calls that
    can be asked about it. `renamed` is how single calls name the parameter differently."""

    named_by: Mapping[str, Mapping[str, str]]
    asked_by: tuple[str, ...]
    renamed: Mapping[str, Mapping[str, str]]


def _thing(named_by: Mapping[str, Mapping[str, str]], *asked_by: str, **renamed: Mapping[str, str]) -> Thing:
    return Thing(named_by, (*asked_by, *renamed), renamed)


def _body(**places: str) -> dict[str, str]:
    return {name: f"$response.body#/{place}" for name, place in places.items()}


_FIRST_TENANT = _body(tenantId="items/0/tenantId")


def _same_tenant(**places: str) -> dict[str, str]:
    """What stands in an answer about the tenant that the request's path named."""
    return {"tenantId": "$request.path.tenantId", **_body(**places)}


_SAME_QUARTER = {**_same_tenant(), "period": "$request.query.period"}
THINGS = (
    _thing(
        {
            **dict.fromkeys(("create_api_key", "rotate_api_key", "change_api_key"), _body(keyId="keyId")),
            # Afterwards the key can still be looked at.
            "revoke_api_key": _body(keyId="keyId"),
            "list_api_keys": _body(keyId="items/0/keyId"),
            "list_refused_calls": _body(keyId="items/0/apiKeyId"),
        },
        *("get_api_key", "change_api_key", "rotate_api_key", "revoke_api_key", "get_api_key_usage"),
        list_refused_calls={"keyId": "apiKeyId"},
    ),
    _thing(
        {
            **dict.fromkeys(
                ("create_webhook", "change_webhook", "rotate_webhook_secret"), _body(endpointId="endpointId")
            ),
            "list_webhooks": _body(endpointId="items/0/endpointId"),
        },
        *("get_webhook", "change_webhook", "delete_webhook", "rotate_webhook_secret", "test_webhook"),
        *("list_webhook_deliveries", "recover_webhook"),
    ),
    _thing(
        {
            **dict.fromkeys(
                ("test_webhook", "resend_webhook_delivery"), _body(endpointId="endpointId", deliveryId="deliveryId")
            ),
            "list_webhook_deliveries": _body(endpointId="items/0/endpointId", deliveryId="items/0/deliveryId"),
        },
        *("get_webhook_delivery", "resend_webhook_delivery"),
    ),
    _thing(
        {
            "send_message": _body(messageId="messageId"),
            "send_batch": _body(messageId="results/0/messageId"),
            "list_messages": _body(messageId="items/0/messageId"),
            "list_ledger": _body(messageId="items/0/messageId"),
            "get_webhook_delivery": _body(messageId="messageId"),
        },
        "get_message",
    ),
    _thing(
        {"create_export": _body(exportId="exportId"), "list_exports": _body(exportId="items/0/exportId")},
        *("get_export", "delete_export"),
    ),
    _thing(
        {
            **dict.fromkeys(("create_view", "change_view"), _body(viewId="viewId")),
            "list_views": _body(viewId="items/0/viewId"),
        },
        *("change_view", "delete_view"),
    ),
    _thing({"list_invoices": _body(invoiceId="items/0/invoiceId")}, "get_invoice", "get_invoice_pdf_url"),
    _thing({"get_invoice": _body(invoiceLineId="lines/0/lineId")}, "list_messages"),
    _thing({"list_sessions": _body(sessionId="items/0/sessionId")}, "end_session"),
    _thing(
        {"list_internal_tenants": _FIRST_TENANT},
        *("get_account", "get_summary", "list_messages", "list_invoices", "list_api_keys", "list_webhooks"),
        *("get_internal_tenant", "get_tenant_health", "recompute_tenant_health", "list_health_runs"),
        "start_preview",
        *("list_notes", "create_note", "get_assignments"),
        *("get_qbr_preview", "get_qbr_comments", "list_qbr_reports"),
        *("list_tenant_tickets", "link_tenant_tickets"),
    ),
    _thing(
        {
            **dict.fromkeys(("create_note", "change_note"), _same_tenant(noteId="noteId")),
            "list_notes": _same_tenant(noteId="items/0/noteId"),
        },
        *("change_note", "list_note_history"),
    ),
    _thing(
        {
            **dict.fromkeys(("create_note", "change_note"), _same_tenant(noteId="noteId", basedOn="version")),
            "list_notes": _same_tenant(noteId="items/0/noteId", basedOn="items/0/version"),
        },
        "delete_note",
    ),
    _thing(
        {
            **dict.fromkeys(("recompute_tenant_health", "recompute_all_health"), _body(runId="runId")),
            "list_health_runs": _body(runId="items/0/runId"),
        },
        "get_health_run",
    ),
    _thing(
        dict.fromkeys(("get_qbr_preview", "get_qbr_comments", "write_qbr_comments"), _SAME_QUARTER),
        *("get_qbr_preview", "get_qbr_comments", "write_qbr_comments", "export_qbr"),
    ),
    _thing(
        {"export_qbr": _body(jobId="jobId"), "list_qbr_reports": _body(jobId="items/0/jobId")},
        "get_qbr_job",
    ),
    _thing({"list_assignments": _FIRST_TENANT}, *("get_assignments", "set_assignments")),
    _thing({"set_assignments": _body(tenantId="tenantId")}, "get_assignments"),
    _thing({"change_assignments": {}}, "list_assignments"),
    _thing({"answer_nps": {}}, "get_nps_state"),
    _thing({"change_health_weights": {}}, "get_health_weights"),
    # What has no id: a change, and where it is seen.
    _thing({"set_low_balance": {}}, "get_account_balance"),
    _thing({"create_view": {}, "change_view": {}}, "list_views"),
    _thing({"change_me": {}}, "get_me"),
)


def add_links(document: dict[str, Any]) -> None:
    """Write every link into the document's answers."""
    operations: dict[str, Operation] = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    for source, target, parameters in _links(operations):
        told = {"operationId": target, **({"parameters": parameters} if parameters else {})}
        _success(operations[source]).setdefault("links", {})[_name(source, target)] = told


def _links(operations: Mapping[str, Operation]) -> Iterator[tuple[str, str, dict[str, str]]]:
    for thing in THINGS:
        for source, places in thing.named_by.items():
            for target in thing.asked_by:
                names = thing.renamed.get(target, {})
                parameters = {names.get(name, name): place for name, place in places.items()}
                carried = _parameters(operations[source]) & _parameters(operations[target]) & {_CARRIED}
                yield source, target, {**{name: f"$request.query.{name}" for name in carried}, **parameters}
    for name, operation in operations.items():
        kept = _parameters(operation)
        if "cursor" in kept:
            same = {each: f"$request.query.{each}" for each in sorted(kept - _PLACE)}
            about = {each: f"$request.path.{each}" for each in sorted(_parameters(operation, "path"))}
            yield name, name, {**about, **same, "cursor": "$response.body#/nextCursor"}


def _parameters(operation: Operation, where: str = "query") -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == where}


def _success(operation: Operation) -> dict[str, Any]:
    """The documented answer that has something to say."""
    found: dict[str, Any] = next(
        answer for status, answer in sorted(operation["responses"].items()) if status.startswith("2")
    )
    return found


def _name(source: str, target: str) -> str:
    return "next_page" if source == target and source.startswith("list_") else target
