"""Which claims of a sentence have no source."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models import Product
from replies.amounts import Amounts
from replies.claims import Claim, Kind, apart
from replies.clauses import sentences_of
from replies.context import Context
from replies.days import speaks_of_sending
from replies.figures import figures_in
from replies.moments import MONTH_NAMES, weekdays_in
from replies.names import Names, Strangers
from replies.numerals import folded
from replies.promises import promises_in
from replies.sources import Source, Sources, offers_of


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reply may rest on.

    Attributes:
        products: every product that the model was shown: offered, near misses, discussed before.
        texts: passages with their titles, the brand's own prompt and facts, contact, earlier replies, categories, the
            brand's name.
        asked: what the customer said; their own figures are no invention.
        currency: the brand's own, for products that name none.
    """

    products: Sequence[Product]
    texts: Sequence[str]
    asked: Sequence[str]
    currency: str


_PLURAL = re.compile(r"\b(?:both|all|are|they|alle|beide|sind|ambos|todos|tous|semua)\b")
_EXCEPT = re.compile(r"\b(?:except|apart from|other than|aside from|außer|excepto|salvo|sauf|kecuali)\b")
_ASIDE = re.compile(r"[\w$€£-]+ \($")
_LONGEST_ASIDE = 40  # characters of the word that it is said of
_RATIO = re.compile(r"\b(?:cheaper|less|more|lower|günstiger|billiger|teurer|lighter|heavier)\b")

_GRAMS_OF_A_POUND = 453.59237
_SENTENCES_KEPT = 1_024  # a product's line is often the same in many replies
_SHORTEST_QUOTED = 24  # characters; a shorter sentence is read


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that overlap as one: "SAVE202-4 $" is a code and ends in an amount."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


class Checker:
    """Holds the sentences of one reply against the evidence, in their order.

    Args:
        evidence: what the reply may rest on.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._offers = offers_of(evidence.products, evidence.currency)
        self._rows = Sources(offer.source for offer in self._offers)
        self._texts = Sources(Source(text) for text in dict.fromkeys(evidence.texts) if text)
        self._asked = Sources(Source(text) for text in dict.fromkeys(evidence.asked) if text)
        self._everything = Sources((*self._rows, *self._texts, *self._asked))
        self._amounts = Amounts(self._offers, self._texts, self._asked, evidence.currency)
        self._names = Names([offer.name for offer in self._offers])
        self._strangers = Strangers(self._known, self._fits)
        self.named: tuple[int, ...] = ()  # the products named so far, by place

    def unsupported(self, raw: str) -> list[tuple[int, int]]:
        """The spans of a sentence that have no source, in order and apart."""
        if not raw.strip():
            return []
        low = folded(raw)
        if self._is_quoted(low.strip()):
            return []
        mentions = self._names.mentions(low)
        self.named = tuple(dict.fromkeys((*self.named, *(mention.product for mention in mentions))))
        read = _claims_of(raw)
        figures = apart(one for one in read if not any(name.start <= one.start < name.end for name in mentions))
        sentence = Context(low, mentions, self.named)
        found = [one for one in figures if not self._supported(one, sentence)]
        found.extend(self._strangers.names_in(raw, low, mentions, figures))
        return _united((one.start, one.end) for one in apart(found))

    def _is_quoted(self, words: str) -> bool:
        """Whether a whole sentence is one of the brand's own."""
        return len(words) >= _SHORTEST_QUOTED and self._texts.holds(words)

    def _supported(self, claim: Claim, sentence: Context) -> bool:
        match claim.kind:
            case Kind.MONEY:
                # Pounds may be a weight.
                return self._amounts.supports(claim, sentence) or (bool(claim.key) and self._weighed(claim, sentence))
            case Kind.STOCK:
                return self._stock(claim, sentence)
            case Kind.PROMISE:
                return self._promised(claim, sentence)
            case Kind.DATE:
                return self._dated(claim, sentence)
            case _:
                return self._said(claim, sentence)

    # --- Names ---

    def _known(self, word: str) -> bool:
        return self._everything.holds(word)

    def _fits(self, words: Sequence[str]) -> bool:
        """Whether known words belong together: all of one product, or one behind the other in a text."""
        if any(all(offer.source.holds(word) for word in words) for offer in self._offers):
            return True
        return self._everything.holds(" ".join(words))

    # --- What texts say ---

    def _weighed(self, claim: Claim, sentence: Context) -> bool:
        """Whether an amount in pounds is a weight that is said."""
        weight = claim._replace(kind=Kind.MEASURE, key=("mass", "lb"), number=claim.number * _GRAMS_OF_A_POUND)
        return self._said(weight, sentence)

    def _said(self, claim: Claim, sentence: Context) -> bool:
        """Whether a measure, a span of time or a percentage is said where it may come from."""
        words = sentence.low[claim.start : claim.end]
        sources = (self._own(claim, sentence), self._texts, self._asked)
        if claim.low == claim.number and any(_verbatim(source, words) for source in sources):
            return True
        slack = sentence.slack(claim)
        if any(_says(source, claim, slack) for source in sources):
            return True
        return claim.kind is Kind.PERCENT and self._ratio(claim, sentence)

    def _own(self, claim: Claim, sentence: Context) -> Source | Sources:
        """The row of the product that a claim may be about: the one that its clause names, or else all."""
        place = sentence.about(claim)
        return self._rows if place is None else self._offers[place].source

    def _ratio(self, claim: Claim, sentence: Context) -> bool:
        """Whether a percentage is how far the prices of the two named products are apart."""
        if len(sentence.named) != 2 or not _RATIO.search(sentence.low):  # noqa: PLR2004 - a ratio is of two
            return False
        low, high = sorted(self._offers[place].product.price for place in sentence.named)
        return low > 0 and any(abs(claim.number - 100 * (high - low) / base) <= 1 for base in (low, high))

    # --- Promises, days, stock ---

    def _promised(self, claim: Claim, sentence: Context) -> bool:
        own = self._own(claim, sentence)
        if claim.key[0] == "code":
            return self._texts.holds(claim.key[1]) or own.holds(claim.key[1])
        return claim.key in self._texts.facts.keys or claim.key in own.facts.keys

    def _dated(self, claim: Claim, sentence: Context) -> bool:
        if claim.key[0] != "weekday" and self._everything.holds(sentence.low[claim.start : claim.end]):
            return True
        if claim.key[0] == "weekday":
            return self._on_weekday(int(claim.key[1]), "sent" in claim.key)
        if claim.key[0] == "month":
            return any(
                self._everything.holds(word) for word, month in MONTH_NAMES.items() if str(month) == claim.key[1]
            )
        return claim.key in self._everything.facts.keys

    def _on_weekday(self, day: int, sent: bool) -> bool:  # noqa: FBT001 - of the one caller's key
        """Whether a weekday is named; opening hours support no day of delivery."""
        if day in weekdays_in(self._asked.low):
            return True
        if not sent:
            return day in weekdays_in(self._texts.low) or day in weekdays_in(self._rows.low)
        return any(
            day in weekdays_in(sentence)
            for source in (*self._texts, *self._rows)
            if day in weekdays_in(source.low)
            for sentence in map(folded, sentences_of(source.text))
            if speaks_of_sending(sentence)
        )

    def _stock(self, claim: Claim, sentence: Context) -> bool:
        if claim.key[0] in {"left", "back"}:
            return claim.key in self._texts.facts.keys or claim.key in self._own(claim, sentence).facts.keys
        if _EXCEPT.search(sentence.low) or self._is_aside(claim, sentence):
            return True
        places = sentence.named_around(claim)
        if not places or _PLURAL.search(sentence.low, 0, claim.start):
            places = places if len(places) > 1 else sentence.named_before(claim) or places
        available = claim.key[0] == "in"
        if places:
            return all(self._offers[place].product.availability == available for place in places)
        states = {offer.product.availability for offer in self._offers}
        if len(states) != 1 or available in states:
            return True
        return claim.key in self._texts.facts.keys

    def _is_aside(self, claim: Claim, sentence: Context) -> bool:
        """Whether a row says the same of one of its sizes or colours: "L, L-long (sold out)"."""
        aside = _ASIDE.search(sentence.low, max(0, claim.start - _LONGEST_ASIDE), claim.start)
        return aside is not None and self._rows.holds(sentence.low[aside.start() : claim.end])


@lru_cache(maxsize=_SENTENCES_KEPT)
def _claims_of(raw: str) -> tuple[Claim, ...]:
    low = folded(raw)
    return (*promises_in(raw, low), *figures_in(low))


def _verbatim(source: Source | Sources, words: str) -> bool:
    return source.holds(words) or (" " in words and source.holds(words.replace(" ", "")))


def _says(source: Source | Sources, claim: Claim, slack: float) -> bool:
    facts = source.facts
    if claim.kind is Kind.PERCENT:
        return claim.number in facts.percents
    if claim.kind is Kind.DURATION:
        return facts.span(claim)
    return facts.measure(claim, slack)
