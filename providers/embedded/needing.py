"""How many packs of something a surface takes, and what they cost, reckoned from the shop's own figures."""

import math
import re
from decimal import Decimal

from models import Product, Prompt, Role
from needs import Intent
from providers.embedded.suggestions import meant
from providers.embedded.wording import amount, named, price, quotation, quoted, sentence
from understanding.attributes import gone_in
from understanding.coverage import only_denies
from understanding.manners import instructs
from understanding.spreading import Need, Spread, asks_how_many, need_in, price_note, priced_by, spread_of
from understanding.words import content_words

_ANSWERED = frozenset(
    {Intent.PRODUCT, Intent.REFINE, Intent.DETAIL, Intent.TOTAL, Intent.UNCLEAR, Intent.COMPANY, Intent.PICK}
)
_LEAST = 0.25  # a hit that is less probable is not what was asked about
_SURELY = 0.5  # from here on it is, whatever was suggested before
_MESSAGES = 4  # so many of the latest may name the surface
_OF_COST = re.compile(r"\b(?:costs?|price|total|how much is)\b", re.IGNORECASE)  # "and what does that cost?"
_OF_WASTE = re.compile(r"\b(?:cuts|cutting|waste|wastage|offcuts?)\b", re.IGNORECASE)
_BY_AREA = frozenset({"m2", "sqm", "square metre", "square meter"})


def answer(prompt: Prompt) -> str:
    """The reply to "how many packs for 23 m2?"; empty where that is not asked, or the shop's data does not tell."""
    said = [message.content for message in reversed(prompt.messages) if message.role is Role.USER][:_MESSAGES]
    goes_on = _OF_COST.search(prompt.question) and any(asks_how_many(text.lower()) for text in said[1:2])
    asks = goes_on or asks_how_many(prompt.question.lower())
    if prompt.understood.intent not in _ANSWERED or not asks:
        return ""
    need, product = need_in(said), _product(prompt)
    spread = spread_of(product) if product else None
    if not (product and spread and need) or instructs(spread.said):
        return ""
    if any(only_denies(product, term) for term in (*prompt.understood.terms, *content_words(prompt.question.lower()))):
        return ""  # "walls only, not floors"
    if spread.painted and need.of_room:  # its walls are not as large as its floor
        told = sentence(f"For the {named(product)} our product data says: {quoted(spread.said)}")
        enough = f"One {spread.piece} is enough for {_figure(spread.m2)} square metres once."
        return f"{'' if prompt.voice else told} {enough} How many square metres of wall is it?".strip()
    return _spoken(product, spread, need) if prompt.voice else _reckoned(product, spread, need, prompt)


def _product(prompt: Prompt) -> Product | None:
    """What it is asked of: what the question finds, or else the first of the suggestions that are meant."""
    asked = prompt.hits[0] if prompt.hits and prompt.understood.intent is not Intent.DETAIL else None
    if asked and (prompt.understood.intent is Intent.REFINE or asked.score >= _SURELY):
        return asked.product
    suggested = next(iter(meant(prompt)), None)
    if suggested and spread_of(suggested):  # "for 40 m2 of wall" asks of no wall tiles, once paint was suggested
        return suggested
    return asked.product if asked and asked.score >= _LEAST else suggested


def _reckoned(product: Product, spread: Spread, need: Need, prompt: Prompt) -> str:
    count = need.pieces(spread)
    coats = need.coats or spread.coats
    often = "" if coats == 1 and need.coats is None else f" with {coats} coat{'s' if coats > 1 else ''}"
    word = spread.piece if count == 1 else _several(spread.piece)
    told = sentence(f"For the {named(product)} our product data says: {quoted(spread.said)}")
    takes = f"So for {quoted(need.area.said)}{often} you need at least {count} {word}"
    covered = f", enough for {_figure(count * spread.m2)} m2{' once' if often else ''}"
    reckoned = f"{told} {takes}{covered}, with nothing added for cuts or waste. {_cost(product, spread, count)}"
    return "\n\n".join(part for part in (f"{reckoned} {_missing(product)}".strip(), _rule(prompt)) if part)


def _spoken(product: Product, spread: Spread, need: Need) -> str:
    count = need.pieces(spread)
    word = spread.piece if count == 1 else _several(spread.piece)
    takes = f"For {_figure(need.area.m2)} square metres you need at least {count} {word} of the {named(product)}."
    unit = priced_by(product)
    if unit and unit.lower() not in _BY_AREA:
        return takes
    covered, each = round(count * spread.m2, 2), price(product, voice=True)
    cost = amount(Decimal(str(product.price)) * (Decimal(str(covered)) if unit else count), product, voice=True)
    of_what = f"{_figure(covered)} square metres at {each} per square metre" if unit else f"{count} at {each} each"
    stock = "" if product.availability else " It is out of stock at the moment."
    return f"{takes} {of_what} are {cost} without delivery.{stock}"


def _missing(product: Product) -> str:
    """What of it is not there now: all of it, or a colour."""
    if not product.availability:
        return "It is currently out of stock."
    gone = "; ".join(quoted(said) for said in gone_in(product.specifications) if not instructs(said))
    return sentence(f"Our product data also says: {gone}") if gone else ""


def _rule(prompt: Prompt) -> str:
    """What the shop itself says of how much to add."""
    return next((quotation(one) for one in prompt.passages if _OF_WASTE.search(one.text)), "")


def _cost(product: Product, spread: Spread, count: int) -> str:
    unit = priced_by(product)
    each = Decimal(str(product.price))
    if unit.lower() in _BY_AREA:
        covered = round(count * spread.m2, 2)
        about = "" if math.isclose(covered, count * spread.m2) else "about "
        cost = f"{about}{amount(each * Decimal(str(covered)), product)}"
        return f"{_figure(covered)} m2 at {price(product)} per {quoted(unit)} are {cost}, without delivery."
    if unit:
        return sentence(f"Of its price our product data says: {quoted(price_note(product))}")
    if count == 1:
        return f"It costs {price(product)}, without delivery."
    return f"{count} x {price(product)} is {amount(each * count, product)}, without delivery."


def _several(piece: str) -> str:
    return f"{piece}es" if piece.endswith("x") else f"{piece}s"


def _figure(number: float) -> str:
    return f"{round(number, 2):,.10g}"
