"""Products in XML: Google's feeds (RSS and Atom), Yandex's YML, and any list of elements with names and prices."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import chain, islice
from pathlib import Path

from errors import UnreadableFile
from ingestion.columns import Field, field_of
from ingestion.inner_prices import with_inner_price
from ingestion.records import Limits, Record, RecordTable, Rejected
from ingestion.xml_elements import Element, Gathering, members_of, plain
from ingestion.xml_events import Handler, parse
from ingestion.xml_feeds import bmecat_members, of_feed, of_yml

_TITLED = 200  # records whose members are a table's titles

# So many elements with a name and a price, and so many pieces of the file, show where products are.
_ENOUGH = 50
_FEWEST_PIECES = 16
_MOST_PATHS = 5_000
_MOST_CHILDREN = 200  # names kept of one element's children
_MOST_CATEGORIES = 200_000
_FEWEST_MEMBERS = 2

_SECTIONS = frozenset({"category", "group", "section", "kategorie", "categoria", "categorie", "kategori", "категория"})
_LONGEST_SECTION = 300


class _Kind(Enum):
    RSS = auto()
    ATOM = auto()
    YML = auto()
    BMECAT = auto()
    PLAIN = auto()


_ITEMS = {_Kind.RSS: "item", _Kind.ATOM: "entry", _Kind.YML: "offer"}
_ROOTS = {"rss": _Kind.RSS, "RDF": _Kind.RSS, "feed": _Kind.ATOM, "yml_catalog": _Kind.YML, "BMECAT": _Kind.BMECAT}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where a file's products are.

    Attributes:
        kind: of the file.
        name: of the elements that are products, without prefix.
        parent: the path of names above them; None when they may stand anywhere.
        groups: names beside them of elements that are no products, but have such in them.
    """

    kind: _Kind
    name: str
    parent: tuple[str, ...] | None = None
    groups: frozenset[str] = frozenset()


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The products of an XML file as one table; a record's number is its place among them. Memory stays flat.

    Raises:
        UnreadableFile: it is no XML (the sentence says where), hostile, or holds no products.
    """
    records = _records(path, _surveyed(path, limits), limits)
    first = list(islice(records, _TITLED))
    titles: dict[str, None] = {}
    for record in first:
        if isinstance(record, Record):
            titles.update(dict.fromkeys(record.members))
    yield RecordTable(tuple(titles), chain(first, records))


# --- Where the products are ---


@dataclass(slots=True)
class _Seen:
    """An element that is open: its path, and what was seen directly in it."""

    path: tuple[str, ...]
    names: set[str]


class _Survey(Handler):
    """Counts which elements have a name and a price."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.kind: _Kind | None = None
        self.sold: Counter[tuple[str, ...]] = Counter()
        self.complex: Counter[tuple[str, ...]] = Counter()
        self._open: list[_Seen] = []

    @property
    def is_done(self) -> bool:
        return self.kind in _ITEMS or any(count >= _ENOUGH for count in self.sold.values())

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        bare = plain(name)
        if not self._open:
            self.kind = _ROOTS.get(bare, _Kind.PLAIN)
        elif len(self._open[-1].names) < _MOST_CHILDREN:
            self._open[-1].names.add(bare)
        path = (*(self._open[-1].path if self._open else ()), bare)
        self._open.append(_Seen(path, set(map(plain, islice(attributes, _MOST_CHILDREN)))))

    def closed(self) -> None:
        seen = self._open.pop()
        if len(seen.names) < _FEWEST_MEMBERS or len(self.complex) > _MOST_PATHS:
            return
        self.complex[seen.path] += 1
        fields = {field_of(name) for name in seen.names}
        if Field.NAME in fields and (Field.PRICE in fields or Field.SALE_PRICE in fields):
            self.sold[seen.path] += 1


def _surveyed(path: Path, limits: Limits) -> _Plan:
    survey = _Survey(limits)
    for pieces, _ in enumerate(parse(path, survey)):
        if survey.is_done and (survey.kind in _ITEMS or pieces > _FEWEST_PIECES):
            break
    kind = survey.kind or _Kind.PLAIN
    if kind in _ITEMS:
        return _Plan(kind, _ITEMS[kind])
    if kind is _Kind.BMECAT:
        is_of_articles = any(one[-1] == "ARTICLE" for one in survey.complex)
        return _Plan(kind, "ARTICLE" if is_of_articles else "PRODUCT")
    found = survey.sold or Counter({one: count for one, count in survey.complex.items() if count > 1 and len(one) > 1})
    if not found:
        raise UnreadableFile("The XML holds no products: no elements that have a name and a price.")
    shallowest = min(map(len, found))
    place = max((one for one in found if len(one) == shallowest), key=lambda one: found[one])
    parent, depth = place[:-1], len(place)
    below = {one[depth - 1] for one in found if len(one) > depth and one[: depth - 1] == parent}
    beside = {one[-1] for one in found if len(one) == depth and one[:-1] == parent}
    return _Plan(kind, place[-1], parent, frozenset(below - beside))


# --- The products ---


@dataclass(slots=True)
class _Container:
    """An element that is open above the products.

    Attributes:
        name: without prefix.
        attributes: its own.
        title: what it is called, by an attribute or an element within.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    text: list[str] = field(default_factory=list)


class _Products(Handler):
    """Gathers one product at a time; what is complete waits in `ready`."""

    def __init__(self, plan: _Plan, limits: Limits) -> None:
        super().__init__(limits)
        self.ready: list[Record | Rejected] = []
        self._plan = plan
        self._limits = limits
        self._containers: list[_Container] = []
        self._item: Gathering | None = None
        self._number = 0
        self._categories: dict[str, str] = {}

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if self._item is not None:
            self._item.opened(name, attributes)
        elif self._may_be_product(plain(name)):
            self._item = Gathering(name, attributes, self._limits)
        else:
            title = attributes.get("name") or attributes.get("title") or ""
            self._containers.append(_Container(plain(name), attributes, title))

    def said(self, text: str) -> None:
        if self._item is not None:
            self._item.said(text)
        elif self._containers and len(self._containers[-1].text) < _LONGEST_SECTION:
            self._containers[-1].text.append(text[:_LONGEST_SECTION])

    def closed(self) -> None:
        if self._item is None:
            self._container_ends(self._containers.pop())
        elif self._item.closed():
            self._item_ends(self._item)
            self._item = None

    def _may_be_product(self, name: str) -> bool:
        """Elements of other names at the products' place, and of their name elsewhere, may be products too."""
        if self._plan.parent is None:
            return name == self._plan.name and bool(self._containers)
        if name == self._plan.name:
            return True
        return bool(self._containers) and name not in self._plan.groups and self._path() == self._plan.parent

    def _path(self) -> tuple[str, ...]:
        return tuple(one.name for one in self._containers)

    def _container_ends(self, container: _Container) -> None:
        text = "".join(container.text).strip()[:_LONGEST_SECTION]
        above = self._containers[-1] if self._containers else None
        if above is not None and text and not above.title and field_of(container.name) is Field.NAME:
            above.title = text
        if self._plan.kind is _Kind.YML and container.name == "category" and len(self._categories) < _MOST_CATEGORIES:
            self._categories.setdefault(container.attributes.get("id", ""), text)

    def _item_ends(self, item: Gathering) -> None:
        element = item.root
        is_in_place = self._plan.parent in {None, self._path()} and element.plain_name == self._plan.name
        if item.reason and is_in_place:
            self._reject(item.reason)
        elif item.reason:
            self._reject(f"<{element.plain_name[:_LONGEST_SECTION]}> stands where products do, but has {item.reason}")
        elif is_in_place or _is_sold(element):
            self._take(element)
        else:
            for inner in _sold_within(element):
                self._take(inner)

    def _reject(self, reason: str) -> None:
        self._number += 1
        self.ready.append(Rejected(self._number, reason))

    def _take(self, element: Element) -> None:
        members = members_of(element)
        match self._plan.kind:
            case _Kind.RSS | _Kind.ATOM:
                of_feed(element, members)
            case _Kind.YML:
                of_yml(members, self._categories)
            case _Kind.BMECAT:
                members = bmecat_members(element)
            case _Kind.PLAIN:
                members = with_inner_price(members)
        if len(members) > self._limits.columns:
            self._reject(f"more than {self._limits.columns:,} members")
            return
        self._number += 1
        titles = [one.title for one in self._containers if one.name.casefold() in _SECTIONS and one.title]
        self.ready.append(Record(self._number, members, " > ".join(titles)[:_LONGEST_SECTION]))


def _records(path: Path, plan: _Plan, limits: Limits) -> Iterator[Record | Rejected]:
    products = _Products(plan, limits)
    for _ in parse(path, products):
        yield from products.ready
        products.ready.clear()


def _is_sold(element: Element) -> bool:
    fields = {field_of(name) for name in [*element.attributes, *(child.plain_name for child in element.children())]}
    return Field.NAME in fields and (Field.PRICE in fields or Field.SALE_PRICE in fields)


def _sold_within(element: Element) -> Iterator[Element]:
    """Products of a group that the survey did not see, in order."""
    left = list(reversed(element.children()))
    while left:
        one = left.pop()
        if _is_sold(one):
            yield one
        else:
            left.extend(reversed(one.children()))
