"""Amounts, states, lists and dates are read as they are meant, and what is not surely one is none."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.cells import (
    addresses_of,
    availability,
    cell_text,
    days_of,
    features_of,
    is_now,
    pairs_of,
    quantity,
)
from ingestion.values import DecimalSign, Money, currency_of, decimal_sign_of, marked_money, money

TODAY = date(2026, 11, 25)


# --- Money ---


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.299,00 EUR", 1299, "EUR"),
        ("$1,299.50", 1299.5, "USD"),
        ("EUR 12", 12, "EUR"),
        ("12,50 €", 12.5, "EUR"),
        ("1 299,00 рублей", 1299, "RUB"),
        ("2 990 ₽", 2990, "RUB"),
        ("Rp 1.500.000", 1_500_000, "IDR"),
        ("Rp1.500.000,-", 1_500_000, "IDR"),
        ("CHF 1'299.-", 1299, "CHF"),
        ("SFr. 12.50", 12.5, "CHF"),
        ("kr 99:-", 99, "SEK"),
        ("99 kr", 99, "SEK"),
        ("12,00 € / Stück", 12, "EUR"),
        ("£5.00 each", 5, "GBP"),
        ("12,00 / Stk.", 12, None),
        ("12,00 € inkl. 19 % MwSt.", 12, "EUR"),
        ("R$ 1.299,90", 1299.9, "BRL"),
        ("49,99 zł", 49.99, "PLN"),
        ("¥1200", 1200, "JPY"),
        ("₹1,29,999.00", 129_999, "INR"),
        ("US$ 12", 12, "USD"),
        ("$12.00 CAD", 12, "CAD"),
        ("€ 12,00 EUR", 12, "EUR"),
        ("$.99", 0.99, "USD"),
        ("0", 0, None),
        ("1299", 1299, None),
        ("0.125", 0.125, None),
        ("12.9900", 12.99, None),
        ("1299.000", 1299, None),
        ("12.990", 12_990, None),
        ("1,5", 1.5, None),
        ("ALL 12", 12, "ALL"),
    ],
)
def test_amounts_are_read_with_their_currency(text: str, amount: float, currency: str | None) -> None:
    assert money(text, None, "EUR") == Money(amount, currency)


@pytest.mark.parametrize(
    "text",
    ["", "call us", "from 12 €", "ab 12 €", "10-20", "10 - 20 €", "12 € / kg", "-5", "(12.00)", "12 %", "12²",
     "12 cups", "all 12", "1.2.3", "1.299.00", "12,34,5", "12 50", "2 for $5", "12.05.2026", "2026-05-12", "12:50",
     "€", "N/A", "12 pcs", "5 Stück",
     "12 € 14 €", "12 € (was 15 €)", "~12", "12?", "+12", "1e5", "٣٤", "12 EUR USD", "€12 USD", "12 €/month", "NaN",
     "10 % 12 €", "x" * 5_000, "1" * 5_000, "from 1.299,00", "12 €+", "12 \u00d7 4"],
)  # fmt: skip
def test_what_is_not_surely_one_price_is_none(text: str) -> None:
    assert money(text, None, "EUR") is None


def test_a_sign_of_several_currencies_is_the_brands_own_when_that_is_one_of_them() -> None:
    assert money("$12", None, "AUD") == Money(12)
    assert money("99 kr", None, "NOK") == Money(99)
    assert money("$12 AUD", None, "CAD") == Money(12, "AUD")
    assert currency_of("$", "MXN") == (None, True)
    assert currency_of("eur", "USD") == ("EUR", True)
    assert currency_of("perhaps", "USD") == (None, False)


def test_a_note_that_tax_is_not_in_it_is_told() -> None:
    assert money("12,00 € zzgl. MwSt.") == Money(12, "EUR", net=True)
    assert money("12,00 € HT") == Money(12, "EUR", net=True)
    assert money("12,00 € TTC") == Money(12, "EUR")


def test_three_digits_are_thousands_unless_the_column_shows_otherwise() -> None:
    assert [money("1.299", sign) for sign in (None, ",", ".")] == [Money(1299), Money(1299), Money(1.299)]
    assert decimal_sign_of(["12.50", "1.299", "call us"]) == "."
    assert decimal_sign_of(["1.299", "12.000"]) is None
    assert decimal_sign_of(["Rp 15.000", "Rp 1.500.000"]) == ","
    assert decimal_sign_of(["1.299,00", "5"]) == ","
    assert decimal_sign_of(["12.50", "12,50"]) is None
    assert decimal_sign_of(["1 299", "5"]) is None


def test_only_amounts_with_a_currency_are_marked() -> None:
    assert [marked_money(value) for value in ("€ 12", "12 zł", "12", "12 each", "call", 12, None)] == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip


STYLES = st.fixed_dictionaries(
    {
        "decimal": st.sampled_from([".", ","]),
        "thousands": st.sampled_from(["", ".", ",", " ", "\u00a0", "\u202f", "'", "\u2019"]),
        "currency": st.sampled_from(
            [("€", "EUR"), ("EUR", "EUR"), ("£", "GBP"), ("zł", "PLN"), ("грн.", "UAH"), ("", None)]
        ),
        "before": st.booleans(),
        "gap": st.sampled_from(["", " ", "\u00a0", "\u202f"]),
        "whole": st.sampled_from(["", ",-", ".-", ":-", ",\u2014", ".\u2013"]),
    }
).filter(lambda style: style["decimal"] != style["thousands"])


@given(st.integers(0, 999_999_999), st.integers(0, 99), STYLES)
def test_an_amount_is_the_same_in_every_style(whole: int, cents: int, style: dict[str, Any]) -> None:
    grouped = f"{whole:,}".replace(",", style["thousands"])
    number = grouped + style["whole"] if style["whole"] else f"{grouped}{style['decimal']}{cents:02}"
    mark, code = style["currency"]
    gap = style["gap"] or (" " if mark.isalpha() else "")
    text = f"{mark}{gap}{number}" if style["before"] else f"{number}{gap}{mark}"
    expected = float(whole) if style["whole"] else float(f"{whole}.{cents:02}")
    assert money(text) == Money(expected, code)
    sign: DecimalSign = "." if style["decimal"] == "." else ","
    assert money(text, sign) == Money(expected, code)
    if not style["whole"]:
        assert decimal_sign_of([text]) == style["decimal"]


@given(st.text(max_size=120) | st.text("0123456789., '€$-+/%kgEURab\u00a0", max_size=40))
def test_any_text_is_read_without_failing_and_never_below_zero(text: str) -> None:
    read = money(text)
    assert read is None or read.amount >= 0
    decimal_sign_of([text])


# --- States and numbers of pieces ---


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        (
            "yes|Ja|oui|sí|ya|да|in stock|In Stock|instock|auf Lager|en stock|disponible|tersedia|в наличии|i lager",
            True,
        ),
        (
            "https://schema.org/InStock|http://schema.org/LimitedAvailability|auf Lager (5)|5 in stock|In stock: 12",
            True,
        ),
        ("TRUE|1|10|>10|10+|12 Stk.|5 шт|sofort lieferbar|available|✓", True),
        ("no|nein|non|tidak|нет|out of stock|Out-of-stock|ausverkauft|rupture de stock|agotado|habis|slut", False),
        ("нет в наличии|preorder|pre-order|backorder|OutOfStock|https://schema.org/PreOrder|под заказ|slutsåld", False),
        ("FALSE|0|-3|0 in stock|auf Lager (0)|nicht lieferbar|sold out|discontinued", False),
        ("2-3 days|ask us|perhaps|5 kg|in stock 3 of 5||new", None),
    ],
)
def test_states_of_stock_are_read_in_seven_languages(texts: str, state: bool | None) -> None:  # noqa: FBT001, a table
    read = {text: availability(text) for text in texts.split("|")}
    assert {text: one for text, one in read.items() if one is not state} == {}


def test_numbers_and_booleans_tell_a_state_too() -> None:
    values: list[object] = [True, False, 3, 0, 0.0, None, [], "x" * 5_000]
    assert [availability(value) for value in values] == [
        True, False, True, False, False, None, None, None,
    ]  # fmt: skip
    assert [quantity(value) for value in ("12", "1.500", "12 pcs", 7, True, "many", float("nan"))] == [
        12, 1500, 12, 7, None, None, None,
    ]  # fmt: skip


# --- Lists, pairs, dates, images ---


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("bright|warm", ["bright", "warm"]),
        ("bright; warm, soft;", ["bright", "warm, soft"]),
        ("- bright\n- warm\n", ["bright", "warm"]),
        ("• bright • warm", ["bright", "warm"]),
        ("bright, warm", ["bright", "warm"]),
        ("1,5 litres", ["1,5 litres"]),
        ("-5 °C", ["-5 °C"]),
        (" | ", []),
    ],
)
def test_features_are_parted_at_what_plainly_parts_them(text: str, features: list[str]) -> None:
    assert features_of(text) == features


def test_pairs_are_read_only_when_every_part_is_one() -> None:
    assert pairs_of("memory: 16GB; weight: 1.4 kg;") == {"memory": "16GB", "weight": "1.4 kg"}
    assert pairs_of("ratio: 16:9") == {"ratio": "16:9"}
    assert [pairs_of(text) for text in ("just text", "a: 1; b", "https://x.example", "a: 1; a: 2", "")] == [None] * 5


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (None, None, True),
        ("2026-11-01", "2026-11-30", True),
        ("2026-11-25T00:00:00", None, True),
        ("01.11.2026", "25.11.2026", True),
        ("26.11.2026", None, False),
        (None, "24/11/2026", False),
        ("01/02/2026", "31/12/2026", True),
        ("11/12/2026", None, False),  # the 11th of December or the 12th of November
        ("2026-11-01T00:00+0100/2026-11-30T23:59+0100", None, True),
        ("2026-10-01/2026-10-30", None, False),
        ("soon", None, False),
        ("2026-13-45", None, False),
        (date(2026, 11, 1), date(2026, 12, 1), True),
    ],
)
def test_a_time_holds_only_when_it_surely_does(start: object, end: object, holds: bool) -> None:  # noqa: FBT001, a table
    assert is_now(TODAY, start, end) is holds


def test_a_month_that_is_known_to_be_first_decides_a_date() -> None:
    assert days_of("11/1/26", month_first=True) == {date(2026, 11, 1)}
    assert days_of("11/1/26") == {date(2026, 11, 1), date(2026, 1, 11)}


def test_several_addresses_in_one_cell_are_parted() -> None:
    assert addresses_of("https://x.example/a,b.jpg, https://x.example/c.jpg") == [
        "https://x.example/a,b.jpg",
        "https://x.example/c.jpg",
    ]
    assert addresses_of("/a.jpg,/b.png") == ["/a.jpg", "/b.png"]
    assert addresses_of("/a, b.jpg") == ["/a, b.jpg"]


def test_cells_lose_blanks_and_the_mark_of_a_text() -> None:
    assert [cell_text(text) for text in (" a ", "'=1+1", "'-5", "'quoted'", "a\r\nb")] == [
        "a",
        "=1+1",
        "-5",
        "'quoted'",
        "a\nb",
    ]
