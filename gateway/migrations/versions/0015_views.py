"""Saved views of the message log: a person's own filters, by name."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import ACTOR, TENANT, grant, protect

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `filter` is as it was written, so that a view of "the last days" of an older release is still what it says.
    op.execute("""
        CREATE TABLE saved_views (
            tenant_id uuid NOT NULL,
            user_id uuid NOT NULL,
            view_id uuid NOT NULL DEFAULT uuidv7(),
            name text NOT NULL,
            filter jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, view_id),
            FOREIGN KEY (user_id) REFERENCES users (user_id) ON DELETE CASCADE
        )""")
    op.execute("CREATE UNIQUE INDEX saved_views_name ON saved_views (tenant_id, user_id, lower(name))")
    op.execute("CREATE INDEX saved_views_user ON saved_views (user_id)")
    # Not even colleagues of the same account see them.
    protect("saved_views", api=f"{TENANT} AND {ACTOR}")
    grant("SELECT, INSERT, UPDATE, DELETE", "saved_views", "api", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE saved_views")
