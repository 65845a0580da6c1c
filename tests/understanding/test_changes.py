import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Intent, Vocabulary
from understanding.changes import COLOUR, EVERYTHING, MAKER, PRICE, read_changes
from understanding.reader import read


@pytest.mark.parametrize(
    ("text", "withdrawn"),
    [
        ("forget the budget", (PRICE,)),
        ("never mind the price", (PRICE,)),
        ("the price doesn't matter", (PRICE,)),
        ("money is no object", (PRICE,)),
        ("no budget limit", (PRICE,)),
        ("any colour", (COLOUR,)),
        ("whatever color is fine", (COLOUR,)),
        ("I don't care about the brand", (MAKER,)),
        ("regardless of the brand", (MAKER,)),
        ("forget the leather", ("leather",)),
        ("start over", (EVERYTHING,)),
        ("ok, let's start again please", (EVERYTHING,)),
        ("forget all that", (EVERYTHING,)),
        ("don't forget the charger", ()),
        ("do you have any colours", ()),
        ("any size 42", ()),
        ("a bike for my son", ()),
    ],
)
def test_what_is_taken_back_is_read(text: str, withdrawn: tuple[str, ...]) -> None:
    assert read_changes(text).withdrawn == withdrawn


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no, I meant headphones", "headphones"),
        ("sorry, i meant a tent", "a tent"),
        ("make that under 800", "under 800"),
        ("change it to 27 inch", "27 inch"),
        ("on second thought, a kayak", "a kayak"),
    ],
)
def test_what_puts_an_earlier_message_right_is_read(text: str, rest: str) -> None:
    changes = read_changes(text)

    assert changes.corrects
    assert changes.rest == rest


@pytest.mark.parametrize(
    ("text", "instead"),
    [("that's too expensive", "cheaper"), ("too big for me", "smaller"), ("it's way too heavy", "lighter")],
)
def test_a_fault_of_a_suggestion_asks_for_its_opposite(text: str, instead: str) -> None:
    assert instead in read_changes(text).rest


def test_a_limit_that_is_named_counts_more_than_too_expensive() -> None:
    assert "cheaper" not in read_changes("too expensive. under 80?").rest


@given(st.text(max_size=400))
def test_any_text_can_be_read_for_changes(text: str) -> None:
    changes = read_changes(text)

    assert len(changes.rest) <= len(text) + len("more expensive , ") * 2 + 3 * text.count(" ")


@pytest.mark.parametrize("text", ["i hate mondays", "I dislike spiders."])
def test_what_somebody_dislikes_asks_for_no_product(text: str) -> None:
    assert read(text, Vocabulary()).intent in {Intent.UNCLEAR, Intent.THANKS}


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("a sofa, no leather or wool", {"leather", "wool"}),
        ("a sofa without leather, wool or silk", {"leather", "wool", "silk"}),
        ("neither leather nor wool, a sofa please", {"leather", "wool"}),
    ],
)
def test_lists_of_what_is_unwanted_are_read_whole(text: str, excluded: set[str]) -> None:
    assert set(read(text, Vocabulary(categories=("Sofas",))).constraints.excluded_terms) == excluded


def test_colours_that_are_neither_nor_are_unwanted() -> None:
    vocabulary = Vocabulary(categories=("Dresses",), attributes={"red": ("colour",), "blue": ("colour",)})

    understood = read("a dress, neither red nor blue", vocabulary)

    assert understood.constraints.excluded_attributes == {"colour": "red or blue"}
    assert understood.constraints.attributes == {}
