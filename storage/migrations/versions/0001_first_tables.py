"""Catalogue, conversations, uploads, audit, tombstones and kept answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "answers",
        sa.Column("principal", sa.String(length=128), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "path", "key", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_created_at", "answers", ["created_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_brand_id_row_id", "audit", ["brand_id", "row_id"], unique=False)
    op.create_index("ix_audit_state", "audit", ["state"], unique=False)
    op.create_table(
        "catalogues",
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_catalogues")),
    )
    op.create_table(
        "conversations",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("brand_id", "id", "owner", name=op.f("uq_conversations_brand_id_id_owner")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conversations_brand_id_updated_at", "conversations", ["brand_id", "updated_at"], unique=False)
    op.create_table(
        "products",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("id", sa.String(length=256), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("price", sa.Float(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("specifications", sa.JSON(), nullable=False),
        sa.Column("availability", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_products")),
        sa.UniqueConstraint("brand_id", "id", name=op.f("uq_products_brand_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_products_brand_id_category", "products", ["brand_id", "category"], unique=False)
    op.create_index("ix_products_brand_id_maker", "products", ["brand_id", "maker"], unique=False)
    op.create_index("ix_products_brand_id_price", "products", ["brand_id", "price"], unique=False)
    op.create_table(
        "tombstones",
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_tombstones")),
    )
    op.create_table(
        "uploads",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("file_size", sa.Integer(), nullable=False),
        sa.Column("upload_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("products_added", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_uploads_upload_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_uploads_brand_id_row_id", "uploads", ["brand_id", "row_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("conversation", ROW_ID, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.row_id"], name=op.f("fk_messages_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_messages")),
        sa.UniqueConstraint("brand_id", "id", name=op.f("uq_messages_brand_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_conversation_row_id", "messages", ["conversation", "row_id"], unique=False)
    op.create_table(
        "turns",
        sa.Column("row_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("conversation", ROW_ID, nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("client_message_id", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("suggested", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.row_id"], name=op.f("fk_turns_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_turns")),
        sa.UniqueConstraint(
            "brand_id",
            "conversation",
            "client_message_id",
            name=op.f("uq_turns_brand_id_conversation_client_message_id"),
        ),
        sa.UniqueConstraint("brand_id", "message_id", name=op.f("uq_turns_brand_id_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_conversation_row_id", "turns", ["conversation", "row_id"], unique=False)
    op.create_index(
        "uq_turns_running",
        "turns",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
