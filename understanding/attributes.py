"""What a product has, as data: its measures, sizes and colours.

A measure ("16gb"), a size ("m", "42") and a colour ("red") stand under the name of the specification that holds them.
What no specification says may stand in the product's name, or else in its features; it is then under that name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from understanding.measures import Measure, measures_in, unit_named
from understanding.words import plain, word_set, words

# What a name is called whose value the product's name, or one of its features, says.
IN_NAME, IN_FEATURES = "name", "features"
UNNAMED = frozenset({IN_NAME, IN_FEATURES})

SIZE, COLOUR = "size", "colour"  # kinds, beside the dimensions of measures

MAX_ATTRIBUTES = 60  # of one product
_LONGEST_TEXT = 400  # characters of one specification or feature that are read
_PARTS = re.compile(r"[,;()]")
_SOON = (
    r"(?:about|around|early|late|mid|the end of|next|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|spring|summer|autumn|fall|winter|[0-9])"
)
_GONE = re.compile(
    r"\b(?:(?:is|are) )?(?:currently |temporarily |now )?(?<!not )(?<!never )(?<!longer )(?<!previously )"
    r"(?:sold[ -]out|out of stock|discontinued|no longer made|not made|not available|unavailable)(?=\W*$)|"
    rf"\b(?:sold[ -]out|out of stock) (?:until|till)\b|\bback (?:soon\b|(?:in|on|by|from|at) {_SOON}|{_SOON})",
    re.IGNORECASE,
)
_MAY_BE_GONE = re.compile(r"sold|stock|disc|made|avail|back", re.IGNORECASE)  # most values hold none of these
_NONE = re.compile(r"(?:none|nothing|all|both|everything)\b", re.IGNORECASE)
_MOST_OF_GONE = 40  # characters of the name of what is gone
_MAX_SPAN = 30  # sizes in one range

COLOURS = word_set(
    """black white gray red blue green yellow orange purple pink brown beige gold silver navy teal turquoise burgundy
    maroon violet cream ivory khaki charcoal bronze copper magenta cyan lilac lavender mint olive coral indigo aqua
    graphite anthracite tan mauve taupe ochre crimson scarlet cognac
    schwarz weiß grau rot blau grün gelb lila rosa braun silber
    negro blanco gris rojo azul verde amarillo naranja morado marrón
    noir blanc rouge bleu vert jaune violet marron
    hitam putih merah biru hijau kuning ungu cokelat"""
)
_COLOUR_KEYS = word_set("colour colours color colors colorway finish shade tint farbe farben couleur warna")
SIZE_KEYS = word_set("size sizes größe größen talla tallas taille tailles ukuran")
_LETTER_SIZES = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "4xl", "5xl")
_SAME_SIZE = {
    "small": "s", "medium": "m", "large": "l", "x-small": "xs", "x-large": "xl", "2xl": "xxl", "3xl": "xxxl",
    "xx-large": "xxl", "extra small": "xs", "extra large": "xl", "x small": "xs", "x large": "xl",
}  # fmt: skip
_SIZE = re.compile(r"(?:(?P<system>eu|us|uk)[ -]?)?(?P<size>[0-9]{1,3}(?:[.,]5)?|[a-z0-9]{1,4})")
_SPAN = re.compile(r"(?:(?P<system>eu|us|uk) ?)?(?P<first>\w{1,4})\s*(?:-|\u2013|to)\s*(?P<last>\w{1,4})")
_LISTED = re.compile(r"[,;/|\n]| and | or ")

# Tea is not green as a dress is: what only seems to name a colour.
_NO_COLOUR = {
    "green": word_set("tea screen energy thumb bean beans onion onions card"),
    "black": word_set("tea coffee pepper friday box belt forest bean beans hole"),
    "white": word_set("noise wine board label rice chocolate tea glue goods balance spirit"),
    "red": word_set("wine light meat bull cabbage lentils wing"),
    "blue": word_set("light cheese ray tooth"),
    "brown": word_set("rice sugar bread noise"),
    "pink": word_set("noise salt floyd"),
    "orange": word_set("juice peel oil"),
    "silver": word_set("plated plating"),
    "gold": word_set("plated plating standard"),
    "olive": word_set("oil oils wood"),
    "mint": word_set("tea"),
    "copper": word_set("wire pipe cable"),
    "lavender": word_set("oil soap scent"),
}

# "16 GB, upgradeable to 64 GB" does not have 64 GB.
_COULD_HAVE = re.compile(r"\b(?:expand|upgrad|extend|configur)\w*\s+(?:up\s+)?to\s*$", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(?:up to|max\.?|maximum|supports?)\s*$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = re.compile(r"\s*[0-9]+(?:[.,][0-9]+)?\s*")


class Attribute(NamedTuple):
    """A value that a product has.

    Attributes:
        name: of the specification that holds it, in lower-case words.
        value: in normal form.
        kind: the dimension of a measure, or `SIZE` or `COLOUR`.
        number: of a measure, in the unit that its dimension is compared by.
    """

    name: str
    value: str
    kind: str
    number: float | None = None


def attributes_of(
    specifications: Mapping[str, Any], features: Sequence[str] = (), name: str = ""
) -> tuple[Attribute, ...]:
    """What a product has, each once, at most `MAX_ATTRIBUTES`.

    A kind that the specifications speak of is read from them alone: a red handle makes no red saw. Else the product's
    name counts, and else its features.
    """
    specified: list[Attribute] = []
    for key, value in specifications.items():
        specified += of_specification(key, specification_text(value))
    found = dict.fromkeys(specified)
    for source, texts in ((IN_NAME, (name,)), (IN_FEATURES, features)):
        said = {attribute.kind for attribute in found}
        more = (attribute for text in texts for attribute in _of_text(source, text))
        found.update(dict.fromkeys(attribute for attribute in more if attribute.kind not in said))
    return tuple(found)[:MAX_ATTRIBUTES]


def specification_text(value: object) -> str:
    """A specification's value in words: lists with commas, truth as yes or no, nested values with their names."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {specification_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(specification_text(item) for item in value)
    return "" if value is None else " ".join(str(value).split())


_UNSTATED = re.compile(
    r"[-\u2013?.\s]*(?:(?:n/?a|tb[acd]|unknown|not (?:known|stated|given|specified))[?.\s]*)?", re.IGNORECASE
)


def is_stated(text: str) -> bool:
    """Whether a specification's value in words says anything: "N/A" does not."""
    return _UNSTATED.fullmatch(text) is None


@lru_cache(maxsize=16_384)
def spec_name(key: str) -> str:
    """A specification's name in lower-case words: "batteryLife", "Battery-Life" and "battery_life" are one name."""
    return " ".join(word for part in words(_CAMEL.sub(" ", key).replace("_", " ")) for word in part.split("-") if word)


@lru_cache(maxsize=16_384)
def of_specification(key: str, text: str) -> tuple[Attribute, ...]:
    """The measures, sizes and colours that one specification holds; `text` is its value in words."""
    name = spec_name(key)
    if not name or not text:
        return ()
    text = plain(stocked(text[:_LONGEST_TEXT]))
    of_name = name.split()
    if unit_named(of_name[-1]) and _NUMBER.fullmatch(text):
        text = f"{text} {of_name[-1]}"  # {"weight_kg": 1.2}
    found = [_as_attribute(name, measure) for measure in had_measures(text)]
    if not found and not SIZE_KEYS.isdisjoint(of_name):
        found += [Attribute(name, size, SIZE) for size in sizes_in(text)]
    if not _COLOUR_KEYS.isdisjoint(of_name):
        found += [Attribute(name, colour, COLOUR) for colour in colours_in(text)]
    return tuple(found)


@lru_cache(maxsize=4_096)
def _of_text(source: str, text: str) -> tuple[Attribute, ...]:
    text = plain(text[:_LONGEST_TEXT])
    found = [_as_attribute(source, measure) for measure in had_measures(text)]
    if source == IN_NAME:
        found += [Attribute(source, colour, COLOUR) for colour in colours_in(text)]
    return tuple(found)


def stocked(text: str) -> str:
    """A specification's value without what it says is not there now: "S, M, L (M sold out)" are S and L."""
    if not _MAY_BE_GONE.search(text):
        return text
    kept: list[str] = []
    gone: set[str] = set()
    for part in map(str.strip, _PARTS.split(text)):
        if (found := _GONE.search(part)) is None:
            kept.append(part)
        elif named := part[: found.start()].strip(" :-"):
            if len(named) > _MOST_OF_GONE or _NONE.match(named):
                return text
            gone.add(named.lower())
        elif kept:  # "24 ft (sold out)"
            gone.add(kept[-1].lower())
    return ", ".join(one for one in kept if one and one.lower() not in gone) if gone else text


def gone_in(specifications: Mapping[str, Any]) -> Iterator[str]:
    """Those specifications that say of a size or colour that it is not there now: "sizes: S, M (sold out)"."""
    for key, value in specifications.items():
        text = specification_text(value)
        if stocked(text) != text:
            yield f"{key}: {text}"


def is_gone(text: str, value: str) -> bool:
    """Whether a specification's value names something, and says that it is not there now: L in "M, L (sold out)"."""
    wanted = words(value)

    def named(said: str) -> bool:
        return set(wanted) <= set(words(said))

    return bool(wanted) and named(text) and not named(stocked(text))


def _as_attribute(name: str, measure: Measure) -> Attribute:
    return Attribute(name, measure.value, measure.dimension, measure.number)


def had_measures(text: str) -> Iterator[Measure]:
    """The measures that a shop's text says a product has; those that it could have are left out."""
    seen: set[str] = set()
    for measure in measures_in(text):
        before = text[: measure.start][-40:]
        if _COULD_HAVE.search(before) or (measure.dimension in seen and _AT_MOST.search(before)):
            continue
        seen.add(measure.dimension)
        yield measure


def colours_in(text: str) -> Iterator[str]:
    """The colours that a text names, in the spelling of `COLOURS`."""
    found = [part for word in words(text) for part in word.split("-")]
    for place, word in enumerate(found):
        if colour := colour_of(word, next(iter(found[place + 1 : place + 2]), "")):
            yield colour


def colour_of(word: str, following: str = "") -> str:
    """The colour that a lower-case word names before another word; empty when it names none."""
    colour = "gray" if word == "grey" else word
    return colour if colour in COLOURS and following not in _NO_COLOUR.get(colour, ()) else ""


def sizes_in(text: str) -> Iterator[str]:
    """The sizes that a list names: "S, M, L", "36-42", "EU 42"; a size of another system also as "eu42"."""
    for item in _LISTED.split(text.lower()):
        item = item.strip(" .")  # noqa: PLW2901 - the same item, without what surrounds it
        if span := _SPAN.fullmatch(item):
            for size in _spanned(span["first"], span["last"]):
                yield from (size, f"{span['system']}{size}") if span["system"] else (size,)
        else:
            yield from size_of(item)


def size_of(text: str) -> Iterable[str]:
    """The size that a lower-case text is, in each of its ways to be asked for; none when it is no size."""
    text = _SAME_SIZE.get(text, text)
    match = _SIZE.fullmatch(text)
    if match is None:
        return ()
    size = match["size"].replace(",", ".")
    size = _SAME_SIZE.get(size, size)
    if not (size in _LETTER_SIZES or size[0].isdigit()):
        return ()
    return (size, f"{match['system']}{size}") if match["system"] else (size,)


def _spanned(first: str, last: str) -> Iterator[str]:
    first, last = _SAME_SIZE.get(first, first), _SAME_SIZE.get(last, last)
    if first in _LETTER_SIZES and last in _LETTER_SIZES:
        yield from _LETTER_SIZES[_LETTER_SIZES.index(first) : _LETTER_SIZES.index(last) + 1]
    elif first.isdecimal() and last.isdecimal() and 0 <= int(last) - int(first) <= _MAX_SPAN:
        yield from map(str, range(int(first), int(last) + 1))
