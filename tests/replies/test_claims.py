"""Figures, promises and days are read out of a sentence in every notation, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.claims import Claim, Kind, apart
from replies.clauses import HARD_END, Sentences, clause_bounds, sentences_of
from replies.figures import figures_in
from replies.names import Names
from replies.numerals import folded, numbers_in
from replies.promises import promises_in


def figures(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], str(one.kind)) for one in figures_in(folded(text))]


def promised(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[one.start : one.end], one.key) for one in promises_in(text, folded(text))]


# --- Numbers ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,299.00", 1299), ("1.299,00", 1299), ("49,90", 49.9), ("1'299", 1299), ("twenty-five", 25),
        ("two hundred and fifty", 250), ("one thousand two hundred", 1200), ("dreißig", 30), ("sepuluh", 10),
    ],
)  # fmt: skip
def test_numbers_are_read_in_digits_and_in_words(text: str, value: float) -> None:
    assert [(number.value, number.start, number.end) for number in numbers_in(folded(text))] == [(value, 0, len(text))]


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(folded(text)) == len(text)


# --- Figures ---


@pytest.mark.parametrize(
    ("amount", "value", "currency"),
    [
        ("$1,299.00", 1299, "USD"), ("1.299,00 EUR", 1299, "EUR"), ("€20", 20, "EUR"), ("£5", 5, "GBP"),
        ("US$ 30", 30, "USD"), ("20 bucks", 20, "USD"), ("Rp 150.000", 150_000, "IDR"), ("Rp150.000", 150_000, "IDR"),
        ("1 299 kr", 1299, "SEK"), ("1,299 dollars", 1299, "USD"), ("$1.2k", 1200, "USD"), ("20,- €", 20, "EUR"),
        ("1,299 dollars and 99 cents", 1299.99, "USD"), ("two hundred dollars", 200, "USD"), ("CHF 80", 80, "CHF"),
        ("\uff04\uff15\uff10", 50, "USD"), ("1\u202f299 €", 1299, "EUR"), ("2 million rupiah", 2_000_000, "IDR"),
    ],
)  # fmt: skip
def test_amounts_of_money_are_read_in_every_notation(amount: str, value: float, currency: str) -> None:
    text = f"It is {amount} now."
    claim = next(figures_in(folded(text)))
    assert (claim.kind, text[claim.start : claim.end]) == (Kind.MONEY, amount)
    assert claim.number == pytest.approx(value)
    assert currency in claim.currencies


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$500-$800", [("$500", "money"), ("$800", "money")]),
        ("$500-800", [("$500", "money"), ("800", "money")]),
        ("500-800 €", [("500", "money"), ("800 €", "money")]),
        ("priced at 1299", [("1299", "money")]),
        ("It costs 1299 with 20% off", [("1299", "money"), ("20%", "percent")]),
        ("15 percent, 20 Prozent, 5 por ciento", [("15 percent", "percent"), ("20 Prozent", "percent"),
                                                  ("5 por ciento", "percent")]),
        ("in 3-5 business days", [("3-5 business days", "duration")]),
        ("two to three weeks", [("two to three weeks", "duration")]),
        ("a 30-day return and a two-year warranty", [("30-day", "duration"), ("two-year", "duration")]),
        ("within a week", [("a week", "duration")]),
        ("16 GB, 1.2kg, 27-inch", [("16 GB", "measure"), ("1.2kg", "measure"), ("27-inch", "measure")]),
        ("60 x 40 cm", [("60", "measure"), ("40 cm", "measure")]),
        ("at 30 °C", [("30 °C", "measure")]),
        ("9:00-17:00, 9 am, 5 p.m.", [("9:00", "date"), ("17:00", "date"), ("9 am", "date"), ("5 p.m.", "date")]),
        ("2026-03-01 or 01.03.2026", [("2026-03-01", "date"), ("01.03.2026", "date")]),
        ("since 1985, 24/7", [("1985", "date"), ("24/7", "date")]),
    ],
)  # fmt: skip
def test_figures_are_read_with_what_they_count(text: str, expected: list[tuple[str, str]]) -> None:
    assert figures(text) == expected


@pytest.mark.parametrize(
    "text",
    ["three options", "(1) and 2 of them", "1. First", "H.264 and X-200", "RTX 4060", "one day you might", "a 2-in-1",
     "10 in all", "call 503-555-0142", "try 2 of them", "a 16:10 screen", "in 2 steps", "AeroMax 3 - 5 stars"],
)  # fmt: skip
def test_counts_model_numbers_and_phrases_are_no_figures(text: str) -> None:
    assert figures(text) == []


# --- Promises, stock, days ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Free shipping for you", [("Free shipping", ("free", "shipping"))]),
        ("Delivery is free", [("free", ("free", "shipping"))]),
        ("half price", [("half price", ("half price",))]),
        ("Buy one get one free", [("Buy one get one free", ("bogo",)), ("free", ("free", ""))][:1]),
        ("use code SAVE20", [("SAVE20", ("code", "save20"))]),
        ("It is in stock", [("in stock", ("in",))]),
        ("It is not in stock", [("in stock", ("out",))]),
        ("They are sold out", [("sold out", ("out",))]),
        ("It is available", [("available", ("in",))]),
        ("only 3 left", [("3 left", ("left", "3"))]),
        ("nur noch 3", [("3", ("left", "3"))]),
        ("by Friday", [("Friday", ("weekday", "4", "sent"))]),
        ("on 12 March", [("12 March", ("date", "3", "12"))]),
        ("on March 12th", [("March 12th", ("date", "3", "12"))]),
        ("am 3. März", [("3. März", ("date", "3", "3"))]),
        ("in May", [("May", ("month", "5"))]),
        ("tomorrow", [("tomorrow", ("relative", "next day"))]),
        ("nächste Woche", [("nächste Woche", ("relative", "next week"))]),
    ],
)
def test_promises_are_read(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert promised(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Feel free to ask", "sugar-free", "no discount", "I can't offer a discount", "Is it in stock?", "you may like it",
     "if it is in stock", "available in red", "How can I help you today?", "these days", "at any time", "in a moment",
     "the next step", "do you need it by Friday?", "error code: see below", "the last one you saw"],
)  # fmt: skip
def test_what_is_denied_asked_or_harmless_is_no_promise(text: str) -> None:
    assert promised(text) == []


def test_what_a_source_forbids_is_no_source() -> None:
    assert list(promises_in("Never promise a free gift", "never promise a free gift", source=True)) == []


def test_of_two_readings_of_the_same_words_the_first_holds() -> None:
    one, other = Claim(Kind.MONEY, 0, 9), Claim(Kind.MEASURE, 4, 12)
    assert apart([other, one]) == [one]


# --- Sentences, clauses, names ---


@given(st.lists(st.sampled_from(["a", " ", ".", "!", "\n", "approx.", "1.", '"', "…", "word " * 90])), st.data())
def test_every_split_of_a_stream_gives_the_same_sentences(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    sentences = Sentences()
    found = [
        sentence
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
        for sentence in sentences.feed(text[start:end])
    ]
    rest = sentences.finish()
    assert [*found, *([rest] if rest else [])] == list(sentences_of(text))
    assert "".join(sentences_of(text)) == text
    assert all(len(sentence) <= HARD_END for sentence in sentences_of(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [("It is nice. It is new.", 2), ("It is approx. $20.", 1), ("1. One thing", 1), ("am 3. März", 1), ("a\nb", 2)],
)
def test_abbreviations_and_ordinals_end_no_sentence(text: str, count: int) -> None:
    assert len(list(sentences_of(text))) == count


def test_a_name_is_not_cut_into_clauses() -> None:
    assert clause_bounds("salt and pepper and tea", [(0, 15)]) == [0, 19, 23]


def test_names_are_found_by_their_telling_beginnings() -> None:
    names = Names(["aurora pro laptop", "aurora air laptop", "aurora"])
    found = names.mentions("the aurora pro, the aurora air laptop, the aurora and auroral light")
    assert [(one.product, one.start, one.end) for one in found] == [(0, 4, 14), (1, 20, 37), (2, 43, 49)]


def test_a_name_within_a_longer_name_is_not_meant() -> None:
    names = Names(["dozen red roses", "two dozen red roses"])
    assert [one.product for one in names.mentions("two dozen red roses, or a dozen red roses")] == [1, 0]
