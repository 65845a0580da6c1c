"""What goes with a product: how customers ask for it, and what the shop's own data says of it."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from models import Product
from needs import Constraints, Intent, Understood
from understanding.attributes import attributes_of, spec_name, specification_text
from understanding.coverage import said_in
from understanding.meant import called, meant_of
from understanding.measures import measures_in
from understanding.references import read_ordinals
from understanding.words import STOPWORDS, content_words, has_digit, plain, stem, stems, unique, word_set, words

_THING = (
    r"(?:it|this|that|them|these|those|this one|that one|one of them|(?:the|that|this|these|those|my|your) "
    r"[\w' -]{2,40})"
)
_FITS = (
    r"(?:go|goes|going|match|matches|matching|fit|fits|fitting|pair|pairs|suit|suits|combine|combines|wear|"
    r"complement|complements)"
)

_asks = re.compile(
    rf"\b(?:what|which|anything|something|somewhat|nothing)\b.{{0,40}}\b{_FITS}\b(?: (?:well|nicely|best|"
    rf"good))?(?: together)?"
    rf" (?:with|to)?\b ?{_THING}|\b(?:looks?|works?) (?:good|nice|well|great|best) with {_THING}|"
    r"\b(?:do|does|will|would|should|might) (?:i|we|you|he|she|they|it) (?:also )?need (?:anything|something|"
    r"other things|more)(?: else)?\b|"
    r"\bwhat else (?:do|should|would|will|might|can) i (?:need|buy|get|take|add|want)\b|"
    r"\bwhat (?:do|should|would) i (?:also )?need (?:with|for|to)\b.{0,30}\b(?:it|this|that|them)\b|"
    r"\b(?:any|some|the|other|which|what|matching|suitable)? ?(?:add-?ons?|extras|accessor(?:y|ies))\b|"
    rf"\b(?:go|goes|match|fit|pair) (?:well )?with {_THING}",
    re.IGNORECASE,
).search
_for_it = re.compile(
    r"\b(?P<kind>[^\W\d_][\w'-]{1,30})(?: that)? (?:for|to go with|to match|goes with|fits|matching|compatible "
    r"with|to fit|"
    r"that goes with|that fits) (?:it|this|that|them|these|those|this one|that one|the (?:first|second|third|fourth|"
    r"last)(?: one)?)\W*$",
    re.IGNORECASE,
).search
# "How much for it" asks for no accessory.
_NO_KIND = word_set(
    """much price cost pay use used reviews review rating reason name word warranty guarantee manual instructions
    size sizes colour color colours colors weight one ones something anything ask looking look need made good
    better best right not only just enough available stock order delivery well perfect suitable ideal option
    way time day model sale what compare people thanks thank you sorry"""
)
# Words that only say that one thing goes with another.
_LINKING = word_set(
    """accessory accessories go goes going match matches matching fit fits fitting pair pairs suit suits combine
    combines wear complement complements addon addons add-on add-ons extra extras together suitable compatible
    well nicely"""
)

# Names of specifications by which one thing is made for another; a weight or a colour that two share tells nothing.
_JOINING = re.compile(
    r"connect|plug|socket|mount|thread|interface|diameter|voltage|compatib|fitting|(?:\w size)|bayonet|mattress|fits"
)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_FEWEST_NAMED = 2  # words of a product's name, beside its kind, that a text must hold to mean it
_MOST_NAME_WORDS = 6
_SHORTEST_KIND = 4  # letters
_SIZE_REACH = 24  # characters in which a size stands before the kind: "our 10 inch cast iron skillet"
_SIZES = frozenset({"length", "volume"})


class Mention(NamedTuple):
    """Where a product's data speaks of another.

    Attributes:
        strength: the higher, the closer it speaks of it.
        where: "feature", "specification", "name" or "description".
        text: the feature or specification, as the shop wrote it; else the words that name the other product.
    """

    strength: int
    where: str
    text: str


def asks_for_accessory(text: str, terms: Sequence[str]) -> bool:
    """Whether a lower-case message asks what goes with something that was suggested."""
    if match := _asks(text):
        bare = "accessor" not in match[0] and "extra" not in match[0] and "add" not in match[0]
        return bare or all(term in _LINKING for term in terms) or _for_it(text) is not None
    named = _for_it(text)
    return (
        named is not None and named["kind"] not in _NO_KIND and any(stem(term) == stem(named["kind"]) for term in terms)
    )


_TARGET = re.compile(
    r"\b(?:with|for|to|match|fits?|suits?) (?:that|this|these|those|the|my) (?P<target>[\w][\w '-]{1,60}?)\W*$",
    re.IGNORECASE,
)


def target_of(text: str) -> str:
    """What an accessory shall go with, where a message ends in its name: "dress" of "to wear with that dress"."""
    match = _TARGET.search(text)
    return match["target"] if match and not read_ordinals(f"the {match['target']}")[0] else ""


def kind_asked(terms: Sequence[str]) -> tuple[str, ...]:
    """The words that say what the accessory shall be; none in "what goes with it?"."""
    return tuple(term for term in terms if term not in _LINKING)


def needs_for(anchor: Product, said: Understood) -> list[Understood]:
    """What to search for, each by itself, to find what goes with a product."""
    kind = kind_for(anchor, said)
    categories = tuple(name for name in said.constraints.categories if name != anchor.category)
    apart = (anchor.category,) if anchor.category else ()
    within = said.constraints.model_copy(
        update={"categories": categories, "excluded_categories": () if categories else apart}
    )
    free = Constraints(excluded_categories=apart)
    named = tuple(words(anchor.category))
    searches = []
    if kind or categories:
        searches += [(kind, within), ((*kind, *named), within)]
    else:
        searches += [(named, free), (tuple(content_words(anchor.name)[:_MOST_NAME_WORDS]), free)]
        searches += [((value,), free) for value in _joints(anchor)][:2]
    return [
        Understood(intent=Intent.PRODUCT, terms=unique(terms), constraints=constraints, keywords=True)
        for terms, constraints in searches
        if terms or constraints.categories
    ]


def _joints(product: Product) -> Iterator[str]:
    """The values by which other things fit a product: "29 inch", "USB-C"."""
    for key, value in product.specifications.items():
        if _JOINING.search(spec_name(key)):
            yield from words(specification_text(value))[:2]


def anchor_of(said: Understood, suggested: Sequence[Product], before: Sequence[Product] = ()) -> Product | None:
    """The suggestion for which an accessory is wanted; None when none can be meant.

    It is what is named by place or by name; else, of those that are not of the kind asked for, what most of the others
    speak of: where a bike's locks were suggested last, "a pump for it" means the bike.

    Args:
        said: the message.
        suggested: what was suggested last.
        before: what was suggested before that, the latest first.
    """
    if said.ordinals:
        return next(iter(meant_of(said, suggested)), None)
    target = [word for word in words(" ".join(said.compared)) if stem(word) not in STOPWORDS]
    for product in (*suggested, *before) if target else ():
        if all(stem(word) in stems(f"{product.name} {product.category}") for word in target):
            return product
    kind = kind_asked(said.terms)
    others = [
        product for product in (*suggested, *before) if not is_of_kind(product, kind, said.constraints.categories)
    ]
    candidates = called(kind, others) or others or list(suggested)
    spoken_of = {one.id: sum(mention(other, one) is not None for other in suggested) for one in candidates}
    return max(candidates, key=lambda one: spoken_of[one.id], default=None)


def kind_for(anchor: Product, said: Understood) -> tuple[str, ...]:
    """The words that say what the accessory shall be, without those that only name what it is for."""
    own = stems(f"{anchor.name} {anchor.category}")
    return tuple(term for term in kind_asked(said.terms) if stem(term) not in own)


def is_of_kind(product: Product, kind: Sequence[str], categories: Sequence[str]) -> bool:
    """Whether a product is what the customer calls the accessory: by its category, or by a word of its name."""
    if categories:
        return product.category in categories
    return bool(kind) and stem(kind[-1]) in stems(f"{product.name} {product.category}")


def mention(accessory: Product, anchor: Product) -> Mention | None:
    """What an accessory's own data says of a product; None when it does not, or is the same thing."""
    if accessory.id == anchor.id or _same_sort(accessory, anchor):
        return None
    told = list(_telling(accessory))
    for strength, speaks in ((3, _names_it), (2, _names_its_kind)):
        for where, text, shown in told:
            if speaks is _names_it and where == "name" and accessory.maker == anchor.maker:
                continue  # two things of one line share words of their names
            if found := speaks(text, anchor):
                return Mention(strength, where, shown or found)
    if shared := _shared(accessory, anchor):
        return Mention(2, "specification", ": ".join(shared))
    maker = words(anchor.maker)
    for where, text, shown in told[1:]:
        if maker and anchor.maker != accessory.maker and (found := said_in(maker, text) or ""):
            return Mention(1, where, shown or found)
    return None


def _same_sort(first: Product, second: Product) -> bool:
    """Whether the last words of their categories, or of their names, are the same: two bikes are no accessories."""
    if first.category and first.category == second.category:
        return True
    ends = [{_last_word(one.name), _last_word(one.category)} - {""} for one in (first, second)]
    return not ends[0].isdisjoint(ends[1])


def _last_word(text: str) -> str:
    """The stem of the last word that is no number: what a name says that a thing is."""
    return next((stem(word) for word in reversed(words(text)) if word.isalpha()), "")


def _telling(product: Product) -> Iterator[tuple[str, str, str]]:
    """Where a product's texts stand, each as it is searched, and what is shown: of name and description nothing."""
    yield "name", product.name, ""
    for feature in product.features:
        yield "feature", feature, feature
    for key, value in product.specifications.items():
        if text := specification_text(value):
            yield "specification", f"{key} {text}", f"{key}: {text}"
    yield "description", product.description, ""


def _names_it(text: str, anchor: Product) -> str:
    kind = stems(anchor.category)
    distinct = [word for word in content_words(plain(anchor.name)) if stem(word) not in kind]
    found = stems(text)
    held = [word for word in distinct if stem(word) in found]
    # The first word is mostly the maker's, or the one that no other product has.
    enough = len(held) >= max(_FEWEST_NAMED, len(distinct) - 1) and held[0] == distinct[0]
    numbered = [word for word in distinct if has_digit(word)]  # the 10 inch skillet is not the 8 inch one
    return anchor.name if enough and all(word in held for word in numbered) else ""


def _names_its_kind(text: str, anchor: Product) -> str:
    """How a text calls the kind of a product; empty when it only speaks of those of another size."""
    found = _kind_in(text, anchor)
    before = plain(text).lower().partition(found.lower())[0][-_SIZE_REACH:] if found else ""
    sized = [one for one in measures_in(before) if one.dimension in _SIZES]
    own = [one for one in attributes_of(anchor.specifications, anchor.features, anchor.name) if one.kind in _SIZES]
    other = sized and own and all(one.value not in {mine.value for mine in own} for one in sized)
    return "" if other else found


def _kind_in(text: str, anchor: Product) -> str:
    parts = [words(part) for part in re.split(r"[&/,>|+]| and ", plain(anchor.category))]
    if found := next((found for part in parts if part and (found := said_in(part, text))), ""):
        return found
    # The last word of the name says what it is, in shops whose categories are wide: "Spaghetti", "Dining Table".
    last = [word for word in words(anchor.name) if word.isalpha()][-1:]
    return (said_in(last, text) or "") if last and len(last[0]) >= _SHORTEST_KIND else ""


def _shared(accessory: Product, anchor: Product) -> tuple[str, str] | None:
    """A specification that joins things and that both state alike."""
    of_anchor = {spec_name(key): specification_text(value) for key, value in anchor.specifications.items()}
    for key, value in accessory.specifications.items():
        name, text = spec_name(key), specification_text(value)
        if _JOINING.search(name) and text and _alike(text, of_anchor.get(name, "")):
            return key, text
    return None


def _alike(first: str, second: str) -> bool:
    """Whether two values are the same, units aside; of "160 x 200 cm" every number counts."""
    if not second:
        return False
    measured = [[one.value for one in measures_in(plain(text))] for text in (first, second)]
    numbers = [_NUMBER.findall(text) for text in (first, second)]
    single = all(len(one) == 1 for one in numbers)
    return words(first) == words(second) or (
        bool(measured[0]) and measured[0] == measured[1] and (single or numbers[0] == numbers[1])
    )
