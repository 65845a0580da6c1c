"""Secrets by which brands prove who their customers are."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "identity_secrets",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("secret_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_identity_secrets")),
        sa.UniqueConstraint("secret_id", name=op.f("uq_identity_secrets_secret_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_secrets_brand_id_row_id", "identity_secrets", ["brand_id", "row_id"], unique=False)
