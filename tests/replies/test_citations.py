"""Marks come out of the stream however it is split, and only what was offered is suggested."""

import re

from hypothesis import given
from hypothesis import strategies as st

from models import BrandId, Passage, Product
from replies.citations import CitationFilter

OFFERED = [
    Product(id=id_, name=name, price=1, brand_id=BrandId("b"))
    for id_, name in (("a", "Aurora"), ("b/2", "Aurora Pro"), ("[x", "Odd"), ("ü-1", "Über"))
]
PASSAGES = [Passage(id_, "Delivery", "It is free.") for id_ in ("faq-7", "docs/a b.md#3", "a")]
PIECES = st.sampled_from(
    [
        "[[a]]",
        "[[b/2]]",
        "[[nope]]",
        "[[faq-7]]",
        "[",
        "]",
        "[[",
        "]]",
        "a",
        "b/2",
        " ",
        "\n",
        "Aurora",
        "Aurora Pro",
        "😀",
    ]
)


def filtered(pieces: list[str]) -> tuple[str, list[str], int]:
    return read(pieces)[:3]


def read(pieces: list[str]) -> tuple[str, list[str], int, list[str]]:
    citations = CitationFilter(OFFERED, PASSAGES)
    shown = "".join(citations.feed(piece) for piece in pieces) + citations.finish()
    assert shown == citations.text
    suggested = [product.id for product in citations.suggested()]
    return shown, suggested, citations.unknown_marks, [passage.id for passage in citations.quoted()]


@given(st.lists(PIECES).map("".join), st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(pieces) == read([text]) == read(list(text))


@given(st.lists(PIECES).map("".join))
def test_exactly_the_marks_are_removed(text: str) -> None:
    assert filtered([text])[0] == re.sub(r"\[\[[^\[\]\r\n]{1,256}\]\]", "", text)


def test_marks_become_suggestions_in_order_and_once() -> None:
    shown, ids, unknown = filtered(["Take the Aurora Pro[[b/2]], or the Aurora[[a]]; the Pro[[b/2]] is faster."])
    assert shown == "Take the Aurora Pro, or the Aurora; the Pro is faster."
    assert ids == ["b/2", "a"]
    assert unknown == 0


def test_an_id_that_was_not_offered_is_removed_and_counted() -> None:
    assert filtered(["The Zeta[[zeta-9]] is great."]) == ("The Zeta is great.", [], 1)


def test_a_reply_without_marks_is_read_for_exact_names() -> None:
    assert filtered(["The Aurora Pro is fast, the Über is not an Auroral thing."])[1] == ["b/2", "ü-1"]


def test_a_name_inside_a_longer_name_does_not_count_twice() -> None:
    assert filtered(["Only the Aurora Pro."])[1] == ["b/2"]


def test_what_is_too_long_to_be_a_mark_stays() -> None:
    text = "[[" + "x" * 257 + "]]"
    assert filtered(list(text))[0] == text


def test_text_before_a_possible_mark_is_not_held_back() -> None:
    citations = CitationFilter(OFFERED)
    assert citations.feed("The Aurora[") == "The Aurora"
    assert citations.feed("[a]") == ""
    assert citations.feed("] is") == " is"


def test_marked_passages_are_quoted_in_order_and_once() -> None:
    shown, _, unknown, quoted = read(["Free[[docs/a b.md#3]], from $75[[faq-7]], and quick[[docs/a b.md#3]][[zeta]]."])
    assert shown == "Free, from $75, and quick."
    assert quoted == ["docs/a b.md#3", "faq-7"]
    assert unknown == 1


def test_an_id_of_a_product_and_a_passage_is_the_products() -> None:
    _, suggested, unknown, quoted = read(["It is this[[a]]."])
    assert (suggested, unknown, quoted) == (["a"], 0, [])


def test_a_reply_that_marks_passages_alone_is_read_for_exact_names() -> None:
    assert read(["The Aurora Pro ships free[[faq-7]]."])[1::2] == (["b/2"], ["faq-7"])
    assert read(["The Aurora Pro ships free[[faq-7]], not the Zeta[[zeta]]."])[1::2] == ([], ["faq-7"])


def test_without_passages_none_is_quoted() -> None:
    citations = CitationFilter(OFFERED)
    citations.feed("Free[[faq-7]].")
    assert (citations.quoted(), citations.unknown_marks) == ([], 1)


def test_names_are_looked_for_in_the_beginning_of_an_endless_reply() -> None:
    assert filtered(["Take the Über. ", "x" * 100_000, " Aurora"])[1] == ["ü-1"]
