"""Text files of any encoding, opened so that every byte is read as what it was meant to be."""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from charset_normalizer import from_bytes

from errors import UnreadableFile
from ingestion.life import sign

_CHUNK = 1 << 20

# How much of the beginning is looked at for marks of order, and how much text beyond ASCII for its encoding.
_HEAD = 65_536
_SAMPLE = 16_384

# UTF-32 before UTF-16: the mark of UTF-32 in little-endian order begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Of UTF-16 without a mark: this share of its units has one of three upper bytes (an alphabet, ASCII, punctuation), and
# ASCII is among them with at least the other share.
_ALPHABETS_SHARE = 0.9
_ASCII_SHARE = 0.05
_ALPHABETS = 3

# A file is UTF-8 with a few foreign bytes in it when it has this many times more characters of UTF-8 than such bytes.
_MOSTLY = 5
_FOREIGN_BYTES = "foreign-bytes-of-windows-1252"

# Letters beyond ASCII that stand together are words of another alphabet; a Western text has them one by one.
_WESTERN = ("cp1252", "cp1250", "cp1254", "cp1257")
_OTHER_ALPHABETS = ("cp1251", "koi8_r", "cp866", "iso8859_5", "cp1253", "cp1255", "cp1256", "gb18030", "shift_jis")
_WORDS_OF_OTHERS = re.compile(rb"[\x80-\xff]{3,}")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff][^\r\n]{0,200}")
_CONTEXT = 60

# Read as Windows-1252, a word of Central Europe has such signs between its letters.
_SIGNS_IN_WORDS = re.compile("[^\\W\\d_][\u00a5\u00b3\u00b9\u00bf][^\\W\\d_]")

_BLANK_BEFORE_MARK = re.compile("[\\s\ufeff]*\ufeff")
_LINE_ENDS = re.compile("\r\n|\r|\n")


class Decoded(NamedTuple):
    """A text file that is open.

    Attributes:
        stream: its text, line ends as they are; the caller closes it.
        lines_before: blank lines that were passed over before a mark of order, for the numbers of lines.
    """

    stream: TextIO
    lines_before: int


def decoded(path: Path) -> TextIO:
    """Open a text file in its own encoding, line ends as they are; the caller closes it.

    Marks of order (BOM) at the beginning, and blank lines before one, are passed over. Without a mark it is UTF-8,
    UTF-16, or the code page that fits its words best among those that decode all of it.

    Raises:
        UnreadableFile: it holds NULs, or no encoding decodes all of it.
    """
    return opened(path).stream


def opened(path: Path) -> Decoded:
    """Open it as `decoded` does, and tell how many blank lines were passed over.

    Raises:
        UnreadableFile: as `decoded`.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        start, marked = _marked(head)
        encoding, errors = marked or _utf16_without_mark(head) or "utf-8", "strict"
        if not _decodes(file, start, encoding):
            if encoding != "utf-8" or marked:
                raise UnreadableFile(f"The file begins as {encoding.upper()} but does not go on so; save it as UTF-8.")
            encoding, errors = _code_page(file)
    binary = path.open("rb")
    try:
        binary.seek(start)
        stream = io.TextIOWrapper(binary, encoding=encoding, errors=errors, newline="")
        return Decoded(stream, head.count(b"\n", 0, start) + _past_marks(stream))
    except BaseException:
        binary.close()
        raise


def _marked(head: bytes) -> tuple[int, str | None]:
    """Where the mark of order begins and what it says; blank lines may stand before it."""
    blank = len(head) - len(head.lstrip(b" \t\r\n"))
    for mark, encoding in _MARKS:
        for start in (0, blank):
            if head.startswith(mark, start):
                return start, encoding
    return 0, None


def _utf16_without_mark(head: bytes) -> str | None:
    if b"\0" not in head:
        return None
    units = len(head) // 2
    for encoding, upper in (("utf-16-le", head[1::2]), ("utf-16-be", head[0 : units * 2 : 2])):
        counts = Counter(upper)
        alphabets = sum(count for _, count in counts.most_common(_ALPHABETS))
        lower = head[0 : units * 2 : 2] if encoding == "utf-16-le" else head[1::2]
        if alphabets >= _ALPHABETS_SHARE * units and counts[0] >= _ASCII_SHARE * units and 0 not in lower:
            return encoding
    return None


def _chunks(file: BinaryIO, start: int = 0) -> Iterator[bytes]:
    file.seek(start)
    while chunk := file.read(_CHUNK):
        sign()
        yield chunk


def _decodes(file: BinaryIO, start: int, encoding: str, errors: str = "strict") -> bool:
    """Whether all of it decodes; a NUL in the text ends the search for an encoding.

    Raises:
        UnreadableFile: it holds NULs.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    try:
        for chunk in _chunks(file, start):
            _refuse_nul(decoder.decode(chunk))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_nul(text: str) -> None:
    if "\0" in text:
        raise UnreadableFile("The file holds NUL characters, so it is not text; export it anew as text in UTF-8.")


def _code_page(file: BinaryIO) -> tuple[str, str]:
    """The encoding, and what to do about errors, of a file that is not UTF-8 throughout."""
    sample = _beyond_ascii(file)
    foreign = [0]

    def count(error: UnicodeError) -> tuple[str, int]:
        foreign[0] += 1
        return "", error.end if isinstance(error, UnicodeDecodeError) else 0

    codecs.register_error(_FOREIGN_BYTES, count)
    text = sample.decode("utf-8", _FOREIGN_BYTES)
    codecs.register_error(_FOREIGN_BYTES, _as_windows_1252)
    if sum(char > "\x7f" for char in text) >= _MOSTLY * foreign[0] and _decodes(file, 0, "utf-8", _FOREIGN_BYTES):
        return "utf-8", _FOREIGN_BYTES
    for encoding in _likely(sample):
        if _decodes(file, 0, encoding):
            return encoding, "strict"
    raise UnreadableFile("The file's characters belong to no encoding that is known here; save it as UTF-8.")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


def _beyond_ascii(file: BinaryIO) -> bytes:
    """The first passages with bytes beyond ASCII, wherever in the file they are, as lines."""
    passages: list[bytes] = []
    size = 0
    for chunk in _chunks(file):
        for match in _BEYOND_ASCII.finditer(chunk):
            before = chunk[max(0, match.start() - _CONTEXT) : match.start()]
            passages.append(before.rpartition(b"\n")[2] + match[0])
            size += len(passages[-1])
            if size > _SAMPLE:
                return b"\n".join(passages)
    return b"\n".join(passages)


def _likely(sample: bytes) -> list[str]:
    """Code pages, the likeliest first; the commonest ones come last, for what a guess does not decode."""
    beyond = sum(byte > 0x7F for byte in sample)  # noqa: PLR2004 the end of ASCII
    in_words = sum(len(match[0]) for match in _WORDS_OF_OTHERS.finditer(sample))
    western = in_words * 2 <= beyond
    pages = _WESTERN if western else _OTHER_ALPHABETS
    # Between code pages that are equally orderly the text's language decides; when it is too short, the order above.
    matches = sorted(
        from_bytes(sample, cp_isolation=list(pages)),
        key=lambda match: (round(match.chaos, 1), -round(match.coherence, 1), pages.index(match.encoding)),
    )
    guesses = [match.encoding for match in matches]
    if western and not (matches and matches[0].coherence and "cp1252" not in matches[0].could_be_from_charset):
        central = _SIGNS_IN_WORDS.search(sample.decode("cp1252", "replace")) is not None
        guesses = ["cp1250" if central else "cp1252", *guesses]
    return list(dict.fromkeys([*guesses, "cp1252", "cp1251", "cp1250"]))


def _past_marks(stream: TextIO) -> int:
    """Leave the stream behind its marks of order and the blank lines before them; how many lines those were."""
    origin = stream.tell()
    match = _BLANK_BEFORE_MARK.match(stream.read(_HEAD))
    stream.seek(origin)
    if match is None:
        return 0
    stream.read(match.end())
    return len(_LINE_ENDS.findall(match[0]))
