from dataclasses import replace

import pytest

from tests.providers.embedded.shop import ASH, CONTACT, ELM, OAK, Intent, Superlative, answer, marked, product, prompt
from understanding.orders import ranked

TWO, THREE = (OAK, ELM), (OAK, ELM, ASH)


def test_the_cheapest_of_the_suggestions_is_picked() -> None:
    text = answer(prompt(Intent.PICK, superlative=Superlative.CHEAPEST, last_suggestions=THREE))

    assert marked(text) == ["saw-elm"]
    assert "cheapest at $80.50" in text


def test_equal_prices_are_a_tie() -> None:
    twin = product("twin", "Twin", 80.5)

    assert set(marked(answer(prompt(Intent.PICK, superlative=Superlative.CHEAPEST, last_suggestions=(ELM, twin))))) == {
        "saw-elm",
        "twin",
    }


def test_the_lightest_is_picked_across_units() -> None:
    text = answer(prompt(Intent.PICK, superlative=Superlative.LIGHTEST, last_suggestions=TWO))

    assert "Elm Saw 200[[saw-elm]] is the lightest at 900 g" in text


def test_a_missing_weight_is_admitted() -> None:
    assert "gives no weight for the Ash Saw" in answer(
        prompt(Intent.PICK, superlative=Superlative.HEAVIEST, last_suggestions=THREE)
    )
    assert "gives no weight for them" in answer(
        prompt(
            Intent.PICK, superlative=Superlative.HEAVIEST, last_suggestions=(ASH, ASH.model_copy(update={"id": "a2"}))
        )
    )


def test_different_currencies_are_not_ranked() -> None:
    euro = product("euro", "Euro Saw", 1, currency="EUR")

    assert "different currencies" in answer(
        prompt(Intent.PICK, superlative=Superlative.CHEAPEST, last_suggestions=(OAK, euro))
    )


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("1.5 kg", 1500),
        ("1,5 kg", 1500),
        ("900 g", 900),
        ("1,200 g", 1200),
        ("2 lb", 907.18474),
        ("8oz (folded)", 226.796185),
    ],
)
def test_weights_are_read_in_any_unit(text: str, weight: float) -> None:
    number = ranked(product("p", "P", 1, specifications={"Weight": text}), Superlative.LIGHTEST)

    assert number is not None
    assert number.value == pytest.approx(weight)


@pytest.mark.parametrize("specifications", [{}, {"weight": "light"}, {"max load": "5 kg"}])
def test_what_is_no_weight_is_not_taken_for_one(specifications: dict[str, str]) -> None:
    assert ranked(product("p", "P", 1, specifications=specifications), Superlative.LIGHTEST) is None


def test_the_largest_is_picked_by_a_specification_with_a_number() -> None:
    big, small = (
        product(name, name.title(), 1, specifications={"capacity": text})
        for name, text in (("big", "2 l"), ("small", "900 ml"))
    )
    text = answer(prompt(Intent.PICK, superlative=Superlative.LARGEST, last_suggestions=(small, big)))

    assert text.startswith("The Big[[big]] is the largest at 2 l.")


def test_comparing_shows_prices_and_what_differs() -> None:
    text = answer(prompt(Intent.COMPARE, last_suggestions=THREE, ordinals=(0, 1)))

    assert marked(text) == ["saw-oak", "saw-elm"]
    assert "Blade: (1) 300 mm; (2) 200 mm" in text
    assert "Brand" not in text
    assert "(2) is cheaper, by $39.50" in text


def test_suggestions_are_compared_by_name() -> None:
    text = answer(prompt(Intent.COMPARE, terms=("oak", "ash"), last_suggestions=THREE))

    assert marked(text) == ["saw-oak", "saw-ash"]


def test_a_place_beyond_the_list_is_asked_about() -> None:
    assert "only 2 products" in answer(prompt(Intent.DETAIL, ordinals=(6,), last_suggestions=TWO))


def test_more_about_one_tells_price_description_and_specifications() -> None:
    text = answer(prompt(Intent.DETAIL, "tell me more about the last one", ordinals=(-1,), last_suggestions=TWO))

    assert "Elm Saw 200[[saw-elm]] costs $80.50 and is currently out of stock. A light saw." in text
    assert "- Blade: 200 mm" in text


def test_a_question_of_fact_is_answered_from_the_specifications() -> None:
    text = answer(
        prompt(Intent.DETAIL, "does it have a dust outlet?", terms=("dust", "outlet"), last_suggestions=(OAK,))
    )

    assert text.startswith("Yes. For the Oak Saw 300[[saw-oak]]")
    assert "dust outlet" in text


def test_an_option_is_no_plain_yes() -> None:
    text = answer(prompt(Intent.DETAIL, "does it have a guide rail?", terms=("guide", "rail"), last_suggestions=(OAK,)))

    assert "Optional guide rail" in text
    assert "Yes" not in text


def test_a_property_is_found_by_how_people_ask_for_it() -> None:
    assert "weight: 1.5 kg" in answer(
        prompt(Intent.DETAIL, "how heavy is it?", terms=("heavy",), last_suggestions=(OAK,))
    )


def test_what_the_shop_does_not_say_is_not_made_up() -> None:
    text = answer(prompt(Intent.DETAIL, "does it have a laser?", terms=("laser",), last_suggestions=(OAK,)))

    assert "doesn't say anything about laser" in text
    assert CONTACT in text


@pytest.mark.parametrize(
    ("question", "said"),
    [("is it in stock?", "is currently out of stock."), ("how much is it?", "costs $80.50.")],
)
def test_stock_and_price_are_answered(question: str, said: str) -> None:
    assert answer(prompt(Intent.DETAIL, question, last_suggestions=(ELM, OAK))) == f"The Elm Saw 200[[saw-elm]] {said}"


def test_a_question_about_all_is_answered_for_each() -> None:
    text = answer(prompt(Intent.DETAIL, "which teeth do they have?", terms=("teeth",), last_suggestions=THREE))

    assert "Elm Saw 200[[saw-elm]]: teeth: fine" in text
    assert "Oak Saw 300[[saw-oak]]: not stated" in text


def test_a_tie_of_figures_names_those_that_have_the_most() -> None:
    saws = [product(f"s{count}", f"Saw {count}", 10, specifications={"teeth": str(count)}) for count in (8, 24)]
    twin = product("twin", "Twin Saw", 10, specifications={"teeth": "24"})
    asked = prompt(Intent.PICK, last_suggestions=(*saws, twin))
    asked = replace(asked, understood=asked.understood.model_copy(update={"figure": "teeth", "most": True}))
    text = answer(asked)
    assert "It's a tie: the Saw 24[[s24]] and the Twin Saw[[twin]] have the most teeth, each 24." in text
    assert "Saw 8" not in text
