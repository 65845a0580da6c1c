"""What a product's name says that it is: "3 in. Toilet Flapper" is a flapper, "Velvet Sofa Cover for 3 Seats" a cover.

The same of what somebody asks for: "usb-c hub with hdmi" is a hub. Told by where words stand, without a list of things.
"""

import re

from understanding.attributes import COLOURS
from understanding.measures import unit_named
from understanding.words import UNFIT, has_digit, plain, tokens, unique, word_set

# Behind these a name tells what the thing goes with, has, or is made of.
_ENDS = word_set("for with w without in by to from of that which on under over fits compatible incl including plus")
_UNITS = word_set("in ft gal oz lb sq cu gpm gpf cfm ml qt pt")
_SET_OF = word_set("set sets pack packs pair pairs box case bag bundle lot roll rolls piece pieces")
_BRACKETED = re.compile(r"^[^\w\[(]*[\[(][^\])]*[\])]\W*")  # "[2 Pack] Water bottle"
_BREAK = re.compile(r"[,;:|(\[\n]|\s[-\u2013\u2014/]\s")
# What may stand behind the thing itself and is none.
_NOT_THINGS = word_set(
    """xs s m l xl xxl small medium large twin full queen king single double pack packs set pcs pc piece pieces ct count
    size new men mens women womens ladies unisex assorted multicolor original universal washable reusable portable
    waterproof color colour"""
)


def heads(name: str) -> tuple[str, ...]:
    """The nouns, lower case, that a product's name may be about, most often one; none of a name that has no words."""
    text = _BRACKETED.sub("", plain(name))
    found: list[str] = []
    segment = next((part for part in _BREAK.split(text) if any(map(str.isalpha, part))), "")
    run: list[str] = []
    measured = False  # whether the word before is a number
    for token in tokens(segment):
        word = token.word.removesuffix("'s")
        is_unit, measured = measured and word in _UNITS, has_digit(word)
        if word in _ENDS and not is_unit and (run or found):
            if word == "of" and run and run[-1] in _SET_OF:
                run = []
                continue
            break
        if is_unit or measured or unit_named(word):
            found += _head_of(run)
            run = []
        else:
            run.append(word)
    found += _head_of(run)
    return unique(found)


def _head_of(run: list[str]) -> list[str]:
    """The last word that names a thing."""
    for word in reversed(run):
        if word not in COLOURS and word not in _NOT_THINGS and word not in UNFIT and len(word) > 1:
            return [word]
    return []
