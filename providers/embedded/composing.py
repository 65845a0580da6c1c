"""From a prompt to a reply: one way of answering for each intent."""

import re
from collections.abc import Callable, Mapping

from models import Prompt
from needs import Intent
from providers.embedded import (
    accessories,
    comparing,
    conversation,
    details,
    languages,
    needing,
    products,
    suggestions,
    totals,
)

ANSWERS: Mapping[Intent, Callable[[Prompt], str]] = {
    Intent.GREETING: conversation.greeting,
    Intent.THANKS: conversation.thanks,
    Intent.GOODBYE: conversation.goodbye,
    Intent.HELP: conversation.help_offer,
    Intent.COMPANY: conversation.company,
    Intent.ORDER_STATUS: conversation.order_status,
    Intent.HUMAN: conversation.human,
    Intent.PRODUCT: products.offer,
    Intent.REFINE: products.offer,
    Intent.PICK: suggestions.pick,
    Intent.COMPARE: comparing.compare,
    Intent.DETAIL: details.tell,
    Intent.ACCESSORY: accessories.accompany,
    Intent.TOTAL: totals.total,
    Intent.RESTART: conversation.restart,
    Intent.ABUSE: conversation.abuse,
    Intent.DISTRESS: conversation.distress,
    Intent.EMERGENCY: conversation.emergency,
    Intent.OUTSIDE: conversation.outside,
    Intent.UNCLEAR: conversation.unclear,
}


# A name that begins with an article has none before it: "the The Salt Road".
_TWO_ARTICLES = re.compile(r"\b[Tt]he (?=(?:The|An?) [A-Z0-9])")


def compose(prompt: Prompt) -> str:
    """The whole reply, with a `[[product id]]` mark directly behind the name of every product it recommends."""
    if languages.answers(prompt):
        return languages.answer(prompt)
    told = needing.answer(prompt) or totals.of_named(prompt) or ANSWERS[prompt.understood.intent](prompt)
    return _TWO_ARTICLES.sub("", told)
