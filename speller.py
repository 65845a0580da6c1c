"""Corrects what a customer misspelt, or calls by another name, towards the words of the brand's own catalogue.

A word that the catalogue does not have need not be misspelt: most words of a language are in no catalogue. So common
words stay as they are, even where one of the shop's is near ("plant", "pants").
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from time import monotonic

from models import BrandId
from needs import Vocabulary
from storage import product_text
from storage import products as rows
from storage.engine import Database, Transaction
from understanding.measures import unit_named
from understanding.same_things import other_names
from understanding.spelling import as_written, halves, is_near, may_be_misspelt, nearest
from understanding.words import stem

# A brand's words are kept for as many brands as were asked last: a shop of 40,000 products has some 50,000 words, 5 MB.
KEPT_BRANDS = 16

# What the forms of a word end in that a list of words need not have.
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly")

# Of each state of a catalogue so many words are known to be right or wrong, before that begins anew.
MAX_TOLD = 10_000

# What takes longer than this to collect of a catalogue serves on after a change, twenty times as long as that took, so
# that an import into a large shop does not make every customer wait for it; but no longer than two seconds.
COSTLY_S, SERVES_ON, AT_MOST_S = 0.01, 20, 2.0


def serves_until(began: float) -> float:
    """The moment (monotonic) up to which something serves that was begun to be collected then, and is complete now."""
    now = monotonic()
    cost = now - began
    return now + min(cost * SERVES_ON, AT_MOST_S) if cost > COSTLY_S else 0.0


class Speller:
    """Corrects words. A word that the catalogue has stays, whatever else it resembles.

    Args:
        database: where the full-text tables are.
        common: words of the language, lower case, which are spelt right.
    """

    def __init__(self, database: Database, common: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._common = common
        self._told: OrderedDict[BrandId, tuple[Vocabulary, dict[str, str]]] = OrderedDict()
        self._words: OrderedDict[BrandId, tuple[int, float, dict[str, int]]] = OrderedDict()
        self._of_words = threading.Lock()  # they are looked up on the database's threads

    async def corrections(self, brand_id: BrandId, vocabulary: Vocabulary, terms: Sequence[str]) -> dict[str, str]:
        """Those of these terms that the catalogue does not have, with what was probably meant, as it writes that.

        Args:
            brand_id: whose catalogue.
            vocabulary: the state of it that is asked about: as long as it is the same, no word is looked up twice.
            terms: lower case.
        """
        doubtful = [term for term in terms if may_be_misspelt(term) or other_names(term)]
        told = self._told_of(brand_id, vocabulary)
        if untold := [term for term in doubtful if term not in told]:
            found = await self._database.read(lambda tx: self._look_up(tx, brand_id, untold))
            told.update({term: found.get(term, "") for term in untold})
        return {term: told[term] for term in doubtful if told[term]}

    def _told_of(self, brand_id: BrandId, vocabulary: Vocabulary) -> dict[str, str]:
        """What is known of words in this state of the catalogue: corrections; empty of those that are right."""
        kept = self._told.pop(brand_id, None)
        if kept is None or kept[0] is not vocabulary or len(kept[1]) > MAX_TOLD:
            kept = (vocabulary, {})
        self._told[brand_id] = kept
        while len(self._told) > KEPT_BRANDS:
            self._told.popitem(last=False)
        return kept[1]

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._told.pop(brand_id, None)
        with self._of_words:
            self._words.pop(brand_id, None)

    def _look_up(self, tx: Transaction, brand_id: BrandId, doubtful: list[str]) -> dict[str, str]:
        revision = rows.revision(tx, brand_id)
        if not revision:  # it never had a product, nor words
            return {}
        has = product_text.known(tx, brand_id, doubtful)
        found = {}
        for term in doubtful:
            if term in has:
                continue
            pairs = [f"{first} {second}" for first, second in halves(term)]
            written_apart = product_text.known(tx, brand_id, pairs)
            pair = next((pair for pair in pairs if pair in written_apart), None)
            if corrected := pair or _called(tx, brand_id, term) or self._nearest(tx, brand_id, revision, term):
                found[term] = corrected
        return found

    def _nearest(self, tx: Transaction, brand_id: BrandId, revision: int, term: str) -> str | None:
        if self.is_common(term) or not may_be_misspelt(term):
            return None
        vocabulary = self._vocabulary(tx, brand_id, revision)
        for by_beginning in (False, True):
            if meant := nearest(term, vocabulary, by_beginning=by_beginning):
                written = as_written(meant, product_text.spellings(tx, brand_id, meant), meant_by=term)
                if is_near(term, written):
                    return written
        return None

    def is_common(self, term: str) -> bool:
        """Whether a word of the language is spelt right, or a form of one: "stinks", "kilos"."""
        return unit_named(term) or any(term.removesuffix(ending) in self._common for ending in _ENDINGS)

    def _vocabulary(self, tx: Transaction, brand_id: BrandId, revision: int) -> dict[str, int]:
        with self._of_words:
            kept = self._words.pop(brand_id, None)
            if kept is None or (kept[0] != revision and monotonic() >= kept[1]):
                began = monotonic()
                words = product_text.vocabulary(tx, brand_id)
                kept = (revision, serves_until(began), words)
            self._words[brand_id] = kept
            while len(self._words) > KEPT_BRANDS:
                self._words.popitem(last=False)
            return kept[2]


def _called(tx: Transaction, brand_id: BrandId, term: str) -> str | None:
    """What the catalogue calls the thing that a customer calls so; None when it has no other name for it either."""
    names = other_names(term)
    has = product_text.known(tx, brand_id, names)
    called = next((name for name in names if name in has), None)
    return as_written(stem(called), product_text.spellings(tx, brand_id, called)) if called else None
