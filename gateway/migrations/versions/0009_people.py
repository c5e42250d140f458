"""What people may change of themselves."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Passwords, addresses and sessions are changed with the identity service's role, in the transaction that also says so
    # in the audit log. It may add lines there, and read none.
    grant("INSERT", "audit_events", "identity")
    op.execute("CREATE POLICY identity ON audit_events FOR INSERT TO gateway_identity WITH CHECK (true)")


def downgrade() -> None:
    op.execute("DROP POLICY identity ON audit_events")
    op.execute("REVOKE INSERT ON audit_events FROM gateway_identity")
