"""How two legs of a search become one order, and one calibrated probability for each hit. Pure.

The lexical leg's scores are bm25's and mean nothing by themselves; the dense leg's are cosines. Both are brought to
0..1 within the candidates of one query and added with weights. What customers see beside a hit is another number: the
probability that it is what was asked for, from a logistic model that was fitted on judged searches.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import orjson

MODEL_FILE = Path(__file__).with_name("confidence_model.json")

# The lexical leg's share of the order. A single word is a name that the shop itself uses, or it is not: the leg that
# knows the shop's words decides. Several words describe something, and their meaning counts as much.
# Measured on 116 judged queries: nDCG@10 .786 with these; .70 to .90 and .4 to .6 stay within .01 of it.
ONE_WORD, MORE_WORDS = 0.85, 0.5


class Candidate(NamedTuple):
    """A product that a leg has found.

    Attributes:
        row_id: its row.
        lexical: the lexical leg's score, 0 or more; 0 when it holds none of the words.
        cosine: of its vector and the query's, -1..1; None when it has no vector, or there is no dense leg.
    """

    row_id: int
    lexical: float
    cosine: float | None


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
    cosines = [one.cosine for one in candidates if one.cosine is not None]
    lowest, highest = min(cosines, default=0.0), max(cosines, default=0.0)
    best = max((one.lexical for one in candidates), default=0.0)
    share = ONE_WORD if words == 1 else MORE_WORDS
    if not cosines:
        share = 1.0
    elif not best:
        share = 0.0

    def scored(one: Candidate) -> Scored:
        lexical = one.lexical / best if best else 0.0
        spread = highest - lowest
        dense = (one.cosine - lowest) / spread if one.cosine is not None and spread else 0.0
        return Scored(one, share * lexical + (1 - share) * dense, lexical)

    return sorted(map(scored, candidates), key=lambda one: (-one.fused, one.candidate.row_id))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the probability of a hit rests on; it never falls when one of them rises.

    Attributes:
        lexical: 0..1, the lexical score as a share of the best one.
        cosine: of vector and query, -1..1; None without a dense leg.
        coverage: 0..1, the share of the query's words that the product holds anywhere.
        named: 0..1, the share that its name, maker and category hold.
    """

    lexical: float
    cosine: float | None
    coverage: float
    named: float


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
    """

    def __init__(self, file: Path = MODEL_FILE) -> None:
        fitted = orjson.loads(file.read_bytes())
        self._both, self._dense, self._lexical = (
            Logistic(fitted[name]["bias"], fitted[name]["weights"]) for name in ("both_legs", "dense_leg", "lexical_leg")
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
