"""Offering products: matches with the reasons they match, near misses as such, and honesty when there is nothing."""

from collections.abc import Iterator, Sequence

from models import Hit, Product, Prompt, Role
from needs import Constraints, Intent, Superlative
from providers.embedded.conversation import passages
from providers.embedded.wording import (
    amount,
    enumerated,
    lowered,
    named,
    price,
    quotation,
    quoted,
    range_of,
    reply,
    sentence,
)
from understanding.allergies import conditions_told
from understanding.attributes import gone_in, is_gone, specification_text
from understanding.context import SMALLEST_PRICE_STEP, is_size
from understanding.coverage import Coverage, denial_in, mention_in, product_stems
from understanding.facts import says_without
from understanding.holding import is_of_several, may_hold
from understanding.kinds import kinds_of
from understanding.manners import instructs
from understanding.measures import measures_in
from understanding.money import format_price
from understanding.orders import ORDERS, in_order, ranked
from understanding.persons import said_of_the_same
from understanding.references import read_comparative
from understanding.requirements import fulfils
from understanding.spreading import other_prices
from understanding.words import VAGUE, occurs, stems, words

MAX_OFFERED = 3
MAX_REASONS = 2
_SURELY = 0.9  # a passage's score from which on it is what was asked for
_MOST_NAMED = 4  # categories, in a sentence
_UNSURE = 0.3  # a best score below this is offered as a guess
_LONGEST_REASON = 140  # characters
_MOST_UNHEARD = 2  # words that are said not to be mentioned
_JUST = 0.2  # a price off by no more than this share is "just" above or below


def offer(prompt: Prompt) -> str:
    """The reply to a need, or to a change of one."""
    if prompt.hits:
        return _spoken_matches(prompt) if prompt.voice else _matches(prompt)
    refines = prompt.understood.intent is Intent.REFINE  # "something cheaper" asks for no policy
    if prompt.passages and (not refines or prompt.passages[0].score >= _SURELY):
        quotation = passages(prompt)
        return quotation if prompt.voice or not prompt.near_misses else f"{quotation}\n\n{_near_misses(prompt)}"
    if prompt.near_misses:
        return _near_misses(prompt)
    return _nothing(prompt)


# --- Matches ---


def _matches(prompt: Prompt) -> str:
    hits = ordered(prompt.hits, prompt.understood.superlative)[:MAX_OFFERED]
    closing = " ".join(part for part in (_caution(prompt), _question(prompt, hits)) if part)
    return reply(f"{_corrected(prompt)}{_lead(prompt, hits)}", [_line(hit, prompt) for hit in hits], closing)


def _caution(prompt: Prompt) -> str:
    """What the brand itself says of what shall not be in a product: "everything is baked where nuts are handled".

    Or of what the customer has told, of a pregnancy say; not what the latest reply said already.
    """
    said = [message.content for message in prompt.messages if message.role is Role.USER]
    unwanted = (*prompt.understood.constraints.excluded_terms, *conditions_told(said_of_the_same(said)))
    replied = next((one.content for one in reversed(prompt.messages) if one.role is Role.ASSISTANT), "")
    for passage in prompt.passages if unwanted else ():
        held = stems(f"{passage.title} {passage.text}")
        if any(all(occurs(word, held) for word in words(term)) for term in unwanted):
            note = f"Please note: {quotation(passage, voice=prompt.voice)}"
            return "" if note in replied else note
    return ""


def _spoken_matches(prompt: Prompt) -> str:
    best = ordered(prompt.hits, prompt.understood.superlative)[0]
    reason = next(iter(_reasons(best)), "")
    stock = "" if best.product.availability else ", though it is out of stock at the moment"
    more = (
        "Would you like to hear about another one?" if len(prompt.hits) > 1 else "Would you like to know more about it?"
    )
    why = f", {reason}" if reason else ""
    suggested = f"I'd suggest the {named(best.product)} for {price(best.product, voice=True)}{why}{stock}."
    return " ".join(part for part in (suggested, _caution(prompt), more) if part)


def ordered(hits: Sequence[Hit], superlative: Superlative | None) -> list[Hit]:
    """Hits in the order that was asked for; what has no known number for it comes last."""
    return in_order(hits, lambda hit: hit.product, superlative) if superlative else list(hits)


def _lead(prompt: Prompt, hits: Sequence[Hit]) -> str:
    asked = described(prompt.understood.constraints, hits, prompt.last_suggestions, prompt.currency)
    where = f" {asked}" if asked else ""
    if prompt.understood.figure:
        most = "most" if prompt.understood.most else "least"
        return f"Here is what fits{where}, {most} {quoted(prompt.understood.figure)} first:"
    if unheard := _unheard(prompt, hits):
        return f"Our product data doesn't mention {unheard} here, but this is the closest I can find{where}:"
    by_accident = len(prompt.understood.terms) <= 1 or not _holds_all(prompt, hits[0])
    if prompt.understood.superlative is None and hits[0].score < _UNSURE and by_accident:
        return f"I'm not sure it is quite what you mean, but this is the closest I can find{where}:"
    if len(hits) == 1:
        return _lead_to_one(prompt, hits[0], where)
    order = _order_in_words(prompt.understood.superlative, hits)
    return f"Here are our best matches{where}{order}:" if not order else f"Here is what fits{where}{order}:"


def _lead_to_one(prompt: Prompt, hit: Hit, where: str) -> str:
    superlative = prompt.understood.superlative
    compared, _ = read_comparative(prompt.question.lower())
    if superlative and superlative == compared and hit.product in prompt.last_suggestions:  # "something brighter"
        return f"This is already the {ORDERS[superlative].word}{where or ' that fits'}:"
    if where:
        return f"This one fits{where}:"
    fits = hit.score >= _UNSURE and _holds_all(prompt, hit)
    return "This one fits what you are looking for:" if fits else "This is our best match:"


def _holds_all(prompt: Prompt, hit: Hit) -> bool:
    """Whether a product holds all of the words."""
    held = product_stems(hit.product)
    return all(occurs(term, held) for term in prompt.understood.terms)


def _unheard(prompt: Prompt, hits: Sequence[Hit]) -> str:
    """The words asked for that no product shown holds: what others have, and of a changed wish any; else empty."""
    if prompt.unheld:
        return enumerated(prompt.unheld[-_MOST_UNHEARD:], "or")
    if prompt.understood.intent is not Intent.REFINE or hits[0].score >= _UNSURE:
        return ""
    held = frozenset().union(*(product_stems(hit.product) for hit in hits))
    telling = [term for term in prompt.understood.terms if term.isalpha() and term not in VAGUE]
    missing = [term for term in telling if not occurs(term, held)]
    return enumerated(missing[-_MOST_UNHEARD:], "or")


def _corrected(prompt: Prompt) -> str:
    """Says for which words the results are, where the customer's own were misspelt."""
    corrected = list(dict.fromkeys(quoted(meant) for meant in prompt.understood.corrections.values()))
    return f"Showing results for {enumerated([f'“{word}”' for word in corrected])}. " if corrected else ""


def _order_in_words(superlative: Superlative | None, hits: Sequence[Hit]) -> str:
    if superlative is None:
        return ""
    order = ORDERS[superlative]
    if all(ranked(hit.product, superlative) is None for hit in hits):
        return f", though our product data gives no {order.noun} to order them by"
    return f", {order.first}"


def described(
    constraints: Constraints, hits: Sequence[Hit] = (), suggested: Sequence[Product] = (), own_currency: str = "USD"
) -> str:
    """The constraints as they go on in a sentence: "in Laptops under $2,000"; empty without any.

    Args:
        constraints: what was asked for.
        hits: what is shown, for its currency.
        suggested: what was suggested before: "cheaper" is below a price of these.
        own_currency: the brand's, for limits that name none.
    """
    limits = {round(product.price - SMALLEST_PRICE_STEP, 2): product.price for product in suggested}
    currency = constraints.currency or next(
        (hit.product.currency for hit in hits if hit.product.currency), own_currency
    )
    low, high = constraints.price_min, constraints.price_max
    parts = []
    if 0 < len(constraints.categories) <= _MOST_NAMED and all(
        hit.product.category in constraints.categories for hit in hits
    ):
        parts.append(f"in {enumerated([quoted(name) for name in constraints.categories], 'or')}")
    if constraints.makers:
        parts.append(f"from {enumerated([quoted(name) for name in constraints.makers], 'or')}")
    if constraints.excluded_makers:
        parts.append(
            f"from makers other than {enumerated([quoted(name) for name in constraints.excluded_makers], 'or')}"
        )
    if low is not None and high is not None:
        parts.append(f"between {format_price(low, currency)} and {format_price(high, currency)}")
    elif high is not None:
        limit = "up to" if any(hit.product.price == high for hit in hits) else "under"
        parts.append(f"{limit} {format_price(limits.get(round(high, 2), high), currency)}")
    elif low is not None and (dearer := next((one for one in limits.values() if _is_step_above(low, one)), None)):
        parts.append(f"above {format_price(dearer, currency)}")
    elif low is not None:
        parts.append(f"from {format_price(low, currency)} upwards")
    if constraints.available_only:
        parts.append("in stock")
    return " ".join([*parts, *_attributes_in_words(constraints, hits)])


def _is_step_above(limit: float, cost: float) -> bool:
    return round(cost + SMALLEST_PRICE_STEP, 2) == round(limit, 2)


def _attributes_in_words(constraints: Constraints, hits: Sequence[Hit]) -> Iterator[str]:
    sizes = [value for name, value in constraints.attributes.items() if is_size(name, value)]
    if sizes:
        yield f"in size {enumerated([quoted(value) for value in sizes])}"
    if wanted := [quoted(value) for value in constraints.attributes.values() if value not in sizes]:
        yield f"with {enumerated(wanted)}"
    unwanted = [*constraints.excluded_attributes.values()]
    excluded = list({stems(one): one for one in constraints.excluded_terms}.values())  # not "of nut or nuts"
    unsaid = [one for one in excluded if not all(says_without(hit.product, one) for hit in hits)]
    unwanted += [one for one in excluded if one not in unsaid]
    if unwanted:
        yield f"without {enumerated([quoted(one) for one in unwanted], 'or')}"
    if unsaid:  # a shop that says nothing of nuts has not said that there are none
        yield f"with no mention of {enumerated([quoted(one) for one in unsaid], 'or')}"
    if constraints.excluded_categories:
        yield f"apart from {enumerated([quoted(name) for name in constraints.excluded_categories])}"


def _line(hit: Hit, prompt: Prompt) -> str:
    reasons = _reasons(hit)
    if prompt.understood.superlative and (number := ranked(hit.product, prompt.understood.superlative)):
        reasons = [*([quoted(number.text)] if number.text else []), *reasons][:MAX_REASONS]
    reasons = list(dict.fromkeys((*_own_prices(hit.product, prompt.understood.constraints), *reasons)))
    stock = "" if hit.product.availability else " (currently out of stock)"
    why = f": {'; '.join(reasons)}" if reasons else ""
    return sentence(f"{named(hit.product)} - {price(hit.product)}{stock}{why}")


def _own_prices(product: Product, asked: Constraints) -> Iterator[str]:
    """What a product says of the price of a size that was asked for, which need not be its price."""
    sized = any(is_size(name, value) for name, value in asked.attributes.items())
    if sized or any(next(measures_in(value), None) for value in asked.attributes.values()):
        yield from map(quoted, other_prices(product))


def _reasons(hit: Hit) -> list[str]:
    """One or two reasons: what matched, said in full where a feature says it; else the first feature."""
    telling = [reason for reason in hit.matched if not _is_given(reason, hit)]
    told = list(dict.fromkeys(_in_full(reason, hit) for reason in telling))
    told = [one.rstrip(".") for one in told]
    reasons = [one for one in told if not any(one != other and one in other for other in told)]
    if not reasons:
        reasons = [lowered(_shortened(feature)) for feature in hit.product.features[:1]]
    return [reason for reason in reasons if not instructs(reason)][:MAX_REASONS]


def _is_given(reason: str, hit: Hit) -> bool:
    """Whether a reason repeats what the line or the sentence before it says: the price, the maker, the stock."""
    return (
        any(char in "$€£¥₹₩" for char in reason)
        or reason.startswith(("in stock", "from "))
        or (
            reason.startswith(("under ", "over ", "between ", "exactly ")) and (hit.product.currency or "USD") in reason
        )
    )


def _in_full(reason: str, hit: Hit) -> str:
    sought = words(reason)
    for feature in hit.product.features:
        found = stems(feature)
        if all(occurs(word, found) for word in sought):
            return lowered(_shortened(feature))
    # The name of a specification says nothing without its value.
    for key, value in hit.product.specifications.items():
        text = f"{key}: {specification_text(value)}"
        if all(occurs(word, stems(text if reason.isdigit() else key)) for word in sought):
            return lowered(_shortened(text))
    return quoted(reason)


def _shortened(text: str) -> str:
    text = quoted(text).rstrip(".")
    if len(text) <= _LONGEST_REASON:
        return text
    return text[:_LONGEST_REASON].rsplit(" ", 1)[0].rstrip(",;:") + " ..."


def _question(prompt: Prompt, hits: Sequence[Hit]) -> str:
    """The one question that would narrow the choice most, or that goes on from it."""
    constraints, terms = prompt.understood.constraints, prompt.understood.terms
    if prompt.understood.superlative is not None or len(hits) == 1:
        return (
            "Would you like to know more about it?"
            if len(hits) == 1
            else "Would you like to know more about one of them?"
        )
    named_only = constraints.categories and all(occurs(term, stems(" ".join(constraints.categories))) for term in terms)
    if named_only:
        return "What will you mainly use it for?"
    if constraints.price_max is None and constraints.price_min is None:
        return "Do you have a budget in mind?"
    return f"Shall I compare {'the two' if len(hits) == 2 else 'them'} for you?"  # noqa: PLR2004 - two are "the two"


# --- Near misses and nothing ---


def _near_misses(prompt: Prompt) -> str:
    shown = prompt.near_misses[:MAX_OFFERED]
    asked = described(prompt.understood.constraints, shown, prompt.last_suggestions, prompt.currency)
    if all(fulfils(hit.product, prompt.understood.constraints, prompt.currency) for hit in shown):
        asked = ""  # what it misses is nothing that was asked for by its colour or price
    if prompt.voice:
        best = shown[0]
        if unwanted := _had(best.product, prompt.understood.constraints):
            without = enumerated([quoted(term) for term in unwanted], "or")
            return f"The {named(best.product)} may not be without {without}. Shall I look for something else?"
        return (
            f"We have nothing that fits exactly. The {named(best.product)} comes close at "
            f"{price(best.product, voice=True)}{''.join(f', {miss}' for miss in _misses(best, prompt))}."
        )
    if unwanted := list(
        dict.fromkeys(term for hit in shown for term in _had(hit.product, prompt.understood.constraints))
    ):
        without = enumerated([quoted(term) for term in unwanted], "or")
        told = any(
            mention_in(hit.product, one) for hit in shown for term in unwanted for one in (term, *kinds_of(term))
        )
        lead = f"This is not without {without}; see what our product data says:"
        if not told:
            lead = f"Our product data doesn't tell that this is without {without}, so please don't count on it:"
        return reply(lead, [_near_line(hit, prompt) for hit in shown], f"Shall I look for something without {without}?")
    if (currency := prompt.understood.constraints.currency) and any(hit.product.currency != currency for hit in shown):
        asked = f"{asked}; our prices are in {shown[0].product.currency or 'USD'}"
    close = "this comes close" if len(shown) == 1 else "these come close"
    lead = (
        f"I couldn't find a match {asked}, but {close}:" if asked else f"I couldn't find an exact match, but {close}:"
    )
    return reply(lead, [_near_line(hit, prompt) for hit in shown], "Would one of these work for you?")


def _near_line(hit: Hit, prompt: Prompt) -> str:
    reasons = () if _had(hit.product, prompt.understood.constraints) else _reasons(hit)[:1]
    told = (one.rstrip(".") for one in (*_misses(hit, prompt), *reasons))
    said = [one for one in dict.fromkeys(told) if one and not instructs(one)]
    return sentence(f"{named(hit.product)} - {price(hit.product)}" + (f": {'; '.join(said)}" if said else ""))


def _misses(hit: Hit, prompt: Prompt) -> Iterator[str]:
    """What a near miss does not fulfil."""
    asked, product = prompt.understood.constraints, hit.product
    same_currency = asked.currency in (None, product.currency)
    if same_currency and asked.price_max is not None and product.price > asked.price_max:
        above = product.price - asked.price_max
        just = above <= _JUST * asked.price_max
        yield "just above your budget" if just else f"{amount(above, product, voice=prompt.voice)} above your budget"
    if same_currency and asked.price_min is not None and product.price < asked.price_min:
        yield "below the price you had in mind"
    if asked.categories and product.category not in asked.categories:
        yield f"from {quoted(product.category)}" if product.category else "from another category"
    if product.maker and asked.makers and product.maker not in asked.makers:
        yield f"made by {quoted(product.maker)}"
    if product.maker in asked.excluded_makers:
        yield f"made by {quoted(product.maker)}, which you wanted to avoid"
    for name, value in asked.attributes.items():
        if not fulfils(product, Constraints(attributes={name: value}), ""):
            unlisted = f"not listed {'in size' if is_size(name, value) else 'with'} {quoted(value)}"
            yield next((quoted(said) for said in gone_in(product.specifications) if is_gone(said, value)), unlisted)
    yield from _said_against(product, prompt)
    if not product.availability:
        yield "currently out of stock"


def _said_against(product: Product, prompt: Prompt) -> Iterator[str]:
    """What the shop itself says that speaks against a product: what must not be in it, or that it is not for them."""
    for term in _had(product, prompt.understood.constraints):
        named_so = (mention_in(product, one) for one in (*term.split(), *kinds_of(term)))
        yield _shortened(next(filter(None, named_so), "")) or (
            f"made up of several things, of which any may have {quoted(term)}"
            if is_of_several(product)
            else f"not said to be without {quoted(term)}"
        )
    said = (message.content for message in prompt.messages if message.role is Role.USER)
    for term in (*Coverage(prompt.understood).denied(product), *conditions_told(said)):
        yield _shortened(denial_in(product, term))


def _had(product: Product, asked: Constraints) -> list[str]:
    """What a product has, or may have, of that which must not be in it."""
    return [term for term in asked.excluded_terms if may_hold(product, (term,))]


def _nothing(prompt: Prompt) -> str:
    asked = prompt.understood.constraints
    if prompt.voice:
        offered = range_of(prompt.categories[:MAX_OFFERED])
        return f"I'm sorry, I couldn't find that here.{f' We do have {offered}.' if offered else ''}"
    priced = asked.price_min is not None or asked.price_max is not None
    goes_on = prompt.understood.intent is Intent.REFINE
    if (asked.categories or goes_on or asked.excluded_terms or not prompt.understood.terms) and (
        priced or asked.makers or asked.excluded_makers or asked.available_only or _special(asked)
    ):
        what = described(asked, suggested=prompt.last_suggestions, own_currency=prompt.currency)
        # Nobody is asked to do with what they must not have.
        more = "" if asked.excluded_terms else " Shall I look with fewer limits?"
        return f"I'm sorry, I found nothing {what} for that.{more}"
    nearest = _nearest(prompt)
    lead = "I'm sorry, we don't seem to carry that."
    if not nearest:
        return f"{lead} Could you describe what you need in other words?"
    return f"{lead} What we do have: {range_of(nearest)}. Would something from there help?"


def _special(asked: Constraints) -> bool:
    return bool(asked.attributes or asked.excluded_attributes or asked.excluded_terms)


def _nearest(prompt: Prompt) -> list[str]:
    """Categories by how much their names share with the question; in the brand's order where they share nothing."""
    sought = _letter_groups(" ".join(prompt.understood.terms))
    return sorted(prompt.categories, key=lambda category: -len(sought & _letter_groups(category)))


def _letter_groups(text: str) -> frozenset[str]:
    """Runs of four letters: "headset" and "Headphones" share "head"."""
    return frozenset(word[start : start + 4] for word in words(text) for start in range(max(1, len(word) - 3)))
