"""Prices as a customer reads and hears them."""

from decimal import Decimal

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}

# Currencies whose prices are given in whole units: ISO 4217's without minor units, and the rupiah, whose sen is unused.
_WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "PYG", "IDR"})

_SPOKEN = {
    "USD": "dollars", "EUR": "euros", "GBP": "pounds", "JPY": "yen", "INR": "rupees", "IDR": "rupiah", "SEK": "kronor",
    "NOK": "kroner", "DKK": "kroner", "CHF": "francs", "AUD": "dollars", "CAD": "dollars", "NZD": "dollars",
}  # fmt: skip


def format_price(amount: float | Decimal, currency: str) -> str:
    """A price in writing: "$1,299", "$49.90", "IDR 150,000".

    Args:
        amount: in the currency's main unit.
        currency: ISO 4217 code.
    """
    symbol = _SYMBOLS.get(currency)
    figure = _figure(amount, currency)
    return f"{symbol}{figure}" if symbol else f"{currency} {figure}"


def spoken_price(amount: float | Decimal, currency: str) -> str:
    """A price without symbols, for a voice to read: "1,299 dollars"."""
    return f"{_figure(amount, currency)} {_SPOKEN.get(currency, currency)}"


def _figure(amount: float | Decimal, currency: str) -> str:
    rounded = round(Decimal(str(amount)), 0 if currency in _WHOLE else 2)
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.2f}"
