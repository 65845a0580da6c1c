"""Which passages bear on a question: by words where meaning is not known, by both where it is."""

from hypothesis import given
from hypothesis import strategies as st

from models import Passage
from understanding.bearing import bearing, words_to_find

RETURNS = Passage("r", "Returns", "You can send anything back within 30 days for a refund.")
DELIVERY = Passage("d", "Delivery: International", "Parcels to Canada take 6 days.")
MATCH = Passage("m", "Price match", "We refund the difference when another seller asks for less.")
ALL = (RETURNS, DELIVERY, MATCH)


def ids(question: str, *cosines: float | None) -> list[str]:
    found = bearing(question, list(zip(ALL, cosines or (None,) * 3, strict=True)), 4)
    return [passage.id for passage in found]


def test_by_words_alone_another_word_for_the_subject_finds_it() -> None:
    assert ids("Can I get my money back?") == ["r"]
    assert ids("Do you ship to Canada?") == ["d"]


def test_meaning_finds_what_no_word_does() -> None:
    assert ids("changed my mind about the sweater", 0.5, 0.1, 0.1) == ["r"]


def test_where_meaning_is_known_words_alone_do_not_find_what_is_far_from_it() -> None:
    assert ids("Who won the match?") == ["m"]
    assert ids("Who won the match?", 0.05, 0.02, 0.12) == []


def test_between_equally_near_ones_the_words_decide() -> None:
    assert ids("parcels to canada", 0.4, 0.4, 0.1)[0] == "d"


def test_a_passage_whose_vector_is_still_to_follow_is_found_by_its_words() -> None:
    assert "r" in ids("What is your return policy?", None, 0.2, 0.1)


def test_what_is_far_behind_the_best_is_left_out() -> None:
    assert ids("delivery to canada", 0.3, 0.8, 0.2) == ["d"]


def test_other_words_for_a_subject_are_looked_for_too() -> None:
    assert {"money", "refund"} <= set(words_to_find("Can I get my money back?"))
    assert words_to_find("the of") == ()


def test_of_an_endless_question_the_beginning_counts() -> None:
    endless = "refund " + " ".join(f"word{number}" for number in range(5_000))

    assert len(words_to_find(endless)) < 100


COSINES = st.one_of(st.none(), st.floats(-1, 1))


@given(st.text(max_size=80), st.tuples(COSINES, COSINES, COSINES), st.integers(0, 4))
def test_scores_are_shares_and_never_rise(question: str, cosines: tuple[float | None, ...], limit: int) -> None:
    found = bearing(question, list(zip(ALL, cosines, strict=True)), limit)
    scores = [passage.score for passage in found]

    assert len(found) <= limit
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
