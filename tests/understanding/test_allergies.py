"""What somebody must not have is read as such, whatever the shop's shelves are called, and nothing else is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Intent, Understood, Vocabulary
from understanding.allergies import MAX_ALLERGIES, allergies_told, conditions_told, may_tell_allergies, read_allergies
from understanding.context import in_context
from understanding.reader import read

SHOP = Vocabulary(categories=("Milk", "Bread"))


@pytest.mark.parametrize(
    ("text", "unwanted", "rest"),
    [
        ("my daughter is allergic to milk", ("milk",), ""),
        ("I'm allergic to nuts, bread please", ("nuts",), ", bread please"),
        ("allergic to nuts, milk and eggs", ("nuts", "milk", "eggs"), ""),
        ("allergic to nuts and want bread", ("nuts",), "and want bread"),
        ("I have a nut allergy", ("nut",), ""),
        ("nut and milk allergies", ("nut", "milk"), ""),
        ("i'm lactose intolerant", ("lactose",), ""),
        ("he is a coeliac, any bread?", ("gluten",), ", any bread?"),
        ("she can't have milk, chocolate?", ("milk",), ", chocolate?"),
        ("allergic to tree nuts", ("tree nuts",), ""),
        ("i cant do nuts", ("nuts",), ""),
        ("we're dairy free", ("dairy",), ""),
        ("she's gluten-free, any bread?", ("gluten",), ", any bread?"),
        ("no nuts, im allergic", (), "no nuts, im allergic"),
    ],
)
def test_what_must_not_be_in_anything_is_read(text: str, unwanted: tuple[str, ...], rest: str) -> None:
    found, left = read_allergies(text)

    assert found == unwanted
    assert left.strip() == rest


@pytest.mark.parametrize(
    "text",
    ["hay fever allergy tablets", "for allergies", "no allergies", "what are the allergens",
     "i can't have a noisy laptop", "i cannot have it delivered", "is it for allergy sufferers", "allergic", "",
     "i can't do friday", "im stress free", "you can't do returns?"],
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    assert read_allergies(text) == ((), text)


def test_a_category_that_somebody_must_not_have_is_not_asked_for() -> None:
    said = read("my daughter is allergic to milk", SHOP)

    assert said.intent is Intent.UNCLEAR
    assert said.lasting
    assert not said.constraints.categories
    assert said.constraints.excluded_terms == ("milk",)


def wish(*messages: str) -> Understood:
    *earlier, said = (read(message, SHOP) for message in messages)
    return in_context(said, earlier, [])


def test_an_allergy_stays_for_every_later_wish_even_when_somebody_starts_over() -> None:
    for before in (["I'm allergic to nuts"], ["bread, I'm allergic to nuts"], ["I'm allergic to nuts", "start over"]):
        assert wish(*before, "a cake").constraints.excluded_terms == ("nuts",)
        assert wish(*before, "a cake", "jam", "I'm allergic to eggs", "bread").constraints.excluded_terms == (
            "nuts",
            "eggs",
        )
    assert wish("bread without nuts", "a cake").constraints.excluded_terms == ()
    assert wish("bread without nuts", "and a cake").constraints.excluded_terms == ("nuts",)


@given(st.text(max_size=60), st.sampled_from(["allergic to {}", "{} allergy", "i can't eat {}", "{}"]))
def test_any_text_can_be_read(text: str, form: str) -> None:
    found, _ = read_allergies(form.format(text))

    assert len(found) <= MAX_ALLERGIES
    assert all(one.strip() for one in found)


@pytest.mark.parametrize("part", ["allergic to ", "nut ", "a, ", "my son is an ", "can't have ", " and or"])
def test_hostile_texts_are_read_in_linear_time(part: str) -> None:
    text = (part * 2_000)[:2_000] + "allergy"
    began = time.process_time()
    read_allergies(text)

    assert may_tell_allergies(text)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("im 5 months pregnant, is the retinol ok", ("pregnant", "pregnancy")),
        ("is it safe during pregnancy", ("pregnant", "pregnancy")),
        ("my wife is diabetic", ("diabetic", "diabetes")),
        ("i have a pacemaker", ("pacemaker",)),
        ("I was pregnant last year", ()),
        ("i am not pregnant", ()),
        ("diabetic socks", ()),
        ("do you have a nursing pillow", ()),
    ],
)
def test_a_condition_counts_when_somebody_has_it(text: str, told: tuple[str, ...]) -> None:
    assert conditions_told([text]) == told


def test_what_was_told_in_any_message_is_kept() -> None:
    told = allergies_told(["My son is allergic to nuts", "a present for him", "we're lactose intolerant, too"])
    assert told == ("nuts", "lactose")
