"""A web page as a document: its title, its language, and what it says as Markdown, without what every page has."""

import codecs
import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from errors import UnreadableFile
from understanding.words import word_set

_LOOKED_AT = 4_096
_LEAST_MAIN = 100  # characters; with less, what calls itself the main part is a shell
_MOST_TITLE = 290
_MOST_ADDRESS = 2_000
_DEEPEST_LIST = 6
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_CHARSET = re.compile(rb"""<meta[^<>]{0,200}?charset=["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}$")
_HIDDEN = re.compile(r"display:none|visibility:hidden")
_CONSENT = re.compile(r"\b(?:cookie|consent|gdpr|newsletter-popup|breadcrumbs?|skip-link)\b", re.IGNORECASE)
_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?])")

_UNSAID = word_set(
    """
    script style noscript template svg canvas iframe object embed head nav button select input textarea dialog
    audio video map math
    """
)
_AROUND = word_set("header footer aside")  # of the page; within the main part they are its own
_UNSAID_ROLES = word_set("navigation banner contentinfo search dialog alertdialog menu menubar toolbar")
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"summary": 4}
_BREAKING = word_set(
    """
    p div section article main header footer aside dl dt figure figcaption blockquote address form fieldset
    details body hgroup legend center
    """
)
_CELLS = ("td", "th")


def html_document(content: bytes, declared_encoding: str | None = None, url: str | None = None) -> dict[str, object]:
    """What a page says, as models.DocumentDraft takes it; its content may be longer than one document may be.

    Args:
        content: the page as it came.
        declared_encoding: what the server said of it; the page's own word counts when it said nothing.
        url: its address, which is kept.

    Raises:
        UnreadableFile: it says nothing.
    """
    text = _decoded(content, declared_encoding).replace("\0", "")
    root = _parsed(text)
    lines = _Lines()
    main = _main(root)
    lines.take(main, is_main=main.tag != "body")
    said = lines.text()
    if main.tag not in {"body", "html"} and len(said) < _LEAST_MAIN:
        whole = _Lines()
        whole.take(root, is_main=False)
        said = max(said, whole.text(), key=len)
    if not said:
        raise UnreadableFile("The page holds no text.")
    document: dict[str, object] = {"title": _title(root, said), "content": said}
    language = str(root.get("lang") or "").strip().replace("_", "-")
    if _LANGUAGE.match(language):
        document["language"] = language
    if url and len(url) <= _MOST_ADDRESS:
        document["url"] = url
    return document


def _decoded(content: bytes, declared: str | None) -> str:
    named = _CHARSET.search(content[:_LOOKED_AT])
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for name in (marked, declared, named[1].decode("ascii", "replace") if named else None, "utf-8"):
        try:
            if name and codecs.lookup(name)._is_text_encoding:  # noqa: SLF001, not "hex"
                return content.decode(name).removeprefix("\ufeff")
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _parsed(text: str) -> etree._Element:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "ignore"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFile("The page cannot be read.") from error
    if root is None:
        raise UnreadableFile("The page holds no text.")
    return root


def _main(root: etree._Element) -> etree._Element:
    """The part that the page is about, when it says which."""
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = root.findall(path)
        if len(found) == 1:
            return found[0]
    body = root.find("body")
    return root if body is None else body


def _title(root: etree._Element, said: str) -> str:
    for path in ("head/title", ".//title", ".//h1"):
        found = root.find(path)
        if found is not None and (title := " ".join("".join(found.itertext()).split())):
            return title[:_MOST_TITLE]
    return " ".join(said.lstrip("#- ").split("\n", 1)[0].split())[:_MOST_TITLE]


def _is_unsaid(element: etree._Element, *, is_main: bool) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag in _UNSAID or (tag in _AROUND and not is_main):
        return True
    if element.get("role") in _UNSAID_ROLES or element.get("hidden") is not None:
        return True
    if element.get("aria-hidden") == "true" or _HIDDEN.search((element.get("style") or "").replace(" ", "").lower()):
        return True
    return tag != "body" and bool(_CONSENT.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


class _Lines:
    """The text of a page on its way to lines of Markdown."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._words: list[str] = []
        self._mark = ""  # of a heading or an item, before what comes next
        self._depth = 0  # of lists
        self._rows: list[list[str]] | None = None  # of the table that is open
        self._cell: list[str] | None = None
        self._is_item = False

    def text(self) -> str:
        """Everything that was taken; items of a list on lines that follow each other, other blocks apart."""
        self._end()
        return "".join(self._blocks).strip()

    def take(self, root: etree._Element, *, is_main: bool) -> None:
        """Take what an element and those in it say."""
        skipped: etree._Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if skipped is not None:
                if event == "end" and element is skipped:
                    skipped = None
                    self._say(element.tail if element is not root else None)
                continue
            if event == "start" and element is not root and _is_unsaid(element, is_main=is_main):
                skipped = element
            elif event == "start":
                self._open(element)
                self._say(element.text)
            else:
                self._close(element)
                self._say(element.tail if element is not root else None)

    def _say(self, text: str | None) -> None:
        if text:
            (self._words if self._cell is None else self._cell).append(_TAG_LIKE.sub("&lt;", text))

    def _open(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "br":
            self._say("\n" if self._cell is not None else "\v")
        elif self._cell is not None:
            self._say(" ")
        elif tag == "table":
            self._end()
            self._rows = None if _is_layout(element) else []
        elif self._rows is not None and (tag == "tr" or tag in _CELLS):
            self._rows.extend([[]] if tag == "tr" else [])
            self._cell = [] if tag in _CELLS else None
        elif level := _HEADINGS.get(tag):
            self._end()
            self._mark = "#" * level + " "
        elif tag in {"ul", "ol", "li"}:
            self._end()
            self._depth += tag != "li"
            self._mark = "  " * (min(self._depth, _DEEPEST_LIST) - 1) + "- " if tag == "li" else self._mark
        elif tag in _BREAKING:
            self._end()

    def _close(self, element: etree._Element) -> None:
        tag = element.tag
        if self._cell is not None:
            if tag in _CELLS and self._rows is not None:
                self._rows = self._rows or [[]]
                self._rows[-1].append(" ".join("".join(self._cell).split()))
                self._cell = None
            return
        if tag == "table" and self._rows is not None:
            self._table(self._rows)
            self._rows = None
        elif tag in {"ul", "ol"}:
            self._end()
            self._depth = max(self._depth - 1, 0)
        elif tag == "dt":
            self._words.append(" " if "".join(self._words).rstrip().endswith(":") else ": ")  # what dd says follows
        elif tag in _HEADINGS or tag in {"li", "dd", "pre"} or (tag in _BREAKING and not self._mark):
            self._end()

    def _table(self, rows: list[list[str]]) -> None:
        rows = [row for row in rows if any(row)]
        if rows and max(map(len, rows)) > 1:
            self._blocks.append("\n\n" + "\n".join(table_lines(rows)))
        else:
            self._blocks.extend(f"\n\n{row[0]}" for row in rows)
        self._is_item = False

    def _end(self) -> None:
        """What is open is a block."""
        lines = (" ".join(line.split()) for line in "".join(self._words).split("\v"))
        said = "\n".join(line for line in lines if line)
        self._words = []
        if not said:
            return
        is_item = self._mark.endswith("- ")
        if self._mark:
            said = said.replace("\n", " ")
        between = "\n" if is_item and self._is_item else "\n\n"
        self._blocks.append(f"{between}{self._mark}{said}")
        self._is_item, self._mark = is_item, ""


def _is_layout(table: etree._Element) -> bool:
    """Whether a table only arranges what is in it."""
    return next(table.iterdescendants("table", "ul", "ol", *_HEADINGS), None) is not None


def table_lines(rows: list[list[str]]) -> Iterator[str]:
    """Rows of cells as a Markdown table; the first row holds the titles."""
    width = max(map(len, rows))
    for number, row in enumerate(rows):
        cells = [" ".join(cell.split()).replace("|", "\\|") for cell in row]
        yield "| " + " | ".join([*cells, *[""] * (width - len(cells))]) + " |"
        if not number:
            yield "|" + "---|" * width
