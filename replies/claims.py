"""What a claim is, and the order in which the readers of one sentence come."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a claim is about, and so what can support it."""

    MONEY = "money"
    PERCENT = "percent"
    MEASURE = "measure"
    DURATION = "duration"
    DATE = "date"  # days, months, weekdays, clock times, "tomorrow"
    PROMISE = "promise"  # discounts, codes, what is free
    STOCK = "stock"
    NAME = "name"


class Claim(NamedTuple):
    """Something a sentence says that must have a source.

    Attributes:
        kind: what it is about.
        start: offset of its first character in the sentence.
        end: offset behind its last character.
        key: what must be equal in a source: the unit, the day, the subject.
        number: its figure in the key's base unit; the upper end of a span of time.
        low: the lower end of a span of time, `number` elsewhere.
        currencies: the codes that its sign may stand for; empty for any.
    """

    kind: Kind
    start: int
    end: int
    key: tuple[str, ...] = ()
    number: float = 0.0
    low: float = 0.0
    currencies: frozenset[str] = frozenset()


def apart(claims: Iterable[Claim]) -> list[Claim]:
    """Claims in order, without other readings of the same words: of two the one that begins first holds."""
    found: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (claim.start, -claim.end)):
        inside = found and claim.start < found[-1].end
        # "Free overnight shipping" promises two things.
        if not inside or (found[-1].kind is Kind.PROMISE and claim.kind is not Kind.PROMISE):
            found.append(claim)
    return found
