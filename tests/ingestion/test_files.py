"""Files as shops and their programs really write them become exactly the products and documents that they say.

Beside each file in `files/` stands NAME.expected.json, written by hand from what the file says:

    products, rejected    members of the products in the file's order; rows that became nothing, with a part of why
    count, products_at    in place of `products` for a very long file
    documents             of knowledge: question and answer, or title (or several that are right) and parts of content;
                          an id counts where one is expected
    error_contains        in place of all that: the file is refused as a whole, with this word in the sentence
    home_currency, today  what the reader is told beside the file
    ignored, any_spacing  what cannot be told from the file: members, or whether a break in a text is a line or a space
    note                  why, where it could be doubted
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from errors import UnreadableFile
from ingestion.reading import read_documents, read_products
from ingestion.records import Limits, Rejected
from models import DocumentDraft, ProductDraft

FILES = Path(__file__).parent / "files"
KNOWLEDGE = FILES / "knowledge"
EXPECTED = ".expected.json"
TODAY = date(2026, 11, 25)


def _names(folder: Path) -> list[str]:
    return sorted(path.name.removesuffix(EXPECTED) for path in folder.glob("*" + EXPECTED))


@pytest.mark.parametrize("folder", [FILES, KNOWLEDGE], ids=lambda folder: folder.name)
def test_every_file_has_what_is_expected_of_it(folder: Path) -> None:
    files = {path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py"}
    assert {name for name in files if not name.endswith(EXPECTED)} == set(_names(folder))


@pytest.mark.parametrize("name", _names(FILES))
def test_a_product_file_is_read_as_it_is_meant(name: str) -> None:
    expected = _expected(FILES / name)
    if "error_contains" in expected:
        with pytest.raises(UnreadableFile, match="(?i)" + re.escape(expected["error_contains"])):
            list(_read_products(FILES / name, expected))
        return
    products: list[Mapping[str, object]] = []
    rejected: list[Rejected] = []
    for read in _read_products(FILES / name, expected):
        if isinstance(read, Rejected):
            rejected.append(read)
        else:
            products.append(read)
            ProductDraft.model_validate(read)
    differences = _rejections_missed(rejected, expected["rejected"]) + _products_missed(products, expected)
    assert not differences, f"{name}\n" + "\n".join(differences)


@pytest.mark.parametrize("name", _names(KNOWLEDGE))
def test_a_knowledge_file_is_read_as_it_is_meant(name: str) -> None:
    path = KNOWLEDGE / name
    expected = _expected(path)
    if "error_contains" in expected:
        with pytest.raises(UnreadableFile, match="(?i)" + re.escape(expected["error_contains"])):
            list(read_documents(path, name, Limits()))
        return
    documents: list[Mapping[str, object]] = []
    rejected: list[Rejected] = []
    for read in read_documents(path, name, Limits()):
        if isinstance(read, Rejected):
            rejected.append(read)
        else:
            documents.append(read.members)
            DocumentDraft.model_validate(read.members)
    differences = _rejections_missed(rejected, expected["rejected"])
    if len(documents) != len(expected["documents"]):
        differences.append(f"{len(documents)} documents, not {len(expected['documents'])}: {documents!r:.2000}")
    for document, wanted in zip(documents, expected["documents"], strict=False):
        differences += _document_missed(document, wanted)
    assert not differences, f"{name}\n" + "\n".join(differences)


def _expected(path: Path) -> dict[str, Any]:
    expected = json.loads(path.with_name(path.name + EXPECTED).read_text(encoding="utf-8"))
    assert isinstance(expected, dict)
    return expected


def _read_products(path: Path, expected: Mapping[str, Any]) -> Iterator[Mapping[str, object] | Rejected]:
    today = date.fromisoformat(expected["today"]) if "today" in expected else TODAY
    home_currency = expected.get("home_currency", "USD")
    for read in read_products(path, home_currency=home_currency, today=today, given={}, limits=Limits()):
        yield read if isinstance(read, Rejected) else read.members


def _rejections_missed(rejected: Sequence[Rejected], expected: Sequence[Mapping[str, Any]]) -> list[str]:
    as_expected = len(rejected) == len(expected) and all(
        wanted.get("row", row.number) == row.number and wanted["reason_contains"].lower() in row.reason.lower()
        for row, wanted in zip(rejected, expected, strict=True)
    )
    if as_expected:
        return []
    return [
        "rejected, expected:",
        *(f"  - {wanted.get('row', 'any row')}: ...{wanted['reason_contains']}..." for wanted in expected),
        "rejected, read:",
        *(f"  + {row.number}: {row.reason} {row.members or ''}" for row in rejected),
    ]


def _products_missed(products: Sequence[Mapping[str, object]], expected: Mapping[str, Any]) -> list[str]:
    if "products" in expected:
        wanted = expected["products"]
        read = list(products)
    else:
        assert len(products) == expected["count"]
        wanted = list(expected["products_at"].values())
        read = [products[int(place)] for place in expected["products_at"]]
    ignored = frozenset(expected.get("ignored", ()))
    any_spacing = expected.get("any_spacing", False)
    shown = [_shown(product, ignored, any_spacing=any_spacing) for product in read]
    for place, (product, meant) in enumerate(zip(read, wanted, strict=False)):
        pattern = str(meant.get("id", ""))
        if pattern.startswith("re:") and re.fullmatch(pattern[3:], str(product.get("id"))):
            shown[place] = _shown(dict(product) | {"id": pattern}, ignored, any_spacing=any_spacing)
    return list(
        difflib.unified_diff(
            [line for meant in wanted for line in _shown(meant, ignored, any_spacing=any_spacing)],
            [line for lines in shown for line in lines],
            "expected",
            "read",
            lineterm="",
        )
    )


def _shown(product: Mapping[str, Any], ignored: frozenset[str], *, any_spacing: bool) -> list[str]:
    """Lines that are equal when two products are: an id of digits is text, a price is a float, 12 is not 12.0."""
    members = {name: value for name, value in product.items() if name not in ignored}
    if isinstance(members.get("id"), int):
        members["id"] = str(members["id"])
    if isinstance(members.get("price"), int) and not isinstance(members["price"], bool):
        members["price"] = float(members["price"])
    if any_spacing and "description" in members:
        members["description"] = " ".join(str(members["description"]).split())
    return json.dumps(members, ensure_ascii=False, indent=2, sort_keys=True).splitlines()


def _document_missed(document: Mapping[str, object], wanted: Mapping[str, Any]) -> list[str]:
    if "question" in wanted:
        if {name: value for name, value in document.items() if name in wanted or name != "id"} == wanted:
            return []
        return [f"expected {dict(wanted)}", f"    read {dict(document)}"]
    content = str(document.get("content", ""))
    titles = [wanted["title"]] if isinstance(wanted.get("title"), str) else wanted.get("title", [document.get("title")])
    return [
        *([] if document.get("title") in titles else [f"title {document.get('title')!r}, not one of {titles}"]),
        *(f"content lacks {part!r}: {content!r:.2000}" for part in wanted["content_contains"] if part not in content),
        *(f"content has {part!r}: {content!r:.2000}" for part in wanted["content_lacks"] if part in content),
    ]
