"""Whether an amount of money has a source: a row, a text, the customer's words, or honest arithmetic over them."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations, permutations, product

from needs import Vocabulary
from replies.claims import Claim
from replies.context import Context
from replies.numerals import numbers_in
from replies.sources import Offer, Sources
from understanding.prices import read_prices
from understanding.words import plain

_UNDER = re.compile(r"(?:under|below|less than|unter|weniger als|menos de|moins de|di bawah|kurang dari) $")
_STATES_PRICE = re.compile(
    r"[\s*_|:(\"”-]*(?:(?:is|are|costs?|priced|prices?|at|for|the|its|it|only|just|now|currently|comes?|in|sells|retails|available|"
    r"kostet|nur|für|zum|preis|von|liegt|bei|cuesta|cuestan|por|a|solo|precio|de|coûte|à|pour|seulement|prix|"
    r"harganya|seharga|dijual|dengan|harga|hanya)[\s*_|:(\"”-]+){0,6}"
)
_SAYS_PRICE = re.compile(r"(?:costs?|priced at|price is|kostet|cuesta|coûte|harganya)[\s:*]*(?:only |just )?$")

_LOOK_BACK = 24
_CLOSE_BELOW = 0.8  # "under $800" is true of $749; of $80 it says nothing
_CENT = 0.005
_COARSE = 50.0  # from here on a difference in whole units may be off by one
_MOST_ASKED = 2_000  # characters of a customer's message that are read for a budget
_MOST_PIECES, _MOST_COUNTS, _MOST_IN_BASKET = 50, 3, 8  # of what a customer counts
_MOST_ADDENDS, _MOST_ADDED, _MOST_TIMES = 4, 12, 10


class Amounts:
    """Knows every amount that a reply may name.

    Args:
        offers: the products that were shown.
        texts: what the brand says.
        asked: what the customer said.
        currency: the brand's own.
    """

    def __init__(self, offers: Sequence[Offer], texts: Sources, asked: Sources, currency: str) -> None:
        self._offers = offers
        self._texts = texts
        self._asked = asked
        self._currency = currency
        self._baskets: dict[tuple[float, ...], frozenset[int]] = {}

    def supports(self, claim: Claim, sentence: Context) -> bool:
        """Whether an amount has a source, or follows from what has."""
        misplaced = self._misplaced(claim, sentence)
        if misplaced is not None:
            return not misplaced
        slack = max(_CENT, sentence.slack(claim))
        words = sentence.low[claim.start : claim.end]
        if words.endswith("k"):
            slack = max(slack, sentence.rounding(claim))  # "$1.3k" says by itself that it is rounded
        priced = self._priced(claim)
        return (
            any(abs(offer.product.price - claim.number) <= slack for offer in priced)
            or (bool(claim.currencies) and (self._asked.holds(words) or self._texts.holds(words)))
            or self._asked_for(claim, slack)
            or self._by_arithmetic(claim, sentence, priced, slack)
            or self._bounds(claim, sentence, priced)
            or self._texts.facts.amount(claim, slack)
            or self._in_rows(claim, sentence, slack)
        )

    def _in_rows(self, claim: Claim, sentence: Context, slack: float) -> bool:
        place = sentence.about(claim)
        about = self._offers if place is None else [self._offers[place]]
        return any(offer.source.facts.amount(claim, slack) for offer in about)

    def _asked_for(self, claim: Claim, slack: float) -> bool:
        """Whether the customer named an amount, or it is an end of the range that was read: "about $500"."""
        if self._asked.facts.amount(claim, slack):
            return True
        return any(limit is not None and abs(limit - claim.number) <= _CENT for limit in self._limits)

    @cached_property
    def _limits(self) -> list[float | None]:
        shop = Vocabulary(currency=self._currency)
        ranges = [read_prices(plain(source.text[:_MOST_ASKED].lower()), shop)[0] for source in self._asked]
        return [limit for asked in ranges for limit in (asked.low, asked.high)]

    def _priced(self, claim: Claim) -> list[Offer]:
        """The products whose prices are in a currency that the claim may be in."""
        return [offer for offer in self._offers if not claim.currencies or offer.currency in claim.currencies]

    def _misplaced(self, claim: Claim, sentence: Context) -> bool | None:
        """Whether an amount is stated as the price of a product that costs something else; None when it is no price."""
        place = sentence.about(claim)
        mention = next((one for one in sentence.around(claim) if one.end <= claim.start), None)
        if place is None or mention is None or not _STATES_PRICE.fullmatch(sentence.low, mention.end, claim.start):
            return None
        own, priced = self._offers[place], self._priced(claim)
        slack = max(_CENT, sentence.slack(claim))
        is_own = own in priced and abs(own.product.price - claim.number) <= slack
        if is_own or own.source.facts.amount(claim, _CENT):
            return False
        if any(abs(offer.product.price - claim.number) <= slack for offer in priced if offer is not own):
            return True
        said = _SAYS_PRICE.search(sentence.low, max(0, claim.start - _LOOK_BACK), claim.start)
        return True if said and not self._texts.facts.amount(claim, _CENT) else None

    def _by_arithmetic(self, claim: Claim, sentence: Context, priced: Sequence[Offer], slack: float) -> bool:
        if sentence.totals and self._is_total(claim, sentence, priced, slack):
            return True
        if self._is_multiple(claim, sentence, priced, slack) or (sentence.totals and self._is_basket(claim, priced)):
            return True
        if not sentence.subtracts:
            return False
        places = sentence.named or sentence.so_far
        named = [self._offers[place].product.price for place in places if self._offers[place] in priced]
        prices = [offer.product.price for offer in priced]
        asked = [said.number for said in self._asked.facts.amounts if _same_money(said, claim)]
        if claim.number >= _COARSE and claim.number == round(claim.number):
            slack = 1.0  # "for $200 more" is said of $199.01
        return any(
            abs(abs(one - other) - claim.number) <= slack for one in named or prices for other in (*prices, *asked)
        )

    def _is_total(self, claim: Claim, sentence: Context, priced: Sequence[Offer], slack: float) -> bool:
        """Whether an amount is a sum of two to four prices, or a small multiple of one; named products come first."""
        for places in (sentence.named, sentence.so_far, range(len(self._offers))):
            prices = [self._offers[place].product.price for place in places if self._offers[place] in priced]
            if any(
                abs(times * price - claim.number) <= slack for price in prices for times in range(2, _MOST_TIMES + 1)
            ):
                return True
            if len(prices) > 1:
                return any(
                    abs(sum(some) - claim.number) <= slack
                    for count in range(2, _MOST_ADDENDS + 1)
                    for some in combinations(prices[:_MOST_ADDED], count)
                )
        return False

    def _is_basket(self, claim: Claim, priced: Sequence[Offer]) -> bool:
        """Whether an amount is what two or three products come to, each as often as the customer said: "3 of, 2 of"."""
        prices = tuple(dict.fromkeys(offer.product.price for offer in priced))[:_MOST_IN_BASKET]
        if prices not in self._baskets:
            self._baskets[prices] = frozenset(_baskets_of(prices, self._counts))
        return round(100 * claim.number) in self._baskets[prices]

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        said = (number.value for source in self._asked for number in numbers_in(source.low[:_MOST_ASKED]))
        counts = dict.fromkeys(int(number) for number in said if number == int(number) and 1 < number <= _MOST_PIECES)
        return tuple(counts)[:_MOST_COUNTS]

    def _is_multiple(self, claim: Claim, sentence: Context, priced: Sequence[Offer], slack: float) -> bool:
        """Whether an amount is a price as many times as its sentence says: "24.42 m2 at €22.90 per m2"."""
        prices = {offer.product.price for offer in priced}
        return any(abs(price * count - claim.number) <= slack for price in prices for count in sentence.times)

    def _bounds(self, claim: Claim, sentence: Context, priced: Sequence[Offer]) -> bool:
        """Whether "under $800" is true of what the sentence names, or of everything that was shown."""
        if not _UNDER.search(sentence.low, max(0, claim.start - _LOOK_BACK), claim.start):
            return False
        named = [offer for offer in (self._offers[place] for place in sentence.named) if offer in priced]
        prices = [offer.product.price for offer in named or priced]
        return bool(prices) and _CLOSE_BELOW * claim.number <= max(prices) <= claim.number


def _baskets_of(prices: Sequence[float], counts: Sequence[int]) -> Iterator[int]:
    """In hundredths, what two or three of these prices come to, one of them at least more than once."""
    for size in (2, 3):
        for times in product((1, *counts), repeat=size):
            if any(count > 1 for count in times):
                for some in permutations(prices, size):
                    yield round(100 * sum(count * price for count, price in zip(times, some, strict=True)))


def _same_money(said: Claim, claim: Claim) -> bool:
    return not said.currencies or not claim.currencies or bool(said.currencies & claim.currencies)
