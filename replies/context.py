"""A sentence as the ground of a verdict: which products it names, and whether it compares, adds or subtracts."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from replies.claims import Claim
from replies.clauses import clause_around, clause_bounds
from replies.names import Mention
from replies.numerals import numbers_in, share_of_step

_HEDGED = re.compile(
    r"(?:\babout|around|roughly|approximately|approx\.?|nearly|almost|circa|\bca\.?|~|just (?:under|over)|etwa|rund|"
    r"ungefähr|unos|alrededor de|environ|sekitar|kira-kira) ?$"
)
_TOTAL = re.compile(
    r"\b(?:total\w*|together|both|altogether|in all|combined|sum|each|times|for (?:two|three|four)|zusammen|insgesamt|"
    r"gesamt\w*|juntos|juntas|ensemble|en tout|semuanya|keduanya)\b|(?<!\w)[2-9] ?[x\u00d7](?!\w)"
)
_DIFFERENCE = re.compile(
    r"\b(?:cheaper|cheapest|dearest|leaves?|spare|exceeds?|less|more|save|saves|saving|savings|difference|above|over|under|below|left|within|remaining|extra|"
    r"additional|short|dearer|pricier|günstiger|billiger|teurer|sparen|mehr|weniger|menos|más|ahorra\w*|moins|plus|"
    r"économis\w*|murah|mahal|hemat|selisih)\b"
)
_SAVING = re.compile(r"\bsav(?:e|es|ing|ings)\b|\boff\b|\bsparen\b|\bahorr\w*|\béconomis\w*|\bhemat\b")
_COMPARING = re.compile(
    r"\b(?:than|cheaper|less|more|instead|compared|versus|vs|difference|alternative|save|similar|between|upgrade|add|plus|"
    r"extra|both|total|together|als|que|günstiger|billiger|teurer|daripada|dibanding)\b"
)

_TIMES = re.compile(r"\bper\b|[0-9] ?[x\u00d7] |\beach\b|\btimes\b")
_MULTIPLYING = 600  # characters of a sentence that is read for that
_MOST_NUMBERS = 16

_LOOK_BACK = 24
_ROUNDED = 0.05  # share by which a hedged figure may be off, however coarsely it is written


class Context:
    """One sentence, the products that it names, and those named up to it."""

    def __init__(self, low: str, mentions: Sequence[Mention], so_far: Sequence[int]) -> None:
        self.low = low
        self.so_far = so_far
        self._mentions = mentions

    @cached_property
    def named(self) -> list[int]:
        """The products that it names, each once."""
        return _places(self._mentions)

    @cached_property
    def _bounds(self) -> list[int]:
        return clause_bounds(self.low, [(one.start, one.end) for one in self._mentions])

    @cached_property
    def times(self) -> list[float]:
        """By what it may multiply a price: "24.42 m2 at €22.90 per m2", "12 x €42.50"; of a few numbers only."""
        if not _TIMES.search(self.low):
            return []
        found = numbers_in(self.low[:_MULTIPLYING])
        return [number.value for number in found] if len(found) <= _MOST_NUMBERS else []

    @cached_property
    def totals(self) -> bool:
        """Whether it speaks of several things together."""
        return _TOTAL.search(self.low) is not None

    @cached_property
    def subtracts(self) -> bool:
        """Whether it speaks of a difference: "save $50 today" is a discount, "save $50 over the other" is one."""
        if not _DIFFERENCE.search(self.low):
            return False
        return not _SAVING.search(self.low) or _COMPARING.search(_SAVING.sub("", self.low)) is not None

    def around(self, claim: Claim) -> list[Mention]:
        """The mentions in the claim's clause."""
        if not self._mentions:
            return []
        start, end = clause_around(self._bounds, claim.start)
        return [one for one in self._mentions if start <= one.start < end]

    def named_around(self, claim: Claim) -> list[int]:
        """The products that the claim's clause names."""
        return _places(self.around(claim))

    def named_before(self, claim: Claim) -> list[int]:
        """The products that the sentence names before the claim."""
        return _places(one for one in self._mentions if one.start < claim.start)

    def compares(self, claim: Claim) -> bool:
        """Whether the claim's clause compares, so that a figure may be another product's."""
        start, end = clause_around(self._bounds, claim.start)
        return _COMPARING.search(self.low, start, end) is not None or self.totals

    def about(self, claim: Claim) -> int | None:
        """The one product that the claim's clause is about; None when it names none or several, or compares."""
        named = self.named_around(claim)
        return named[0] if len(named) == 1 and not self.compares(claim) else None

    def slack(self, claim: Claim) -> float:
        """How far a figure may be from its source: half of what it is written to, if it is said to be about right."""
        hedged = _HEDGED.search(self.low, max(0, claim.start - _LOOK_BACK), claim.start)
        return self.rounding(claim) if hedged else 0.0

    def rounding(self, claim: Claim) -> float:
        """Half of the step that a figure is written to, and never much of the figure."""
        return min(share_of_step(self.low[claim.start : claim.end]) / 2, _ROUNDED) * claim.number


def _places(mentions: Iterable[Mention]) -> list[int]:
    return list(dict.fromkeys(mention.product for mention in mentions))
