"""What the evidence says: the figures, days and promises of a text, and the products with their own words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain

from models import Product
from replies.claims import Claim, Kind
from replies.clauses import sentences_of
from replies.figures import figures_in
from replies.gifts import free_subjects
from replies.moments import HOURS
from replies.numerals import folded
from replies.promises import promises_in
from understanding.attributes import specification_text

# Products, passages and prompts are the same from turn to turn: what was read of the latest ones is kept.
_TEXTS_KEPT = 1_024
_LONGEST_TEXT = 24_000  # characters read of one text; a product's description has at most 20,000

_DAY, _WEEK_OF_DAYS = 24.0, 168.0
_SAME = 1e-6  # share by which two numbers may differ that are the same
_CONVERTED = 0.01  # share by which a measure may differ from a source in another unit: "27 inch", "69 cm"


@dataclass(frozen=True, slots=True)
class Facts:
    """What one text says.

    Attributes:
        amounts: of money.
        percents: plain numbers.
        measures: with their units.
        spans: of time.
        keys: of days, clock times, promises and stock.
    """

    amounts: tuple[Claim, ...] = ()
    percents: frozenset[float] = frozenset()
    measures: tuple[Claim, ...] = ()
    spans: tuple[Claim, ...] = ()
    keys: frozenset[tuple[str, ...]] = frozenset()

    def measure(self, claim: Claim, slack: float = 0.0) -> bool:
        """Whether a measure is said here, perhaps in another unit, or within `slack` of it."""
        return any(_alike(claim, said, slack) for said in self.measures)

    def span(self, claim: Claim) -> bool:
        """Whether a span of time is said here, as it is or as one end of a longer one."""
        if claim.low != claim.number:
            return any(_equal(claim.low, said.low) and _equal(claim.number, said.number) for said in self._based(claim))
        return any(_equal(claim.number, end) for said in self._based(claim) for end in (said.low, said.number))

    def amount(self, claim: Claim, slack: float = 0.0) -> bool:
        """Whether an amount of money is said here."""
        return any(
            abs(said.number - claim.number) <= max(slack, _SAME * claim.number)
            and (not claim.currencies or not said.currencies or claim.currencies & said.currencies)
            for said in self.amounts
        )

    def _based(self, claim: Claim) -> Iterator[Claim]:
        return (said for said in self.spans if said.key == claim.key)


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(one, other)


def _alike(claim: Claim, said: Claim, slack: float) -> bool:
    if claim.key[0] != said.key[0]:
        return False
    share = _SAME if claim.key == said.key else _CONVERTED
    return abs(claim.number - said.number) <= max(slack, share * max(abs(claim.number), abs(said.number)))


@lru_cache(maxsize=_TEXTS_KEPT)
def facts_of(text: str) -> Facts:
    """Read everything that a text says."""
    claims: list[Claim] = []
    keys: set[tuple[str, ...]] = set()
    for sentence in sentences_of(text[:_LONGEST_TEXT]):
        low = folded(sentence)
        claims.extend(figures_in(low))
        promised = list(promises_in(sentence, low, source=True))
        keys.update(claim.key for claim in promised)
        keys.update(free_subjects(low))
    keys.update(claim.key for claim in claims if claim.kind is Kind.DATE)
    spans = [claim for claim in claims if claim.kind is Kind.DURATION]
    if ("always",) in keys:
        spans += [Claim(Kind.DURATION, 0, 0, (HOURS,), hours, hours) for hours in (_DAY, _WEEK_OF_DAYS)]
    return Facts(
        tuple(claim for claim in claims if claim.kind is Kind.MONEY),
        frozenset(claim.number for claim in claims if claim.kind is Kind.PERCENT),
        tuple(claim for claim in claims if claim.kind is Kind.MEASURE),
        tuple(spans),
        frozenset(keys),
    )


def united(facts: Sequence[Facts]) -> Facts:
    """What several texts say together."""
    return Facts(
        tuple(chain.from_iterable(one.amounts for one in facts)),
        frozenset().union(*(one.percents for one in facts)),
        tuple(chain.from_iterable(one.measures for one in facts)),
        tuple(chain.from_iterable(one.spans for one in facts)),
        frozenset().union(*(one.keys for one in facts)),
    )


class Source:
    """A text that may support claims; read only when its very words do not."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def low(self) -> str:
        """The text, `folded`."""
        return folded(self.text)

    @property
    def facts(self) -> Facts:
        """What it says."""
        return facts_of(self.text)

    def holds(self, words: str) -> bool:
        """Whether folded words stand here as they are."""
        return stands_in(self.low, words)


class Sources:
    """Several texts of which each may support claims; asked as if they were one."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = tuple(sources)

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources)

    @cached_property
    def low(self) -> str:
        """All of them, `folded`, a line or more each."""
        return "\n".join(source.low for source in self._sources)

    @cached_property
    def facts(self) -> Facts:
        """What they say."""
        return united([source.facts for source in self._sources])

    def holds(self, words: str) -> bool:
        """Whether folded words without a line's end stand in one of them as they are."""
        return stands_in(self.low, words)


def stands_in(low: str, words: str) -> bool:
    """Whether `words` stand in a text, and not as a part of longer words or numbers."""
    start = low.find(words)
    while start >= 0:
        end = start + len(words)
        if not _goes_on(low, start - 1, words[0], before=True) and not _goes_on(low, end, words[-1], before=False):
            return True
        start = low.find(words, start + 1)
    return False


def _goes_on(low: str, offset: int, edge: str, *, before: bool) -> bool:
    """Whether a word or number goes on beyond its edge: "20" within "1.20" and "20.5"."""
    if not 0 <= offset < len(low):
        return False
    char = low[offset]
    if edge.isalnum() and char.isalnum():
        return True
    if not edge.isdigit() or char not in ".,'":
        return False
    beyond = offset - 1 if before else offset + 1
    return 0 <= beyond < len(low) and low[beyond].isdigit()


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as evidence.

    Attributes:
        product: the row.
        name: its folded name.
        currency: ISO 4217 code of its price.
        source: everything that its row says.
    """

    product: Product
    name: str
    currency: str
    source: Source = field(repr=False)


def offers_of(products: Sequence[Product], currency: str) -> list[Offer]:
    """The products that a reply may speak of, each once."""
    unique = {product.id: product for product in products}
    return [
        Offer(product, folded(product.name).strip(), product.currency or currency, Source(_words_of(product)))
        for product in unique.values()
    ]


_UNIT_IN_KEY = re.compile(r"[\s_(-]*([^\W\d_]+)\)?$")


def _words_of(product: Product) -> str:
    """Everything that a product's row says, a line each; a unit that a specification's name holds stands behind it."""
    lines = [product.name, product.category, product.description, *product.features]
    for key, value in product.specifications.items():
        text = specification_text(value)
        lines.append(f"{key}: {text}")
        if text[-1:].isdigit() and (unit := _UNIT_IN_KEY.search(key)):
            lines.append(f"{text} {unit[1]}")
    return "\n".join(lines)
