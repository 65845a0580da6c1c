"""Tables without a column for the name or the price, which no row of theirs can make up for."""

import json
import re
from collections.abc import Collection, Mapping, Sequence

from ingestion.columns import SPECIFICATIONS, Field, field_of
from ingestion.titles import folded
from ingestion.values import money

_NAMES: frozenset[str] = frozenset({Field.NAME})
_PRICES: frozenset[str] = frozenset({Field.PRICE, Field.SALE_PRICE})
_SHOWN_TITLES = 20
_SHOWN_CHARS = 60
_CODE = re.compile(r"[\W\d_]*|\S*\d\S*|\S+://\S*")


def lacking(mapping: Mapping[str, str | None]) -> Collection[str]:
    """The fields of which a product needs one and no column has any; empty when nothing is missing.

    Args:
        mapping: field by title.
    """
    held = set(mapping.values())
    return next((fields for fields in (_NAMES, _PRICES) if held.isdisjoint(fields)), frozenset())


def has_one(members: Mapping[str, object], mapping: Mapping[str, str | None], fields: Collection[str]) -> bool:
    """Whether a record has a member for one of these fields that the mapping does not know yet."""
    return any(title not in mapping and field_of(title) in fields for title in members)


def what_lacks(
    mapping: Mapping[str, str | None], fields: Collection[str], sample: Sequence[Mapping[str, object]]
) -> str:
    """A sentence that names the columns that there are and the one that is missing, and says what to do."""
    field = "name" if fields == _NAMES else "price"
    titles = list(mapping)
    told = ", ".join(f"'{title[:_SHOWN_CHARS]}'" for title in titles[:_SHOWN_TITLES])
    more = f" and {len(titles) - _SHOWN_TITLES} more" if len(titles) > _SHOWN_TITLES else ""
    free = [title for title, taken in mapping.items() if taken == SPECIFICATIONS and len(title) <= _SHOWN_CHARS]
    named = [title for title in free if any(field_of(word) in fields for word in folded(title).split())]
    likely = named or [title for title in free if _may_be(field, title, sample)]
    if not likely:
        return f"No column was taken for the {field}: there are {told}{more}. Add one, and send the file again."
    example = json.dumps({likely[0]: field}, ensure_ascii=False)
    return f"No column was taken for the {field}: there are {told}{more}. Send a mapping, like {example}."


def _may_be(field: str, title: str, sample: Sequence[Mapping[str, object]]) -> bool:
    """Whether all values of a column are prices, or none of them is a number or a code."""
    values = [value for members in sample if (value := members.get(title)) not in (None, "")]
    if field == "price":
        return bool(values) and all(_is_price(value) for value in values)
    return bool(values) and all(isinstance(value, str) and not _CODE.fullmatch(value) for value in values)


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and money(value.strip()) is not None)
