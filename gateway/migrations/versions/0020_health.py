"""Health scores with the weights and inputs they were made of, what customers answered, and tickets by day."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import ACTOR, ADMIN, IN_CARE, TENANT, grant, protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INPUTS = ("delivery", "holds", "payments", "tickets", "nps")
BANDS = "('at_risk', 'watch', 'healthy', 'unknown')"
# What was counted for a score. `withheld` are messages held or blocked, `spend_before` is of the days before the window.
FACTS = """
            messages bigint NOT NULL,
            delivered bigint NOT NULL,
            rated bigint NOT NULL,
            withheld bigint NOT NULL,
            spend numeric NOT NULL,
            spend_before numeric NOT NULL,
            late_days numeric(8, 2),
            invoices integer NOT NULL,
            tickets integer,
            open_tickets integer,
            promoters integer NOT NULL,
            detractors integer NOT NULL,
            answers integer NOT NULL,"""


def upgrade() -> None:
    _weights()
    _scores()
    _runs()
    _nps()
    _tickets()


def downgrade() -> None:
    op.execute("DROP TABLE ticket_days, nps_answers, health_runs, health_current, health_scores, health_weights")
    op.execute("DROP FUNCTION queue_health_run()")


def _weights() -> None:
    # A version is never changed: scores name the one they were made with. Whoever changed them may be gone one day, so
    # the name stands here too.
    columns = "".join(f"{each} smallint NOT NULL CHECK ({each} BETWEEN 0 AND 100),\n            " for each in INPUTS)
    op.execute(f"""
        CREATE TABLE health_weights (
            version integer PRIMARY KEY,
            {columns}changed_at timestamptz NOT NULL,
            changed_by uuid,
            changed_by_name text,
            CHECK ({" + ".join(INPUTS)} = 100)
        )""")
    # Nobody's data, but internal: a customer's transaction sees none of it.
    protect("health_weights", api=ADMIN)
    op.execute(f"""
        CREATE POLICY internal ON health_weights FOR SELECT TO gateway_api
        USING (EXISTS (SELECT FROM users u WHERE u.{ACTOR} AND u.user_type = 'internal' AND u.disabled_at IS NULL))""")
    grant("SELECT, INSERT", "health_weights", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "health_weights", "worker")
    # The first version is older than any day, so that every day has one.
    op.execute("""
        INSERT INTO health_weights (version, delivery, holds, payments, tickets, nps, changed_at)
        VALUES (1, 35, 15, 20, 15, 15, '2000-01-01T00:00:00Z')""")


def _scores() -> None:
    points = "".join(f"{each}_points numeric(4, 1),\n            " for each in INPUTS)
    op.execute(f"""
        CREATE TABLE health_scores (
            tenant_id uuid NOT NULL,
            day date NOT NULL,
            score numeric(4, 1) CHECK (score BETWEEN 0 AND 100),
            weights_version integer NOT NULL,
            {points}{FACTS}
            computed_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, day)
        )""")
    # A tenant's latest score with its past, as the list of all tenants shows and sorts it: one row each, where it
    # would be ninety. Written by whoever writes scores; nothing in it cannot be had from them.
    op.execute(f"""
        CREATE TABLE health_current (
            tenant_id uuid PRIMARY KEY,
            day date NOT NULL,
            score numeric(4, 1),
            band text NOT NULL CHECK (band IN {BANDS}),
            known_weight smallint NOT NULL,
            driver text,
            driver_effect numeric(4, 1) NOT NULL,
            change_7d numeric(4, 1),
            change_30d numeric(4, 1),
            series numeric(4, 1)[] NOT NULL,
            messages bigint NOT NULL,
            delivery_rate numeric(7, 6),
            spend numeric NOT NULL,
            spend_change numeric,
            open_tickets integer
        ) WITH (fillfactor = 70)""")
    for table in ("health_scores", "health_current"):
        protect(table, api=IN_CARE)
        grant("SELECT", table, "api")
        grant("SELECT, INSERT, UPDATE, DELETE", table, "worker")


def _runs() -> None:
    # `tenant_id` is NULL for a run over all tenants, `asked_by` for the worker's own. A run that somebody asks for is
    # queued by the statement that writes it down, so the API's role needs no right on the queue.
    op.execute("""
        CREATE TABLE health_runs (
            run_id uuid PRIMARY KEY DEFAULT uuidv7(),
            tenant_id uuid,
            days smallint NOT NULL CHECK (days BETWEEN 1 AND 366),
            asked_by uuid,
            asked_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            scores integer NOT NULL DEFAULT 0
        )""")
    op.execute("CREATE INDEX health_runs_open ON health_runs (asked_at) WHERE finished_at IS NULL")
    protect("health_runs", api=f"CASE WHEN tenant_id IS NULL THEN {ADMIN} ELSE {IN_CARE} END")
    grant("SELECT", "health_runs", "api")
    grant("INSERT (run_id, tenant_id, days, asked_by, asked_at)", "health_runs", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "health_runs", "worker")
    op.execute("""
        CREATE FUNCTION queue_health_run() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
                'health', 'recompute_health', 0, 'health', NULL, jsonb_build_object('run_id', NEW.run_id), NULL
            )::procrastinate_job_to_defer_v1]);
            RETURN NULL;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION queue_health_run() FROM PUBLIC")
    op.execute("""
        CREATE TRIGGER queue_health_run AFTER INSERT ON health_runs
        FOR EACH ROW WHEN (NEW.asked_by IS NOT NULL) EXECUTE FUNCTION queue_health_run()""")


def _nps() -> None:
    # A row without a score is a question put away: it counts as asked. No colleague sees another's answer; whoever looks
    # after the tenant reads them.
    op.execute("""
        CREATE TABLE nps_answers (
            tenant_id uuid NOT NULL,
            answer_id uuid NOT NULL DEFAULT uuidv7(),
            user_id uuid NOT NULL,
            at timestamptz NOT NULL,
            score smallint CHECK (score BETWEEN 0 AND 10),
            comment text NOT NULL DEFAULT '' CHECK (score IS NOT NULL OR comment = ''),
            PRIMARY KEY (tenant_id, answer_id)
        )""")
    op.execute("CREATE INDEX nps_answers_person ON nps_answers (tenant_id, user_id, at)")
    protect("nps_answers", api=f"{TENANT} AND {ACTOR}")
    op.execute(f"CREATE POLICY internal ON nps_answers FOR SELECT TO gateway_api USING ({IN_CARE})")
    grant("SELECT, INSERT", "nps_answers", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "nps_answers", "worker")


def _tickets() -> None:
    # Fed by whatever knows the tickets. A day without a row is not known; a day without a ticket has a row that says 0.
    op.execute("""
        CREATE TABLE ticket_days (
            tenant_id uuid NOT NULL,
            day date NOT NULL,
            opened integer NOT NULL CHECK (opened >= 0),
            still_open integer NOT NULL CHECK (still_open >= 0),
            PRIMARY KEY (tenant_id, day)
        )""")
    protect("ticket_days", api=IN_CARE)
    grant("SELECT", "ticket_days", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "ticket_days", "worker")
