"""How many packs of something a surface takes, and what they cost, reckoned from the shop's own figures."""

from decimal import Decimal

from models import Message, Product, Prompt, Role
from needs import Intent
from providers.embedded.suggestions import meant
from providers.embedded.wording import amount, named, price, quoted, sentence
from understanding.spreading import Need, Spread, asks_how_many, need_in, price_note, priced_by, spread_of

_ANSWERED = frozenset(
    {Intent.PRODUCT, Intent.REFINE, Intent.DETAIL, Intent.TOTAL, Intent.UNCLEAR, Intent.COMPANY, Intent.PICK}
)
_LEAST = 0.25  # a hit that is less probable is not what was asked about
_MESSAGES = 4  # so many of the latest may name the surface
_BY_AREA = frozenset({"m2", "sqm", "square metre", "square meter"})


def answer(prompt: Prompt) -> str:
    """The reply to "how many packs for 23 m2?"; empty where that is not asked, or the shop's data does not tell."""
    if prompt.voice or prompt.understood.intent not in _ANSWERED or not asks_how_many(prompt.question.lower()):
        return ""
    said = [message.content for message in reversed(prompt.messages) if _is_customers(message)][:_MESSAGES]
    need, product = need_in(said), _product(prompt)
    spread = spread_of(product) if product else None
    return _reckoned(product, spread, need) if product and spread and need else ""


def _is_customers(message: Message) -> bool:
    return message.role is Role.USER


def _product(prompt: Prompt) -> Product | None:
    """What it is asked of: what the question finds, or else the first of the suggestions that are meant."""
    if prompt.hits and prompt.understood.intent is not Intent.DETAIL:
        return prompt.hits[0].product if prompt.hits[0].score >= _LEAST else None
    return next(iter(meant(prompt)), None)


def _reckoned(product: Product, spread: Spread, need: Need) -> str:
    count = need.pieces(spread)
    coats = need.coats or spread.coats
    often = "" if coats == 1 and need.coats is None else f" with {coats} coat{'s' if coats > 1 else ''}"
    word = spread.piece if count == 1 else _several(spread.piece)
    told = sentence(f"For the {named(product)} our product data says: {quoted(spread.said)}")
    takes = f"So for {quoted(need.area.said)}{often} you need {count} {word}"
    covered = f", enough for {_figure(count * spread.m2)} m2{' once' if often else ''}"
    return f"{told} {takes}{covered}, with nothing added for cuts or waste. {_cost(product, spread, count)}".strip()


def _cost(product: Product, spread: Spread, count: int) -> str:
    unit = priced_by(product)
    each = Decimal(str(product.price))
    if unit.lower() in _BY_AREA:
        cost = each * Decimal(str(round(count * spread.m2, 3)))
        return f"At {price(product)} per {quoted(unit)} that is {amount(cost, product)}, without delivery."
    if unit:
        return sentence(f"Of its price our product data says: {quoted(price_note(product))}")
    if count == 1:
        return f"It costs {price(product)}, without delivery."
    return f"{count} x {price(product)} is {amount(each * count, product)}, without delivery."


def _several(piece: str) -> str:
    return f"{piece}es" if piece.endswith("x") else f"{piece}s"


def _figure(number: float) -> str:
    return f"{round(number, 2):,.10g}"
