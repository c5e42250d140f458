"""Sending many: a client's own references, a balance that moves once for a batch, and limits that count each message."""

from __future__ import annotations

from importlib import import_module

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

RESERVE = "uuid, timestamptz, uuid[], numeric[]"
LEASE = "timestamptz, integer, integer, timestamptz"
TAKE = "uuid, text[], uuid[], integer[], integer[], timestamptz"
LEASE_MANY = "timestamptz, integer, integer, integer, timestamptz"
TAKE_MANY = "uuid, text[], uuid[], integer[], integer[], integer[], timestamptz"
STANDING = "uuid, text, timestamptz, bytea, text[], text[], text, text[], timestamptz"
ACCEPT = "uuid, text, timestamptz, timestamptz, uuid, text, text, json, timestamptz, bytea, bytea, integer, bytea, timestamptz"
TAKEN = "GW001"
"""The SQLSTATE of somebody else's having been quicker."""


def upgrade() -> None:
    _references()
    _reservations()
    _acceptance()
    _limits()


def downgrade() -> None:
    op.execute(f"DROP FUNCTION take_calls({TAKE_MANY}), lease_calls({LEASE_MANY})")
    import_module("gateway.migrations.versions.0019_call_limits").functions()
    op.execute(f"DROP FUNCTION accept_messages({ACCEPT}), submission_standing({STANDING})")
    op.execute("DROP TRIGGER ledger_move ON ledger_entries")
    op.execute(f"DROP FUNCTION reserve_prices({RESERVE})")
    op.execute("""
        CREATE TRIGGER ledger_move BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_move()""")
    op.execute("DROP TABLE message_references")
    op.execute("ALTER TABLE messages DROP COLUMN reference")


def _references() -> None:
    op.execute("ALTER TABLE messages ADD COLUMN reference text CHECK (octet_length(reference) <= 400)")
    # Messages lie in partitions by time, where no index can keep a reference unique: this table does, for as long as
    # repeated requests are known. Test and live keys never meet in it.
    op.execute("""
        CREATE TABLE message_references (
            tenant_id uuid NOT NULL,
            source text NOT NULL,
            reference text NOT NULL CHECK (octet_length(reference) <= 400),
            message_id uuid NOT NULL,
            submitted_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, source, reference)
        ) WITH (autovacuum_vacuum_scale_factor = 0.05)""")
    # Rows lie in the order of time, and are only ever looked for by it to be forgotten.
    op.execute("CREATE INDEX message_references_age ON message_references USING brin (submitted_at)")
    protect("message_references")
    grant("SELECT, INSERT, UPDATE", "message_references", "api", "worker")
    grant("DELETE", "message_references", "worker")


def _reservations() -> None:
    # Row by row the trigger rewrites the balance's row for each entry; within one transaction the versions pile up and
    # each one is slower than the one before. Here the balance moves once, by the sum, and the entries follow. Only the
    # owner, inside of this function, may write entries without the trigger: no service can.
    op.execute("""
        CREATE FUNCTION reserve_prices(tenant uuid, moment timestamptz, messages uuid[], prices numeric[])
        RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            total numeric;
            written integer;
        BEGIN
            IF current_setting('role') <> 'gateway_worker'
               AND tenant IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::uuid THEN
                RAISE EXCEPTION 'this transaction belongs to another tenant' USING ERRCODE = '42501';
            END IF;
            SELECT sum(price) INTO total FROM unnest(prices) AS p (price);
            -- Waits for whoever else spends this balance, then looks at what is left; without enough there is no entry.
            UPDATE ledger_balances SET available = available - total, reserved = reserved + total
            WHERE tenant_id = tenant AND available >= total;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            PERFORM set_config('ledger.balance_moved', 'on', true);
            INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, currency, message_id)
            SELECT t.tenant_id, moment, 'reserve', 'balance', 'reserved', n.price, t.currency, n.message_id
            FROM tenants t, unnest(messages, prices) WITH ORDINALITY AS n (message_id, price, place)
            WHERE t.tenant_id = tenant ORDER BY n.place;
            GET DIAGNOSTICS written = ROW_COUNT;
            PERFORM set_config('ledger.balance_moved', '', true);
            IF written <> cardinality(messages) THEN
                RAISE EXCEPTION 'the balance would move without an entry for each message';
            END IF;
            RETURN true;
        END $$""")
    op.execute(f"REVOKE EXECUTE ON FUNCTION reserve_prices({RESERVE}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION reserve_prices({RESERVE}) TO gateway_api, gateway_worker")
    op.execute("DROP TRIGGER ledger_move ON ledger_entries")
    op.execute("""
        CREATE TRIGGER ledger_move BEFORE INSERT ON ledger_entries FOR EACH ROW
        WHEN (NOT (current_user = 'gateway_owner' AND NEW.kind = 'reserve'
                   AND coalesce(current_setting('ledger.balance_moved', true), '') = 'on'))
        EXECUTE FUNCTION ledger_move()""")


def _acceptance() -> None:
    # Two calls, each a transaction of its own: what accepting depends on, and all that is written. Whose rows they are is
    # set first, and row-level security holds as for every statement of the caller's. They are planned once: what they
    # find by is always the same, and planning cost more than everything that is written.
    op.execute("""
        CREATE FUNCTION submission_standing(
            tenant uuid, actor text, moment timestamptz, key bytea, countries text[], operators text[], origin text,
            asked text[], oldest timestamptz)
        RETURNS TABLE (currency text, available numeric, prices numeric[], fingerprint bytea, status smallint,
                       sealed_answer bytea, known json)
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            PERFORM set_config('app.tenant_id', tenant::text, true), set_config('app.actor_id', actor, true);
            RETURN QUERY
                SELECT t.currency, coalesce(b.available, 0),
                       ARRAY(SELECT (SELECT l.price
                                     FROM (SELECT p.country, p.operator, p.price, true AS own
                                           FROM tenant_prices p WHERE p.tenant_id = tenant
                                           UNION ALL
                                           SELECT d.country, d.operator, d.price, false
                                           FROM default_prices d WHERE d.currency = t.currency) AS l
                                     WHERE l.country IN (w.country, '*') AND l.operator IN (w.operator, '*')
                                     ORDER BY l.own DESC, l.country = '*', l.operator = '*' LIMIT 1)
                             FROM unnest(countries, operators) WITH ORDINALITY AS w (country, operator, place)
                             ORDER BY w.place),
                       k.fingerprint, k.status, k.sealed_answer,
                       CASE WHEN asked IS NOT NULL THEN (
                           SELECT json_agg(json_build_array(r.reference, m.message_id, m.recipient, m.sender_id,
                                                            coalesce(m.body, ''), m.status, m.segments, m.encoding,
                                                            m.price::text))
                           FROM message_references r JOIN messages m
                               ON m.tenant_id = r.tenant_id AND m.submitted_at = r.submitted_at
                              AND m.message_id = r.message_id
                           WHERE r.tenant_id = tenant AND r.source = origin AND r.reference = ANY (asked)
                             AND r.submitted_at > oldest) END
                FROM tenants t
                    LEFT JOIN ledger_balances b ON b.tenant_id = t.tenant_id
                    LEFT JOIN idempotency_keys k
                        ON k.tenant_id = t.tenant_id AND k.key_hash = key AND k.expires_at > moment
                WHERE t.tenant_id = tenant;
        END $$""")
    # Locks are taken in this order by everybody: key, references, balance. The balance is last, since from there on all
    # others who spend it wait. Whoever finds that somebody was quicker has done nothing, and decides anew.
    op.execute(f"""
        CREATE FUNCTION accept_messages(
            tenant uuid, actor text, moment timestamptz, expires timestamptz, by_key uuid, origin text, sent_by text,
            given json, oldest timestamptz, key bytea, request bytea, answer_status integer, answer bytea,
            answer_expires timestamptz)
        RETURNS void
        LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
        DECLARE
            names integer;
            named integer;
            paid uuid[];
            prices numeric[];
        BEGIN
            PERFORM set_config('app.tenant_id', tenant::text, true), set_config('app.actor_id', actor, true);
            IF key IS NOT NULL THEN
                INSERT INTO idempotency_keys AS k
                    (tenant_id, key_hash, fingerprint, status, sealed_answer, expires_at)
                VALUES (tenant, key, request, answer_status, answer, answer_expires)
                ON CONFLICT (tenant_id, key_hash) DO UPDATE
                    SET fingerprint = excluded.fingerprint, status = excluded.status, created_at = now(),
                        sealed_answer = excluded.sealed_answer, expires_at = excluded.expires_at
                    WHERE k.expires_at <= moment;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'the key of the request is taken' USING ERRCODE = '{TAKEN}';
                END IF;
            END IF;
            IF oldest IS NOT NULL THEN
                SELECT count(*) INTO names FROM json_to_recordset(given) AS g (reference text)
                WHERE g.reference IS NOT NULL;
                INSERT INTO message_references AS r (tenant_id, source, reference, message_id, submitted_at)
                SELECT tenant, origin, g.reference, g.message_id, moment
                FROM json_to_recordset(given) AS g (reference text, message_id uuid)
                WHERE g.reference IS NOT NULL ORDER BY g.reference
                ON CONFLICT (tenant_id, source, reference) DO UPDATE
                    SET message_id = excluded.message_id, submitted_at = excluded.submitted_at
                    WHERE r.submitted_at <= oldest;
                GET DIAGNOSTICS named = ROW_COUNT;
                IF named <> names THEN
                    RAISE EXCEPTION 'a reference is taken' USING ERRCODE = '{TAKEN}';
                END IF;
            END IF;
            IF given IS NULL THEN
                RETURN;
            END IF;
            WITH g AS MATERIALIZED (
                SELECT * FROM json_to_recordset(given) AS g (
                    message_id uuid, segments smallint, price numeric, country text, operator text, destination text,
                    recipient text, sender_id text, encoding text, body text, reference text)),
            stored AS (
                INSERT INTO messages (tenant_id, submitted_at, message_id, api_key_id, status, segments, price, country,
                                      operator, destination, recipient, sender_id, encoding, source, body, reference)
                SELECT tenant, moment, g.message_id, by_key, 'queued', g.segments, g.price, g.country, g.operator,
                       g.destination, g.recipient, g.sender_id, g.encoding, origin, g.body, g.reference
                FROM g),
            told AS (
                INSERT INTO message_events (tenant_id, submitted_at, message_id, at, seq, status, kind, source)
                SELECT tenant, moment, g.message_id, moment, 1, 'queued', 'status', origin FROM g),
            queued AS (
                INSERT INTO outbound_messages (tenant_id, message_id, submitted_at, carrier, due_at, expires_at)
                SELECT tenant, g.message_id, moment, sent_by, moment, expires FROM g)
            SELECT array_agg(g.message_id), array_agg(g.price) INTO paid, prices FROM g WHERE g.price > 0;
            IF paid IS NOT NULL AND NOT reserve_prices(tenant, moment, paid, prices) THEN
                RAISE EXCEPTION 'the balance does not hold the price any more' USING ERRCODE = '{TAKEN}';
            END IF;
        END $$""")
    for name, arguments in (("submission_standing", STANDING), ("accept_messages", ACCEPT)):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO gateway_api, gateway_worker")


def _limits() -> None:
    # As in 0019, and `wanted` is how many calls are needed at once: where so many are there, so many are leased.
    op.execute(f"DROP FUNCTION take_calls({TAKE}), lease_calls({LEASE})")
    op.execute("""
        CREATE FUNCTION lease_calls(was_full_at timestamptz, per_minute integer, wanted integer, unspent integer,
                                    moment timestamptz)
        RETURNS TABLE (full_at timestamptz, leased integer, remaining integer)
        LANGUAGE sql IMMUTABLE AS $$
            SELECT began.at + step.long * l.calls, l.calls, there.calls - l.calls
            FROM (SELECT interval '1 microsecond' * (60000000 / per_minute)) AS step (long),
                LATERAL (SELECT least(greatest(was_full_at - step.long * unspent, moment),
                                      moment + step.long * per_minute)) AS began (at),
                LATERAL (SELECT floor(extract(epoch FROM moment + step.long * per_minute - began.at)
                                      / extract(epoch FROM step.long))::integer) AS there (calls),
                LATERAL (SELECT greatest(1, least(per_minute / 20, there.calls / 8))) AS share (calls),
                LATERAL (SELECT CASE WHEN wanted <= there.calls THEN greatest(wanted, share.calls)
                                     ELSE least(there.calls, share.calls) END) AS l (calls)
        $$""")
    op.execute("""
        CREATE FUNCTION take_calls(account uuid, kinds text[], subjects uuid[], limits integer[], needed integer[],
                                   unspent integer[], moment timestamptz)
        RETURNS TABLE (kind text, leased integer, remaining integer, full_in double precision)
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
            INSERT INTO call_limits AS b (tenant_id, kind, subject, full_at, leased, remaining)
            SELECT account, w.kind, w.subject, l.full_at, l.leased, l.remaining
            FROM unnest(kinds, subjects, limits, needed)
                    WITH ORDINALITY AS w (kind, subject, per_minute, needed, place),
                lease_calls(moment, w.per_minute, w.needed, 0, moment) AS l
            ORDER BY w.place
            ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET (full_at, leased, remaining) = (
                SELECT l.full_at, l.leased, l.remaining
                FROM unnest(kinds, subjects, limits, needed, unspent)
                        AS w (kind, subject, per_minute, needed, unspent),
                    lease_calls(b.full_at, w.per_minute, w.needed, w.unspent, moment) AS l
                WHERE w.kind = b.kind AND w.subject = b.subject)
            RETURNING b.kind, b.leased, b.remaining, extract(epoch FROM b.full_at - moment)::double precision
        $$""")
    op.execute(f"REVOKE EXECUTE ON FUNCTION take_calls({TAKE_MANY}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION take_calls({TAKE_MANY}) TO gateway_api")
