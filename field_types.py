"""The types of fields: texts, moments and numbers. What each refuses stands in the schema that is given out, too."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

MAX_PRICE = 1e12

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # all but tabs and ends of lines


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What a type asks beyond what pydantic knows. It stands behind `Field(...)`: lengths are looked at first.

    Attributes:
        check: gives the value back, or raises ValueError with what it must be.
        says: the same as members of the type's JSON schema.
    """

    check: Callable[[Any], Any]
    says: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401, any type
        """As pydantic asks for it."""
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As pydantic asks for it."""
        return {**handler(core_schema), **self.says}


def _encodable(value: str) -> str:
    """A lone surrogate, which JSON's escapes can spell, is no character and cannot be stored."""
    if _SURROGATE.search(value):
        raise ValueError("must not contain lone surrogates")
    return value


def _plain(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return _encodable(value)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return _encodable(value)


def _as_utc(value: object) -> object:
    """v2.0 wrote naive local stamps ("2025-06-11 00:04:44.412073"); they are read as UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _not_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004, pydantic reports ValueError alone
    return value


_MAX_DEPTH = 20
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def _storable(value: Any, depth: int = 0) -> Any:  # noqa: ANN401, any JSON may be there
    """Any JSON that can be stored and served again: finite numbers, whole characters, and not too deep.

    A whole number of more than 64 bits, such as the number of a SIM card, becomes the text of its digits.
    """
    if depth > _MAX_DEPTH:
        raise ValueError("is nested too deeply")
    match value:
        case str():
            return _encodable(value)
        case float() if not math.isfinite(value):
            raise ValueError("must not hold NaN or infinity")
        case int() if not _SMALLEST <= value <= _LARGEST:
            return str(value)
        case list():
            return [_storable(item, depth + 1) for item in value]
        case dict():
            return {_encodable(name): _storable(item, depth + 1) for name, item in value.items()}
        case _:
            return value


# A schema's text is Unicode, so that what it says of surrogates is nothing.
ENCODABLE = Rule(_encodable, {})
PLAIN = Rule(_plain, {"pattern": r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]*$"})
STORABLE = Rule(_storable, {"additionalProperties": False})  # than those whose names are plain
NOT_BLANK = Rule(_not_blank, {"pattern": r"\S"})

Text = Annotated[str, PLAIN]
Origin = Annotated[str, Field(pattern=r"^https?://[^/*\s\x00-\x1F\x7F-\x9F]+$", max_length=300)]
Timestamp = Annotated[AwareDatetime, BeforeValidator(_as_utc)]
Price = Annotated[float, Field(ge=0, le=MAX_PRICE, allow_inf_nan=False), BeforeValidator(_not_boolean)]
Specifications = Annotated[dict[Text, Any], Field(max_length=300), STORABLE]
