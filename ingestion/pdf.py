"""PDF files: tables, ruled or merely aligned, continued over pages, and the text between as lines of Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, takewhile
from pathlib import Path

from pdfplumber.page import Page

from ingestion import labelled
from ingestion.labelled_lines import Rows, field_named
from ingestion.pdf_lines import Box, Segment, TextLine, lines_of_page
from ingestion.pdf_pages import Survey, crossings_are_bearable, line_key, pages_of, survey
from ingestion.records import Limits, RecordTable

_EDGE = 0.12  # of a page's height: where its head and its foot stand
_HEADING_SIZES = ((1.7, 1), (1.35, 2), (1.12, 3))  # of the usual size, and the level that it shows
_LONGEST_HEADING = 150
_PARAGRAPH_GAP = 0.75  # of the type's size, more than between the lines of a paragraph
_WRAPPED_GAP = 0.8
_TABLE_GAP = 6.0
_WORDS_OF_PROSE = 6
_KNOWN_TITLES = 2


class _Table:
    """A table that may go on over the next lines or on the next page."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.rows = rows

    def as_rows(self) -> Rows:
        """It as the rows of a text's table."""
        return Rows(list(zip(count(1), self.rows, strict=False)))


class _Ruled(_Table):
    """A table with lines between its cells.

    Args:
        rows: the texts of its cells.
        box: where it stands on its page.
    """

    def __init__(self, rows: list[list[str]], box: Box) -> None:
        super().__init__(rows)
        self.box = box

    def goes_on_in(self, other: "_Ruled") -> bool:
        """Whether a table that follows without text between is its next part."""
        width, margin = max(map(len, self.rows)), 0.03 * (self.box[2] - self.box[0])
        is_as_wide = abs(self.box[0] - other.box[0]) <= margin and abs(self.box[2] - other.box[2]) <= margin
        return width == max(map(len, other.rows)) and is_as_wide


class _Aligned(_Table):
    """A table without lines: below titles that are known, texts that stand below them."""

    def __init__(self, header: TextLine) -> None:
        super().__init__([[segment.text for segment in header.segments]])
        self.header = header
        self._columns: Sequence[Segment] = header.segments
        self._last = header

    def takes(self, line: TextLine) -> bool:
        """Take a line as a row, or as the rest of the last one; False when the table ends before it."""
        is_next_page = line.page != self._last.page
        gap = 0.0 if is_next_page else line.top - self._last.bottom
        if is_header(line):
            if [segment.text for segment in line.segments] == self.rows[0]:
                self._columns = line.segments
                self._last = line
                return True
            return False
        places = [self._column(segment) for segment in line.segments]
        is_lone = len(line.segments) == 1
        if is_lone and self._is_prose(line.segments[0]):
            return False
        if gap > _TABLE_GAP * line.size or (is_next_page and is_lone) or (is_lone and len(self.rows) == 1):
            return False
        cells = [""] * len(self._columns)
        for place, segment in zip(places, line.segments, strict=True):
            cells[place] = f"{cells[place]} {segment.text}".strip()
        if 0 not in places and len(self.rows) > 1 and gap <= _WRAPPED_GAP * line.size and not is_next_page:
            above = self.rows[-1]
            self.rows[-1] = [f"{up} {down}".strip() for up, down in zip(above, cells, strict=True)]
        else:
            self.rows.append(cells)
        self._last = line
        return True

    def _column(self, segment: Segment) -> int:
        """The column that a text stands in: the one it overlaps most, else the nearest."""

        def fit(place: int) -> float:
            column = self._columns[place]
            return min(column.right, segment.right) - max(column.left, segment.left)

        return max(range(len(self._columns)), key=fit)

    def _is_prose(self, segment: Segment) -> bool:
        is_beyond = segment.right > self._columns[1].left or segment.text.endswith((".", "!"))
        return is_beyond and len(segment.text.split()) > _WORDS_OF_PROSE


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The products of a PDF: of its tables, and of the text between them as ingestion/labelled.py reads it.

    Raises:
        UnreadableFile: a damaged or protected file, one without text or products, or one over a limit.
    """
    yield from labelled.read(content_of(path, survey(path, limits), limits), limits)


def content_of(path: Path, surveyed: Survey, limits: Limits) -> Iterator[str | Rows]:
    """A PDF's text as lines of Markdown in reading order, with blank lines between paragraphs, and its tables.

    What stands at the head or foot of most pages is left out.

    Raises:
        UnreadableFile: the file is damaged, a page would take too much, or its text cannot be told from its glyphs.
    """
    sizes: Counter[float] = Counter()
    last: TextLine | None = None
    for part in _parts(path, surveyed, limits, sizes):
        if isinstance(part, _Table):
            yield part.as_rows()
            last = None
            continue
        level = _heading_level(part, sizes.most_common(1)[0][0])
        if last is not None and last.page == part.page and part.top - last.bottom > _PARAGRAPH_GAP * part.size:
            yield ""
        yield _written(part, level)
        last = part


def is_header(line: TextLine) -> bool:
    """Whether a line is a row of titles, two of them known."""
    if len(line.segments) < _KNOWN_TITLES:
        return False
    return sum(bool(field_named(segment.text)) for segment in line.segments) >= _KNOWN_TITLES


def _parts(path: Path, surveyed: Survey, limits: Limits, sizes: Counter[float]) -> Iterator[TextLine | _Table]:
    """Lines and whole tables in reading order; `sizes` learns how much is set in which size."""
    table: _Table | None = None
    for page in pages_of(path, limits):
        parts = _parts_of_page(page, surveyed)
        for part in parts:
            if isinstance(part, TextLine):
                sizes[part.size] += len(part.text)
        for part in parts:
            if isinstance(part, _Ruled):
                if isinstance(table, _Ruled) and table.goes_on_in(part):
                    table.rows.extend(part.rows)
                    table.box = part.box
                    continue
                yield from _closed(table)
                table = part
                continue
            if isinstance(table, _Aligned) and table.takes(part):
                continue
            yield from _closed(table)
            table = _Aligned(part) if is_header(part) else None
            if table is None:
                yield part
    yield from _closed(table)


def _closed(table: _Table | None) -> Iterator[TextLine | _Table]:
    if isinstance(table, _Aligned) and len(table.rows) == 1:
        yield table.header
    elif table is not None:
        yield table


def _parts_of_page(page: Page, surveyed: Survey) -> list[TextLine | _Ruled]:
    ruled = _ruled_tables(page)
    lines = [line for line in lines_of_page(page, [table.box for table in ruled]) if line.text.strip()]
    lines = _without_furniture(lines, surveyed)
    if not ruled:
        return list(lines)
    parts: list[TextLine | _Ruled] = [*lines, *ruled]
    return sorted(parts, key=lambda part: part.box[1] if isinstance(part, _Ruled) else part.top)


def _ruled_tables(page: Page) -> list[_Ruled]:
    if not crossings_are_bearable(page):
        return []
    tables = []
    for found in page.find_tables():
        rows = [[_cell(cell) for cell in row] for row in found.extract()]
        rows = [row for row in rows if any(row)]
        if rows and max(map(len, rows)) > 1 and any(sum(map(bool, row)) > 1 for row in rows):
            left, top, right, bottom = found.bbox
            tables.append(_Ruled(rows, (float(left), float(top), float(right), float(bottom))))
    return tables


def _cell(text: str | None) -> str:
    """A cell's text; its lines were broken for want of room, unless they are items."""
    lines = [" ".join(line.split()) for line in (text or "").replace("\0", "").split("\n")]
    between = "\n" if any(line.startswith(("\u2022", "- ", "* ")) for line in lines) else " "
    return between.join(filter(None, lines))


def _without_furniture(lines: Sequence[TextLine], surveyed: Survey) -> list[TextLine]:
    """The lines of a page without its head and foot."""
    head = {id(line) for line in takewhile(lambda line: _is_furniture(line, surveyed), lines)}
    foot = {id(line) for line in takewhile(lambda line: _is_furniture(line, surveyed), reversed(lines))}
    return [line for line in lines if id(line) not in head | foot]


def _is_furniture(line: TextLine, surveyed: Survey) -> bool:
    if _EDGE < line.place < 1 - _EDGE or any(field_named(part.text.split(":")[0]) for part in line.segments):
        return False
    if line_key(line.text, line.page) in surveyed.furniture:
        return True
    return all(line_key(segment.text, line.page) in surveyed.furniture for segment in line.segments)


def _heading_level(line: TextLine, usual: float) -> int:
    if len(line.segments) > 1 or len(line.text) > _LONGEST_HEADING or not any(map(str.isalpha, line.text)):
        return 0
    return next((level for times, level in _HEADING_SIZES if line.size >= times * usual), 0)


def _written(line: TextLine, level: int) -> str:
    text = line.text
    if level:
        return f"{'#' * level} {text}"
    if line.is_bold and len(line.segments) == 1 and len(text) <= _LONGEST_HEADING and "*" not in text:
        return f"**{text}**"
    return text
