"""The order of products that were judged: what convinces comes first, and no probability is above the one before."""

from collections.abc import Callable, Sequence

from models import Product
from needs import Superlative
from understanding.coverage import Coverage
from understanding.facts import says_without
from understanding.orders import in_order

# When the best hit is less probable than this nothing was found: what was said is not about this shop's products. A
# further product that holds none of the words must be at least so probable to be listed behind the others.
# bench/relevance.py measures what they let through: see bench/README.md.
LEAST_PROBABLE = 0.18
LEAST_PROBABLE_FURTHER = 0.08

# Of what was put in an order that was asked for, what answers the question about as well as the best comes first.
_AS_GOOD = 0.75

# Of so many the most probable comes first, where the first is less probable than this, and another so many times as
# probable; the same whatever page is wanted.
FIRST = 8
UNCONVINCING = 0.3
CLEARLY_MORE = 1.3

# A product, and the probability that it is what was asked for.
Judged = tuple[Product, float]


def apart(judged: Sequence[Judged], is_first: Callable[[Judged], bool]) -> tuple[list[Judged], list[Judged]]:
    """Those of which something holds, and the others, each in their order."""
    groups: tuple[list[Judged], list[Judged]] = ([], [])
    for one in judged:
        groups[not is_first(one)].append(one)
    return groups


def is_probable(one: Judged) -> bool:
    """Whether it could be the best hit."""
    return one[1] >= LEAST_PROBABLE


def falling(judged: Sequence[Judged]) -> list[Judged]:
    """The same order; no probability is higher than the one before it."""
    lowest = 1.0
    return [(product, lowest := min(lowest, probability)) for product, probability in judged]


def convincing_first(judged: Sequence[Judged]) -> list[Judged]:
    """Where the first does not convince, and another of the first few is clearly more probable, these by probability.

    "Webcam for streaming": a laptop's text may hold both words, and the webcam only one. "Vacuum": in few words, the
    text of a battery for one weighs as much as the vacuum's name.
    """
    first = judged[:FIRST]
    if not first or first[0][1] >= UNCONVINCING or max(one[1] for one in first) < CLEARLY_MORE * first[0][1]:
        return list(judged)
    return [*sorted(first, key=lambda one: -one[1]), *judged[FIRST:]]


def holding_all_first(judged: Sequence[Judged], coverage: Coverage) -> list[Judged]:
    """Where nobody is convincing, and words were typed into a search box: first what holds all of them."""
    first = judged[:FIRST]
    if not (coverage.typed and coverage.words > 1 and first) or first[0][1] >= LEAST_PROBABLE:
        return list(judged)
    held = [one for one in first if coverage.of(one[0])[0] == 1]
    return falling([*held, *(one for one in judged if one not in held)])


def saying_so_first(judged: Sequence[Judged], unwanted: Sequence[str]) -> list[Judged]:
    """First what is probable and says that it has nothing of what is unwanted, then what only does not speak of it."""

    def waits(one: Judged) -> bool:
        product, probability = one
        return probability < LEAST_PROBABLE or not all(says_without(product, term) for term in unwanted)

    return falling(sorted(judged, key=waits))


def in_asked_order(judged: Sequence[Judged], superlative: Superlative) -> list[Judged]:
    """What answers the question about as well as the best does, in the order that was asked for; then the rest."""
    enough = judged[0][1] * _AS_GOOD
    good = [one for one in judged if one[1] >= enough]
    return falling([*in_order(good, lambda one: one[0], superlative), *judged[len(good) :]])
