"""Summaries of what conversations have outgrown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "summaries",
        sa.Column("conversation", ROW_ID, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("up_to", ROW_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.row_id"],
            name=op.f("fk_summaries_conversation_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_summaries")),
    )
