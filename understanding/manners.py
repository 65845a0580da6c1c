"""Insults, and attempts to make an assistant be something else than a shop's assistant."""

import re
from typing import NamedTuple

from understanding.words import STOPWORDS, word_set, words

# Stems that are an insult or an oath whatever stands around them. Words that also name things that shops sell
# ("trash", "dumb", "screw") count only where they are said of somebody.
_OATH = (
    r"f+u+c+k+\w{0,6}|motherf\w{1,10}|bullshit\w{0,3}|shit(?:ty|s|head|e)?|bitch(?:es|y)?|ass ?holes?|arse ?holes?|"
    r"bastards?|cunts?|wankers?|dick ?heads?|douche ?bags?|stfu|scheiß\w{0,5}|scheiss\w{0,5}|arschl[oö]ch\w{0,3}|"
    r"merde|connards?|putain|mierda|joder|gilipollas|pendejos?|bangsat|goblok"
)
_SLIGHT = (
    r"stupid|idiots?|idiotic|morons?|moronic|dumb|useless|worthless|pathetic|garbage|trash|rubbish|crap(?:py)?|"
    r"imbeciles?|retard(?:ed)?|losers?|incompetent|terrible|awful|horrible|dumm|blöd|nutzlos|bodoh|tonto|inútil|nul"
)
_SOMEBODY = r"bot|robot|machine|chat ?bot|assistant|thing|computer|program|company|shop|store|service|website|ai"
_DEGREE = r"(?:(?:all|just|so|such|an?|really|very|the|completely|totally|absolutely|fucking|most|as|pretty)\s+){0,4}"

_oath = re.compile(rf"(?<![\w-])(?:{_OATH})(?![\w-])", re.IGNORECASE)
_slight = re.compile(
    rf"\b(?:you(?:'re|r)?|you are|u|ur|this|that|it)\s+(?:(?:are|is|bot|guys)\s+)?{_DEGREE}(?:{_SLIGHT})\b"
    rf"(?:\s+(?:{_SOMEBODY}))?|\b(?:{_SLIGHT})\s+(?:{_SOMEBODY})\b|"
    r"\b(?:stupid |useless |worthless )?piece of (?:junk|crap|garbage|trash|rubbish|work)\b(?: (?:bot|robot|"
    r"machine|software))?|"
    r"\byou (?:people|lot|guys) are\b",
    re.IGNORECASE,
)
_alone = re.compile(
    rf"^\W*(?:(?:you|such|an?|so|what|how|are|is|this|that|it|bot)\W+){{0,4}}(?:{_SLIGHT})\W*$", re.IGNORECASE
)
_threat = re.compile(
    r"\b(?:shut up|screw you|piss off|go to hell|drop dead|kill yourself|you suck|this sucks|this chat sucks|"
    r"(?:i )?hate (?:you|this (?:bot|chat|shop|company))|go away|get lost)\b",
    re.IGNORECASE,
)
_SELF = r"(?:myself|himself|herself|themselves)"
_DISTRESSED = re.compile(
    r"\b(?:feel|feels|feeling|am|i'm|im|is|been) (?:\w+ ){0,2}suicidal\b|"
    r"\b(?:commit|committing|thinking (?:of|about)|considering) suicide\b|"
    r"\b(?:wants? to|wanna|going to|gonna|will|thinking (?:of|about)|feel like) (?:"
    rf"kill(?:ing)? {_SELF}(?! laughing)|(?:hurt|harm)(?:ing)? {_SELF}|end(?:ing)? (?:my life(?! insurance)|it all))\b|"
    r"\b(?:i|he|she|they) (?:\w+ ){0,2}(?:wants? to|wanna) die\b|"
    r"\bi (?:\w+ )?(?:don'?t|do not) wan(?:na|t to) (?:live|be alive)\b(?! without)",
    re.IGNORECASE,
)
# What somebody says around an insult and does not ask for.
_AROUND = STOPWORDS | word_set(
    """piece bunch lot go damn hell bloody bot robot machine chatbot assistant computer ai thing off god omg man dude
    really totally worst ever seen just such guys people junk company shop store website service chat suck
    sucks mother"""
)

_TURNS_AROUND = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass)\b.{0,30}\b(?:instructions?|prompts?|rules|guidelines|training|"
    r"programming|restrictions|directives)\b|"
    r"\b(?:system|hidden|initial|secret|original|developer|internal) (?:prompt|instructions?|message|rules)\b|"
    r"\b(?:your|the) (?:prompt|instructions|guidelines|programming|training data|source code)\b(?! for)|"
    r"\b(?:repeat|print|show|reveal|output|display|tell me|copy|translate|summari[sz]e|recite)\b.{0,30}\b"
    r"(?:text|words?|lines?|messages?|everything|conversation|all) (?:that (?:is|was|came) |you (?:were|got) )?"
    r"(?:above|before this|so far|verbatim|given)\b|"
    r"\byou(?:'re| are| will be| must be| shall be) (?:now|no longer|from now on)\b|"
    r"\bfrom now on\b.{0,20}\byou\b|\b(?:pretend|act|behave|roleplay|role-play)\b.{0,20}\b(?:to be|you(?:'re| are)|"
    r"as (?:if|though|an? (?!gift|present))|like (?:you|an? (?:ai|human|pirate)))|"
    r"\b(?:jail ?break|dan mode|developer mode|god mode|do anything now|sudo)\b|"
    r"\b(?:what|which|tell|give|show|send|share|need|know)\b.{0,20}\b(?:admin(?:istrator)?|root|database|server|"
    r"employee|staff|your|system)(?:'s)? (?:passwords?|passcode|credentials?|log ?in|api keys?|tokens?|secrets?|"
    r"keys?)\b|"
    r"\b(?:drop table|select \* from|union select|<script|\{\{.{0,40}\}\})|"
    r"\b(?:other|another|all) (?:customers?|users?|people)(?:'s|s')? (?:orders?|data|names?|addresses|e-?mails?|"
    r"details|messages|conversations?|chats?)\b",
    re.IGNORECASE,
)

# A sentence of a shop's that speaks to an assistant instead of describing a product is quoted to nobody.
_INSTRUCTS = re.compile(
    r"\b(?:assistant|system|chat ?bot|language model|llm|ai model|prompt|instructions?)\s*:|<\|?\s*/?(?:system|im_)|"
    r"\b(?:tell|inform|convince|assure|ask|remind) (?:the |every |each |all )?(?:customers?|users?|buyers?|shoppers?|"
    r"visitors?)\b|\byou (?:must|should|are to|have to|will) (?:always |never |now )?(?:say|tell|recommend|"
    r"answer|reply|"
    r"respond|claim|mention|ignore|offer)\b|\b(?:as an? (?:ai|assistant|language model))\b|"
    r"\b(?:always|never|only) (?:recommend|suggest|answer|reply|respond|say)\b",
    re.IGNORECASE,
)


class Manner(NamedTuple):
    """How a message speaks.

    Attributes:
        abusive: it insults somebody.
        rest: the message without the insult; empty when nothing else is said.
    """

    abusive: bool
    rest: str


def read_manner(text: str) -> Manner:
    """Take the insults out of a `plain` message, so that what is asked beside them can be answered."""
    rest = text
    for pattern in (_oath, _threat, _alone, _slight):
        rest = pattern.sub(" ", rest)
    if rest == text:
        return Manner(abusive=False, rest=text)
    asks = any(word not in _AROUND for word in words(rest))
    return Manner(abusive=True, rest=" ".join(rest.split()) if asks else "")


def in_distress(text: str) -> bool:
    """Whether somebody says that they may harm themselves."""
    return _DISTRESSED.search(text) is not None


def turns_around(text: str) -> bool:
    """Whether a message wants the assistant's instructions, another part played, or what is nobody's to know."""
    return _TURNS_AROUND.search(text) is not None


def instructs(text: str) -> bool:
    """Whether a sentence of a product's text reads like an instruction to an assistant."""
    return _INSTRUCTS.search(text) is not None or _TURNS_AROUND.search(text) is not None
