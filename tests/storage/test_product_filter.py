"""The filter in SQL lets through exactly what `fulfils` says, and what it reads is kept in step with the rows."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from models import BrandId, Product, utc_now
from needs import Constraints
from storage import product_columns, product_facts, product_search, products, tables
from storage.engine import Database
from storage.migrations import HERE as MIGRATIONS
from storage.migrations import upgrade
from understanding.requirements import demands_of, fulfils

BRAND, OTHER = BrandId("alpha"), BrandId("beta")

WORDS = st.sampled_from(
    [
        "touchscreen",
        "touch screen",
        "no touchscreen",
        "without leather",
        "leather",
        "non-slip",
        "sugar-free",
        "oak",
        "é",
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        ["16GB", "116 GB", "1 TB", "16GB, upgradeable to 64GB", "27 inch", '68.6 cm (27")', "1.2 kg", "1,200 g",
         "S, M", "36-38", "EU 42", "dark red", "Red / Black", "no", "yes", "none", "solid oak", "0 g", "10 hours",
         "900 g"]
    ),
    WORDS, st.booleans(), st.integers(0, 50), st.lists(st.sampled_from(["S", "M", "red"]), max_size=2),
    st.text(max_size=6),
)  # fmt: skip
NAMES = st.sampled_from(
    ["memory", "Storage", "Display", "weight", "Sizes", "Colour", "material", "touchscreen", "brand"]
)
PRODUCTS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict[str, Any],
        name=st.sampled_from(["Lamp", "Red lamp", "16GB stick", "Leather bag", "Bag"]),
        price=st.integers(0, 100),
        currency=st.sampled_from([None, "USD", "EUR"]),
        category=st.sampled_from(["Lamps", "Chairs", "Leather Chairs", ""]),
        description=st.lists(
            st.one_of(WORDS, st.sampled_from(["A leather cover.", "made without leather, for you", "isnt"])), max_size=3
        ).map(" ".join),
        availability=st.booleans(),
        features=st.lists(st.one_of(WORDS, st.sampled_from(["32GB RAM", "a red handle"])), max_size=2),
        specifications=st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    min_size=1,
    max_size=8,
)
ASKED = st.one_of(
    st.sampled_from(
        ["16GB", "16 gb", "64GB", "27 inch", "red", "red or black", "M", "42", "at least 16GB", "more than 900 g",
         "oak",
         "under 1.2 kg", "at most 1.2 kg", "900 to 1200 g", "solid oak", "darkred", "yes", "16GB and 27 inch", "", '"']
    ),
    st.text(max_size=6),
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["memory", "memory or storage", "display", "Weight", "sizes", "colour or name", "material", "features"]
    ),
    ASKED,
    max_size=2,
)
CONSTRAINTS = st.builds(
    Constraints,
    price_min=st.none() | st.integers(0, 60),
    price_max=st.none() | st.integers(40, 100),
    currency=st.sampled_from([None, "USD", "EUR"]),
    categories=st.sampled_from([(), ("Lamps",), ("Lamps", "Chairs")]),
    excluded_categories=st.sampled_from([(), (), ("Chairs",)]),
    makers=st.sampled_from([(), (), ("oak",)]),
    excluded_makers=st.sampled_from([(), (), ("leather", "yes")]),
    available_only=st.booleans(),
    attributes=ATTRIBUTES,
    excluded_attributes=ATTRIBUTES,
    excluded_terms=st.lists(
        st.one_of(st.sampled_from(["touchscreen", "touch screen", "leather", "sugar", "slip"]), st.text(max_size=5)),
        max_size=2,
    ).map(tuple),
)


def products_of(brand_id: BrandId, rows: list[dict[str, Any]]) -> list[Product]:
    return [Product.model_validate(row | {"id": f"p{place}", "brand_id": brand_id}) for place, row in enumerate(rows)]


def run(database: Database, change: Callable[[Connection], Any]) -> Any:
    return asyncio.run(database.write(change))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database(tmp_path_factory.mktemp("filter") / "test.db")
    upgrade(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "test.db")
    upgrade(opened.engine)
    yield opened
    opened.close()


def found_by(connection: Connection, constraints: Constraints, brand_id: BrandId = BRAND) -> list[str]:
    within = product_search.Within(brand_id, constraints, "USD")
    row_ids = product_search.fulfilling(connection, within)
    assert product_search.count_fulfilling(connection, within) == len(row_ids)
    found = products.by_row(connection, brand_id, row_ids)
    return [found[row_id].id for row_id in row_ids]


@given(rows=PRODUCTS, constraints=st.lists(CONSTRAINTS, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate])
def test_the_filter_lets_through_exactly_what_fulfils_says(
    shared: Database, rows: list[dict[str, Any]], constraints: list[Constraints]
) -> None:
    catalogue = products_of(BRAND, rows)

    def check(connection: Connection) -> None:
        products.purge(connection, BRAND)
        products.save(connection, BRAND, catalogue, utc_now())
        products.save(connection, OTHER, products_of(OTHER, rows), utc_now())
        for one in constraints:
            expected = [product.id for product in catalogue if fulfils(product, one, "USD")]
            assert found_by(connection, one) == expected, one
            within = product_search.Within(BRAND, one, "USD")
            kept = product_search.fulfilling(connection, within)
            by_words = product_search.lexical(connection, within, ["lamp", "leather"], 5)
            assert by_words[0].keys() <= set(kept)
            ranked = product_search.ranked(connection, within.brand_id, ["lamp", "leather"], kept, 5)
            assert ranked == by_words[0]

    run(shared, check)


@given(rows=PRODUCTS, constraints=st.lists(CONSTRAINTS, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate])
def test_columns_let_through_what_sql_does_or_say_that_they_cannot_tell(
    shared: Database, rows: list[dict[str, Any]], constraints: list[Constraints]
) -> None:
    def check(connection: Connection) -> None:
        products.purge(connection, BRAND)
        products.save(connection, BRAND, products_of(BRAND, rows), utc_now())
        products.save(connection, OTHER, products_of(OTHER, rows), utc_now())
        assert product_columns.read(connection, BRAND, most=len(rows) - 1) is None
        columns = product_columns.read(connection, BRAND, most=len(rows))
        assert columns is not None
        assert columns.revision == products.revision(connection, BRAND)
        for one in constraints:
            if any(demands_of(one)):
                assert columns.fulfilling(product_search.Within(BRAND, one, "USD")) is None
            plain = one.model_copy(update={"attributes": {}, "excluded_attributes": {}, "excluded_terms": ()})
            within = product_search.Within(BRAND, plain, "USD")
            found = columns.fulfilling(within)
            assert found is not None
            assert found.tolist() == product_search.fulfilling(connection, within), plain

    run(shared, check)


def test_the_columns_of_a_brand_without_products_are_empty(shared: Database) -> None:
    columns = run(shared, lambda connection: product_columns.read(connection, BrandId("nobody"), most=9))
    assert columns.fulfilling(product_search.Within(BrandId("nobody"), Constraints(), "USD")).tolist() == []
    cheap = Constraints(price_max=5, categories=("Lamps",), available_only=True)
    assert columns.fulfilling(product_search.Within(BrandId("nobody"), cheap, "USD")).tolist() == []


def one(**members: Any) -> list[Product]:
    return products_of(BRAND, [{"name": "P", "price": 1} | members])


@pytest.mark.parametrize(
    ("attributes", "specifications", "holds"),
    [
        ({"memory": "16GB"}, {"Memory": "16 GB DDR5"}, True),
        ({"memory": "16GB"}, {"memory": "116GB"}, False),
        ({"memory": "16GB"}, {"storage": "16GB"}, False),
        ({"memory": "64GB"}, {"memory": "16GB, upgradeable to 64GB"}, False),
        ({"storage": "1TB"}, {"storage": "1000 GB"}, True),
        ({"material": "oak"}, {"Material": "Solid oak"}, True),
        ({"material": "oak"}, {"material": "cloak"}, False),
        ({"colour": "darkred"}, {"Colour": "Dark Red"}, True),
        ({"battery life": "at least 8 hours"}, {"battery_life": "up to 10 hours"}, True),
        ({"weight": "under 2 kg"}, {"weight": "2.0 kg"}, False),
        ({"weight": "at most 2 kg"}, {"weight": "2.0 kg"}, True),
        ({"memory or ram": "at least 16GB"}, {"RAM": "32GB"}, True),
        ({"shoe size": "42"}, {"shoe size": ["41", "42"]}, True),
    ],
)
def test_an_attribute_holds_as_whole_words_and_measures(
    database: Database, attributes: dict[str, str], specifications: dict[str, Any], *, holds: bool
) -> None:
    def found(connection: Connection) -> list[str]:
        products.save(connection, BRAND, one(specifications=specifications), utc_now())
        return found_by(connection, Constraints(attributes=attributes))

    assert bool(run(database, found)) is holds


@pytest.mark.parametrize(
    ("term", "members", "breaks"),
    [
        ("touchscreen", {"features": ["Bright touch screen"]}, True),
        ("touch screen", {"specifications": {"Touchscreen": True}}, True),
        ("touchscreen", {"specifications": {"touchscreen": "no"}}, False),
        ("touchscreen", {"specifications": {"touchscreen": False}}, False),
        ("touchscreen", {"features": ["Comes without touchscreen"]}, False),
        ("leather", {"specifications": {"material": "leather, steel"}}, True),
        ("leather", {"features": ["leather-free"]}, False),
        ("sugar", {"specifications": {"sugar": "0 g"}}, False),
        ("sugar", {"specifications": {"sugar": "12 g"}}, True),
        ("sugar", {"specifications": {"sugar": "N/A"}}, True),
        ("sugar", {"specifications": {"sugar": ""}}, False),
        ("slip", {"features": ["non-slip base"]}, False),
        ("refurbished", {"category": "Refurbished Laptops"}, True),
        ("leather", {"description": "Comes with a leather cover."}, True),
        ("leather", {"description": "Warm and light, made without leather."}, False),
        ("leather", {"description": "It isnt made of leather. It is oak."}, False),
        ("leather", {"description": "Free from leather and fur."}, False),
        ("oak", {"description": "It isn't made of leather. It is oak."}, True),
        ("leather", {"description": "No plastic. A leather-bound book."}, True),
        ("touchscreen", {"description": "A bright touch-screen."}, True),
        ("touchscreen", {"description": "No fan. A bright touch-screen."}, True),
        ("touchscreen", {"description": "It has no touch-screen."}, False),
        ("leather", {"features": ["soft " * 200 + "leather"]}, True),
    ],
)
def test_a_product_has_what_it_says_and_does_not_deny(
    database: Database, term: str, members: dict[str, Any], *, breaks: bool
) -> None:
    def found(connection: Connection) -> list[str]:
        products.save(connection, BRAND, one(**members), utc_now())
        return found_by(connection, Constraints(excluded_terms=(term,)))

    assert bool(run(database, found)) is not breaks


def test_the_claims_of_name_and_category_are_never_cut_off(database: Database) -> None:
    many = [" ".join(f"word{place}x{number}" for number in range(100)) for place in range(30)]
    members = {"name": "Leather bag", "category": "Refurbished Bags", "features": many}

    def found(connection: Connection) -> list[list[str]]:
        products.save(connection, BRAND, one(**members), utc_now())
        return [found_by(connection, Constraints(excluded_terms=(term,))) for term in ("leather", "refurbished")]

    assert run(database, found) == [[], []]


def test_what_is_known_of_a_product_changes_and_goes_with_it(database: Database) -> None:
    def scenario(connection: Connection) -> list[Any]:
        seen: list[Any] = []
        for size in ("S", "M"):
            products.save(connection, BRAND, one(specifications={"size": size}), utc_now())
            seen.append(product_facts.values(connection, BRAND))
        seen.append(found_by(connection, Constraints(attributes={"size": "S"})))
        products.remove(connection, BRAND, "p0")
        seen.append(product_facts.values(connection, BRAND))
        products.save(connection, BRAND, one(specifications={"size": "M"}), utc_now())
        products.purge(connection, BRAND)
        seen.append(product_facts.values(connection, BRAND))
        return seen

    assert run(database, scenario) == [{"s": ("size",)}, {"m": ("size",)}, [], {}, {}]


def test_a_value_is_listed_with_every_name_that_holds_it(database: Database) -> None:
    rows = [{"name": "P", "price": 1, "specifications": {"memory": "16GB", "storage": "16 GB", "colour": "Red"}}] * 3

    def listed(connection: Connection) -> dict[str, tuple[str, ...]]:
        products.save(connection, BRAND, products_of(BRAND, rows), utc_now())
        products.save(connection, OTHER, one(specifications={"size": "S"}), utc_now())
        return product_facts.values(connection, BRAND)

    assert run(database, listed) == {"16gb": ("memory", "storage"), "red": ("colour",)}


def upgrade_to(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_a_database_of_the_first_revision_learns_what_its_products_have(tmp_path: Path) -> None:
    database = Database(tmp_path / "old.db")
    upgrade_to(database, "0001")

    def fill(connection: Connection) -> None:
        (product,) = one(specifications={"memory": "16GB"})
        connection.execute(insert(tables.products), [products._row(BRAND, product, utc_now())])
        rows = [{"brand_id": BRAND, "revision": 1}, {"brand_id": OTHER, "revision": 2}]
        connection.execute(insert(tables.catalogues), rows)

    run(database, fill)
    upgrade_to(database, "0002")

    asked = Constraints(attributes={"memory": "16GB"})
    assert run(database, lambda connection: found_by(connection, asked)) == ["p0"]
    assert run(database, lambda connection: found_by(connection, asked, OTHER)) == []
    assert run(database, lambda connection: product_facts.values(connection, BRAND)) == {"16gb": ("memory",)}
    database.close()
