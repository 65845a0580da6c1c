import pytest

from models import Hit, Product
from tests.providers.embedded.shop import CONTACT, ELM, OAK, Intent, answer, product, prompt

PLANT = product(
    "fern",
    "Fern Seeds",
    4,
    specifications={
        "brand": "Furrow",
        "toxic to pets": "yes",
        "seeds": "20",
        "height": "60 cm",
        "pieces": "3",
        "group": "7",
    },
    features=["untreated"],
    availability=False,
)


def told(question: str, *terms: str, of: tuple[Product, ...] = (PLANT,)) -> str:
    return answer(prompt(Intent.DETAIL, question, terms=terms, last_suggestions=of))


@pytest.mark.parametrize(
    ("question", "terms", "said"),
    [
        ("is it toxic to my cat?", ("toxic", "cat"), "says: toxic to pets: yes"),
        ("how many seeds are in the pack", ("seeds", "pack"), "says: seeds: 20"),
        ("how big does it get", ("big",), "says: height: 60 cm"),
        ("who makes it", (), "made by Furrow"),
        ("when will it be back in stock?", (), f"doesn't say when that changes. You can ask us at {CONTACT}"),
        ("is it edible?", ("edible",), "doesn't say anything about edible"),
        ("how many in a pack", ("pack",), "says: pieces: 3"),
        ("is it treated?", ("treated",), "says: untreated"),
        ("does the group 7 fit?", ("group", "fit"), "says: group: 7"),
    ],
)  # fmt: skip
def test_the_one_fact_is_told(question: str, terms: tuple[str, ...], said: str) -> None:
    assert said in told(question, *terms)


def test_that_something_fits_is_never_affirmed_by_how_it_is_called() -> None:
    assert not told("does the group 7 fit?", "group", "fit").startswith("Yes")


def test_what_is_sold_out_is_meant_by_its_return() -> None:
    text = told("when is it available again?", of=(OAK, ELM))
    assert "Elm Saw 200[[saw-elm]] is currently out of stock" in text
    assert "Oak" not in text


def test_a_name_with_an_article_gets_no_second_one() -> None:
    road = product("road", "The Salt Road", 16)
    assert told("how much is it?", of=(road,)) == "The Salt Road[[road]] costs $16."


def test_what_the_hits_do_not_have_is_said() -> None:
    asked = prompt(
        Intent.PRODUCT, "a folding saw", terms=("folding", "saw"), hits=(Hit(ELM, 0.6),), unheld=("folding",)
    )
    assert "doesn't mention folding here" in answer(asked)


def test_a_single_hit_that_holds_not_every_word_is_no_more_than_the_best_match() -> None:
    assert "our best match" in answer(prompt(Intent.PRODUCT, terms=("folding", "saw"), hits=(Hit(ELM, 0.6),)))
    assert "fits what you are looking for" in answer(
        prompt(Intent.PRODUCT, terms=("light", "saw"), hits=(Hit(ELM, 0.6),))
    )


def test_a_sum_goes_by_the_name_that_fits_best_and_says_what_it_leaves_out() -> None:
    suggested = (product("red", "Saw Oil Red", 5), product("green", "Saw Oil Green", 7), OAK)
    question = "total for the green saw oil, the oak saw and gloves"
    text = answer(prompt(Intent.TOTAL, question, last_suggestions=suggested))
    assert "$127" in text
    assert "Red" not in text
    assert "I left out gloves" in text
