"""What each brand spends in a day."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
