"""What of an offer is not for this customer: what must not be in anything, and what is not for whom it is bought."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from conversation_service import Window
from models import Hit, Product
from needs import NEEDS, Constraints, Intent, Understood
from question_service import LEAST_CONFIDENCE, customer_said, likeliest
from understanding.affirmations import DENYING
from understanding.allergies import conditions_told
from understanding.bodies import body_in
from understanding.coverage import Coverage, denial_in, only_denies, product_stems
from understanding.holding import may_hold
from understanding.model_years import year_denied
from understanding.persons import said_of_the_same
from understanding.subjects import SOMEBODY
from understanding.suiting import Suit, denied_to_child, of_child
from understanding.words import FILLER, content_words, occurs, stems, unique, words

NEAR_MISSES = 3

# Of what somebody has, or wants something for, so many messages tell.
_MESSAGES_OF_OWN = 5
# "My 1.0 EcoBoost", "ours has the glass roof", "we have underfloor heating, electric".
_OWN = re.compile(
    r"\b(?<!used to )(?:my|our|ours (?:has|have|is|are)|(?:i|we)(?:'ve| have)? (?:have|got)|"
    r"it(?:'?s| has)? (?:got|has))\b"
    r"(?P<own>(?:[^.?!;]|\.(?=[0-9])){2,60})",
    re.IGNORECASE,
)
_PEOPLE = frozenset(SOMEBODY.split("|"))
_MOST_OWN = 12  # words
_BLUNT = 3  # words of a denial of what the product is called


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
    said = said_of_the_same(customer_said(window))
    conditions, hits = conditions_told(said), suiting_them(offer.hits, window)
    if likeliest(offer.hits) >= LEAST_CONFIDENCE and not hits:

        def ruled_out(product: Product) -> str:
            return next((denial_in(product, word) for word in conditions if only_denies(product, word)), "")

        return Offer((), _told(offer.hits, ruled_out)[:NEAR_MISSES])
    body, child = body_in(said), suit if suit and of_child(suit) else None

    def against(product: Product) -> str:
        of_them = (denied_to_child(product, child) if child else "") or body.denied_by(product)
        return of_them or year_denied(product, said[: -1 - _MESSAGES_OF_OWN : -1])

    denied = tuple(hit for hit in hits if against(hit.product))
    kept = tuple(hit for hit in hits if hit not in denied)
    if denied and not kept:
        return Offer((), _told(denied, against)[:NEAR_MISSES])
    if denied and hits[0] in denied and holds_more(hits[0], kept, Coverage(understood)):
        return Offer((), (*_told(denied[:1], against), *kept[:1]))
    return _warned(offer._replace(hits=kept), said)


def _told(hits: Sequence[Hit], said: Callable[[Product], str]) -> tuple[Hit, ...]:
    """The hits, each with what the shop says against it."""
    return tuple(replace(hit, matched=(said(hit.product),)) for hit in hits)


def holds_more(first: Hit, others: Sequence[Hit], coverage: Coverage, *, in_name: bool = False) -> bool:
    """Whether a hit is called by, or has, more of what was asked for than each of the others; `in_name`: is called."""
    held, most = coverage.held(first.product), [coverage.held(hit.product) for hit in others]
    if held.named > max((one.named for one in most), default=0):
        return True
    return not in_name and held.anywhere > max((one.anywhere for one in most), default=0)


def suiting_them(hits: Sequence[Hit], window: Window) -> tuple[Hit, ...]:
    """The hits that nothing is said against by what the customer has told of themselves."""
    conditions = conditions_told(said_of_the_same(customer_said(window)))
    return tuple(hit for hit in hits if not any(only_denies(hit.product, word) for word in conditions))


def _warned(offer: Offer, said: Sequence[str]) -> Offer:
    """An offer in which what is not for what the customer has ("not for EcoBoost") says so, and comes last.

    What denies another word of the question says that, too.
    """
    own = unique(_own_in(said[-_MESSAGES_OF_OWN:]))[:_MOST_OWN]
    unfit = {hit.product.id: text for hit in offer.hits if (text := _denial_of(own, hit.product))}
    asked = unique(_telling(said[-1].lower()))[:_MOST_OWN] if said else ()
    fitting = tuple(
        replace(hit, matched=(text, *hit.matched)) if (text := _denial_of(asked, hit.product)) else hit
        for hit in offer.hits
        if hit.product.id not in unfit
    )
    others = tuple(
        replace(hit, matched=(unfit[hit.product.id], *hit.matched)) for hit in offer.hits if hit.product.id in unfit
    )
    if others and not fitting:
        return Offer((), others[:NEAR_MISSES])
    return offer._replace(hits=(*fitting, *others))


def _denial_of(told: Sequence[str], product: Product) -> str:
    """What a product says against one of these words that it is not called by; empty where it does not."""
    held = product_stems(product)
    if DENYING.isdisjoint(held):  # most products deny nothing
        return ""
    called = stems(f"{product.name} {product.category}")
    for word in told:
        if occurs(word, held) and only_denies(product, word):
            denial = denial_in(product, word)
            # Roof bars are "not for glass roofs", whoever asks for roof bars; what stands among decaf is "not decaf!".
            if not occurs(word, called) or len(words(denial)) <= _BLUNT:
                return denial
    return ""


def _own_in(messages: Sequence[str]) -> Iterator[str]:
    for message in messages:
        for match in _OWN.finditer(message.lower()):
            yield from _telling(match["own"])


def _telling(text: str) -> Iterator[str]:
    return (word for word in content_words(text) if word not in FILLER | _PEOPLE)
