"""Prices that stand one level below the product, as many interfaces and feeds write them."""

from collections.abc import Mapping
from itertools import islice

from ingestion.columns import Field, field_of

_PRICES = frozenset({Field.PRICE, Field.SALE_PRICE})
_LIFTED = _PRICES | {Field.CURRENCY}
_MOST = 1_000  # members that are looked at


def has_inner_price(members: Mapping[str, object]) -> bool:
    """Whether exactly one object among the members holds a price."""
    return _holder(members) is not None


def with_inner_price(members: dict[str, object]) -> dict[str, object]:
    """The members with the price of their one object that has one beside them: {"pricing": {"price": 5}}.

    What else the object holds stays in it. Members that have a price of their own stay as they are.
    """
    fields = {field_of(name) for name in islice(members, _MOST)}
    if fields & _PRICES or (holder := _holder(members)) is None:
        return members
    inner = members[holder]
    if not isinstance(inner, dict):
        return members
    lifted = {name: value for name, value in inner.items() if field_of(name) in _LIFTED and name not in members}
    rest = {name: value for name, value in inner.items() if name not in lifted}
    kept = {name: value for name, value in members.items() if name != holder}
    return {**kept, **lifted, **({holder: rest} if rest else {})}


def _holder(members: Mapping[str, object]) -> str | None:
    holders = [
        name
        for name, value in islice(members.items(), _MOST)
        if isinstance(value, dict)
        and field_of(name) not in _PRICES
        and any(field_of(inner) in _PRICES and _is_plain(said) for inner, said in islice(value.items(), _MOST))
    ]
    return holders[0] if len(holders) == 1 and "shipping" not in holders[0].casefold() else None


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
