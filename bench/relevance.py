"""How good search is on a judged set: its ranking, each leg's share in it, its probabilities, and how long it takes.

bench/README.md says how to read the figures.
"""

import argparse
import asyncio
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.fit_confidence import Gathered, fit, gather
from bench.judged import (
    DEPTH,
    SEED,
    JudgedSet,
    Numbers,
    Predictions,
    bins,
    calibration_error,
    judged_share,
    load,
    mean_of,
    ndcg,
    skill,
)
from bench.judged_shop import BRAND, Witness, both_legs, by_meaning, by_words, off_topic, open_shop
from needs import Constraints
from relevance import ConfidenceModel
from routes.dependencies import Services
from search_service import SearchService

SCORED = 5  # hits of a query whose probabilities are judged
FOLDS = 5

LEAST_SKILL, MOST_ERROR, MOST_OFF_TOPIC = 0.0, 0.08, 0.05

Rankings = dict[str, list[str]]


# --- Rankings ---


def by_full_text(judged: JudgedSet) -> Rankings:
    """Plain FTS5: any of the words in name, brand and description, as somebody would begin."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE plain USING fts5(id UNINDEXED, name, brand, description, tokenize = porter)")
    database.executemany(
        "INSERT INTO plain VALUES (?, ?, ?, ?)",
        [
            (one["id"], one["name"], one["specifications"].get("manufacturer", ""), one["description"])
            for one in judged.products
        ],
    )
    found: Rankings = {}
    for query, text in judged.queries.items():
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        rows = database.execute(
            "SELECT id FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 0, 3, 2, 1), rowid LIMIT ?", (words, DEPTH)
        )
        found[query] = [row[0] for row in rows]
    database.close()
    return found


async def rankings(search: SearchService, judged: JudgedSet) -> Rankings:
    """Every query through a search."""
    found: Rankings = {}
    for query, text in judged.queries.items():
        result = await search.search(BRAND, text, filters=Constraints(), limit=DEPTH)
        found[query] = [hit.product.id for hit in result.hits]
    return found


def gains(judged: JudgedSet, found: Mapping[str, Sequence[str]]) -> list[float]:
    """nDCG@10 of each query that has an answer."""
    return [ndcg(judged.grades[query], found[query]) for query in judged.answerable]


def compare(name: str, ours: Sequence[float], theirs: Sequence[float]) -> str:
    """One line on a ranking and how far ours is ahead of it, query by query."""
    ahead = mean_of([one - other for one, other in zip(ours, theirs, strict=True)], level=0.9)
    return f"  {name:28} {mean_of(theirs)!s:26} ours ahead by {ahead}"


async def print_rankings(services: Services, judged: JudgedSet, found: Rankings) -> None:
    """The ranking, beside plain full text and beside each leg alone."""
    ours = gains(judged, found)
    shares = [judged_share(judged.grades[query], found[query]) for query in judged.answerable]
    print(f"\nnDCG@10 of {len(ours)} queries with an answer (95 %; differences 90 %)")
    print(f"  {'ours':28} {mean_of(ours)}")
    print(compare("plain FTS5", ours, gains(judged, by_full_text(judged))))
    for name, leg in (
        ("lexical leg alone", by_words),
        ("dense leg alone", by_meaning),
        ("both, nothing held back", both_legs),
    ):
        print(compare(name, ours, gains(judged, await rankings(leg(services, Witness()), judged))))
    print(f"judged@10: {mean_of(shares)}")
    print(f"queries with an answer and no hits: {[judged.queries[one] for one in judged.answerable if not found[one]]}")


# --- Probabilities ---


def print_probabilities(title: str, predictions: Predictions) -> bool:
    """Skill and calibration; whether they are as wanted."""
    gained = predictions.measured(skill)
    error = predictions.measured(calibration_error)
    print(
        f"  {title:28} {len(predictions.labels)} hits, base rate {predictions.labels.mean():.3f}; "
        f"Brier {np.mean((predictions.probabilities - predictions.labels) ** 2):.3f}, skill {gained}, ECE {error}"
    )
    return gained.value > LEAST_SKILL and error.low <= MOST_ERROR


def predictions_of(judged: JudgedSet, scored: Mapping[str, Sequence[tuple[str, float]]]) -> Predictions:
    """The first hits of each query: product and probability."""
    rows = [
        (probability, judged.is_relevant(query, product_id), number)
        for number, (query, hits) in enumerate(scored.items())
        for product_id, probability in hits[:SCORED]
    ]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Predictions(columns[0], columns[1], columns[2].astype(np.int64))


def held_out(gathered: Gathered, folds: int) -> Predictions:
    """Probabilities from fits without the query's own fold, falling from hit to hit as search has them."""
    queries = list(dict.fromkeys(hit.query for hit in gathered["both_legs"].hits))
    order = np.random.default_rng(SEED).permutation(len(queries))
    rows: list[tuple[float, bool, int]] = []
    for fold in range(folds):
        out = {queries[place]: int(place) for place in order[fold::folds]}
        model = ConfidenceModel(fit(gathered, without=out))
        least: dict[str, list[float]] = {query: [] for query in out}
        for hit in gathered["both_legs"].hits:
            if hit.query in out and len(least[hit.query]) < SCORED:
                before = least[hit.query]
                before.append(min([model.probability(hit.signals), *before[-1:]]))
                rows.append((before[-1], hit.relevant, out[hit.query]))
    columns = np.array(rows, dtype=np.float64).T
    return Predictions(columns[0], columns[1], columns[2].astype(np.int64))


def plot(predictions: Predictions, file: Path) -> None:
    """A reliability diagram: in ten bins of equal size, what was promised and what was so."""
    import matplotlib as mpl  # noqa: PLC0415, a second of import that only a plot needs

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415, after the backend was chosen

    figure, axes = plt.subplots(figsize=(5, 5))
    promised = [float(predictions.probabilities[hits].mean()) for hits in bins(predictions.probabilities)]
    so = [float(predictions.labels[hits].mean()) for hits in bins(predictions.probabilities)]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot(promised, so, marker="o")
    axes.set(xlabel="probability shown", ylabel="share relevant", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    figure.savefig(file, dpi=120)
    plt.close(figure)


# --- Off topic, and time ---


async def print_off_topic(services: Services) -> bool:
    """The share of sentences on other things that get a product; whether it is small enough."""
    shares = {}
    for held, name in ((True, "odd lines (test)"), (False, "even lines (fit)")):
        lines = off_topic(held_out=held)
        hits = [
            bool((await services.search.search(BRAND, line, filters=Constraints(), limit=1)).hits) for line in lines
        ]
        shares[held] = sum(hits) / len(hits)
        passed = [line for line, hit in zip(lines, hits, strict=True) if hit]
        print(f"  {name:28} {shares[held]:.3f} of {len(lines)}: {passed}")
    return shares[True] <= MOST_OFF_TOPIC


def percentiles(times: Iterable[float]) -> str:
    """Of times in seconds, as milliseconds."""
    found: Numbers = np.quantile(np.array(list(times)) * 1e3, [0.5, 0.95, 0.99])
    return f"p50 {found[0]:.1f} ms, p95 {found[1]:.1f} ms, p99 {found[2]:.1f} ms"


async def measure(judged: JudgedSet, work: Path, *, cross_validate: bool, figure: Path | None) -> bool:
    """Everything, printed; whether all is as wanted."""
    async with open_shop(judged, work) as services:
        found: Rankings = {}
        scored: dict[str, list[tuple[str, float]]] = {}
        times = []
        for query, text in judged.queries.items():
            began = time.perf_counter()
            result = await services.search.search(BRAND, text, filters=Constraints(), limit=DEPTH)
            times.append(time.perf_counter() - began)
            found[query] = [hit.product.id for hit in result.hits]
            scored[query] = [(hit.product.id, hit.score) for hit in result.hits]
        await print_rankings(services, judged, found)
        print(f"\nsimilarity_score of the first {SCORED} hits of {len(scored)} queries (90 %)")
        predictions = predictions_of(judged, scored)
        good = print_probabilities("as it is", predictions)
        answerable = {query: scored[query] for query in judged.answerable}
        print_probabilities("queries with an answer", predictions_of(judged, answerable))
        if cross_validate:
            gathered = await gather(services, judged)
            good &= print_probabilities("held out, 5 folds", held_out(gathered, FOLDS))
            print_probabilities("held out, halves", held_out(gathered, 2))
        if figure is not None:
            plot(predictions, figure)
        print("\nOff topic: at least one hit")
        good &= await print_off_topic(services)
        print(f"\nA search: {percentiles(times)}")
        return good


def main() -> int:
    """Measure one judged set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path, help="the folder of a judged set")
    parser.add_argument("--folder", type=Path, help="for the shop; used again when given again")
    parser.add_argument("--limit", type=int, help="so many queries")
    parser.add_argument("--cross-validate", action="store_true", help="fit on other queries than are predicted")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a reliability diagram, as PNG")
    given = parser.parse_args()
    judged = load(given.set, given.limit)
    with tempfile.TemporaryDirectory() if given.folder is None else nullcontext(given.folder) as work:
        good = asyncio.run(measure(judged, Path(work), cross_validate=given.cross_validate, figure=given.plot))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
