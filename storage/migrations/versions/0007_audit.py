"""What a change was and where it came from, and that the audit only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SAME = " AND ".join(
    f"NEW.{name} IS OLD.{name}" for name in ("row_id", "brand_id", "at", "actor", "action", "version", "address")
)
_SETTLED = (
    "OLD.state = 'intended' AND NEW.state IN ('done', 'abandoned') "
    "AND NEW.subject IS OLD.subject AND NEW.before IS OLD.before AND NEW.after IS OLD.after"
)
_EMPTIED = (
    "NEW.state IS OLD.state AND NEW.subject = '' AND NEW.before IS NULL AND NEW.after IS NULL "
    "AND EXISTS (SELECT 1 FROM tombstones WHERE tombstones.brand_id = OLD.brand_id)"
)


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("address", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
    ):
        op.add_column("audit", column)
    op.add_column("uploads", sa.Column("actor", sa.String(length=128), nullable=False, server_default="service"))
    op.execute(
        "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
    )
    # A change is settled, and of a deleted brand nothing stays but who, when and what: nothing else is ever changed.
    op.execute(
        "CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit "
        f"WHEN NOT ({_SAME} AND (({_SETTLED}) OR ({_EMPTIED}))) "
        "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
    )
