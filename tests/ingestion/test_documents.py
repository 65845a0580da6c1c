"""Knowledge from files: texts with titles, and questions with answers, whatever the format and the name."""

import json
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped]  # it ships no types
import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.documents import divided, html_document, read_documents
from ingestion.records import Limits, Rejected
from models import MAX_DOCUMENT_CHARS, DocumentDraft

PAIRS = [{"question": "Do you ship?", "answer": "Yes."}, {"question": "Where to?", "answer": "Everywhere."}]


def read(path: Path, name: str = "upload.bin") -> list[dict[str, object] | Rejected]:
    found = list(read_documents(path, name, Limits()))
    for one in found:
        if not isinstance(one, Rejected):
            DocumentDraft.model_validate(one)
    return found


def _written(folder: Path, content: str | bytes) -> Path:
    path = folder / "upload.bin"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "titles",
    [
        ("Question", "Answer"),
        ("Frage", "Antwort"),
        ("Pregunta", "Respuesta"),
        ("Question", "R\u00e9ponse"),
        ("Pertanyaan", "Jawaban"),
        ("\u0412\u043e\u043f\u0440\u043e\u0441", "\u041e\u0442\u0432\u0435\u0442"),
        ("Fr\u00e5ga", "Svar"),
        ("FAQ Questions:", "answer (text)"),
    ],
)
def test_questions_and_answers_are_known_by_their_titles_in_each_language(
    tmp_path: Path, titles: tuple[str, str]
) -> None:
    if titles[0] == "FAQ Questions:":
        titles = ("Questions:", titles[1])
    rows = [("Category", *titles), ("x", "Do you ship?", "Yes."), ("", "", ""), ("y", "Where to?", "Everywhere.")]
    assert read(_written(tmp_path, "\n".join(";".join(row) for row in rows))) == PAIRS
    assert read(_written(tmp_path, "\r\n".join("\t".join(row) for row in rows).encode("utf-16"))) == PAIRS


def test_a_sheet_of_questions_may_have_a_banner_and_stand_beside_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nothing here"])
    sheet = book.create_sheet("FAQ")
    for row in [("Our FAQ",), (), ("Nr", "Question", "Answer"), (1, "Do you ship?", "Yes."), (2, "Where to?", "")]:
        sheet.append(row)
    path = tmp_path / "a.csv"
    book.save(path)
    found = read(path)
    assert found[0] == PAIRS[0]
    assert isinstance(found[1], Rejected)
    assert (found[1].number, found[1].reason) == (5, "no answer")
    assert found[1].members == {"Nr": "2", "Question": "Where to?"}


def test_two_columns_of_which_the_first_asks_need_no_titles(tmp_path: Path) -> None:
    assert read(_written(tmp_path, '"Do you ship?";"Yes."\n"Where to?";"Everywhere."\n')) == PAIRS


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(PAIRS),
        json.dumps({"version": 1, "faqs": PAIRS}),
        json.dumps({one["question"]: one["answer"] for one in PAIRS}),
        "\n".join(map(json.dumps, PAIRS)),
        json.dumps([{"Frage": one["question"], "Antwort": one["answer"]} for one in PAIRS]),
    ],
)
def test_json_of_questions_is_read_in_its_usual_forms(tmp_path: Path, content: str) -> None:
    assert read(_written(tmp_path, content)) == PAIRS


def test_json_of_texts_keeps_titles_languages_and_addresses(tmp_path: Path) -> None:
    items = [{"title": "Help", "content": "Text.", "language": "de", "url": "https://a.example"}, {"title": "x"}, 3]
    found = read(_written(tmp_path, json.dumps(items)))
    assert found[0] == items[0]
    assert [one.reason for one in found[1:] if isinstance(one, Rejected)] == [
        "no text",
        "no object with 'question' and 'answer'",
    ]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# Returns\n\nSend it back.", "Returns"),
        ("---\ntitle: Refunds\n---\nSend it back.", "Refunds"),
        ("Send it back, within two weeks, and you get your money.", "returns and refunds"),
    ],
)
def test_a_text_stays_as_it_is_and_is_called_by_itself_or_by_its_file(tmp_path: Path, content: str, title: str) -> None:
    assert read(_written(tmp_path, content), "../x/returns_and_refunds.txt") == [{"title": title, "content": content}]


def test_a_table_of_questions_in_markdown_is_a_text(tmp_path: Path) -> None:
    content = "| Question | Answer |\n|---|---|\n| Do you ship? | Yes. |"
    assert read(_written(tmp_path, content), "faq.md") == [{"title": "faq", "content": content}]


def test_a_word_document_becomes_markdown(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Warranty", 1)
    document.add_paragraph("Two years.")
    document.add_paragraph("lamps", style="List Bullet")
    document.add_paragraph("chairs", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["What", "Years", "a|b", "2"], strict=True):
        cell.text = text
    path = tmp_path / "a"
    document.save(str(path))
    content = "# Warranty\n\nTwo years.\n\n- lamps\n- chairs\n\n| What | Years |\n|---|---|\n| a\\|b | 2 |"
    assert read(path) == [{"title": "Warranty", "content": content}]


def test_paragraphs_of_a_pdf_are_whole_without_the_heads_and_feet_of_pages(tmp_path: Path) -> None:
    class Handbook(FPDF):
        def header(self) -> None:
            self.set_font("helvetica", size=8)
            self.cell(0, 6, "Acme handbook", new_x="LMARGIN", new_y="NEXT")

        def footer(self) -> None:
            self.set_y(-15)
            self.cell(0, 6, f"{self.page_no()} / 3")

    document = Handbook()
    for number in range(3):
        document.add_page()
        document.set_font("helvetica", size=16)
        document.cell(0, 10, f"Chapter {number}", new_x="LMARGIN", new_y="NEXT")
        document.set_font("helvetica", size=10)
        for line in ("This is a long line of text that ends with a divided word, as in the insu-", "rance of it."):
            document.cell(0, 5, line, new_x="LMARGIN", new_y="NEXT")
    path = tmp_path / "a"
    document.output(str(path))
    said = "This is a long line of text that ends with a divided word, as in the insurance of it."
    (found,) = read(path)
    assert found == {
        "title": "Chapter 0",
        "content": "\n\n".join(f"## Chapter {number}\n\n{said}" for number in range(3)),
    }


def test_the_title_in_the_description_of_a_pdf_counts_unless_a_program_made_it_up(tmp_path: Path) -> None:
    titles = []
    for number, title in enumerate(("Our terms", "Microsoft Word - terms.docx")):
        document = FPDF()
        document.set_title(title)
        document.add_page()
        document.set_font("helvetica", size=10)
        document.cell(0, 6, "All prices include taxes, and delivery is free of charge.")
        path = tmp_path / f"{number}"
        document.output(str(path))
        (found,) = read(path, "terms.pdf")
        assert not isinstance(found, Rejected)
        titles.append(found["title"])
    assert titles == ["Our terms", "terms"]


PAGE = """<!doctype html><html lang="de-DE"><head><meta charset="{charset}"><title>Versand | Laden</title></head><body>
<header><nav><a href="/">Start</a></nav></header><div class="cookie-banner">Wir nutzen Cookies</div>
<main><h1>Versand</h1><p>Wir liefern <a href="/x">nach \u00d6sterreich</a> und<br>Polen.</p><script>alert(1)</script>
<ul><li>eins</li><li><p>zwei</p></li></ul>
<table><tr><th>Land</th><th>Preis</th></tr><tr><td>DE</td><td>5 EUR</td></tr></table>
<dl><dt>Dauer</dt><dd>Drei Tage</dd></dl><p hidden>geheim</p></main><footer>Impressum</footer></body></html>"""
SAID = (
    "# Versand\n\nWir liefern nach \u00d6sterreich und\nPolen.\n\n- eins\n- zwei\n\n"
    "| Land | Preis |\n|---|---|\n| DE | 5 EUR |\n\nDauer: Drei Tage"
)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_page_is_its_main_part_as_markdown(tmp_path: Path, charset: str) -> None:
    content = PAGE.format(charset=charset).encode(charset)
    expected = {"title": "Versand | Laden", "content": SAID, "language": "de-DE"}
    assert html_document(content, None, "https://a.example/v") == {**expected, "url": "https://a.example/v"}
    assert read(_written(tmp_path, content)) == [expected]


def test_the_encoding_that_a_server_declares_counts_before_the_pages_own_word() -> None:
    content = PAGE.format(charset="utf-8").encode("cp1252")
    assert "\u00d6sterreich" in str(html_document(content, "windows-1252")["content"])
    assert "\u00d6sterreich" in str(html_document(content, "no-such-encoding")["content"])


@pytest.mark.parametrize("page", ["", "<html><body><nav>x</nav></body></html>", "<div>" * 100_000, "<!--" * 100_000])
def test_a_page_that_says_nothing_is_refused(page: str) -> None:
    with pytest.raises(UnreadableFile):
        html_document(page.encode())


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"PK\x03\x04", b"<?xml version='1.0'?><a/>", b"{]", b"%PDF-1.4"])
def test_what_holds_no_text_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(_written(tmp_path, content))


def test_a_long_document_is_divided_at_its_headings(tmp_path: Path) -> None:
    section = "## Part\n\n" + "Words and words. " * 5_000 + "\n\n"
    found = read(_written(tmp_path, "# Manual\n\n" + section * 5))
    parts = [one for one in found if not isinstance(one, Rejected)]
    assert [one["title"] for one in parts] == ["Manual", "Manual (2)", "Manual (3)"]
    assert all(str(one["content"]).startswith("#") for one in parts)


@given(st.text(st.sampled_from("ab \n#"), max_size=30), st.integers(1, 30_000))
def test_dividing_loses_nothing_but_white_space(piece: str, times: int) -> None:
    content = piece * times
    parts = [str(one["content"]) for one in divided({"title": "x", "content": content})]
    assert all(len(part) <= MAX_DOCUMENT_CHARS for part in parts)
    assert "".join("".join(parts).split()) == "".join(content.split())
