"""Products in JSON-LD, as shops write them into their pages for search engines (schema.org)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ingestion.variants import Variant, cheapest, facts
from understanding.words import word_set

_PRODUCTS = word_set("Product ProductGroup IndividualProduct ProductModel SomeProducts Vehicle Car Book")
_DEEPEST = 8
_MOST_VISITED = 1_000_000

_STATES = {
    "instock": True, "limitedavailability": True, "onlineonly": True, "instoreonly": True,
    "outofstock": False, "soldout": False, "discontinued": False, "preorder": False, "presale": False,
    "backorder": False, "reserved": False,
}  # fmt: skip
_OPTIONS = ("color", "size", "material", "pattern", "suggestedAge", "suggestedGender")
# Told of a product in another form, or nothing that is the product's.
_TOLD = word_set(
    """
    productID sku name description category offers url image brand manufacturer hasVariant additionalProperty
    potentialAction mainEntityOfPage isVariantOf inProductGroupWithID variesBy
    """
)
_ADDRESSES = ("url", "contentUrl", "src", "originalSrc", "original", "link", "href", "image", "@id")
_LONGEST_NAME = 200


def is_linked_data(document: object) -> bool:
    """Whether a document speaks schema.org's language."""
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and not first.keys().isdisjoint({"@context", "@graph", "@type"})


def products_of(document: object) -> list[Mapping[str, object]]:
    """The products of a document in order, wherever they stand in it; what else it describes is passed over."""
    found: list[Mapping[str, object]] = []
    left: list[tuple[object, int]] = [(document, 0)]
    for _ in range(_MOST_VISITED):
        if not left:
            break
        value, depth = left.pop()
        if isinstance(value, dict):
            if is_product(value):
                found.append(value)
                continue
            inner: list[object] = list(value.values())
        else:
            inner = value if isinstance(value, list) else []
        if depth < _DEEPEST:
            left.extend((one, depth + 1) for one in reversed(inner) if isinstance(one, dict | list))
    return found


def is_product(item: Mapping[str, object]) -> bool:
    """Whether an object is one of schema.org's products."""
    kinds = item.get("@type")
    said = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1] in _PRODUCTS for kind in said)


def product_members(item: Mapping[str, object]) -> dict[str, object]:
    """A product's members by the names of a plain list: its offer's price and state, its pictures' addresses."""
    offers = [
        offer for one in [item, *_objects(item.get("hasVariant"))] for offer in _offers(one, is_variant=one is not item)
    ]
    variants = [offer.variant for offer in offers]
    shown = cheapest(variants)
    offer = next((offer for offer in offers if offer.variant is shown), None)
    states = {one.state for one in offers} - {None}
    members: dict[str, object] = {
        "id": item.get("productID"),
        "sku": item.get("sku"),
        "name": item.get("name"),
        "description": item.get("description"),
        "category": name_of(item.get("category")),
        "price": shown.price if shown else None,
        "currency": offer.currency if offer else None,
        "availability": True in states if states else None,
        "url": (offer.url if offer else "") or item.get("url"),
        "images": addresses_of(item.get("image")),
        "specifications": dict(_specifications(item)) | dict(facts(variants)),
    }
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def _specifications(item: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in item.items():
        if name in {"brand", "manufacturer"}:
            yield name, name_of(value)
        elif not name.startswith("@") and name not in _TOLD and value not in (None, "", [], {}):
            yield name, _plain(value)
    for one in _objects(item.get("additionalProperty")):
        title, said, unit = one.get("name"), one.get("value"), one.get("unitText")
        if isinstance(title, str) and said is not None:
            yield title, f"{said} {unit}" if isinstance(unit, str) else said


class _Offer(NamedTuple):
    """What one offer says.

    Attributes:
        variant: its price, whether it can be had, and what it is an offer of.
        state: whether it can be had; None when it does not say.
        currency: a code; None when there is none.
        url: of its page; may be empty.
    """

    variant: Variant
    state: bool | None
    currency: object
    url: object


def _offers(item: Mapping[str, object], *, is_variant: bool) -> Iterator[_Offer]:
    options = {name: str(item[name]) for name in _OPTIONS if is_variant and isinstance(item.get(name), str)}
    for outer in _objects(item.get("offers")):
        for one in _objects(outer.get("offers")) or [outer]:
            stated = [one, *_objects(one.get("priceSpecification")), outer]
            price = next(
                (each[name] for each in stated for name in ("price", "lowPrice") if each.get(name) is not None), ""
            )
            state = _STATES.get(str(one.get("availability") or "").rsplit("/", 1)[-1].rsplit(":", 1)[-1].casefold())
            variant = Variant(
                options,
                price=price if isinstance(price, str | int | float) else "",
                available=state is not False,
                sku=str(one.get("sku") or item.get("sku") or "")[:_LONGEST_NAME],
                name=str(one.get("name") or (item.get("name") if is_variant else "") or "")[:_LONGEST_NAME],
            )
            currency = next((each["priceCurrency"] for each in stated if "priceCurrency" in each), None)
            yield _Offer(variant, state, currency, one.get("url") or "")


def name_of(value: object) -> object:
    """What a brand or category is called: the text itself, an object's name, or several joined by commas."""
    if isinstance(value, dict):
        return value.get("name") or value.get("title") or value.get("label") or _plain(value)
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(str(name_of(one)) for one in value if one not in (None, "", [], {})))
    return value


def addresses_of(value: object) -> list[str]:
    """The addresses of pictures, each once, from texts and objects that hold them."""
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        said = next((one[name] for name in _ADDRESSES if one.get(name)), None) if isinstance(one, dict) else one
        if isinstance(said, str) and said.strip():
            found.append(said.strip())
    return list(dict.fromkeys(found))


def _objects(value: object) -> list[Mapping[str, object]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _plain(value: object) -> object:
    """A value without the words of the language itself ("@type")."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if not name.startswith("@")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
