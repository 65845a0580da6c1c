"""A judged set: a shop's products, queries, and what people judged of them; and the statistics of a search over it.

A set is a folder with products.jsonl {id, name, model?, brand?, description, category, price, features{}},
queries.jsonl {id, text} and qrels.jsonl {query_id, product_id, grade 0..3}.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DEPTH = 10  # what counts of a ranking
RELEVANT = 2  # a grade from which on a hit is what was asked for
BINS = 10
ROUNDS = 1_000  # of a bootstrap
SEED = 20_250_101

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """What was read from a folder.

    Attributes:
        name: the folder's.
        products: as a brand would upload them.
        queries: texts by id.
        grades: by query and product, 0..3; a pair that is not there was not judged.
    """

    name: str
    products: list[dict[str, Any]]
    queries: dict[str, str]
    grades: dict[str, dict[str, int]]

    @property
    def answerable(self) -> tuple[str, ...]:
        """Queries for which a product was judged better than 0; of the others a ranking cannot be measured."""
        return tuple(query for query in self.queries if any(self.grades.get(query, {}).values()))

    def is_relevant(self, query: str, product_id: str) -> bool:
        """Whether a product was judged to be what was asked for; one that nobody judged was not."""
        return self.grades.get(query, {}).get(product_id, 0) >= RELEVANT


def load(folder: Path, limit: int | None = None) -> JudgedSet:
    """Read a judged set.

    Args:
        folder: where its three files are.
        limit: so many queries at most; all when None.
    """
    queries = {str(row["id"]): str(row["text"]) for row in _rows(folder / "queries.jsonl")}
    if limit is not None:
        queries = dict(list(queries.items())[:limit])
    grades: dict[str, dict[str, int]] = {}
    for row in _rows(folder / "qrels.jsonl"):
        grades.setdefault(str(row["query_id"]), {})[str(row["product_id"])] = int(row["grade"])
    products = [as_uploaded(row) for row in _rows(folder / "products.jsonl")]
    return JudgedSet(folder.resolve().name, products, queries, grades)


def as_uploaded(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a brand would upload it: maker and model are specifications, like everything else it lists."""
    features = record.get("features") or {}
    specifications = {str(key).replace("_", " ").strip(): value for key, value in features.items()}
    for member, key in (("brand", "manufacturer"), ("model", "model")):
        if record.get(member):
            specifications[key] = record[member]
    return {
        "id": str(record["id"]),
        "name": record["name"],
        "description": record.get("description") or "",
        "category": record.get("category") or "",
        "price": record.get("price") or 0,
        "specifications": specifications,
    }


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


# --- Rankings ---


def ndcg(grades: Mapping[str, int], ranking: Sequence[str]) -> float:
    """nDCG@10 with gain 2^grade - 1; what nobody judged gains nothing (Burges et al., 2005)."""
    ideal = _gain(sorted(grades.values(), reverse=True))
    return _gain([grades.get(product_id, 0) for product_id in ranking]) / ideal if ideal else 0.0


def judged_share(grades: Mapping[str, int], ranking: Sequence[str]) -> float:
    """judged@10: the share of the first hits that somebody judged; 0 when there are none."""
    first = ranking[:DEPTH]
    return sum(product_id in grades for product_id in first) / len(first) if first else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((float(2**grade) - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:DEPTH]))


# --- Intervals ---


class Estimate(NamedTuple):
    """A figure with its bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def mean_of(values: Sequence[float], level: float = 0.95) -> Estimate:
    """The mean over queries, with a percentile interval; of paired differences too."""
    array = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(SEED).integers(len(array), size=(ROUNDS, len(array)))
    return _estimate(float(array.mean()), array[drawn].mean(axis=1), level)


def _estimate(value: float, drawn: Numbers, level: float) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


# --- Probabilities ---


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Probabilities of hits, what the hits were, and the query of each.

    Attributes:
        probabilities: 0..1.
        labels: 1 where the hit was relevant, else 0.
        queries: a number for each hit, the same for hits of one query.
    """

    probabilities: Numbers
    labels: Numbers
    queries: Places

    def measured(self, statistic: Callable[[Numbers, Numbers], float], level: float = 0.9) -> Estimate:
        """A statistic of probabilities and labels, its interval by drawing queries: hits of one query go together."""
        places = [np.flatnonzero(self.queries == query) for query in np.unique(self.queries)]
        generator = np.random.default_rng(SEED)
        drawn = []
        for _ in range(ROUNDS):
            chosen = generator.integers(len(places), size=len(places))
            hits = np.concatenate([places[one] for one in chosen])
            drawn.append(statistic(self.probabilities[hits], self.labels[hits]))
        return _estimate(statistic(self.probabilities, self.labels), np.array(drawn), level)


def brier(probabilities: Numbers, labels: Numbers) -> float:
    """The mean squared error (Brier, 1950)."""
    return float(np.mean((probabilities - labels) ** 2))


def skill(probabilities: Numbers, labels: Numbers) -> float:
    """The share of the base rate's Brier score that the probabilities save; 0 is no better than the base rate."""
    spread = float(labels.var())
    return 1 - brier(probabilities, labels) / spread if spread else 0.0


def bins(probabilities: Numbers) -> list[Places]:
    """Places of hits in ten bins of equal size, by rising probability."""
    return np.array_split(np.argsort(probabilities, kind="stable").astype(np.int64), BINS)


def calibration_error(probabilities: Numbers, labels: Numbers) -> float:
    """Expected calibration error over ten bins of equal size (Naeini et al., 2015)."""
    gaps = [
        len(hits) * abs(float(probabilities[hits].mean() - labels[hits].mean()))
        for hits in bins(probabilities)
        if len(hits)
    ]
    return sum(gaps) / len(probabilities)
