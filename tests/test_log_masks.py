"""log_masks.py: what no line shows is masked, and what an operator needs stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log_masks import harmless, masked


@pytest.mark.parametrize(
    "secret",
    [
        "sk_abcdefghijklmnopqrstuvwxyz0123456789",
        "pk_abcdefghijklmnop-qrst_uvwxyz0123",
        "is_abcdefghijklmnopqrstuvwxyz",
        "st_eyJhbGciOiJIUzI1NiJ9.eyJicmFuZCI6InQifQ.c2lnbmF0dXJl",
        "sk-proj-abcdefghijklmnop",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "anna.weiss+shop@mail.example.com",
        "+49 30 1234567",
        "+4930123456789",
        "(030) 123 45 67",
        "555-123-4567",
        "4111 1111 1111 1111",
        "4111111111111111",
        "5500-0000-0000-0004",
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
    ],
)
@pytest.mark.parametrize("around", ["{}", "said: {}, and so on", "('{}', 3)", "x={} y"])
def test_what_is_nobodys_business_is_masked(secret: str, around: str) -> None:
    shown = masked(around.format(secret))
    assert secret not in shown
    assert shown == around.format("***")


def test_a_header_is_masked_whatever_its_key_looks_like() -> None:
    assert masked("Authorization: Bearer hunter2hunter2") == "Authorization: Bearer ***"
    assert masked("subprotocol token.hunter2hunter2") == "subprotocol token.***"


@pytest.mark.parametrize(
    "plain",
    [
        "2026-11-25T20:44:32.123456Z",
        "2026-11-25",
        "25.11.2026",
        "127.0.0.1:43210",
        "192.168.100.200",
        "2001:db8:1:2::/64",
        "50000 rows in 229 s, 218 a second",
        "12345678 tokens",
        "pid 1234567",
        "up_0123456789abcdef01234567",
        "msg_0123456789abcdef0123456789abcdef",
        "brand techpro",
        "/brands/techpro/products/123",
        "version 3.11.7",
        "0.123456789",
        "http://localhost:8000/docs",
        "task-force sk_short",
        'File "main.py", line 172, in <module>',
    ],
)
def test_what_an_operator_needs_stays(plain: str) -> None:
    assert masked(plain) == plain


def test_a_terminal_obeys_nothing() -> None:
    said = "brand\r\nlevel=info event=forged\x1b[31m\u202egnp.exe\x00\x9b2J"
    shown = harmless(said)
    assert shown == "brand\\r\\nlevel=info event=forged\\x1b[31m\\u202egnp.exe\\x00\\x9b2J"


@given(st.text())
def test_whatever_is_logged_is_one_line_of_visible_text(text: str) -> None:
    shown = harmless(masked(text))
    assert "\n" not in shown
    assert "\x1b" not in shown
    shown.encode()
