"""What filters look at stands in the indexes, so that they need not read the products themselves."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    for column in ("category", "maker", "price"):
        op.drop_index(f"ix_products_brand_id_{column}", table_name="products")
    op.create_index("ix_products_filter_category", "products", ["brand_id", "category", "price", "currency"])
    op.create_index("ix_products_filter_maker", "products", ["brand_id", "maker", "price", "currency"])
    op.create_index("ix_products_filter_price", "products", ["brand_id", "price", "currency"])
    op.create_index(
        "ix_products_filter_row",
        "products",
        ["row_id", "brand_id", "price", "currency", "category", "maker", "availability"],
    )
