"""Misspelt words are led to the shop's own, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.spelling import as_written, halves, is_near, may_be_misspelt, nearest

SHOP = {"laptop": 12, "monitor": 8, "headphon": 9, "chair": 20, "choir": 1, "batteri": 5, "sofa": 3}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("labtop", "laptop"),
        ("labtops", "laptop"),
        ("lpatop", "laptop"),
        ("moniter", "monitor"),
        ("headphnoes", "headphon"),
        ("batterys", "batteri"),
        ("chiar", "chair"),
    ],
)
def test_a_mistake_is_seen_through(word: str, meant: str) -> None:
    assert nearest(word, SHOP) == meant


def test_a_mistake_that_changes_the_stem_is_seen_through_by_the_beginning() -> None:
    shop = {"chocol": 9, "fertil": 4, "toilet": 5}

    assert nearest("choclate", shop) is None
    assert nearest("choclate", shop, by_beginning=True) == "chocol"
    assert nearest("fertlizer", shop, by_beginning=True) == "fertil"


def test_what_is_written_must_be_near_not_only_its_stem() -> None:
    assert is_near("choclate", "chocolate")
    assert is_near("batterys", "batteries")
    assert not is_near("toiletries", "toilet")


def test_of_equally_near_words_the_commoner_is_meant() -> None:
    assert nearest("chxir", SHOP) == "chair"


def test_a_word_is_corrected_to_the_nearest_form_that_the_shop_writes() -> None:
    texts = ["Laptop, laptop or laptops", "what it is called"]

    assert as_written("laptop", texts, meant_by="labtops") == "laptops"
    assert as_written("laptop", texts) == "laptop"
    assert as_written("sofa", texts, meant_by="soffa") == "sofa"


@pytest.mark.parametrize("word", ["bicycle", "garden", "xofa", "q", "monocle"])
def test_what_is_not_near_stays(word: str) -> None:
    assert nearest(word, SHOP) is None


@pytest.mark.parametrize("word", ["tn-2110", "16gb", "hose", "x200", ""])
def test_numbers_and_short_words_are_not_doubted(word: str) -> None:
    assert not may_be_misspelt(word)


def test_a_word_can_be_read_as_two() -> None:
    assert ("smart", "watch") in list(halves("smartwatch"))
    assert list(halves("short")) == []


@given(st.text(max_size=60), st.dictionaries(st.text(min_size=1, max_size=20), st.integers(1, 99), max_size=20))
def test_any_word_and_any_shop_can_be_asked_for(word: str, shop: dict[str, int]) -> None:
    assert nearest(word, shop) in {None, *shop}
