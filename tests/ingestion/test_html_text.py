"""HTML of descriptions becomes lines of text; nothing that only looks like a tag is lost, and no text is slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.html_text import looks_like_html, text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello <b>World</b></p><p>Two</p>", "Hello World\nTwo"),
        ("<ul><li>a<li><p>b</p></li><li></li></ul>", "- a\n- b"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<table><tr><th>Size<td>L<tr><td>Colour<td>Red &amp; blue</table>end", "Size | L\nColour | Red & blue\nend"),
        ("<table><tr><td><table><tr><td>A</td><td>B</td></tr></table><p>c</p></td></tr></table>", "A | B\nc"),
        ("<tr><td>a</td><td>b</td></tr>", "a | b"),
        (
            "<style>p{}</style><p>a</p><script>if (a<b) x('</p>')</script><template>t</template><!-- <p>no</p> -->b",
            "a\nb",
        ),
        ("<img alt='a>b' src=x>a&nbsp;&euro;&#8364;&#x20AC;", "a \u20ac\u20ac\u20ac"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<p>a\nb\n\nc</p>", "a b\nc"),
        ("<strong>Bold</strong> one\ntwo\n\nthree", "Bold one\ntwo\nthree"),
        ("&lt;p&gt;Hi &amp;amp; you&lt;/p&gt;", "Hi & you"),
        ("<![CDATA[<p>x</p>]]>", "x"),
        ("I <3 it, a < b, R&D, <100 EUR", "I <3 it, a < b, R&D, <100 EUR"),
        ("<p>I <3 it</p>", "I <3 it"),
        ("<p>never closed <b", "never closed <b"),
        ("<!-- never closed", "never closed"),
        ("", ""),
    ],
)
def test_html_becomes_the_lines_that_a_reader_sees(markup: str, text: str) -> None:
    assert text_of(markup) == text


@pytest.mark.parametrize(
    "markup", ["<p>a", "a<br/>b", "a &amp; b", "&#8364; 3", "<!-- a -->b", '<A HREF="x">y</A>', "</div>"]
)
def test_tags_and_entities_are_html(markup: str) -> None:
    assert looks_like_html(markup)


@pytest.mark.parametrize(
    "text", ["I <3 it", "a < b > c", "if a <b and c", "R&D", "AT&T;", "<model x200>", "", "&", "1 << 2"]
)
def test_signs_that_are_no_tags_are_not_html(text: str) -> None:
    assert not looks_like_html(text)


@given(
    st.text(st.characters(blacklist_characters="<>&", blacklist_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1)
)
def test_a_text_without_markup_stays_as_it_is(text: str) -> None:
    assert text_of(text) == text
    assert text_of(f"<div><p>{text}</p></div>") == text


@given(st.text(st.sampled_from("<>/!-[]pbtdr \"'=&;#x3\n")))
def test_any_markup_is_read(text: str) -> None:
    looks_like_html(text)
    assert "\n\n" not in text_of(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 200_000 + "x",
        "<table><tr><td>" * 100_000 + "x",
        "<!--" * 200_000 + "x",
        "<" * 1_000_000,
        "<a " * 300_000,
        '<a "' * 300_001 + ">x",
        "<script>" * 200_000,
        "<script></script" * 200_000,
        "&" * 1_000_000,
        "&#" + "9" * 200_000 + ";",
        "\n \n" * 300_000,
        "<![CDATA[" * 200_000,
        "<!" * 300_000,
    ],
)
def test_hostile_markup_takes_time_by_its_length_only(markup: str) -> None:
    looks_like_html(markup)
    text_of(markup)
