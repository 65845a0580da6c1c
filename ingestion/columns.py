"""What the titles of columns mean, by name, by synonym in seven languages, and by what stands below them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice

from errors import InvalidInput
from ingestion.cells import quantity
from ingestion.titles import folded, folded_spellings, has_phrase, phrases, tables, without
from ingestion.values import currencies_of_word, marked_money

_LONGEST_TITLE = 200  # of what may be known; longer ones name no field
_OTHERWISE = 1_000  # ranks of titles that are taken when nothing better is there
_SAMPLED = 200
_LONGEST_ADDRESS = 2_000
_SHORT_TEXT = 200  # a "description" of a price list that names the product is no longer

# What our own API writes about a product that is no part of it.
_OWN_STAMPS = frozenset({"brand_id", "created_at", "updated_at"})
SPECIFICATIONS = "specifications"

_NAMESPACE = re.compile(r"^(?:g|c|ns0):(?=\w)", re.IGNORECASE)
_SHARE = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?\s?%")
_DOLLARS_OF = re.compile(r"(?<!\S)(us|au|ca|nz|hk|nt|mx|[acrs]) \$(?!\S)")
_NUMBERED = re.compile(r"(.*\D) ?([0-9]{1,3})")
_IMAGE_ADDRESS = re.compile(r"https?://\S+\.(?:jpe?g|png|webp|gif|avif)(?:[?#]\S*)?", re.IGNORECASE)
_CODE = re.compile(r"[\w./-]{0,40}[0-9][\w./-]{0,40}")


class Field(StrEnum):
    """What a column can hold. `SPECIFICATIONS` is a column that lists several of them in each cell."""

    ID = "id"
    NAME = "name"
    DESCRIPTION = "description"
    CATEGORY = "category"
    PRICE = "price"
    SALE_PRICE = "sale_price"
    SALE_START = "sale_start"
    SALE_END = "sale_end"
    CURRENCY = "currency"
    FEATURES = "features"
    SPECIFICATIONS = SPECIFICATIONS
    AVAILABILITY = "availability"
    STOCK = "stock"
    URL = "url"
    IMAGE_URL = "image_url"
    IMAGES = "images"
    MAKER = "maker"
    SKU = "sku"
    HANDLE = "handle"


# Fields that several columns may fill together ("image 2", "bullet point 3").
_SHARED = frozenset({Field.IMAGES, Field.FEATURES})
_NUMBERED_FIELDS = frozenset({Field.IMAGE_URL, Field.IMAGES, Field.FEATURES})
_PRICES = frozenset({Field.PRICE, Field.SALE_PRICE})

_KIND_OF_ID = "product id type"
_STOCKS_OF_PLACES = ("inventory ", "current quantity ")

# Titles of a thing itself, which some lists put above its number.
_OF_THINGS = frozenset({"item", "article", "product", "artikel", "produkt", "articulo", "producto", "produit", "товар"})


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a title means.

    Attributes:
        field: the field.
        rank: how well it fits; the lowest of a table's columns gets the field.
        net: it is a price without tax.
    """

    field: Field
    rank: float
    net: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the title alone says it."""
        return self.rank < _OTHERWISE


def field_of(title: str) -> Field | None:
    """The field that a title names by itself; None when it names none, or something that no customer may be told."""
    sense = _sense(title)
    return sense.field if sense is not None and sense.is_sure else None


def is_private(title: str) -> bool:
    """Whether a title stands for what no customer may be told: a purchase price, a margin, internal notes."""
    return _is_private(title[:_LONGEST_TITLE])


def is_left_out(title: str) -> bool:
    """Whether a column of that title is left out by itself: it is private, or a stamp that our own API writes."""
    return title in _OWN_STAMPS or is_private(title)


def is_net(title: str) -> bool:
    """Whether a title is that of a price without tax."""
    sense = _sense(title)
    return sense is not None and sense.net


def mapping_of(
    titles: Sequence[str], sample: Sequence[Mapping[str, object]], given: Mapping[str, str | None]
) -> Mapping[str, str | None]:
    """Find out what each column of a table holds.

    Args:
        titles: of the columns, in order.
        sample: the members of some of its records, for titles that say nothing or too little.
        given: by title, the field or "specifications" where the caller knows better; None leaves the column out.

    Returns:
        By title, a field's name, "specifications", or None: the column is left out, because the caller said so, because
        no customer may be told what it holds, or because our own API writes it about a product.

    Raises:
        InvalidInput: `given` names a title or a field that is not there, or one field twice.
    """
    _check(titles, given)
    taken = {field for field in given.values() if field and field != SPECIFICATIONS}
    open_titles = [title for title in titles if title not in given]
    found: dict[str, str | None] = {title: None for title in open_titles if is_left_out(title)}
    senses = {title: sense for title in open_titles if title not in found and (sense := _sense(title)) is not None}
    _leave_codes(titles, senses)
    _resolve(senses, taken, found)
    _look_below([title for title in titles if title not in given], sample[:_SAMPLED], taken, found)
    fields = {title: given[title] if title in given else found.get(title, SPECIFICATIONS) for title in titles}
    return {title: None if field is None else str(field) for title, field in fields.items()}


def _check(titles: Sequence[str], given: Mapping[str, str | None]) -> None:
    known, taken = {str(field) for field in Field}, set[str]()
    for title, field in given.items():
        if title not in titles:
            raise InvalidInput(f"The mapping names a column '{title[:100]}' that the file does not have.")
        if field is None or field == SPECIFICATIONS:
            continue
        if field not in known:
            raise InvalidInput(
                f"The mapping gives '{title[:100]}' the field '{field[:100]}'; there are {', '.join(sorted(known))}."
            )
        if field in taken and field not in _SHARED:
            raise InvalidInput(f"The mapping gives the field '{field}' to two columns.")
        taken.add(field)


def _leave_codes(titles: Sequence[str], senses: dict[str, _Sense]) -> None:
    """Amazon's "product-id" is a GTIN or the like where a "product-id-type" stands beside it, and never the id."""
    if _KIND_OF_ID in {folded(title[:_LONGEST_TITLE]) for title in titles}:
        for title in [title for title, sense in senses.items() if sense.field is Field.ID]:
            if f"{folded(title)} type" == _KIND_OF_ID:
                del senses[title]


def _resolve(senses: Mapping[str, _Sense], taken: set[str], found: dict[str, str | None]) -> None:
    """Give each field the column that fits it best."""
    for title, sense in sorted(senses.items(), key=lambda one: one[1].rank):
        field = sense.field
        if field is Field.IMAGE_URL and field in taken and sense.is_sure:
            field = Field.IMAGES
        if field in _SHARED or field not in taken:
            found[title] = field
            taken.add(field)


def _look_below(
    titles: Sequence[str], sample: Sequence[Mapping[str, object]], taken: set[str], found: dict[str, str | None]
) -> None:
    """Decide by the values, where they leave no doubt."""
    below = {title: [value for record in sample if (value := record.get(title)) not in (None, "")] for title in titles}
    _tell_numbers_from_names(below, taken, found)
    for title, values in below.items():
        if found.get(title) == Field.SKU and field_of(title) is None and _is_running(values):
            del found[title]  # "No." over 1, 2, 3: the number changes with every row that is put in
        if found.get(title) == Field.AVAILABILITY and Field.STOCK not in taken and _are_counts(values):
            found[title] = Field.STOCK
            taken.add(Field.STOCK)
    unknown = [title for title in titles if title not in found and below[title]]
    if Field.STOCK not in taken:
        counted = [title for title in unknown if _is_stock_of_a_place(title) and _are_all_counts(below[title])]
        if len(counted) == 1:
            found[counted[0]] = Field.STOCK
            unknown.remove(counted[0])
    if Field.PRICE not in taken:
        amounts = (title for title in unknown if _may_be_price(title) and all(map(marked_money, below[title])))
        if len(only := list(islice(amounts, 2))) == 1:
            found[only[0]] = Field.PRICE
    if Field.IMAGE_URL not in taken:
        images = [title for title in unknown if all(_is_image(value) for value in below[title])]
        found |= dict(zip(images, [Field.IMAGE_URL, *[Field.IMAGES] * len(images)], strict=False))


def _tell_numbers_from_names(below: Mapping[str, list[object]], taken: set[str], found: dict[str, str | None]) -> None:
    """Price lists call the number "item" and the name "description"."""
    holders = {field: title for title, field in found.items() if field is not None}
    named, described = holders.get(Field.NAME), holders.get(Field.DESCRIPTION)
    if described is None or not all(_is_short(value) for value in below[described]):
        return
    if named is not None and folded(named) in _OF_THINGS and below[named] and Field.SKU not in taken:
        if not all(isinstance(value, int) or _CODE.fullmatch(str(value)) for value in below[named]):
            return
        found[named] = Field.SKU
        taken.add(Field.SKU)
        taken.discard(Field.NAME)
    if Field.NAME not in taken:
        found[described] = Field.NAME
        taken.add(Field.NAME)


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _SHORT_TEXT and "\n" not in value


def _is_image(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST_ADDRESS
        and _IMAGE_ADDRESS.fullmatch(value.strip()) is not None
    )


def _may_be_price(title: str) -> bool:
    """Whether a title does not speak of postage, a deposit or the like."""
    return not has_phrase(folded(title[:_LONGEST_TITLE]), "charges")


def _is_running(values: Sequence[object]) -> bool:
    counts = [quantity(value) for value in values]
    return any(counts == list(range(first, first + len(counts))) for first in (0, 1))


def _is_stock_of_a_place(title: str) -> bool:
    """Whether a title is one of those with which tills count each shop ("inventory_Main_Outlet")."""
    return folded(title[:_LONGEST_TITLE]).startswith(_STOCKS_OF_PLACES)


def _are_all_counts(values: Sequence[object]) -> bool:
    return bool(values) and all(quantity(value) is not None for value in values)


def _are_counts(values: Sequence[object]) -> bool:
    return _are_all_counts(values) and any((quantity(value) or 0) > 1 for value in values)


# --- Titles ---


def currency_in(title: str, home_currency: str) -> str | None:
    """The currency that a title names ("Price (EUR)", "Preis in €"); None for a sign that the brand's own has too."""
    named = {currencies for word in _title_words(title[:_LONGEST_TITLE]) if (currencies := currencies_of_word(word))}
    if len(named) != 1:
        return None
    codes = named.pop()
    return codes[0] if len(codes) == 1 or home_currency not in codes else None


def _title_words(title: str) -> list[str]:
    return _DOLLARS_OF.sub(r"\1$", folded(_SHARE.sub(" ", _NAMESPACE.sub("", title.strip())))).split()


@cache
def _known() -> Mapping[str, _Sense]:
    known: dict[str, _Sense] = {}
    for table in tables().values():
        for start, part in ((0, table.titles), (_OTHERWISE, table.otherwise)):
            for field, titles in part.items():
                for rank, title in enumerate(titles, start):
                    for phrase in folded_spellings(title):
                        sense = _Sense(Field(field), rank, net=without(phrase, "net") != phrase)
                        known[phrase] = min(known.get(phrase, sense), sense, key=lambda one: one.rank)
    return known


@dataclass(frozen=True, slots=True)
class _Bare:
    """A title without what only says more about it.

    Attributes:
        phrase: what is left.
        gross, net: whether something said that tax is in it, or is not.
        money: whether a currency stood there.
    """

    phrase: str
    gross: bool
    net: bool
    money: bool


def _bare(title: str) -> _Bare:
    words = " ".join(_title_words(title))
    untaxed = without(words, "net")
    net = untaxed != words
    plain = without(untaxed, "gross")
    kept = [word for word in plain.split() if not currencies_of_word(word)]
    phrase = " ".join(word for word in kept if word not in phrases("notes"))
    return _Bare(phrase, not net and plain != untaxed, net, len(kept) < len(plain.split()))


def _sense(title: str) -> _Sense | None:
    return _sense_of(title) if len(title) <= _LONGEST_TITLE and not is_private(title) else None


@lru_cache(maxsize=4_096)
def _sense_of(title: str) -> _Sense | None:
    known = _known()
    if (sense := known.get(" ".join(_title_words(title)))) is not None:
        return sense
    bare = _bare(title)
    if bare.money and not bare.phrase:
        return _Sense(Field.PRICE, 2 * _OTHERWISE, bare.net)
    if numbered := _NUMBERED.fullmatch(bare.phrase):
        sense = known.get(numbered[1].strip())
        if sense is not None and sense.field in _NUMBERED_FIELDS:
            return replace(sense, rank=sense.rank + int(numbered[2]) / _OTHERWISE)
    is_priced = bare.money or bare.gross or bare.net
    if (sense := known.get(bare.phrase)) is None or (is_priced and sense.field not in _PRICES):
        return None
    # Of two titles that are the same but for the tax, the one with it is what customers pay.
    rank = sense.rank + _OTHERWISE if bare.net else sense.rank - 0.5 * bare.gross
    return replace(sense, rank=rank, net=bare.net or sense.net)


@lru_cache(maxsize=4_096)
def _is_private(title: str) -> bool:
    words = " ".join(_title_words(title))
    return (
        words in phrases("private") or has_phrase(words, "private_within") or _bare(title).phrase in phrases("private")
    )
