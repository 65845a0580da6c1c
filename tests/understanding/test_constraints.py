import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Vocabulary
from understanding.constraints import read_constraints
from understanding.prices import parse_amount

SHOP = Vocabulary(
    categories=("Laptops", "Monitors", "Mice", "Smart Home", "Bags & Luggage", "Shoes", "Accessories", "Keyboards"),
    makers=("Kestrel", "Helix", "Sony", "Bang & Olufsen", "Next", "Northwind"),
)


def price_of(text: str, shop: Vocabulary = SHOP) -> tuple[float | None, float | None, str | None]:
    asked = read_constraints(text, shop).constraints
    return asked.price_min, asked.price_max, asked.currency


def categories_of(text: str) -> tuple[str, ...]:
    return read_constraints(text, SHOP).constraints.categories


@pytest.mark.parametrize(
    ("text", "low", "high", "currency"),
    [
        ("under $1,500", None, 1500, "USD"),
        ("below 800", None, 800, None),
        ("less than 2000", None, 2000, None),
        ("up to €49,90", None, 49.9, "EUR"),
        ("no more than 300", None, 300, None),
        ("max 500", None, 500, None),
        ("cheaper than $99.99", None, 99.99, "USD"),
        ("under 1.000 EUR", None, 1000, "EUR"),
        ("under Rp 2.000.000", None, 2_000_000, "IDR"),
        ("under 2 million rupiah", None, 2_000_000, "IDR"),
        ("under 15 500 kr", None, 15_500, "SEK"),
        ("$2k", None, 2000, "USD"),
        ("a laptop for $1500", None, 1500, "USD"),
        ("1500 or less", None, 1500, None),
        ("my budget is 1500", None, 1500, None),
        ("over 800", 800, None, None),
        ("at least £300", 300, None, "GBP"),
        ("from $500", 500, None, "USD"),
        ("between 500 and 800", 500, 800, None),
        ("between 800 and 500", 500, 800, None),
        ("500-800 dollars", 500, 800, "USD"),
        ("from 500 to 800", 500, 800, None),
        ("between 1 and 2k", 1000, 2000, None),
        ("over 500 but under 800", 500, 800, None),
        ("around 2k", 1700, 2300, None),
        ("about $100", 85, 115, "USD"),
        ("less than 1.000 EUR", None, 1000, "EUR"),
        ("sub-$500", None, 500, "USD"),
        ("<= 300 euro", None, 300, "EUR"),
        ("500-800", 500, 800, None),
        ("$1.5k", None, 1500, "USD"),
        ("max 200", None, 200, None),
        ("under 900 and 16 inch", None, 900, None),
        ("from $900 - 16 inch", 900, None, "USD"),
        ("a cheap laptop", None, None, None),
    ],
)
def test_a_price_phrase_is_understood(text: str, low: float | None, high: float | None, currency: str | None) -> None:
    assert price_of(text) == (low, high, currency)


@pytest.mark.parametrize("amount", ["$2000", "$ 2,000", "2000", "2000 dollars"])
@pytest.mark.parametrize(
    ("comparative", "is_least"),
    [
        ("more expensive than", True), ("more costly than", True), ("pricier than", True), ("dearer than", True),
        ("costlier than", True), ("higher than", True), ("more than", True), ("over", True), ("above", True),
        ("not cheaper than", True), ("not less expensive than", True), ("nothing under", True),
        ("more expensive then", True), ("higher priced than", True),
        ("less expensive than", False), ("less costly than", False), ("cheaper than", False), ("lower than", False),
        ("less than", False), ("under", False), ("below", False), ("not more expensive than", False),
        ("no pricier than", False), ("nothing dearer than", False), ("isn't costlier than", False),
        ("isnt pricier than", False), ("not over", False), ("lower priced than", False),
    ],
)  # fmt: skip
def test_a_comparative_limits_the_price_in_its_own_direction(comparative: str, amount: str, *, is_least: bool) -> None:
    low, high, _ = price_of(f"laptop {comparative} {amount}")

    assert (low, high) == ((2000, None) if is_least else (None, 2000))


@pytest.mark.parametrize("text", ["pricier than 50", "dearer than 5", "shoes for men costlier than 60"])
def test_a_comparison_of_prices_makes_even_a_small_number_a_price(text: str) -> None:
    assert price_of(text)[0] == float(text.rsplit(maxsplit=1)[-1])


@pytest.mark.parametrize(
    "text",
    [
        "more expensive than 2 laptops", "from 14 to 16 inch",
        "iphone 15", "27 inch", "16GB", "size 42", "under 2 kg", "at least 10 hours", "from 2023", "up to 500 nits",
        "at least 4 usb ports", "up to 4 monitors", "for kids under 10", "size between 36 and 42", "under 5 lbs",
        "lighter than 3 pounds", "under 50 pounds", "less than 30 days", "between 13 and 15 inches", "x-200",
        "under 99999999999999999999",
    ],
)  # fmt: skip
def test_a_number_that_measures_something_is_no_price(text: str) -> None:
    assert price_of(text) == (None, None, None)


def test_pounds_are_money_where_the_shop_sells_in_them() -> None:
    assert price_of("under 50 pounds", Vocabulary(currency="GBP")) == (None, 50, "GBP")


def test_dollars_are_the_shops_own_dollars() -> None:
    assert price_of("under $50", Vocabulary(currency="CAD")) == (None, 50, "CAD")


@pytest.mark.parametrize(
    ("written", "value"),
    [("1,500", 1500), ("1.500", 1500), ("1,500.50", 1500.5), ("1.500,50", 1500.5), ("49,9", 49.9), ("1 500", 1500),
     ("1'500", 1500), ("2k", 2000), ("1.5k", 1500), ("3 grand", 3000)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(written: str, value: float) -> None:
    assert parse_amount(written) == value


def test_price_phrases_are_taken_out_and_the_rest_stays() -> None:
    assert read_constraints("gaming laptop under $900 with 16GB", SHOP).rest == "gaming laptop with 16GB"


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("a laptop for video editing", ("Laptops",)),
        ("gaming laptop under 900", ("Laptops",)),
        ("Laptops?", ("Laptops",)),
        ("laptop 16gb", ("Laptops",)),
        ("laptop Sony", ("Laptops",)),
        ("a wireless mouse", ("Mice",)),
        ("smart home", ("Smart Home",)),
        ("smart-home", ("Smart Home",)),
        ("luggage", ("Bags & Luggage",)),
        ("bags and luggage", ("Bags & Luggage",)),
        ("shoes size 42", ("Shoes",)),
        ("a laptop lighter than 1.5 kg", ("Laptops",)),
        ("laptop or monitor", ("Laptops", "Monitors")),
        ("I'm looking for a laptop", ("Laptops",)),
        ("a pair of shoes", ("Shoes",)),
        ("anything but Sony laptops", ("Laptops",)),
        ("shoes red", ("Shoes",)),
        ("shoes dark red or blue", ("Shoes",)),
        ("a 14 to 16 inch laptop", ("Laptops",)),
    ],
)
def test_the_head_of_a_noun_phrase_names_the_category(text: str, categories: tuple[str, ...]) -> None:
    assert categories_of(text) == categories


OFFICE = Vocabulary(
    categories=("Desks", "Standing Desks", "Office Desks", "Desk Lamps", "Smartphones", "Mobile Phones", "Headphones",
                "Notebooks", "TVs", "Smart Home"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("a desk", ("Desks", "Standing Desks", "Office Desks")),
        ("standing desk", ("Standing Desks",)),
        ("desk lamp", ("Desk Lamps",)),
        ("phones", ("Smartphones", "Mobile Phones")),
        ("TV", ("TVs",)),
        ("books", ()),
        ("something for the home", ()),
        ("a phone holder", ()),
    ],
)
def test_a_head_noun_names_every_category_that_ends_in_it(text: str, categories: tuple[str, ...]) -> None:
    assert read_constraints(text, OFFICE).constraints.categories == categories


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("laptop stand", ()),
        ("laptop silver case", ()),
        ("laptop bag", ("Bags & Luggage",)),
        ("a bag for a laptop", ("Bags & Luggage",)),
        ("a mouse for my laptop", ("Mice",)),
        ("something for my laptop", ()),
        ("a laptop with a good keyboard", ("Laptops",)),
        ("the warranty on laptops", ()),
        ("not a laptop", ()),
    ],
)
def test_a_noun_that_describes_another_is_no_category(text: str, categories: tuple[str, ...]) -> None:
    assert categories_of(text) == categories


def test_a_category_word_stays_to_search_by() -> None:
    assert "laptop" in read_constraints("a laptop under 900", SHOP).rest


@pytest.mark.parametrize(
    ("text", "wanted", "excluded"),
    [
        ("a Kestrel laptop", ("Kestrel",), ()),
        ("laptop from sony or helix", ("Sony", "Helix"), ()),
        ("bang & olufsen speakers", ("Bang & Olufsen",), ()),
        ("not Sony", (), ("Sony",)),
        ("no Sony or Helix, Kestrel please", ("Kestrel",), ("Sony", "Helix")),
        ("a laptop other than Sony", (), ("Sony",)),
        ("I don't want a Sony", (), ("Sony",)),
        ("a case for my Sony", (), ()),
        ("compare Kestrel with Helix", ("Kestrel", "Helix"), ()),
        ("what is next", (), ()),
        ("a Next dress", ("Next",), ()),
        ("neither Northwind nor Kestrel", (), ("Northwind", "Kestrel")),
        ("a laptop from neither Northwind nor Kestrel", (), ("Northwind", "Kestrel")),
        ("non-Kestrel laptop", (), ("Kestrel",)),
        ("non Kestrel laptop", (), ("Kestrel",)),
        ("not Sony, Helix or Kestrel", (), ("Sony", "Helix", "Kestrel")),
        ("a laptop that isnt Sony", (), ("Sony",)),
        ("I dont want a Sony", (), ("Sony",)),
        ("I do not want a Sony", (), ("Sony",)),
        ("I wont buy Sony", (), ("Sony",)),
    ],
)
def test_makers_are_wanted_excluded_or_only_mentioned(
    text: str, wanted: tuple[str, ...], excluded: tuple[str, ...]
) -> None:
    asked = read_constraints(text, SHOP).constraints

    assert (asked.makers, asked.excluded_makers) == (wanted, excluded)


def test_an_excluded_maker_is_not_searched_for() -> None:
    assert "sony" not in read_constraints("a laptop, not Sony", SHOP).rest.lower()


def test_non_before_a_maker_leaves_the_category() -> None:
    assert categories_of("non-Kestrel laptop") == ("Laptops",)


@pytest.mark.parametrize("text", ["non-slip shoes", "non-stick pan", "non", "non-"])
def test_non_before_another_word_denies_no_maker(text: str) -> None:
    asked, rest, _ = read_constraints(text, SHOP)

    assert (asked.excluded_makers, asked.excluded_terms, rest) == ((), (), text)


@pytest.mark.parametrize(
    "text",
    [
        "laptops in stock", "available laptops", "laptops that are available", "the available ones",
        "a laptop which is available", "are there any available laptops?", "show me available cheap laptops",
    ],
)  # fmt: skip
def test_in_stock_and_available_are_a_wish(text: str) -> None:
    assert read_constraints(text, SHOP).constraints.available_only


@pytest.mark.parametrize(
    "text",
    [
        "is the Kestrel in stock?", "why is it not in stock", "out of stock", "is it available?",
        "when will it be available", "is the laptop available", "laptops that are available in red",
        "laptop with available memory slots", "when will the available laptops come",
    ],
)  # fmt: skip
def test_asking_about_stock_hides_nothing(text: str) -> None:
    assert not read_constraints(text, SHOP).constraints.available_only


PARTS = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["under", "between", "$", "€", "1,000", "2k", "and", "-", "laptop", "not", "Sony", "in stock", "\0"]
        ),
    ),
    max_size=25,
)


@given(PARTS)
def test_any_text_yields_constraints_and_a_rest(parts: list[str]) -> None:
    asked, rest, _ = read_constraints(" ".join(parts), SHOP)

    assert set(asked.categories) <= set(SHOP.categories)
    assert {*asked.makers, *asked.excluded_makers} <= set(SHOP.makers)
    assert "\0" not in rest


@given(st.integers(min_value=100, max_value=10**9))
def test_any_limit_is_read_as_it_is_written(limit: int) -> None:
    assert price_of(f"under {limit}")[1] == limit
    assert price_of(f"under ${limit:,}")[1] == limit


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("food for my cat", ("Cat food",)),
        ("dog food", ("Dog food",)),
        ("food for my puppy", ("Dog food", "Cat food")),
        ("food for cats and dogs", ("Dog food", "Cat food")),
        ("headphones", ("Headphones", "Wireless headphones")),
        ("a plant", ("Houseplants", "Garden plants")),
        ("phones", ()),
    ],
)
def test_of_categories_that_share_a_word_those_are_meant_whose_others_are_said(
    text: str, categories: tuple[str, ...]
) -> None:
    names = ("Dog food", "Cat food", "Headphones", "Wireless headphones", "Houseplants", "Garden plants")
    shop = Vocabulary(categories=names)
    assert read_constraints(text, shop).constraints.categories == categories


def test_a_category_before_what_the_shop_calls_its_goods_is_meant() -> None:
    shop = Vocabulary(categories=("Crime", "Cooking"), goods=frozenset({"book"}))
    assert read_constraints("any crime books?", shop).constraints.categories == ("Crime",)
    assert read_constraints("any crime films?", shop).constraints.categories == ()
