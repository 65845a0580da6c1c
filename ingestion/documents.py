"""What a company says of itself, from files: PDF, DOCX, HTML, Markdown, text, and questions with answers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from pathlib import Path, PurePath

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from errors import UnreadableFile
from ingestion import delimited, pdf, word
from ingestion.archive import MAGIC, ArchiveKind, check_archive, kind_of
from ingestion.decoding import decoded
from ingestion.html_document import html_document, table_lines
from ingestion.labelled_lines import Rows
from ingestion.pdf_pages import survey
from ingestion.questions import NoQuestions, documents_in_rows, documents_in_value
from ingestion.records import Limits, Rejected
from models import MAX_DOCUMENT_CHARS
from understanding.markdown import Block, BlockKind, blocks_of, title_of

__all__ = ["divided", "html_document", "read_documents"]

_HEAD_BYTES = 65_536
_HEAD_CHARS = 20_000
_LARGEST_JSON = 64 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024  # of JSON Lines
_MOST_TITLE = 280  # leaves room for " (12)"
_SHORT_LINE = 0.6  # of the longest ones nearby; a line that breaks there was meant to
_LINES_NEARBY = 40

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_OF_OLE = "WordDocument".encode("utf-16-le")
_HTML = re.compile(
    r"\s*(?:<\?xml[^<>]{0,200}>\s*)?(?:<!--[^<>]{0,1000}-->\s*)?<(?:!doctype\s+html|html|head|body|main|article|div|h1|p)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022\u2013]|[0-9]{1,3}[.)])[ \t]+\S")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_MARKDOWN_BEGINS = ("#", "|", "-", "*", ">", "<")
_BULLET = re.compile(r"([ \t]*)[\u2022\u2023\u25aa\u25e6\u00b7][ \t]+")
_NO_TITLE = re.compile(
    r"(?:microsoft word|untitled|unbenannt|sans titre|sin t[i\u00ed]tulo|document\d*$|.*\.\w{2,5}$)", re.IGNORECASE
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

_NOTHING = "The file holds no text."


class _Kind(Enum):
    PDF = auto()
    WORD = auto()
    SPREADSHEET = auto()
    JSON = auto()
    HTML = auto()
    TEXT = auto()


def read_documents(path: Path, filename: str, limits: Limits) -> Iterator[dict[str, object] | Rejected]:
    """The documents of a file, each as models.DocumentDraft takes it: a title with content, or a question with answer.

    The kind of the file is told by what is in it. A document over MAX_DOCUMENT_CHARS becomes several.

    Args:
        path: the file.
        filename: what it was called; a document that gives itself no title is called so.
        limits: how much is read.

    Raises:
        UnreadableFile: the file is of no kind that is read here, is damaged or protected, or holds no text.
    """
    found: Iterator[dict[str, object] | Rejected]
    match _kind(path):
        case _Kind.PDF:
            found = _of_pdf(path, filename, limits)
        case _Kind.WORD:
            found = _of_lines("", filename, _markdown(word.content_of(path, limits)))
        case _Kind.SPREADSHEET:
            found = _of_spreadsheet(path, limits)
        case _Kind.JSON:
            found = _of_json(path, limits)
        case _Kind.HTML:
            found = _of_html(path)
        case _Kind.TEXT:
            found = _of_text(path, filename, limits)
    for one in found:
        if isinstance(one, Rejected):
            yield one
        else:
            yield from divided({name: _clean(said) for name, said in one.items()})


def divided(document: dict[str, object]) -> Iterator[dict[str, object]]:
    """A document as one or, when its content is too long for one, as several: cut at headings, else between paragraphs.

    The second part of "Title" is called "Title (2)".
    """
    content = str(document.get("content") or "")
    if len(content) <= MAX_DOCUMENT_CHARS:
        yield document
        return
    title = str(document.get("title") or "").strip()[:_MOST_TITLE]
    for number, part in enumerate(_parts(content, MAX_DOCUMENT_CHARS), start=1):
        yield {**document, "title": title if number == 1 else f"{title} ({number})".strip(), "content": part}


def _kind(path: Path) -> _Kind:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if b"%PDF-" in head[:1024]:
        return _Kind.PDF
    if head.startswith(_OLE):
        return _Kind.WORD if _WORD_OF_OLE in head else _Kind.SPREADSHEET
    if head.startswith(MAGIC):
        kind = kind_of(path)
        if kind in {ArchiveKind.XLSX, ArchiveKind.XLSB, ArchiveKind.ODS}:
            return _Kind.SPREADSHEET
        return _Kind.WORD  # or what is refused there, with its sentence
    return _kind_of_text(path)


def _kind_of_text(path: Path) -> _Kind:
    with decoded(path) as text:
        beginning = text.read(_HEAD_CHARS).lstrip("\ufeff \t\r\n")
    if not beginning:
        raise UnreadableFile("The file is empty.")
    if _HTML.match(beginning):
        return _Kind.HTML
    if beginning.startswith("{") or re.match(r"\[\s*[\[{\"\]]", beginning):
        return _Kind.JSON
    if beginning.startswith("<?xml"):
        raise UnreadableFile("XML is not read as a text. Save it as HTML, PDF or Markdown and upload that.")
    return _Kind.TEXT


# --- Texts ---


def _of_pdf(path: Path, filename: str, limits: Limits) -> Iterator[dict[str, object]]:
    surveyed = survey(path, limits)
    title = "" if _NO_TITLE.match(surveyed.title) else surveyed.title
    return _of_lines(title, filename, _markdown(_reflowed(pdf.content_of(path, surveyed, limits))))


def _of_html(path: Path) -> Iterator[dict[str, object]]:
    with decoded(path) as text:
        yield html_document(text.read().encode("utf-8", "ignore"), "utf-8")


def _of_text(path: Path, filename: str, limits: Limits) -> Iterator[dict[str, object] | Rejected]:
    """Questions with answers when they are delimited so, else the text as it is."""
    with decoded(path) as text:
        is_marked = text.read(_HEAD_CHARS).lstrip("\ufeff \t\r\n").startswith(_MARKDOWN_BEGINS)
    first = None
    if not is_marked:
        try:
            rows = documents_in_rows(delimited.cells(path, limits), limits)
            first = next(rows, None)
        except UnreadableFile:  # no such rows; a long line or an open quote is nothing wrong in a text
            first = None
    if first is not None:
        yield first
        yield from rows
        return
    with decoded(path) as text:
        content = text.read().replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff\n")
    yield from _of_lines(title_of(content[:_HEAD_CHARS]) if content.startswith("---\n") else "", filename, [content])


def _of_lines(title: str, filename: str, lines: Iterable[str]) -> Iterator[dict[str, object]]:
    content = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
    if not content:
        raise UnreadableFile(_NOTHING)
    yield {"title": (title or _title_in(content) or _title_of_file(filename))[:_MOST_TITLE], "content": content}


def _title_in(content: str) -> str:
    """The first heading, when nothing but a little stands above it."""
    blocks: Sequence[Block] = blocks_of(content[:_HEAD_CHARS])[:3]
    return next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")


def _title_of_file(filename: str) -> str:
    stem = PurePath(filename.replace("\\", "/")).stem
    return " ".join(_CONTROL.sub(" ", stem).replace("_", " ").split()) or "Document"


def _reflowed(found: Iterable[str | Rows]) -> Iterator[str | Rows]:
    """Lines as paragraphs: what was broken at the margin goes on, and words that were divided there are whole."""
    lines = list(found)
    lengths = [len(line) if isinstance(line, str) else 0 for line in lines]
    paragraph = ""
    for place, line in enumerate(lines):
        is_prose = isinstance(line, str) and bool(line.strip()) and not line.startswith(("#", "**"))
        if paragraph and (not is_prose or _ITEM.match(str(line))):
            yield paragraph
            paragraph = ""
        if isinstance(line, Rows) or not is_prose:
            yield line
        elif not paragraph:
            paragraph = _BULLET.sub(r"\1- ", line, count=1).replace("\t", " ")
        else:
            longest = max(lengths[max(0, place - _LINES_NEARBY) : place + _LINES_NEARBY])
            is_broken = lengths[place - 1] >= _SHORT_LINE * longest
            told = line.replace("\t", " ")
            paragraph = _joined(paragraph, told) if is_broken else f"{paragraph}\n{told}"
    if paragraph:
        yield paragraph


def _joined(paragraph: str, line: str) -> str:
    if paragraph.endswith("\u00ad"):
        return paragraph[:-1] + line
    if paragraph.endswith(("-", "\u2010")) and paragraph[-2:-1].isalpha():
        return (paragraph[:-1] if line[:1].islower() else paragraph) + line
    return f"{paragraph} {line}"


def _markdown(items: Iterable[str | Rows]) -> Iterator[str]:
    """Paragraphs, items and tables with the blank lines between them that Markdown wants."""
    was_item = False
    for item in items:
        if isinstance(item, Rows):
            rows = [list(cells) for _, cells in item.rows if any(cells)]
            rows = [*rows[:1], *(row for row in rows[1:] if row != rows[0])]  # titles stand on each page again
            yield from ["", *table_lines(rows), ""] if rows else []
            was_item = False
        elif item.strip():
            is_item = bool(_ITEM.match(item))
            if not (is_item and was_item):
                yield ""
            yield item.rstrip()
            was_item = is_item


# --- Questions with answers ---


def _of_spreadsheet(path: Path, limits: Limits) -> Iterator[dict[str, object] | Rejected]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            check_archive(path, limits)
    found = False
    for rows in _sheets(path):
        try:
            for one in documents_in_rows(rows, limits):
                found = True
                yield one
        except NoQuestions:
            continue  # another sheet may have them
    if not found:
        raise NoQuestions


def _sheets(path: Path) -> Iterator[Iterator[tuple[int, Sequence[object]]]]:
    """The rows of each sheet with their numbers, one sheet in memory at a time."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            yield enumerate(sheet.iter_rows(), start=1)  # blank rows at the top are there
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile("The spreadsheet is damaged or protected. Save it again and upload that.") from error


def _of_json(path: Path, limits: Limits) -> Iterator[dict[str, object] | Rejected]:
    if path.stat().st_size > _LARGEST_JSON:
        raise UnreadableFile(f"JSON of more than {_LARGEST_JSON // 1024 // 1024} MB is not read. Send it in parts.")
    with decoded(path) as text:
        content = text.read().lstrip("\ufeff")
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if not content.lstrip().startswith("{"):
            raise UnreadableFile("The file is no valid JSON.") from error
        value = [_json_line(line, number) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    return documents_in_value(value, limits)


def _json_line(line: str, number: int) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"Line {number:,} is no JSON.") from error


# --- Long texts ---


def _parts(content: str, most: int) -> Iterator[str]:
    """Parts of up to `most` characters: whole sections as long as they fit, else whole paragraphs, else lines."""
    gathered: list[str] = []
    size = 0
    for piece in _pieces(content, most):
        if gathered and size + len(piece) > most:
            if part := "".join(gathered).strip():
                yield part
            gathered, size = [], 0
        gathered.append(piece)
        size += len(piece)
    if part := "".join(gathered).strip():
        yield part


def _pieces(content: str, most: int) -> Iterator[str]:
    section: list[str] = []
    for line in content.splitlines(keepends=True):
        if _HEADING.match(line) and section:
            yield from _fitting("".join(section), most, ("\n\n", "\n", " "))
            section = []
        section.append(line)
    yield from _fitting("".join(section), most, ("\n\n", "\n", " "))


def _fitting(text: str, most: int, ends: Sequence[str]) -> Iterator[str]:
    """A text in pieces that are no longer than `most`, cut behind the first of the ends that is there."""
    start = 0
    while len(text) - start > most:
        places = (text.rfind(end, start, start + most) + len(end) for end in ends)
        cut = next((place for place in places if place > start + most // 10), start + most)
        yield text[start:cut]
        start = cut
    yield text[start:]


def _clean(said: object) -> object:
    """A text without what no document may hold."""
    return _CONTROL.sub("", said) if isinstance(said, str) else said
