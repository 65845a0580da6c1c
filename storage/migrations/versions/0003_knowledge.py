"""Knowledge: documents and their passages, and vector indexes of more than products."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "documents",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_documents")),
        sa.UniqueConstraint("brand_id", "id", name=op.f("uq_documents_brand_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "passages",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("document", ROW_ID, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document"], ["documents.row_id"], name=op.f("fk_passages_document_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_passages")),
        sa.UniqueConstraint("brand_id", "id", name=op.f("uq_passages_brand_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passages_document_position", "passages", ["document", "position"], unique=False)
    op.add_column("vector_indexes", sa.Column("kind", sa.String(length=16), nullable=False, server_default="products"))
    _queue_rows_of_any_kind()


def _queue_rows_of_any_kind() -> None:
    """What the queue called a product is a row of the index's kind; every entry keeps its place."""
    op.drop_index("ix_vector_queue_brand_id_generation_place", table_name="vector_queue")
    op.rename_table("vector_queue", "old_vector_queue")
    op.create_table(
        "vector_queue",
        sa.Column("place", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("row_id", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_vector_queue")),
        sa.UniqueConstraint(
            "brand_id", "generation", "row_id", name=op.f("uq_vector_queue_brand_id_generation_row_id")
        ),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO vector_queue (place, brand_id, generation, row_id) "
        "SELECT place, brand_id, generation, product FROM old_vector_queue ORDER BY place"
    )
    op.drop_table("old_vector_queue")
    op.create_index(
        "ix_vector_queue_brand_id_generation_place",
        "vector_queue",
        ["brand_id", "generation", "place"],
        unique=False,
    )
