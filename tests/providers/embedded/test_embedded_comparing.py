from typing import Any

from needs import Intent
from providers.embedded.comparing import aligned
from tests.providers.embedded.shop import ELM, OAK, Hit, answer, marked, product, prompt


def test_units_are_made_one() -> None:
    assert aligned(["1.5 kg", "900 g"]) == ["1.5 kg", "0.9 kg"]
    assert aligned(["1.8 m", "200 cm", ""]) == ["1.8 m", "2 m", ""]
    assert aligned(["fast", "900 g"]) == ["fast", "900 g"]
    assert aligned(["2 kg", "46 g"]) == ["2 kg", "46 g"]


def test_what_only_another_unit_makes_different_is_no_difference() -> None:
    first = product("a", "A", 1, specifications={"weight": "1 kg", "teeth": "fine"})
    second = product("b", "B", 2, specifications={"Weight": "1000 g", "teeth": "coarse"})
    text = answer(prompt(Intent.COMPARE, last_suggestions=(first, second)))

    assert "eight" not in text
    assert "Teeth: (1) fine; (2) coarse" in text


def compare_named(*names: str, **others: Any) -> str:
    asked = prompt(Intent.COMPARE, **others)
    understood = asked.understood.model_copy(update={"compared": names})
    return answer(type(asked)(**{**{name: getattr(asked, name) for name in asked.__slots__}, "understood": understood}))


def test_products_that_were_found_by_name_are_compared() -> None:
    assert marked(compare_named("Oak Sw 300", "Elm Saw", hits=(Hit(OAK, 1), Hit(ELM, 1)))) == ["saw-oak", "saw-elm"]


def test_it_is_compared_with_what_is_named() -> None:
    text = compare_named("", "Elm Saw", last_suggestions=(OAK,), hits=(Hit(ELM, 1),))

    assert marked(text) == ["saw-oak", "saw-elm"]


def test_a_name_that_is_not_found_is_said_and_not_repeated() -> None:
    text = compare_named("Oak Saw 300", "Evil Words", hits=(Hit(OAK, 1),))

    assert marked(text) == ["saw-oak"]
    assert "not the other" in text
    assert "Evil" not in text


def test_what_the_data_says_of_a_purpose_is_quoted() -> None:
    text = answer(prompt(Intent.COMPARE, terms=("hard", "wood"), last_suggestions=(OAK, ELM)))

    assert "our product data says: (1) cuts hard wood fast." in text
    assert "doesn't say which" in answer(prompt(Intent.COMPARE, terms=("bamboo",), last_suggestions=(OAK, ELM)))


def test_a_spoken_comparison_names_a_difference() -> None:
    text = answer(prompt(Intent.COMPARE, voice=True, last_suggestions=(OAK, ELM)))

    assert "They differ in weight: 1.5 kg and 0.9 kg." in text
