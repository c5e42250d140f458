"""Inbound messages: whose a number is, what came in, and what came to numbers that are nobody's."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Several tenants may share a number, each with keywords of its own; '' takes what no keyword takes.
    op.execute("""
        CREATE TABLE inbound_numbers (
            tenant_id uuid NOT NULL,
            number text NOT NULL CHECK (number ~ '^[0-9A-Za-z]{1,20}$'),
            keyword text NOT NULL DEFAULT '' CHECK (keyword = upper(keyword)),
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, number, keyword)
        )""")
    # Not unique, since a distributed database could not hold that without the tenant; the command that adds asks first.
    op.execute("CREATE INDEX inbound_numbers_route ON inbound_numbers (number, keyword)")
    protect("inbound_numbers")
    grant("SELECT", "inbound_numbers", "api")
    grant("SELECT, INSERT, DELETE", "inbound_numbers", "worker")
    # Whoever hands a message in names no tenant. The API's role asks for one number at a time and cannot list them.
    op.execute("""
        CREATE FUNCTION find_inbound_route(wanted text, word text) RETURNS TABLE (tenant_id uuid, keyword text)
        LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT n.tenant_id, n.keyword FROM inbound_numbers n
            WHERE n.number = wanted AND n.keyword IN (word, '') ORDER BY n.keyword DESC, n.created_at LIMIT 1
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION find_inbound_route(text, text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION find_inbound_route(text, text) TO gateway_api, gateway_worker")
    op.execute("""
        CREATE TABLE inbound_messages (
            tenant_id uuid NOT NULL,
            inbound_id uuid NOT NULL DEFAULT uuidv7(),
            received_at timestamptz NOT NULL,
            carrier text NOT NULL,
            carrier_reference text NOT NULL,
            sender text NOT NULL,
            number text NOT NULL,
            keyword text NOT NULL,
            encoding text NOT NULL CHECK (encoding IN ('text', 'binary')),
            body text NOT NULL,
            PRIMARY KEY (tenant_id, inbound_id)
        )""")
    # Carriers repeat what they got no answer to.
    op.execute("""
        CREATE UNIQUE INDEX inbound_messages_once ON inbound_messages (tenant_id, carrier, carrier_reference)""")
    op.execute("CREATE INDEX inbound_messages_at ON inbound_messages (tenant_id, received_at, inbound_id)")
    protect("inbound_messages")
    grant("SELECT, INSERT", "inbound_messages", "api")
    grant("SELECT, INSERT, DELETE", "inbound_messages", "worker")
    # No tenant's yet. The API puts them in and cannot read them.
    op.execute("""
        CREATE TABLE unrouted_messages (
            carrier text NOT NULL,
            carrier_reference text NOT NULL,
            received_at timestamptz NOT NULL,
            sender text NOT NULL,
            number text NOT NULL,
            encoding text NOT NULL CHECK (encoding IN ('text', 'binary')),
            body text NOT NULL,
            PRIMARY KEY (carrier, carrier_reference)
        )""")
    op.execute("CREATE INDEX unrouted_messages_number ON unrouted_messages (number)")
    protect("unrouted_messages", api="true")
    grant("INSERT", "unrouted_messages", "api")
    grant("SELECT, INSERT, DELETE", "unrouted_messages", "worker")


def downgrade() -> None:
    op.execute("DROP FUNCTION find_inbound_route(text, text)")
    op.execute("DROP TABLE unrouted_messages, inbound_messages, inbound_numbers")
