"""Zipped files are known by their members, and refused before a library would inflate a bomb."""

import struct
import zipfile
import zlib
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped]  # it ships no types
import pytest

from errors import UnreadableFile
from ingestion.archive import ArchiveKind, check_archive, kind_of
from ingestion.records import Limits

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def _zip(path: Path, members: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _xlsx(path: Path, sheet: str | bytes = "<worksheet/>") -> Path:
    return _zip(path, {"[Content_Types].xml": TYPES, "xl/workbook.xml": "<workbook/>", "xl/worksheets/s.xml": sheet})


def test_office_files_are_known_by_their_members_whatever_their_name(tmp_path: Path) -> None:
    workbook, document = tmp_path / "a.docx", tmp_path / "b.xlsx"
    openpyxl.Workbook().save(workbook)
    docx.Document().save(str(document))
    assert kind_of(workbook) is ArchiveKind.XLSX
    assert kind_of(document) is ArchiveKind.DOCX
    check_archive(workbook, Limits())
    check_archive(document, Limits())


def test_a_document_whose_main_part_has_an_unusual_name_is_known_by_its_content_type(tmp_path: Path) -> None:
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = TYPES.replace("/>", f'><Override PartName="/word/document2.xml" ContentType="{main}"/></Types>')
    assert kind_of(_zip(tmp_path / "a", {"[Content_Types].xml": types, "word/document2.xml": "<x/>"})) == "docx"


@pytest.mark.parametrize(("application", "kind"), [("spreadsheet", "ods"), ("text", "odt")])
def test_open_documents_are_known_by_their_type(tmp_path: Path, application: str, kind: str) -> None:
    path = _zip(
        tmp_path / "a", {"mimetype": f"application/vnd.oasis.opendocument.{application}", "content.xml": "<x/>"}
    )
    assert kind_of(path) == kind


def test_a_zip_that_is_no_office_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", {"products.csv": "name,price"})
    assert kind_of(path) is ArchiveKind.ZIP
    with pytest.raises(UnreadableFile, match="Unpack it"):
        check_archive(path, Limits())


def test_what_inflates_beyond_its_ratio_is_refused(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a", b"<" + b"0" * 20_000_000)
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        check_archive(path, Limits())


def test_what_inflates_to_more_than_allowed_in_all_is_refused(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a", "<x>" + "1234567890abcdef" * 10_000)
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        check_archive(path, Limits(archive_bytes=100_000))


def test_a_small_member_may_be_as_repetitive_as_it_likes(tmp_path: Path) -> None:
    check_archive(_xlsx(tmp_path / "a", b"<" + b" " * 900_000), Limits())


def test_a_declared_size_that_lies_is_found_out(tmp_path: Path) -> None:
    content = b"<" + b"0" * 5_000_000
    path = _xlsx(tmp_path / "a", content)
    written = path.read_bytes()
    assert written.count(struct.pack("<L", len(content))) == 2
    path.write_bytes(written.replace(struct.pack("<L", len(content)), struct.pack("<L", 1000)))
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        check_archive(path, Limits())


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a")
    with zipfile.ZipFile(path, "a") as archive:
        twin = zipfile.ZipInfo("xl/worksheets/twin.xml")
        first = archive.getinfo("xl/worksheets/s.xml")
        twin.compress_type, twin.CRC = first.compress_type, first.CRC
        twin.compress_size, twin.file_size, twin.header_offset = (
            first.compress_size,
            first.file_size,
            first.header_offset,
        )
        archive.filelist.append(twin)
        archive._didModify = True  # type: ignore[attr-defined]  # so that the directory is written
    with pytest.raises(UnreadableFile, match="damaged"):
        check_archive(path, Limits())


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", {f"{number}": b"" for number in range(10_001)}, zipfile.ZIP_STORED)
    with pytest.raises(UnreadableFile, match="10,000 parts"):
        kind_of(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("padding", [0, 1_048_570])
def test_a_document_type_anywhere_in_markup_is_refused(tmp_path: Path, encoding: str, padding: int) -> None:
    declared = f'<?xml version="1.0"?><!--{"abcde fghij" * (padding // 11)}--><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    with pytest.raises(UnreadableFile, match="declarations"):
        check_archive(_xlsx(tmp_path / "a", declared.encode(encoding)), Limits(archive_ratio=10_000))


def test_an_encrypted_archive_is_refused_with_a_word_about_the_password(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a")
    written = bytearray(path.read_bytes())
    at = written.find(b"PK\x01\x02")
    while at >= 0:
        written[at + 8] |= 1
        at = written.find(b"PK\x01\x02", at + 4)
    path.write_bytes(bytes(written))
    with pytest.raises(UnreadableFile, match="password"):
        check_archive(path, Limits())


def test_a_name_that_leaves_the_archive_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a", {"[Content_Types].xml": TYPES, "xl/workbook.xml": "<x/>", "../../x": "y"})
    with pytest.raises(UnreadableFile):
        check_archive(path, Limits())


@pytest.mark.parametrize("keep", [3, 60, 300])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = _xlsx(tmp_path / "a")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnreadableFile, match="damaged or incomplete"):
        check_archive(path, Limits())


def test_content_that_does_not_inflate_is_refused(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a", "<x>" + "abc def ghi" * 50)
    stored = zlib.compressobj(wbits=-15)
    stream = stored.compress(b"<x>" + b"abc def ghi" * 50) + stored.flush()
    written = path.read_bytes()
    path.write_bytes(written.replace(stream[:10], b"\xff" * 10) if stream[:10] in written else written[:-400])
    with pytest.raises(UnreadableFile):
        check_archive(path, Limits())
