"""What no line of the log shows: secrets, people's addresses and numbers, and signs that a terminal would obey."""

import re
from typing import Final

_MASK: Final = "***"

# Ours (auth_service, identity_service), OpenAI's, and anything that a header calls a credential.
_KEYS = re.compile(r"\b(?:sk|pk|st|is)[_-][A-Za-z0-9_.-]{8,}|(?<=Bearer )[^\s\"']{8,}|(?<=token\.)[A-Za-z0-9_.-]{8,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
# Digits in groups, as cards and telephone numbers are written; what they are is told by how many there are.
_NUMBER = re.compile(r"(?<![\w.:/-])\+?\(?\d[\d ()./-]{6,30}\d(?![\w:-]|\.\w)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,3}(?:\.\d{1,3}){3}")
_FEWEST_CARD, _MOST_CARD = 13, 19
_FEWEST_TELEPHONE, _MOST_TELEPHONE = 8, 15

# C0 and C1 controls, line and paragraph separators, and what turns the direction of writing.
_SIGNS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def masked(text: str) -> str:
    """A text without keys, tokens, e-mail addresses, telephone, card and account numbers.

    A telephone number is told by a plus sign, or by blanks, dashes or slashes between its digits: plain numbers, times
    and addresses of machines stay.
    """
    text = _JWT.sub(_MASK, _KEYS.sub(_MASK, text))
    if "@" in text:
        text = _EMAIL.sub(_MASK, text)
    return _NUMBER.sub(_number, _IBAN.sub(_MASK, text))


def harmless(text: str) -> str:
    """A text whose line ends, escapes and turns of direction are seen and not obeyed."""
    return _SIGNS.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def _number(match: re.Match[str]) -> str:
    said = match[0]
    if _DATE.match(said):
        return said
    digits = [int(char) for char in said if char.isdigit()]
    if _FEWEST_CARD <= len(digits) <= _MOST_CARD and _is_card(digits):
        return _MASK
    is_written_so = said.startswith("+") or any(sign in said for sign in " -/(")
    return _MASK if is_written_so and _FEWEST_TELEPHONE <= len(digits) <= _MOST_TELEPHONE else said


def _is_card(digits: list[int]) -> bool:
    """Luhn's check (ISO/IEC 7812-1): from the right every second digit is doubled, and the sum ends in 0."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
