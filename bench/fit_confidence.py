"""Fits the probability that a hit is what was asked for, from judged sets and from sentences that ask for no product.

Three logistic models: for hits with both legs, for their meaning alone, and for search by words alone. Their weights
are not negative, so that a hit never becomes less probable when a leg likes it better. bench/README.md has the figures.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.judged import JudgedSet, Numbers, load
from bench.judged_shop import Witness, both_legs, by_meaning, by_words, off_topic, open_shop, shown
from relevance import MODEL_FILE, Signals, weighed
from routes.dependencies import Services
from search_service import SearchService

# What each model weighs, of `relevance.weighed`.
INPUTS = {
    "both_legs": ("cosine_covered", "cosine_named", "lexical"),
    "dense_leg": ("cosine",),
    "lexical_leg": ("coverage", "named", "lexical", "held"),
}

# Sentences on other things weigh so much beside judged queries: enough to be told apart, too little to move the rest.
OFF_TOPIC_WEIGHT = 0.15
OFF_TOPIC_HITS = 3

# L2, per unit of weight: inputs lie in 0..1, where most differ by a few tenths.
PENALTY = 3e-4
_STEPS = 50_000
_STILL = 1e-10


class Shown(NamedTuple):
    """A hit as a model is shown it.

    Attributes:
        query: the judged set's name and the query's id.
        signals: of the hit.
        relevant: whether it is what was asked for.
    """

    query: str
    signals: Signals
    relevant: bool


@dataclass(frozen=True, slots=True)
class Examples:
    """What one model is fitted on.

    Attributes:
        hits: of judged queries, those of one query best first.
        off_topic: of sentences that ask for no product: none of them is relevant.
    """

    hits: list[Shown]
    off_topic: list[Signals]


Gathered = dict[str, Examples]


async def gather(services: Services, judged: JudgedSet) -> Gathered:
    """Examples for each model, from searches of the real services."""
    witness = Witness()
    searches = {
        "both_legs": both_legs(services, witness),
        "dense_leg": by_meaning(services, witness),
        "lexical_leg": by_words(services, witness),
    }
    return {name: await _examples(search, witness, judged) for name, search in searches.items()}


async def _examples(search: SearchService, witness: Witness, judged: JudgedSet) -> Examples:
    hits, others = [], []
    for query, text in judged.queries.items():
        for product_id, signals in await shown(search, witness, text):
            hits.append(Shown(f"{judged.name} {query}", signals, judged.is_relevant(query, product_id)))
    for sentence in off_topic(held_out=False):
        others += [signals for _, signals in (await shown(search, witness, sentence))[:OFF_TOPIC_HITS]]
    return Examples(hits, others)


def together(parts: Sequence[Gathered]) -> Gathered:
    """The examples of several judged sets."""
    return {
        name: Examples(
            [hit for part in parts for hit in part[name].hits], [one for part in parts for one in part[name].off_topic]
        )
        for name in INPUTS
    }


def fit(gathered: Gathered, without: Collection[str] = ()) -> dict[str, Any]:
    """Coefficients as `ConfidenceModel` takes them; without the hits of some queries."""
    return {name: _fitted(gathered[name], inputs, without) for name, inputs in INPUTS.items()}


def _fitted(examples: Examples, inputs: Sequence[str], without: Collection[str]) -> dict[str, Any]:
    hits = [hit for hit in examples.hits if hit.query not in without]
    signals = [hit.signals for hit in hits] + examples.off_topic
    values = np.array([[weighed(one)[name] for name in inputs] for one in signals])
    labels = np.array([float(hit.relevant) for hit in hits] + [0.0] * len(examples.off_topic))
    shares = [1 / len(hits)] * len(hits) + [OFF_TOPIC_WEIGHT / len(examples.off_topic)] * len(examples.off_topic)
    bias, weights = logistic(values, labels, np.array(shares) / sum(shares))
    return {
        "bias": round(bias, 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(inputs, weights, strict=True)},
    }


def logistic(values: Numbers, labels: Numbers, shares: Numbers) -> tuple[float, Numbers]:
    """Bias and weights of a logistic model with weights of at least 0 and an L2 penalty on them.

    Accelerated projected gradient with restarts (Nesterov, 1983; O'Donoghue and Candes, 2015), on centred values.

    Args:
        values: one row per example.
        labels: 0 or 1.
        shares: how much each example counts; their sum is 1.
    """
    mean = shares @ values
    rows = np.column_stack([np.ones(len(values)), values - mean])
    penalty = np.array([0.0] + [PENALTY] * values.shape[1])
    least = np.array([-np.inf] + [0.0] * values.shape[1])
    step = 1 / (0.25 * np.linalg.eigvalsh((rows.T * shares) @ rows)[-1] + PENALTY)
    found = ahead = np.zeros(rows.shape[1])
    momentum = 1.0
    for _ in range(_STEPS):
        errors = 1 / (1 + np.exp(-rows @ ahead)) - labels
        following = np.maximum(ahead - step * (rows.T @ (shares * errors) + penalty * ahead), least)
        moved = following - found
        if (ahead - following) @ moved > 0:  # it overshot
            momentum, ahead = 1.0, found
            continue
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        found, ahead = following, following + (momentum - 1) / faster * moved
        momentum = faster
        if np.abs(moved).max() < _STILL:
            break
    return float(found[0] - mean @ found[1:]), found[1:]


def provenance(sets: Sequence[JudgedSet], gathered: Gathered) -> dict[str, Any]:
    """Where the coefficients come from."""
    hits = gathered["both_legs"].hits
    return {
        "script": "bench/fit_confidence.py",
        "date": datetime.now(UTC).date().isoformat(),
        "judged_sets": [
            {
                "name": judged.name,
                "queries": len(judged.queries),
                "hits": sum(hit.query.startswith(f"{judged.name} ") for hit in hits),
            }
            for judged in sets
        ],
        "label": "judged 2 or 3 of 3; unjudged counts as not relevant",
        "base_rate": round(sum(hit.relevant for hit in hits) / len(hits), 4),
        "off_topic_sentences": len(off_topic(held_out=False)),
        "off_topic_weight": OFF_TOPIC_WEIGHT,
        "penalty": PENALTY,
    }


async def _run(folders: Sequence[Path], work: Path) -> dict[str, Any]:
    sets = [load(folder) for folder in folders]
    parts = []
    for judged in sets:
        async with open_shop(judged, work) as services:
            parts.append(await gather(services, judged))
    gathered = together(parts)
    return {"provenance": provenance(sets, gathered)} | fit(gathered)


def main() -> int:
    """Fit, print, and write where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, help="folders of judged sets")
    parser.add_argument("--folder", type=Path, help="for the shops; used again when given again")
    parser.add_argument("--write", action="store_true", help=f"write {MODEL_FILE.name}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() if given.folder is None else nullcontext(given.folder) as work:
        fitted = asyncio.run(_run(given.sets, Path(work)))
    text = orjson.dumps(fitted, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    print(text.decode())
    if given.write:
        MODEL_FILE.write_bytes(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
