"""What a change was, and that the audit only grows."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
