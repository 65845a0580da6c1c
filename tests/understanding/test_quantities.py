import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Intent, Vocabulary
from understanding.quantities import asks_for_total, quantities_in
from understanding.reader import read


@pytest.mark.parametrize(
    "text",
    [
        "how much are both together?", "what would two of the first cost?", "total for 3", "what's the total?",
        "how much is it all together", "price for 4 of the second", "what do all three cost", "sum of both?",
        "how much for twelve of them", "how much would the tent and the mat be together?", "in total?", "together?",
        "how much is that with the lamp",
    ],
)  # fmt: skip
def test_questions_for_a_sum_are_told(text: str) -> None:
    assert asks_for_total(text)
    assert read(text, Vocabulary(), has_suggestions=True).intent is Intent.TOTAL


@pytest.mark.parametrize(
    "text",
    [
        "how much is it?",
        "what is the total storage",
        "a table for six",
        "the first one",
        "do they work together",
        "and if dads is 44",
        "and my husband is 31",
    ],
)
def test_other_questions_are_not(text: str) -> None:
    assert not asks_for_total(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what would two of the first cost?", [(2, (0,))]),
        ("price for 4 of the second", [(4, (1,))]),
        ("two of the first and three of the last", [(2, (0,)), (3, (-1,))]),
        ("total for 3", [(3, ())]),
        ("how much for twelve of them", [(12, ())]),
        ("how much are both together", []),
    ],
)
def test_quantities_are_read_with_what_they_are_of(text: str, found: list[tuple[int, tuple[int, ...]]]) -> None:
    assert [(one.pieces, one.places) for one in quantities_in(text)] == found


@given(st.text(max_size=300))
def test_any_text_can_be_read_for_quantities(text: str) -> None:
    assert all(0 < one.pieces <= 10_000 for one in quantities_in(text.lower()))
