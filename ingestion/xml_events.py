"""XML read as a stream of elements and texts, hostile files included: no entities of its own, nothing from outside."""

import codecs
import html.entities
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TextIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from errors import UnreadableFile
from ingestion.decoding import decoded
from ingestion.life import sign
from ingestion.records import Limits
from understanding.words import word_set

_HEAD = 4_096
_CHUNK = 1 << 18
# The parser goes over an unfinished tag or comment again with each chunk, so that its length must be bounded.
_LONGEST_TAG = 4 * 1024 * 1024
# Names of elements and attributes that the parser keeps for the whole file.
_MOST_NAMES = 20_000

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,500}\?>")
_DECLARED = re.compile(rb"<\?xml\b[^>]{0,400}?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ENCODINGS = word_set(
    """
    utf-8 ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437
    cp850 cp852 cp866 koi8-r koi8-u mac-roman mac-cyrillic tis-620 cp874 gb2312 gbk gb18030 big5 shift_jis cp932
    euc_jp iso2022_jp euc_kr cp949
    """
)
# With a document type of an outside file, which is never read, entities of HTML ("&nbsp;") are no mistakes.
_TYPE = '<!DOCTYPE r SYSTEM "r">'


class Handler(ContentHandler):
    """What is told of each element; depth, names and attributes are within the limits when it is.

    Elements come as written, "g:price" with its prefix.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._depth = 0
        self._names: set[str] = set()

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def said(self, text: str) -> None:
        """A piece of text within the innermost element."""

    def closed(self) -> None:
        """The innermost element ends."""

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802 - SAX calls it so
        """Check the limits and pass the element on."""
        attributes: dict[str, str] = dict(attrs.items())  # type: ignore[attr-defined]
        self._depth += 1
        if self._depth > self._limits.depth:
            raise UnreadableFile(f"The XML is nested deeper than {self._limits.depth} levels.")
        if len(attributes) > self._limits.columns:
            raise UnreadableFile(f"An element has more than {self._limits.columns:,} attributes.")
        if name not in self._names or attributes:
            self._names.update((name, *attributes))
        if len(self._names) > _MOST_NAMES:
            raise UnreadableFile(f"The XML has more than {_MOST_NAMES:,} different names of elements and attributes.")
        self.opened(name, attributes)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX calls it so
        """Pass the end on."""
        del name
        self._depth -= 1
        self.closed()

    def characters(self, content: str) -> None:
        """Pass the text on."""
        self.said(content)

    def skippedEntity(self, name: str) -> None:  # noqa: N802 - SAX calls it so
        """Pass an entity of HTML on as its character; one that nobody knows stays as written."""
        self.said(html.entities.html5.get(f"{name};", f"&{name};"))


def parse(path: Path, handler: Handler) -> Iterator[None]:
    """Tell the handler of a file's elements; yields after each piece of the file, for what has been gathered.

    Raises:
        UnreadableFile: it is no XML (the sentence says where), declares entities, or is beyond a limit.
    """
    parser = DefusedExpatParser(forbid_external=False)
    parser.setFeature(feature_external_ges, 0)  # a document type may name a file, which is not opened
    parser.setContentHandler(handler)
    with closing(_opened(path)) as stream:
        shift = 0
        try:
            start = stream.read(_HEAD).lstrip("\ufeff \t\r\n")
            body = _DECLARATION.sub("", start, count=1)
            own = "" if "<!DOCTYPE" in start else _TYPE
            shift = len(start) - len(body) - len(own)
            parser.feed((own + body).encode())
            yield
            unchanged, place = 0, (0, parser.getColumnNumber())
            while chunk := stream.read(_CHUNK):
                sign()
                parser.feed(chunk.encode())
                here = (parser.getLineNumber(), parser.getColumnNumber())
                unchanged = unchanged + len(chunk) if here == place else 0
                place = here
                if unchanged > _LONGEST_TAG:
                    raise UnreadableFile("A single tag or comment of the XML has more than 4 million characters.")
                yield
            parser.close()
            yield
        except SAXParseException as error:
            line, column = error.getLineNumber() or 1, error.getColumnNumber() or 0
            where = f"line {line}, column {max(0, column + (shift if line == 1 else 0)) + 1}"
            raise UnreadableFile(f"The file is no valid XML: {_mistake(str(error.getMessage()))}{where}.") from None
        except DefusedXmlException:
            raise UnreadableFile("The XML declares entities of its own, which are not read; export it anew.") from None
        except (UnicodeError, ValueError):
            raise UnreadableFile("The XML holds characters that its encoding does not have.") from None


def _mistake(message: str) -> str:
    """What is wrong there, in our words; ends in " at " or "in "."""
    if message.startswith(("no element found", "unclosed")):
        return "it breaks off at "
    if message.startswith("mismatched tag"):
        return "an end tag that does not fit at "
    if message.startswith("duplicate attribute"):
        return "an attribute that stands twice at "
    if message.startswith("junk after document element"):
        return "more behind its end at "
    return "see "


def _opened(path: Path) -> TextIO:
    """The text of a file in the encoding that it declares, or in the one that it really has; the caller closes it."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    encoding = encoding or next((name for mark, name in _WITHOUT_MARK if head.lstrip().startswith(mark)), "")
    if not encoding:
        declared = _DECLARED.search(head)
        encoding = _known(declared[1].decode("ascii")) if declared else "utf-8"
        if encoding != "utf-8" and _decodes(path, "utf-8"):
            encoding = "utf-8"  # whatever it says: a text of another encoding is hardly ever UTF-8 by chance
    if encoding and _decodes(path, encoding):
        return path.open(encoding=encoding, newline="")
    return decoded(path)


def _known(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return ""
    return name if name in _ENCODINGS else ""


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
