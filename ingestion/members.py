"""From the raw values of an entry to the members of a product."""

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ingestion import cells
from ingestion.columns import Field, currency_in, field_of, is_net, is_private
from ingestion.html_text import looks_like_html, text_of
from ingestion.nested import Offer, beside_text, images_of, number_text, offer_of, parsed, path_of, public, text_in
from ingestion.records import Entry
from ingestion.titles import folded
from ingestion.values import DecimalSign, Money, currency_of, money

REGULAR_PRICE = "regular price"
_IMAGES = "images"
_SMALL_IMAGES = ("thumbnail", "small")  # stand behind the others
_MAKERS = frozenset({"brand", "manufacturer", "vendor"})
_MAKER = "manufacturer"
_QUOTED = 80  # characters of a value in a reason
_CODE_CHARS = 3
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,10}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")
_MONTH_FIRST = "special price"  # Magento's columns of dates, written 11/30/26


class Unfit(Exception):
    """An entry that cannot become a product; the text says why."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the values of a file are read against.

    Attributes:
        home_currency: the brand's own.
        today: decides about prices that hold for a time.
        decimal_signs: by the title of a column of prices.
    """

    home_currency: str
    today: date
    decimal_signs: Mapping[str, DecimalSign] = field(default_factory=dict)


def members_of(entry: Entry, shop: Shop) -> dict[str, object]:
    """The members of a product, its id only where the entry has one of its own.

    Raises:
        Unfit: it has no name, or no price that can be read.
    """
    reading = _Reading(entry, shop)
    reading.read()
    return reading.product


def spread(title: str, value: object) -> dict[str, object]:
    """A column that lists specifications in each cell: its pairs as members, else the whole under its title."""
    if isinstance(value, str):
        text = cells.cell_text(value)
        if looks_like_html(text):
            text = text_of(text)
        structure = parsed(text) if text.startswith(("{", "[")) else None
        if structure is None:
            pairs = cells.pairs_of(text)
            return (
                {title: text} if pairs is None else {name: one for name, one in pairs.items() if not is_private(name)}
            )
        value = structure
    if isinstance(value, list) and all(isinstance(one, Mapping) and text_in(one.get("name")) for one in value):
        named = {str(text_in(one["name"])): one.get("value") for one in value if set(one) <= {"name", "value"}}
        value = named if len(named) == len(value) else value
    if isinstance(value, Mapping):
        return {str(name): one for name, one in value.items() if not is_private(str(name))}
    return {title: value}


def is_empty(value: object) -> bool:
    """Whether a cell holds nothing."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _decoded(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else text


class _Reading:
    """One entry on its way. What is read is taken off; what is left becomes specifications."""

    def __init__(self, entry: Entry, shop: Shop) -> None:
        self.product: dict[str, object] = {}
        self._specifications: dict[str, object] = {}
        self._numbers: dict[str, int] = {}  # of the last specification of a title that there are several of
        self._titles = entry.titles
        self._left = {str(name): value for name, value in entry.fields.items() if not is_empty(value)}
        self._entry = entry
        self._shop = shop

    def read(self) -> None:
        for title, value in self._entry.specifications.items():
            self._specify(title, value)
        name = text_in(self._left.get(Field.NAME))
        if not name or not name.strip():
            raise Unfit("no name")
        del self._left[Field.NAME]
        name = _decoded(name).strip()
        self.product["name"] = " ".join(name.split()) if any(char in name for char in "\n\r\t") else name
        self._read_id()
        self._read_texts()
        self._read_price()
        self._read_availability()
        self._read_features()
        self._read_images()
        self._read_maker()
        for title, value in spread(self._title(Field.SPECIFICATIONS), self._take(Field.SPECIFICATIONS)).items():
            self._specify(title, value)
        for left, value in self._left.items():
            self._specify(self._title(left), value)
        if self._specifications:
            self.product["specifications"] = self._specifications

    def _title(self, name: str) -> str:
        return self._titles.get(name, str(name))

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)

    def _specify(self, title: str, value: object) -> None:
        """Keep a value under its title; a second one of the same title gets a number."""
        if isinstance(value, str) and field_of(title) is Field.DESCRIPTION and looks_like_html(value):
            value = text_of(value)
        kept, key = public(value), " ".join(title.split()) or "other"
        if kept is None:
            return
        if self._specifications.setdefault(key, kept) == kept:
            return
        number = self._numbers.get(key, 1)
        while (again := f"{key} ({number + 1})") in self._specifications:
            number += 1
        self._numbers[key] = number + 1
        self._specifications[again] = kept

    def _read_id(self) -> None:
        for name in (Field.ID, Field.SKU):
            value = self._left.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and (text := text_in(value)):
                self.product["id"] = text
                self._take(name)
                return

    def _read_texts(self) -> None:
        description = self._left.get(Field.DESCRIPTION)
        if isinstance(description, list) and all(isinstance(part, str) for part in description):
            description = "\n".join(description)
        if isinstance(description, str):
            text = cells.cell_text(description)
            self.product["description"] = text_of(text) if looks_like_html(text) else text
            self._take(Field.DESCRIPTION)
        category = path_of(self._left.get(Field.CATEGORY))
        is_number_of_feed = folded(self._title(Field.CATEGORY)).startswith("google") and (category or "").isdigit()
        if category and not is_number_of_feed:
            self.product["category"] = _decoded(category)
            rest = beside_text(self._take(Field.CATEGORY))
            self._specify(self._title(Field.CATEGORY), rest)
        url = self._left.get(Field.URL)
        if isinstance(url, str) and (text := cells.cell_text(url)):
            self.product["url"] = text
            self._take(Field.URL)

    # --- Prices ---

    def _read_price(self) -> None:
        declared, unknown = self._declared_currency()
        regular, regular_text = self._amount(Field.PRICE, declared)
        sale, sale_text = self._amount(Field.SALE_PRICE, declared)
        start, end = self._left.get(Field.SALE_START), self._left.get(Field.SALE_END)
        month_first = folded(self._title(Field.SALE_START)).startswith(_MONTH_FIRST)
        is_now = cells.is_now(self._shop.today, start, end, month_first=month_first)
        on_sale = sale is not None and sale.amount > 0 and is_now
        told = sale if on_sale else regular
        if told is None:
            raise Unfit(f'the price "{regular_text[:_QUOTED]}" cannot be read' if regular_text else "no price")
        if sale_text and not on_sale and (sale is None or sale.amount > 0):
            self._specify(self._title(Field.SALE_PRICE), sale_text)
        if on_sale and regular_text and (regular is None or regular.amount != told.amount):
            self._specify(REGULAR_PRICE, regular_text)
        source = Field.SALE_PRICE if on_sale else Field.PRICE
        if told.net or is_net(self._title(source)):
            self._specify(self._title(source), sale_text if on_sale else regular_text)
        self.product["price"] = told.amount
        currency = told.currency or (regular.currency if regular else None) or declared
        if currency is not None:
            self.product["currency"] = currency
            self._specify(self._title(Field.CURRENCY), unknown)
        elif unknown:
            raise Unfit(f'the currency "{unknown[:_QUOTED]}" cannot be read')

    def _declared_currency(self) -> tuple[str | None, str]:
        """What the currency's column says, else the title of a price; and what the column says otherwise."""
        home = self._shop.home_currency
        if (value := self._take(Field.CURRENCY)) is None:
            titles = (self._title(name) for name in (Field.PRICE, Field.SALE_PRICE))
            return next((code for title in titles if (code := currency_in(title, home))), None), ""
        text = text_in(value) or str(value)
        code, is_named = currency_of(text, home)
        if is_named:
            return code, ""
        is_code = len(text) == _CODE_CHARS and text.isascii() and text.isalpha()
        return (text.upper(), "") if is_code else (None, text)

    def _amount(self, name: Field, declared: str | None) -> tuple[Money | None, str]:
        """A price, and how it was written; None when it cannot be read, and no text when there is none."""
        value = self._take(name)
        if isinstance(value, Mapping | list):
            offer = offer_of(value)
            if offer is None:
                return None, str(public(value) or "")
            return self._offered(name, offer, declared)
        if isinstance(value, str):
            text = cells.cell_text(value)
            sign = self._shop.decimal_signs.get(self._title(name))
            return money(text, sign, declared or self._shop.home_currency), text
        if isinstance(value, int | float) and not isinstance(value, bool):
            is_price = math.isfinite(value) and value >= 0
            return Money(value) if is_price else None, number_text(value)
        return None, "" if value is None else str(value)

    def _offered(self, name: Field, offer: Offer, declared: str | None) -> tuple[Money | None, str]:
        if offer.currency is not None:
            code, is_named = currency_of(str(offer.currency), declared or self._shop.home_currency)
            if not is_named:
                return None, f"{offer.amount} {offer.currency}"
            declared = code or declared
        if offer.availability is not None and name is Field.PRICE:
            self._left.setdefault(Field.AVAILABILITY, offer.availability)
        self._specify(self._title(name), offer.rest)
        self._left[name] = offer.amount
        read, text = self._amount(name, declared) if not isinstance(offer.amount, Mapping | list) else (None, "")
        marked = text if offer.currency is None else f"{text} {offer.currency}"
        return (read if read is None else read._replace(currency=read.currency or declared)), marked

    # --- The rest ---

    def _read_availability(self) -> None:
        value, stock = self._take(Field.AVAILABILITY), self._take(Field.STOCK)
        state, in_stock = cells.availability(value), cells.availability(stock)
        count = cells.quantity(value)
        if value is not None and (state is None or count not in (None, 0, 1)):
            self._specify(self._title(Field.AVAILABILITY), value)
        is_word = in_stock is not None and cells.quantity(stock) is None and state is None
        if stock is not None and not is_word:
            self._specify(self._title(Field.STOCK), stock)
        if state is None:
            state = in_stock
        elif field_of(self._title(Field.AVAILABILITY)) is not Field.AVAILABILITY and in_stock is not None:
            state = state and in_stock  # it is "active", which does not say that there is any left
        if state is not None:
            self.product["availability"] = state

    def _read_features(self) -> None:
        value = self._left.get(Field.FEATURES)
        if isinstance(value, str):
            text = cells.cell_text(value)
            text = text_of(text) if looks_like_html(text) else text
            listed = parsed(text) if text.startswith("[") else None
            value = listed if isinstance(listed, list) else list[object](cells.features_of(text))
        if not isinstance(value, list) or not all(one is None or isinstance(one, str | int | float) for one in value):
            return
        features = [text for one in value if not is_empty(one) and (text := text_in(one) or str(one))]
        self._take(Field.FEATURES)
        if features:
            self.product["features"] = features

    def _read_images(self) -> None:
        found: list[str] = []
        is_small = folded(self._title(Field.IMAGE_URL)).startswith(_SMALL_IMAGES)
        for name in (Field.IMAGES, Field.IMAGE_URL) if is_small else (Field.IMAGE_URL, Field.IMAGES):
            addresses, rest = images_of(self._take(name))
            found += addresses
            self._specify(self._title(name), rest)
        if different := list(dict.fromkeys(found)):
            self.product["image_url"], *further = different
            self._specify(_IMAGES, further)

    def _read_maker(self) -> None:
        value = self._left.get(Field.MAKER)
        names = [text_in(one) for one in value] if isinstance(value, list) else [text_in(value)]
        makers = [name for name in names if name]
        if not makers or len(makers) < len(names):
            return
        title = self._title(Field.MAKER).strip().removeprefix("g:")
        self._specify(title if title.casefold() in _MAKERS else _MAKER, ", ".join(makers))
        self._specify(title, beside_text(self._take(Field.MAKER)))
