"""Replies that offer no product: greetings, courtesies, what the brand says of itself, and how to reach a person."""

from models import Passage, Prompt
from providers.embedded.wording import enumerated, quotation, quoted, range_of
from understanding.bearing import subjects_of
from understanding.words import stems

_TRUSTED = 0.75  # score of a passage that may be added to a reply which does not depend on it
_AS_GOOD = 0.95  # share of the best passage's score from which a second one is quoted too
_OF_ORDERS = stems("tracking parcel late lost missing cancel change status dispatch")
_OF_TIME = stems("day week hour")
_WHERE_HELP_IS = (
    "call your local emergency number (112, 911 or 999) if it may be serious, a poison centre if something was "
    "swallowed or breathed in, and a vet for an animal"
)
_LONG = 200  # characters; a second passage is quoted only beside a short first one


def greeting(prompt: Prompt) -> str:
    """Says who answers and what there is."""
    offered = range_of(prompt.categories)
    range_sentence = f" We have {offered}." if offered and not prompt.voice else ""
    return f"Hello and welcome to {quoted(prompt.brand_name)}!{range_sentence} What are you looking for today?"


def thanks(prompt: Prompt) -> str:
    """Closes politely and stays open."""
    del prompt
    return "You're welcome! Is there anything else I can help you with?"


def goodbye(prompt: Prompt) -> str:
    """Says goodbye."""
    return f"Thank you for visiting {quoted(prompt.brand_name)}. Goodbye, and have a lovely day!"


def help_offer(prompt: Prompt) -> str:
    """Says what this assistant can do, and that it is one."""
    name, offered = quoted(prompt.brand_name), range_of(prompt.categories)
    if prompt.voice:
        return f"I'm the automated assistant of {name}, and I can find products or answer questions about our service."
    lead = f"I'm the automated assistant of {name}."
    finds = f"I can find products for you ({offered}), compare them" if offered else "I can find and compare products"
    return f"{lead} {finds}, and answer questions about our service, such as delivery or returns. What do you need?"


def unclear(prompt: Prompt) -> str:
    """Admits not to have understood, and says what would help."""
    if prompt.understood.lasting:
        unwanted = enumerated([quoted(term) for term in prompt.understood.constraints.excluded_terms], "or")
        return f"I'll keep to what our product data doesn't mention {unwanted} for. What are you looking for?"
    if prompt.voice:
        return "I'm sorry, I didn't quite get that. What kind of product are you looking for?"
    offered = range_of(prompt.categories)
    sells = f" ({offered})" if offered else ""
    return (
        f"I'm sorry, I'm not sure what you are looking for. I can help with products from {quoted(prompt.brand_name)}"
        f"{sells} and with questions about our service. Could you tell me a little more?"
    )


def restart(prompt: Prompt) -> str:
    """Puts aside what was asked for before."""
    offered = range_of(prompt.categories)
    range_sentence = f" We have {offered}." if offered and not prompt.voice else ""
    return f"All right, let's start afresh.{range_sentence} What are you looking for?"


def abuse(prompt: Prompt) -> str:
    """Stays calm, and offers help or a person."""
    lead = "I'm sorry that this isn't going well."
    if prompt.contact and not prompt.voice:
        lead = f"{lead} If you would rather speak to a person, you can reach one here: {quoted(prompt.contact)}."
    return f"{lead} Tell me what you need, and I'll do my best to help."


def distress(prompt: Prompt) -> str:
    """Offers no product to somebody who may harm themselves, and says who helps."""
    del prompt
    return (
        "I'm really sorry that you feel like this. I'm only a shop's automated assistant and can't help with it, but "
        "you don't have to be alone with it: please talk to somebody you trust, or call your local emergency number or "
        "a crisis line now."
    )


def emergency(prompt: Prompt) -> str:
    """Sends whoever is hurt or in danger to those who help, and says what the brand itself says of it."""
    if prompt.voice:
        return f"Please get help first: {_WHERE_HELP_IS}. I'm only a shop's automated assistant and can't judge this."
    lead = (
        f"Please get help first: {_WHERE_HELP_IS}. I'm only a shop's automated assistant and can't judge how serious "
        "this is."
    )
    told = quotation(prompt.passages[0]) if prompt.passages else ""
    reach = f"Once everybody is safe, you can reach us here: {quoted(prompt.contact)}." if prompt.contact else ""
    return "\n\n".join(part for part in (lead, told, reach) if part)


def outside(prompt: Prompt) -> str:
    """Says that it cannot be done, and what can."""
    name, offered = quoted(prompt.brand_name), range_of(prompt.categories)
    if prompt.voice:
        return f"I can't help with that, but I can find products from {name} or answer questions about our service."
    finds = f"find products for you ({offered})" if offered else "find products for you"
    return (
        f"I can't help with that. I'm the automated assistant of {name}: I can {finds}, compare them, and answer "
        "questions about our service. What are you looking for?"
    )


def company(prompt: Prompt) -> str:
    """Quotes what the brand says on the subject; without that, says so and names a contact."""
    if not prompt.passages:
        where = f" You can ask us at {quoted(prompt.contact)}." if prompt.contact else ""
        return f"I'm sorry, I don't have any information about that.{where}"
    return passages(prompt)


def passages(prompt: Prompt) -> str:
    """The best passage verbatim, and a second one when both are short and bear on the question alike."""
    best = prompt.passages[0]
    if prompt.voice:
        return quotation(best, question=prompt.question, voice=True)
    quotations = [quotation(best)]
    if len(prompt.passages) > 1 and _belongs_beside(prompt.passages[1], best):
        quotations.append(quotation(prompt.passages[1]))
    return "\n\n".join(quotations)


def _belongs_beside(second: Passage, best: Passage) -> bool:
    return second.score >= _AS_GOOD * best.score and len(best.text) <= _LONG and len(second.text) <= _LONG


def order_status(prompt: Prompt) -> str:
    """Says honestly that orders cannot be seen from here, and where they can."""
    lead = "I'm sorry, I can't see orders from here."
    told = next((one for one in prompt.passages if one.score >= _TRUSTED and _is_of_orders(one)), None)
    if told and not prompt.voice:
        lead = f"{lead} {quotation(told)}"
    if not prompt.contact:
        return f"{lead} Please contact {quoted(prompt.brand_name)} directly; the team can look it up for you."
    return f"{lead} The {quoted(prompt.brand_name)} team can look it up for you: {quoted(prompt.contact)}."


def _is_of_orders(passage: Passage) -> bool:
    """Whether a passage is of orders on their way, not of payment "for orders above $35"."""
    held = stems(f"{passage.title} {passage.text}")
    delivers = "shipping" in subjects_of(passage.title) and not held.isdisjoint(_OF_TIME)
    return delivers or not held.isdisjoint(_OF_ORDERS)


def human(prompt: Prompt) -> str:
    """Names the way to a person; this chat cannot be handed over."""
    if not prompt.contact:
        return (
            f"I'm an automated assistant and can't connect you from here, and I have no contact details for "
            f"{quoted(prompt.brand_name)}. I'm sorry about that."
        )
    return (
        f"Of course. I can't transfer this chat, but you can reach a person at {quoted(prompt.brand_name)} here: "
        f"{quoted(prompt.contact)}."
    )
