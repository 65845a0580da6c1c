"""Text of any encoding is read as it was written, or refused with a sentence; no byte is lost."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.decoding import decoded, opened

GERMAN = "name;Preis\nGröße für Küche — „gut“;12 €\n"
RUSSIAN = "Название;Цена\nЛампа настольная;12 руб.\nСтул;шт\n"  # noqa: RUF001 it is Russian
POLISH = "nazwa;cena\nŻółta łódź, świetna jakość;12\n"


def text_of(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "file"
    path.write_bytes(content)
    with decoded(path) as stream:
        return stream.read()


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8_r", "cp866"],
)
def test_russian_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    assert text_of(tmp_path, RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
def test_german_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    assert text_of(tmp_path, GERMAN.encode(encoding)) == GERMAN


@pytest.mark.parametrize(
    "text",
    ["Café", "Größe XL", "Öl", "12 €", "18 °C", "¡Oferta! ¿Qué?", "Naïve déjà vu", "Kött, smör och grädde", "½ ²"],
)
def test_a_few_letters_beyond_ascii_are_western(tmp_path: Path, text: str) -> None:
    assert text_of(tmp_path, text.encode("cp1252")) == text


def test_polish_is_told_from_western(tmp_path: Path) -> None:
    assert text_of(tmp_path, POLISH.encode("cp1250")) == POLISH


@pytest.mark.parametrize("before", ["", "\n", "\r\n\r\n", "\ufeff\r\n", "\ufeff"])
def test_blank_lines_before_a_mark_of_order_are_passed_over_and_counted(tmp_path: Path, before: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(f"{before}\ufeffname,price\r\n".encode())
    stream, lines = opened(path)
    with stream:
        assert (stream.read(), lines) == ("name,price\r\n", before.count("\n"))


def test_the_first_letter_beyond_ascii_may_be_far_down(tmp_path: Path) -> None:
    content = b"a,b\n" * 1_000_000 + "Größe".encode("cp1252")
    assert text_of(tmp_path, content).endswith("Größe")


def test_a_few_foreign_bytes_do_not_spoil_a_file_of_utf_8(tmp_path: Path) -> None:
    assert text_of(tmp_path, "größe für Küchen löschen\n".encode() * 5 + b"caf\xe9") == (
        "größe für Küchen löschen\n" * 5 + "café"
    )


@pytest.mark.parametrize(
    "content",
    [b"name,price\n\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a" * 3_000_000 + b"\0", "a\0b".encode("utf-16")],
)
def test_nuls_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="NUL"):
        text_of(tmp_path, content)


@pytest.mark.parametrize("content", [b"\xff\xfea", b"\xef\xbb\xbf\xff", b"\xef\xbb\xbfabc\xe9"])
def test_a_file_that_is_not_what_its_mark_says_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="UTF-8"):
        text_of(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")),
    st.sampled_from(["-8", "-16", "-32"]),
)
def test_every_text_survives_every_mark_of_order(tmp_path: Path, text: str, width: str) -> None:
    assert text_of(tmp_path, f"\ufeffx{text}".encode(f"utf{width}")) == f"x{text}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    try:
        text_of(tmp_path, content)
    except UnreadableFile as error:
        assert str(error).endswith(".")  # noqa: PT017 either is right
