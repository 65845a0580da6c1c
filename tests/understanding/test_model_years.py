import pytest

from models import BrandId, Product
from understanding.model_years import year_denied

BARS = Product(
    id="bars",
    brand_id=BrandId("b"),
    name="Steel Bars",
    price=1,
    description="Clamp on the door frame. Ford Focus 2011-2018, VW Golf 2013-2019, Fiesta 2008-2017 5-door.",
    specifications={"length": "112 cm"},
)
LISTED = BARS.model_copy(update={"description": "", "specifications": {"fits": "Yamaha MT-07 2014-2020"}})


@pytest.mark.parametrize(
    ("messages", "verdict"),
    [
        (["roof bars for a 2016 golf"], "not denied"),
        (["roof bars for a 2012 golf"], "denied"),
        (["2012 focus"], "not denied"),
        (["fiesta 2018, do they fit?"], "denied"),
        (["and a 2020?", "roof bars for my focus"], "denied"),
        (["and a 2017?", "roof bars for my focus"], "not denied"),
        (["bars for a 2022 octavia"], "not denied"),  # nothing is said of it
        (["bars for my golf"], "not denied"),
        (["budget of 2012"], "not denied"),
        (["golf, around $2012"], "not denied"),
        (["order GL-2012-7, golf"], "not denied"),
    ],
)
def test_only_the_years_behind_the_model_count(messages: list[str], verdict: str) -> None:
    assert bool(year_denied(BARS, messages)) is (verdict == "denied")


def test_a_list_of_models_is_quoted() -> None:
    assert (
        year_denied(LISTED, ["my mates is a 2022, same one?", "chain kit for an mt-07"])
        == "fits: Yamaha MT-07 2014-2020"
    )
    assert year_denied(LISTED, ["mt-07 2014"]) == ""
