from needs import Intent
from tests.providers.embedded.shop import OAK, Hit, answer, marked, product, prompt

CASE = product("case", "Hard Case", 30, category="Cases", features=["Made for saws up to 40 cm"])
GLOVE = product("glove", "Work Gloves", 9.5, category="Clothing", features=["Leather palm"])


def test_what_the_data_says_goes_with_a_suggestion_is_quoted() -> None:
    text = answer(prompt(Intent.ACCESSORY, "what goes with it?", last_suggestions=(OAK,), hits=(Hit(CASE, 0.5),)))

    assert marked(text) == ["case"]
    assert "made for saws up to 40 cm" in text
    assert "you might look at" in text
    assert "$30" in text


def test_what_is_of_the_kind_asked_for_is_offered_without_a_claim() -> None:
    text = answer(
        prompt(Intent.ACCESSORY, "gloves for it", terms=("gloves",), last_suggestions=(OAK,), hits=(Hit(GLOVE, 0.5),))
    )

    assert "doesn't say what fits" in text
    assert marked(text) == ["glove"]


def test_where_the_data_says_nothing_that_is_said_and_other_categories_are_named() -> None:
    text = answer(prompt(Intent.ACCESSORY, "what goes with it?", last_suggestions=(OAK,)))

    assert "can't tell from our data" in text
    assert "Drills" in text
    assert "Saws" not in text.replace("Oak Saw", "")
    assert marked(text) == []


def test_a_spoken_answer_is_two_sentences_without_a_list() -> None:
    text = answer(
        prompt(Intent.ACCESSORY, "what goes with it?", last_suggestions=(OAK,), hits=(Hit(CASE, 0.5),), voice=True)
    )

    assert "\n" not in text
    assert "30 dollars" in text
