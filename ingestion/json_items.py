"""Objects of a JSON list as records: shapes of shops made plain, names and addresses taken out of objects."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ingestion.columns import Field, field_of
from ingestion.inner_prices import has_inner_price, with_inner_price
from ingestion.json_ld import addresses_of, is_product, name_of, product_members
from ingestion.json_shops import (
    is_shopify,
    is_woocommerce,
    money_of,
    not_for_sale,
    shopify_members,
    unfolded,
    woocommerce_members,
)
from ingestion.records import Limits, Record, Rejected
from ingestion.variants import Variant, cheapest, facts
from understanding.words import word_set

_NAMES = ("name", "key", "label", "title", "attribute", "property", "code")
_VALUES = ("value", "values", "options", "option", "val", "text")
_LISTS_OF_FACTS = word_set(
    "attributes properties specifications specs parameters params characteristics features_list custom_attributes facts"
)
_VARIANTS = ("variants", "variations", "skus", "models")
_AVAILABLE = ("available", "in_stock", "inStock", "is_in_stock", "availability")
_STOCK = ("stock", "quantity", "stock_quantity", "inventory_quantity", "qty")
_OF_VARIANTS = word_set(
    "id sku price name title available in_stock inStock is_in_stock availability currency image images"
)
_MOST_OPTIONS = 10
_WIDEST = 1_000


def told_as_product(item: object) -> bool:
    """Whether an object has what a product has at least: a name and a price, be it that of an offer or variant."""
    if not isinstance(item, dict):
        return False
    if is_product(item) or is_shopify(item) or is_woocommerce(item):
        return True
    fields = {field_of(name) for name in islice(item, _WIDEST)}
    if Field.NAME not in fields:
        return False
    if Field.PRICE in fields or Field.SALE_PRICE in fields:
        return True
    return has_inner_price(item) or any(_priced(item.get(name)) for name in _VARIANTS)


def members_of(item: object, number: int, limits: Limits, *, section: str = "") -> Record | Rejected:
    """An item of a list as a record; rejected when it is no object, or larger or deeper than the limits say."""
    if not isinstance(item, dict):
        return Rejected(number, "it is no object with members")
    if reason := _beyond(item, limits):
        return Rejected(number, reason)
    if is_product(item):
        return Record(number, product_members(item), section)
    shop = shopify_members if is_shopify(item) else woocommerce_members if is_woocommerce(item) else None
    if shop is not None:
        if reason := not_for_sale(item):
            return Rejected(
                number, reason, {name: item[name] for name in ("id", "title", "name", "handle") if name in item}
            )
        return Record(number, shop(item), section)
    return Record(number, with_inner_price(_plain_members(item)), section)


def _beyond(item: Mapping[str, object], limits: Limits) -> str:
    """Which limit an item is beyond; empty when it is within all."""
    if len(item) > limits.columns:
        return f"{len(item):,} members, but at most {limits.columns:,} are read"
    left: list[tuple[object, int]] = [(item, 1)]
    while left:
        value, depth = left.pop()
        if isinstance(value, str):
            if len(value) > limits.cell_chars:
                return f"a text of {len(value):,} characters, but at most {limits.cell_chars:,} are read"
        elif isinstance(value, dict | list):
            if depth > limits.depth:
                return f"nested deeper than {limits.depth} levels"
            left.extend((inner, depth + 1) for inner in (value.values() if isinstance(value, dict) else value))
    return ""


def _plain_members(item: Mapping[str, object]) -> dict[str, object]:
    members: dict[str, object] = {}
    found: dict[str, object] = {}
    for name, raw in item.items():
        value = unfolded(raw)
        if value is None or (name.startswith("@") and name != "@id"):
            continue
        if name.casefold() in _LISTS_OF_FACTS and (told := _facts(value)):
            found |= told
        else:
            members |= _member(name, value)
    variants = next((name for name in _VARIANTS if _priced(members.get(name))), None)
    if variants is not None:
        found |= _of_variants(members, members.pop(variants))
    if found:
        own = members.get("specifications")
        members["specifications"] = {**own, **found} if isinstance(own, dict) else found
        if own is not None and not isinstance(own, dict):
            found["specifications"] = own
    return members


def _member(name: str, value: object) -> dict[str, object]:
    """A member in the form that its field has in a plain list; the currency of a price becomes a member beside it."""
    if not isinstance(value, dict | list):
        return {name: value}
    match field_of(name):
        case Field.PRICE | Field.SALE_PRICE:
            said, currency = money_of(value)
            return {name: said, "currency": currency} if currency else {name: said}
        case Field.IMAGE_URL | Field.IMAGES:
            return {name: addresses_of(value) or value}
        case Field.NAME | Field.CATEGORY | Field.MAKER:
            return {name: name_of(value)}
        case _:
            return {name: value}


def _facts(value: object) -> dict[str, object]:
    """{"Colour": "red"} of [{"name": "Colour", "value": "red"}]; empty when it is another kind of list."""
    if not isinstance(value, list) or not value:
        return {}
    found: dict[str, object] = {}
    for one in value:
        if not isinstance(one, dict):
            return {}
        name = next((one[key] for key in _NAMES if isinstance(one.get(key), str)), None)
        said = next((one[key] for key in _VALUES if one.get(key) is not None), None)
        if name is None:
            return {}
        if said is not None:
            found[name] = said
    return found


def _priced(value: object) -> bool:
    return isinstance(value, list) and any(
        isinstance(one, dict) and one.get("price") is not None for one in value[:_MOST_OPTIONS]
    )


def _of_variants(members: dict[str, object], value: object) -> dict[str, object]:
    """The facts of a product's variants; their lowest price becomes the product's when it has none of its own."""
    raw: Sequence[object] = value if isinstance(value, list) else []
    variants = [_variant(one) for one in raw if isinstance(one, dict)]
    shown = cheapest(variants)
    names = {field_of(name) for name in members}
    if shown is not None and Field.PRICE not in names:
        members["price"] = shown.price
        currency = next(
            (found for one in raw if isinstance(one, dict) and (found := money_of(one.get("price"))[1])), None
        )
        if currency is not None and Field.CURRENCY not in names:
            members["currency"] = currency
    if Field.AVAILABILITY not in names and Field.STOCK not in names:
        states = [state for one in raw if isinstance(one, dict) and (state := _state(one)) is not None]
        if states:
            members["availability"] = any(states)
    return dict(facts(variants)) or {"variants": value}


def _variant(one: Mapping[str, object]) -> Variant:
    options = one.get("options") if isinstance(one.get("options"), dict) else one.get("attributes")
    said = options if isinstance(options, dict) else dict(islice(_scalars(one), _MOST_OPTIONS))
    stock = next((one[name] for name in _STOCK if isinstance(one.get(name), int)), None)
    price, _ = money_of(one.get("price"))
    return Variant(
        {str(name): str(value) for name, value in said.items() if value not in (None, "")},
        price=price,
        stock="" if stock is None else str(stock),
        available=_state(one) is not False,
        sku=str(one.get("sku") or ""),
        name=str(one.get("name") or one.get("title") or ""),
    )


def _scalars(one: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if one.get("name") or one.get("title"):
        return
    for name, value in one.items():
        if isinstance(value, str | int | float) and name not in _OF_VARIANTS and name not in _STOCK:
            yield name, value


def _state(one: Mapping[str, object]) -> bool | None:
    for name in _AVAILABLE:
        if isinstance(said := one.get(name), bool):
            return said
    stock = next((one[name] for name in _STOCK if isinstance(one.get(name), int)), None)
    return None if stock is None else int(str(stock)) > 0
