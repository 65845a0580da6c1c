"""What a shop's text says of a product, and what it denies: "not for induction", "too long for the DD18", "no nuts"."""

import re
from collections.abc import Iterable, Iterator

from understanding.attributes import spec_name, stocked
from understanding.words import UNSPELLED_NOT, ends_in_not, occurs, plain, stem, stems, word_set, words

# What a shop denies with; verbs with "not" (`ends_in_not`) besides.
DENIALS = word_set(
    "no not without never lacks lack non cannot nor neither excluding except zero avoid avoids unsuitable"
)
_REACH = 4  # words: in "not made of real leather" the denial stands three words ahead
_WHOLE_CLAUSE = 99
_ENDS_DENIAL = word_set("but with has have instead only and because while thanks since so")
_WARNING = word_set(
    "toxic poisonous harmful unsafe contraindicated keep consult ask exclusion exclusions contraindications"
)
_MAY_DENY = DENIALS | UNSPELLED_NOT | _WARNING | {"free", "less", "too", "sold"}  # most clauses have none of these
_CLAUSE = re.compile(r"[.;:!?,()\n]|\s[-\u2013]\s")
# "If you take blood thinners (warfarin), do not take it": for whoever that is said of it is not.
_WHOEVER = r"(?:people|anyone|anybody|those|persons?|patients|customers|users|adults|women|men|children|babies|someone)"
_USE = r"(?:use|take|eat|drink|wear|apply|give|buy|order|choose)"
_USED = r"(?:use|used|take|taken|wear|worn|eat|eaten|drink|apply|applied|give|given)"
# To the end of the sentence, "e.g." inside it; "not for people in a hurry, but for beginners" is for beginners.
_TO_THE_END = (
    r"(?:e\.g\.|i\.e\.|(?!\bbut\b|, (?:suitable|works?|fits?|fine|safe|great|good|perfect|ideal|only|waterproof|"
    r"[\w ]{1,20} only)\b)[^.!?\n;])*"
)
# What is "poisonous for children" is poisonous, and not for them.
_HARMS = ("toxic", "poisonous", "harmful", "unsafe")
_HARMLESS = "".join(rf"(?<!{no}{one} )" for one in _HARMS for no in ("not ", "non-", "isn't "))
_HARMING = f"(?:{'|'.join(rf'(?<={one} )' for one in _HARMS)}){_HARMLESS}"
_WARNINGS = (
    (
        rf"(?:if|when) (?:you(?:r|'re)?|pregnant|breastfeeding|nursing)\b[^.!?\n:]{{1,120}}?\b(?:(?:do not|don't|"
        rf"must not|should not|shouldn't|please don't) {_USE}(?! any(?:thing)? (?:else|other)| another)|"
        r"avoid (?:it|this|these|them)|not suitable)\b"
    ),
    (
        rf"{_WHOEVER} (?:\w+ )?(?:with|who|on|taking|suffering)\b[^.!?\n;:]{{1,100}}?\b(?:should|must|need to|ought to)"
        rf" (?:(?:not|never) (?:be )?(?:{_USED}|have)|avoid|"
        r"(?:ask|consult|(?:talk|speak) to|check with) (?:an?|your|their|the) "
        r"\w+)\b"
    ),
    rf"{_HARMING}(?:to|for) {_TO_THE_END}",
    rf"(?:keep (?:away from|out of (?:the )?reach of)|contraindicated (?:in|for|with)) {_TO_THE_END}",
    rf"(?:exclusions?|contraindications?)\b[^.!?\n:]{{0,40}}: {_TO_THE_END}",
    rf"not (?:on|to|for|with|over) [^.!?\n;,:]{{2,40}}, (?=[^.!?\n;]{{0,120}}\bor\b){_TO_THE_END}",
    (
        r"not (?!just|only|merely)(?:(?!hard|difficult|harmful|heavy|irritat|toxic)\w+ ){0,3}?(?:for|by|with|in) "
        rf"(?:{_WHOEVER}|poor|weak|reduced)\b{_TO_THE_END}"
    ),
    (
        rf"(?:do not|don't|must not|should not|shouldn't|may not|cannot|can't|not to be) (?:be )?{_USED} (?:it )?"
        rf"(?:with|if|when|during|while|over|together with)\b{_TO_THE_END}"
    ),
)
_MAY_WARN = (  # most texts hold none of these
    "not ", "n't ", "should", "must", "need to", "ought", "avoid", "toxic", "poison", "harmful", "unsafe", "keep ",
    "contra", "exclusion",
)  # fmt: skip
_WARNED = re.compile(rf"\b(?:{'|'.join(_WARNINGS)})", re.IGNORECASE)

# Of things: what they are absent for is no longer denied. "No fragrance for sensitive skin" is for sensitive skin.
_OF_THINGS = word_set("no without zero lacks lack neither nor free")
# Close behind a denial they deny all that follows: "does not fit the wide jar", "do not use while breastfeeding".
_FITTING = word_set("fit fits for suit suits suitable compatible work works use used recommended advised intended safe")
_WHOLLY = word_set("except excluding avoid avoids unsuitable")
_DEGREES = word_set("too so very that as")
# "Not just for beginners", "no better tent": nothing is denied.
_NOT_ALONE = word_set("just only merely simply")
_OR = word_set("or nor and")
_OR_ELSE = word_set("or nor")
_NOT_NO = word_set("or model part item article serial why")  # "yes or no", "part no"
_NO_LACK = word_set("better matter doubt problem question wonder other")
# What stands directly before these is not there: "lid not included".
_LEFT_OUT = (["not", "included"], ["not", "supplied"], ["not", "provided"], ["sold", "separately"])

# A specification with such a value says that the thing it is named for is not there.
ABSENT = re.compile(
    r"(?:no|none|not? .*|false|nil|n/?a|without.*|absent|-+|\u2013|0+(?:[.,]0+)?\s?[a-z%]{0,4})\W*", re.IGNORECASE
)
_NUMBER_OF = re.compile(r"^(?:no|nr) of |\b(?:no|nr)$")  # "No. of players", "Model no"

# The stems of what a text may deny with, or a specification's value: without any of them nothing is denied.
DENYING = frozenset(map(stem, _MAY_DENY | word_set("none false nil n absent 0"))) | word_set(
    "don't doesn't didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't mustn't hasn't haven't"
)


def affirmed_in(text: str) -> list[list[str]]:
    """The words of each clause of a text in order, an empty one in the stead of each that is denied."""
    return [affirmed for _, affirmed in _read_clauses(plain(text))]


def _read_clauses(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The words of each clause of a `plain` text, and the same with an empty one in the stead of each denied."""
    start = 0
    for warned in _warnings_in(text):
        yield from _read_plainly(text[start : warned.start()])
        said = split(warned[0])
        yield said, [""] * len(said)
        start = warned.end()
    yield from _read_plainly(text[start:])


def _warnings_in(text: str) -> Iterable[re.Match[str]]:
    """What a `plain` text warns somebody of."""
    return _WARNED.finditer(text) if _may_warn(text) else ()


def _may_warn(text: str) -> bool:
    lowered = text.lower()
    return any(sign in lowered for sign in _MAY_WARN)


def _read_plainly(text: str) -> Iterator[tuple[list[str], list[str]]]:
    for said in map(split, _CLAUSE.split(text)):
        yield said, affirmed_of(said)


def may_deny(said: Iterable[str], text: str) -> bool:
    """Whether a lower-case text of these words can deny anything at all."""
    return not _MAY_DENY.isdisjoint(said) or "n't" in text


def text_may_deny(text: str) -> bool:
    """Whether a `plain` text can deny anything at all, or warn of it."""
    return may_deny(split(text), text.lower()) or _may_warn(text)


def affirmed_of(said: list[str]) -> list[str]:
    """The words of a clause in order, an empty one in the stead of each that is denied."""
    if not may_deny(said, "".join(said)):
        return said
    if said[-1] == "no" and len(said) > 1 and said[-2] not in _NOT_NO:  # "folds flat no", "Vertuo no"
        return [""] * len(said)
    affirmed: list[str] = []
    denied, ends_at_for = 0, False  # so many more words are
    for place, word in enumerate(said):
        if not (word == "too" and denied > 0) and _begins_denial(said, place):
            affirmed.append("")
            denied, ends_at_for = _reach(said, place)
            continue
        before = said[place - 1] if place else ""
        fits_with = word == "with" and (before in _FITTING or before in _OR or _denies(before))
        if (word in _ENDS_DENIAL and not fits_with) or (word == "for" and ends_at_for):
            denied = 0
        elif denied in {0, 1} and place and word in _OR_ELSE and not affirmed[-1]:
            denied = 2  # "not 24 V vans or lorries"
        affirmed.append("" if denied > 0 or _is_left_out(said, place) else word)
        denied -= 1
    return affirmed


def _begins_denial(said: list[str], place: int) -> bool:
    word, before, following = said[place], said[place - 1] if place else "", said[place + 1 : place + 2]
    if word == "too":  # "too long for the small drill", not "never too heavy for travel"
        return "for" in said[place + 2 : place + 4] and not _denies(before)
    if word == "free":
        return following in (["of"], ["from"])
    if not _denies(word):
        return False
    return _NOT_ALONE.isdisjoint(following) and not (word == "no" and not _NO_LACK.isdisjoint(following))


def _denies(word: str) -> bool:
    return word in DENIALS or ends_in_not(word)


def _reach(said: list[str], place: int) -> tuple[int, bool]:
    """How many words behind it a denial denies, and whether it ends before a "for"."""
    word, following = said[place], said[place + 1 : place + 3]
    if word == "non":
        return 1, False
    if word == "too" or word in _WHOLLY:
        return _WHOLE_CLAUSE, False
    if word in _OF_THINGS or (following and following[0] in _DEGREES):
        return _REACH, True
    return (_WHOLE_CLAUSE if not _FITTING.isdisjoint(following) else _REACH), False


def _is_left_out(said: list[str], place: int) -> bool:
    """Whether a word stands before what says that it is not there: "fat free", "lid and knob are not included"."""
    following = said[place + 1 : place + 6]
    if following[:1] in (["free"], ["less"]) and following[1:2] not in (["of"], ["from"]):
        return True
    if following[:1] == ["and"]:
        following = following[2:]
    if following[:1] in (["is"], ["are"]):
        following = following[1:]
    return following[:2] in _LEFT_OUT and following[2:3] != ["or"]


def split(text: str) -> list[str]:
    """The words of a text, lower case, hyphenated ones in their parts; "no-fuss" denies its next part alone."""
    if "-" not in text:
        return words(text)
    found = (word.split("-") for word in words(text))
    return [part for parts in found for part in (["non", *parts[1:]] if parts[0] == "no" else parts) if part]


def affirms(text: str, stemmed: str) -> bool | None:
    """Whether a shop's text says a word, given by its stem, and does not deny it; None when it does not say it."""
    denied = None
    for said, clause in _read_clauses(plain(text)):
        for word, affirmed in zip(said, clause, strict=True):
            if stem(word) == stemmed:
                if affirmed:
                    return True
                denied = False
    return denied


def stands_denied(text: str, start: int, end: int) -> bool:
    """Whether a `plain` text denies what stands there, from `start` to `end`."""
    if any(warned.start() <= start < warned.end() for warned in _warnings_in(text)):
        return True
    before, after = split(_CLAUSE.split(text[:start])[-1]), split(_CLAUSE.split(text[end:])[0])
    said = split(text[start:end])
    return not all(affirmed_of([*before, *said, *after])[len(before) : len(before) + len(said)])


def bare_name(key: str) -> str:
    """A specification's name in lower-case words, without the "no." that only says that its value is a number."""
    return _NUMBER_OF.sub("", spec_name(key)).strip()


def specification_affirms(key: str, text: str, stemmed: str) -> bool | None:
    """The same of a specification with its value in words: "waterproof: no" denies what it is named for."""
    name = bare_name(key)
    if ABSENT.fullmatch(text):
        return False if occurs(stemmed, stems(name)) else None
    if (there := stocked(text)) != text and stemmed in stems(text) and stemmed not in stems(f"{name} {there}"):
        return False  # "Blush (sold out)"
    return affirms(f"{name}: {text}", stemmed)
