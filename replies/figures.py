"""Figures in a sentence: amounts of money, percentages, measures, spans of time, clock times and dates in digits."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from replies.claims import Claim, Kind
from replies.currencies import CENTS, SIGNS, Mark, currencies_named, mark_before
from replies.moments import BUSINESS, span_unit
from replies.numerals import Number, numbers_in, spaced
from understanding.measures import measures_in, unit_named

_NEXT = re.compile(rf"(?:[.,]-{{1,2}})?(?P<gap>[ -]{{0,2}})(?P<unit>[a-z]{{0,3}}[{SIGNS}]|[%\"″”°]|[^\W\d_]+)")
_WORD = re.compile(r"[ -]([^\W\d_]+)")
_MULTIPLES = {"k": 1e3, "grand": 1e3, "thousand": 1e3, "mil": 1e6, "million": 1e6, "ribu": 1e3, "juta": 1e6}
_PERCENT = frozenset({"%", "percent", "prozent", "persen"})
_PER_CENT = re.compile(r" (?:per cent|por ciento|pour cent)(?!\w)")
_AND_CENTS = re.compile(r"(?: and | und | y | et |,? )([0-9]{1,2}) ?(?:cents?|pence)(?!\w)")
_PRICED = re.compile(
    r"(?:costs?|priced? (?:it |them |this )?at|prices?(?: (?:is|of|at))?:?|kosten|kostet|preis(?: (?:ist|von))?:?|"
    r"cuestan?|precio(?: (?:es|de))?"
    r":?|coûte(?:nt)?|prix(?: (?:est|de))?:?|harga(?:nya)?(?: adalah)?:?|seharga)"
    r"(?: (?:only|just|about|around|nur|solo|hanya))?"
    r" \**$"
)
_PRICE_STEMS = ("cost", "pric", "kost", "preis", "cuesta", "preci", "coût", "prix", "harga")
_LONGEST_PRICED = 30  # characters of the words before a bare price

# What stands between the two numbers of a range, and between the numbers of a list that share a unit.
_RANGE = re.compile(r" ?- ?| (?:to|or|bis|oder|a|à|sampai|hingga|until) ")
_LONGEST_LINK = 9  # characters of what may stand between the two
_TIGHT = re.compile(r"-| (?:to|or|bis|oder|a|à|sampai|hingga|until) ")
_SIDES = re.compile(r" ?[x\u00d7] ?")
_BOTH = re.compile(r" (?:and|und|y|et|dan|&) ")
_BETWEEN = re.compile(r"(?:between|from|both|either|zwischen|von|entre|de|antara|dari) $")

_DATE = re.compile(
    r"(?P<year>[12][0-9]{3})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9])"
    r"|(?P<one>[0-9]{1,2})(?P<by>[./-])(?P<two>[0-9]{1,2})(?P=by)(?:[12][0-9]{3}|[0-9]{2})(?![0-9])"
)
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-5][0-9]))?(?P<half> ?(?:am|pm|a\.m\.|p\.m\.|a\.m|p\.m| uhr|uhr|"
    r"o'clock))(?!\w)"
    r"|(?P<hour24>[0-9]{1,2}):(?P<minute24>[0-5][0-9])(?![0-9:])"
)
_ASPECT = re.compile(r"[ -](?:screen|display|aspect|ratio|panel|format|monitor|oled|ips|lcd)")  # "16:10 screen"
_ROUND_THE_CLOCK = re.compile(r"24 ?/ ?7(?![0-9])")
_SINCE = re.compile(r"(?:since|founded in|established in|seit|desde|depuis|sejak|in|until|by) $")
_YEARS = range(1900, 2100)
_HALF_DAY, _DAY_HOURS = 12, 24

# Units that customers do not search by, and that replies quote: all compared as they are written.
_MORE_UNITS = {"nm": "nm", "bar": "bar", "psi": "psi", "kcal": "kcal", "kj": "kj", "gsm": "gsm", "mph": "mph"}
_SPEEDS = re.compile(r" ?km/h")
_DEGREES = re.compile(r" ?°? ?([cf])(?!\w)| ?(°)")
_GOES_ON = re.compile(r"-[0-9a-z]")  # "2-in-1" is no length
_LONGEST_UNIT = 24  # characters behind a number in which its unit stands

# Before "one" or "a" these make a span of time; "one day" by itself is no promise.
_WITHIN = re.compile(r"(?:within|in|for|after|takes|least|of|another|than) $")
_ARTICLE = re.compile(
    r"(?<!\w)(?:(?:within|in|for|after) (?P<count>an?|one)|within (?P<the>the))"
    r" (?P<unit>hour|day|week|month|year)(?!\w)"
)
_SPAN_OF = re.compile(r" (?:warranty|guarantee|delivery|shipping|returns?|trial|free)(?!\w)")


class _Unit(NamedTuple):
    """What a number counts: `kind`, the key and factor of its base unit, and where the unit's name ends."""

    kind: Kind
    key: tuple[str, ...]
    factor: float
    end: int
    currencies: frozenset[str] = frozenset()
    number: float | None = None


def figures_in(low: str) -> Iterator[Claim]:
    """The figures of one `folded` sentence; they may overlap."""
    numbers = numbers_in(low)
    if not numbers:
        yield from _articles(low)
        return
    has_price_word = any(stem in low for stem in _PRICE_STEMS)
    taken = 0
    units = _Units(low, numbers)
    for index, number in enumerate(numbers):
        if number.start < taken:
            continue
        claim = None if number.spelled else _moment(low, number)
        claim = claim or units.claim(index, has_price_word=has_price_word)
        if claim:
            taken = claim.end
            yield claim
    yield from _articles(low)


class _Units:
    """The numbers of one sentence with what they count; neighbours in a range or list share it."""

    def __init__(self, low: str, numbers: list[Number]) -> None:
        self._low = low
        self._numbers = numbers

    def claim(self, index: int, *, has_price_word: bool) -> Claim | None:
        """What the number at `index` claims; nothing for a mere count."""
        number = self._numbers[index]
        mark = None if number.spelled else mark_before(self._low, number.start)
        if mark is None and self._inside_a_word(number):
            return None
        if number.spelled:
            return self._counted(index, number, has_price_word=False)
        if (wide := spaced(self._low, number.start)) and (mark or self._is_money(wide)):
            number = wide
        return self._money(number, mark) if mark else self._counted(index, number, has_price_word=has_price_word)

    def _inside_a_word(self, number: Number) -> bool:
        before = self._low[number.start - 1 : number.start]
        return before.isalpha() or before == "_"

    def _is_money(self, number: Number) -> bool:
        unit = self._unit(number)
        return unit is not None and unit.kind is Kind.MONEY

    def _money(self, number: Number, mark: Mark) -> Claim:
        value, end = self._multiplied(number)
        behind = _NEXT.match(self._low, end)
        if behind and (codes := currencies_named(behind["unit"])) and not _begins_another(self._low, behind):
            return _amount(value, mark.start, behind.end(), mark.currencies & codes or codes)
        return _amount(value, mark.start, end, mark.currencies)

    def _multiplied(self, number: Number) -> tuple[float, int]:
        behind = _NEXT.match(self._low, number.end)
        if behind and behind["unit"] in _MULTIPLES and "-" not in behind["gap"]:
            factor = _MULTIPLES[behind["unit"]]
            return number.value * factor, behind.end()
        return number.value, number.end

    def _counted(self, index: int, number: Number, *, has_price_word: bool) -> Claim | None:
        unit = self._unit(number)
        if unit is None:
            return (_bare_price(self._low, number) if has_price_word else None) or self._shared(index, number)
        if unit.kind is Kind.DURATION:
            if number.spelled and number.value == 1 and not self._is_span(number, unit.end):
                return None
            return self._span(number, number, unit)
        return self._of_unit(number, unit)

    def _of_unit(self, number: Number, unit: _Unit, end: int | None = None) -> Claim:
        end = unit.end if end is None else end
        if unit.kind is Kind.MONEY:
            cents = _AND_CENTS.match(self._low, unit.end)
            value = self._multiplied(number)[0] * unit.factor
            if cents and end == unit.end:
                return _amount(value + int(cents[1]) / 100, number.start, cents.end(), unit.currencies)
            return _amount(value, number.start, end, unit.currencies, unit.key)
        value = number.value * unit.factor if unit.number is None else unit.number
        return Claim(unit.kind, number.start, end, unit.key, value, value)

    def _shared(self, index: int, number: Number) -> Claim | None:
        """A number without a unit of its own that shares its neighbour's: "3-5 days", "$500-800", "60 x 40 cm"."""
        if index + 1 < len(self._numbers):
            following = self._numbers[index + 1]
            is_near = following.start - number.end <= _LONGEST_LINK
            unit = self._unit(following) if is_near else None
            if unit and self._shares(number, following, unit.kind):
                if unit.kind is Kind.DURATION:
                    return self._span(number, following, unit)
                return self._of_unit(number, unit._replace(number=_in_base(number, following, unit)), number.end)
        if index and _RANGE.fullmatch(self._low[self._numbers[index - 1].end : number.start]):
            before = self._numbers[index - 1]
            if not before.spelled and (mark := mark_before(self._low, before.start)):
                value, end = self._multiplied(number)
                return _amount(value, number.start, end, mark.currencies)
        return None

    def _shares(self, number: Number, following: Number, kind: Kind) -> bool:
        between = self._low[number.end : following.start]
        joint = _TIGHT.fullmatch(between) or (_SIDES.fullmatch(between) if kind is Kind.MEASURE else None)
        if joint:
            return True
        # "Studio 16 - 32 GB" is a name and a measure, "from 16 - 32 GB" a range.
        if not (_BOTH.fullmatch(between) or between == " - "):
            return False
        return _BETWEEN.search(self._low, max(0, number.start - 10), number.start) is not None

    def _span(self, first: Number, last: Number, unit: _Unit) -> Claim:
        low, high = first.value * unit.factor, last.value * unit.factor
        return Claim(Kind.DURATION, first.start, unit.end, unit.key, high, low)

    def _is_span(self, number: Number, end: int) -> bool:
        """Whether "one day" is a promise: "a one-day return", "within one day"."""
        hyphenated = self._low[number.end : number.end + 1] == "-"
        before = _WITHIN.search(self._low, max(0, number.start - 10), number.start)
        return bool(hyphenated or before or _SPAN_OF.match(self._low, end))

    def _unit(self, number: Number) -> _Unit | None:
        """What stands directly behind a number, if it is a unit."""
        low = self._low
        behind = _NEXT.match(low, number.end)
        if behind is None:
            return None
        word, end = behind["unit"], behind.end()
        if word in _PERCENT:
            return _Unit(Kind.PERCENT, (), 1, end)
        if per_cent := _PER_CENT.match(low, number.end):
            return _Unit(Kind.PERCENT, (), 1, per_cent.end())
        if money := self._currency(behind):
            return money
        if word in BUSINESS and (following := _WORD.match(low, end)):
            word, end = following[1], following.end()
        if (span := span_unit(word)) and not (word == "h" and number.spelled):
            return _Unit(Kind.DURATION, (span[0],), span[1], end)
        may_be_unit = _may_be_unit(word) and (word.isalpha() or not number.spelled)  # two "words" are no inches
        return _measure(low, number) if may_be_unit else None

    def _currency(self, behind: re.Match[str]) -> _Unit | None:
        word, end = behind["unit"], behind.end()
        if "-" in behind["gap"] and word not in {"dollar", "euro", "pound"}:
            return None
        if word in _MULTIPLES and (following := _NEXT.match(self._low, end)):
            word, end = following["unit"], following.end()
        if (codes := currencies_named(word)) and not (word[-1] in SIGNS and _begins_another(self._low, behind)):
            key = ("mass",) if word in {"pound", "pounds"} else ()
            return _Unit(Kind.MONEY, key, 1, end, codes)
        if word in CENTS:
            return _Unit(Kind.MONEY, (), 0.01, end)
        return None


def _in_base(number: Number, following: Number, unit: _Unit) -> float | None:
    """The number in the base unit of the one that its unit stands behind."""
    if unit.number is None or not following.value:
        return None
    return number.value * unit.number / following.value


def _begins_another(low: str, behind: re.Match[str]) -> bool:
    """Whether what stands behind an amount marks the next one: the second sign of "$500-$800"."""
    return "-" in behind["gap"] or low[behind.end() : behind.end() + 2].strip()[:1].isdigit()


def _amount(value: float, start: int, end: int, currencies: frozenset[str], key: tuple[str, ...] = ()) -> Claim:
    return Claim(Kind.MONEY, start, end, key, value, value, currencies)


def _may_be_unit(word: str) -> bool:
    return unit_named(word) or word in _MORE_UNITS or word in {"km", "cd", "°"}


def _measure(low: str, number: Number) -> _Unit | None:
    behind = low[number.end : number.end + _LONGEST_UNIT]
    if speed := _SPEEDS.match(behind):
        return _Unit(Kind.MEASURE, ("km/h",), 1, number.end + speed.end())
    if degrees := (_DEGREES.match(behind) if "°" in behind[:2] else None):
        return _Unit(Kind.MEASURE, (f"°{degrees[1] or ''}",), 1, number.end + degrees.end())
    digits = f"{number.value:.15g}" if number.spelled else low[number.start : number.end]
    read = next(measures_in(digits + behind, spoken=True), None)
    if read is not None and read.start == 0 and not _GOES_ON.match(digits + behind, read.end):
        end = number.end + read.end - len(digits)
        written_in = read.value.lstrip("0123456789.e+-")
        return _Unit(Kind.MEASURE, (read.dimension, written_in), 1, end, number=read.number)
    word = _NEXT.match(low, number.end)
    if word and (unit := _MORE_UNITS.get(word["unit"])):
        return _Unit(Kind.MEASURE, (unit,), 1, word.end())
    return None


def _bare_price(low: str, number: Number) -> Claim | None:
    """A number without a currency where the words before it say that it is a price."""
    if number.spelled or not _PRICED.search(low, max(0, number.start - _LONGEST_PRICED), number.start):
        return None
    number = spaced(low, number.start) or number
    return _amount(number.value, number.start, number.end, frozenset())


def _moment(low: str, number: Number) -> Claim | None:
    """A date, a clock time or a year that begins with a number in digits."""
    start, after = number.start, low[number.end : number.end + 1]
    if low[start - 1 : start].isalnum():
        return None
    in_points = low.find(".", start, number.end) >= 0
    if (in_points or after in {"-", "/"}) and (date := _DATE.match(low, start)):
        day, month = (date["day"], date["month"]) if date["year"] else (date["one"], date["two"])
        return Claim(Kind.DATE, start, date.end(), date_key(int(day), int(month)))
    if number.value == _DAY_HOURS and (always := _ROUND_THE_CLOCK.match(low, start)):
        return Claim(Kind.DATE, start, always.end(), ("always",))
    if (in_points or number.value <= _DAY_HOURS) and (clock := _CLOCK.match(low, start)):
        return None if _ASPECT.match(low, clock.end()) else _clock(clock)
    if number.end - start == len("2000") and _YEARS[0] <= number.value <= _YEARS[-1] and not in_points:
        behind = _NEXT.match(low, number.end)
        is_year = _SINCE.search(low, max(0, start - 15), start) and not (behind and currencies_named(behind["unit"]))
        return Claim(Kind.DATE, start, number.end, ("year", low[start : number.end])) if is_year else None
    return None


def _clock(clock: re.Match[str]) -> Claim | None:
    hour = int(clock["hour"] or clock["hour24"])
    minute = int(clock["minute"] or clock["minute24"] or 0)
    half = (clock["half"] or "").replace(".", "").strip()
    if half in {"am", "pm"}:
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "pm" else 0)
    return Claim(Kind.DATE, clock.start(), clock.end(), ("clock", str(hour * 60 + minute)))


def date_key(day: int, month: int) -> tuple[str, ...]:
    """The same for both orders in which day and month are written."""
    return ("date", *map(str, sorted((day, month))))


def _articles(low: str) -> Iterator[Claim]:
    """Spans of one: "within a week", "in an hour"."""
    for match in _ARTICLE.finditer(low):
        if (unit := span_unit(match["unit"])) is not None:
            start = match.start("count") if match["count"] else match.start("the")
            yield Claim(Kind.DURATION, start, match.end(), (unit[0],), unit[1], unit[1])
