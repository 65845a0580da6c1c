"""What a product must fulfil, read out of a customer's words: prices, categories, makers, being in stock."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from needs import Constraints, Vocabulary
from understanding.attribute_words import as_constraint, read_attributes
from understanding.denials import read_denials
from understanding.prices import MASK, read_prices
from understanding.sentences import (
    ALTERNATIVES,
    DETERMINERS,
    Found,
    Sentence,
    describes,
    goes_on_listing,
    is_head,
    negated,
    phrase_start,
    refuses,
    sentence_of,
)
from understanding.words import UNFIT, plain, stem, tokens, unique, word_set, words

_LONGEST_NAME = 6  # words; longer category or maker names are matched by nobody typing

_IN_STOCK = re.compile(
    r"(?<!out )\b(?:(?:only|that (?:is|are)|which (?:is|are)|currently|immediately|right now)\s+)?"
    r"(?:in stock|available (?:now|today|immediately|right now|straight away)|(?:currently|immediately) available|"
    r"ready to ship|you (?:actually|really|currently) have)\b",
    re.IGNORECASE,
)
_ASKS_OR_DENIES = re.compile(
    r"\s*(?:(?:is|are|was|will|when|isn't|aren't|isnt|arent)\b(?! there)|(?:.*\b)?(?:not|isn't|aren't|isnt|arent)\s*$)",
    re.IGNORECASE,
)
_CAN_BE_HAD = re.compile(
    r"\b(?:that|which) (?:is|are) available\b(?! (?:in|for|at|from|with|as|on|to|until|only|when|again)\b)",
    re.IGNORECASE,
)
# "Available laptops", "the available ones"; not "is it available", nor "available memory slots".
_AVAILABLE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bbe )(?<!\bit )(?<!\bthey )\bavailable(?P<behind>(?: [^\W\d_][\w'-]{0,30}){1,3})",
    re.IGNORECASE,
)
_ANYTHING = word_set("one ones product products item items model models option options")

# Words that are verbs too: "stop my", "hang a", with an object; "what to wear", "something to drink".
_VERBS_TOO = word_set(
    """stop hang drink wear watch cover store clean cook dress pack hold charge mount plant paint light iron brush pump
    drill lock print scan play rest fix wash dry heat cool cut seal file frame tie clip"""
)
_OBJECTS = word_set("a an the my our your his her their its it them him me us")
_BEFORE_VERBS = frozenset({"", *word_set("to can i we you please and then")})
_TO_DO = word_set("what something anything nothing things thing how where need want like have got used able")
_BESIDE_MAKER = word_set("from by want like made of brand be buy") | DETERMINERS
_NON = re.compile(r"(?<![\w-])non[- ](?=\w)", re.IGNORECASE)
_LONGEST_MAKER = 80  # characters looked at behind "non-"

# First parts of compound words whose second part still names the thing; a headphone is no phone.
_COMPOUNDING = (
    "smart", "mini", "micro", "ultra", "super", "electro", "auto", "multi",
    "house", "garden", "hand", "sun", "swim", "foot", "arm", "wall", "bed", "wood", "work", "rain", "bath", "table",
    "night", "eye",
)  # fmt: skip
_SHORTEST_HEAD = 4  # letters of that second part
_NO_SECOND_PARTS = frozenset({"wear"})  # footwear and nightwear are not what somebody means to wear
# What stands last in the names of categories and alone names no kind of thing.
_NO_HEADS = word_set(
    "home care office living life travel school gaming men women kids baby work outdoor indoor sale new other more"
)


class _Names(NamedTuple):
    """A vocabulary as it is looked up.

    Attributes:
        categories: stems of a category's name, or of one of the names it joins ("Bags & Luggage"), to categories.
        makers: the words of a maker's name, to the maker.
        firsts: every first element of those keys: where no name begins, nothing is looked up.
    """

    categories: Mapping[tuple[str, ...], tuple[str, ...]]
    makers: Mapping[tuple[str, ...], str]
    firsts: frozenset[str]


class Constrained(NamedTuple):
    """What was read.

    Attributes:
        constraints: what a product must fulfil.
        rest: the text without prices, limits on measures, "in stock" and what is to be excluded. The names of
            categories and makers stay, because they are also good words to search by.
        attribute_words: lower-case words of the rest that became attributes. A search leaves them out: every hit
            fulfils them, and shops spell them in many ways ("16 GB", "16GB").
    """

    constraints: Constraints
    rest: str
    attribute_words: frozenset[str]


def read_constraints(text: str, vocabulary: Vocabulary) -> Constrained:
    """Read what a product must fulfil.

    Args:
        text: the customer's words, any Unicode.
        vocabulary: the names that the brand's catalogue gives to things.
    """
    prices, text = read_prices(plain(text), vocabulary)
    names = _names_of(vocabulary)
    available, text = _read_availability(_spelled_out(text, names), names)
    sentence = sentence_of(text)
    categories, makers = _find(sentence, names, text)
    wanted, unwanted_makers = _split_makers(sentence, makers)
    sought, unwanted_categories = _split_categories(sentence, categories, makers, vocabulary.goods)
    sought = _narrowed(sought, sentence)
    unwanted = [*unwanted_makers, *unwanted_categories]
    text = _masked(text, ((sentence.tokens[one.first].start, sentence.tokens[one.last].end) for one in unwanted))
    wishes = read_attributes(text, sentence, (*makers, *categories), vocabulary)
    asked = [wish for wish in wishes if not wish.denied]
    attribute_words = frozenset(word for wish in asked for word in words(text[wish.start : wish.end]))
    text = _masked(text, ((wish.start, wish.end) for wish in wishes if wish.denied or wish.ranged))
    denials = read_denials(
        _masked(text, ((wish.start, wish.end) for wish in asked)),
        {sentence.tokens[one.first].start for one in (*makers, *sought)},
    )
    text = _masked(text, denials.spans)
    constraints = Constraints(
        price_min=prices.low,
        price_max=prices.high,
        currency=prices.currency,
        categories=_all_names(sought),
        excluded_categories=_all_names(unwanted_categories),
        makers=_all_names(wanted),
        excluded_makers=_all_names(unwanted_makers),
        attributes=as_constraint(asked),
        excluded_attributes=as_constraint(wish for wish in wishes if wish.denied),
        excluded_terms=denials.terms,
        available_only=available,
    )
    return Constrained(constraints, " ".join(text.replace(MASK, " ").split()), attribute_words)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + MASK * (end - start) + text[end:]
    return text


def category_stems(categories: Iterable[str]) -> frozenset[str]:
    """The stems of all words in the names of categories."""
    return frozenset(stem(token.word) for name in categories for token in tokens(plain(name)))


def _narrowed(sought: Iterable[Found], sentence: Sentence) -> list[Found]:
    """Of categories that share a word those whose other words are said, too: "food for my cat" is Cat food alone."""
    said = frozenset(_key(token.word) for token in sentence.tokens)
    narrowed = []
    for one in sought:
        called = {_key(token.word) for token in sentence.tokens[one.first : one.last + 1]}
        whole = tuple(name for name in one.names if called < (stems := category_stems([name])) and stems <= said)
        narrowed.append(Found(whole or one.names, one.first, one.last))
    return narrowed


def _all_names(found: Iterable[Found]) -> tuple[str, ...]:
    return unique(name for one in found for name in one.names)


def _spelled_out(text: str, names: _Names) -> str:
    """The text with "not " for the "non-" before a maker; "non-slip" denies nothing that a shop has."""
    for match in _NON.finditer(text):
        following = [token.word for token in tokens(text[match.end() : match.end() + _LONGEST_MAKER])][:_LONGEST_NAME]
        if following[0] not in UNFIT and any(
            tuple(following[:length]) in names.makers for length in range(1, len(following) + 1)
        ):
            text = f"{text[: match.start()]}not {text[match.end() :]}"
    return text


def _read_availability(text: str, names: _Names) -> tuple[bool, str]:
    match = _IN_STOCK.search(text) or _CAN_BE_HAD.search(text)
    if match is None and (attributive := _AVAILABLE.search(text)):
        behind = attributive["behind"].lower().split()
        if behind[0] in _ANYTHING or any((_key(word),) in names.categories for word in behind):
            match = re.compile("available", re.IGNORECASE).match(text, attributive.start())
    # "Is it in stock?" asks about a product; it does not hide those that are sold out.
    if match is None or _ASKS_OR_DENIES.match(text[: match.start()]):
        return False, text
    return True, text[: match.start()] + MASK * (match.end() - match.start()) + text[match.end() :]


# --- Finding names ---


@lru_cache(maxsize=512)
def _names_of(vocabulary: Vocabulary) -> _Names:
    categories: dict[tuple[str, ...], tuple[str, ...]] = {}
    for category in vocabulary.categories:
        for key in _category_keys(category):
            categories[key] = unique((*categories.get(key, ()), category))
    makers = {
        key: maker
        for maker in vocabulary.makers
        if maker not in vocabulary.doubtful_makers and (key := tuple(token.word for token in tokens(plain(maker))))
    }
    categories = {key: names for key, names in categories.items() if key[-1] not in vocabulary.doubtful_words}
    return _Names(categories, makers, frozenset(key[0] for key in (*categories, *makers)))


def category_words(categories: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The single words, stemmed, that name categories each, with the categories that each word names."""
    found: dict[str, tuple[str, ...]] = {}
    for category in categories:
        for key in _category_keys(category):
            if len(key) == 1:
                found[key[0]] = unique((*found.get(key[0], ()), category))
    return found


def _category_keys(category: str) -> set[tuple[str, ...]]:
    """The ways to say a category: its whole name, each name that it joins, several words written as one, and its head.

    "Office Desks" are desks, "Smartphones" are phones; "Desk Lamps" are lamps.
    """
    name = plain(category).lower()
    parts = [
        [token.word for token in tokens(part)] for part in (name, *re.split(r"[&/,>|+]| and ", name)) if part.strip()
    ]
    keys = {tuple(_key(word) for word in part[start:]) for part in parts for start in range(len(part))}
    heads = {(_key(part[-1]),) for part in parts if part and part[-1] in _NO_HEADS} - {tuple(map(_key, parts[0]))}
    compounds = {
        (_key(last[len(first) :]),)
        for part in parts
        for last in (part or [""])[-1:]
        for first in (*_COMPOUNDING, "e-")
        if last.startswith(first)
        and len(last) - len(first) >= _SHORTEST_HEAD
        and last.removeprefix(first) not in _NO_SECOND_PARTS
    }
    joined = (stem("".join(token.word for token in tokens(name))),)
    return {key for key in keys - heads if key} | compounds | ({joined} - {("",)})


def _key(word: str) -> str:
    return stem(word.replace("-", ""))


def _find(sentence: Sentence, names: _Names, text: str) -> tuple[list[Found], list[Found]]:
    """The categories and the makers named, longest names first where names overlap."""
    keys = [_key(token.word) for token in sentence.tokens]
    plain_words = [token.word.removesuffix("'s") for token in sentence.tokens]
    categories: list[Found] = []
    makers: list[Found] = []
    for index, (key, word) in enumerate(zip(keys, plain_words, strict=True)):
        if key not in names.firsts and word not in names.firsts:
            continue
        for length in range(_LONGEST_NAME, 0, -1):
            if index + length > len(keys) or any(sentence.breaks[index + 1 : index + length]):
                continue
            last = index + length - 1
            category = names.categories.get(tuple(keys[index : last + 1]))
            if category and not _inside(categories, index):
                categories.append(Found(category, index, last))
            maker = names.makers.get(tuple(plain_words[index : last + 1]))
            if maker and not _inside(makers, index) and _means_maker(sentence, index, last, maker, text):
                makers.append(Found((maker,), index, last))
    return categories, makers


def _inside(found: list[Found], index: int) -> bool:
    return bool(found) and found[-1].first <= index <= found[-1].last


def _means_maker(sentence: Sentence, first: int, last: int, maker: str, text: str) -> bool:
    """A maker called by an everyday word ("Next", "On") is meant only when it is written as a name."""
    if last > first or sentence.word(first) not in UNFIT:
        return True
    token = sentence.tokens[first]
    return first > 0 and text[token.start : token.end] == maker and not maker.islower()


# --- What a name is said for ---


def _split_makers(sentence: Sentence, found: list[Found]) -> tuple[list[Found], list[Found]]:
    """The makers wanted and those excluded; one that only describes what the customer owns is neither."""
    wanted: list[Found] = []
    excluded: list[Found] = []
    for one in found:
        index = one.first - 1
        chained = excluded and excluded[-1].last == index - 1 and sentence.word(index) in ALTERNATIVES
        chained = chained or (excluded and excluded[-1].last == index and goes_on_listing(sentence, one.first))
        while sentence.word(index) in _BESIDE_MAKER and not sentence.pauses[index + 1]:
            index -= 1
        if chained or negated(sentence, index):
            first = one.first if chained else max(index, 0)
            excluded.append(Found(one.names, first, one.last))
        elif not describes(sentence, one.first, found) or sentence.word(one.first - 1) in {"from", "by"}:
            wanted.append(one)
    return wanted, excluded


def _is_denied(sentence: Sentence, start: int) -> bool:
    """Whether the noun phrase that begins at `start` is denied ("no", "not", "I don't want")."""
    if refuses(sentence, start - 1) and not sentence.pauses[start]:
        return True
    if sentence.word(start - 1) == "for" and not sentence.pauses[start]:
        start -= 1  # "not for gaming"
    return negated(sentence, start - 1)


def _is_verb(sentence: Sentence, one: Found) -> bool:
    """Whether a word that names a category is what somebody does: "stop my basement ...", "something to drink"."""
    if one.first != one.last or sentence.word(one.first) not in _VERBS_TOO:
        return False
    before, following = sentence.word(one.first - 1), sentence.word(one.first + 1)
    has_object = following in _OBJECTS and not sentence.pauses[one.first + 1]
    return (has_object and before in _BEFORE_VERBS) or (before == "to" and sentence.word(one.first - 2) in _TO_DO)


def _split_categories(
    sentence: Sentence, found: list[Found], makers: list[Found], goods: frozenset[str]
) -> tuple[list[Found], list[Found]]:
    """The categories sought and those denied; one that only describes another noun is neither.

    "Crime books" are of the category Crime, where the shop calls all that it sells books.
    """
    sought: list[Found] = []
    denied: list[Found] = []
    maker_starts = {maker.first for maker in makers}
    for one in found:
        if _is_verb(sentence, one):
            continue
        of_goods = stem(sentence.word(one.last + 1)) in goods
        if not (is_head(sentence, one.last) or of_goods or one.last + 1 in maker_starts):
            continue
        start = phrase_start(sentence, one.first)
        # "Anything but Sony headphones" denies the maker, not the headphones.
        if _is_denied(sentence, start) and not any(start <= maker.first < one.first for maker in makers):
            # "No leather shoes" denies the leather, not the shoes.
            if any(sentence.word(place) not in DETERMINERS for place in range(start, one.first)):
                sought.append(one)
                continue
            denied.append(Found(one.names, start - 1, one.last))
        elif not describes(sentence, one.first, ()):
            sought.append(one)
    return sought, denied
