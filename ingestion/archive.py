"""Zipped formats (XLSX, DOCX, ODS) looked at before a library opens them: what they are, and whether they are bombs."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from errors import UnreadableFile
from ingestion.life import sign
from ingestion.records import Limits

MAGIC = b"PK\x03\x04"

_MOST_MEMBERS = 10_000
_LONGEST_DIRECTORY = 8 * 1024 * 1024  # of 10,000 members with names and comments that somebody would give
_RATIO_COUNTS_FROM = 1024 * 1024  # what inflates to less cannot hurt
_STORED_CHUNK = 64 * 1024
_INFLATED_CHUNK = 1024 * 1024
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000

_MARKUP_SUFFIXES = (".xml", ".rels")
_DECLARATIONS = tuple(
    name.encode(encoding) for name in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_LONGEST_DECLARATION = max(map(len, _DECLARATIONS))
_MARKUP_BEGINS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe<\0", b"\xfe\xff\0<", b"\0<", b"\r", b"\n", b" ", b"\t")

_DAMAGED = "The file is damaged or incomplete. Open it in the program that made it and save it again."
_TOO_LARGE = "The file unpacks to more than can be read here. Divide it into smaller files."
_PROTECTED = "The file is protected with a password. Save it without one and upload it again."


class ArchiveKind(StrEnum):
    """What a ZIP archive is, by its members."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    DOCX = "docx"
    ODS = "ods"
    ODT = "odt"
    PPTX = "pptx"
    ZIP = "zip"  # none of these


_BY_MEMBER = {
    "xl/workbook.xml": ArchiveKind.XLSX,
    "xl/workbook.bin": ArchiveKind.XLSB,
    "word/document.xml": ArchiveKind.DOCX,
    "ppt/presentation.xml": ArchiveKind.PPTX,
}
_BY_CONTENT_TYPE = {
    b"spreadsheetml.sheet.main+xml": ArchiveKind.XLSX,
    b"spreadsheetml.template.main+xml": ArchiveKind.XLSX,
    b"ms-excel.sheet.macroEnabled.main+xml": ArchiveKind.XLSX,
    b"ms-excel.sheet.binary.macroEnabled.main": ArchiveKind.XLSB,
    b"wordprocessingml.document.main+xml": ArchiveKind.DOCX,
    b"wordprocessingml.template.main+xml": ArchiveKind.DOCX,
    b"ms-word.document.macroEnabled.main+xml": ArchiveKind.DOCX,
    b"presentationml.presentation.main+xml": ArchiveKind.PPTX,
}
_BY_MIME_TYPE = {
    b"application/vnd.oasis.opendocument.spreadsheet": ArchiveKind.ODS,
    b"application/vnd.oasis.opendocument.text": ArchiveKind.ODT,
}
_UNREAD = {
    ArchiveKind.ZIP: "This is a ZIP archive. Unpack it and upload the files in it one by one.",
    ArchiveKind.ODT: "OpenDocument texts are not read. Save it as DOCX or PDF and upload that.",
    ArchiveKind.PPTX: "Presentations are not read. Save it as PDF and upload that.",
}


class _BoundedReads(io.FileIO):
    """A file that gives no more at once than a directory of members may be long, whatever its end record says."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LONGEST_DIRECTORY:
            raise UnreadableFile(_TOO_LARGE)
        return super().read(_LONGEST_DIRECTORY if size is None or size < 0 else size) or b""


def kind_of(path: Path) -> ArchiveKind:
    """What a ZIP archive is, by its members and not by its name; nothing of it is inflated but a few bytes.

    Raises:
        UnreadableFile: it is no ZIP archive, a damaged one, or one with too many members.
    """
    with _BoundedReads(path) as file:
        archive = _opened(file)
        return _kind(archive, file)


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse what would be dangerous to open, before a library opens it.

    Sizes are first taken from the directory of members, then everything is inflated once, piece by piece and no further
    than was declared, for a directory can lie. That goes at some 300 MB a second, a tenth of what reading costs.

    Raises:
        UnreadableFile: no Office file that is read here, damaged, protected with a password, with entries that overlap,
            with document type declarations, or over `limits.archive_bytes` or `limits.archive_ratio`.
    """
    with _BoundedReads(path) as file:
        archive = _opened(file)
        members = archive.infolist()
        kind = _kind(archive, file)
        if sentence := _UNREAD.get(kind):
            raise UnreadableFile(sentence)
        for member in members:
            _check_declared(member, limits)
        if sum(member.file_size for member in members) > limits.archive_bytes:
            raise UnreadableFile(_TOO_LARGE)
        starts = _starts_of_contents(file, members)
        for member, start in zip(members, starts, strict=True):
            _check_content(file, member, start)
        if kind is ArchiveKind.ODS and b":encryption-data" in _beginning(file, archive, "META-INF/manifest.xml"):
            raise UnreadableFile(_PROTECTED)


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    if file.read(len(MAGIC)) != MAGIC:
        raise UnreadableFile(_DAMAGED)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise UnreadableFile(_DAMAGED) from error
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise UnreadableFile(f"The file holds more than {_MOST_MEMBERS:,} parts.")
    return archive


def _kind(archive: zipfile.ZipFile, file: BinaryIO) -> ArchiveKind:
    names = {name.replace("\\", "/").lstrip("/").lower() for name in archive.namelist()}
    if "[content_types].xml" in names:
        for name, kind in _BY_MEMBER.items():
            if name in names:
                return kind
        types = _beginning(file, archive, "[Content_Types].xml")
        return next((kind for name, kind in _BY_CONTENT_TYPE.items() if name in types), ArchiveKind.ZIP)
    if "mimetype" in names:
        mime_type = _beginning(file, archive, "mimetype").strip()
        return next((kind for name, kind in _BY_MIME_TYPE.items() if mime_type.startswith(name)), ArchiveKind.ZIP)
    return ArchiveKind.ZIP


def _beginning(file: BinaryIO, archive: zipfile.ZipFile, name: str) -> bytes:
    """Up to a mebibyte of a member; nothing when there is none of that name, or it cannot be read."""
    wanted = name.lower()
    member = next((one for one in archive.infolist() if one.filename.lower() == wanted), None)
    if member is None or member.flag_bits & _ENCRYPTED:
        return b""
    try:
        (start,) = _starts_of_contents(file, [member])
        return next(_inflated(file, member, start), b"")
    except UnreadableFile:
        return b""


def _check_declared(member: zipfile.ZipInfo, limits: Limits) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise UnreadableFile(_PROTECTED)
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnreadableFile(_DAMAGED)
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size != member.file_size:
        raise UnreadableFile(_DAMAGED)
    if member.file_size > max(_RATIO_COUNTS_FROM, member.compress_size * limits.archive_ratio):
        raise UnreadableFile(_TOO_LARGE)
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or "\0" in member.orig_filename:
        raise UnreadableFile(_DAMAGED)


def _starts_of_contents(file: BinaryIO, members: list[zipfile.ZipInfo]) -> list[int]:
    """Where each member's content begins, in the order given; refused when two of them share bytes."""
    starts, spans = [], []
    for member in members:
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(MAGIC):
            raise UnreadableFile(_DAMAGED)
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        starts.append(start)
        spans.append((member.header_offset, start + member.compress_size))
    spans.sort()
    if any(end > begin for (_, end), (begin, _) in pairwise(spans)):
        raise UnreadableFile(_DAMAGED)
    return starts


def _check_content(file: BinaryIO, member: zipfile.ZipInfo, start: int) -> None:
    """Inflate a member to nowhere: it holds what was declared, and as markup no document type."""
    is_markup = member.filename.lower().endswith(_MARKUP_SUFFIXES)
    inflated, kept = 0, b""
    for piece in _inflated(file, member, start):
        if is_markup and not inflated and not piece.startswith(_MARKUP_BEGINS):
            raise UnreadableFile(_DAMAGED)
        inflated += len(piece)
        if inflated > member.file_size:
            raise UnreadableFile(_TOO_LARGE)
        if is_markup:
            seen = kept + piece
            if any(declaration in seen for declaration in _DECLARATIONS):
                raise UnreadableFile("The file holds declarations that Office files do not have. Save it again.")
            kept = seen[-_LONGEST_DECLARATION:]
    if inflated != member.file_size:
        raise UnreadableFile(_DAMAGED)


def _inflated(file: BinaryIO, member: zipfile.ZipInfo, start: int) -> Iterator[bytes]:
    """A member's content in pieces of up to a mebibyte."""
    file.seek(start)
    left = member.compress_size
    stored = member.compress_type == zipfile.ZIP_STORED
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0:
        sign()
        chunk = file.read(min(left, _STORED_CHUNK))
        if not chunk:
            raise UnreadableFile(_DAMAGED)
        left -= len(chunk)
        if stored:
            yield chunk
            continue
        try:
            while chunk and not inflater.eof:
                if piece := inflater.decompress(chunk, _INFLATED_CHUNK):
                    yield piece
                chunk = inflater.unconsumed_tail
            if not left and not inflater.eof and (piece := inflater.decompress(b"", _INFLATED_CHUNK)):
                yield piece
        except zlib.error as error:
            raise UnreadableFile(_DAMAGED) from error
