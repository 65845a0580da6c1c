"""An element of XML that describes a product, as the members of a record."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from errors import UnreadableFile
from ingestion.html_text import text_of
from ingestion.records import Limits
from understanding.words import word_set

# Within one product. Beyond the first it is rejected, beyond the second the file is.
_MOST_ELEMENTS = 20_000
_MOST_BY_FAR = 200_000

_NAMING = ("name", "title", "label", "key", "attribute", "code")
_FACTS = word_set(
    "param parameter attribute property feature spec specification characteristic option field attr detail item entry"
)
_UNITS = ("unit", "units", "uom", "unitcode")
_LANGUAGE = "xml:lang"
_MARKUP = word_set(
    "p br b i u em strong ul ol li div span h1 h2 h3 h4 h5 h6 table tbody thead tr td th a img font small sup sub hr"
)
_SURE_MARKUP = word_set("p br em strong ul ol div span h1 h2 h3 h4 h5 h6 table")


@dataclass(slots=True)
class Element:
    """An element with what is in it.

    Attributes:
        name: as written, "g:price".
        attributes: by name.
        content: texts and elements in order.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    content: list["str | Element"] = field(default_factory=list)

    @property
    def plain_name(self) -> str:
        """The name without its prefix."""
        return plain(self.name)

    def children(self) -> list["Element"]:
        """The elements directly within."""
        return [one for one in self.content if isinstance(one, Element)]

    def text(self) -> str:
        """What stands directly within, without blanks around it."""
        return "".join(one for one in self.content if isinstance(one, str)).strip()


class Gathering:
    """An element being read, its limits watched: beyond them nothing more is kept."""

    def __init__(self, name: str, attributes: Mapping[str, str], limits: Limits) -> None:
        self.root = Element(name, attributes)
        self.reason = ""  # why it cannot be read whole
        self._open = [self.root]
        self._limits = limits
        self._elements = 0
        self._chars = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins within."""
        self._elements += 1
        self._chars = 0
        if self.reason:
            self._open.append(self.root)
            if self._elements > _MOST_BY_FAR:
                raise UnreadableFile(f"An element of the XML has more than {_MOST_BY_FAR:,} others in it.")
            return
        element = Element(name, attributes)
        if self._elements > _MOST_ELEMENTS:
            self.reason = self.reason or f"more than {_MOST_ELEMENTS:,} elements within one product"
        else:
            self._open[-1].content.append(element)
        if any(len(value) > self._limits.cell_chars for value in attributes.values()):
            self.reason = self.reason or f"an attribute of more than {self._limits.cell_chars:,} characters"
        self._open.append(element)

    def said(self, text: str) -> None:
        """A piece of text."""
        self._chars += len(text)
        if self._chars > self._limits.cell_chars:
            self.reason = self.reason or f"a text of more than {self._limits.cell_chars:,} characters"
        if not self.reason:
            self._open[-1].content.append(text)

    def closed(self) -> bool:
        """The innermost element ends; whether it was the whole."""
        self._chars = 0
        self._open.pop()
        return not self._open


def plain(name: str) -> str:
    """A name without its prefix: "g:price" -> "price"."""
    return name.rsplit(":", 1)[-1]


def members_of(element: Element) -> dict[str, object]:
    """A product's members by name: attributes, then elements; those that repeat are lists, nested ones objects.

    The attributes of an element that has only text become members beside it ("price currency"), except where they
    belong to the text: a unit stands behind it, <param name="Colour">red</param> is a specification of that name. A
    currency becomes the member "currency". A prefixed element ("g:title") counts before a bare one of the same name.
    """
    members: dict[str, object] = {plain(name): value.strip() for name, value in _own(element.attributes)}
    specifications: dict[str, object] = {}
    children = element.children()
    prefixed = {child.plain_name for child in children if ":" in child.name}
    for child in children:
        if ":" not in child.name and child.plain_name in prefixed:
            continue
        if named := _named(child):
            _add(specifications, *named)
            continue
        name = child.plain_name
        if (language := child.attributes.get(_LANGUAGE)) and name in members:
            name = f"{name} {language}"
        value = value_of(child)
        if value not in ("", [], {}):
            _add(members, name, value)
        for beside, said in _beside(child):
            if beside == "currency":
                members.setdefault(beside, said)
            else:
                _add(members, beside, said)
    if specifications:
        own = members.get("specifications")
        members["specifications"] = {**own, **specifications} if isinstance(own, dict) else specifications
        if own is not None and not isinstance(own, dict):
            specifications.setdefault("specifications", own)
    return members


def value_of(element: Element) -> object:
    """What an element holds: its text, a list of what repeats in it alone, or an object of its elements."""
    children = element.children()
    if not children:
        unit = next((value for name, value in element.attributes.items() if name.casefold() in _UNITS), "").strip()
        text = element.text()
        return f"{text} {unit}" if text and unit else text
    tags = {child.name.casefold() for child in children}
    if element.text() or (tags <= _MARKUP and tags & _SURE_MARKUP):
        return text_of(_markup(element))
    own = {plain(name): value.strip() for name, value in _own(element.attributes)}
    named = [_named(child, anyhow=len(tags) == 1) for child in children]
    if all(named) and not own:
        found: dict[str, object] = {}
        for one in named:
            if one is not None:
                _add(found, *one)
        return found
    names = {child.plain_name for child in children}
    is_list = len(names) == 1 and not own and not any(one for child in children for one in _beside(child))
    if is_list and (len(children) > 1 or _is_plural(element.plain_name, *names)):
        return [value for child in children if (value := value_of(child)) not in ("", [], {})]
    found = dict(own)
    for child in children:
        if (value := value_of(child)) not in ("", [], {}):
            _add(found, child.plain_name, value)
        for name, said in _beside(child):
            _add(found, name, said)
    return found


def _own(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The attributes that say something of the thing, not of the XML."""
    for name, value in attributes.items():
        if value.strip() and not name.startswith(("xmlns", "xml:", "xsi:")):
            yield name, value


def _beside(element: Element) -> Iterator[tuple[str, str]]:
    """The attributes of an element with text alone, as members beside it."""
    if element.children():
        return
    for name, value in _own(element.attributes):
        folded = plain(name).casefold()
        if folded in {"currency", "currencyid", "currencycode"}:
            yield "currency", value.strip()
        elif not (folded in _UNITS and element.text()):
            yield f"{element.plain_name} {plain(name)}", value.strip()


def _named(element: Element, *, anyhow: bool = False) -> tuple[str, object] | None:
    """The name and value of an element that says a fact: <param name="Colour">red</param>, or name and value within.

    Anyhow: whatever the element is called.
    """
    children = element.children()
    name = next((element.attributes[key].strip() for key in _NAMING if element.attributes.get(key, "").strip()), "")
    if element.plain_name.casefold() not in _FACTS and not anyhow:
        return None
    if not children and name:
        value = value_of(element) or element.attributes.get("value", "").strip()
        return (name, value) if value else None
    within = {child.plain_name.casefold(): child for child in children}
    key = next((within[one] for one in _NAMING if one in within), None)
    said = next((within[one] for one in ("value", "values", "val", "text") if one in within), None)
    if len(within) == len(children) <= 3 and key is not None and said is not None and key.text():  # noqa: PLR2004 and a unit
        unit = within["unit"].text() if "unit" in within else ""
        value = value_of(said)
        return (key.text(), f"{value} {unit}" if unit and isinstance(value, str) else value) if value else None
    return None


def _is_plural(whole: str, part: str) -> bool:
    """Whether a name is that of several of the other: "images" of "image", "Kategorien" of "Kategorie"."""
    several, one = whole.casefold(), part.casefold()
    return several != one and several.startswith(one[: max(3, len(one) - 1)])


def _add(members: dict[str, object], name: str, value: object) -> None:
    """Put a value beside those that have its name already."""
    if name not in members:
        members[name] = value
        return
    there = members[name]
    if isinstance(there, list):
        there.extend(value if isinstance(value, list) else [value])
    else:
        members[name] = [there, *(value if isinstance(value, list) else [value])]


def _markup(element: Element) -> str:
    """What is in an element as HTML."""
    parts: list[str] = []
    left: list[str | Element] = list(reversed(element.content))
    while left:
        one = left.pop()
        if isinstance(one, Element):
            parts.append(f"<{one.plain_name}>")
            left.append(_End(f"</{one.plain_name}>"))
            left.extend(reversed(one.content))
        else:
            parts.append(one if isinstance(one, _End) else html.escape(one, quote=False))
    return "".join(parts)


class _End(str):
    """An end tag, which is not escaped."""

    __slots__ = ()
