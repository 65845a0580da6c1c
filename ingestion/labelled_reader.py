"""Where the products of a text begin and end, and what stands between them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingestion.labelled_lines import Line, LineKind, Rows, field_named, is_money, parted, priced
from ingestion.labelled_manner import Stretch, is_of_pairs, manner_of, stretches_of, upright
from ingestion.labelled_product import NAME, Product
from ingestion.records import LOOSE_TEXT, Limits, Record, Rejected
from understanding.words import word_set

_LONGEST_NAME = 120
_LONGEST_SECTION = 60
_MOST_WORDS_OF_SECTION = 6
_LONGEST_NOTE = 2_000

# Headings that say nothing of what stands under them.
_GENERAL = word_set(
    """
    product products item items article catalogue catalog pricelist prices price list our all assortment the and of for
    shop store
    katalog produkt produkte preisliste preise sortiment artikel unsere alle und
    catálogo productos producto precios lista de los nuestros todos y
    catalogue produits produit tarif tarifs liste des prix nos tous les
    produk daftar harga semua kami
    каталог товары товаров прайс лист прайс-лист цены цен список наши все продукция
    produkter produktkatalog prislista priser sortiment våra alla och
    """
)
# Titles above labels and their values.
_GENERAL_TITLES = word_set(
    """
    spec specs specification specifications property attribute feature detail details parameter value data name
    eigenschaft merkmal wert angabe detail spezifikation caractéristique valeur propriété característica propiedad valor
    spesifikasi nilai fitur характеристика параметр значение свойство egenskap värde
    """
) | {""}


class Table(NamedTuple):
    """A table between the products of a text."""

    rows: Rows
    section: str


Found = Record | Rejected | Table


def found_in(lines: Iterable[Line], limits: Limits) -> Iterator[Found]:
    """Products, text that belongs to none, and tables, in their order."""
    reader = _Reader(limits)
    for stretch in stretches_of(lines):
        yield from reader.read(stretch)
    yield from reader.end(is_last=True)


class _Reader:
    """Goes through the stretches of a text; a product may go on from one to the next."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._path: list[tuple[int, str]] = []
        self._section = ""  # a line above products, below the headings
        self._product: Product | None = None
        self._loose: list[Line] = []
        self._manner = manner_of(())
        self._has_begun = False  # a product or table was there
        self._is_headed = False  # the product has a heading, so that what is below it is its own
        self._after_break = True
        self._after_rule = False
        self._after_item = False  # of a list, with its price

    def read(self, stretch: Stretch) -> Iterator[Found]:
        """What comes to its end in a stretch or stands in it whole."""
        if not stretch.goes_on:
            self._manner = manner_of(stretch.lines)
            if stretch.heading:
                yield from self._head(stretch.heading)
        for place, line in enumerate(stretch.lines):
            if line.kind is LineKind.TABLE:
                yield from self._table(line)
            elif self._is_headed and self._product:
                self._own_line(self._product, line)
            else:
                yield from self._line(line, stretch.lines[place + 1 : place + 3])
            self._after_item = line.is_item and line.kind is LineKind.PRICED
            self._after_break = line.kind in {LineKind.BLANK, LineKind.RULE, LineKind.TABLE}
            self._after_rule = line.kind is LineKind.RULE or (self._after_rule and line.kind is LineKind.BLANK)

    def end(self, *, is_last: bool = False) -> Iterator[Found]:
        """What is open is complete; a few lines before the first product or behind the last are a banner or a note."""
        yield from self._finish()
        if self._loose and not ((is_last or not self._has_begun) and _is_note(self._loose)):
            text = "\n".join(map(_written, self._loose))[: self._limits.cell_chars]
            yield Rejected(self._loose[0].number, LOOSE_TEXT, {"text": text})
        self._loose = []

    # --- Headings ---

    def _head(self, heading: Line) -> Iterator[Found]:
        product, name = self._product, priced(heading.text)
        has_price = self._manner.has_price or bool(name)
        if product and self._is_headed and heading.level > product.level:
            if field_named(heading.text) or (product.has_price and not has_price):
                product.part(heading)
                return
            if not product.has_price and has_price:
                yield from self._become_section(product)
        yield from self.end()
        self._path = [(level, text) for level, text in self._path if level < heading.level]
        self._section = ""
        self._after_break, self._after_rule = True, False
        has_own_price = self._manner.has_own_price or bool(name)
        is_section = self._manner.has_names and self._manner.name.casefold() != heading.text.casefold()
        is_its_own = not self._manner.holds_several and not is_section
        self._is_headed = is_its_own and (has_own_price or not self._manner.has_tables)
        if not self._is_headed:
            self._path.append((heading.level, heading.text))
            return
        self._product = Product(heading.number, self._heading_above(), self._limits, heading.level)
        if name and name[0]:
            self._product.named(*name)
        else:
            self._product.named(heading.text)

    def _become_section(self, product: Product) -> Iterator[Found]:
        """What looked like a product is the heading above products."""
        self._product = None
        self._path = [(level, text) for level, text in self._path if level < product.level]
        is_banner = not self._has_begun and not product.has_labels and not product.is_empty
        self._path.append((product.level, "" if is_banner else product.members.get(NAME, "")))
        if not product.is_empty and not is_banner:
            yield product.rejected()

    def _heading_above(self) -> str:
        section = self._section or (self._path[-1][1] if self._path else "")
        return "" if _is_general(section) else section

    # --- A product with its own heading ---

    def _own_line(self, product: Product, line: Line) -> None:
        match line.kind:
            case LineKind.LABEL:
                product.label(line)
            case LineKind.PRICED if not line.text and not product.has_price:
                product.named("", line.value, line.aside)
            case LineKind.BLANK | LineKind.RULE:
                product.blank()
            case _:
                product.text(line, _written(line))

    # --- Products that follow one another ---

    def _line(self, line: Line, below: Sequence[Line]) -> Iterator[Found]:
        match line.kind:
            case LineKind.BLANK | LineKind.RULE:
                if self._product:
                    self._product.blank()
            case LineKind.LABEL:
                yield from self._label(line, below)
            case LineKind.PRICED:
                yield from self._priced(line)
            case _:
                yield from self._text(line, below)

    def _begin(self, line: Line) -> Iterator[Found]:
        yield from self.end()
        self._product = Product(line.number, self._heading_above(), self._limits)

    def _label(self, line: Line, below: Sequence[Line]) -> Iterator[Found]:
        product, known = self._product, field_named(line.text)
        is_above = not line.value and not known
        above = self._above(line, below) if is_above else None
        if above is not None:
            yield from above
            return
        if self._manner.is_listing and not known and is_money(line.value):
            yield from self._priced(line)
            return
        repeats = product and product.has(line.text)
        begins = (
            product is None
            or self._after_rule
            or (known == NAME and product.has_name)
            or (repeats and (self._after_break or product.begins_with(line.text)))
        )
        if begins:
            yield from self._begin(line)
        if self._product:
            self._product.label(line)

    def _above(self, line: Line, below: Sequence[Line]) -> Iterator[Found] | None:
        """What an unknown title without a value does when it stands above products or labels; None when it does not."""
        if _is_general(line.text):
            return self.end()
        under = field_named(below[0].text) if below and below[0].kind is LineKind.LABEL else ""
        is_named = bool(under) and self._is_free(line) and not self._manner.is_listing
        if is_named and not self._manner.has_names:
            return self._begin_named(line)
        if self._is_section_above(below):
            return self._begin_section(line)
        return self._begin_named(line) if is_named else None

    def _priced(self, line: Line) -> Iterator[Found]:
        if line.text and self._manner.is_listing:
            yield from self._begin(line)
            if self._product:
                self._product.named(line.text, line.value, line.aside)
        elif self._product is None:
            self._loose.append(line)
        elif not line.text and not self._product.has_price:
            self._product.named("", line.value, line.aside)
        else:
            self._product.text(line, _written(line))

    def _text(self, line: Line, below: Sequence[Line]) -> Iterator[Found]:
        if self._is_name(line, below):
            yield from self._begin_named(line)
        elif not line.is_item and self._is_section(line, below):
            yield from self._begin_section(line)
        elif self._manner.is_listing and (parts := self._unpriced(line)):
            yield from self._begin(line)
            if self._product:
                self._product.named(*parts)
        elif self._product and not self._is_beside(line):
            self._product.text(line, line.text)
        else:
            yield from self._finish()
            self._loose.append(line)

    def _unpriced(self, line: Line) -> tuple[str, str] | None:
        """The name and what stands in the place of its price, among names with prices."""
        found = parted(line.text, is_led=not (line.is_item and self._after_item))
        return found if found and len(found[0]) <= _LONGEST_NAME and len(found[1]) <= _LONGEST_SECTION else None

    def _is_beside(self, line: Line) -> bool:
        """Whether text does not belong to the product above it."""
        if self._product is None or self._product.awaits_items:
            return self._product is None
        is_note = self._manner.is_listing and self._after_break and not line.level and not line.is_item
        return self._after_rule or is_note

    def _begin_named(self, line: Line) -> Iterator[Found]:
        yield from self._begin(line)
        if self._product:
            self._product.named(line.text)

    def _begin_section(self, line: Line) -> Iterator[Found]:
        yield from self.end()
        self._section = line.text.rstrip(": ")

    def _is_free(self, line: Line) -> bool:
        """Whether a new product may begin here."""
        product = self._product
        if product is None or self._after_rule:
            return True
        return (self._after_break or line.is_item) and (product.has_price or product.has_labels)

    def _is_name(self, line: Line, below: Sequence[Line]) -> bool:
        """Whether a line of text is a product's name: labels or a price stand right below it."""
        if self._manner.is_listing or self._manner.has_names or not below:
            return False
        under, product = below[0], self._product
        repeats = product is not None and product.has_price and product.has(under.text)
        if not repeats and not self._is_free(line):
            return False
        labelled = under.kind is LineKind.LABEL or (under.kind is LineKind.PRICED and not under.text)
        if not labelled or len(line.text) > _LONGEST_NAME or line.text.endswith((".", "!", "?")):
            return False
        return not line.is_item or under.level > line.level or (line.is_numbered and not under.is_numbered)

    def _is_section(self, line: Line, below: Sequence[Line]) -> bool:
        """Whether a line of text heads the products below it."""
        if len(line.text) > _LONGEST_SECTION or len(line.text.split()) > _MOST_WORDS_OF_SECTION:
            return False
        if line.text.endswith((".", "!", "?", ",")) or not (self._after_break or line.text.isupper()):
            return False
        return self._is_section_above(below)

    def _is_section_above(self, below: Sequence[Line]) -> bool:
        under = next((one for one in below if one.kind is not LineKind.BLANK), None)
        if under is None:
            return False
        if self._manner.is_listing:
            return (under.kind is LineKind.PRICED and bool(under.text)) or is_money(under.value)
        if under.kind is not LineKind.LABEL or not self._manner.has_price:
            return False
        product = self._product
        return product is None or product.begins_with(under.text) or field_named(under.text) == NAME

    # --- Tables, and what belongs to nothing ---

    def _table(self, line: Line) -> Iterator[Found]:
        product = self._product
        is_owned = product is not None and self._is_headed and (product.has_price or self._manner.has_own_price)
        if product and self._is_headed and is_of_pairs(line.table, is_owned=is_owned):
            for number, cells in line.table.rows:
                if cells[0].strip() and not _GENERAL_TITLES.issuperset(cell.casefold().strip() for cell in cells):
                    product.label(Line(number, LineKind.LABEL, cells[0].strip(" :"), cells[1].strip()))
            product.blank()
            return
        if self._product and self._is_headed and not self._product.has_price:
            yield from self._become_section(self._product)
        yield from self.end()
        self._has_begun = True
        table = upright(line.table)
        if any(any(cells) for _, cells in table.rows):
            yield Table(table, self._heading_above())

    def _finish(self) -> Iterator[Found]:
        if self._product:
            self._has_begun = True
            yield self._product.record()
        self._product = None


def _is_general(heading: str) -> bool:
    """Whether a heading says nothing of what stands below it: "Products", "Price list 2026", "Product 3"."""
    words = [word.strip(".,:;#()\"'").casefold() for word in heading.split()]
    return all(word in _GENERAL or not word.strip("0123456789-/") for word in words)


def _is_note(lines: Sequence[Line]) -> bool:
    """Whether lines are about all products or about none: no labels, no prices, and not many of them."""
    is_prose = all(line.kind in {LineKind.TEXT, LineKind.ITEM} for line in lines)
    return is_prose and sum(len(line.text) for line in lines) <= _LONGEST_NOTE


def _written(line: Line) -> str:
    """A line's text, with what was read out of it."""
    if line.kind is LineKind.PRICED:
        return " - ".join(part for part in (line.text, line.value, line.aside) if part)
    return line.text
