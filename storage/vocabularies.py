"""The names that a brand's catalogue gives to things, and how far they can be relied on."""

from collections.abc import Mapping

from sqlalchemy import Connection

from models import BrandId
from needs import Vocabulary
from storage import product_facts, product_text, products
from understanding.constraints import category_stems, category_words
from understanding.subjects import kinds_of_shop

# A word constrains to the categories that it names when they hold at least this share of the products that bear the
# word in their names; a maker's name likewise.
LEAST_SHARE = 0.5

# With fewer of a catalogue's products in categories than this share no word constrains to one: what is sought may be in
# none (decision 0026).
LEAST_CATEGORISED = 0.8

# What a shop says that it sells is meant of all of it where the categories called so hold less than this share.
LEAST_OF_GOODS = 1 / 3


def load_vocabulary(connection: Connection, brand_id: BrandId, currency: str, about: str = "") -> Vocabulary:
    """The vocabulary of a catalogue as it is now; an empty one for a brand that never had a product.

    Args:
        connection: an open connection.
        brand_id: whose catalogue.
        currency: the brand's own.
        about: the brand's name, and in further lines what it says of itself.
    """
    if not products.revision(connection, brand_id):
        return Vocabulary(currency=currency)
    categories, makers = products.category_sizes(connection, brand_id), products.maker_sizes(connection, brand_id)
    in_categories = {
        word: sum(categories[name] for name in names) for word, names in category_words(categories).items()
    }
    named = product_text.named(connection, brand_id, in_categories)
    kinds = kinds_of_shop(about)
    goods = kinds - category_stems(categories)
    count = products.count(connection, brand_id)
    # "Dried flowers" are few of what a shop for flowers sells; "Red wine" and "White wine" are most of a shop for wine.
    general = {word for word in kinds & in_categories.keys() if in_categories[word] < LEAST_OF_GOODS * count}
    kept = sum(categories.values()) >= LEAST_CATEGORISED * count
    return Vocabulary(
        categories=tuple(categories),
        makers=tuple(sorted(makers)),
        currency=currency,
        attributes=product_facts.values(connection, brand_id),
        doubtful_words=_doubtful(in_categories, named) | general if kept else frozenset(in_categories),
        doubtful_makers=_doubtful(makers, product_text.named(connection, brand_id, makers)),
        goods=frozenset(kind for kind, count in product_text.named(connection, brand_id, goods).items() if not count),
    )


def _doubtful(products_of: Mapping[str, int], named: Mapping[str, int]) -> frozenset[str]:
    """Names that more products bear than they stand for."""
    return frozenset(name for name, count in products_of.items() if count < LEAST_SHARE * named[name])
