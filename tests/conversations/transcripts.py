"""A conversation as somebody reads it who must find out what went wrong."""

from collections.abc import Sequence
from textwrap import indent

from models import Product
from tests.conversations.dialogues import Dialogue
from tests.conversations.judging import Exchange


def transcript(dialogue: Dialogue, exchanges: Sequence[Exchange]) -> str:
    """Every turn so far, with what was suggested and known; behind each, what was expected of it and does not hold."""
    kind = ", spoken" if dialogue.voice else ""
    lines = [f"--- {dialogue.name} ({dialogue.brand}{kind}) ---"]
    for exchange in exchanges:
        lines += [f"customer:  {exchange.turn.say}", "bot:       " + indent(exchange.reply, " " * 11).lstrip()]
        lines += [f"           . {remark}" for remark in _remarks(exchange)]
        lines += [f"   UNMET   {verdict.kind}: {verdict.sentence}" for verdict in exchange.unmet]
    return "\n".join(lines)


def _remarks(exchange: Exchange) -> list[str]:
    outcome = exchange.outcome
    products = "; ".join(_shown(product) for product in outcome.suggested_products)
    passages = ", ".join(source.id for source in outcome.sources if source.kind == "passage")
    remarks = [f"suggested: {products}" if products else "", f"sources: {passages}" if passages else ""]
    if outcome.confidence_score is not None:
        remarks.append(f"confidence: {outcome.confidence_score:.2f}")
    remarks.append(f"taken for {exchange.intent}, answered by {outcome.answered_by}")
    return [remark for remark in remarks if remark]


def _shown(product: Product) -> str:
    stock = "" if product.availability else ", out of stock"
    return f"{product.id} ({product.name}, {product.price:,.2f} {product.currency or ''}{stock})".replace(" )", ")")
