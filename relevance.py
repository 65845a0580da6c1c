"""How two legs of a search become one order, and one calibrated probability for each hit. Pure.

The lexical leg's scores are bm25's and mean nothing by themselves; the dense leg's are cosines. Both are brought to
0..1 within the candidates of one query and added with weights. What customers see beside a hit is another number: the
probability that it is what was asked for, from a logistic model that was fitted on judged searches.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

MODEL_FILE = Path(__file__).with_name("confidence_model.json")

# The lexical leg's share of the order is LEXICAL_SHARE and as much again for a single word, divided by the number of
# words. A single word is a name that the shop itself uses, or it is not: the leg that knows the shop's words decides.
# The more words there are, the more they describe something, and their meaning counts.
LEXICAL_SHARE = 0.4

# bm25 rates a rare word twice over two words once, and nearness in meaning knows no word at all. So a lexical score
# counts by the share of the words that the product holds, and holding them is worth something by itself.
# Measured on 116 judged queries (bench/relevance.py): nDCG@10 .804 with both; .798 by the first alone, .803 by the
# second alone, .778 without; .800 to .805 with the second between 0.2 and 0.8.
HOLDS_ALL = 0.4

# What is sought comes before what only bears its name: a toilet before the flapper of one. Measured on nine variants of
# five judged shops and on the first: .1 gives .013 and costs .003, .15 gives .015 and costs .005, .2 .017 and .010.
IS_IT = 0.15

# A product may say all of it in other words: from the first cosine on its nearness counts as words held, and from the
# second on as all of them. "coffee maker" and "Espresso machine" are .67, "couch" and "Three-seat sofa" .71.
NEAR, NEAR_ENOUGH = 0.4, 0.7

# A product that holds so many words of a query holds them by no accident, however many more there are.
ENOUGH_HELD = 3


# A word's rarity is counted in whole numbers of so much: sums of them do not depend on the order of the words.
_RARITY = 256


class Candidate(NamedTuple):
    """A product that a leg has found.

    Attributes:
        row_id: its row.
        lexical: the lexical leg's score, 0 or more; 0 when it holds none of the words.
        cosine: of its vector and the query's, -1..1; None when it has no vector, or there is no dense leg.
        held: 0..1, the share of the words that it holds.
        by_words: whether it holds one of the words that were looked for.
        is_thing: whether it is what is sought, by what its name says (`understanding.heads`).
    """

    row_id: int
    lexical: float
    cosine: float | None
    held: float = 0.0
    by_words: bool = True
    is_thing: bool = False


class Scored(NamedTuple):
    """A candidate in its place.

    Attributes:
        candidate: what was found.
        fused: 0..1, by which candidates are ordered; comparable within one query.
        lexical: 0..1, the lexical score as a share of the best one.
    """

    candidate: Candidate
    fused: float
    lexical: float


def fuse(candidates: Sequence[Candidate], words: int) -> list[Scored]:
    """Candidates in order, best first; equal ones by row, so that the order is always the same.

    Args:
        candidates: of one query.
        words: how many words the query has.
    """
    if not candidates:
        return []
    row_ids, lexical, cosines, held, _, is_thing = map(np.array, zip(*candidates, strict=True))
    cosines = cosines.astype(np.float64)  # not a number where there is no vector
    has_vector = ~np.isnan(cosines)
    near = cosines[has_vector]
    share = LEXICAL_SHARE + LEXICAL_SHARE / max(words, 1)
    if not len(near):
        share = 1.0
    elif not lexical.any():
        share = 0.0
    lexical = lexical / (lexical.max() or 1.0)
    spread = np.ptp(near) if len(near) else 0.0
    # A product whose vector is still to follow is put where its words put it.
    dense = np.where(has_vector, (cosines - near.min(initial=1.0)) / (spread or np.inf), lexical * held)
    said = np.where(has_vector, (cosines - NEAR) / (NEAR_ENOUGH - NEAR), 0.0)
    holds = np.maximum(held, np.minimum(said, 1.0))
    fused = (share * lexical * held + (1 - share) * dense + HOLDS_ALL * holds + IS_IT * is_thing) / (
        1 + HOLDS_ALL + IS_IT
    )
    order = np.lexsort((row_ids, -fused)).tolist()
    return [Scored(candidates[place], float(fused[place]), float(lexical[place])) for place in order]


def worth_ranking(
    rows: NDArray[np.int64], holders: Iterable[NDArray[np.int64]], *, least: int, enough: int
) -> NDArray[np.int64]:
    """Those rows that hold the most of the rarest words; those that hold the same words stay together.

    Args:
        rows: that may be ranked, rising, each once.
        holders: for each word, the rows that hold it, likewise.
        least: at least so many are wanted, as long as there are so many.
        enough: and no more than so many, if `least` are among them.
    """
    if len(rows) <= enough:
        return rows
    sums = np.zeros(len(rows), dtype=np.int64)  # how rare the words are that each row holds, added up
    for its in holders:
        places = np.minimum(np.searchsorted(rows, its), len(rows) - 1)
        holding = places[rows[places] == its]
        if len(holding):
            sums[holding] += round(_RARITY * math.log1p(len(rows) / len(holding)))
    falling = np.sort(sums)[::-1]
    fitting = falling[:enough][falling[:enough] > falling[enough]]
    worth: NDArray[np.int64] = rows[sums >= min(falling[least - 1], fitting.min(initial=falling[0]))]
    return worth


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probability of a hit rests on; it never falls when one of them rises.

    Attributes:
        lexical: 0..1, the lexical score as a share of the best one.
        cosine: of vector and query, -1..1; None without a dense leg.
        coverage: 0..1, the share of the query's words that the product holds anywhere.
        named: 0..1, the share that its name, maker and category hold.
        words: how many words the query has.
    """

    lexical: float
    cosine: float | None
    coverage: float
    named: float
    words: int


def weighed(signals: Signals) -> dict[str, float]:
    """What the models weigh, by name, each 0..1; none falls when a signal rises.

    Words and meaning count as a product: that a shop has the word "match" says little of a sentence on football, since
    its meaning is far away; nor do few words beside a near meaning.
    """
    cosine = max(signals.cosine or 0.0, 0.0)
    return {
        "cosine": cosine,
        "cosine_covered": cosine * signals.coverage,
        "cosine_named": cosine * signals.named,
        "lexical": signals.lexical,
        "coverage": signals.coverage,
        "named": signals.named,
        "held": min(signals.coverage * signals.words / ENOUGH_HELD, 1.0),
    }


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model: weights of what `weighed` names, none of them negative."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, signals: Signals) -> float:
        """Between 0 and 1."""
        values = weighed(signals)
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-total))


class ConfidenceModel:
    """The fitted coefficients: for hits with both legs, for their meaning alone, and for search by words alone.

    A hit is at least as probable as its meaning alone makes it, so that a customer may use other words than the shop.
    `bench/fit_confidence.py` writes the file and its provenance.

    Args:
        fitted: coefficients as the file has them; the file's when None.
    """

    def __init__(self, fitted: Mapping[str, Any] | None = None) -> None:
        fitted = fitted or orjson.loads(MODEL_FILE.read_bytes())
        self._both, self._dense, self._lexical = (
            Logistic(fitted[name]["bias"], fitted[name]["weights"])
            for name in ("both_legs", "dense_leg", "lexical_leg")
        )

    def probability(self, signals: Signals) -> float:
        """That a judge would call the hit what was asked for, 0..1."""
        if signals.cosine is None:
            return self._lexical.probability(signals)
        return max(self._both.probability(signals), self._dense.probability(signals))

    def cosine_for(self, probability: float, coverage: float) -> float:
        """The cosine from which on a hit of the dense leg alone reaches a probability.

        Args:
            probability: between 0 and 1, exclusively.
            coverage: 0..1, the share of the query's words that the constraints imply.
        """
        wanted = math.log(probability / (1 - probability))
        by_meaning = (wanted - self._dense.bias) / self._dense.weights["cosine"]
        weight = coverage * (self._both.weights["cosine_covered"] + self._both.weights["cosine_named"])
        return max(min(by_meaning, (wanted - self._both.bias) / weight if weight else math.inf), 0.0)
