"""Finding candidates: by words in SQL, by meaning in the vector store, both within hard constraints.

A vector store's own filter is slow (33 to 134 ms at 40,000 products). So the products that a selective filter lets
through are compared with the query each; with another filter the nearest are fetched and then filtered, and more of
them when that leaves too few.
"""

import asyncio
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from catalogue_columns import CatalogueColumns
from errors import ModelError, Unavailable
from live.base import Notices
from meaning import Meaning, Question
from models import BrandId
from providers.base import Embedder
from relevance import Candidate, worth_ranking
from storage import product_facts, product_search, product_text
from storage import products as rows
from storage.engine import Database, Transaction
from storage.product_columns import Columns
from storage.product_search import Within
from storage.row_ids import NO_ROWS, RowIds, is_in
from storage.vector_indexes import IndexKind
from vector_store import VectorStore

# Each leg hands over so many. On a judged shop of 19,406 products half as many cost .01 of nDCG@10, and more change
# nothing; what is handed over takes 10 us each in all that follows.
LEXICAL, DENSE = 64, 200

# Ranking a row by bm25 takes 2 us, and finding it a twentieth of that: no more than so many are ranked, those that hold
# the most of the rarest words; more only where they all hold the same words (docs/decisions/0022).
RANKED = 512

# When a filter leaves fewer of the dense leg's than this, it is asked again, for up to WIDE (5 ms).
ENOUGH = 50
WIDE = 2_000

# A filter that lets no more products through than this: all of them are compared (1 ms), and only they are ranked by
# words (a third of the time that filtering whatever holds a word takes).
ONE_BY_ONE = 1_000


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for in one brand.

    Attributes:
        within: whose products, and what every hit must fulfil.
        terms: the words to look for, at least one.
        other_words: words that the shop uses for the same, which find something too.
        implied: those of the terms that whatever fulfils the constraints holds.
        meaning: the text that is compared by meaning.
        things: those of the terms that say what is wanted.
        called: other names of the same thing, by term; a product that bears one may count as holding the term.
    """

    within: Within
    terms: tuple[str, ...]
    other_words: tuple[str, ...]
    implied: frozenset[str]
    meaning: str
    things: tuple[str, ...]
    called: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that is looked for in full text."""
        return tuple(dict.fromkeys((*self.terms, *self.other_words)))

    @property
    def brand_id(self) -> BrandId:
        """Whose products."""
        return self.within.brand_id


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What the legs found.

    Attributes:
        candidates: each once, in no order, the same whatever page is wanted; all fulfil the constraints.
        lexical_total: how many products in all hold one of the words.
        revision: the catalogue's state.
    """

    candidates: list[Candidate]
    lexical_total: int
    revision: int


# All rows that fulfil a query's constraints, when they are known before the legs begin; else None.
_Passing = asyncio.Task[RowIds | None]


@dataclass(frozen=True, slots=True)
class _Lexical:
    """What was found by words.

    Attributes:
        scores: of the best, by row.
        total: how many there are in all.
        revision: the catalogue's state.
        words: that were looked for.
        holders: the rows that hold each word of the query, without words that too many hold.
        called: other names of the same thing, by word, that count as the word.
        joined: the rows that hold two words that stand side by side, written as one.
        things: the rows that are what is sought, by what their names say.
    """

    scores: dict[int, float]
    total: int
    revision: int
    words: tuple[str, ...] = ()
    holders: Mapping[str, RowIds] = field(default_factory=dict)
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: RowIds = field(default_factory=NO_ROWS.copy)
    things: RowIds = field(default_factory=NO_ROWS.copy)


class _Dense(NamedTuple):
    """What was found by meaning.

    Attributes:
        asked: the query as a vector.
        cosines: the embedder's, by row, of the nearest that fulfil the constraints.
        compared: of all that were compared on the way.
    """

    asked: Question
    cosines: dict[int, float]
    compared: dict[int, float]


def _looked_up(tx: Transaction, query: Query) -> tuple[dict[str, RowIds], dict[str, tuple[str, ...]]]:
    """The rows that hold each word, and other names that count as a word, with theirs.

    Another name counts where at least as many products bear it: who says "couch" means what the shop calls sofas.
    """
    holders = product_text.holders(tx, query.brand_id, query.words)
    named = product_text.holders(tx, query.brand_id, list(itertools.chain.from_iterable(query.called.values())))
    called = {
        term: tuple(name for name in names if name in named and len(named[name]) >= max(len(holders[term]), 1))
        for term, names in query.called.items()
        if term in holders
    }
    return holders | {name: named[name] for names in called.values() for name in names}, called


class Retriever:
    """Runs both legs.

    Args:
        database: where the rows are.
        notices: of indexes that change; it tells of those that cannot be read.
        embedder: what makes the query's vector; without one there is only the lexical leg.
        vectors: where the products' vectors are.
    """

    def __init__(
        self, database: Database, notices: Notices, embedder: Embedder | None = None, vectors: VectorStore | None = None
    ) -> None:
        self._database = database
        self._columns = CatalogueColumns(database)
        self._meaning = Meaning(database, notices, IndexKind.PRODUCTS, embedder, vectors)

    async def retrieve(self, query: Query) -> Retrieved:
        """Candidates for a query that has terms."""
        columns = None if query.within.constraints.is_empty else self._columns.of(query.brand_id)
        retrieved = await self._retrieved(query, columns)
        if columns is not None and columns.revision != retrieved.revision:  # it has changed since they were read
            self._columns.met(query.brand_id, retrieved.revision)
            return await self._retrieved(query, None)
        return retrieved

    async def _retrieved(self, query: Query, columns: Columns | None) -> Retrieved:
        passing = asyncio.create_task(self._passing(query, columns))  # both legs wait for it; the embedder does not
        lexical, dense = await asyncio.gather(self._by_words(query, passing), self._by_meaning(query, passing))
        if not query.within.constraints.is_empty and await passing is None:
            self._columns.met(query.brand_id, lexical.revision)
        cosines: dict[int, float] | None = None
        if dense is None:
            held, holders = await self._held(query, lexical, lexical.scores)
        else:
            asked, cosines, compared = dense
            cosines = cosines | {row_id: compared[row_id] for row_id in compared.keys() & lexical.scores.keys()}
            missing = [row_id for row_id in lexical.scores if row_id not in cosines]
            (held, holders), more = await asyncio.gather(
                self._held(query, lexical, {**lexical.scores, **cosines}),
                self._compared(query.brand_id, asked, missing),
            )
            cosines = {row_id: asked.scale.of(cosine) for row_id, cosine in (cosines | more).items()}
        found = dict.fromkeys((*lexical.scores, *(cosines or ())))
        things = frozenset(lexical.things.tolist())
        candidates = [
            Candidate(
                one,
                lexical.scores.get(one, 0.0),
                (cosines or {}).get(one),
                held.get(one, 0.0),
                one in holders,
                one in things,
            )
            for one in found
        ]
        return Retrieved(candidates, lexical.total, lexical.revision)

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._meaning.forget(brand_id)
        self._columns.forget(brand_id)

    # --- By words ---

    async def _by_words(self, query: Query, passing: _Passing) -> _Lexical:
        among = await passing

        def find(tx: Transaction) -> _Lexical:
            revision = rows.revision(tx, query.brand_id)
            if not revision:  # it never had a product, nor a table to search in
                return _Lexical({}, 0, revision)
            holders, called = _looked_up(tx, query)
            # What is rarer tells products apart; what too many hold is looked for only when there is nothing else.
            words = tuple(holders) or query.words
            joined = product_text.holding_neighbours(tx, query.brand_id, words)
            called_so = itertools.chain.from_iterable(called.get(thing, ()) for thing in query.things)
            things = product_facts.rows_of(tx, query.brand_id, [*query.things, *called_so])
            if not holders or (among is None and not query.within.constraints.is_empty):
                scores, total = product_search.lexical(tx, query.within, words, LEXICAL)
                return _Lexical(scores, total, revision, words, holders, called, joined, things)
            found = np.unique(np.concatenate([joined, *holders.values()]))
            found = found if among is None else found[is_in(found, among)]
            ranked = worth_ranking(found, [*holders.values(), joined], least=LEXICAL, enough=RANKED)
            scores = product_search.ranked(tx, query.brand_id, words, ranked.tolist(), LEXICAL)
            return _Lexical(scores, len(found), revision, words, holders, called, joined, things)

        return await self._database.read(find)

    async def further(self, query: Query, count: int) -> list[int]:
        """The rows of so many products that hold one of the words, best first by words alone."""

        def find(tx: Transaction) -> list[int]:
            if not rows.revision(tx, query.brand_id):
                return []
            words = tuple(_looked_up(tx, query)[0]) or query.words
            return list(product_search.lexical(tx, query.within, words, count)[0])

        return await self._database.read(find)

    async def _held(
        self, query: Query, lexical: _Lexical, among: Collection[int]
    ) -> tuple[dict[int, float], frozenset[int]]:
        """The shares of the words that these products hold, and which of them hold one that was looked for.

        Words that the constraints imply are held by all.
        """
        open_terms = [term for term in query.terms if term not in query.implied][: product_text.MAX_HELD]
        given = len(query.implied.intersection(query.terms))
        looked_for = lexical.words if not lexical.holders else ()
        common = dict.fromkeys(term for term in (*open_terms, *looked_for) if term not in lexical.holders)

        ids = np.fromiter(among, np.int64, len(among))

        def find(tx: Transaction) -> dict[str, RowIds]:
            if not rows.revision(tx, query.brand_id):
                return {}
            return product_text.held_by(tx, query.brand_id, common, ids)

        holders = {**lexical.holders, **(await self._database.read(find) if common and among else {})}
        held = {word: is_in(ids, its) for word, its in holders.items()}
        for term, names in lexical.called.items():
            its = [held[name] for name in (term, *names)]
            held[term] = np.logical_or.reduce(its)
        counts = sum((held[term] for term in open_terms if term in held), np.zeros(len(ids)))
        shares = (given + counts) / max(len(open_terms) + given, 1)
        by_words = is_in(ids, lexical.joined)
        for word in lexical.words:
            by_words |= held.get(word, False)
        return dict(zip(ids.tolist(), shares.tolist(), strict=True)), frozenset(ids[by_words].tolist())

    # --- By meaning ---

    async def _by_meaning(self, query: Query, passing: _Passing) -> _Dense | None:
        """What lies nearest to the query; None when search goes by words for now."""
        if not self._meaning.is_known:
            return None
        try:
            asked = await self._meaning.ask(query.brand_id, query.meaning)
            if asked is None:
                return None
            among = await passing
            if among is not None and len(among) <= ONE_BY_ONE:
                compared = await asked.vectors.similarities(asked.collection, asked.vector, among.tolist())
                cosines = dict(nlargest(DENSE, compared.items(), key=itemgetter(1)))
            else:
                cosines = compared = dict(await asked.vectors.nearest(asked.collection, asked.vector, DENSE))
                if not query.within.constraints.is_empty:
                    cosines = await self._filtered(query, asked, cosines, among)
        except (ModelError, Unavailable) as fault:
            await self._meaning.on_fault(query.brand_id, fault)
            return None
        self._meaning.is_back()
        return _Dense(asked, cosines, compared)

    async def _filtered(
        self, query: Query, asked: Question, cosines: dict[int, float], among: RowIds | None
    ) -> dict[int, float]:
        """Those that fulfil the constraints, and enough of them where there are enough."""
        kept = await self._fulfilling(query, cosines, among)
        if len(kept) < ENOUGH:
            # As wide as would have sufficed, and half as wide again: how many pass varies.
            width = len(cosines) * ENOUGH * 3 // (2 * max(1, len(kept)))
            cosines = dict(await asked.vectors.nearest(asked.collection, asked.vector, min(width, WIDE)))
            kept = await self._fulfilling(query, cosines, among)
        return {row_id: cosines[row_id] for row_id in kept}

    # --- What constraints let through ---

    async def _passing(self, query: Query, columns: Columns | None) -> RowIds | None:
        """All that fulfil the constraints, where the columns tell, or they are few; else None."""
        if query.within.constraints.is_empty:
            return None
        if columns is not None and (passing := columns.fulfilling(query.within)) is not None:
            return passing

        def find(tx: Transaction) -> list[int]:
            if not rows.revision(tx, query.brand_id):
                return []
            return product_search.fulfilling(tx, query.within, limit=ONE_BY_ONE + 1)

        found = await self._database.read(find)
        return np.array(found, dtype=np.int64) if len(found) <= ONE_BY_ONE else None

    async def _fulfilling(self, query: Query, found: Mapping[int, float], among: RowIds | None) -> list[int]:
        """Those that fulfil the constraints, of rows that were found; `among` are all that do, where that is known."""
        if among is not None:
            ids = np.fromiter(found, np.int64, len(found))
            kept: list[int] = ids[is_in(ids, among)].tolist()
            return kept
        return await self._database.read(
            lambda tx: (
                product_search.fulfilling(tx, query.within, among=found) if rows.revision(tx, query.brand_id) else []
            )
        )

    async def _compared(self, brand_id: BrandId, asked: Question, row_ids: list[int]) -> dict[int, float]:
        """The cosines of these rows; those without a vector, or all while there is a fault, are left out."""
        if not row_ids:
            return {}
        try:
            return await asked.vectors.similarities(asked.collection, asked.vector, row_ids)
        except Unavailable as fault:
            await self._meaning.on_fault(brand_id, fault)
            return {}
