"""Days in words: weekdays, months with and without a day, "tomorrow", "next week"."""

import re
from collections.abc import Mapping

from replies.claims import Claim, Kind
from replies.figures import date_key
from replies.moments import DAY_NAMES, MONTH_NAMES
from replies.saying import Reader, Saying

_NEXT = re.compile(
    r"(?:next|this|coming|following)[ -]"
    r"(?:(?:business |working |calendar )?day|week|month|year|weekend|morning|afternoon|evening|quarter)(?!\w)"
)
_SAME_DAY = re.compile(r"same[ -](?:business )?day(?!\w)")
_END_OF = re.compile(r"end of (?:the |this |next )?(?:week|month|year|day)(?!\w)")
_FOREIGN_DAYS = {
    "tomorrow": "next day", "tonight": "tonight", "overnight": "next day", "mañana": "next day", "demain": "next day",
    "besok": "next day", "übermorgen": "in two days",
}  # fmt: skip
_FOREIGN_NEXT = {
    "nächste": re.compile(r"nächste[nrs]? (?:woche|monat|jahr)(?!\w)"),
    "próxima": re.compile(r"próxima semana(?!\w)"), "próximo": re.compile(r"próximo (?:mes|año)(?!\w)"),
    "semaine": re.compile(r"semaine prochaine(?!\w)"), "mois": re.compile(r"mois prochain(?!\w)"),
    "minggu": re.compile(r"minggu depan(?!\w)"), "bulan": re.compile(r"bulan depan(?!\w)"),
}  # fmt: skip
_SAME_WEEK = {
    "nächste woche": "next week", "nächsten woche": "next week", "próxima semana": "next week",
    "semaine prochaine": "next week", "minggu depan": "next week", "bulan depan": "next month",
    "nächsten monat": "next month", "mois prochain": "next month", "próximo mes": "next month",
    "coming week": "next week", "following day": "next day", "next business day": "next day",
    "next working day": "next day", "next calendar day": "next day",
}  # fmt: skip
_SENT = re.compile(
    r"\b(?:deliver\w*|ship\w*|arriv\w*|dispatch\w*|sent|send|leaves?|receive|get it|pick up|collect|"
    r"liefer\w*|geliefert|kommt|entreg\w*|llega\w*|envia\w*|livr\w*|"
    r"expédi\w*|dikirim|tiba|sampai)\b"
)
_DAY_BEFORE = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|er|\.)?(?: of| de)? $")
_DAY_AFTER = re.compile(r" (?:the )?([0-9]{1,2})(?:st|nd|rd|th)?(?![\w:]|[.,][0-9])")
_IN_MONTH = re.compile(
    r"(?<!\w)(?:in|by|until|since|from|of|early|late|mid|im|bis|ab|seit|en|desde|hasta|pada|before|after)[ -]$"
)


def speaks_of_sending(low: str) -> bool:
    """Whether a `folded` sentence is about goods on their way, so that a day in it is a promise."""
    return _SENT.search(low) is not None


def _weekday(sentence: Saying, start: int, word: str) -> Claim | None:
    if sentence.asks_customer or sentence.unknown():
        return None
    sent = speaks_of_sending(sentence.low) or sentence.low[max(0, start - 3) : start] == "by "
    key = ("weekday", str(DAY_NAMES[word]), *(("sent",) if sent else ()))
    return Claim(Kind.DATE, start, start + len(word), key)


def _month(sentence: Saying, start: int, word: str) -> Claim | None:
    low, end = sentence.low, start + len(word)
    month = MONTH_NAMES[word]
    day = _DAY_BEFORE.search(low, max(0, start - 9), start)
    if day and not low[day.start() - 1 : day.start()].isalnum():
        return Claim(Kind.DATE, day.start(), end, date_key(int(day[1]), month))
    capital = sentence.raw[start].isupper()
    if capital and (day := _DAY_AFTER.match(low, end)):
        return Claim(Kind.DATE, start, day.end(), date_key(int(day[1]), month))
    if capital and len(word) >= len("may") and _IN_MONTH.search(low, max(0, start - 8), start):
        return Claim(Kind.DATE, start, end, ("month", str(month)))
    return None


def _relative(pattern: re.Pattern[str]) -> Reader:
    def read(sentence: Saying, start: int, word: str) -> Claim | None:
        del word
        match = pattern.match(sentence.low, start)
        if match is None or sentence.asks_customer or sentence.unknown():
            return None
        words = match[0].replace("-", " ")
        is_promise = sentence.source or not words.startswith("this ") or speaks_of_sending(sentence.low)
        if not is_promise:
            return None  # "perfect for this weekend"
        return Claim(Kind.DATE, start, match.end(), ("relative", _SAME_WEEK.get(words, words)))

    return read


def _one_day(sentence: Saying, start: int, word: str) -> Claim | None:
    is_morning = sentence.low[max(0, start - 3) : start] == "la "  # "por la mañana"
    if is_morning or sentence.asks_customer or sentence.unknown():
        return None
    return Claim(Kind.DATE, start, start + len(word), ("relative", _FOREIGN_DAYS[word]))


def _today(sentence: Saying, start: int, word: str) -> Claim | None:
    if sentence.asks or not speaks_of_sending(sentence.low):
        return None
    return Claim(Kind.DATE, start, start + len(word), ("relative", "today"))


READERS: Mapping[str, tuple[Reader, ...]] = {
    **dict.fromkeys(DAY_NAMES, (_weekday,)),
    **dict.fromkeys(MONTH_NAMES, (_month,)),
    **dict.fromkeys(_FOREIGN_DAYS, (_one_day,)),
    **{word: (_relative(pattern),) for word, pattern in _FOREIGN_NEXT.items()},
    **dict.fromkeys(("next", "coming", "following", "this"), (_relative(_NEXT),)),
    "same": (_relative(_SAME_DAY),),
    "end": (_relative(_END_OF),),
    "today": (_today,),
}
