"""The tables, as SQLAlchemy Core sees them. storage/migrations creates them; a test holds the two together.

The full-text tables, one per brand, are not here: storage/product_text.py and storage/passage_text.py make and drop
them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from models import BrandId, plain_name


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; hand the rest over in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime names no moment")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, the base class's signature
        """Give the moment its zone back."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RowId = BigInteger().with_variant(Integer, "sqlite")  # SQLite gives only an INTEGER key its own rowid


def _brand(*, primary_key: bool = False) -> Column[Any]:
    return Column("brand_id", String(256), nullable=False, primary_key=primary_key)


products = Table(
    "products",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("id", String(256), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("price", Float, nullable=False),
    Column("currency", String(3)),  # null: the brand's own
    Column("features", JSON, nullable=False),
    Column("specifications", JSON, nullable=False),
    Column("availability", Boolean, nullable=False),
    Column("url", Text),
    Column("image_url", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("brand_id", "id"),
    # What filters look at stands in the indexes: a product itself is long, and takes three times as long to read.
    Index("ix_products_filter_category", "brand_id", "category", "price", "currency"),
    Index("ix_products_filter_maker", "brand_id", "maker", "price", "currency"),
    Index("ix_products_filter_price", "brand_id", "price", "currency"),
    Index("ix_products_filter_row", "row_id", "brand_id", "price", "currency", "category", "maker", "availability"),
    sqlite_autoincrement=True,  # a row id is never used twice: the full-text tables refer to it
)

# The measures, sizes and colours that products have (understanding/attributes.py), derived by storage.product_facts
# whenever a product is saved.
product_attributes = Table(
    "product_attributes",
    metadata,
    _brand(primary_key=True),
    Column("kind", String(32), primary_key=True),  # the dimension of a measure, "size" or "colour"
    Column("name", Text, primary_key=True),  # of the specification that holds it
    Column("value", Text, primary_key=True),  # in normal form
    Column("row_id", RowId, primary_key=True, autoincrement=False),
    Column("number", Float),  # of a measure, in its dimension's own unit
    Index("ix_product_attributes_row_id", "row_id"),
    sqlite_with_rowid=False,  # the key is the table
)

# One row per brand that ever had a product. Every change draws a new `revision`, which no other state of any catalogue
# has had, so that what is derived can be cached by it.
catalogues = Table(
    "catalogues",
    metadata,
    Column("brand_id", String(256), primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

# What a brand says beside its catalogue: documents, questions with their answers, and its company_info as one of them.
documents = Table(
    "documents",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("id", String(128), nullable=False),
    Column("kind", String(16), nullable=False),  # document, qa, company
    Column("title", Text, nullable=False),  # the question of a pair
    Column("url", Text),
    Column("language", String(35)),
    Column("content", Text, nullable=False),  # as it was sent; the answer of a pair
    Column("digest", String(64), nullable=False),  # of the passages
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("brand_id", "id"),
    sqlite_autoincrement=True,
)

# What documents are cut into: what is searched, and quoted.
passages = Table(
    "passages",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("document", RowId, ForeignKey("documents.row_id", ondelete="CASCADE"), nullable=False),
    Column("id", Text, nullable=False),
    Column("position", Integer, nullable=False),  # in its document, from 1
    Column("title", Text, nullable=False),  # the path of titles, "Delivery: International"
    Column("text", Text, nullable=False),
    UniqueConstraint("brand_id", "id"),
    Index("ix_passages_document_position", "document", "position"),
    sqlite_autoincrement=True,  # a row id is never used twice: the full-text tables and the vectors refer to it
)

conversations = Table(
    "conversations",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("id", String(128), nullable=False),
    Column("owner", String(128), nullable=False),  # "" for an id that the server made: the id itself is the right
    Column("user_id", String(256)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("brand_id", "id", "owner"),
    Index("ix_conversations_brand_id_updated_at", "brand_id", "updated_at"),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("conversation", RowId, ForeignKey("conversations.row_id", ondelete="CASCADE"), nullable=False),
    Column("id", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("brand_id", "id"),
    Index("ix_messages_conversation_row_id", "conversation", "row_id"),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("conversation", RowId, ForeignKey("conversations.row_id", ondelete="CASCADE"), nullable=False),
    Column("message_id", String(64), nullable=False),  # of the reply
    Column("client_message_id", String(128)),
    Column("state", String(16), nullable=False),  # running, then the finish reason
    Column("suggested", JSON(none_as_null=True)),  # product ids, in order; null when none
    Column("outcome", JSON(none_as_null=True)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("brand_id", "message_id"),
    UniqueConstraint("brand_id", "conversation", "client_message_id"),
    Index("ix_turns_conversation_row_id", "conversation", "row_id"),
    Index(
        "uq_turns_running",
        "conversation",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    sqlite_autoincrement=True,
)

# What the customer said in the part of a conversation that no window shows any more.
summaries = Table(
    "summaries",
    metadata,
    Column("conversation", RowId, ForeignKey("conversations.row_id", ondelete="CASCADE"), primary_key=True),
    _brand(),
    Column("up_to", RowId, nullable=False),  # the row id of the last message that it covers
    Column("text", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("upload_id", String(64), nullable=False, unique=True),
    Column("filename", Text, nullable=False),
    Column("file_size", Integer, nullable=False),
    Column("upload_time", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False, server_default="products"),  # products, knowledge
    Column("mode", String(16), nullable=False, server_default="upsert"),  # upsert, replace
    Column("state", String(16), nullable=False, server_default="done"),  # queued, running, done, failed, cancelled
    Column("mapping", JSON, nullable=False, server_default="{}"),
    Column("source", Text),  # the address that it was fetched from
    Column("products_added", Integer, nullable=False),
    Column("rows_read", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),  # entries that are dealt with
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("columns", JSON, nullable=False, server_default="[]"),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("kept", Boolean, nullable=False, server_default=text("0")),  # its bytes are still there
    Column("actor", String(128), nullable=False, server_default="service"),  # who sent it
    Index("ix_uploads_brand_id_row_id", "brand_id", "row_id"),
    Index("ix_uploads_state", "state"),
    sqlite_autoincrement=True,
)

# Entries of files that became nothing, each with the reason.
upload_rejects = Table(
    "upload_rejects",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("upload_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # of the row in its file
    Column("reason", Text, nullable=False),
    Column("members", JSON, nullable=False),  # what it held, by title
    Index("ix_upload_rejects_brand_id_upload_id_row_id", "brand_id", "upload_id", "row_id"),
    sqlite_autoincrement=True,
)

# A brand's vector indexes, of products and of passages: for each kind the one in use, and one that is being filled
# beside it. No two of a brand have the same generation, so that the queue need not know the kind.
vector_indexes = Table(
    "vector_indexes",
    metadata,
    _brand(primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),  # counts up while the brand has any
    Column("collection", Text, nullable=False),
    Column("embedder", String(256), nullable=False),  # in whose space the vectors lie
    Column("state", String(16), nullable=False),  # live, filling, retired
    Column("queued", Integer, nullable=False),  # how many rows it began with
    Column("created_at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False, server_default="products"),
)

# Rows whose vectors are to follow, oldest first: saved, or deleted when there is no such row any more.
vector_queue = Table(
    "vector_queue",
    metadata,
    Column("place", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("generation", Integer, nullable=False),
    Column("row_id", RowId, nullable=False),  # of a product or a passage
    UniqueConstraint("brand_id", "generation", "row_id"),
    Index("ix_vector_queue_brand_id_generation_place", "brand_id", "generation", "place"),
    sqlite_autoincrement=True,  # a place is never used twice
)

# Collections of earlier versions, and what was decided of them.
takeovers = Table(
    "takeovers",
    metadata,
    Column("collection", String(512), primary_key=True),
    _brand(),
    Column("state", String(16), nullable=False),  # begun, done, skipped
)

# A brand that is being deleted: nothing of it may be written, and its id cannot be taken, until the row is gone.
tombstones = Table(
    "tombstones",
    metadata,
    Column("brand_id", String(256), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

# It only grows: triggers (migration 0007) refuse to change or delete what is in it.
audit = Table(
    "audit",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # of the brand in its file, once the change is done
    Column("state", String(16), nullable=False),  # intended, done, abandoned
    Column("address", String(64), nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index("ix_audit_brand_id_row_id", "brand_id", "row_id"),
    Index("ix_audit_state", "state"),
    sqlite_autoincrement=True,
)

# Keys by their hashes.
keys = Table(
    "keys",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("key_id", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("prefix", String(16), nullable=False),
    Column("origins", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index("ix_keys_brand_id_row_id", "brand_id", "row_id"),
    sqlite_autoincrement=True,
)

# Secrets by which brands prove who their customers are, as the vault keeps them.
identity_secrets = Table(
    "identity_secrets",
    metadata,
    Column("row_id", RowId, primary_key=True, autoincrement=True),
    _brand(),
    Column("secret_id", String(64), nullable=False, unique=True),
    Column("sealed", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),  # null: the one in use
    Index("ix_identity_secrets_brand_id_row_id", "brand_id", "row_id"),
    sqlite_autoincrement=True,
)

# The tokens of language models that each brand's replies cost in a day of UTC.
spending = Table(
    "spending",
    metadata,
    _brand(primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tokens", BigInteger, nullable=False),
)

# What has happened once and counts from then on, whatever becomes of the brands.
marks = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# First answers to POSTs that carried an Idempotency-Key.
answers = Table(
    "answers",
    metadata,
    Column("principal", String(128), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("key", String(256), primary_key=True),
    _brand(),  # "" where the path names none
    Column("body_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("content_type", String(128), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("location", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_answers_created_at", "created_at"),
)


def own_table(kind: str, brand_id: BrandId) -> str:
    """The name of a brand's own full-text table.

    FTS5 keeps more tables beside each, under its name with `_data`, `_idx` and so on behind it. No brand's name can end
    that way here: the brand `a_data` must not meet what belongs to the brand `a`.
    """
    return f"{kind}_{plain_name(brand_id)}.fts"
