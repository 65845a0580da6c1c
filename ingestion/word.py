"""Word documents (DOCX): their text in reading order, as lines of Markdown, and the tables between."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.package import Package

from errors import UnreadableFile
from ingestion import labelled
from ingestion.archive import MAGIC, ArchiveKind, check_archive, kind_of
from ingestion.labelled_lines import Rows
from ingestion.records import Limits, RecordTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LOOKED_AT = 1024 * 1024

_DAMAGED = "The Word document is damaged. Open it in Word, save it again as .docx and upload that."
_MOST_SPANS = 1_000
_DEEPEST_STYLE = 20
_LONGEST_BOLD = 120
_HEADING_STYLE = re.compile(r"heading ([1-9])$")

_P, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT_BOX, _RUN, _VALUE = qn("w:txbxContent"), qn("w:r"), qn("w:val")
# What is not, or not again, a part of the text: what was deleted, what was moved away, the older form of a drawing.
_UNSAID = frozenset(
    {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:tblPr"), qn("w:tcPr"), qn("w:rt")}
) | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_SAID = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_T = qn("w:t")


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The products of a Word document: of its tables, and of the text between them as ingestion/labelled.py reads it.

    Raises:
        UnreadableFile: an old, protected or damaged document, one that is dangerous to open, or one without products.
    """
    yield from labelled.read(content_of(path, limits), limits)


def content_of(path: Path, limits: Limits) -> Iterator[str | Rows]:
    """A document's paragraphs as lines of Markdown (headings, items, bold lines), and its tables, in reading order.

    Raises:
        UnreadableFile: as read() does, but not for want of products.
    """
    _check(path, limits)
    try:
        main = Package.open(str(path)).main_document_part
        root = getattr(main, "element", None)
        if root is None:  # a template, or a document with macros
            root = parse_xml(main.blob)
        styles = _styles(main)
    except Exception as error:  # what a damaged file does to the library has no common type
        raise UnreadableFile(_DAMAGED) from error
    yield from _content(root, styles)


def _check(path: Path, limits: Limits) -> None:
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.startswith(_OLE):
        if _ENCRYPTED in head:
            raise UnreadableFile("The document is protected with a password. Save it without one and upload it again.")
        raise UnreadableFile("The file is an old Word document (.doc). Save it as .docx and upload that.")
    if not head.startswith(MAGIC):
        raise UnreadableFile(_DAMAGED)
    check_archive(path, limits)
    if kind_of(path) is not ArchiveKind.DOCX:
        raise UnreadableFile(_DAMAGED)


# --- Paragraphs ---


class _Styles:
    """What the styles of a document mean for the text: levels of headings, and which are lists."""

    def __init__(self, levels: Mapping[str, int], items: Mapping[str, str]) -> None:
        self.levels = levels
        self.items = items


def _styles(main: Part) -> _Styles:
    """The styles by their ids; the names of Word's own are English in every language."""
    levels: dict[str, int] = {}
    items: dict[str, str] = {}
    based_on: dict[str, str] = {}
    try:
        part = main.part_related_by(RELATIONSHIP_TYPE.STYLES)
    except KeyError:
        return _Styles(levels, items)
    root = getattr(part, "element", None)
    for style in (parse_xml(part.blob) if root is None else root).iter(qn("w:style")):
        key = str(style.get(qn("w:styleId"), ""))
        name = _value(style, "w:name").lower()
        if level := _level_named(name) or _outline_level(style):
            levels[key] = level
        elif name.startswith("list "):
            items[key] = "1." if "number" in name else "-"
        based_on[key] = _value(style, "w:basedOn")
    for key in based_on:
        base = key
        for _ in range(_DEEPEST_STYLE):
            if base in levels or base in items or base not in based_on:
                break
            base = based_on[base]
        levels |= {key: levels[base]} if base in levels else {}
        items |= {key: items[base]} if base in items else {}
    return _Styles(levels, items)


def _level_named(name: str) -> int:
    found = _HEADING_STYLE.match(name)
    return int(found[1]) if found else int(name == "title")


def _outline_level(element: BaseOxmlElement) -> int:
    """The level of a heading, from 1, that a style or a paragraph gives itself; 0 for text."""
    outline = _value(element, "w:pPr", "w:outlineLvl")
    return int(outline) + 1 if outline in set("012345678") else 0


def _value(element: BaseOxmlElement, *path: str) -> str:
    """The value of a property; empty when there is none."""
    found = element.find("/".join(map(qn, path)))
    return str(found.get(_VALUE, "")) if found is not None else ""


def _content(root: BaseOxmlElement, styles: _Styles) -> Iterator[str | Rows]:
    """Paragraphs and tables below an element, whatever they are wrapped in."""
    for child in root.iterchildren():
        if child.tag == _P:
            yield from _lines(child, styles)
            for box in _boxes(child):
                yield from _content(box, styles)
        elif child.tag == _TABLE:
            yield from _table(child, styles)
        elif child.tag not in _UNSAID and isinstance(child.tag, str):
            yield from _content(child, styles)


def _lines(paragraph: BaseOxmlElement, styles: _Styles) -> Iterator[str]:
    text = _text(paragraph)
    style = _value(paragraph, "w:pPr", "w:pStyle")
    level = _outline_level(paragraph) or styles.levels.get(style, 0)
    if not text.strip():
        yield ""
    elif level:
        yield f"{'#' * min(level, 6)} {' '.join(text.split())}"
    elif style in styles.items or paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
        depth = _value(paragraph, "w:pPr", "w:numPr", "w:ilvl")
        indent = "  " * (min(int(depth), 8) if depth.isdigit() else 0)
        yield f"{indent}{styles.items.get(style, '-')} {' '.join(text.split())}"
    elif _is_bold(paragraph) and "\n" not in text and len(text) <= _LONGEST_BOLD and "*" not in text:
        yield f"**{text.strip()}**"
    else:
        yield from text.split("\n")


def _text(element: BaseOxmlElement) -> str:
    """The text of a paragraph, without that of its boxes."""
    said: list[str] = []
    for child in element.iterchildren():
        if child.tag == _T:
            said.append(child.text or "")
        elif child.tag in _SAID:
            said.append(_SAID[child.tag])
        elif child.tag not in _UNSAID and child.tag != _TEXT_BOX and isinstance(child.tag, str):
            said.append(_text(child))
    return "".join(said)


def _boxes(element: BaseOxmlElement) -> Iterator[BaseOxmlElement]:
    for child in element.iterchildren():
        if child.tag == _TEXT_BOX:
            yield child
        elif child.tag not in _UNSAID and isinstance(child.tag, str):
            yield from _boxes(child)


def _is_bold(paragraph: BaseOxmlElement) -> bool:
    runs = [run for run in paragraph.iterchildren(_RUN) if _text(run).strip()]
    marks = [run.find(f"{qn('w:rPr')}/{qn('w:b')}") for run in runs]
    return bool(runs) and all(mark is not None and mark.get(_VALUE, "1") not in {"0", "false"} for mark in marks)


# --- Tables ---


def _table(table: BaseOxmlElement, styles: _Styles) -> Iterator[str | Rows]:
    """A table; one of a single column only arranges the text that is in it."""
    rows = list(_rows(table, styles))
    if rows and max(map(len, rows)) == 1:
        for cell in _cells(table):
            yield ""
            yield from _content(cell, styles)
        yield ""
    elif rows:
        yield Rows(list(enumerate(rows, start=1)))


def _cells(table: BaseOxmlElement) -> Iterable[BaseOxmlElement]:
    for row in _children(table, _ROW):
        yield from _children(row, _CELL)


def _rows(table: BaseOxmlElement, styles: _Styles) -> Iterator[list[str]]:
    """The rows of a table.

    A cell over several columns stands in its first; one over several rows in each of them, unless it begins in the
    first row, where it is a title.
    """
    above: dict[int, str] = {}  # by column, what goes on downwards
    for number, row in enumerate(_children(table, _ROW)):
        skipped = _value(row, "w:trPr", "w:gridBefore")
        cells = [""] * (min(int(skipped), _MOST_SPANS) if skipped.isdigit() else 0)
        for cell in _children(row, _CELL):
            place = len(cells)
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            span = _value(cell, "w:tcPr", "w:gridSpan")
            text = _cell_text(cell, styles)
            if merge is not None and merge.get(_VALUE, "continue") == "continue":
                text = above.get(place, "")
            elif merge is not None and number:
                above[place] = text
            else:
                above.pop(place, None)
            cells.extend([text, *[""] * (min(int(span), _MOST_SPANS) - 1 if span.isdigit() else 0)])
        yield cells


def _children(element: BaseOxmlElement, tag: str) -> Iterator[BaseOxmlElement]:
    """Children of a kind, through what wraps them (content controls)."""
    for child in element.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins")}:
            yield from _children(child, tag)


def _cell_text(cell: BaseOxmlElement, styles: _Styles) -> str:
    lines: list[str] = []
    for one in _content(cell, styles):
        if isinstance(one, Rows):
            lines.extend(" ".join(filter(None, cells)) for _, cells in one.rows)
        else:
            lines.append(_unmarked(one))
    return "\n".join(line for line in lines if line.strip())


def _unmarked(line: str) -> str:
    """A line of a cell without the marks that were given to it here."""
    bold = line.startswith("**") and line.endswith("**")
    return line[2:-2] if bold else re.sub(r"^(?:#{1,6}|[ ]*(?:-|1\.)) ", "", line)
