"""What a database holds, in one word: equal before and after whatever must change nothing."""

from __future__ import annotations

from tests.support.api_world import World

# Calls that are refused leave a trace on purpose.
_UNSEEN = ["refused_calls", "api_key_usage"]


def contents(world: World) -> str:
    """Everything in every table that the worker may read."""
    tables = world.sql(
        "SELECT format('(SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), %L)) FROM %I t)', '',"
        " relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND has_table_privilege(oid, 'SELECT') AND relname <> ALL (:unseen) ORDER BY relname",
        unseen=_UNSEEN,
    )
    return str(world.sql("SELECT concat_ws(' ', " + ", ".join(row[0] for row in tables) + ")")[0][0])
