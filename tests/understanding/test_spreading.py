from typing import Any

import pytest

from models import BrandId, Product
from understanding.spreading import (
    asks_how_many,
    need_in,
    other_prices,
    price_note,
    priced_by,
    spread_of,
    without_amounts,
)


def thing(name: str = "Thing", description: str = "", **specifications: Any) -> Product:
    return Product(
        id="p", brand_id=BrandId("b"), name=name, price=10, description=description, specifications=specifications
    )


@pytest.mark.parametrize(
    "text",
    [
        "how many packs for 23 m2, the oak laminate",
        "in grey. how many boxes",
        "how many of them do i need",
        "how much do i need for 20 m2",
        "is one tin enough for 30m2?",
        "will 2 be enough",
    ],
)
def test_it_is_asked_how_many(text: str) -> None:
    assert asks_how_many(text)


@pytest.mark.parametrize("text", ["how many can play", "how much is it", "laminate for 23 m2", "how many colours"])
def test_it_is_not_asked_how_many(text: str) -> None:
    assert not asks_how_many(text)


@pytest.mark.parametrize(
    ("messages", "m2", "coats"),
    [
        (["23 m2"], 23, None),
        (["12.5m² of tiles"], 12.5, None),
        (["23,5 sqm"], 23.5, None),
        (["250 sq ft"], 23.2258, None),
        (["a wall of 4 x 2.5 m, two coats"], 10, 2),
        (["the floor is 2.8 by 1.9"], 5.32, None),
        (["and in grey?", "15 square metres"], 15, None),
        (["with 2 coats", "15 m2"], 15, 2),
    ],
)
def test_a_surface_is_read(messages: list[str], m2: float, coats: int | None) -> None:
    need = need_in(messages)
    assert need is not None
    assert need.area.m2 == pytest.approx(m2, rel=1e-4)
    assert need.coats == coats


@pytest.mark.parametrize(
    "text", ["tiles of 60 x 60 cm", "10 x 20", "room is 3 x 2.5m and 2.4 high", "12 m2 per litre", "4 x 3", "a 5 L tin"]
)
def test_what_is_no_surface_to_cover_is_not_read(text: str) -> None:
    assert need_in([text]) is None


def test_a_room_is_larger_than_its_floor() -> None:
    needs = [need_in([text]) for text in ("a 4x5 m room", "40 m2 of wall", "kitchen floor 12 m2")]
    assert [need and need.of_room for need in needs] == [True, False, False]


@pytest.mark.parametrize(
    ("product", "m2", "piece", "coats"),
    [
        (thing(pack="2.22 m2"), 2.22, "pack", 1),
        (thing(roll="10 m2"), 10, "roll", 1),
        (thing(box="1.44 m2 (4 tiles)"), 1.44, "box", 1),
        (thing(coverage="12 m2/L per coat", size="2.5 L"), 30, "tin", 1),
        (thing("Paint 5 L", "Two coats.", coverage="12 m2 per litre"), 60, "tin", 2),
        (thing(coverage="6-10 m2/L", size="10 L"), 60, "tin", 1),
        (thing(coverage="10 m2/L", size="500 ml", coats="2-3"), 5, "tin", 3),
        (thing("Varnish", "Foxglove needs three coats over white.", coverage="11 m2/L", size="2.5 L"), 27.5, "tin", 1),
        (thing("Adhesive", "About 4 to 5 m2 per bag."), 4, "bag", 1),
        (thing(coverage="100 sq ft"), 9.290304, "piece", 1),
    ],
)
def test_how_far_a_piece_goes_is_read(product: Product, m2: float, piece: str, coats: int) -> None:
    spread = spread_of(product)
    assert spread is not None
    assert spread.m2 == pytest.approx(m2)
    assert (spread.piece, spread.coats) == (piece, coats)


@pytest.mark.parametrize(
    "product",
    [
        thing("Cable", cross_section="25 mm2"),
        thing(coverage="12 m2/L", sizes="2.5 L, 5 L"),
        thing(resistance="0.04 m2K/W"),
        thing("Tent", area="N/A"),
    ],
)
def test_where_it_is_not_said_how_far_a_piece_goes(product: Product) -> None:
    assert spread_of(product) is None


@pytest.mark.parametrize(
    ("m2", "pack", "packs"), [(23, "2.22 m2", 11), (22.2, "2.22 m2", 10), (0.1, "2.22 m2", 1), (22.21, "2.22 m2", 11)]
)
def test_packs_are_whole(m2: float, pack: str, packs: int) -> None:
    need, spread = need_in([f"{m2} m2"]), spread_of(thing(pack=pack))
    assert need is not None
    assert spread is not None
    assert need.pieces(spread) == packs


def test_what_a_price_is_for() -> None:
    by_m2 = thing("Laminate", "Price per m2, sold in full packs (€50 a pack). Not for bathrooms.")
    assert (priced_by(by_m2), price_note(by_m2)) == ("m2", "Price per m2, sold in full packs (€50 a pack).")
    assert priced_by(thing("Vinyl", "Per m2, cut in 10 cm steps.")) == "m2"
    assert priced_by(thing("Blade", "Per blade. Hook arms only.")) == ""
    assert priced_by(thing("Shirt", "180 g per m2.")) == ""


def test_prices_of_other_sizes_are_told() -> None:
    assert list(other_prices(thing(sizes="250 g 9.90 €, 1 kg 33.50 €", roast="4/5"))) == [
        "sizes: 250 g 9.90 €, 1 kg 33.50 €"
    ]


def test_nothing_is_found_by_how_many() -> None:
    assert without_amounts("how many packs of shannon click for 12 sqm, two coats").split() == [
        "of", "shannon", "click", "for", ",",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part", ["4 x ", "4.5 x 3 ", "12 m2/", "how many of ", "two coats ", "m2 ", "9", "how many a "]
)
def test_hostile_messages_are_read_in_time(part: str) -> None:
    text = (part * 8_000)[:8_000]
    asks_how_many(text)
    need_in([text] * 4)
    without_amounts(text)
