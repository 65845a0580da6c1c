"""Search: full-text tables anew, what products have as data, vector indexes with their queue, takeovers."""

import hashlib
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

from models import BrandId, Product
from storage import product_facts, product_text

revision = "0002"
down_revision = "0001"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROWS_AT_A_TIME = 500

PRODUCTS = sa.table(
    "products",
    sa.column("row_id", sa.Integer),
    sa.column("brand_id", sa.String),
    sa.column("name", sa.Text),
    sa.column("category", sa.Text),
    sa.column("description", sa.Text),
    sa.column("features", sa.JSON),
    sa.column("specifications", sa.JSON),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "product_attributes",
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("row_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "kind", "name", "value", "row_id", name=op.f("pk_product_attributes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_attributes_row_id", "product_attributes", ["row_id"], unique=False)
    op.create_table(
        "takeovers",
        sa.Column("collection", sa.String(length=512), nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("collection", name=op.f("pk_takeovers")),
    )
    op.create_table(
        "vector_indexes",
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("embedder", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "generation", name=op.f("pk_vector_indexes")),
    )
    op.create_table(
        "vector_queue",
        sa.Column("place", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(length=256), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("product", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_vector_queue")),
        sa.UniqueConstraint(
            "brand_id", "generation", "product", name=op.f("uq_vector_queue_brand_id_generation_product")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_vector_queue_brand_id_generation_place",
        "vector_queue",
        ["brand_id", "generation", "place"],
        unique=False,
    )
    _derive(op.get_bind())


def _derive(connection: sa.Connection) -> None:
    """Derive what is searched from the products, by today's rules: like an index, it can be derived anew at any time.

    A brand that has no product left may still be searched, so it has its tables too.
    """
    catalogues = sa.table("catalogues", sa.column("brand_id", sa.String))
    names = connection.execute(sa.select(catalogues.c.brand_id)).scalars().all()
    for name in names:
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{_first_name(name)}"')
    for name in names:
        brand_id = BrandId(name)
        product_text.create(connection, brand_id)
        product_facts.create(connection, brand_id)
        last = 0
        while rows := _next(connection, brand_id, last):
            products = [(row.row_id, _product(row)) for row in rows]
            product_text.put(connection, brand_id, products)
            product_facts.put(connection, brand_id, products)
            last = rows[-1].row_id


def _first_name(brand_id: str) -> str:
    """What a brand's full-text table was called until now."""
    plain = re.fullmatch(r"[a-z0-9_-]+", brand_id)
    return f"product_text_{brand_id if plain else 'x' + hashlib.sha256(brand_id.encode()).hexdigest()[:16]}"


def _next(connection: sa.Connection, brand_id: str, after: int) -> list[sa.Row[Any]]:
    query = (
        sa.select(PRODUCTS)
        .where(PRODUCTS.c.brand_id == brand_id, PRODUCTS.c.row_id > after)
        .order_by(PRODUCTS.c.row_id)
        .limit(ROWS_AT_A_TIME)
    )
    return list(connection.execute(query).all())


def _product(row: sa.Row[Any]) -> Product:
    """As far as it is searched; what is stored was validated when it was saved."""
    return Product.model_construct(
        id="",
        brand_id=row.brand_id,
        name=row.name,
        category=row.category,
        description=row.description,
        price=0,
        features=row.features,
        specifications=row.specifications,
    )
