"""Takes `[[id]]` marks, by which a model names what it recommends or quotes, out of a reply as it streams."""

import re
from collections.abc import Sequence

from models import Passage, Product

# A product id has at most 256 characters; what is longer between brackets is no mark but the model's own text.
_MARK = re.compile(r"\[\[[^\[\]\r\n]{1,256}\]\]")
_BEGUN_MARK = re.compile(r"\[(?:\[(?:[^\[\]\r\n]{1,256}\]?)?)?")
_BRACKETS = 2

# Names are looked for in so many characters at most: eight names take some milliseconds there, whatever it says.
_MOST_READ = 20_000


class CitationFilter:
    """Removes marks from a stream of text and remembers which products and passages they named.

    A mark is `[[`, 1 to 256 characters without brackets or line ends, and `]]`. Only ids among the products and
    passages that the model was shown are remembered; marks with other ids are removed all the same, and counted.

    Args:
        offered: the products that the model was shown.
        passages: the passages that it was shown. An id that a product has too is the product's.
    """

    def __init__(self, offered: Sequence[Product], passages: Sequence[Passage] = ()) -> None:
        self._offered = {product.id: product for product in offered}
        self._passages = {passage.id: passage for passage in passages}
        self._held = ""
        self._text: list[str] = []
        self._cited: dict[str, Product] = {}
        self._quoted: dict[str, Passage] = {}
        self.unknown_marks = 0

    def feed(self, piece: str) -> str:
        """Take a piece of the stream; return what may be shown. What could be the beginning of a mark is held back."""
        if "[" not in piece and not self._held:
            self._text.append(piece)
            return piece
        shown, self._held = self._split(self._held + piece)
        self._text.append(shown)
        return shown

    def finish(self) -> str:
        """The stream has ended: what was held back was no mark."""
        shown, self._held = self._held, ""
        self._text.append(shown)
        return shown

    @property
    def text(self) -> str:
        """All that was shown."""
        return "".join(self._text)

    def suggested(self) -> list[Product]:
        """The products that the reply recommends, in the order in which it names them.

        When no mark names a product, known or not, the reply is read for exact product names instead.
        """
        if self._cited or self.unknown_marks:
            return list(self._cited.values())
        return _named(self.text[:_MOST_READ], list(self._offered.values()))

    def quoted(self) -> list[Passage]:
        """The passages that the reply marks, in the order of their marks."""
        return list(self._quoted.values())

    def _split(self, text: str) -> tuple[str, str]:
        """What can be shown of `text`, its marks removed; and its end that may become a mark."""
        shown: list[str] = []
        while (start := text.find("[")) >= 0:
            shown.append(text[:start])
            text = text[start:]
            end = _mark_end(text)
            if end is None:
                return "".join(shown), text
            if end:
                self._note(text[_BRACKETS : end - _BRACKETS])
            else:
                shown.append("[")
                end = 1
            text = text[end:]
        return "".join([*shown, text]), ""

    def _note(self, id_: str) -> None:
        if product := self._offered.get(id_):
            self._cited.setdefault(id_, product)
        elif passage := self._passages.get(id_):
            self._quoted.setdefault(id_, passage)
        else:
            self.unknown_marks += 1


def _mark_end(text: str) -> int | None:
    """Where the mark ends that `text` begins with; 0 when it is none, None when that cannot be told yet."""
    if mark := _MARK.match(text):
        return mark.end()
    return None if _BEGUN_MARK.fullmatch(text) else 0


def _named(text: str, products: Sequence[Product]) -> list[Product]:
    """The products whose exact names occur, in order; a name within a longer name that occurs does not count."""
    found: list[tuple[int, int, Product]] = []
    for product in sorted(products, key=lambda product: -len(product.name)):
        start = _find_name(text, product.name)
        end = start + len(product.name)
        if start >= 0 and not any(start < taken_end and taken < end for taken, taken_end, _ in found):
            found.append((start, end, product))
    return [product for _, _, product in sorted(found, key=lambda place: place[0])]


def _find_name(text: str, name: str) -> int:
    """Where the name stands as whole words, or -1."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum()):
            return start
        start = text.find(name, start + 1)
    return -1
