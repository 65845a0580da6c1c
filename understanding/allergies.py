"""What somebody must not have: allergies and intolerances, which count for every later wish too.

"Milk" in "allergic to milk" is no category that is asked for, whatever shelves the shop has.
"""

import re
from collections.abc import Iterable

from understanding.denials import NO_PROPERTIES
from understanding.subjects import SOMEBODY
from understanding.words import plain, unique, words

MAX_ALLERGIES = 6

_SOMEBODY = rf"(?:(?:my|our) )?(?:{SOMEBODY}|guest)s?"
_SUBJECT = (
    rf"(?:\b(?:{_SOMEBODY}|i|we|he|she|they|who|somebody|someone)(?:'m|'s|'re)? )?"
    r"(?:\b(?:is|are|am|im|has|have|having|with|been|also|very|severely|badly|an?) ){0,4}"
)
# Words that begin something else: "allergic to nuts and want bread".
_OTHER = (
    r"(?!(?:i|i'm|im|ive|we|he|hes|she|shes|they|theyre|it|you|my|our|your|what|which|do|does|did|is|are|am|can|could|want|wants|need|needs|would|"
    r"looking|please|so|but|if|that|this|the|an?|any|some|show|find|like|have|has|also|both|more|less|enough|for|no|hay|"
    r"fever|food|skin|seasonal|bad|severe|real|serious|mild|proper|strong|terrible|awful|big|major|slight|actual|"
    r"actually|really|full|with|and|or)\b)"
)
_ONE = rf"{_OTHER}(?:(?:tree|brazil|cow'?s|goat'?s|soya?) )?[^\W\d_][\w-]{{1,20}}"
_MANY = rf"{_ONE}(?:(?:, ?{_ONE}){{0,4}},? (?:and|or|&) {_ONE}(?! please))?"

_ALLERGY = re.compile(
    rf"{_SUBJECT}\b(?:allerg(?:ic|y|ies)|intoleran(?:t|ce)) (?:to|of|against) (?:all |any )?(?P<to>{_MANY})|"
    rf"{_SUBJECT}(?<![^\s(])(?P<named>{_MANY})[ -](?:allerg(?:y|ies|ic)|intoleran(?:t|ce))\b"
    r"(?! (?:tablets?|pills?|relief|medicines?|medication|tests?|drops))|"
    rf"{_SUBJECT}\b(?P<coeliac>co?eliac)(?: disease)?\b|"
    r"\b(?:i'?m|we'?re|he'?s|she'?s|they'?re|(?:i|we|they) (?:am|are)|(?:he|she) is|my \w+ is) (?:all |strictly )?"
    r"(?P<free>(?!hands|stress|care|pain|smoke|debt|worry|hassle)[a-z]{3,15})[ -]free\b|"
    rf"{_SUBJECT}\b(?:don'?t|doesn'?t|do not|does not|never) (?:eat|drink) (?:any )?(?P<never>{_MANY})"
    r"(?=\W*$|[,.;!?]| (?:and|but|so|what|which|do|is)\b)|"
    rf"(?P<ill>{_ONE}) (?:makes?|made) (?:me|him|her|us|them) (?:ill|sick)\b|"
    rf"\b(?:don'?t|doesn'?t) do well with (?P<badly>{_ONE})|"
    rf"^\W*(?:and |but |so |ok(?:ay)?,? )*no (?!allerg)(?P<no>{_MANY})(?: please| for (?:me|him|her|us))?\W*$|"
    rf"{_SUBJECT}\b(?:can'?t|cannot|can not|may not|must not|mustn'?t) (?:eat|drink|tolerate|have|do"
    r"(?! (?:\w+days?|weekends?|mornings?|evenings?|afternoons?|returns?|much|more|anything)\b)) (?:any )?"
    rf"(?P<not>{_MANY})(?=\W*$|[,.;!?]| (?:and|but|so|what|which|do|is)\b)",
    re.IGNORECASE,
)
_NAMED = ("to", "named", "not", "free", "never", "ill", "badly", "no")
_MAY_TELL = re.compile(
    r"allerg|intoleran|eliac|[a-z][ -]free\b|\b(?:can'?t|cannot|not|mustn'?t) (?:eat|drink|tolerate|have|do)\b|"
    r"\b(?:don'?t|doesn'?t|never) (?:eat|drink|do well)\b|\b(?:ill|sick)\b|^\W*(?:\w+,? ){0,2}no \w",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r",? (?:and|or|&) |, ?", re.IGNORECASE)


def may_tell_allergies(text: str) -> bool:
    """Whether it is worth reading a text for allergies."""
    return _MAY_TELL.search(text) is not None


# What a person is, of which a shop says whom a product is not for; and other words for the same.
_CONDITIONS = {
    "pregnant": ("pregnant", "pregnancy"), "pregnancy": ("pregnant", "pregnancy"),
    "breastfeeding": ("breastfeeding", "nursing"), "nursing": ("breastfeeding", "nursing"),
    "epileptic": ("epileptic", "epilepsy"), "epilepsy": ("epileptic", "epilepsy"), "pacemaker": ("pacemaker",),
    "blood thinners": ("thinners", "warfarin", "anticoagulants"),
    "warfarin": ("warfarin", "thinners", "anticoagulants"),
    "anticoagulants": ("anticoagulants", "thinners", "warfarin"),
    "diabetic": ("diabetic", "diabetes"), "diabetes": ("diabetic", "diabetes"), "asthma": ("asthma",),
    "high blood pressure": ("pressure", "hypertension"), "hypertension": ("hypertension", "pressure"),
    "heart failure": ("heart",), "parkinson's": ("parkinson's",), "parkinsons": ("parkinson's",),
    "raynaud's": ("raynaud's",), "raynauds": ("raynaud's",), "expecting": ("pregnant", "pregnancy"),
    "icd": ("icd", "implanted", "pacemaker"), "defibrillator": ("icd", "implanted", "pacemaker"),
    "atrial fibrillation": ("atrial", "arrhythmia"), "afib": ("atrial", "arrhythmia"), "neuropathy": ("neuropathy",),
    "cat": ("cats", "cat", "pets"), "cats": ("cats", "cat", "pets"), "dog": ("dogs", "dog", "pets"),
    "dogs": ("dogs", "dog", "pets"), "vegan": ("vegan", "vegans"), "vegetarian": ("vegetarian", "vegetarians"),
    "vegetarians": ("vegetarian", "vegetarians"), "vegans": ("vegan", "vegans"),
}  # fmt: skip


_TELLS_CONDITION = re.compile(
    r"\b(?:i'?m|i'?ve|we'?re|(?:he|she)'?s|am|is|are|being|be|who|have|has|got|with|while|during|when|if|for|on|takes?|"
    r"taking) "
    rf"(?:(?!not\b|never\b|no\b)[\w']+ ){{0,3}}?(?P<condition>{'|'.join(_CONDITIONS)})\b"
    r"(?! (?:friendly|safe|socks|bars?|pillows?|bras?|chairs?|covers?|pads?|tops?|an?|the|your|food|"
    r"toys?|beds?|litter|treats?|collars?|leads?|harness\w*|coats?|shampoo|flaps?|trees?|carriers?|bowls?)\b)"
)


def conditions_told(messages: Iterable[str]) -> tuple[str, ...]:
    """The words for what a customer has told of themselves, or of whom they buy for, that rules products out."""
    told = (match["condition"] for message in messages for match in _TELLS_CONDITION.finditer(plain(message).lower()))
    return unique(word for one in told for word in _CONDITIONS[one])


def allergies_told(messages: Iterable[str]) -> tuple[str, ...]:
    """What a customer has said in any of these messages that must not be in anything."""
    return unique(one for message in messages for one in read_allergies(plain(message))[0])


def read_allergies(text: str) -> tuple[tuple[str, ...], str]:
    """What must not be in anything, as written, lower case; and the text without it.

    Args:
        text: a `plain` text.
    """
    if not may_tell_allergies(text):
        return (), text
    found: list[str] = []
    for match in _ALLERGY.finditer(text):
        listed = next((match[name] for name in _NAMED if match[name]), "")
        if match["no"] and not NO_PROPERTIES.isdisjoint(words(listed.lower())):
            continue  # "no problem"
        found += [one.strip().lower() for one in _BETWEEN.split(listed)] if listed else ["gluten"]
    if not found:
        return (), text
    return unique(one for one in found if one)[:MAX_ALLERGIES], _ALLERGY.sub(" ", text)
