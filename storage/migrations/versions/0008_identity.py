"""Secrets by which brands prove who their customers are."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
