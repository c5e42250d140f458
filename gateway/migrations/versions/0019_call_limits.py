"""Limits of calls: a bucket for each account, person, key and address, shared by all processes of the gateway."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ARGUMENTS = "uuid, text[], uuid[], integer[], integer[], timestamptz"


def upgrade() -> None:
    # Not logged: nobody waits for a disk, and after a crash of the server all buckets are full, as they were soon anyway.
    # Who belongs to no account (internal people, addresses) has the account of zeros. `leased` and `remaining` are of
    # the last lease.
    op.execute("""
        CREATE UNLOGGED TABLE call_limits (
            tenant_id uuid NOT NULL,
            kind text NOT NULL,
            subject uuid NOT NULL,
            full_at timestamptz NOT NULL,
            leased integer NOT NULL,
            remaining integer NOT NULL,
            PRIMARY KEY (tenant_id, kind, subject)
        ) WITH (fillfactor = 50)""")
    protect("call_limits")
    grant("SELECT, DELETE", "call_limits", "worker")
    functions()


def functions() -> None:
    """What takes calls from the buckets; 0028 puts others in their place, and these back."""
    # GCRA. A bucket holds the calls of a minute and is known by the moment at which it is full again: each call moves
    # that moment by a step, and a moment that has passed counts as now. No bucket is more than empty, also after a clock
    # was set back or a limit changed. Steps are whole microseconds, so nothing is rounded. Leased are up to a twentieth of a minute's calls, an eighth of what is there, and one at the least.
    op.execute("""
        CREATE FUNCTION lease_calls(was_full_at timestamptz, per_minute integer, unspent integer, moment timestamptz)
        RETURNS TABLE (full_at timestamptz, leased integer, remaining integer)
        LANGUAGE sql IMMUTABLE AS $$
            SELECT began.at + step.long * l.calls, l.calls, there.calls - l.calls
            FROM (SELECT interval '1 microsecond' * (60000000 / per_minute)) AS step (long),
                LATERAL (SELECT least(greatest(was_full_at - step.long * unspent, moment),
                                      moment + step.long * per_minute)) AS began (at),
                LATERAL (SELECT floor(extract(epoch FROM moment + step.long * per_minute - began.at)
                                      / extract(epoch FROM step.long))::integer) AS there (calls),
                LATERAL (SELECT least(there.calls, greatest(1, least(per_minute / 20, there.calls / 8)))) AS l (calls)
        $$""")
    # One statement for all buckets of a call, in the order given, so that no two processes wait for each other. The
    # API's role has no other way to them. Who cannot have a bucket at once gives up: a limit holds nobody up.
    op.execute("""
        CREATE FUNCTION take_calls(account uuid, kinds text[], subjects uuid[], limits integer[], unspent integer[],
                                   moment timestamptz)
        RETURNS TABLE (kind text, leased integer, remaining integer, full_in double precision)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
            INSERT INTO call_limits AS b (tenant_id, kind, subject, full_at, leased, remaining)
            SELECT account, w.kind, w.subject, l.full_at, l.leased, l.remaining
            FROM unnest(kinds, subjects, limits) WITH ORDINALITY AS w (kind, subject, per_minute, place),
                lease_calls(moment, w.per_minute, 0, moment) AS l
            ORDER BY w.place
            ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET (full_at, leased, remaining) = (
                SELECT l.full_at, l.leased, l.remaining
                FROM unnest(kinds, subjects, limits, unspent) AS w (kind, subject, per_minute, unspent),
                    lease_calls(b.full_at, w.per_minute, w.unspent, moment) AS l
                WHERE w.kind = b.kind AND w.subject = b.subject)
            RETURNING b.kind, b.leased, b.remaining, extract(epoch FROM b.full_at - moment)::double precision
        $$""")
    op.execute(f"REVOKE EXECUTE ON FUNCTION take_calls({ARGUMENTS}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION take_calls({ARGUMENTS}) TO gateway_api")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION take_calls({ARGUMENTS})")
    op.execute("DROP FUNCTION lease_calls(timestamptz, integer, integer, timestamptz)")
    op.execute("DROP TABLE call_limits")
