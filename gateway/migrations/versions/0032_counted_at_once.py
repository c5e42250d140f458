"""What the rollups' triggers write: one statement for all grains, that reads the changed rows once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

CHANGED = {
    "insert": "SELECT *, 1 AS sign FROM new_rows",
    "delete": "SELECT *, -1 AS sign FROM old_rows",
    "update": "SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 AS sign FROM old_rows",
}
ALL = "SELECT *, 1 AS sign FROM messages WHERE tenant_id = tenant"


def upgrade() -> None:
    _functions(lambda event, rows: _alone() + _together(rows) if event == "insert" else _together(rows))
    # The same as messages_foreign.
    op.execute("DROP INDEX messages_abroad")


def downgrade() -> None:
    op.execute("""
        CREATE INDEX messages_abroad ON messages (tenant_id, country, submitted_at) WHERE country <> 'AF'""")
    statements = import_module("gateway.migrations.versions.0001_foundation").delta_statements
    _functions(lambda _, rows: statements(rows))


def _functions(statements: Callable[[str, str], str]) -> None:
    """`statements` are those for an event and its signed rows."""
    for event, rows in CHANGED.items():
        op.execute(f"""
            CREATE OR REPLACE FUNCTION messages_count_{event}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            BEGIN
                {statements(event, rows)}
                RETURN NULL;
            END $$""")
    op.execute(f"""
        CREATE OR REPLACE FUNCTION requeue_rollups(tenant uuid) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            {statements("requeue", ALL)}
        END $$""")


INSERT = """
    INSERT INTO rollup_deltas (tenant_id, grain, day, hour, bucket, operator, sender_id, country, destination, status,
                               error_code, messages, segments, spend)"""


def _alone() -> str:
    """A message that was sent alone: nothing is to be added up."""
    return f"""
        IF NOT EXISTS (SELECT FROM new_rows OFFSET 1) THEN
            {INSERT}
            SELECT m.tenant_id, g.grain, m.local::date, g.hour, g.bucket, m.operator, m.sender_id, g.country,
                   g.destination, m.status, g.error_code, 1, g.segments, g.spend
            FROM (SELECT n.*, n.submitted_at AT TIME ZONE coalesce(t.time_zone, 'UTC') AS local
                  FROM new_rows n LEFT JOIN tenants t ON t.tenant_id = n.tenant_id) m,
                LATERAL (VALUES
                    ('c'::"char", NULL::smallint, NULL::smallint, m.country, m.destination, coalesce(m.error_code, ''),
                     m.segments, m.price, true),
                    ('h', extract(hour FROM m.local)::smallint, NULL, NULL, NULL, NULL, 0, m.price, true),
                    ('l', NULL, latency_bucket(m.submitted_at, m.final_at), NULL, NULL, NULL, 0, 0,
                     m.status = 'delivered' AND m.final_at IS NOT NULL)
                ) AS g (grain, hour, bucket, country, destination, error_code, segments, spend, counts)
            WHERE g.counts;
            RETURN NULL;
        END IF;"""


def _together(rows: str) -> str:
    """The differences of signed rows, added up. What is not of a grain is NULL or 0 in it."""
    return f"""
        {INSERT}
        SELECT tenant_id,
               (CASE WHEN grouping(country) = 0 THEN 'c' WHEN grouping(hour) = 0 THEN 'h' ELSE 'l' END)::"char",
               day, hour, bucket, operator, sender_id, country, destination, status, error_code, sum(sign),
               CASE WHEN grouping(country) = 0 THEN sum(sign * segments) ELSE 0 END,
               CASE WHEN grouping(bucket) = 1 THEN sum(sign * price) ELSE 0 END
        FROM (SELECT m.tenant_id, m.local::date AS day, extract(hour FROM m.local)::smallint AS hour,
                     CASE WHEN m.status = 'delivered' THEN latency_bucket(m.submitted_at, m.final_at) END AS bucket,
                     m.operator, m.sender_id, m.country, m.destination, m.status,
                     coalesce(m.error_code, '') AS error_code, m.sign, m.segments, m.price
              FROM (SELECT r.*, r.submitted_at AT TIME ZONE coalesce(t.time_zone, 'UTC') AS local
                    FROM ({rows}) r LEFT JOIN tenants t ON t.tenant_id = r.tenant_id) m) one
        GROUP BY GROUPING SETS (
            (tenant_id, day, operator, sender_id, country, destination, status, error_code),
            (tenant_id, day, hour, operator, sender_id, status),
            (tenant_id, day, bucket, operator, sender_id, status))
        HAVING CASE WHEN grouping(country) = 0
                         THEN sum(sign) <> 0 OR sum(sign * segments) <> 0 OR sum(sign * price) <> 0
                    WHEN grouping(hour) = 0 THEN sum(sign) <> 0 OR sum(sign * price) <> 0
                    ELSE bucket IS NOT NULL AND sum(sign) <> 0 END;"""
