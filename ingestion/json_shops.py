"""Products as the interfaces of Shopify and WooCommerce tell of them, made into members of a plain list."""

from collections.abc import Iterable, Mapping, Sequence

from ingestion.html_text import text_of
from ingestion.json_ld import addresses_of, name_of
from ingestion.records import NOT_FOR_SALE
from ingestion.variants import Variant, amount, cheapest, facts, regular_price, skus
from understanding.words import word_set

# Told in another form, or of the shop's machinery rather than of the product.
_SHOPIFY_TOLD = word_set(
    """
    id title body_html description descriptionHtml product_type productType tags variants options images image status
    featuredImage media priceRange priceRangeV2 compareAtPriceRange published_at publishedAt created_at createdAt
    updated_at updatedAt published_scope template_suffix admin_graphql_api_id handle vendor onlineStoreUrl price
    available availableForSale totalInventory
    """
)
_WOO_TOLD = word_set(
    """
    id name slug permalink type status description short_description sku price regular_price sale_price prices images
    image categories tags attributes variations variation stock_status is_in_stock is_purchasable on_sale
    date_created date_created_gmt date_modified date_modified_gmt date_on_sale_from date_on_sale_from_gmt
    date_on_sale_to date_on_sale_to_gmt price_html related_ids upsell_ids cross_sell_ids grouped_products parent_id
    parent menu_order meta_data default_attributes has_options post_password _links catalog_visibility purchasable
    total_sales virtual downloadable downloads download_limit download_expiry tax_status tax_class manage_stock
    backorders backorders_allowed backordered shipping_required shipping_taxable shipping_class_id reviews_allowed
    add_to_cart quantity_limits extensions is_password_protected dimensions brands
    """
)
# What each variant has of its own beside its options, price and stock.
_OF_A_VARIANT = ("barcode", "grams", "weight", "weight_unit", "weightUnit")
_STATES = {"instock": True, "outofstock": False, "onbackorder": False}
_NOTHING: tuple[object, ...] = (None, "", [], {})


def is_shopify(item: Mapping[str, object]) -> bool:
    """Whether an object is a product of Shopify's interfaces, or of a shop's own products.json."""
    variants = unfolded(item.get("variants"))
    if not (isinstance(variants, list) and variants and isinstance(variants[0], dict)):
        return False
    own = {"body_html", "product_type", "descriptionHtml", "productType", "handle", "priceRange", "priceRangeV2"}
    return "title" in item and not item.keys().isdisjoint(own)


def is_woocommerce(item: Mapping[str, object]) -> bool:
    """Whether an object is a product of WooCommerce's interfaces."""
    return "name" in item and (
        {"regular_price", "stock_status"} <= item.keys() or ("prices" in item and "permalink" in item)
    )


def unfolded(value: object) -> object:
    """The objects of a list as GraphQL holds them ("edges" and "node", or "nodes"); anything else as it is."""
    if isinstance(value, dict) and value.keys() <= {"edges", "nodes", "pageInfo", "totalCount"}:
        if isinstance(nodes := value.get("nodes"), list):
            return nodes
        if isinstance(edges := value.get("edges"), list):
            return [edge["node"] if isinstance(edge, dict) and "node" in edge else edge for edge in edges]
    return value


def not_for_sale(item: Mapping[str, object]) -> str:
    """Why a shop does not show a product; empty when it does."""
    status = str(item.get("status") or "").casefold()
    if status not in {"", "active", "publish", "published"}:
        return f"status is {status[:40]}{NOT_FOR_SALE}"
    return f"not published{NOT_FOR_SALE}" if "published_at" in item and not item["published_at"] else ""


def shopify_members(item: Mapping[str, object]) -> dict[str, object]:
    """A product's members by the names of a plain list, its variants read as in Shopify's CSV export."""
    names = [str(name_of(option)) for option in _objects(item.get("options"))]
    raw = _objects(item.get("variants"))
    variants = [_variant(one, names) for one in raw]
    shown = cheapest(variants)
    specifications: dict[str, object] = {
        name: value for name in ("vendor", "handle", "tags") if (value := item.get(name)) not in _NOTHING
    }
    specifications |= _of_variants(raw) | dict(facts(variants))
    if numbers := skus(variants):
        specifications["sku"] = numbers
    if shown and (regular := regular_price(shown)):
        specifications["regular price"] = regular
    specifications |= _rest(item, _SHOPIFY_TOLD)
    images = unfolded(item.get("images")) or item.get("image") or item.get("featuredImage")
    return _filled(
        {
            "id": item.get("id") or item.get("handle"),
            "name": item.get("title"),
            "description": text_of(
                str(item.get("body_html") or item.get("descriptionHtml") or item.get("description") or "")
            ),
            "category": item.get("product_type") or item.get("productType"),
            "price": shown.price if shown else item.get("price"),
            "currency": _currency(raw),
            "availability": any(variant.available for variant in variants) if variants else None,
            "url": item.get("onlineStoreUrl"),
            "images": addresses_of(images),
            "specifications": specifications,
        }
    )


def woocommerce_members(item: Mapping[str, object]) -> dict[str, object]:
    """A product's members by the names of a plain list: what it costs now, attributes as specifications."""
    prices = _woocommerce_prices(item)
    description, short = (text_of(str(item.get(name) or "")) for name in ("description", "short_description"))
    specifications: dict[str, object] = {}
    if description and short:
        specifications["short description"] = short
    for attribute in _objects(item.get("attributes")):
        values = attribute.get("options") or [name_of(term) for term in _objects(attribute.get("terms"))]
        if isinstance(name := attribute.get("name"), str) and values not in _NOTHING:
            specifications[name] = ", ".join(map(str, values)) if isinstance(values, list) else values
    for name in ("tags", "brands"):
        if isinstance(value := item.get(name), list) and value:
            specifications[name] = name_of(value)
    if isinstance(sizes := item.get("dimensions"), dict):
        specifications |= _rest(sizes, frozenset())
    specifications |= _rest(item, _WOO_TOLD)
    current, regular = amount(prices.get("price")), amount(prices.get("regular_price"))
    if current is not None and regular is not None and regular > current:
        specifications["regular price"] = prices["regular_price"]
    state = item.get("is_in_stock")
    return _filled(
        {
            "id": item.get("id"),
            "sku": item.get("sku"),
            "name": text_of(str(item.get("name") or "")),
            "description": description or short,
            "category": name_of(item.get("categories")),
            "price": prices.get("price") or prices.get("regular_price"),
            "currency": prices.get("currency_code"),
            "availability": state if isinstance(state, bool) else _STATES.get(str(item.get("stock_status"))),
            "url": item.get("permalink"),
            "images": addresses_of(item.get("images")),
            "specifications": specifications,
        }
    )


def money_of(value: object) -> tuple[object, object]:
    """The amount and the currency of a price, which may be an object of both; the currency may be None."""
    if not isinstance(value, dict):
        return value, None
    amounts = ("amount", "value", "price", "gross", "current", "number")
    currencies = ("currency", "currencyCode", "currency_code", "currencyId", "priceCurrency", "iso", "unit")
    found = next((value[name] for name in amounts if value.get(name) is not None), None)
    if found is None or isinstance(found, dict | list):
        return value, None
    return found, next((value[name] for name in currencies if isinstance(value.get(name), str)), None)


def _objects(value: object) -> list[Mapping[str, object]]:
    unfolded_value = unfolded(value)
    return [one for one in unfolded_value if isinstance(one, dict)] if isinstance(unfolded_value, list) else []


def _variant(one: Mapping[str, object], names: Sequence[str]) -> Variant:
    options = {
        name: str(value)
        for place, name in enumerate(names, 1)
        if isinstance(value := one.get(f"option{place}"), str | int | float) and value != ""
    }
    for chosen in _objects(one.get("selectedOptions")):
        options.setdefault(str(chosen.get("name")), str(chosen.get("value")))
    title = str(one.get("title") or "")
    stock = next(
        (one[name] for name in ("inventory_quantity", "inventoryQuantity", "quantityAvailable") if name in one), None
    )
    regular, _ = money_of(one.get("compare_at_price") or one.get("compareAtPrice"))
    price, _ = money_of(one.get("price"))
    return Variant(
        options,
        price="" if price is None else price,
        regular="" if regular is None else regular,
        stock=str(stock) if isinstance(stock, int) and _is_counted(one) else "",
        available=_can_be_had(one, stock),
        sku=str(one.get("sku") or ""),
        name="" if title.casefold() == "default title" else title,
    )


def _of_variants(variants: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What variants have beside what is told of each, every value once; a weight of 0 is none, and has no unit."""
    found: dict[str, object] = {}
    for name in _OF_A_VARIANT:
        values = [one[name] for one in variants if isinstance(one.get(name), str | int | float) and one[name]]
        if values and (not name.startswith("weight") or name == "weight" or "weight" in found):
            found[name] = ", ".join(dict.fromkeys(map(str, values)))
    return found


def _is_counted(one: Mapping[str, object]) -> bool:
    return bool(one.get("inventory_management", "shopify"))


def _can_be_had(one: Mapping[str, object], stock: object) -> bool:
    for name in ("available", "availableForSale"):
        if isinstance(said := one.get(name), bool):
            return said
    if str(one.get("inventory_policy") or one.get("inventoryPolicy") or "").casefold() == "continue":
        return True
    return not isinstance(stock, int) or not _is_counted(one) or stock > 0


def _currency(variants: Iterable[Mapping[str, object]]) -> object:
    return next((currency for one in variants if (currency := money_of(one.get("price"))[1])), None)


def _woocommerce_prices(item: Mapping[str, object]) -> Mapping[str, object]:
    """Prices as they are read; the shop's own interface tells them in the smallest unit ("1990" with 2 places)."""
    prices = item.get("prices")
    if not isinstance(prices, dict):
        return item
    places = prices.get("currency_minor_unit")
    found: dict[str, object] = {"currency_code": prices.get("currency_code")}
    for name in ("price", "regular_price"):
        said = prices.get(name)
        if isinstance(said, str) and said.isdigit() and len(said) < 16 and isinstance(places, int) and 0 < places < 5:  # noqa: PLR2004 as money has
            padded = said.zfill(places + 1)
            said = f"{padded[:-places]}.{padded[-places:]}"
        found[name] = said
    return found


def _rest(item: Mapping[str, object], told: frozenset[str]) -> dict[str, object]:
    return {
        name: unfolded(value)
        for name, value in item.items()
        if name not in told and value not in _NOTHING and value is not False and not name.startswith("_")
    }


def _filled(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value not in _NOTHING}
