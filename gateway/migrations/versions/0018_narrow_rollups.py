"""Rollups as narrow as the questions: totals by day and status, and a day's latencies as one row."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

LATENCIES = {
    "rollup_latency": "day, operator",
    "rollup_latency_totals": "day",
    "rollup_sender_latency": "sender_id, day, operator",
}
TYPES = {"day": "date"}
BUCKETS = 85
"""Those of `latency_bucket`: its 84 bounds and what lies beyond."""


def upgrade() -> None:
    _table("rollup_totals", "day date NOT NULL, status message_status NOT NULL", "day, status",
           "messages bigint NOT NULL, segments bigint NOT NULL, spend numeric NOT NULL")  # fmt: skip
    op.execute("""
        INSERT INTO rollup_totals (tenant_id, day, status, messages, segments, spend)
        SELECT tenant_id, day, status, sum(messages), sum(segments), sum(spend) FROM rollup_daily
        GROUP BY tenant_id, day, status ORDER BY tenant_id, day, status""")
    columns = ", ".join(f"b{bucket:02}" for bucket in range(BUCKETS))
    sums = ", ".join(f"coalesce(sum(messages) FILTER (WHERE bucket = {bucket}), 0)" for bucket in range(BUCKETS))
    for table, keys in LATENCIES.items():
        op.execute(f"ALTER TABLE {table} RENAME TO {table}_by_bucket")
        op.execute(f"ALTER INDEX {table}_pkey RENAME TO {table}_by_bucket_pkey")
        measures = "".join(f", {name} bigint NOT NULL DEFAULT 0" for name in columns.split(", "))
        _table(table, _typed(keys), keys, f"messages bigint NOT NULL{measures}")
        op.execute(f"""
            INSERT INTO {table} (tenant_id, {keys}, messages, {columns})
            SELECT tenant_id, {keys}, sum(messages), {sums} FROM {table}_by_bucket
            GROUP BY tenant_id, {keys} ORDER BY tenant_id, {keys}""")
        op.execute(f"DROP TABLE {table}_by_bucket")


def downgrade() -> None:
    op.execute("DROP TABLE rollup_totals")
    cells = ", ".join(f"({bucket}::smallint, b{bucket:02})" for bucket in range(BUCKETS))
    for table, keys in LATENCIES.items():
        op.execute(f"ALTER TABLE {table} RENAME TO {table}_by_day")
        op.execute(f"ALTER INDEX {table}_pkey RENAME TO {table}_by_day_pkey")
        _table(table, f"{_typed(keys)}, bucket smallint NOT NULL", f"{keys}, bucket", "messages bigint NOT NULL")
        op.execute(f"""
            INSERT INTO {table} (tenant_id, {keys}, bucket, messages)
            SELECT tenant_id, {keys}, cell.bucket, cell.counted
            FROM {table}_by_day CROSS JOIN LATERAL (VALUES {cells}) AS cell (bucket, counted) WHERE cell.counted <> 0""")
        op.execute(f"DROP TABLE {table}_by_day")


def _typed(keys: str) -> str:
    return ", ".join(f"{key} {TYPES.get(key, 'text')} NOT NULL" for key in keys.split(", "))


def _table(name: str, columns: str, keys: str, measures: str) -> None:
    # Room on the page keeps the once-a-second updates inside it.
    op.execute(f"""
        CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}, {measures}, PRIMARY KEY (tenant_id, {keys}))
        WITH (fillfactor = 80)""")
    protect(name)
    grant("SELECT", name, "api")
    grant("SELECT, INSERT, UPDATE, DELETE", name, "worker")
