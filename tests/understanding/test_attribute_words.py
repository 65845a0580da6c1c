"""Attributes and what is unwanted, read out of a message against what a catalogue knows."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Constraints, Intent, Vocabulary
from understanding.constraints import read_constraints
from understanding.reader import read

SHOP = Vocabulary(
    categories=("Laptops", "Monitors", "Dresses", "Shoes", "Bags & Luggage", "Snacks", "Headphones"),
    makers=("Apple", "Black & Decker"),
    attributes={
        "16gb": ("memory", "storage"), "32gb": ("ram",), "8gb": ("memory", "graphics"), "512gb": ("storage",),
        "1000gb": ("storage",), "27inch": ("display", "name"), "15inch": ("display",), "144hz": ("display",),
        "red": ("color", "name"), "black": ("color",), "blue": ("color",), "white": ("color",), "green": ("name",),
        "s": ("sizes",), "m": ("sizes",), "xl": ("sizes",), "42": ("shoe size",), "2000g": ("weight", "max load"),
        "500w": ("power",), "10h": ("battery life",), "1000mm": ("cable length",),
    },
)  # fmt: skip


def asked(text: str) -> Constraints:
    return read_constraints(text, SHOP).constraints


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("a laptop with 16GB", {"memory or storage": "16GB"}),
        ("16 gb of ram", {"memory": "16 gb"}),
        ("16GB memory and a 512GB SSD", {"memory": "16GB", "storage": "512GB"}),
        ("8 or 16GB laptop", {"memory or storage": "8GB or 16GB"}),
        ("1 TB SSD", {"storage": "1 TB"}),
        ("27 inch monitor", {"display or name": "27 inch"}),
        ('27" screen', {"display or name": '27"'}),
        ("red dress", {"color or name": "red"}),
        ("a dress in blue", {"color": "blue"}),
        ("a black or blue dress", {"color": "black or blue"}),
        ("size M", {"sizes": "M"}),
        ("shoes size 42", {"shoe size": "42"}),
        ("a dress XL in black", {"sizes": "XL", "color": "black"}),
        ("at least 16GB of RAM", {"memory or ram": "at least 16GB"}),
        ("more than 500 W", {"power": "more than 500 W"}),
        ("a laptop under 2 kg", {"weight": "under 2 kg"}),
        ("a laptop lighter than 1.5 kg", {"weight": "under 1.5 kg"}),
        ("battery life of 8 hours or more", {"battery life": "at least 8 hours"}),
        ("a 13-15 inch laptop", {"display or name": "13 to 15 inch"}),
        ("laptop 14 to 16 inch", {"display or name": "14 to 16 inch"}),
        ("laptop from 14 to 16 inch", {"display or name": "14 to 16 inch"}),
        ("laptop between 14 and 16 inch", {"display or name": "14 to 16 inch"}),
        ("laptop 16 inch or bigger", {"display or name": "at least 16 inch"}),
        ("laptop 16 inch or larger", {"display or name": "at least 16 inch"}),
        ("laptop 16 inch or more", {"display or name": "at least 16 inch"}),
        ("laptop 16 inch and up", {"display or name": "at least 16 inch"}),
        ("laptop 16 inch or smaller", {"display or name": "at most 16 inch"}),
        ("dress red", {"color or name": "red"}),
    ],
)  # fmt: skip
def test_what_the_catalogue_knows_becomes_a_constraint(text: str, attributes: dict[str, str]) -> None:
    assert asked(text).attributes == attributes


@pytest.mark.parametrize(
    "text",
    [
        "a laptop with 64GB", "a bag for a 15 inch laptop", "a case for my red phone", "headphones with a red case",
        "around 15 inch", "at least 16GB", "a white noise machine", "Black & Decker drill", "a green dress",
        "10 in stock",
        "a 10 hours battery", "a dress in size L for dancing", "monitor for my 15 inch laptop",
    ],
)  # fmt: skip
def test_what_is_unknown_ambiguous_or_said_of_something_else_only_ranks(text: str) -> None:
    assert asked(text).attributes == {}


def test_a_size_that_nothing_comes_in_is_one_where_it_alone_is_asked_for() -> None:
    assert list(asked("size L").attributes.values()) == ["L"]
    assert asked("do you have size 13?").attributes.keys() == asked("size L").attributes.keys()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a laptop without touchscreen", ("touchscreen",)),
        ("shoes, no leather", ("leather",)),
        ("no leather shoes", ("leather",)),
        ("snacks without sugar or gluten", ("sugar", "gluten")),
        ("headphones without noise cancelling", ("noise cancelling",)),
        ("sugar-free snacks", ("sugar",)),
        ("sugar free snacks", ("sugar",)),
        ("a laptop, not refurbished", ("refurbished",)),
        ("I'm allergic to nuts", ("nuts",)),
        ("bag, no leather, fur or wool", ("leather", "fur", "wool")),
        ("bag, no leather, fur, or wool", ("leather", "fur", "wool")),
        ("neither leather nor fur", ("leather", "fur")),
        ("I dont want a gaming laptop", ("gaming",)),
        ("I do not want a gaming laptop", ("gaming",)),
        ("a laptop that is not for gaming", ("gaming",)),
        ("a laptop, not for gaming", ("gaming",)),
        ("a bag not made of leather", ("leather",)),
        ("a laptop that isnt refurbished", ("refurbished",)),
        ("laptops that arent refurbished", ("refurbished",)),
        ("a laptop that doesnt have a touchscreen", ("touchscreen",)),
        ("shoes without laces, comfortable and light", ("laces",)),
        ("non-slip shoes", ()),
        ("not too heavy", ()),
        ("no problem", ()),
        ("no thanks", ()),
        ("my laptop is not charging", ()),
        ("hands-free headset", ()),
        ("is delivery free?", ()),
        ("no more than 300", ()),
    ],
)
def test_what_is_unwanted_is_excluded(text: str, terms: tuple[str, ...]) -> None:
    assert asked(text).excluded_terms == terms


def test_an_unwanted_colour_is_excluded_by_its_specification() -> None:
    assert asked("a dress, not red or black").excluded_attributes == {"color or name": "red or black"}
    assert asked("I don't want a red dress").categories == ("Dresses",)
    assert asked("no red shoes").excluded_categories == ()


def test_a_range_in_inches_may_be_of_any_length_that_the_shop_gives_in_inches() -> None:
    shop = Vocabulary(attributes={"16inch": ("display", "screen size"), "300mm": ("depth",)})

    assert read_constraints("laptop 16 inch or bigger", shop).constraints.attributes == {
        "display or screen size": "at least 16 inch"
    }


@pytest.mark.parametrize(
    "text", ["I dont want a gaming laptop", "laptop that is not for gaming", "a laptop, neither gaming nor office"]
)
def test_what_is_denied_does_not_rank(text: str) -> None:
    assert read(text, SHOP).terms == ("laptop",)


@pytest.mark.parametrize(
    ("short", "full"),
    [("dont", "don't"), ("doesnt", "doesn't"), ("isnt", "isn't"), ("arent", "aren't"), ("cant", "can't"),
     ("wont", "won't"), ("didnt", "didn't")],
)  # fmt: skip
@pytest.mark.parametrize(
    "text", ["laptop that {} want red", "laptops that {} leather", "I {} want Apple", "{} have it"]
)
def test_a_verb_denies_with_and_without_its_apostrophe(short: str, full: str, text: str) -> None:
    assert read_constraints(text.format(short), SHOP).constraints == asked(text.format(full))


def test_an_unwanted_category_is_excluded() -> None:
    assert asked("not laptops").excluded_categories == ("Laptops",)
    assert asked("I don't want a laptop").excluded_categories == ("Laptops",)


def test_words_that_became_attributes_are_not_searched_for() -> None:
    assert read("a red 27 inch monitor", SHOP, has_suggestions=False).terms == ("monitor",)


def test_a_question_about_a_suggestion_keeps_its_words() -> None:
    understood = read("does it come in red?", SHOP, has_suggestions=True)

    assert understood.intent is Intent.DETAIL
    assert "red" in understood.terms


@pytest.mark.parametrize("text", ["in blue?", "16GB", "size M"])
def test_an_attribute_alone_refines_what_was_suggested(text: str) -> None:
    assert read(text, SHOP, has_suggestions=True).intent is Intent.REFINE


PARTS = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            ["16GB", "27 inch", '"', "at least", "or", "not", "no", "without", "size", "M", "red", "free", "-", "1,5",
             "kg",
             "between", "and", "15", "in", "for my", "laptop", "touch", "don't want", "\0"]
        ),
    ),
    max_size=25,
)  # fmt: skip


@given(PARTS)
def test_any_text_can_be_read(parts: list[str]) -> None:
    constraints, rest, _ = read_constraints(" ".join(parts), SHOP)

    assert "\0" not in rest
    names = {name for held in SHOP.attributes.values() for name in held}
    assert all(set(name.split(" or ")) <= names for name in constraints.attributes)


@pytest.mark.parametrize(
    "part", ["1", "1 ", "1-", "no ", "16GB or ", "size ", "not red or ", "a-", "free-", '"', "1,1", "between 1 and ",
             "max ", "without x ", "under ", "1inch-", "red ", "in red ", "27 inch ", "size m,", "aaa free ",
             "laptop ", "non-", "non-apple ", "no a, ", "not red, ", "available ", "isnt ", "not more expensive than ",
             "dark ", "red dark ", "that is not for ", "more ", "14 to ", "nothing ", "no a, b or "],
)  # fmt: skip
def test_hostile_input_is_read_in_bounded_time(part: str) -> None:
    began = time.process_time()
    read(part * 3_000, SHOP, has_suggestions=True)
    read(f"a dress {part * 3_000}", SHOP, has_suggestions=True)

    assert time.process_time() - began < 2  # seconds; a quadratic reader of the whole text would take minutes


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("do you have it in brown?", {"color or name": "brown"}),
        ("brown ones", {"color or name": "brown"}),
        ("a brown dog", {}),
    ],
)
def test_a_colour_that_the_shop_does_not_have_is_asked_for_all_the_same(text: str, attributes: dict[str, str]) -> None:
    assert asked(text).attributes == attributes


def test_a_limit_behind_and_is_of_something_else() -> None:
    shop = Vocabulary(
        categories=("Laptops",),
        attributes={"32gb": ("memory", "storage"), "1000gb": ("capacity", "storage"), "16gb": ("memory",)},
    )
    asked = read_constraints("laptop with 32gb ram and at least 1tb", shop).constraints
    assert asked.attributes == {"memory": "32gb", "storage or capacity": "at least 1tb"}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a snack that is not so sweet", ("sweet",)),
        ("something not too salty", ("salty",)),
        ("not too expensive", ()),
        ("not only red", ()),
    ],
)
def test_what_shall_not_be_so_much_so_is_unwanted(text: str, terms: tuple[str, ...]) -> None:
    assert asked(text).excluded_terms == terms
