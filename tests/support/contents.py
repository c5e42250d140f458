"""What a database holds, a word for each table: equal before and after whatever must change nothing."""

from __future__ import annotations

from typing import Any

from tests.support.api_world import World

# Calls that are refused leave a trace on purpose, and are counted; so does what the platform's own people read.
_UNSEEN = ["refused_calls", "api_key_usage", "call_limits", "internal_reads"]
# When a key was used last is written down a while after it was.
_ROW = "CASE relname WHEN 'api_keys' THEN $$(to_jsonb(t) - 'last_used_at')::text$$ ELSE 't::text' END"
_READS = "CASE relname WHEN 'audit_events' THEN $$action NOT LIKE '%.viewed'$$ ELSE 'true' END"


def contents(world: World) -> dict[str, str]:
    """Everything in every table that the worker may read."""
    tables = world.sql(
        "SELECT relname, format('(SELECT md5(coalesce(string_agg(%1$s, chr(10) ORDER BY %1$s), %2$L)) FROM %3$I t WHERE %4$s)',"
        f" {_ROW}, '', relname, {_READS}) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND has_table_privilege(oid, 'SELECT') AND relname <> ALL (:unseen) ORDER BY relname",
        unseen=_UNSEEN,
    )
    return _digests(world, tables)


def contents_of(world: World, tenant: Any) -> dict[str, str]:
    """The same of one tenant: its rows, and those of its people."""
    tables = world.sql(
        "SELECT relname, format('(SELECT md5(coalesce(string_agg(%1$s, chr(10) ORDER BY %1$s), %2$L)) FROM %3$I t WHERE %4$s AND %5$s)',"
        f" {_ROW}, '', c.relname, {_READS}, CASE WHEN a.attname = 'tenant_id' THEN 'tenant_id = ' || quote_literal(:tenant)"
        " ELSE 'user_id IN (SELECT user_id FROM users WHERE tenant_id = ' || quote_literal(:tenant) || ')' END)"
        " FROM pg_class c JOIN LATERAL (SELECT attname FROM pg_attribute WHERE attrelid = c.oid"
        " AND attname IN ('tenant_id', 'user_id') AND NOT attisdropped ORDER BY attname LIMIT 1) a ON true"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        " AND has_table_privilege(c.oid, 'SELECT') AND relname <> ALL (:unseen) ORDER BY relname",
        unseen=_UNSEEN,
        tenant=str(tenant),
    )
    assert len(tables) > 10
    return _digests(world, tables)


def changed(before: dict[str, str], after: dict[str, str]) -> str:
    """The tables that are not as they were, for a message; empty when all are."""
    return ", ".join(table for table in after if before.get(table) != after[table])


def _digests(world: World, tables: list[Any]) -> dict[str, str]:
    names = [name for name, _ in tables]
    return dict(zip(names, world.sql("SELECT " + ", ".join(query for _, query in tables))[0], strict=True))
