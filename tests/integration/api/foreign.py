"""What another tenant has: its things marked with words that are nobody else's, its ids, and all that its rows hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from gateway.carriers import inbound
from gateway.domain import ids
from gateway.domain.inbound import Inbound
from gateway.store import ledger
from gateway.store.notes import Writer, create_note
from gateway.store.tenancy import tenant_transaction
from tests.support.api_calls import CALLS, Call, Unregistered, call_of
from tests.support.api_world import NOW, World

MARK = "only-of-{}"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")  # numbers of invoices begin so too, and are in examples
_SHORTEST = 8  # shorter words are in other people's data by chance
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    " AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
)


@dataclass(frozen=True)
class Foreign:
    """Ids of one tenant's things by the names that parameters have for them, its places in lists, and its words."""

    ids: Mapping[str, str]
    cursors: Mapping[str, str]
    words: frozenset[str]


def mark(world: World, tenant: UUID, who: str) -> None:
    """Give the tenant one thing of every kind that holds a word of its own."""
    word = MARK.format(who)
    client = world.client(who)
    for path, body in (
        ("/v1/api-keys", {"name": f"key {word}", "scopes": ["sms:read"]}),
        ("/v1/webhooks", {"url": f"https://{word}.example.com/", "events": ["message.sent"], "description": word}),
        ("/v1/views", {"name": f"view {word}", "filter": {"q": word}}),
        ("/v1/messages/exports", {"format": "csv", "filter": {"q": word}}),
        ("/v1/messages", {"to": "+93700000900", "from": f"A{who[:9]}", "body": f"text {word}"}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code < 300, (path, answer.json)
    with world.worker_engine.begin() as connection:  # as if it had been written: few may wait at a time
        connection.exec_driver_sql("UPDATE message_exports SET status = 'failed', problem = 'internal'")
    hook = marked_endpoint(world, who)
    for _ in range(2):  # two, so that a page of one has a next
        assert client.post(f"/v1/webhooks/{hook}/test", json={"eventType": "message.sent"}).status_code == 201
    with tenant_transaction(world.api_engine, tenant) as connection:
        for number in range(2):
            told = Inbound("kannel", f"{word}-{number}", NOW, "+93700000901", "3030", "text", f"in {word}")
            inbound.receive(connection, tenant, "", told)
    with world.worker_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO health_runs (tenant_id, days, asked_at) VALUES (%(tenant)s, 1, %(at)s)",
            {"tenant": tenant, "at": NOW},
        )
        for number in range(2):
            create_note(connection, tenant, f"note {number} {word}", Writer(tenant, f"author {word}", NOW))
        connection.exec_driver_sql(
            "INSERT INTO qbr_comments (tenant_id, period, version, texts, changed_at, changed_by, changed_by_name)"
            " VALUES (%(tenant)s, '2026-Q3', 1, jsonb_build_object('plan', %(word)s::text), %(at)s, gen_random_uuid(), %(word)s)",
            {"tenant": tenant, "at": NOW, "word": f"review {word}"},
        )
        for number in range(2):
            connection.exec_driver_sql(
                "INSERT INTO qbr_reports (tenant_id, period, language, comments_version, created_by, created_by_name,"
                " created_at, status, problem) VALUES (%(tenant)s, '2026-Q3', 'en', 0, gen_random_uuid(), %(word)s,"
                " %(at)s, 'failed', 'internal')",
                {"tenant": tenant, "at": NOW, "word": f"asker {number} {word}"},
            )
        ledger.credit_sla(connection, tenant, Decimal("23.4567"), f"outage {word}", NOW)
        ledger.top_up(connection, tenant, Decimal("123.4567"), f"receipt {word}", NOW)
        for number in range(2):
            connection.exec_driver_sql(
                "INSERT INTO refused_calls (tenant_id, key_id, at, method, route, status, code, request_id)"
                " SELECT tenant_id, key_id, %(at)s, 'GET', '/v1/messages', 403, 'scope_missing', %(word)s"
                " FROM api_keys WHERE tenant_id = %(tenant)s LIMIT 1",
                {"tenant": tenant, "at": NOW, "word": f"request-{word}-{number}"},
            )


def marked_endpoint(world: World, who: str) -> str:
    found = world.client(who).get("/v1/webhooks").json["items"]
    return str(next(item["endpointId"] for item in found if MARK.format(who) in item["url"]))


def make_room(world: World) -> None:
    """Nothing but what was marked is left of that of which an account may keep so many."""
    with world.worker_engine.begin() as connection:
        for table, told in (("message_exports", "asked"), ("saved_views", "name"), ("webhook_endpoints", "url")):
            if table == "webhook_endpoints":
                made = f"SELECT endpoint_id FROM {table} WHERE position('only-of' in url) = 0"
                connection.exec_driver_sql(f"DELETE FROM webhook_deliveries WHERE endpoint_id IN ({made})")
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE position('only-of' in {told}::text) = 0")


def of(world: World, tenant: UUID, who: str, own: UUID) -> Foreign:
    """All of ``tenant`` that whoever belongs to ``own`` must not see; ``who`` is an owner of it."""
    strings, ours = set(_strings(world, tenant)), set(_strings(world, own))
    named = _ids(world, tenant, who)
    # What the tests themselves write into requests is in their own exports, views and audit log afterwards.
    known = {*named.values(), str(ids.decode(named["messageId"])), str(own)}
    words = frozenset(word for word in strings - ours - known if len(word) >= _SHORTEST and not _MOMENT.match(word))
    assert any(MARK.format(who) in word for word in words)
    return Foreign(named, _cursors(world, who), words)


def _strings(world: World, tenant: UUID) -> Iterator[str]:
    """Every text in every row of the tenant, ids of messages as they are written outside too."""
    for (table,) in world.sql(_TABLES):
        for (row,) in world.sql(f"SELECT to_jsonb(t) FROM {table} t WHERE tenant_id = :tenant", tenant=tenant):
            for name, value in _leaves(row):
                yield value
                if name == "message_id":
                    yield ids.encode(UUID(value))


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)


def _ids(world: World, tenant: UUID, who: str) -> dict[str, str]:
    def one(column: str, table: str, more: str = "") -> str:
        return str(world.sql(f"SELECT {column} FROM {table} WHERE tenant_id = :t {more} LIMIT 1", t=tenant)[0][0])

    # Of the marked ones: the others make room.
    endpoint = one("endpoint_id", "webhook_endpoints", "AND position('only-of' in url) > 0")
    delivery = one("delivery_id", "webhook_deliveries", f"AND endpoint_id = '{endpoint}'")
    message = ids.encode(UUID(one("message_id", "messages")))
    key = one("key_id", "api_keys", "ORDER BY created_at DESC")
    session = CALLS[("DELETE", "/v1/auth/sessions/<sessionId>")].make(world, who)["sessionId"]
    return {
        "tenantId": str(tenant),
        "keyId": key,
        "apiKeyId": key,
        "messageId": message,
        "q": message,
        "to": one("recipient", "messages"),
        "exportId": one("export_id", "message_exports", "AND position('only-of' in asked::text) > 0"),
        "viewId": one("view_id", "saved_views", "AND position('only-of' in name) > 0"),
        "endpointId": endpoint,
        "deliveryId": delivery,
        "invoiceId": one("invoice_id", "invoices"),
        "invoiceLineId": one("line_id", "invoice_lines"),
        "sessionId": session,
        "noteId": one("note_id", "tenant_notes"),
        **dict.fromkeys(("actorId", "tamId"), one("user_id", "users")),
        "runId": one("run_id", "health_runs"),
        "jobId": one("report_id", "qbr_reports"),
    }


def _cursors(world: World, who: str) -> dict[str, str]:
    """By route, the place after the first of the tenant's items, as the tenant itself is told it."""
    found = {}
    for route, path in lists(world, who):
        answer = world.client(who).get(path, query_string={"limit": 1})
        if answer.status_code == 200 and answer.json["nextCursor"]:
            found[route] = answer.json["nextCursor"]
    return found


def lists(world: World, who: str) -> Iterator[tuple[str, str]]:
    """Every list with pages, as a route and as a path about something of the person's tenant."""
    paths = world.app.extensions["gateway-openapi"]["paths"]
    for template, methods in paths.items():
        named = {each["name"] for each in methods.get("get", {}).get("parameters", ())}
        if "cursor" in named:
            path = template
            if "{endpointId}" in path:
                path = path.replace("{endpointId}", marked_endpoint(world, who))
            yield template.replace("{", "<").replace("}", ">"), path


def valid_call(method: str, route: str) -> Call:
    """The valid call of a route; reads need no line in the table."""
    try:
        return call_of(method, route)
    except Unregistered:
        return Call()
