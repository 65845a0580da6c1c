"""What of an offer is left, by what a customer has told of themselves."""

from collections.abc import Callable

import pytest

from conversation_service import Window
from models import BrandId, Hit, Message, Product, Role
from needs import Intent, Understood
from suitability import Offer, without_unfit
from understanding.suiting import Kind, Suit


def product(id_: str, name: str, description: str = "", **specifications: str) -> Product:
    return Product(
        id=id_, brand_id=BrandId("b"), name=name, price=1, description=description, specifications=specifications
    )


HIGH_BACK = product("hb", "High Back Booster Child Seat", height="100-150 cm")
CUSHION = product("cushion", "Booster Cushion Child Seat", height="125-150 cm")
TILES = product("tiles", "Magnetic Tiles", age="3+")
RATTLE = product("rattle", "Ring Rattle", age="from 3 months")
RIGHT_OIL = product("5w20", "Oil 5W-20", "For the 1.0 EcoBoost.")
WRONG_OIL = product("5w30", "Oil 5W-30", "For diesels. Not for Ford EcoBoost.")
TEA = product("tea", "Liquorice Tea", "People with high blood pressure should avoid it.")


@pytest.fixture
def left() -> Callable[..., Offer]:
    def of(said: list[str], *products: Product, terms: tuple[str, ...] = (), suit: Suit | None = None) -> Offer:
        window = Window(messages=tuple(Message(role=Role.USER, content=text) for text in said))
        hits = tuple(Hit(one, 0.6) for one in products)
        return without_unfit(Offer(hits), Understood(intent=Intent.PRODUCT, terms=terms), window, suit)

    return of


def ids(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.product.id for hit in hits]


def test_what_is_for_taller_children_is_left_out(left: Callable[..., Offer]) -> None:
    offer = left(["my lad is 122cm", "which seat?"], CUSHION, HIGH_BACK)
    assert (ids(offer.hits), offer.near_misses) == (["hb"], ())


def test_what_was_asked_for_is_told_to_be_for_taller_children(left: Callable[..., Offer]) -> None:
    offer = left(["my lad is 122cm", "just the cushion?"], CUSHION, HIGH_BACK, terms=("cushion",))
    assert (offer.hits, ids(offer.near_misses)) == ((), ["cushion", "hb"])
    assert offer.near_misses[0].matched == ("height: 125-150 cm",)


def test_what_is_for_older_children_is_told_so(left: Callable[..., Offer]) -> None:
    toddler = Suit(Kind.AGE, 2, frozenset())
    assert left(["tiles?"], TILES, suit=toddler).near_misses[0].matched == ("age: 3+",)
    assert ids(left(["toys?"], TILES, RATTLE, suit=toddler).hits) == ["rattle"]
    assert ids(left(["tiles?"], TILES, suit=Suit(Kind.AGE, 40, frozenset())).hits) == ["tiles"]


def test_what_is_not_for_what_they_have_comes_last_and_says_so(left: Callable[..., Offer]) -> None:
    said = ["oil for my 1.0 EcoBoost", "the other one?"]
    offer = left(said, WRONG_OIL, RIGHT_OIL)
    assert [(hit.product.id, hit.matched) for hit in offer.hits] == [
        ("5w20", ()),
        ("5w30", ("Not for Ford EcoBoost.",)),
    ]
    alone = left(said, WRONG_OIL)
    assert (alone.hits, alone.near_misses[0].matched) == ((), ("Not for Ford EcoBoost.",))


def test_a_condition_that_is_told_rules_out(left: Callable[..., Offer]) -> None:
    offer = left(["i also have high blood pressure"], TEA)
    assert offer.near_misses[0].matched == ("People with high blood pressure should avoid it.",)
    assert ids(left(["i have high blood pressure"], TEA, RATTLE).hits) == ["rattle"]


def test_nothing_is_left_out_where_nothing_is_told(left: Callable[..., Offer]) -> None:
    assert ids(left(["seats?"], CUSHION, HIGH_BACK, TILES, TEA).hits) == ["cushion", "hb", "tiles", "tea"]
