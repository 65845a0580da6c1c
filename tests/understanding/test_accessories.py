from typing import Any

import pytest

from models import BrandId, Product
from needs import Constraints, Intent, Understood, Vocabulary
from understanding.accessories import anchor_of, mention, needs_for
from understanding.reader import read


def product(product_id: str, name: str, category: str, **others: Any) -> Product:
    return Product(id=product_id, brand_id=BrandId("b"), name=name, category=category, price=10, **others)


BIKE = product(
    "bike", "Torrent Trail 29", "Mountain bikes", specifications={"brand": "Torrent", "wheel size": "29 inch"}
)
CITY = product("city", "Velara City 3", "City bikes", specifications={"brand": "Velara", "wheel size": "28 inch"})
LOCK = product("lock", "Knoxx U-Lock", "Locks", features=["Frame mount for mountain bikes"])
TYRE = product("tyre", "Grippo Tyre", "Tyres", specifications={"brand": "Grippo", "wheel size": "29 in"})
SADDLE = product("saddle", "Plush Saddle", "Saddles", features=["Not made for mountain bikes"])
STAND = product("stand", "Display Stand", "Parts", features=["Made for the Torrent Trail 29"])


@pytest.mark.parametrize(
    "text",
    [
        "what goes with it?", "do I need anything else?", "a bag for it", "accessories", "any accessories?",
        "something to go with that dress", "what else do i need", "which pump fits it", "is there a case for it?",
        "what would match this?",
    ],
)  # fmt: skip
def test_questions_for_what_goes_with_a_suggestion_are_told(text: str) -> None:
    assert read(text, Vocabulary(), has_suggestions=True).intent is Intent.ACCESSORY


@pytest.mark.parametrize(
    "text", ["how much for it", "the price for it", "any reviews for it", "what is the warranty on it"]
)
def test_other_questions_about_it_are_not(text: str) -> None:
    assert read(text, Vocabulary(), has_suggestions=True).intent is not Intent.ACCESSORY


def test_without_a_suggestion_nothing_goes_with_anything() -> None:
    assert read("a bag for it", Vocabulary()).intent is Intent.PRODUCT


def test_a_product_speaks_of_another_by_its_name_its_kind_or_what_joins_them() -> None:
    for accessory, where in ((STAND, "feature"), (LOCK, "feature"), (TYRE, "specification")):
        said = mention(accessory, BIKE)
        assert said is not None
        assert said.where == where
    assert mention(LOCK, CITY) is None
    assert mention(TYRE, CITY) is None


def test_what_is_denied_or_of_the_same_kind_does_not_go_with_it() -> None:
    assert mention(SADDLE, BIKE) is None
    assert mention(CITY, BIKE) is None
    assert mention(BIKE, BIKE) is None


def test_a_size_of_several_numbers_must_agree_in_all() -> None:
    bed = product("bed", "Dune Bed", "Beds", specifications={"mattress size": "160 x 200 cm"})
    fitting = product("m", "Cloud Mattress", "Mattresses", specifications={"mattress size": "160 x 200 cm"})
    wider = product("w", "Cloud Mattress Wide", "Mattresses", specifications={"mattress size": "180 x 200 cm"})

    assert mention(fitting, bed) is not None
    assert mention(wider, bed) is None


def test_what_is_for_another_size_is_not_for_this_one() -> None:
    lid = product("lid", "Glass Lid", "Lids", description="Fits our 10 inch cast iron skillet, not the nonstick one.")
    small = product("s", "Cast Iron Skillet 8 inch", "Skillets", specifications={"diameter": "8 in"})
    wide = product("m", "Cast Iron Skillet 10 inch", "Skillets", specifications={"diameter": "10 in"})

    assert mention(lid, small) is None
    assert mention(lid, wide) is not None


def test_the_accessory_asked_for_is_not_what_it_is_for() -> None:
    said = Understood(intent=Intent.ACCESSORY, terms=("pump",))

    assert anchor_of(said, (LOCK,), (BIKE,)) == BIKE  # the lock speaks of the bike
    assert anchor_of(said, (BIKE, CITY)) == BIKE
    assert anchor_of(said, ()) is None


def test_the_search_leaves_out_the_products_own_category() -> None:
    needs = needs_for(BIKE, Understood(intent=Intent.ACCESSORY, constraints=Constraints()))

    assert needs
    assert all(need.constraints.excluded_categories == ("Mountain bikes",) for need in needs)


def test_what_an_accessory_is_for_is_no_word_of_what_is_asked() -> None:
    vocabulary = Vocabulary(categories=("Dresses", "Bags"))
    said = read("a bag to go with that dress", vocabulary, has_suggestions=True)
    dress = product("dress", "Linen Dress", "Dresses")

    assert said.constraints.categories == ("Bags",)
    assert said.compared == ("dress",)
    assert anchor_of(said, (product("tote", "Canvas Tote", "Bags"),), (dress,)) == dress
