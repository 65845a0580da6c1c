"""How two legs become one order, and one probability for each hit."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from relevance import MODEL_FILE, Candidate, ConfidenceModel, Scored, Signals, fuse, worth_ranking

MODEL = ConfidenceModel()
NEARLY = 1e-9

WORDS = st.integers(1, 5)
SHARES = st.floats(0, 1)
LEXICAL = st.integers(0, 40).map(lambda tenths: tenths / 10)
COSINES = st.integers(-100, 100).map(lambda hundredths: hundredths / 100)
SIGNALS = st.builds(
    Signals, lexical=SHARES, cosine=st.none() | st.floats(-1, 1), coverage=SHARES, named=SHARES, words=WORDS
)


def found_by(cosines: st.SearchStrategy[float | None], least: int = 0) -> st.SearchStrategy[list[Candidate]]:
    legs = st.lists(st.tuples(LEXICAL, cosines, SHARES), min_size=least, max_size=12)
    return legs.map(lambda pairs: [Candidate(row_id, *pair) for row_id, pair in enumerate(pairs)])


def places(ordered: list[Scored]) -> dict[int, float]:
    return {one.candidate.row_id: one.fused for one in ordered}


@given(found_by(st.none() | COSINES).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))), WORDS)
def test_the_order_does_not_depend_on_which_candidate_came_first(
    both: tuple[list[Candidate], list[Candidate]], words: int
) -> None:
    found, shuffled = both
    assert fuse(shuffled, words) == fuse(found, words)


@given(found_by(st.none() | COSINES), WORDS)
def test_every_candidate_has_one_place_and_scores_fall(found: list[Candidate], words: int) -> None:
    ordered = fuse(found, words)
    scores = [one.fused for one in ordered]
    assert sorted(one.candidate.row_id for one in ordered) == [one.row_id for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + NEARLY for score in scores)


@given(found_by(COSINES, least=2), WORDS, st.data())
def test_a_candidate_that_a_leg_likes_better_falls_behind_no_other(
    found: list[Candidate], words: int, data: st.DataObject
) -> None:
    raised = data.draw(st.sampled_from(found))
    more = data.draw(st.integers(1, 20)) / 10
    assert raised.cosine is not None
    better = data.draw(
        st.sampled_from(
            [
                raised._replace(lexical=raised.lexical + more),
                raised._replace(cosine=min(raised.cosine + more, 1.0)),
                raised._replace(held=min(raised.held + more, 1.0)),
            ]
        )
    )
    before = places(fuse(found, words))
    after = places(fuse([better if one is raised else one for one in found], words))
    for other in before:
        ahead = before[raised.row_id] - before[other]
        assert after[raised.row_id] - after[other] >= min(ahead, 0.0) - NEARLY


def ids(rows: Collection[int]) -> NDArray[np.int64]:
    return np.array(sorted(rows), dtype=np.int64)


HOLDERS = st.lists(st.frozensets(st.integers(0, 40), max_size=30), min_size=1, max_size=5)


@given(HOLDERS, st.integers(1, 8), st.integers(8, 20))
def test_what_is_not_worth_ranking_holds_less_of_rare_words(
    holders: list[frozenset[int]], least: int, enough: int
) -> None:
    rows = frozenset().union(*holders)
    worth = frozenset(worth_ranking(ids(rows), map(ids, holders), least=least, enough=enough).tolist())
    assert worth <= rows
    assert len(worth) >= min(least, len(rows))

    def held(row: int) -> frozenset[int]:
        return frozenset(place for place, its in enumerate(holders) if row in its)

    for out in rows - worth:
        assert not any(held(out) >= held(row) for row in worth)
    if len(rows) <= enough:
        assert worth == rows


def test_a_rare_word_counts_more_than_two_that_many_hold() -> None:
    many, few = ids(range(1_000)), ids(range(2_000, 2_004))
    worth = worth_ranking(np.concatenate([many, few]), [many, many, few], least=2, enough=8)
    assert worth.tolist() == few.tolist()


def test_what_a_filter_took_out_is_not_ranked() -> None:
    many, few, let_through = ids(range(1_000)), ids(range(500, 1_010)), ids(range(0, 2_000, 7))
    rows = let_through[let_through < 1_010]
    worth = worth_ranking(rows, [many, few], least=2, enough=8)
    assert set(worth.tolist()) == {row for row in rows.tolist() if 500 <= row < 1_000}


def test_of_a_single_word_all_that_hold_it_are_ranked() -> None:
    many = ids(range(1_000))
    assert len(worth_ranking(many, [many], least=2, enough=8)) == len(many)


@given(st.lists(LEXICAL, max_size=12), WORDS)
def test_without_a_dense_leg_the_words_alone_decide(scores: list[float], words: int) -> None:
    ordered = fuse([Candidate(row_id, score, None, held=1.0) for row_id, score in enumerate(scores)], words)
    assert [one.candidate.lexical for one in ordered] == sorted(scores, reverse=True)


@given(st.lists(COSINES, max_size=12), WORDS)
def test_where_no_word_is_held_meaning_alone_decides(cosines: list[float], words: int) -> None:
    ordered = fuse([Candidate(row_id, 0.0, cosine) for row_id, cosine in enumerate(cosines)], words)
    assert [one.candidate.cosine for one in ordered] == sorted(cosines, reverse=True)


@given(SIGNALS, st.sampled_from(["lexical", "cosine", "coverage", "named"]), SHARES)
def test_a_hit_never_becomes_less_probable_when_a_signal_rises(signals: Signals, name: str, value: float) -> None:
    assume(getattr(signals, name) is not None and getattr(signals, name) <= value)
    risen = replace(signals, **{name: value})  # type: ignore[arg-type]  # each of these is a float
    assert 0 < MODEL.probability(signals) <= MODEL.probability(risen) < 1


@given(st.floats(-1, 1), SHARES)
def test_a_hit_that_holds_the_words_is_at_least_as_probable_as_its_meaning_alone(cosine: float, share: float) -> None:
    alone = MODEL.probability(Signals(0.0, cosine, 0.0, 0.0, 2))
    assert MODEL.probability(Signals(share, cosine, share, share, 2)) >= alone


@given(st.floats(0.02, 0.9), SHARES)
def test_the_cosine_for_a_probability_has_this_probability(probability: float, coverage: float) -> None:
    cosine = MODEL.cosine_for(probability, coverage)
    reached = MODEL.probability(Signals(0.0, cosine, coverage, coverage, 2))
    assert reached == pytest.approx(probability) if cosine else reached >= probability


def test_no_weight_is_negative_and_each_leg_has_some() -> None:
    fitted = orjson.loads(MODEL_FILE.read_bytes())
    for name in ("both_legs", "dense_leg", "lexical_leg"):
        weights = fitted[name]["weights"].values()
        assert min(weights) >= 0 < max(weights), name


def test_the_file_says_where_its_coefficients_come_from() -> None:
    provenance = orjson.loads(MODEL_FILE.read_bytes())["provenance"]
    assert provenance["script"] == "bench/fit_confidence.py"
    assert all(one["queries"] and one["hits"] for one in provenance["judged_sets"])
    assert {"date", "base_rate", "label", "off_topic_sentences", "off_topic_weight"} <= provenance.keys()
