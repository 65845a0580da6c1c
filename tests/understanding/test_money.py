import pytest

from understanding.money import format_price, spoken_price


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1299.0, "USD", "$1,299"),
        (49.9, "USD", "$49.90"),
        (49.9, "EUR", "€49.90"),
        (150_000, "IDR", "IDR 150,000"),
        (1999.5, "JPY", "¥2,000"),
        (1699.999, "GBP", "£1,700"),
        (1299.5, "SEK", "SEK 1,299.50"),
    ],
)
def test_a_price_is_written_as_shops_write_it(amount: float, currency: str, written: str) -> None:
    assert format_price(amount, currency) == written


def test_a_spoken_price_has_no_symbol() -> None:
    assert spoken_price(1299, "USD") == "1,299 dollars"
