"""Uploads as jobs, and the rows of their files that became nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("kind", sa.String(length=16), nullable=False, server_default="products"),
        sa.Column("mode", sa.String(length=16), nullable=False, server_default="upsert"),
        sa.Column("state", sa.String(length=16), nullable=False, server_default="done"),
        sa.Column("mapping", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rejected", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("columns", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("uploads", column)
    op.execute("UPDATE uploads SET state = 'failed' WHERE status = 'failed'")
    op.drop_column("uploads", "status")
    op.create_index("ix_uploads_state", "uploads", ["state"], unique=False)
    op.create_table(
        "upload_rejects",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_upload_rejects")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_upload_rejects_brand_id_upload_id_row_id",
        "upload_rejects",
        ["brand_id", "upload_id", "row_id"],
        unique=False,
    )
