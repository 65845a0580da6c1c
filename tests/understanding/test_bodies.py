from typing import Any

import pytest

from models import BrandId, Product
from understanding.bodies import Body, body_in


def seat(name: str = "Booster Seat", **specifications: Any) -> Product:
    return Product(id="p", brand_id=BrandId("b"), name=name, price=1, specifications=specifications)


@pytest.mark.parametrize(
    ("text", "tall_cm", "heavy_kg"),
    [
        ("my lad is 7 and 122cm which seat do I need", 122, None),
        ("hes 24 kilo tho", None, 24),
        ("she's only about 5ft 3", 160.02, None),
        ("i'm 6'1\"", 185.42, None),
        ("my son is 1.10m", 110, None),
        ("im 11 stone", None, 69.853),
        ("child seat for a 90 cm toddler", 90, None),
        ("seat for my 5 year old 19 kg", None, 19),
        ("my daughter, she weighs 19kg and is 106cm", None, 19),
        ("my waist is 120 cm", None, None),
        ("her arms are like 40cm", None, None),
        ("a desk of 120cm", None, None),
        ("I'm 5 minutes away", None, None),
        ("he is 300 kg", None, 300),
        ("she is 12 cm", None, None),
    ],
)
def test_how_tall_and_heavy_somebody_is_is_read(text: str, tall_cm: float | None, heavy_kg: float | None) -> None:
    told = body_in([text])
    assert told.tall == (None if tall_cm is None else pytest.approx(tall_cm * 10))
    assert told.heavy == (None if heavy_kg is None else pytest.approx(heavy_kg * 1000, rel=1e-4))


def test_the_latest_message_counts() -> None:
    assert body_in(["he is 100 cm", "sorry, he is 104 cm and the car is red"]) == Body(1040.0, None)


@pytest.mark.parametrize(
    ("specifications", "verdict"),
    [
        ({"height": "125-150 cm"}, "denied"),
        ({"height": "100 to 150 cm"}, "for them"),
        ({"height": "from 125 cm"}, "denied"),
        ({"height": "up to 105 cm"}, "denied"),
        ({"child height": "130 cm - 160 cm"}, "denied"),
        ({"weight": "max 18 kg"}, "denied"),
        ({"weight": "15-36 kg"}, "for them"),
        ({"max weight": "44 lb"}, "denied"),
        ({"weight": "9.5 kg"}, "for them"),
        ({"height": "70 cm"}, "for them"),
        ({"age": "4+"}, "for them"),
    ],
)
def test_what_is_for_others_says_so(specifications: dict[str, str], verdict: str) -> None:
    assert bool(Body(1220.0, 24_000.0).denied_by(seat(**specifications))) is (verdict == "denied")


def test_a_thing_that_is_for_nobody_has_a_height_of_its_own() -> None:
    assert Body(1820.0).denied_by(seat("Standing Desk", height="70-120 cm")) == ""
    assert Body(1820.0).denied_by(seat("City Bike", rider_height="150-175 cm")) == "rider_height: 150-175 cm"


@pytest.mark.parametrize("part", ["7 yo and 12 ", "he is 1 and ", "he is about about ", "he", "my 5 ft ", "a 90 cm "])
def test_hostile_messages_are_read_in_time(part: str) -> None:
    body_in([(part * 8_000)[:8_000]] * 10)
