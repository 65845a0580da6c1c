"""Search: a hard constraint is never broken, no product that satisfies it is lost, and brands never meet."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import BrandId, Hit, Product
from needs import Constraints, Superlative
from routes.dependencies import Services
from sample_data import load_sample_data
from search_service import SearchResult
from tests.services import running_services, settled
from understanding.requirements import fulfils
from understanding.words import stem

BRAND, OTHER = BrandId("techpro"), BrandId("stylehub")
EVERYTHING = 100

Run = Callable[[Callable[[Services], Any]], Any]

CATALOGUE = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["red widget", "Widgets", "oak chair", "WIDGET shade", "Sturdy seat"]),
            "price": st.floats(0, 100, allow_nan=False).map(lambda price: round(price, 2)),
            "category": st.sampled_from(["Lamps", "Chairs", "Garden Chairs", ""]),
            "availability": st.booleans(),
            "currency": st.sampled_from([None, "USD", "EUR"]),
            "features": st.sampled_from([[], ["Waterproof"], ["Made without leather"]]),
            "specifications": st.sampled_from(
                [{}, {"brand": "Lux"}, {"Brand": "Oakly", "colour": "Dark Red"}, {"memory": "16GB", "weight": "1.2 kg"}]
            ),
        }
    ),
    max_size=12,
)
FILTERS = st.builds(
    Constraints,
    price_min=st.none() | st.floats(0, 60),
    price_max=st.none() | st.floats(40, 100),
    categories=st.sampled_from([(), ("Lamps",), ("Chairs", "Lamps")]),
    excluded_categories=st.sampled_from([(), ("Garden Chairs",)]),
    makers=st.sampled_from([(), ("Lux",), ("Lux", "Oakly")]),
    excluded_makers=st.sampled_from([(), ("Oakly",)]),
    available_only=st.booleans(),
    attributes=st.sampled_from([{}, {"Colour": "darkred"}, {"memory": "at least 8GB"}]),
    excluded_terms=st.sampled_from([(), ("leather",), ("waterproof",)]),
)
QUERIES = st.sampled_from(["widget", "chair", "something to sit on", "red widget under 50", "a lamp, not from Oakly"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Two empty shops."""
    with running_services(tmp_path_factory.mktemp("search")) as running:
        yield running


@pytest.fixture(scope="module")
def in_samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The two sample shops."""
    with running_services(tmp_path_factory.mktemp("samples")) as running:

        async def fill(services: Services) -> None:
            await load_sample_data(services.brands, services.products)
            await settled(services, BRAND, OTHER)

        running(fill)
        yield running


async def refill(services: Services, brand_id: BrandId, items: list[dict[str, object]]) -> list[Product]:
    """Make these the brand's catalogue."""
    for step in (services.indexing, services.products, services.search):
        await step.purge(brand_id)
    await services.products.save_many(brand_id, [item | {"id": str(number)} for number, item in enumerate(items)])
    await settled(services, brand_id)
    products, _ = await services.products.page(brand_id, category=None, limit=EVERYTHING, offset=0)
    return products


async def found(services: Services, query: str, wanted: Constraints, brand_id: BrandId = BRAND) -> SearchResult:
    return await services.search.search(brand_id, query, filters=wanted, limit=EVERYTHING)


@given(CATALOGUE, FILTERS, QUERIES)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_hit_breaks_a_constraint_and_none_that_satisfies_it_is_lost(
    run: Run, items: list[dict[str, object]], wanted: Constraints, query: str
) -> None:
    async def scenario(services: Services) -> None:
        catalogue = await refill(services, BRAND, items)
        unfiltered = await found(services, query, Constraints())
        filtered = await found(services, query, wanted)
        demanded = filtered.understood.constraints
        allowed = {product.id for product in catalogue if fulfils(product, demanded, "USD")}
        hits = {hit.product.id for hit in filtered.hits}
        assert hits <= allowed
        # What the query alone finds, the filter keeps; explicit filters replace what the words say of the same thing.
        if filtered.understood.constraints == unfiltered.understood.constraints or wanted.is_empty:
            assert {hit.product.id for hit in unfiltered.hits} & allowed <= hits
        # A product that holds a word that was looked for is found, whatever the filter.
        for product in catalogue:
            if product.id in allowed and set(filtered.understood.terms) & {"widget", "chair"} & words_of(product):
                assert product.id in hits

    run(scenario)


def words_of(product: Product) -> set[str]:
    return {word.rstrip("s") for word in product.name.lower().split()}


@given(CATALOGUE, CATALOGUE, QUERIES)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_brands_upload_changes_no_score(
    run: Run, items: list[dict[str, object]], others: list[dict[str, object]], query: str
) -> None:
    async def scenario(services: Services) -> None:
        await refill(services, BRAND, items)
        await refill(services, OTHER, [])
        before = await found(services, query, Constraints())
        await refill(services, OTHER, [*items, *others])  # the same ids, and the same texts among them
        after = await found(services, query, Constraints())
        assert [(hit.product.id, hit.score) for hit in after.hits] == [
            (hit.product.id, hit.score) for hit in before.hits
        ]
        assert all(hit.product.brand_id == BRAND for hit in after.hits)

    run(scenario)


def ids_of(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.product.id for hit in hits]


@pytest.mark.parametrize(
    "query",
    [
        '" OR 1=1 --',
        "NEAR(laptop",
        "laptop*",
        "^name",
        "a AND",
        "name:laptop",
        "'; DROP TABLE products",
        '""',
        "-",
        "()",
    ],
)
def test_operators_and_quotes_are_only_words(in_samples: Run, query: str) -> None:
    result = in_samples(lambda services: found(services, query, Constraints()))
    assert all(hit.product.brand_id == BRAND and 0 <= hit.score <= 1 for hit in result.hits)


def test_scores_fall_and_lie_between_nought_and_one(in_samples: Run) -> None:
    result = in_samples(lambda services: found(services, "a light laptop for video editing", Constraints()))
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert scores
    assert all(0 <= score <= 1 for score in scores)


def test_another_brands_products_are_never_found(in_samples: Run) -> None:
    result = in_samples(lambda services: found(services, "linen dress organic cotton shoes", Constraints()))
    assert all(hit.product.brand_id == BRAND for hit in result.hits)


@pytest.mark.parametrize(("query", "direction"), [("the cheapest laptop", min), ("the most expensive laptop", max)])
def test_the_cheapest_is_the_cheapest(in_samples: Run, query: str, direction: Callable[..., Product]) -> None:
    async def scenario(services: Services) -> None:
        laptops, _ = await services.products.page(BRAND, category="Laptops", limit=EVERYTHING, offset=0)
        result = await found(services, query, Constraints())
        assert result.hits[0].product.price == direction(laptops, key=lambda one: one.price).price

    in_samples(scenario)


def test_the_lightest_comes_first_where_weights_are_given(in_samples: Run) -> None:
    result = in_samples(lambda services: found(services, "the lightest laptop", Constraints()))
    assert result.understood.superlative is Superlative.LIGHTEST
    weights = [hit.product.specifications.get("weight") for hit in result.hits]
    assert weights[0] == min(weight for weight in weights if weight)


def test_a_need_is_met_by_meaning_where_no_word_is_shared(in_samples: Run) -> None:
    result = in_samples(lambda services: found(services, "earphones", Constraints()))
    assert {hit.product.category for hit in result.hits[:3]} == {"Headphones"} or result.hits[
        0
    ].product.category == "Audio"


@pytest.mark.parametrize(
    ("mistyped", "meant"), [("labtop", "laptop"), ("headphnes", "headphones"), ("moniter", "monitor")]
)
def test_a_mistyped_word_finds_what_was_meant(in_samples: Run, mistyped: str, meant: str) -> None:
    result = in_samples(lambda services: found(services, mistyped, Constraints()))
    assert result.understood.corrections == {mistyped: meant}
    assert result.hits


def test_another_name_for_what_the_shop_has_is_read_as_the_shops_own(run: Run) -> None:
    async def scenario(services: Services) -> None:
        items: list[dict[str, object]] = [
            {"name": "Fern Sofa", "price": 900, "category": "Seating"},
            {"name": "Slate 14", "price": 800, "category": "Laptops", "description": "For work and study."},
        ]
        await refill(services, BRAND, items)
        for asked, meant, name in (("couch", "sofa", "Fern Sofa"), ("computer", "laptop", "Slate 14")):
            result = await found(services, f"i need a {asked}", Constraints())
            assert stem(result.understood.corrections[asked]) == meant
            assert result.hits[0].product.name == name
        assert not (await found(services, "sofa", Constraints())).understood.corrections

    run(scenario)


@pytest.mark.parametrize("word", ["plant", "bored", "powerful"])
def test_a_word_of_the_language_is_not_corrected_to_one_of_the_shop(in_samples: Run, word: str) -> None:
    result = in_samples(lambda services: found(services, f"a {word} thing", Constraints(), OTHER))
    assert not result.understood.corrections


def test_a_model_number_is_found_exactly_and_never_corrected(run: Run) -> None:
    async def scenario(services: Services) -> None:
        items: list[dict[str, object]] = [
            {"name": f"Toner TN-{number}", "price": 10, "category": "Toner"} for number in (2110, 2120, 2210, 3110)
        ]
        products = await refill(services, BRAND, items)
        for product in products:
            number = product.name.removeprefix("Toner ")
            for query in (number, number.lower(), f"toner {number}"):
                result = await found(services, query, Constraints())
                assert result.hits[0].product.id == product.id, query
                assert not result.understood.corrections

    run(scenario)


def test_words_written_together_and_apart_find_each_other(run: Run) -> None:
    async def scenario(services: Services) -> None:
        items: list[dict[str, object]] = [
            {"name": "Smart watch with pulse meter", "price": 10},
            {"name": "Office headset", "price": 10},
            {"name": "Garden gnome", "price": 10},
        ]
        await refill(services, BRAND, items)
        assert ids_of((await found(services, "smartwatch", Constraints())).hits)[0] == "0"
        assert ids_of((await found(services, "head set", Constraints())).hits)[0] == "1"

    run(scenario)


def test_a_category_that_few_of_its_kind_are_in_is_no_constraint(run: Run) -> None:
    async def scenario(services: Services) -> None:
        cameras: list[dict[str, object]] = [{"name": f"Camera {number}", "price": 10} for number in range(8)]
        toy: dict[str, object] = {"name": "Toy camera", "price": 5, "category": "Kids camera"}
        await refill(services, BRAND, [*cameras, toy])
        result = await found(services, "camera", Constraints())
        assert result.understood.constraints.categories == ()
        assert len(result.hits) == 9
        # Where the categories are kept, the word means what is in them.
        await refill(services, BRAND, [one | {"category": "Cameras"} for one in cameras] + [toy | {"name": "Toy"}])
        result = await found(services, "camera", Constraints())
        assert "Cameras" in result.understood.constraints.categories

    run(scenario)


def kettles(count: int) -> list[dict[str, object]]:
    """A shop of kettles, more than the legs hand over, with something else between them."""
    kinds = ["Steel kettle", "Glass kettle with filter", "Travel kettle", "Kettle descaler", "Teapot warmer"]
    return [
        {
            "name": f"{kinds[number % 5]} {number}",
            "category": "Kitchen",
            "price": 5 + (number * 37) % 190,
            "features": ["Not for induction" if number % 3 else "For gas and induction"],
        }
        for number in range(count)
    ]


def test_pages_of_a_result_make_the_whole_of_it_in_the_same_order(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await refill(services, BRAND, kettles(400))
        for query in ("kettle", "glass kettle under $150", "a cheap kettle for travel", "kettle for induction"):
            pages = [
                await services.search.search(BRAND, query, filters=Constraints(), limit=limit, offset=offset)
                for limit in (10, 100)
                for offset in range(0, 500, limit)
            ]
            small, large = pages[:50], pages[50:]
            paged = [id_ for page in small for id_ in ids_of(page.hits)]
            assert len(paged) == len(set(paged))
            assert paged == [id_ for page in large for id_ in ids_of(page.hits)]
            assert {page.total for page in pages} == {len(paged)}
            scores = [hit.score for page in small for hit in page.hits]
            assert scores == sorted(scores, reverse=True)

    run(scenario)


@pytest.mark.parametrize("query", ["cheapest kettle", "the cheapest kettle over $20", "cheapest glass kettle"])
def test_the_cheapest_of_many_is_the_cheapest_of_all(run: Run, query: str) -> None:
    async def scenario(services: Services) -> None:
        items = kettles(400)
        await refill(services, BRAND, items)
        result = await found(services, query, Constraints())
        least = result.understood.constraints.price_min or 0
        words = [word for word in ("glass", "kettle") if word in query]
        prices = sorted(
            float(str(item["price"]))
            for item in items
            if all(word in str(item["name"]).lower() for word in words) and float(str(item["price"])) >= least
        )
        assert [hit.product.price for hit in result.hits[:20]] == prices[:20]
        scores = [hit.score for hit in result.hits]
        assert scores == sorted(scores, reverse=True)

    run(scenario)


@pytest.mark.parametrize("query", ["portable charger", "router", "wireless earbuds", "camera for travel", "backpack"])
@pytest.mark.parametrize("limit", [40.0, 69.0, 129.0, 300.0])
def test_a_filter_loses_no_hit_that_passes_it(in_samples: Run, query: str, limit: float) -> None:
    async def scenario(services: Services) -> None:
        free = await found(services, query, Constraints())
        filtered = await found(services, query, Constraints(price_max=limit))
        passing = {hit.product.id for hit in free.hits if hit.product.price <= limit}
        assert passing <= set(ids_of(filtered.hits))

    in_samples(scenario)


@pytest.mark.parametrize("sentence", ["i hate mondays", "I don't like this weather", "avoid traffic", "no smoking"])
def test_who_only_denies_what_no_product_has_asks_for_nothing(in_samples: Run, sentence: str) -> None:
    result = in_samples(lambda services: found(services, sentence, Constraints()))
    assert result.hits == ()


def test_search_goes_by_words_while_there_are_no_vectors(tmp_path: Path) -> None:
    with running_services(tmp_path, embedding_provider="none") as running:
        running(lambda services: load_sample_data(services.brands, services.products))
        result = running(partial(found, query="laptop for video editing", wanted=Constraints()))
        assert result.hits[0].product.category == "Laptops"


def test_what_says_that_it_is_not_what_is_asked_for_comes_behind_what_is(run: Run) -> None:
    async def scenario(services: Services) -> None:
        texts = ["Not for induction."] * 6 + ["Works with induction."]
        pans = [
            {"name": f"Pan {n}", "price": 9, "category": "Pans", "description": text} for n, text in enumerate(texts)
        ]
        await refill(services, BRAND, pans)
        best, *others = (await found(services, "pan for induction", Constraints())).hits
        assert best.product.name == "Pan 6"
        assert len(others) == 6
        assert all(hit.score < best.score for hit in others)

    run(scenario)


def test_a_category_that_the_words_name_is_no_wall_and_one_that_is_chosen_is(run: Run) -> None:
    async def scenario(services: Services) -> None:
        seats = [{"name": f"Hollis armchair {n}", "price": 100 + n, "category": "Sofas"} for n in range(9)]
        seats += [
            {
                "name": f"Nimbus {n} deep modular corner sectional with chaise",
                "price": 200 + n,
                "category": "Sectionals",
            }
            for n in range(3)
        ]
        await refill(services, BRAND, seats)
        typed = await found(services, "deep modular corner sectional sofa with chaise", Constraints())
        assert {hit.product.category for hit in typed.hits[:3]} == {"Sectionals"}
        assert typed.understood.constraints.categories == ()
        chosen = await found(
            services, "deep modular corner sectional sofa with chaise", Constraints(categories=("Sofas",))
        )
        assert {hit.product.category for hit in chosen.hits} <= {"Sofas"}

    run(scenario)


def test_what_comes_behind_a_small_category_comes_once_on_whatever_page(run: Run) -> None:
    async def scenario(services: Services) -> None:
        goods = [{"name": f"Lawn feed {n}", "price": 10 + n, "category": "Lawn Care"} for n in range(2)]
        goods += [{"name": f"Lawn sprinkler {n}", "price": 20 + n, "category": "Watering"} for n in range(6)]
        await refill(services, BRAND, goods)
        whole = await found(services, "lawn care in spring", Constraints())
        assert {hit.product.category for hit in whole.hits[:2]} == {"Lawn Care"}
        assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)
        pages = [
            await services.search.search(BRAND, "lawn care in spring", filters=Constraints(), limit=3, offset=offset)
            for offset in range(0, len(whole.hits), 3)
        ]
        assert [ids_of(page.hits) for page in pages] == [
            ids_of(whole.hits[start : start + 3]) for start in range(0, len(whole.hits), 3)
        ]
        assert len(set(ids_of(whole.hits))) == len(whole.hits)

    run(scenario)


@pytest.mark.parametrize("query", ["lawn care", "lawn care in spring"])
def test_how_many_there_are_beyond_a_category_is_the_same_on_every_page(run: Run, query: str) -> None:
    async def scenario(services: Services) -> None:
        goods: list[dict[str, object]] = [
            {"name": f"Feed {n} for lawns", "price": 10 + n, "category": "Lawn Care"} for n in range(3)
        ]
        for number in range(20):
            roller = {"name": f"Roller {number}", "category": "Rollers", "features": ["Lawn care in spring"]}
            goods.append(roller | {"price": 20 + number})
        await refill(services, BRAND, goods)
        pages = [
            await services.search.search(BRAND, query, filters=Constraints(), limit=limit, offset=offset)
            for limit, offset in ((2, 0), (2, 2), (5, 0), (5, 5), (20, 0))
        ]
        assert len({page.total for page in pages}) == 1
        assert len({page.understood.constraints.categories for page in pages}) == 1
        assert all(hit.matched for page in pages for hit in page.hits if "Rollers" in hit.product.category)

    run(scenario)
