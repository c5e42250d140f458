"""How the schema lies on several PostgreSQL machines with Citus: which table where, and why; and what is in the way.

Everything of a tenant lies on one machine, so that a transaction about a tenant is a transaction of one machine. What
everybody needs is copied to all. What has an order, a number or a lock of its own for all tenants together stays on the
coordinator. A test holds that every table has its place here, and that keys, references and queries keep to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

COLUMN = "tenant_id"
ANCHOR = "messages"
"""All others lie where their tenant's messages are."""

DISTRIBUTED: tuple[str, ...] = (
    ANCHOR,
    "message_events",
    "rollup_deltas",
    "rollup_totals",
    "rollup_daily",
    "rollup_senders",
    "rollup_sender_totals",
    "rollup_destinations",
    "rollup_sender_destinations",
    "rollup_hours",
    "rollup_sender_hours",
    "rollup_latency",
    "rollup_latency_totals",
    "rollup_sender_latency",
    "tenant_revisions",
    "ledger_balances",
    "ledger_entries",
    "tenant_prices",
    "billing_settings",
    "invoices",
    "invoice_lines",
    "invoice_messages",
    "idempotency_keys",
    "message_references",
    "call_limits",
    "api_keys",
    "api_key_usage",
    "refused_calls",
    "audit_events",
    "internal_reads",
    "saved_views",
    "platform_events",
    "webhook_endpoints",
    "webhook_deliveries",
    "webhook_attempts",
    "webhook_hours",
    "inbound_messages",
    "import_runs",
    "import_receipts",
    "simulated_receipts",
    "health_scores",
    "health_current",
    "nps_answers",
    "ticket_days",
    "tenant_notes",
    "tenant_note_versions",
    "qbr_comments",
)
"""Parents before the tables that refer to them."""

REFERENCE: Mapping[str, str] = {
    "tenants": "every policy and every rollup asks for the account's time zone",
    "users": "found by an address that is unique among all tenants; policies ask for the actor",
    "tam_assignments": "policies ask who looks after whom",
    "error_codes": "the same for every tenant",
    "default_prices": "the list price, the same for every tenant",
    "health_weights": "the same for every tenant",
    "message_retention": "one row, asked with every page of the log",
    "incidents": "those of everyone have no tenant, and stand in each tenant's charts",
    "inbound_numbers": "a number belongs to one tenant only, which no tenant's machine could tell by itself",
    "ticket_accounts": "an organisation belongs to one tenant only",
}

LOCAL: Mapping[str, str] = {
    "oidc_clients": "sign-in: of persons and their browsers, before any tenant is known",
    "oidc_signing_keys": "sign-in",
    "oidc_sessions": "sign-in: found by a hash that is unique among all",
    "oidc_families": "sign-in",
    "oidc_codes": "sign-in: used once, among all",
    "oidc_refresh_tokens": "sign-in: used once, among all",
    "oidc_denylist": "sign-in",
    "oidc_logout_notices": "sign-in",
    "oidc_login_attempts": "sign-in: attempts are counted by address and name, not by tenant",
    "outbound_messages": "a queue: who is served next is decided among all tenants, in one locked look",
    "event_outbox": "a queue with one order for all tenants; some events a day",
    "unrouted_messages": "from phones, of nobody yet",
    "invoice_numbers": "numbers without gaps, one series a month",
    "message_exports": "a row asks for its job in its own transaction, and the queue of jobs is here",
    "qbr_reports": "a row asks for its job in its own transaction",
    "health_runs": "a row asks for its job in its own transaction",
    "shared_folders": "of workers",
    "alembic_version": "of the schema",
    "procrastinate_jobs": "the queue of jobs",
    "procrastinate_events": "the queue of jobs",
    "procrastinate_periodic_defers": "the queue of jobs",
    "procrastinate_workers": "the queue of jobs",
}

SETTINGS: Mapping[str, str] = {
    "citus.propagate_set_commands": "local",
    "citus.enable_unsafe_triggers": "off",
}
"""Set for the connection that distributes; a transaction's settings must reach the machines for their policies."""


def statements() -> Iterator[str]:
    """The statements, in the order in which they must be run, each without its semicolon."""
    for name, value in SETTINGS.items():
        yield f"SET {name} = '{value}'"
    for table in REFERENCE:
        yield f"SELECT create_reference_table('{table}')"
    for table in LOCAL:
        # With this, other machines know of it too; what refers to a reference table would be taken along in any case.
        if table != "alembic_version":
            yield f"SELECT citus_add_local_table_to_metadata('{table}')"
    for table in DISTRIBUTED:
        beside = "none" if table == ANCHOR else ANCHOR
        yield f"SELECT create_distributed_table('{table}', '{COLUMN}', colocate_with => '{beside}')"


def is_installed(connection: Connection) -> bool:
    """Whether the database has Citus's functions."""
    return bool(connection.execute(text("SELECT to_regproc('create_distributed_table') IS NOT NULL")).scalar())


def obstacles(connection: Connection) -> list[str]:
    """What Citus refuses, or would do on each shard by itself, in words for the operator.

    A trigger of a distributed table runs on the shard; one for each statement runs once for every shard that the
    statement touches, and what it writes elsewhere is not part of the transaction on all versions. None is taken along
    without a person having looked at it.
    """
    rows = connection.execute(_TRIGGERS, {"tables": [*DISTRIBUTED, *REFERENCE]})
    return [
        f"the trigger {row.tgname} of {row.relname} has to become a part of the statements that fire it" for row in rows
    ]


_TRIGGERS = text("""
    SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relname = ANY (:tables) ORDER BY 1, 2""")
