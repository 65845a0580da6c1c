import pytest

from needs import Intent
from tests.providers.embedded.shop import ASH, ELM, OAK, Hit, answer, marked, product, prompt


def total(question: str, *suggested: object, **others: object) -> str:
    return answer(prompt(Intent.TOTAL, question, last_suggestions=suggested, **others))


def test_both_together_are_added_up_and_delivery_is_not_made_up() -> None:
    text = total("how much are both together?", OAK, ELM, ASH)

    assert "$200.50" in text
    assert "without delivery" in text
    assert marked(text) == ["saw-oak", "saw-elm"]


def test_sums_are_exact() -> None:
    dime = product("d", "Dime", 0.1)

    assert "$0.30" in total("total for 3", dime)
    assert "$999.99" in total("what would 3 of it cost", product("t", "Tent", 333.33))


@pytest.mark.parametrize(
    ("question", "amount"),
    [
        ("what would two of the first cost?", "$240"),
        ("price for twelve of the second", "$966"),
        ("total for two of the first and 3 of the second", "$481.50"),
        ("what do all of them cost together", "$299.50"),
        ("how much is the oak with the ash together", "$219"),
    ],
)
def test_quantities_are_multiplied(question: str, amount: str) -> None:
    assert amount in total(question, OAK, ELM, ASH)


def test_currencies_are_not_mixed() -> None:
    text = total("how much are both together?", OAK, product("e", "Euro Saw", 50, currency="EUR"))

    assert "$120 and €50" in text
    assert "170" not in text


def test_what_an_earlier_reply_suggested_counts_too() -> None:
    assert "$219" in total("sum of both?", ASH, hits=(Hit(OAK, 1.0),))


def test_nothing_suggested_has_no_sum() -> None:
    assert "$" not in total("how much are both together?")


def test_a_spoken_sum_is_two_sentences() -> None:
    text = total("how much are both together?", OAK, ASH, voice=True)

    assert (
        text
        == "The Oak Saw 300[[saw-oak]] and the Ash Saw[[saw-ash]] cost 219 dollars together. That is without delivery."
    )
