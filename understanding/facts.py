"""A product as a set of facts, each one token: what exact filters on attributes and on what is unwanted test.

Five kinds of tokens, without blanks, of letters, digits and `= : # .`:

- `memory=#16gb`: the specification of that name holds this measure;
- `material=oak`: its value holds this word, or is these words written as one (`colour=darkred`);
- `has:touchscreen`: the product says, and does not deny, this word (by its stem) or these two words next to each
  other. "Touch screen" and "touch-screen" give `has:touchscreen` too. Of a description, single words only;
- `may:caffein`: a specification of that name says nothing ("N/A"), or the shop warns the allergic of it;
- `is:lamp`: such a thing the product is, by what its name says (`understanding/heads.py`).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, pairwise

from models import Product
from understanding.affirmations import ABSENT, affirmed_in, bare_name, may_deny, split
from understanding.attributes import (
    UNNAMED,
    Attribute,
    attributes_of,
    had_measures,
    of_specification,
    specification_text,
    stocked,
)
from understanding.heads import heads
from understanding.measures import measures_in
from understanding.words import STOPWORDS, WORD, plain, stem, words

MAX_FACTS = 1_200  # of one product
_MAX_WARNED = 24  # things that a shop warns the allergic of
_LONGEST_TEXT = 600  # characters of one specification's value that are read as a value
_LONGEST_WORD = 60  # of a description; longer ones are noise
_LONGEST_VALUE = 60  # characters of a value that is a fact as a whole
_MAX_VALUE_WORDS = 60

_PRESENT = re.compile(r"(?:yes|true|included|available)\W*", re.IGNORECASE)

_PUNCTUATION = re.compile(r"[\W_]+")

# "Oat milk" is none.
_MILK, _PLANTS = (
    "milk",
    frozenset({"oat", "soy", "soya", "almond", "coconut", "rice", "hazelnut", "cashew", "pea", "hemp"}),
)

# A dash is how many shops write "none".
_LEFT_OPEN = re.compile(r"\W*(?:n/?a|tb[acd]|unknown|not (?:known|stated|given|specified))\W*", re.IGNORECASE)
# "Caffeine: N/A" says neither that it is in it nor that it is not.
_HAS, _MAY_HAVE, _IS = "has:", "may:", "is:"

_FOR_NO_ALLERGIES = re.compile(
    r"\ballerg(?:ic|y|ies) to (?P<to>[\w' -]{2,40}(?:, [\w' -]{2,20}){0,4})|"
    r"\bnot (?:suitable )?for (?:people with )?(?:an? )?"
    r"(?:(?P<of>(?!people|those|anyone|persons?|customers?|users?)\w+) allerg|(?P<coeliac>co?eliac))",
    re.IGNORECASE,
)
_speaks_of_allergies = re.compile(r"allerg|eliac", re.IGNORECASE).search
# Where a shop does not say that it is free of lactose, what is of milk has some.
_LACTOSE = "lactose"
_OF_MILK = frozenset({"has:milk", "has:whey", "has:casein", "has:chees", "has:cream", "has:buttermilk"})

_NO_CLAIM = frozenset({"has:"})  # of a word that has no letters

NEVER = "="  # a fact that no product has


@lru_cache(maxsize=32_768)
def squeezed(text: str) -> str:
    """A text without case, blanks and punctuation: names and whole values are compared in this form."""
    return _PUNCTUATION.sub("", plain(text).lower())


def facts_of(product: Product, attributes: Iterable[Attribute] | None = None) -> frozenset[str]:
    """All facts of a product, at most `MAX_FACTS` and what it leaves open; its attributes, where they are known."""
    if attributes is None:
        attributes = attributes_of(product.specifications, product.features, product.name)
    # What is cut off at the end must not be what says most: the name and the category come first.
    said = [*_claims(product.name), *_claims(product.category)]
    for key, value in product.specifications.items():
        said += _of_specification(key, specification_text(value))
    found = dict.fromkeys(said)
    for attribute in attributes:
        if attribute.name in UNNAMED:
            found[_valued(attribute.name, attribute.value, measured=attribute.number is not None)] = None
    for text in product.features:
        if len(found) >= MAX_FACTS:
            break
        found.update(dict.fromkeys(_claims(text)))
    if product.description and len(found) < MAX_FACTS:
        claims = _claimed_in_passing(product.description)
        # In one order in every process, where some are cut off.
        found.update(dict.fromkeys(claims if len(found) + len(claims) <= MAX_FACTS else sorted(claims)))
    said_or_open = {*list(found)[:MAX_FACTS], *islice(_warned_of(product), _MAX_WARNED)}
    if not _OF_MILK.isdisjoint(said_or_open):
        said_or_open.add(f"{_MAY_HAVE}{_squeezed_stem(_LACTOSE)}")
    open_ones = {fact for fact in said_or_open if fact.startswith(_MAY_HAVE)}
    # "Caffeine: N/A", of what is "caffeine free".
    unsaid = {one for one in open_ones if says_without(product, one.removeprefix(_MAY_HAVE))}
    return frozenset(said_or_open - unsaid).union(map(thing, heads(product.name)))


def thing(word: str) -> str:
    """The fact that a product is such a thing, by what its name says."""
    return f"{_IS}{_squeezed_stem(word)}"


def _warned_of(product: Product) -> Iterator[str]:
    """What a shop warns the allergic of, and need not be in it: "don't use on people allergic to acrylates"."""
    for text in filter(_speaks_of_allergies, (*product.features, product.description)):
        for match in _FOR_NO_ALLERGIES.finditer(plain(text)):
            named = match["to"] or match["of"] or ("gluten" if match["coeliac"] else "")
            yield from (f"{_MAY_HAVE}{_squeezed_stem(word)}" for word in words(named) if word not in STOPWORDS)


@lru_cache(maxsize=16_384)
def _of_specification(key: str, text: str) -> tuple[str, ...]:
    name = squeezed(key)
    if not name:
        return ()
    found = [
        _valued(name, attribute.value, measured=attribute.number is not None)
        for attribute in of_specification(key, text)
    ]
    text = stocked(text[:_LONGEST_TEXT])
    read = plain(text)
    for start, end in reversed([(measure.start, measure.end) for measure in measures_in(read)]):
        read = f"{read[:start]} {read[end:]}"
    found += [f"{name}={part}" for part in _value_parts(read)[:_MAX_VALUE_WORDS]]
    if len(text) <= _LONGEST_VALUE and (whole := squeezed(text)):
        found.append(f"{name}={whole}")
    return tuple(dict.fromkeys((*found, *_claimed_by(key, text))))


def _value_parts(text: str) -> list[str]:
    """The words of a value, the parts of hyphenated ones besides."""
    found = words(text)
    if "-" in text:
        found = [part for word in found for part in dict.fromkeys((word, *word.split("-")))]
    return list(filter(None, map(squeezed, found)))


def _claimed_by(key: str, text: str) -> tuple[str, ...]:
    """What a specification says that the product has: its name unless the value denies it, and what the value says."""
    of_name = _claims(bare_name(key))
    if _LEFT_OPEN.fullmatch(text):
        return tuple(one.replace(_HAS, _MAY_HAVE) for one in of_name)
    if not text or ABSENT.fullmatch(text):
        return ()
    if _PRESENT.fullmatch(text):
        return of_name
    name = bare_name(key)
    # "Rennet: animal" has animal rennet.
    joined = _claims(f"{text} {name}")[-1:] if text.isalpha() and name.isalpha() else ()
    return (*of_name, *_claims(text), *joined)


@lru_cache(maxsize=16_384)
def _claims(text: str) -> tuple[str, ...]:
    """The `has:` facts of one text."""
    found: list[str] = []
    for affirmed in affirmed_in(text):
        before = ""
        for word in map(_squeezed_stem, affirmed):
            if word and not (word == _MILK and before in _PLANTS):
                found.append(f"has:{word}")
            if word and before:
                found.append(f"has:{before}{word}")
            before = word
    return tuple(dict.fromkeys(found))


def _claimed_in_passing(text: str) -> set[str]:
    """The `has:` facts of a long text: of single words only, or each description would double a product's facts."""
    text = plain(text).lower()
    said: set[str] = set(WORD.findall(text))
    joined = [word for word in said if "-" in word] if "-" in text else []
    said.update([part for word in joined for part in word.split("-")])
    if may_deny(said, text):
        said = {word for affirmed in affirmed_in(text) for word in affirmed}
        said.update([word for word in joined if said.issuperset(word.split("-"))])
    return {_claim(word) for word in said - STOPWORDS if len(word) <= _LONGEST_WORD} - _NO_CLAIM


@lru_cache(maxsize=32_768)
def _claim(word: str) -> str:
    return f"has:{_squeezed_stem(word)}"


@lru_cache(maxsize=32_768)
def _squeezed_stem(word: str) -> str:
    return squeezed(stem(word))


def _valued(name: str, value: str, *, measured: bool) -> str:
    return f"{squeezed(name)}={'#' if measured else ''}{value if measured else squeezed(value)}"


def says_without(product: Product, term: str) -> bool:
    """Whether a shop says that a product does not have what a lower-case word names: "grain-free", "without grain"."""
    absent = _absence_of(stem(term))
    specifications = (f"{key}: {specification_text(value)}" for key, value in product.specifications.items())
    texts = (product.name, *product.features, *specifications, product.description)
    return any(absent.search(plain(text).lower()) for text in texts)


@lru_cache(maxsize=512)
def _absence_of(stemmed: str) -> re.Pattern[str]:
    named = rf"{re.escape(stemmed)}\w*"
    return re.compile(
        rf"\b{named}[- ]free\b|\b{named}: ?(?:no|none|free|0)\b|"
        rf"\b(?:free (?:of|from)|without|no|non|zero)[- ](?:[\w-]+ (?:or |and )?){{0,2}}{named}"
    )


# --- What a filter asks for, in the same tokens ---


def facts_for(name: str, value: str) -> tuple[tuple[str, ...], ...]:
    """Sets of facts, of which a product must have one whole to hold `value` in the specification `name`."""
    name = squeezed(name)
    read = plain(value[:_LONGEST_TEXT])
    measures = list(had_measures(read))
    rest = read
    for measure in reversed(measures):
        rest = f"{rest[: measure.start]} {rest[measure.end :]}"
    parts = [f"{name}=#{measure.value}" for measure in measures]
    parts += [f"{name}={squeezed(word)}" for word in words(rest) if squeezed(word)]
    whole = squeezed(value)
    if not name or not whole:
        return ((NEVER,),)
    alternatives = dict.fromkeys((tuple(dict.fromkeys(parts[:_MAX_VALUE_WORDS])), (f"{name}={whole}",)))
    return tuple(one for one in alternatives if one)


def doubts_for(term: str) -> tuple[str, ...]:
    """The facts that a product together has whose shop leaves open whether it has what `term` names."""
    return tuple(one.replace(_HAS, _MAY_HAVE) for one in claims_for(term))


def claims_for(term: str) -> tuple[str, ...]:
    """The facts that a product which has what `term` names has together."""
    found = [one for one in (squeezed(stem(word)) for word in split(plain(term))) if one]
    if len(found) < 2:  # noqa: PLR2004 - a single word has no neighbour
        return tuple(f"has:{one}" for one in found) or (NEVER,)
    return tuple(f"has:{first}{second}" for first, second in pairwise(found))
