"""What of a long conversation is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Message, Role
from understanding.summary import MAX_CHARS, summarised


def said(*texts: str) -> list[Message]:
    return [Message(Role.USER, text) for text in texts]


def test_only_what_the_customer_said_is_kept() -> None:
    messages = [*said("My budget is $1,300."), Message(Role.ASSISTANT, "The Zephyr costs $999 and I love it.")]
    assert summarised("", messages) == "My budget is $1,300."


@pytest.mark.parametrize("filler", ["Tell me about product {}.", "I need something like number {} please.", "Ok {}!"])
@pytest.mark.parametrize("fact", ["My budget is 1.300 EUR.", "I can spend $1,300 at most.", "Our son wears size 39."])
def test_a_fact_outlives_five_hundred_other_messages(fact: str, filler: str) -> None:
    summary = summarised("", said("Hello there, good morning", fact))
    for number in range(500):
        summary = summarised(summary, said(filler.format(number)))
    assert fact in summary.splitlines()


def test_sentences_stand_in_the_order_in_which_they_were_said_last() -> None:
    summary = summarised(
        "", said("My budget is $900. I like dark colours.", "My budget is $500.", "My budget is $900.")
    )
    assert summary.splitlines() == ["I like dark colours.", "My budget is $500.", "My budget is $900."]


@pytest.mark.parametrize(
    "text", ["ok thanks", "The second?", "Do you have laptops with a good screen?", "\n\n  ", "..."]
)
def test_what_says_nothing_by_itself_is_left_out(text: str) -> None:
    assert summarised("", said(text)) == ""


@given(st.lists(st.text(max_size=400), max_size=30), st.integers(0, 30))
def test_it_is_bounded_and_made_of_what_was_said_whatever_was_said_and_in_how_many_parts(
    texts: list[str], cut: int
) -> None:
    summary = summarised(summarised("", said(*texts[:cut])), said(*texts[cut:]))
    assert len(summary) <= MAX_CHARS
    whole = " ".join(" ".join(text.split()) for text in texts)
    assert all(line in whole for line in summary.splitlines())
