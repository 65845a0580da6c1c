"""What goes with a suggestion, as far as the shop's own data says; nothing is claimed to fit that is not said to."""

from models import Product, Prompt
from providers.embedded.products import MAX_OFFERED
from providers.embedded.suggestions import out_of_reach, shortened
from providers.embedded.wording import lowered, named, price, quoted, range_of, reply, sentence
from understanding.accessories import Mention, anchor_of, kind_for, mention
from understanding.manners import instructs


def accompany(prompt: Prompt) -> str:
    """The reply to "what goes with it?"."""
    anchor = anchor_of(prompt.understood, prompt.last_suggestions, prompt.suggested_before)
    if anchor is None:
        return out_of_reach(prompt)
    offered = [hit.product for hit in prompt.hits if hit.product.id != anchor.id][:MAX_OFFERED]
    speaking = [(product, said) for product in offered if (said := mention(product, anchor))]
    if speaking:
        return _speaking(prompt, anchor, speaking)
    if offered:
        return _of_kind(prompt, anchor, offered)
    return _unknown(prompt, anchor)


def _speaking(prompt: Prompt, anchor: Product, speaking: list[tuple[Product, Mention]]) -> str:
    if prompt.voice:
        product, said = speaking[0]
        quotation = f", {_spoken(said)}"
        return (
            f"With the {quoted(anchor.name)} you might look at the {named(product)} for "
            f"{price(product, voice=True)}{quotation}. Would you like to hear about another one?"
        )
    lead = f"From our range you might look at these with the {quoted(anchor.name)}; what our data says is beside each:"
    lines = [_line(product, _quotation(said)) for product, said in speaking]
    return reply(lead, lines, "Shall I tell you more about one of them?")


def _of_kind(prompt: Prompt, anchor: Product, offered: list[Product]) -> str:
    doubt = f"Our data doesn't say what fits the {quoted(anchor.name)}"
    if prompt.voice:
        return f"{doubt}. You might look at the {named(offered[0])} for {price(offered[0], voice=True)}."
    lines = [_line(product, quoted(product.features[0]) if product.features else "") for product in offered]
    return reply(f"{doubt}, but you might look at:", lines, "Would you like to know more about one of them?")


def _unknown(prompt: Prompt, anchor: Product) -> str:
    others = [name for name in prompt.categories if name != anchor.category]
    doubt = f"I can't tell from our data what goes with the {quoted(anchor.name)}"
    if kind_for(anchor, prompt.understood) and not prompt.voice:
        doubt = (
            f"I found nothing of that kind for the {quoted(anchor.name)}, and our data doesn't say what goes with it"
        )
    if not others:
        return f"{doubt}."
    also = range_of(others[:MAX_OFFERED] if prompt.voice else others)
    return f"{doubt}; we also sell {also}." if prompt.voice else f"{doubt}. We also sell {also}. Shall I look there?"


def _line(product: Product, said: str) -> str:
    stock = "" if product.availability else " (currently out of stock)"
    why = f": {lowered(shortened(said)).rstrip('.')}" if said and not instructs(said) else ""
    return sentence(f"{named(product)} - {price(product)}{stock}{why}")


def _quotation(said: Mention) -> str:
    """What the data says: a feature or specification as it stands, of the rest only what is mentioned where."""
    if instructs(said.text):
        return ""
    text = shortened(said.text).rstrip(".")
    return text if said.where in {"feature", "specification"} else f"its {said.where} mentions “{text}”"


def _spoken(said: Mention) -> str:
    return f"whose {said.where} mentions it"
