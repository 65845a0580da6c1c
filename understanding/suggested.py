"""Whether, and how, a message is about what was suggested, though it may not read so by itself."""

from collections.abc import Sequence

from models import Product
from needs import NEEDS, Intent, Understood
from understanding.attributes import spec_name
from understanding.coverage import product_stems
from understanding.intents import asks_of_shop
from understanding.measures import unit_named
from understanding.orders import figure_asked, figure_of
from understanding.parts import head_of
from understanding.subjects import (
    asks_for_packs,
    asks_if_needed,
    asks_of_it,
    asks_of_me,
    asks_only_when,
    is_it_good_for,
    noun_asked_of,
)
from understanding.suiting import suit_in
from understanding.words import occurs, stems, words

# What may be about the suggestions, though it names nothing that they are called.
ABOUT_THINGS = NEEDS | {Intent.UNCLEAR}

# Of so many words at most a question is that only names a figure, these among them.
_FRAGMENT = 3
_ASKING = frozenset({"what", "what's", "whats", "which", "the", "its", "and", "in"})

# What surrounds the name of a suggestion that is picked.
_PICKING = frozenset(
    {"then", "the", "one", "ok", "okay", "hm", "hmm", "please", "rather", "instead", "take", "i'll", "just"}
)


def asks_of_suggestion(question: str, said: Understood, suggested: Sequence[Product]) -> bool:
    """Whether a question is about one of the suggestions: it has, or is, what is asked of."""
    if said.intent not in ABOUT_THINGS:  # "do I need the base game for that?"
        return said.intent is Intent.ACCESSORY and bool(asks_of_me(question.lower()) and _telling(said, suggested))
    if asks_only_when(question.lower()):
        return any(not product.availability for product in suggested)
    of_one = len(suggested) == 1 and is_it_good_for(question.lower())
    of_it = asks_of_it(question.lower()) or asks_for_packs(question.lower())
    if of_one or (of_it and said.constraints.is_empty):
        return True
    noun = noun_asked_of(question.lower())
    if noun is not None:
        return any(occurs(noun, product_stems(product)) for product in suggested)
    of_me = asks_of_me(question.lower()) or asks_if_needed(question.lower())
    if of_me and said.terms and said.constraints.is_empty:  # "can I use headphones?"
        return any(all(occurs(term, product_stems(product)) for term in said.terms) for product in suggested)
    return 0 < len(words(question)) <= _FRAGMENT and _names_what_is_told(question, said, suggested)


def named_in_brief(question: str, suggested: Sequence[Product]) -> int | None:
    """The place of the suggestion that a lower-case message picks by a word or a number of its name: "then the 30"."""
    said = words(question)
    told = frozenset(word for word in said if word not in _PICKING)
    if not told or len(told) > _FRAGMENT or len(told) == len(said) or len(suggested) <= 1:
        return None  # of one none is picked
    named = [place for place, product in enumerate(suggested) if told <= stems(product.name) | set(words(product.name))]
    return named[0] if len(named) == 1 else None


def only_says_for_whom(question: str, said: Understood) -> bool:
    """Whether a message says nothing but for how many people, or of what age, something shall be."""
    suit = suit_in([question])
    return suit is not None and said.constraints.is_empty and suit.words.issuperset(said.terms)


def wanted_for(question: str, understood: Understood, suggested: Sequence[Product]) -> tuple[str, ...]:
    """What is wanted for a suggestion: "solution for the monthly lenses", once these were suggested; else none."""
    wanted = stems(head_of(question))
    terms = tuple(term for term in understood.terms if occurs(term, wanted))
    others = [term for term in understood.terms if term not in terms]
    of_them = any(occurs(term, product_stems(product)) for term in others for product in suggested)
    return terms if of_them else ()


def figure_between(question: str, said: Understood, suggested: Sequence[Product]) -> tuple[str, bool] | None:
    """The figure that a question puts the suggestions in order by, where two of them have it."""
    asked = figure_asked(question.lower())
    kinds = said.constraints.categories
    if (kinds and all(product.category not in kinds for product in suggested)) or asks_of_shop(question.lower()):
        return None  # "which phone has the most battery?", after laptops; "the lowest drop you have"
    return asked if asked and sum(figure_of(product, asked[0]) is not None for product in suggested) > 1 else None


def _names_what_is_told(question: str, said: Understood, suggested: Sequence[Product]) -> bool:
    """Whether a few words name what a suggestion says of itself ("vegan?"), or has a figure for ("refresh rate")."""
    if question.rstrip().endswith("?") and said.terms and said.constraints.is_empty and _telling(said, suggested):
        return True
    telling = (word for word in words(question.lower()) if not (word in _ASKING or unit_named(word)))
    asked = frozenset().union(*map(stems, telling))  # "weight in grams?"
    return bool(asked) and any(
        asked <= stems(spec_name(key)) for product in suggested for key in product.specifications
    )


def _telling(said: Understood, suggested: Sequence[Product]) -> tuple[str, ...]:
    """The words of a question that one of the suggestions holds, all of them; else none."""
    held = any(all(occurs(term, _told_of(product)) for term in said.terms) for product in suggested)
    return said.terms if held else ()


def _told_of(product: Product) -> frozenset[str]:
    """The stems of what a product's data says of it, beside how it and its kind are called."""
    return product_stems(product) - stems(f"{product.name} {product.category}")
