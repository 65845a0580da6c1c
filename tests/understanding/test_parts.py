"""A message in parts, none of whose words is lost but those that join them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.parts import parts_of
from understanding.words import words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("setting up a home office. 4k monitor first", ["setting up a home office", "4k monitor first"]),
        ("i start college and need a computer", ["i start college", "need a computer"]),
        ("a bed for guests, but a couch by day", ["a bed for guests", "a couch by day"]),
        ("under $1.50 and red", ["under $1.50 and red"]),
        ("a mouse and a keyboard", ["a mouse and a keyboard"]),
        ("pill box for my mum, dementia", ["pill box for my mum", "dementia"]),
        ("rollator for my nan she's 5ft 3", ["rollator for my nan", "she's 5ft 3"]),
        ("sauce that cooks for 3 hrs, what pot", ["sauce that cooks for 3 hrs, what pot"]),
        ("?!", []),
    ],
)
def test_a_message_is_parted_where_a_new_wish_may_begin(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@given(st.text(alphabet="ab. ,!?\nbutandneed", max_size=60))
def test_parts_hold_the_words_in_their_order(text: str) -> None:
    said = [word for part in parts_of(text) for word in words(part)]
    left = iter(words(text))
    assert all(word in left for word in said)
