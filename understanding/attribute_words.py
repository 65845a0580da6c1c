"""Attributes read out of a customer's words: "16GB of RAM", "a 27 inch screen", "at least 500 W", "red", "size M".

Only what the brand's catalogue knows becomes a constraint; everything else stays among the words that rank.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from needs import Vocabulary
from understanding.attributes import COLOUR, SIZE, SIZE_KEYS, UNNAMED, colour_of, size_of
from understanding.measures import INEXACT, Measure, measures_in
from understanding.requirements import AT_LEAST, AT_MOST, MORE_THAN, UNDER
from understanding.sentences import (
    ALTERNATIVES,
    Found,
    Sentence,
    describes,
    goes_on_listing,
    is_head,
    negated,
    phrase_start,
)
from understanding.words import stem, unique, word_set

MOST_NAMES = 10  # of one constraint; a value that more specifications hold says nothing in particular

# Words that customers have for a specification, to words of its name.
_CALLED = {
    "ram": "memory ram", "memory": "memory ram", "ssd": "ssd storage drive disk capacity",
    "hdd": "hdd storage drive disk capacity",
    "storage": "storage ssd hdd drive disk capacity", "disk": "disk drive storage capacity",
    "drive": "drive disk storage ssd capacity",
    "screen": "screen display panel", "display": "display screen panel", "panel": "panel display screen",
    "monitor": "display screen panel", "gpu": "gpu graphics", "graphics": "graphics gpu", "vram": "vram graphics gpu",
    "wide": "width", "width": "width", "tall": "height", "high": "height", "height": "height", "deep": "depth",
    "depth": "depth", "long": "length cable", "length": "length cable", "thick": "thickness", "battery": "battery",
    "lighter": "weight", "heavier": "weight", "weigh": "weight", "weight": "weight", "wider": "width",
    "taller": "height", "longer": "length", "thinner": "thickness", "refresh": "refresh", "camera": "camera",
    "holds": "load", "hold": "load", "holding": "load", "supports": "load", "support": "load", "supporting": "load",
    "carries": "load", "carrying": "load", "bears": "load", "bear": "load", "bearing": "load",
}  # fmt: skip
# What a number of such a dimension is of when nothing is said: "under 2 kg" is a weight, not a load.
_USUALLY = {"mass": "weight"}
_ENDED = frozenset({"of", "is", "the", "a", "with"})
_JOINTS = frozenset({"and", "plus", "or"})
_BEARING = frozenset({"in", "with", "of", "at"})  # "a dress in red", "a laptop with 16GB"

_BIGGER = "bigger|larger|heavier|longer|wider|taller|greater|higher|deeper|thicker|broader"
_SMALLER = "smaller|lighter|shorter|thinner|lower|narrower|shallower"
_LEAST = (
    rf"(?:no|not|isn't|aren't|nothing) (?:{_SMALLER}) than|at (?:the )?least|min(?:imum)?(?: of)?\.?|no "
    rf"less than|not less than|starting (?:at|from)|from|>=|≥"
)
_MORE = r"more than|over|above|(?:bigger|larger|heavier|longer|wider|taller|greater|higher|faster) than|exceeding|>"
_MOST = (
    rf"(?:no|not|isn't|aren't|nothing) (?:{_BIGGER}) than|at (?:the )?most|max(?:imum)?(?: of)?\.?|up to|no "
    rf"more than|not more than|not over|within|<=|≤"
)
_LESS = r"under|below|less than|(?:smaller|lighter|shorter|thinner|lower|narrower) than|<"
_BEFORE = re.compile(
    rf"(?<!\w)(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<more>{_MORE})|(?P<less>{_LESS})|"
    r"(?P<borne>holds?|holding|supports?|supporting|carries|carrying|bears?|bearing)|"
    r"(?P<near>around|about|approximately|approx\.?|roughly|circa|nearly|close to|~))\s*(?:an? )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:(?P<least>\+|plus\b|or (?:more|above|over|up|upwards?|larger|bigger|higher|better|longer|wider|taller|"
    r"heavier|greater)\b|and (?:up(?:wards?)?|above|over|more|larger|bigger)\b|min(?:imum)?\b|at least\b)|"
    r"(?P<most>or (?:less|under|below|smaller|lighter|lower|shorter|thinner)\b|and (?:under|below|less|smaller)\b|"
    r"max(?:imum)?\b|at most\b|tops\b))",
    re.IGNORECASE,
)
_FIRST_OF_TWO = re.compile(
    r"(?<![\w.,])(?:(?P<between>between|from)\s+)?(?P<number>[0-9]{1,9}(?:[.,][0-9]{1,3})?)\s{0,2}"
    r"(?P<unit>[a-z]{1,11}|\"|″)?\s{0,2}(?P<link>-|\u2013|to|and|or)\s{0,2}$",
    re.IGNORECASE,
)
_LIMITS = {"least": AT_LEAST, "borne": AT_LEAST, "most": AT_MOST, "more": MORE_THAN, "less": UNDER}
_MOST_WORDS = 150  # in which colours are looked for
_REACH = 60  # characters before a measure in which its comparison stands

_SIZES = re.compile(
    r"\bsizes?\s*(?:is|:|=)?\s*(?:an? )?(?P<listed>[a-z0-9.]{1,7}(?:[ -][0-9.]{1,4})?"
    r"(?:\s*(?:,|/|or)\s*[a-z0-9.]{1,7}){0,4})",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"(?<![\w-])(?:xxs|xs|xl|xxl|xxxl|[2-5]xl|(?<=\bin )[sml]|"
    r"(?<=\bin )(?:(?:extra )?(?:small|large)|medium)(?=\W*$|[,.;!?]| (?:and|or|please|for|if)\b))(?![\w-])",
    re.IGNORECASE,
)
_SIZE_ALONE = re.compile(r"\W*(?:(?:and|or|in|a|do you have|have you got|is there|any) )*size [\w.]+\W*", re.IGNORECASE)
_OR = re.compile(r"\s*(?:,|/|\bor\b)\s*")


class Known(NamedTuple):
    """A vocabulary's attributes as they are looked up.

    Attributes:
        values: a value to the specifications that hold it.
        kinds: a dimension to the specifications that hold measures of it.
        units: the symbol of a unit to the specifications that hold measures in it.
        coloured: the specifications that hold colours.
        sized: the specifications that hold sizes.
    """

    values: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]
    coloured: tuple[str, ...]
    sized: tuple[str, ...]


class Wish(NamedTuple):
    """One attribute that was read.

    Attributes:
        kind: its dimension, or `SIZE` or `COLOUR`.
        names: of the specifications that may hold it.
        text: as `understanding.requirements` reads it.
        start: where its words begin.
        end: where they end.
        denied: a product must not have it.
        ranged: it is limits on a number.
    """

    kind: str
    names: tuple[str, ...]
    text: str
    start: int
    end: int
    denied: bool = False
    ranged: bool = False


@lru_cache(maxsize=512)
def known_of(vocabulary: Vocabulary) -> Known:
    """What the vocabulary knows of attributes."""
    kinds: dict[str, dict[str, None]] = {}
    units: dict[str, dict[str, None]] = {}
    for value, names in vocabulary.attributes.items():
        for measure in measures_in(value):
            kinds.setdefault(measure.dimension, {}).update(dict.fromkeys(names))
            units.setdefault(measure.value.lstrip("0123456789."), {}).update(dict.fromkeys(names))
    return Known(
        vocabulary.attributes,
        {kind: tuple(names) for kind, names in kinds.items()},
        {unit: tuple(names) for unit, names in units.items()},
        unique(name for value, names in vocabulary.attributes.items() if colour_of(value) for name in names),
        unique(
            name
            for value, names in vocabulary.attributes.items()
            if size_of(value)
            for name in names
            if not SIZE_KEYS.isdisjoint(name.split())
        ),
    )


def read_attributes(text: str, sentence: Sentence, taken: Iterable[Found], vocabulary: Vocabulary) -> list[Wish]:
    """The attributes that a text asks for or denies, in order.

    Args:
        text: the customer's words, prices masked.
        sentence: the same in tokens.
        taken: names of categories and makers; what is part of one is no attribute ("Black & Decker").
        vocabulary: what the catalogue knows.
    """
    known = known_of(vocabulary)
    if not known.values:
        return []
    busy = {place for found in taken for place in range(found.first, found.last + 1)}
    found = [*_measured(text, sentence, known), *_sized(text, known), *_coloured(text, sentence, busy, known)]
    return sorted(found, key=lambda wish: wish.start)


def as_constraint(wishes: Iterable[Wish]) -> dict[str, str]:
    """Wishes as `Constraints` hold them: alternatives of one kind joined by "or", different ones by "and"."""
    of_kind: dict[tuple[str, tuple[str, ...], bool], list[str]] = {}
    colours: list[Wish] = []
    for wish in wishes:
        if wish.kind in {SIZE, COLOUR}:
            colours.append(wish)
        else:
            of_kind.setdefault((wish.kind, wish.names, wish.ranged), []).append(wish.text)
    for kind in (SIZE, COLOUR):
        if of_this := [wish for wish in colours if wish.kind == kind]:
            names = unique(name for wish in of_this for name in wish.names)[:MOST_NAMES]
            of_kind[kind, names, False] = [wish.text for wish in of_this]
    written: dict[str, list[str]] = {}
    for (_, names, ranged), texts in of_kind.items():
        joint = " and " if ranged else " or "
        written.setdefault(" or ".join(names), []).append(joint.join(unique(texts)))
    return {name: " and ".join(texts) for name, texts in written.items()}


# --- Measures ---


class _Phrase(NamedTuple):
    """A measure with the comparison around it.

    Attributes:
        text: as `understanding.requirements` reads it; empty when it is no condition at all ("around 15 inch").
        start: where its words begin.
        end: where they end.
        ranged: it is limits, not a value.
    """

    text: str
    start: int
    end: int
    ranged: bool = False


def _measured(text: str, sentence: Sentence, known: Known) -> Iterable[Wish]:
    for measure in measures_in(text, spoken=True):
        if measure.dimension not in known.kinds:
            continue
        phrase = _compared(text, measure, known)
        place = _token_at(sentence, phrase.start)
        if not phrase.text or _of_something_else(sentence, place):
            continue
        if names := _names_for(measure, phrase, sentence, known):
            denier = -1 if phrase.ranged else _denier_of(sentence, place)
            start = phrase.start if denier < 0 else sentence.tokens[denier].start
            yield Wish(measure.dimension, names, phrase.text, start, phrase.end, denier >= 0, phrase.ranged)


def _compared(text: str, measure: Measure, known: Known) -> _Phrase:
    spelled = text[measure.start : measure.end].strip()
    before = text[max(0, measure.start - _REACH) : measure.start]
    offset = measure.start - len(before)
    if (two := _FIRST_OF_TWO.search(before)) and (pair := _pair(two, spelled, known)):
        return _Phrase(pair, offset + two.start(), measure.end, ranged=" or " not in pair)
    if cue := _BEFORE.search(before):
        limit = next((_LIMITS[name] for name in _LIMITS if cue[name]), "")
        return _Phrase(f"{limit} {spelled}" if limit else "", offset + cue.start(), measure.end, ranged=True)
    if trailing := _AFTER.match(text, measure.end):
        limit = AT_LEAST if trailing["least"] else AT_MOST
        return _Phrase(f"{limit} {spelled}", measure.start, trailing.end(), ranged=True)
    return _Phrase(spelled, measure.start, measure.end)


def _pair(first: re.Match[str], spelled: str, known: Known) -> str:
    """Two numbers that belong together ("13-15 inch", "8 or 16GB"); empty when they do not."""
    unit, link = (first["unit"] or "").lower(), first["link"].lower()
    if unit and not spelled.lower().endswith(unit):
        return ""
    if link == "or":
        other = re.sub(r"^[0-9.,]+", first["number"], spelled)
        known_other = any(one.value in known.values for one in measures_in(other))
        return f"{other} or {spelled}" if known_other and not unit else ""
    return f"{first['number']} to {spelled}" if link != "and" or first["between"] else ""


def _names_for(measure: Measure, phrase: _Phrase, sentence: Sentence, known: Known) -> tuple[str, ...]:
    """The specifications that a measure may be meant of; none when that cannot be told, or when none holds it."""
    if phrase.ranged:
        names = known.kinds[measure.dimension]
    elif measure.dimension in INEXACT:
        return ()
    else:
        names = known.values.get(measure.value) or _of_that_name(measure, phrase, sentence, known)
    named = [name for name in names if name not in UNNAMED]
    chosen = _called(named, _words_around(sentence, measure, phrase)) or [
        name for name in named if _USUALLY.get(measure.dimension, "-") in name.split()
    ]
    if not chosen and phrase.ranged and len(named) > 1:
        in_unit = known.units.get(measure.value.lstrip("0123456789."), ())
        chosen = [name for name in named if name in in_unit]
        if len(chosen) > 1 and not _is_inch(measure):
            # "At least 16GB" of what? Of that alone which comes in 16GB; a wrong guess would hide what was meant.
            chosen = [name for name in chosen if name in known.values.get(measure.value, ())]
            if len(chosen) != 1 and not _are_one_thing(chosen):
                return ()
    chosen = chosen or named
    if not chosen or len(chosen) > MOST_NAMES:
        return ()
    return (*chosen, *(name for name in names if name in UNNAMED))


def _are_one_thing(names: Sequence[str]) -> bool:
    """Whether specifications are names of the same: "storage" and "capacity"."""
    groups = [frozenset(called.split()) for called in dict.fromkeys(_CALLED.values())]
    return any(all(not group.isdisjoint(name.split()) for name in names) for group in groups) if names else False


def _of_that_name(measure: Measure, phrase: _Phrase, sentence: Sentence, known: Known) -> tuple[str, ...]:
    """The specifications that a measure is said of by their name, where no product has it: screws "50 mm long"."""
    names = [name for name in known.kinds[measure.dimension] if name not in UNNAMED]
    around = [word for word in _words_around(sentence, measure, phrase) if word in _CALLED]
    return tuple(_called(names, around[:1])) if around else ()


def _is_inch(measure: Measure) -> bool:
    """Whether it is in inches: what a thing measures, whichever of its lengths is meant; a wider guess hides less."""
    return measure.value.endswith("inch")


def _words_around(sentence: Sentence, measure: Measure, phrase: _Phrase) -> list[str]:
    """The words by which a measure may be named: those behind it, those of its comparison, those before it."""
    tokens = sentence.tokens
    after = next((place for place, token in enumerate(tokens) if token.start >= phrase.end), len(tokens))
    first, own = _token_at(sentence, phrase.start), _token_at(sentence, measure.start)
    behind = [place for place in range(after, after + 3) if not _pause_within(sentence, after, place)]
    within = [place for place in range(first, own) if tokens[place].word in _CALLED]
    ahead = [place for place in range(first - 1, first - 5, -1) if not _pause_within(sentence, place + 1, first)]
    joint = next((count for count, place in enumerate(ahead) if sentence.word(place) in _JOINTS), len(ahead))
    ahead = ahead[:joint]  # "32GB of RAM and at least 1TB" is no more RAM
    return [word for place in (*behind, *within, *ahead) if (word := sentence.word(place)) and word not in _ENDED]


def _pause_within(sentence: Sentence, first: int, last: int) -> bool:
    return any(sentence.pauses[max(first, 0) : last + 1])


def _called(names: Iterable[str], around: Iterable[str]) -> list[str]:
    """Those names that the first telling word around a measure calls."""
    of_name = {name: {stem(word) for word in name.split()} for name in names}
    for word in around:
        called = {stem(one) for one in _CALLED.get(word, _CALLED.get(stem(word), word)).split()}
        # The first of the words for a thing that a name has: "memory" before "ram" when both are there, hence all.
        if found := [name for name, stems in of_name.items() if not called.isdisjoint(stems)]:
            return found
    return []


# --- Sizes and colours ---


def _sized(text: str, known: Known) -> Iterable[Wish]:
    for match in _SIZES.finditer(text):
        start = match.start("listed")
        for item in _OR.split(match["listed"].lower()):
            if (names := _size_names(item, known)) or (names := _size_names(item := item.split(" ")[0], known)):
                yield Wish(SIZE, names, _size_key(item, known).upper(), match.start(), start + len(match["listed"]))
            elif known.sized and size_of(item) and _SIZE_ALONE.fullmatch(text):  # one that nothing comes in
                yield Wish(SIZE, known.sized, item.upper(), match.start(), start + len(match["listed"]))
    for match in _LETTERS.finditer(text):
        if names := _size_names(match[0].lower(), known):
            yield Wish(SIZE, names, _size_key(match[0].lower(), known).upper(), match.start(), match.end())


def _size_key(item: str, known: Known) -> str:
    return next((size for size in reversed(tuple(size_of(item.strip()))) if size in known.values), "")


def _size_names(item: str, known: Known) -> tuple[str, ...]:
    names = known.values.get(_size_key(item, known), ())
    return names if any(name not in UNNAMED for name in names) else ()


_NO_ADJECTIVES = word_set("free proof resistant")
_SHADES = word_set("light dark pale bright deep")


def _coloured(text: str, sentence: Sentence, busy: set[int], known: Known) -> Iterable[Wish]:
    denied_until = -1
    is_all = len(sentence.tokens) == 1 and text.rstrip().endswith("?")  # "brown?"
    for place, token in enumerate(sentence.tokens[:_MOST_WORDS]):
        word = token.word.removesuffix("-coloured").removesuffix("-colored")
        colour = colour_of(word, sentence.word(place + 1))
        names = known.values.get(colour, ()) if colour and place not in busy else ()
        alone = is_all or sentence.word(place - 1) == "in" or sentence.word(place + 1) in {"one", "ones"}
        if colour and not names and place not in busy and alone:
            names = known.coloured  # "do you have it in brown?": what has a colour has another
        if not any(name not in UNNAMED for name in names) or len(names) > MOST_NAMES:
            continue
        chained = denied_until == place - 2 and sentence.word(place - 1) in ALTERNATIVES
        if denied_until == place - 1 and denied_until >= 0 and goes_on_listing(sentence, place):
            denied_until = place
            yield Wish(COLOUR, names, colour, token.start, token.end, denied=True)
            continue
        denier = place - 1 if chained and denied_until >= 0 else _denier_of(sentence, place)
        if denier >= 0:
            denied_until = place
        elif _of_something_else(sentence, place) or _colours_a_part(sentence, place):
            continue
        first = denier if denier >= 0 else place
        if denier < 0 and sentence.word(place - 1) in _SHADES and place - 1 not in busy:
            first = place - 1
        yield Wish(COLOUR, names, colour, sentence.tokens[first].start, token.end, denier >= 0)


def _colours_a_part(sentence: Sentence, place: int) -> bool:
    """Whether a colour is of a part only ("with a red handle"), or of nothing ("blue proof")."""
    if sentence.word(place + 1) in _NO_ADJECTIVES:
        return True
    start = phrase_start(sentence, place)
    return sentence.word(start - 1) == "with" and not is_head(sentence, place)


# --- What the words around say ---


def _token_at(sentence: Sentence, offset: int) -> int:
    return next((place for place, token in enumerate(sentence.tokens) if token.end > offset), len(sentence.tokens) - 1)


def _denier_of(sentence: Sentence, place: int) -> int:
    """Where the word stands that denies what is at `place`; -1 when none does."""
    start = phrase_start(sentence, place)
    while sentence.word(start - 1) in {"in", "want", "like"} and not sentence.pauses[start]:
        start -= 1
    return next((before for before in (place - 1, start - 1) if negated(sentence, before)), -1)


def _of_something_else(sentence: Sentence, place: int) -> bool:
    """Whether what stands at `place` is said of something that the customer has, or that the product is for."""
    start = phrase_start(sentence, place)
    before = sentence.word(start - 1)
    if start < 1 or sentence.pauses[start]:
        return False
    if before in {"with", "of"} and start > 1:
        return describes(sentence, start - 2, ())
    return before not in _BEARING and describes(sentence, place, ())
