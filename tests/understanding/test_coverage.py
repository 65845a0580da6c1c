import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import BrandId, Product
from needs import Constraints, Intent, Understood, Vocabulary
from understanding.coverage import Coverage, matched_reasons
from understanding.facts import says_without
from understanding.reader import read

LAPTOP = Product(
    id="lap",
    brand_id=BrandId("b"),
    name="Kestrel Studio 16",
    category="Laptops",
    price=1899,
    currency="USD",
    description="Twin fans keep it cool. It has no touch screen.",
    features=["Made for 4K video editing", "Works without a hub"],
    specifications={"brand": "Kestrel", "memory": "32GB", "ports": ["HDMI 2.1", "USB-C"]},
)
SHOP = Vocabulary(categories=("Laptops", "Monitors"), makers=("Kestrel", "Helix"))


def reasons(message: str, product: Product = LAPTOP) -> tuple[str, ...]:
    return matched_reasons(read(message, SHOP, has_suggestions=False), product)


def covered(message: str, product: Product = LAPTOP) -> tuple[float, float]:
    return Coverage(read(message, SHOP, has_suggestions=False)).of(product)


def test_coverage_is_the_share_of_words_that_the_product_has_anywhere_and_in_its_names() -> None:
    terms = ("video", "edits", "studio", "pink")

    assert Coverage(Understood(intent=Intent.PRODUCT, terms=terms)).of(LAPTOP) == (0.75, 0.25)
    assert Coverage(Understood(intent=Intent.PRODUCT)).of(LAPTOP) == (1, 1)


def test_a_word_that_names_some_of_what_was_chosen_is_held_by_those_alone() -> None:
    phone = LAPTOP.model_copy(update={"name": "One", "category": "Smartphones", "specifications": {}})

    def asked(*terms: str, **chosen: tuple[str, ...]) -> Coverage:
        return Coverage(Understood(intent=Intent.PRODUCT, terms=terms, constraints=Constraints(**chosen)))

    phones = asked("phone", "kestrel", categories=("Smartphones", "Laptops"), makers=("Kestrel", "Helix"))

    assert phones.of(phone) == (0.5, 0.5)
    assert phones.of(LAPTOP) == (0.5, 0.5)
    assert phones.category_words == ("smartphones",)
    assert asked("phone", categories=("Smartphones",)).implied == {"phone"}
    assert asked("phone", "laptop", categories=("Smartphones", "Laptops")).implied == {"phone", "laptop"}
    assert asked("kestrel", makers=("Kestrel",)).implied == {"kestrel"}


def test_another_name_of_the_same_thing_is_held_as_well() -> None:
    settee = LAPTOP.model_copy(update={"name": "Velvet settee", "category": ""})
    couch = Coverage(Understood(intent=Intent.PRODUCT, terms=("couch",)))

    assert couch.of(settee) == (1, 1)
    assert couch.of(LAPTOP) == (0, 0)


def test_what_is_in_a_category_of_several_kinds_need_not_be_each_of_them() -> None:
    def asked(*categories: str) -> Coverage:
        constraints = Constraints(categories=categories)
        return Coverage(Understood(intent=Intent.PRODUCT, terms=("pasta",), constraints=constraints))

    assert asked("Pasta").implied == {"pasta"}
    assert asked("Food > Pasta & Noodles").implied == {"pasta"}
    assert asked("Pasta, Rice & Tins").implied == frozenset()
    assert asked("Food > Pasta, Rice and Tins").implied == frozenset()


def test_reasons_are_in_the_products_own_words() -> None:
    assert reasons("a laptop for video editing with hdmi and 32gb under $2,000 in stock") == (
        "under $2,000", "video editing", "HDMI", "in stock",
    )  # fmt: skip


def test_attributes_are_reasons_in_the_products_own_words() -> None:
    shirt = LAPTOP.model_copy(
        update={"name": "Shirt", "features": [], "description": "", "specifications": {
            "Sizes": ["S", "M"], "Colour": "Dark Red", "weight": "0.2 kg", "memory": "16 GB",
        }}
    )  # fmt: skip
    wanted = {"sizes": "M", "colour": "red or blue", "weight": "under 1 kg", "memory or storage": "16GB"}
    understood = Understood(intent=Intent.PRODUCT, constraints=Constraints(attributes=wanted))

    assert matched_reasons(understood, shirt) == ("size M", "red", "0.2 kg weight", "16 GB memory")


def test_attributes_that_a_product_lacks_are_no_reasons() -> None:
    wanted = Constraints(attributes={"memory": "64GB", "weight": "under 1 kg"}, excluded_terms=("touchscreen",))

    assert matched_reasons(Understood(intent=Intent.PRODUCT, constraints=wanted), LAPTOP) == ()


def test_a_limit_that_is_not_kept_is_no_reason() -> None:
    assert reasons("a laptop under $1,000") == ()


def test_a_limit_that_is_just_reached_is_said_exactly() -> None:
    assert reasons("a laptop up to $1,899") == ("exactly $1,899",)


def test_another_currency_is_not_compared() -> None:
    assert reasons("a laptop under 2000 EUR") == ()


def test_what_the_product_denies_is_no_reason() -> None:
    assert reasons("laptop with touch screen") == ()
    assert reasons("laptop with a hub") == ()


def test_sold_out_is_never_called_in_stock() -> None:
    assert reasons("laptops in stock", LAPTOP.model_copy(update={"availability": False})) == ()


def test_a_named_maker_is_a_reason() -> None:
    assert reasons("something from Kestrel") == ("from Kestrel",)


def test_the_words_of_a_sought_category_are_held_by_what_is_in_it() -> None:
    assert covered("a laptop under $2,000") == (1, 1)
    assert covered("a pink laptop under $2,000")[0] == pytest.approx(1 / 2)


def test_asking_only_for_an_order_asks_nothing_more() -> None:
    assert Coverage(read("the cheapest", SHOP)).asks_nothing_more


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@given(TEXT, TEXT, TEXT)
def test_any_product_and_message_give_a_share(message: str, name: str, description: str) -> None:
    product = LAPTOP.model_copy(update={"name": name, "description": description})

    assert all(0 <= share <= 1 for share in covered(message, product))
    reasons(message, product)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("Grain-free dry food", True),
        ("free of grain and soy", True),
        ("free from artificial colours or grain", True),
        ("made without any grain", True),
        ("grain: none", True),
        ("with whole grains", False),
        ("fine-grained leather", False),
        ("free delivery of grain", False),
    ],
)
def test_what_a_shop_says_that_is_not_there(text: str, absent: bool) -> None:  # noqa: FBT001 - what is expected
    product = Product(id="p", brand_id=BrandId("b"), name="Food", price=1.0, description=text)
    assert says_without(product, "grain") is absent


def denied(*terms: str, **others: object) -> tuple[str, ...]:
    product = LAPTOP.model_copy(update={"description": "", "features": [], "specifications": {}, **others})
    return Coverage(Understood(intent=Intent.PRODUCT, terms=terms)).denied(product)


def test_what_a_product_says_only_to_deny_it_does_not_count_as_held() -> None:
    assert Coverage(Understood(intent=Intent.PRODUCT, terms=("touch", "fans"))).of(LAPTOP)[0] == 0.5
    assert denied("induction", description="Aluminum body so NOT for induction.") == ("induction",)
    assert denied("induction", features=["induction"], description="Not for gas, for induction.") == ()
    assert denied("waterproof", specifications={"waterproof": False}) == ("waterproof",)
    assert denied("waterproof", specifications={"waterproof": True}) == ()
    assert denied("kestrel", description="Not a Kestrel of the first series.") == ()  # it is its name


@pytest.mark.parametrize(
    "text",
    [
        "Too long for the DD18, fits the CD18",
        "Does not fit the wide glass jar of the DD18",
        "Not compatible with the DD18",
        "For all machines except the DD18",
        "DD18 not included",
        "DD18 sold separately",
    ],
)
def test_what_does_not_fit_is_denied_to_the_end_of_the_clause(text: str) -> None:
    assert denied("dd18", description=text) == ("dd18",)
    assert denied("dd18", description=f"{text}. Fits the older DD18.") == ()


def test_what_shall_not_be_there_may_be_denied() -> None:
    unwanted = Constraints(excluded_terms=("lactose",))
    asked = Understood(intent=Intent.PRODUCT, terms=("lactose", "milk"), constraints=unwanted)
    milk = LAPTOP.model_copy(update={"name": "Oat Milk", "features": ["no lactose"]})

    assert Coverage(asked).denied(milk) == ()
    assert Coverage(asked).of(milk) == (1, 0.5)
