"""A product of a text while its lines are being read, and the titles that the products of a text share."""

from collections.abc import Sequence
from dataclasses import replace

from errors import UnreadableFile
from ingestion.labelled_lines import Line, LineKind, field_named
from ingestion.records import LOOSE_TEXT, Limits, Record, Rejected

# What is known without a label, under titles that the column mapping knows.
NAME, PRICE, DESCRIPTION = "name", "price", "description"


_PRICES = frozenset({"price", "sale_price"})
# Fields whose title means nothing else: one product's "Price" and another's "Cost" are one column.
_OF_ONE_COLUMN = frozenset(
    {NAME, PRICE, DESCRIPTION, "category", "features", "availability", "url", "image_url", "currency", "sale_price"}
)
# Fields that show that a text is about products.
_TELLING = _PRICES | {NAME, "category", "sku", "id"}


class Product:
    """A product that is being read.

    Args:
        number: the line it begins with.
        section: the heading above it.
        level: of its heading; 0 when it has none.
    """

    def __init__(self, number: int, section: str, limits: Limits, level: int = 0) -> None:
        self.number = number
        self.section = section
        self.level = level
        self.members: dict[str, str] = {}
        self.has_labels = False
        self._fields: set[str] = set()
        self._limits = limits
        self._keys: dict[str, str] = {}  # casefolded title -> as written
        self._first_key = ""
        self._description: list[str] = []
        self._chars = 0
        self._last: Line | None = None  # the label that the next line may go on with
        self._list: Line | None = None  # the label that the items below belong to
        self._part = ""  # the heading of a part of the product
        self._is_paragraph_open = False

    @property
    def has_name(self) -> bool:
        """Whether a heading, a line or a label named it."""
        return NAME in self._fields

    @property
    def has_price(self) -> bool:
        """Whether a price is known."""
        return not self._fields.isdisjoint(_PRICES)

    @property
    def is_empty(self) -> bool:
        """Whether it has no more than a name."""
        return not self._description and not (self.members.keys() - {NAME})

    @property
    def awaits_items(self) -> bool:
        """Whether a label stands open for the items below it."""
        return self._list is not None

    def has(self, title: str) -> bool:
        """Whether a label of this title was there."""
        return title.casefold() in self._keys

    def begins_with(self, title: str) -> bool:
        """Whether its first label was this one."""
        return bool(self._first_key) and title.casefold() == self._first_key

    def named(self, name: str, price: str = "", aside: str = "") -> "Product":
        """A name that has no label, and a price beside it; the product itself."""
        if name:
            self._put(NAME, name)
        if price:
            self._put(PRICE, price)
        if aside:
            self.say(aside)
        return self

    def label(self, line: Line) -> None:
        """A label and its value, which may stand in the lines below."""
        opener = self._list
        if opener and opener.number != line.number and self._is_below(line, opener):
            if field_named(opener.text) == "features":
                self._append(opener.text, f"{line.text}: {line.value}".rstrip(": "), "\n")
            else:
                self._put_once(line.text, line.value, opener.text)
            return
        self._list = self._last = None
        self._is_paragraph_open = False
        self.has_labels = True
        self._first_key = self._first_key or line.text.casefold()
        if line.value:
            self._put_once(line.text, line.value, self._part)
            self._last = line
        else:
            self._keys.setdefault(line.text.casefold(), line.text)
            self._list = line

    def text(self, line: Line, told: str) -> None:
        """A line of prose or an item of a list."""
        opener, last = self._list, self._last
        if opener:
            if line.is_item or line.level > opener.level or not self.members.get(self._key(opener.text)):
                self._append(opener.text, told, "\n" if line.is_item or self._part else " ")
                return
            self._list = None
        elif last and self._goes_on(line, last):
            self._append(last.text, told, "\n" if line.is_item else " ")
            return
        if line.is_item:
            self.say(f"- {told}")
        elif self._is_paragraph_open and self._description:
            self._grow(len(told))
            self._description[-1] += f" {told}"
        else:
            self.say(told)
            self._is_paragraph_open = True

    def say(self, text: str) -> None:
        """A paragraph of the description."""
        self._grow(len(text))
        self._description.append(text)
        self._is_paragraph_open = False

    def blank(self) -> None:
        """A line without text."""
        self._is_paragraph_open = False
        if self._last and field_named(self._last.text) != DESCRIPTION:
            self._last = None
        if self._list and self.members.get(self._key(self._list.text)) and not self._part:
            self._list = None

    def part(self, heading: Line) -> None:
        """A heading within the product: a field's title, or the title of what stands below it."""
        self.has_labels = True
        self._last = None
        self._is_paragraph_open = False
        if field_named(heading.text) == DESCRIPTION:
            self._list, self._part = None, ""
            return
        self._part = heading.text
        self._list = replace_level(heading, -1)

    def record(self) -> Record:
        """What it is in the end."""
        members = dict(self.members)
        if self._description:
            title = next((one for one in members if field_named(one) == DESCRIPTION), DESCRIPTION)
            members[title] = "\n".join([*([members[title]] if title in members else []), *self._description])
        return Record(self.number, members, self.section)

    def rejected(self) -> Rejected:
        """What is left of it when it is no product."""
        return Rejected(self.number, LOOSE_TEXT, self.record().members)

    def _is_below(self, line: Line, opener: Line) -> bool:
        """Whether a label is one of the items that an open label awaits."""
        is_inner = line.level > opener.level or (line.is_item and not opener.is_item)
        known = field_named(line.text)
        return is_inner and (not known or field_named(opener.text) == "specifications" or known == "specifications")

    def _goes_on(self, line: Line, last: Line) -> bool:
        """Whether a line goes on with the value of the label above it."""
        field = field_named(last.text)
        if line.is_item:
            return field in {"features", DESCRIPTION} and (not last.is_item or line.level > last.level)
        return field == DESCRIPTION or line.level > last.level + (2 if last.is_item else 0)

    def _key(self, title: str) -> str:
        return self._keys.get(title.casefold(), title)

    def _put_once(self, title: str, value: str, within: str) -> None:
        """A member; beside one of the same title the name of the part that it stands in is put before."""
        if within and self.has(title) and field_named(within) != "specifications":
            title = f"{within} {title}"
        if self.members.get(self._key(title)) == value:
            return
        if self.members.get(self._key(title)):
            self._append(title, value, "\n")
        else:
            self._put(title, value)

    def _put(self, title: str, value: str) -> None:
        self._grow(len(value))
        self._fields.add(field_named(title) or title)
        key = self._keys.setdefault(title.casefold(), title)
        self.members[key] = value
        if len(self.members) > self._limits.columns:
            raise UnreadableFile(f"The product in line {self.number:,} has more than {self._limits.columns:,} labels.")

    def _append(self, title: str, text: str, between: str) -> None:
        key = self._keys.setdefault(title.casefold(), title)
        before = self.members.get(key)
        self._fields.add(field_named(title) or title)
        self._grow(len(text))
        self.members[key] = f"{before}{between}{text}" if before else text

    def _grow(self, chars: int) -> None:
        self._chars += chars + 1
        if self._chars > self._limits.cell_chars:
            raise UnreadableFile(
                f"The product in line {self.number:,} has more than {self._limits.cell_chars:,} characters."
            )


class TitlesInUse:
    """The titles of a text's products: one for each field, so that they are columns."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}  # casefolded title -> as first written
        self._of_fields: dict[str, str] = {}
        self.are_of_products = False

    def meet(self, record: Record) -> None:
        """Learn the titles of a record."""
        for title in record.members:
            field = field_named(title) or (title if title in {NAME, PRICE, DESCRIPTION} else "")
            is_ours = title in {NAME, DESCRIPTION}
            self.are_of_products |= field in _TELLING and not is_ours
            if not is_ours or title not in self._of_fields.values():
                self._titles.setdefault(title.casefold(), title)
            known = self._of_fields.get(field)
            if field in _OF_ONE_COLUMN and (known is None or (known in {NAME, PRICE, DESCRIPTION} and title != known)):
                self._of_fields[field] = title

    def in_order(self) -> tuple[str, ...]:
        """All titles, each once."""
        unified = (self._unified_title(title, ()) for title in self._titles.values())
        return tuple(dict.fromkeys(unified))

    def unified(self, record: Record | Rejected) -> Record | Rejected:
        """The record with the titles that the others have, too."""
        if isinstance(record, Rejected):
            return record
        titles = list(record.members)
        return replace(record, members={self._unified_title(title, titles): record.members[title] for title in titles})

    def _unified_title(self, title: str, beside: Sequence[str]) -> str:
        field = field_named(title) or title
        common = self._of_fields.get(field)
        if common is None or common == title:
            return self._titles.get(title.casefold(), title)
        of_field = [one for one in beside if (field_named(one) or one) == field]
        return common if len(of_field) <= 1 else self._titles.get(title.casefold(), title)


def replace_level(line: Line, level: int) -> Line:
    """A heading that stands open for what is below it, as a label does."""
    return line._replace(kind=LineKind.LABEL, level=level, is_item=False)
