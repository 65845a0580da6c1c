"""Changes of mind: what a customer takes back ("forget the budget", "any colour") or puts right ("no, I meant ...")."""

import re
from typing import NamedTuple

from understanding.words import unique

# The kinds of wishes that are taken back by name.
PRICE, COLOUR, SIZE, MAKER, EVERYTHING = "price", "colour", "size", "maker", "everything"

_KINDS = {
    "price": PRICE, "prices": PRICE, "budget": PRICE, "money": PRICE, "cost": PRICE, "costs": PRICE,
    "colour": COLOUR, "color": COLOUR, "colours": COLOUR, "colors": COLOUR, "size": SIZE, "sizes": SIZE,
    "brand": MAKER, "brands": MAKER, "maker": MAKER, "makers": MAKER, "manufacturer": MAKER, "make": MAKER,
    "material": "material", "materials": "material", "style": "style",
}  # fmt: skip
_KIND = "|".join(sorted(_KINDS, key=len, reverse=True))
_LIMIT = r"(?: (?:limit|limits|restriction|filter|range|requirement|preference|cap|thing))?"

_TAKEN_BACK = re.compile(
    "|".join(
        (
            (
                rf"(?<!don't )(?<!dont )(?<!not )\b(?:forget|ignore|never ?mind)(?: about)? (?:the |that |my )?"
                rf"(?P<forgotten>[a-z][a-z'-]{{1,30}}){_LIMIT}(?! (?:is|are|was|to)\b)"
            ),
            rf"\b(?:drop|remove|skip|lift|leave out|scrap) (?:the |that |my )?(?P<dropped>{_KIND})\b{_LIMIT}",
            r"\b(?:no|without(?: an?| the)?) (?P<none>budget|price|money)\b(?: (?:limit|restriction|cap))?(?![\w-])",
            rf"\b(?:no|without(?: an?| the)?) (?P<free>{_KIND}) (?:limit|restriction|filter|preference)\b",
            (
                rf"(?<!have )(?<!got )\b(?:any|whatever|whichever|no matter (?:what|which)(?: the)?|"
                r"regardless of(?: the)?)"
                rf" (?P<any>{_KIND})\b(?! ?[0-9]| (?:of|for|with)\b)"
                r"(?: (?:is|will|would|works?|does)(?: (?:do|fine|okay|ok|good|work))?)?"
            ),
            (
                rf"\b(?:the )?(?P<careless>{_KIND}) (?:(?:does|do)(?:n't|nt| not) (?:really )?matter|"
                r"is(?:n't|nt| not) (?:important|an issue|a problem)|is no (?:object|issue|problem|matter)|"
                r"is (?:irrelevant|unimportant|flexible))"
            ),
            (
                rf"\bi (?:don't|dont|do not) (?:really )?(?:care|mind)(?: about)?(?: the| which| what)? "
                rf"(?P<same>{_KIND})\b"
            ),
        )
    ),
    re.IGNORECASE,
)
_NO_WISH = frozenset(
    {"it", "that", "this", "them", "all", "everything", "about", "me", "what", "the", "your", "previous"}
)

_BEFORE = r"^\W*(?:(?:no|nope|nah|sorry|oh|wait|hm+|well|ok|okay|actually|but|so|please|and|hey)\b[\s,.!-]{0,4}){0,4}"
_STARTS_OVER = re.compile(
    rf"{_BEFORE}(?:(?:let's|lets|let us|can we|could we|i want to|i'd like to) )?"
    r"(?:start (?:all )?(?:over|again|afresh|anew|new|from scratch|from the beginning)|begin again|"
    r"forget (?:about )?(?:all (?:of )?(?:that|this|it)|everything|it all)(?: i said)?|reset|clear everything|"
    r"new (?:search|topic|question)|from scratch|never ?mind|forget (?:about )?(?:it|that))"
    r"(?: please)?(?=\s*(?:$|[.,;:!?-]))[\s.,;:!?-]*",
    re.IGNORECASE,
)
_PUTS_RIGHT = re.compile(
    rf"{_BEFORE}(?:i (?:meant|mean)(?: to say)?\b|i was (?:thinking of|looking for)\b|on second thoughts?\b|"
    r"(?:make|change|turn) (?:that|it|them|this)(?: (?:to|into))?\b|let's say\b|rather\b|i'd rather(?: have)?\b)"
    r"[\s,.:!-]*",
    re.IGNORECASE,
)
_ASKS_INSTEAD = re.compile(rf"{_BEFORE}(?:what|how) about\b|\binstead\W*$|^\W*actually\b", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]")
_ONLY_NO = re.compile(r"^\W*(?:no|nope|nah)\s*[,.!-]\s*", re.IGNORECASE)


# What a customer finds too much of a suggestion, and what it should be instead.
_RATHER = {
    "expensive": "cheaper", "dear": "cheaper", "pricey": "cheaper", "costly": "cheaper", "much": "cheaper",
    "steep": "cheaper", "high": "", "cheap": "more expensive", "big": "smaller", "large": "smaller", "bulky": "smaller",
    "small": "bigger", "tiny": "bigger", "heavy": "lighter", "thick": "thinner",
}  # fmt: skip
_TOO = re.compile(
    r"(?:\b(?:that's|thats|that is|it's|its|it is|this is|they're|they are|these are|those are|that one is|"
    r"(?P<amount>[$€£]?[0-9][\w.,]{0,12}) is) (?:all |still |just |really |a bit |way |far |a little |much ){0,2}"
    r"|^\W*(?:no|wow|hm+|oh|sorry|ok|still|way|a bit|but)?[\s,]*)too (?P<fault>[a-z]{3,12})\b"
    r"(?: (?:for me|for us|money|i'm afraid|though|i think))*[\s.,;!]*",
    re.IGNORECASE,
)


class Changes(NamedTuple):
    """What a message changes of earlier wishes.

    Attributes:
        withdrawn: what no longer counts: `PRICE`, `COLOUR`, `SIZE`, `MAKER`, `EVERYTHING`, or a word of the wish.
        corrects: whether it puts an earlier message right, or asks for something else in its stead.
        rest: the message without the words that say so.
    """

    withdrawn: tuple[str, ...]
    corrects: bool
    rest: str


def read_changes(text: str) -> Changes:
    """Read what a `plain` message takes back or puts right."""
    withdrawn: list[str] = []
    if starts := _STARTS_OVER.match(text):
        rest = text[starts.end() :]
        again = _STARTS_OVER.match(rest)  # "never mind, start over"
        return Changes((EVERYTHING,), corrects=False, rest=rest[again.end() :] if again else rest)
    corrects = _ASKS_INSTEAD.search(text) is not None
    if (too := _TOO.search(text)) and too["fault"].lower() not in {"many", "bad", "late", "long"}:
        rather = _RATHER.get(too["fault"].lower(), "")
        following = text[too.end() :]
        # "Too dear. Under 80?" says itself how much it may cost.
        corrects, text = True, f"{text[: too.start()]} {'' if _DIGIT.search(following) else rather} , {following}"
    if right := _PUTS_RIGHT.match(text):
        corrects, text = True, text[right.end() :]

    def taken(match: re.Match[str]) -> str:
        word = next(word for word in match.groups() if word).lower()
        if word in _NO_WISH:
            return match[0]
        withdrawn.append(_KINDS.get(word, word))
        return " , "

    text = _TAKEN_BACK.sub(taken, text)
    if corrects or withdrawn:
        text = _ONLY_NO.sub("", text)  # it refuses what was said before, not what follows
    return Changes(unique(withdrawn), corrects, text)
