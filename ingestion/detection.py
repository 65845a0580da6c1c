"""What a file is, by what is in it; its name says nothing."""

import re
from enum import StrEnum
from pathlib import Path

from errors import UnreadableFile
from ingestion.archive import kind_of
from ingestion.columns import field_of
from ingestion.decoding import decoded

# So much of the beginning decides.
_HEAD_BYTES = 65_536
_HEAD_LINES = 60

_DELIMITERS = ",;\t|"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and the old DOC
_WORD_OF_OLE = "WordDocument".encode("utf-16-le")
_PICTURES = {b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture"}
_PROGRAMS = {b"\x7fELF": "a program", b"MZ": "a program", b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7z archive"}
_PACKED = {b"\x1f\x8b": "a gzip archive", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive"}
_OTHERS = _PICTURES | _PROGRAMS | _PACKED
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|div|p)\b", re.IGNORECASE
)
_WORKBOOK = re.compile(r"<(?:\w+:)?Workbook\b[^>]{0,2000}urn:schemas-microsoft-com:office:spreadsheet")
_MARKDOWN = re.compile(r"(?m)^(?:#{1,6} \S|[-*+] \*{0,2}[^\s:][^:\n]{0,60}:)")


class FileKind(StrEnum):
    """A family of formats that one reader reads."""

    DELIMITED = "delimited"  # CSV, TSV
    EXCEL_XML = "excel_xml"  # XML Spreadsheet 2003
    HTML = "html"
    JSON = "json"  # and JSON Lines
    PDF = "pdf"
    SPREADSHEET = "spreadsheet"  # XLSX, XLS, XLSB, ODS
    TEXT = "text"  # plain text and Markdown
    WORD = "word"  # DOCX
    XML = "xml"


def detect(path: Path) -> FileKind:
    """The kind of a file.

    Raises:
        UnreadableFile: it is empty, or of a kind that holds nothing for us; the text says what to send instead.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("The file is empty.")
    return _by_magic(path, head) or _by_text(path)


def _by_magic(path: Path, head: bytes) -> FileKind | None:
    if b"%PDF-" in head[:1024]:
        return FileKind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head.startswith(_OLE):
        if _WORD_OF_OLE in head:
            raise UnreadableFile("The file is an old Word document (.doc); save it as .docx and send that.")
        return FileKind.SPREADSHEET
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            raise UnreadableFile(f"The file is {what}; send a table, JSON, XML, PDF, Word or text file.")
    return None


def _zipped(path: Path) -> FileKind:
    match kind_of(path):
        case "xlsx" | "xlsb" | "ods":
            return FileKind.SPREADSHEET
        case "docx":
            return FileKind.WORD
        case _:
            raise UnreadableFile("The file is a ZIP archive; unpack it and send the files in it one by one.")


def _by_text(path: Path) -> FileKind:
    with decoded(path) as text:
        head = text.read(_HEAD_BYTES)
    beginning = head.lstrip("\ufeff \t\r\n")
    if beginning.startswith(("{", "[")):
        return FileKind.JSON
    if beginning.startswith("<"):
        if _HTML.match(beginning):
            return FileKind.HTML
        return FileKind.EXCEL_XML if _WORKBOOK.search(beginning) else FileKind.XML
    lines = [line for line in head.splitlines() if line.strip()][:_HEAD_LINES]
    if _has_titles(lines):
        return FileKind.DELIMITED
    if _MARKDOWN.search(head) or not _is_regular(lines):
        return FileKind.TEXT
    return FileKind.DELIMITED


def _has_titles(lines: list[str]) -> bool:
    """Whether a line is a row of column titles; two that are known decide."""
    for line in lines:
        if line.lstrip().startswith(("|", "#", "- ", "* ")):
            continue  # a table or a list of Markdown
        for delimiter in _DELIMITERS:
            cells = [cell.strip(" \"'") for cell in line.split(delimiter, 200)]
            if len(cells) > 1 and sum(field_of(cell) is not None for cell in cells) > 1:
                return True
    return False


def _is_regular(lines: list[str]) -> bool:
    """Whether most lines have the same number of the same delimiter."""
    if not lines or lines[0].lstrip().startswith("|"):
        return False
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count)
        if usual > 0 and counts.count(usual) >= max(2, 0.8 * len(counts)):
            return True
    return False
