"""What the members of a product mean in the feeds that have a name: Google's, Yandex's, BMEcat."""

from collections.abc import Iterator, Mapping

from ingestion.xml_elements import Element, value_of

# Of an Atom entry or RSS item, not of the product in it.
_ENTRYS_OWN = ("updated", "published", "author", "rights", "pubDate", "guid")

# Which members a YML offer has, not what the product is.
_YML_TYPES = frozenset({"vendor.model", "artist.title", "event-ticket", "tour"})

# Kinds of prices of BMEcat that customers pay, the first found counts; "net_customer" is what a dealer pays.
_BMECAT_PRICES = ("gros_list", "nrp", "net_list", "")
_BMECAT_NAMES = {
    "SUPPLIER_AID": "id",
    "SUPPLIER_PID": "id",
    "DESCRIPTION_SHORT": "name",
    "DESCRIPTION_LONG": "description",
    "MANUFACTURER_NAME": "manufacturer",
}
_BMECAT_SPREAD = ("_DETAILS", "_INFO", "_FEATURES")


def of_feed(element: Element, members: dict[str, object]) -> None:
    """Of an RSS item or Atom entry: leave out what it says of itself, and take an Atom link's address."""
    for name in _ENTRYS_OWN:
        members.pop(name, None)
    if not members.get("description"):
        told = [members.pop(name) for name in ("content", "summary") if name in members]
        if told:
            members["description"] = told[0]
    addresses = [
        child.attributes["href"]
        for child in element.children()
        if child.plain_name == "link"
        and child.attributes.get("rel", "alternate") == "alternate"
        and "href" in child.attributes
    ]
    if addresses:
        for name in [name for name in members if name.startswith("link ")]:
            del members[name]
        members.setdefault("link", addresses[0])
    if isinstance(kinds := members.get("product_type"), list):
        members["product_type"] = ", ".join(map(str, kinds))


def of_yml(members: dict[str, object], categories: Mapping[str, str]) -> None:
    """Of a YML offer: name its category, currency, regular price and state as a plain list does."""
    if "categoryId" in members:
        said = members.pop("categoryId")
        numbers = [str(number) for number in (said if isinstance(said, list) else [said])]
        members["category"] = ", ".join(categories.get(number) or number for number in numbers)
    if "currencyId" in members:
        currency = str(members.pop("currencyId"))
        members["currency"] = "RUB" if currency in {"RUR", "RUB"} else currency
    if "name" not in members and "model" in members:
        parts = (members.get(name) for name in ("typePrefix", "vendor", "model"))
        members["name"] = " ".join(part for part in parts if isinstance(part, str))
    if "oldprice" in members:
        specifications = members.setdefault("specifications", {})
        if isinstance(specifications, dict):
            specifications["regular price"] = members.pop("oldprice")
    if members.get("type") in _YML_TYPES:
        del members["type"]
    if "available" in members:
        members["availability"] = members.pop("available")


def bmecat_members(element: Element) -> dict[str, object]:
    """The members of a BMEcat article, its details, features, pictures and price brought up to it."""
    members: dict[str, object] = {}
    specifications: dict[str, object] = {}
    prices: dict[str, Element] = {}
    images: list[str] = []
    for one in _leaves(element):
        name = one.plain_name
        if name == "FEATURE":
            specifications |= _feature(one)
        elif name == "MIME":
            images.extend(child.text() for child in one.children() if child.plain_name == "MIME_SOURCE")
        elif name.endswith("_PRICE"):
            prices.setdefault(one.attributes.get("price_type", ""), one)
        elif value := value_of(one):
            of = members if name in _BMECAT_NAMES else specifications
            of.setdefault(_BMECAT_NAMES.get(name, name), value)
    members |= _bmecat_price(prices, specifications)
    return members | {name: value for name, value in (("images", images), ("specifications", specifications)) if value}


def _bmecat_price(prices: Mapping[str, Element], specifications: dict[str, object]) -> dict[str, object]:
    """What a customer pays; of what kind that price is goes to the specifications."""
    kind = next((kind for kind in _BMECAT_PRICES if kind in prices), None)
    if kind is None:
        return {}
    if kind:
        specifications["price_type"] = kind
    said = {child.plain_name: child.text() for child in prices[kind].children()}
    found = {"price": said.get("PRICE_AMOUNT"), "currency": said.get("PRICE_CURRENCY")}
    return {name: value for name, value in found.items() if value}


def _leaves(element: Element) -> Iterator[Element]:
    """What is directly within, and within what only holds more of it."""
    for child in element.children():
        if child.plain_name.endswith(_BMECAT_SPREAD) and child.children():
            yield from child.children()
        else:
            yield child


def _feature(element: Element) -> dict[str, object]:
    said: dict[str, list[str]] = {}
    for child in element.children():
        said.setdefault(child.plain_name, []).append(child.text())
    title, value = " ".join(said.get("FNAME", [])), ", ".join(said.get("FVALUE", []))
    return {title: " ".join([value, *said.get("FUNIT", [])]).strip()} if title and value else {}
