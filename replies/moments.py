"""Words for time in several languages: units of a span, months, weekdays."""

import re
from functools import lru_cache

from understanding.words import word_set

HOURS, MONTHS = "hours", "months"

# Each unit in hours or in months: 24 hours are a day, 12 months a year, but no number of days is a month.
_UNITS: dict[str, tuple[str, float]] = {
    word: (base, factor)
    for listed, base, factor in (
        ("second seconds sec secs sekunde sekunden segundo segundos seconde secondes detik", HOURS, 1 / 3600),
        ("minute minutes min mins minuten minuto minutos menit", HOURS, 1 / 60),
        ("hour hours hr hrs h stunde stunden hora horas heure heures jam", HOURS, 1),
        (
            """day days tag tage tagen tägig tägige tägiges tägigen werktag werktage werktagen werktages arbeitstag
            arbeitstage arbeitstagen día días dia dias jour jours hari night nights""",
            HOURS,
            24,
        ),
        ("week weeks woche wochen wöchig semana semanas semaine semaines minggu", HOURS, 168),
        ("month months monat monate monaten mes meses mois bulan", MONTHS, 1),
        (
            """year years yr yrs jahr jahre jahren jährig jährige jähriger jährigen año años ans an année années
            tahun""",
            MONTHS,
            12,
        ),
    )
    for word in listed.split()
}
UNIT_WORDS = frozenset(_UNITS)
BUSINESS = word_set("business working calendar full more consecutive whole extra additional") | {"work"}

_MONTH_NAMES = (
    "january januar janvier enero januari", "february februar février febrero februari", "march märz mars marzo maret",
    "april avril abril", "may mai mayo mei", "june juni juin junio", "july juli juillet julio",
    "august août agosto agustus", "september septembre septiembre", "october oktober octobre octubre",
    "november novembre noviembre", "december dezember décembre diciembre desember",
)  # fmt: skip
MONTH_NAMES = {word: number for number, listed in enumerate(_MONTH_NAMES, 1) for word in listed.split()} | {
    word: number
    for number, word in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}

_DAY_NAMES = (
    "monday mondays montag montags lunes lundi senin", "tuesday tuesdays dienstag dienstags martes mardi selasa",
    "wednesday wednesdays mittwoch mittwochs miércoles mercredi rabu",
    "thursday thursdays donnerstag donnerstags jueves jeudi kamis",
    "friday fridays freitag freitags viernes vendredi jumat", "saturday saturdays samstag samstags sábado samedi sabtu",
    "sunday sundays sonntag sonntags domingo dimanche minggu",
)  # fmt: skip
# "Minggu" is Sunday and week; behind a number it is a week, and elsewhere it is not read.
DAY_NAMES = {word: number for number, listed in enumerate(_DAY_NAMES) for word in listed.split() if word != "minggu"}
_SHORT_DAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6}
_ANY_DAY = "|".join(sorted({**DAY_NAMES, **_SHORT_DAYS}, key=len, reverse=True))
_DAY_RANGE = re.compile(
    rf"(?<!\w)({_ANY_DAY})\.?(?: ?- ?| to | through | until | bis | a | au | sampai )({_ANY_DAY})(?!\w)"
)
_GROUPS = {"weekday": range(5), "weekdays": range(5), "weekend": range(5, 7), "weekends": range(5, 7)}
_SHORT_DAY = re.compile(rf"(?<!\w)({'|'.join(_SHORT_DAYS)})(?!\w)")
_WEEK = 7
_TEXTS_KEPT = 1_024  # a brand's texts are the same from turn to turn


def span_unit(word: str) -> tuple[str, float] | None:
    """The base that a unit of time is counted in, and how many of it the unit is."""
    return _UNITS.get(word)


@lru_cache(maxsize=_TEXTS_KEPT)
def weekdays_in(low: str) -> frozenset[int]:
    """The weekdays that a source's text covers, Monday 0: those named, and those within "Mon-Fri"."""
    days = {day for word, day in DAY_NAMES.items() if word in low}
    for word, group in _GROUPS.items():
        if word in low:
            days.update(group)
    days.update(_SHORT_DAYS[match[1]] for match in _SHORT_DAY.finditer(low))
    numbers = {**DAY_NAMES, **_SHORT_DAYS}
    for match in _DAY_RANGE.finditer(low):
        first, last = numbers[match[1]], numbers[match[2]]
        days.update((first + step) % _WEEK for step in range((last - first) % _WEEK + 1))
    return frozenset(days)
