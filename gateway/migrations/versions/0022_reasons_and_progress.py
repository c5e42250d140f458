"""Why weights of health scores were changed, and how far a run has come."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE health_weights ADD COLUMN reason text NOT NULL DEFAULT ''")
    # Days that are made already; a run's days are made one after the other, each for good.
    op.execute("ALTER TABLE health_runs ADD COLUMN done_days smallint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE health_runs DROP COLUMN done_days")
    op.execute("ALTER TABLE health_weights DROP COLUMN reason")
