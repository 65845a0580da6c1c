"""Links come out of the stream however it is split, and exactly those that are not the brand's own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.links import MOST_HELD, LinkFilter, OwnLinks

OWN = OwnLinks.of(
    [
        "Website https://own.example/start, orders at www.orders.example. Our partner is Node.js.",
        "Write to support@own.example or to help@mailhost.example; in Munich: münchen.de.",
    ],
    ["https://cdn.example/img/1.png", "no address"],
)
PIECES = st.sampled_from(
    [
        *("[", "]", "(", ")", "![", "](", "]: ", "<", ">", "<a href='", "<img src=", "</a>", "<b>", '"', "'", "*", "_"),
        *("http", "https", "://", ":", "//", "/", "\\", ".", "@", "www.", "javascript:", "data:", "mailto:", "x=1"),
        *("own.example", "evil.com", "evil", "com", "support", "münchen.de", "e.g.", "Node.js", "3.5mm", "ht", "tps"),
        *(" ", "  ", "\n", ",", ";", "!", "?", "-", "word", "a", "w", "请", "。", "é", "😀", "&#106;", "\u200b"),
    ]
)


def filtered(*pieces: str) -> str:
    links = LinkFilter(OWN)
    return "".join(map(links.feed, pieces)) + links.finish()


def counted(pieces: list[str]) -> tuple[str, int]:
    links = LinkFilter(OWN)
    return "".join(map(links.feed, pieces)) + links.finish(), links.removed


@given(st.lists(PIECES, max_size=25).map("".join), st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert counted(pieces) == counted([text]) == counted(list(text))


@pytest.mark.parametrize(
    "unit", ["[", "<", "![", "http://", "](", "[a](", "[x](((", "[1]:", "<a ", "a.", "@", "//a.b,"]
)
def test_splits_of_what_exceeds_the_limit_give_the_same(unit: str) -> None:
    text = "See " + unit * (2 * MOST_HELD // len(unit)) + " and so on"
    thirds = [text[start : start + 997] for start in range(0, len(text), 997)]
    assert counted([text]) == counted(thirds) == counted(list(text))


@given(st.lists(PIECES, max_size=25).map("".join))
def test_what_was_filtered_holds_no_foreign_address_with_a_scheme(text: str) -> None:
    shown = filtered(text).lower()
    assert not re.search(r"https?://evil", shown)
    assert "](//evil.com" not in shown
    assert "<img" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('![a lamp](https://evil.com/x.png "t") then', "a lamp then"),
        ("see [here](https://evil.com/a?q=1) now", "see here now"),
        ("see [here](<https://evil.com/a b>) now", "see here now"),
        ("see [here][1]\n\n[1]: http://evil.com/x\nnext", "see [here][1]\n\n\nnext"),
        ("go <http://evil.com> there", "go there"),
        ("<a href='https://evil.com'>in</a> time", "in time"),
        ('a <img src="//evil.com/p" alt="x"> b', "a b"),
        ("a <iframe src=//evil.com></iframe> b", "a b"),
        ('<b style="background:url(//evil.com)">b', "b"),
        ("go to https://evil.com/x. Then", "go to . Then"),
        ("Details: https://evil.com/x", "Details: "),
        ("www.evil.com is", "is"),
        ("[a](//evil.com/x) [b](javascript:alert(1)) [c](data:text/html,x) [d](file:///etc)", "a b c d"),
        ("[a](/\\evil.com) [b](&#106;avascript:x) [c](https:evil.com) [d](\thttps://evil.com )", "a b c d"),
        ("[a](HTTPS://EVIL.COM) [b](https:///evil.com) [c](evil.com/x)", "a b c"),
        ("at https://own.example@evil.com/ and", "at and"),
        ("at https://evil.com/https://own.example and", "at and"),
        ("at https://evil.com?https://own.example and", "at and"),
        ("at https://own.example.evil.com and https://evilown.example and https://shop.own.example", "at and and "),
        ("at https://evil.com,x or (https://evil.com) or **https://evil.com**", "at or () or ****"),
        ("[https://evil.com](https://own.example)", "[](https://own.example)"),
        ("[![i](https://evil.com/i)](https://evil.com)", "[i]"),
        ("请访问https://evil.com/x。谢谢", "请访问。谢谢"),
        ("javascript:alert(1) or data:text/html,x", "(1) or "),
        ("evil.[](//evil.com)com", "evil. com"),
        ("<<a>img src=x>", "< img src=x>"),
        ("[a]<a>(unknown:x)", "[a] (unknown:x)"),
    ],
)
def test_a_foreign_link_goes_and_its_words_stay(text: str, shown: str) -> None:
    assert filtered(text) == shown
    assert filtered(*text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("visit evil.example.com/x now", "visit evil now"),
        ("write to ann@evil.com or help@evil.com.", "write to ann or help."),
        ("write to mailto:ann@evil.com now", "write to now"),
        ("[mail](mailto:ann@evil.com)", "mail"),
    ],
)
def test_of_an_address_without_a_scheme_the_first_plain_word_stays(text: str, shown: str) -> None:
    assert filtered(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "![a](https://cdn.example/img/2.png) [b](https://own.example/x_(y)) [c](https://www.own.example) ok",
        "https://OWN.example.:443/a?b=https://evil.com and http://orders.example/1",
        "<https://own.example/x> own.example/x www.own.example",
        "https://xn--mnchen-3ya.de or https://münchen.de/x",
        "support@own.example, sales@own.example, help@mailhost.example, [m](mailto:support@own.example?subject=x)",
        "[a](/returns) [b](#top) [c] [d][e] [f]: g ![h] (i)",
        "请访问https://own.example/x。谢谢",
    ],
)
def test_the_brands_own_stays(text: str) -> None:
    assert counted([text]) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Node.js, manual.pdf, e.g. 3.5mm, U.S. and/or 12:30, 16:9, C:\\Users\\x, 1.5/2.0, i.e./etc.",
        "Note: data: yes. The file is here! Prices: $1,299.00 (10%); v2.1.0 @home <b>bold</b> a < b > c [x] https",
        "one.Two is fast.It costs 5.It",
        "- **Aurora**: 16 GB\n- _Borealis_ (8 GB)\n\n| a | b |\n|---|---|\n",
    ],
)
def test_what_is_no_link_stays(text: str) -> None:
    assert counted([text]) == (text, 0)


def test_a_host_that_only_a_mailbox_names_is_not_the_brands_own() -> None:
    assert filtered("https://mailhost.example/x and other@mailhost.example") == "and other"


def test_an_address_of_the_brands_own_makes_no_other_own_that_it_contains() -> None:
    own = OwnLinks.of(["https://own.example/?to=https://evil.com own.example/evil.com"], [])
    assert own.hosts == {"own.example"}


def test_plain_words_are_not_held_back() -> None:
    links = LinkFilter(OWN)
    assert [links.feed(piece) for piece in ["The", " Aurora", " is", " fast", ", and"]] == [
        "The",
        " Aurora",
        " is",
        " fast",
        ", and",
    ]
    assert links.feed(" at https") == " at "
    assert links.feed(" or") == "https or"
    assert links.feed(" x [a") == " x "
    assert links.feed("] y") == "[a] y"


def test_no_more_than_the_limit_is_held_back() -> None:
    for begun in ("[", "[a](", "https://own.example/", "<a ", "x."):
        links = LinkFilter(OWN)
        fed = shown = 0
        for piece in [begun, *["a"] * (3 * MOST_HELD)]:
            fed += len(piece)
            shown += len(links.feed(piece))
            assert links.removed or fed - shown <= MOST_HELD + 16


def test_an_endless_foreign_address_is_removed_to_its_end() -> None:
    assert counted(["at https://evil.com/", *["abc"] * 2_000, " end"]) == ("at end", 1)
