"""A message in its conversation: what is wished for now, given everything that was said before."""

from collections.abc import Iterable, Mapping, Sequence

from models import Product
from needs import Constraints, Intent, Superlative, Understood
from understanding.attributes import COLOUR, SIZE, colour_of
from understanding.changes import EVERYTHING, MAKER, PRICE
from understanding.measures import measures_in
from understanding.requirements import OR
from understanding.words import stem, stems, unique, words

# "Cheaper" is at least this much cheaper, in the currency's unit.
SMALLEST_PRICE_STEP = 0.01

_WISHES = frozenset({Intent.PRODUCT, Intent.REFINE})
BY_PRICE = frozenset({Superlative.CHEAPEST, Superlative.DEAREST})
_SIZES = frozenset({"xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "4xl", "5xl"})


def needs_context(said: Understood) -> bool:
    """Whether what a message means depends on the wishes before it."""
    return said.intent is Intent.REFINE or (said.intent is Intent.PRODUCT and (said.corrects or said.adds))


def in_context(said: Understood, earlier: Iterable[Understood], suggested: Sequence[Product]) -> Understood:
    """The message as it is meant.

    Args:
        said: the message as it reads by itself.
        earlier: the customer's messages before it, each as it reads by itself, in order.
        suggested: the products that were suggested last, to which "cheaper" refers.

    Returns:
        `said` itself unless it wishes for something; else the wish that it changes, changed, or a further one. A
        change of nothing is unclear.
    """
    if said.intent not in _WISHES:
        return said
    need: Understood | None = None
    for one in earlier:
        need = _after(need, one)
    if said.intent is Intent.PRODUCT:
        return _after_wish(need, said)
    limited = relative_to(suggested, said)
    if need:
        return refined(need, limited, stepwise=limited is not said)
    said = limited
    asks_nothing = not said.terms and said.constraints.is_empty and said.superlative is None
    return said.model_copy(update={"intent": Intent.UNCLEAR}) if asks_nothing else said


def _after(need: Understood | None, said: Understood) -> Understood | None:
    """The wish after one more message."""
    if said.intent is Intent.RESTART:
        return _all_but_allergies(need)
    if said.intent is Intent.PRODUCT:
        return _after_wish(need, said)
    if said.lasting and said.intent is not Intent.REFINE:  # "I'm allergic to nuts", and nothing else
        return _after_wish(
            need, Understood(intent=Intent.PRODUCT, constraints=said.constraints, lasting=True, adds=True)
        )
    if said.intent is Intent.ACCESSORY and (said.terms or said.constraints.categories):
        return said  # "which sauce goes with it?" is a wish for a sauce
    return refined(need, said) if said.intent is Intent.REFINE and need else need


def _all_but_allergies(need: Understood | None) -> Understood | None:
    """What stays of a wish when somebody starts over."""
    if need is None or not need.lasting:
        return None
    unwanted = Constraints(excluded_terms=need.constraints.excluded_terms)
    return Understood(intent=Intent.PRODUCT, constraints=unwanted, lasting=True)


def _after_wish(need: Understood | None, said: Understood) -> Understood:
    """A further wish. Where it joins on, and for an allergy, it excludes what the one before excluded."""
    if need is None:
        return said
    wish = _succeeding(need, said) if said.corrects else said
    if not (need.lasting or said.adds):
        return wish
    unwanted = unique((*need.constraints.excluded_terms, *wish.constraints.excluded_terms))
    constraints = wish.constraints.model_copy(update={"excluded_terms": unwanted})
    return wish.model_copy(update={"constraints": constraints, "lasting": need.lasting or wish.lasting})


def _succeeding(need: Understood, said: Understood) -> Understood:
    """A new wish in the stead of another: of the old one only what the customer wants to spend goes on."""
    if EVERYTHING in said.withdrawn or PRICE in said.withdrawn:
        return said
    asked, before = said.constraints, need.constraints
    if asked.categories == before.categories if asked.categories else not said.terms:
        return refined(need, said)  # "I meant under 50", "I meant laptops for students": the same things
    if asked.price_min is not None or asked.price_max is not None:
        return said
    prices = {"price_min": before.price_min, "price_max": before.price_max, "currency": before.currency}
    return said.model_copy(update={"constraints": asked.model_copy(update=prices)})


def relative_to(suggested: Sequence[Product], said: Understood) -> Understood:
    """Read "something cheaper" as cheaper than all that was suggested, and "more expensive" likewise."""
    if said.superlative not in BY_PRICE or not suggested:
        return said
    currency = suggested[0].currency
    prices = [product.price for product in suggested if product.currency == currency]
    limit: dict[str, float | str | None]
    if said.superlative is Superlative.CHEAPEST:
        limit = {"price_max": min(prices) - SMALLEST_PRICE_STEP, "currency": currency}
    else:
        limit = {"price_min": max(prices) + SMALLEST_PRICE_STEP, "currency": currency}
    constraints = said.constraints.model_copy(update=limit)
    return said.model_copy(update={"constraints": constraints, "superlative": None})


def is_step_below(limit: float, product: Product) -> bool:
    """Whether a limit was reckoned from the price of this product: "cheaper"."""
    return round(product.price - SMALLEST_PRICE_STEP, 2) == round(limit, 2)


def refined(need: Understood, said: Understood, *, stepwise: bool = False) -> Understood:
    """A wish, changed by what was said later: what contradicts it goes, a price is replaced, the rest stays.

    Args:
        need: the wish.
        said: what changes it.
        stepwise: its price limit was reckoned from what was suggested ("cheaper"), and leaves the other one.
    """
    kept = _without(need, said.withdrawn)
    constraints = _merged(kept.constraints, said, stepwise=stepwise)
    now = (*constraints.makers, *constraints.categories)
    before = (*kept.constraints.makers, *kept.constraints.categories)
    past = stems(" ".join(name for name in before if name not in now)) - stems(" ".join(now))
    past |= stems(" ".join(said.constraints.excluded_terms))
    terms = (*(term for term in kept.terms if stem(term) not in past), *said.terms)
    return kept.model_copy(
        update={
            "intent": Intent.REFINE,
            "terms": unique(terms),
            "constraints": constraints,
            "superlative": said.superlative or kept.superlative,
            "ordinals": (),
            "lasting": need.lasting or said.lasting,
            "negates": need.negates or said.negates,
            "corrections": said.corrections or kept.corrections,
            "language": said.language,
        }
    )


# --- Constraints ---


def _merged(before: Constraints, said: Understood, *, stepwise: bool) -> Constraints:
    now = said.constraints
    affirmed = stems(" ".join(said.terms))
    return before.model_copy(
        update={
            **_prices(before, now, stepwise=stepwise),
            "categories": now.categories
            or tuple(name for name in before.categories if name not in now.excluded_categories),
            "excluded_categories": _listed(before.excluded_categories, now.excluded_categories, now.categories),
            "makers": now.makers or tuple(name for name in before.makers if name not in now.excluded_makers),
            "excluded_makers": _listed(before.excluded_makers, now.excluded_makers, now.makers),
            "attributes": {**_unlike(before.attributes, (now.attributes, now.excluded_attributes)), **now.attributes},
            "excluded_attributes": {
                **_unlike(before.excluded_attributes, (now.excluded_attributes, now.attributes)),
                **now.excluded_attributes,
            },
            "excluded_terms": unique(
                term
                for term in (*before.excluded_terms, *now.excluded_terms)
                if term in now.excluded_terms or not stems(term) <= affirmed
            ),
            "available_only": before.available_only or now.available_only,
        }
    )


def _listed(before: Sequence[str], now: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    return unique(name for name in (*before, *now) if name not in wanted)


def _prices(before: Constraints, now: Constraints, *, stepwise: bool) -> dict[str, float | str | None]:
    """What is to be spent now: a new price replaces the old one; two that limit different sides hold together."""
    low, high = now.price_min, now.price_max
    if low is None and high is None:
        return {}
    two_sided = before.price_min is not None and before.price_max is not None
    alike = now.currency in (None, before.currency) or (stepwise and before.currency is None)
    if alike and (stepwise or not two_sided):
        if low is None and high is not None and before.price_min is not None and before.price_min < high:
            low = before.price_min
        elif high is None and low is not None and before.price_max is not None and low < before.price_max:
            high = before.price_max
        currency = now.currency or (before.currency if stepwise else None)
        return {"price_min": low, "price_max": high, "currency": currency}
    return {"price_min": low, "price_max": high, "currency": now.currency}


def _unlike(before: Mapping[str, str], others: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Those attributes that nothing new is said about."""
    new = [(name, _kind(name, value)) for other in others for name, value in other.items()]
    return {
        name: value
        for name, value in before.items()
        if not any(_same_subject((name, _kind(name, value)), one) for one in new)
    }


def _same_subject(first: tuple[str, str], second: tuple[str, str]) -> bool:
    if first[1] != second[1]:
        return False
    return first[1] in {COLOUR, SIZE} or not set(OR.split(first[0])).isdisjoint(OR.split(second[0]))


def _kind(name: str, value: str) -> str:
    """What an attribute is of: a colour, a size, a dimension; its name's first word when that cannot be told."""
    said = words(value)
    if any(colour_of(word) for word in said):
        return COLOUR
    if measure := next(measures_in(value), None):
        return measure.dimension
    return SIZE if is_size(name, value) else ""


def is_size(name: str, value: str) -> bool:
    """Whether an attribute that was asked for is a size, of clothes say."""
    said = words(value)
    return bool(said) and (said[0] in _SIZES or "size" in stems(name))


# --- What is taken back ---


def _without(need: Understood, withdrawn: Iterable[str]) -> Understood:
    for what in withdrawn:
        need = _without_one(need, what)
    return need


def _without_one(need: Understood, what: str) -> Understood:
    asked = need.constraints
    if what == PRICE:
        gone: dict[str, object] = {"price_min": None, "price_max": None, "currency": None}
        cheapest_first = need.superlative in BY_PRICE
        need = need.model_copy(update={"superlative": None}) if cheapest_first else need
    elif what == MAKER:
        gone = {"makers": (), "excluded_makers": ()}
    else:
        gone = {
            "attributes": _not_about(asked.attributes, what),
            "excluded_attributes": _not_about(asked.excluded_attributes, what),
            "excluded_terms": tuple(term for term in asked.excluded_terms if stem(what) not in stems(term)),
            "makers": tuple(name for name in asked.makers if stem(what) not in stems(name)),
            "excluded_makers": tuple(name for name in asked.excluded_makers if stem(what) not in stems(name)),
        }
        need = need.model_copy(update={"terms": tuple(term for term in need.terms if stem(term) != stem(what))})
    if what == MAKER:
        names = stems(" ".join(asked.makers))
        need = need.model_copy(update={"terms": tuple(term for term in need.terms if stem(term) not in names)})
    return need.model_copy(update={"constraints": asked.model_copy(update=gone)})


def _not_about(attributes: Mapping[str, str], what: str) -> dict[str, str]:
    return {
        name: value
        for name, value in attributes.items()
        if _kind(name, value) != what and stem(what) not in stems(f"{name} {value}")
    }
