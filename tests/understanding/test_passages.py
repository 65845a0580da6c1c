"""Texts are cut at headings and between blocks; nothing is lost, and no passage is too long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.markdown import blocks_of, title_of
from understanding.passages import FULL, LONGEST, MAX_TITLE, cut

HELP = """---
title: Help
tags: [a, b]
---
# Help

We are <b>here</b> for you. Write to <help@river.example>.

## Delivery
### Abroad ##
We ship to [Canada](https://river.example/ca "map") and **Mexico**.

| Country | Price |
|---------|:-----:|
| Canada  | $18   |
| Mexico  |       |

Returns
-------
> Send back what is *unused*.

```
# not a heading
```
"""


def said(content: str, title: str = "") -> list[tuple[str, str]]:
    return [(piece.title, piece.text) for piece in cut(content, title)]


def test_passages_carry_the_path_of_their_titles() -> None:
    assert said(HELP, "Help") == [
        ("Help", "We are here for you. Write to help@river.example."),
        (
            "Help: Delivery: Abroad",
            "We ship to Canada (https://river.example/ca) and Mexico.\nCountry: Canada; Price: $18\nCountry: Mexico",
        ),
        ("Help: Returns", "Send back what is unused.\n# not a heading"),
    ]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (HELP, "Help"),
        ("# Returns & refunds\n\nWithin 30 days.", "Returns & refunds"),
        ("Within 30 days you may return it.", "Within 30 days you may return it."),
        ("", ""),
    ],
)
def test_a_text_says_what_it_is_called(content: str, title: str) -> None:
    assert title_of(content) == title


def test_html_is_read_like_markdown() -> None:
    page = """<html><head><style>p { color: red }</style><script>track("x")</script></head><body>
    <!-- old prices -->
    <h1>Warranty</h1><p>Two&nbsp;years on <em>all</em> frames.</p>
    <h2>Not covered</h2><ul><li>stains</li><li>wear &amp; tear</li></ul></body></html>"""

    assert [(title, text.replace("\xa0", " ")) for title, text in said(page)] == [
        ("Warranty", "Two years on all frames."),
        ("Warranty: Not covered", "- stains\n- wear & tear"),
    ]


def test_what_only_looks_like_a_tag_stays() -> None:
    assert said("Write <your name> below, if x < 5.") == [("", "Write <your name> below, if x < 5.")]


def test_plain_text_is_headed_by_short_lines_and_by_questions() -> None:
    text = """Opening hours

    Monday to Friday, 9 to 5.

    May I bring a dog?
    Yes, on a lead.

    Q: Is there parking?
    A: Behind the house."""

    assert said("\n".join(line.strip() for line in text.splitlines()), "Visit") == [
        ("Visit: Opening hours", "Monday to Friday, 9 to 5."),
        ("Visit: May I bring a dog?", "Yes, on a lead."),
        ("Visit: Is there parking?", "Behind the house."),
    ]


def test_a_bold_line_heads_what_stands_below_it() -> None:
    assert said("# Returns\n\n**Opened items**\n\nThey stay yours.") == [("Returns: Opened items", "They stay yours.")]


def test_numbers_and_names_are_no_markup() -> None:
    text = "A mat of 2*3 m or 4 * 5 m costs 10_000 yen; see snake_case_name."
    assert said(text) == [("", text)]


def test_a_long_list_keeps_the_sentence_that_leads_it() -> None:
    items = "\n".join(f"- item number {number} of the long list of things that are excluded" for number in range(40))
    pieces = cut(f"We take back everything but:\n\n{items}")

    assert len(pieces) > 3
    assert all(piece.text.startswith("We take back everything but:\n- item number") for piece in pieces)


def test_a_long_paragraph_is_divided_between_sentences() -> None:
    sentence = "This sentence says one of the many things that have to be said here, e.g. about fees of 4.50. "
    pieces = cut(sentence * 30)

    assert all(piece.text.endswith("4.50.") for piece in pieces)


def test_a_question_pair_without_a_space_is_divided_in_other_scripts() -> None:
    pieces = cut("退货须在三十天内。" * 200)
    assert all(piece.text.endswith("。") for piece in pieces)


def test_paragraphs_are_put_together_while_they_fit() -> None:
    paragraphs = [f"Paragraph {number} says {'something ' * 15}." for number in range(12)]
    pieces = cut("# A\n\n" + "\n\n".join(paragraphs))

    assert 1 < len(pieces) < 12
    assert all(FULL / 3 < len(piece.text) <= FULL for piece in pieces[:-1])


TEXTS = st.lists(
    st.sampled_from(
        ["# A", "## B", "---", "***", "```", "~~~", "- one", "  two", "1. three", "| a | b |", "|---|---|", "> q", "",
         "**bold**", "word " * 60, "Is it?", "A: yes", "<h2>x</h2>", "<p>", "<!--", "-->", "<script>", "[a](b)",
         "x" * 900]
    ),
    max_size=25,
).map("\n".join)  # fmt: skip


@given(st.one_of(TEXTS, st.text(max_size=300)), st.text(max_size=400))
def test_any_text_gives_passages_within_their_limits(content: str, title: str) -> None:
    for piece in cut(content, title):
        assert piece.text.strip()
        assert len(piece.text) <= LONGEST
        assert len(piece.title) <= MAX_TITLE
    title_of(content)


@given(st.lists(st.text("abc dé.\n", min_size=1, max_size=200), max_size=8))
def test_no_word_of_a_plain_text_is_lost(paragraphs: list[str]) -> None:
    content = "\n\n".join(paragraphs)
    pieces = cut(content)
    told = " ".join(f"{piece.title} {piece.text}" for piece in pieces)
    # A heading that nothing follows is the only thing that can stay unsaid, and plain text has none.
    assert set(re.findall(r"[a-dé]+", content)) <= set(re.findall(r"[a-dé]+", told))


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<script", "<", "[", "[a](", "![", "*a", "**a", "_a_", "`", ". ", "a|", "|-", "- ", "-", "# ", "\n- x",
     "<a ", "<a@", "~~a", "> ", "\\", "&", "Q:", ": ", "\t", " ", "\n\n", "**a\n"],
)  # fmt: skip
def test_reading_takes_time_by_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        blocks_of(text)
        cut(text)
        return time.process_time() - start

    # Five times the text: a step that looked at everything again for each character would take 25 times as long.
    assert seconds(100_000) < 15 * max(seconds(20_000), 0.01)
