"""A reply beside what is expected of it, and beside what holds for every reply."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from models import FinishReason, Product, TurnOutcome
from needs import Intent
from tests.conversations.amounts import HALF_A_CENT, amounts_in, currencies_in, unfounded, value_of
from tests.conversations.dialogues import Shop, Turn, pattern

EMBEDDED = "embedded"

_SPOKEN_SENTENCES = 2
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_UNSPEAKABLE = re.compile(r"[$€£*#|<>\[\]{}_]|https?:|^\s*[-•\d]+[.)]?\s+\S", re.MULTILINE)
_AMOUNT = re.compile(r"[$€£][0-9][0-9.,]*")
_MARK = re.compile(r"\[\[|\]\]")
_OUT_OF_STOCK = re.compile(
    r"out of stock|sold out|unavailable|(?:not|isn't) (?:currently |now )?(?:available|in stock)"
    r"|ausverkauft|nicht (?:verfügbar|vorrätig|lieferbar)|agotad|rupture|épuisé|habis|tidak tersedia",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What an expectation is about."""

    SAYS = "says"  # what must be in the reply
    AVOIDS = "avoids"  # what must not
    SUGGESTS = "suggests"  # which products
    CONFIDENCE = "confidence"
    SOURCES = "sources"
    INTENT = "intent"
    TRUTH = "truth"  # ids, amounts, figures, availability, other brands: holds for every reply
    FORM = "form"  # it ends by itself, says something, and can be spoken where it will be


@dataclass(frozen=True)
class Verdict:
    """Whether one expectation holds; `sentence` says what is wrong where it does not."""

    kind: Kind
    holds: bool
    sentence: str


@dataclass
class Exchange:
    """One turn as it happened.

    Attributes:
        turn: what was said and expected.
        reply: what was answered.
        outcome: what is known of the answer.
        intent: what the message was taken for, by itself.
        verdicts: on each expectation.
    """

    turn: Turn
    reply: str
    outcome: TurnOutcome
    intent: Intent
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def unmet(self) -> list[Verdict]:
        """The expectations that do not hold."""
        return [verdict for verdict in self.verdicts if not verdict.holds]

    @property
    def suggested(self) -> list[str]:
        """The ids that were suggested, in their order."""
        return [product.id for product in self.outcome.suggested_products]


@dataclass(frozen=True)
class Situation:
    """What a reply is judged in.

    Attributes:
        shop: whose reply it is.
        others: the other shops in the same process.
        before: the exchanges before it.
        voice: whether it will be spoken.
    """

    shop: Shop
    others: tuple[Shop, ...]
    before: tuple[Exchange, ...]
    voice: bool


def judge(exchange: Exchange, situation: Situation) -> list[Verdict]:
    """Every verdict on a reply: on what its turn expects, and on what holds for every reply."""
    rules: list[Callable[[], Iterator[Verdict]]] = [
        lambda: _wording(exchange),
        lambda: _suggestions(exchange),
        lambda: _particulars(exchange),
        lambda: _form(exchange, situation),
        lambda: _truth(exchange, situation),
    ]
    return [verdict for rule in rules for verdict in rule()]


def _wording(exchange: Exchange) -> Iterator[Verdict]:
    for text in exchange.turn.must:
        yield Verdict(Kind.SAYS, bool(_said(text, exchange.reply)), f"the reply does not say {text}")
    for text in exchange.turn.must_not:
        found = _said(text, exchange.reply)
        yield Verdict(Kind.AVOIDS, not found, f"the reply says {found!r}, which {text} forbids")


def _said(text: str, reply: str) -> str:
    """What of a reply an expected text means; an amount of money may be written in any way."""
    if _AMOUNT.fullmatch(text):
        return text if any(abs(amount - value_of(text[1:])) < HALF_A_CENT for amount in amounts_in(reply)) else ""
    found = pattern(text).search(reply)
    return found[0] if found else ""


def _suggestions(exchange: Exchange) -> Iterator[Verdict]:
    turn, suggested = exchange.turn, exchange.suggested
    for one in turn.suggests:
        yield Verdict(Kind.SUGGESTS, one in suggested, f"{one} is not suggested")
    if turn.suggests_any:
        some = not set(turn.suggests_any).isdisjoint(suggested)
        yield Verdict(Kind.SUGGESTS, some, f"none of {', '.join(turn.suggests_any)} is suggested")
    if turn.may_suggest is not None:
        allowed = turn.named_ids
        wrong = [one for one in suggested if one not in allowed]
        yield Verdict(Kind.SUGGESTS, not wrong, f"suggested and not wanted: {', '.join(wrong)}")
    if turn.suggests_none:
        yield Verdict(Kind.SUGGESTS, not suggested, f"suggested where nothing fits: {', '.join(suggested)}")
    if turn.best:
        yield Verdict(Kind.SUGGESTS, suggested[:1] == [turn.best], f"{turn.best} is not suggested first")


def _particulars(exchange: Exchange) -> Iterator[Verdict]:
    turn, outcome = exchange.turn, exchange.outcome
    if turn.expects_confidence:
        score, bounds = outcome.confidence_score, turn.confidence
        holds = score is None if bounds is None else score is not None and bounds.min <= score <= bounds.max
        wanted = "none" if bounds is None else f"{bounds.min} to {bounds.max}"
        yield Verdict(Kind.CONFIDENCE, holds, f"confidence is {score}, wanted: {wanted}")
    named = {name.casefold() for source in outcome.sources for name in (source.id, source.title)}
    for one in turn.sources:
        yield Verdict(Kind.SOURCES, one.casefold() in named, f"{one} is not among the sources")
    if turn.intent:
        yield Verdict(Kind.INTENT, exchange.intent is turn.intent, f"taken for {exchange.intent}, not {turn.intent}")


def _form(exchange: Exchange, situation: Situation) -> Iterator[Verdict]:
    reply, reason = exchange.reply, exchange.outcome.finish_reason
    yield Verdict(Kind.FORM, reason is FinishReason.STOP, f"the reply ended with {reason}")
    yield Verdict(Kind.FORM, bool(reply.strip()), "the reply is empty")
    yield Verdict(Kind.FORM, not _MARK.search(reply), "a mark of ours is left in the reply")
    if situation.voice:
        count = len(_SENTENCE_END.findall(reply.strip()))
        yield Verdict(Kind.FORM, count <= _SPOKEN_SENTENCES, f"{count} sentences are too many to be spoken")
        found = _UNSPEAKABLE.search(reply)
        yield Verdict(Kind.FORM, not found, f"cannot be spoken: {found[0] if found else ''!r}")


def _truth(exchange: Exchange, situation: Situation) -> Iterator[Verdict]:
    shop, suggested = situation.shop, exchange.outcome.suggested_products
    strangers = [product.id for product in suggested if not _sold_by(shop, product)]
    yield Verdict(Kind.TRUTH, not strangers, f"{shop.name} does not sell {', '.join(strangers)} as it is suggested")
    asked = " ".join([*(one.turn.say for one in situation.before), exchange.turn.say])
    for name in _foreign_names(situation):
        mentioned = name.casefold() in exchange.reply.casefold() and name.casefold() not in asked.casefold()
        if mentioned:
            yield Verdict(Kind.TRUTH, holds=False, sentence=f"the reply names another brand's {name}")
    known = {product.id for one in situation.before for product in one.outcome.suggested_products}
    gone = [one.name for one in suggested if not one.availability and one.id not in known]
    said = bool(_OUT_OF_STOCK.search(exchange.reply))
    yield Verdict(Kind.TRUTH, said or not gone, f"does not say that it is out of stock: {', '.join(gone)}")
    if exchange.outcome.answered_by == EMBEDDED:
        yield from _figures(exchange, situation, asked)


def _figures(exchange: Exchange, situation: Situation, asked: str) -> Iterator[Verdict]:
    discussed = [product for one in (*situation.before, exchange) for product in one.outcome.suggested_products]
    wrong = unfounded(exchange.reply, situation.shop.products, discussed, situation.shop.said, asked)
    yield Verdict(Kind.TRUTH, not wrong, f"amounts that nothing bears out: {', '.join(wrong)}")
    foreign = (
        currencies_in(exchange.reply) - currencies_in(f"{situation.shop.said} {asked}") - {situation.shop.currency}
    )
    yield Verdict(Kind.TRUTH, not foreign, f"amounts in {', '.join(sorted(foreign))}, which the shop does not use")
    flagged = exchange.outcome.unsupported
    yield Verdict(Kind.TRUTH, not flagged, f"flagged as unsupported: {', '.join(flagged)}")


def _sold_by(shop: Shop, product: Product) -> bool:
    own = shop.by_id.get(product.id)
    return own is not None and product.brand_id == shop.id and (product.name, product.price) == (own.name, own.price)


def _foreign_names(situation: Situation) -> Iterator[str]:
    """What only other shops of this process are called, and sell."""
    for other in situation.others:
        yield other.name
        yield from (product.name for product in other.products)
