"""What of an offer is not for this customer: what must not be in anything, and what is not for whom it is bought."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from conversation_service import Window
from models import Hit, Product
from needs import NEEDS, Constraints, Intent, Understood
from question_service import LEAST_CONFIDENCE, customer_said, likeliest
from understanding.allergies import conditions_told
from understanding.bodies import body_in
from understanding.coverage import Coverage, denial_in, only_denies
from understanding.holding import may_hold
from understanding.subjects import SOMEBODY
from understanding.suiting import Suit, denied_to_child, of_child
from understanding.words import FILLER, content_words, unique

NEAR_MISSES = 3

# Of what somebody has, or wants something for, so many messages tell.
_MESSAGES_OF_OWN = 5
# "My 1.0 EcoBoost", "ours has the glass roof", "we have underfloor heating, electric".
_OWN = re.compile(
    r"\b(?:my|our|ours (?:has|have|is|are)|(?:i|we)(?:'ve| have)? (?:have|got)|it(?:'?s| has)? (?:got|has))\b"
    r"(?P<own>(?:[^.?!;]|\.(?=[0-9])){2,60})",
    re.IGNORECASE,
)
_PEOPLE = frozenset(SOMEBODY.split("|"))
_MOST_OWN = 12  # words


class Offer(NamedTuple):
    """Products that answer a question, best first.

    Attributes:
        hits: those that do.
        near_misses: when there are none, those that miss a limit narrowly.
    """

    hits: tuple[Hit, ...] = ()
    near_misses: tuple[Hit, ...] = ()

    @property
    def shown(self) -> tuple[Hit, ...]:
        """What a reply may show of them."""
        return self.hits or self.near_misses


def without_unwanted(offer: Offer, understood: Understood) -> Offer:
    """An offer without hits that have what must not be in anything, however they were found: by their full name.

    Where what was asked for is nothing else, it is shown with the shop's words for that.
    """
    unwanted = Constraints(excluded_terms=understood.constraints.excluded_terms)
    if unwanted.is_empty or understood.intent not in NEEDS | {Intent.ACCESSORY}:
        return offer
    kept = tuple(hit for hit in offer.hits if not may_hold(hit.product, unwanted.excluded_terms))
    return offer._replace(hits=kept) if kept or not offer.hits else Offer((), offer.hits[:NEAR_MISSES])


def without_unfit(offer: Offer, understood: Understood, window: Window, suit: Suit | None) -> Offer:
    """An offer without hits that are not for what the customer has told of themselves: "not during pregnancy".

    Where what was asked for is nothing else, it is shown with the shop's words for that.
    """
    said = customer_said(window)
    conditions, body = conditions_told(said), body_in(said)
    child = suit if suit and of_child(suit) else None

    def against(product: Product) -> str:
        denied = next((denial_in(product, word) for word in conditions if only_denies(product, word)), "")
        return denied or (denied_to_child(product, child) if child else "") or body.denied_by(product)

    denied = {hit.product.id: told for hit in offer.hits if (told := against(hit.product))}
    if not denied:
        return offer._replace(hits=_warned(offer.hits, said))
    kept = tuple(hit for hit in offer.hits if hit.product.id not in denied)
    if kept and not _is_called(offer.hits[0], kept, understood):
        return offer._replace(hits=_warned(kept, said))
    if not kept and likeliest(offer.hits) < LEAST_CONFIDENCE and not offer.near_misses:
        return Offer()
    shown = kept[:1] if kept and offer.hits[0] not in kept else ()
    first = [hit for hit in offer.hits if hit.product.id in denied][: 1 if kept else NEAR_MISSES]
    misses = (replace(hit, matched=(denied[hit.product.id],)) for hit in first)
    return Offer((), (*misses, *shown)[:NEAR_MISSES])


def _is_called(first: Hit, others: Sequence[Hit], understood: Understood) -> bool:
    """Whether a hit that is left out is called by what was asked for, and none of the others is: "the cushion"."""
    if first in others:
        return False
    coverage = Coverage(understood)
    named = coverage.of(first.product)[1]
    return named > max(coverage.of(hit.product)[1] for hit in others)


def suiting_them(hits: Sequence[Hit], window: Window) -> tuple[Hit, ...]:
    """The hits that nothing is said against by what the customer has told of themselves."""
    conditions = conditions_told(customer_said(window))
    return tuple(hit for hit in hits if not any(only_denies(hit.product, word) for word in conditions))


def _warned(hits: tuple[Hit, ...], said: Sequence[str]) -> tuple[Hit, ...]:
    """The hits, each that is not for what the customer has with the shop's words for that: "not for EcoBoost"."""
    own = unique(_own_in(said[-_MESSAGES_OF_OWN:]))[:_MOST_OWN]

    def told(product: Product) -> str:
        return next((denial_in(product, word) for word in own if only_denies(product, word)), "")

    return tuple(replace(hit, matched=(text, *hit.matched)) if (text := told(hit.product)) else hit for hit in hits)


def _own_in(messages: Sequence[str]) -> Iterator[str]:
    for message in messages:
        for match in _OWN.finditer(message.lower()):
            yield from (word for word in content_words(match["own"]) if word not in FILLER | _PEOPLE)
