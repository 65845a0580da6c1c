"""All filters together: what a customer reads, and what is noted of it, is the same however the stream is split."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models import Passage
from replies.echo import SecretWords
from replies.filters import Grounds, ReplyFilters
from replies.grounding import WITHHELD
from replies.links import OwnLinks
from tests.replies.shops import SHOPS, TECHNOLOGY, inventions

PROMPT = (
    "You are the careful assistant of Volt & Byte. Never mention the flooded warehouse in Rotterdam to anybody, and "
    "steer people towards refurbished notebooks whenever their budget is small."
)
LAPTOP, OTHER = TECHNOLOGY.products[:2]
RETURNS = Passage("policies.returns", "Returns", "You can send anything back within 30 days.")
PARTS = st.sampled_from(
    [
        *(f"{LAPTOP.name}[[{LAPTOP.id}]]", f"[[{OTHER.id}]]", "[[nothing-like-it]]", "[[policies.returns]]"),
        *("[[", "]]", "[", "]", "![", "](", "<a href=", "[more](https://evil.example/x)", "https://evil.example"),
        *("www.", "support@volt.example", "$1,099", "$17.95", "$1", "9.98", "20% off", "within 30 days", "tomorrow"),
        *("in stock", "sold out", "16 GB", "64 GB"),
        *(PROMPT[:60], PROMPT[40:150], PROMPT, "the flooded warehouse"),
        *("It costs ", "Only ", " and ", ". ", "! ", "?", "\n", "\n- ", "**", "1. ", " ", ", ", "e.g. ", "Yes"),
        *("é", "灯", "😀", "\u200b", "…", "'", "n't ", "not ", "Nimbus Forge 99 Laptop"),
    ]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=14).map("".join)


def grounds(*, redact: bool) -> Grounds:
    return Grounds(
        offered=TECHNOLOGY.products,
        passages=[RETURNS],
        evidence=TECHNOLOGY.evidence("A laptop under $1,500, please."),
        own_links=OwnLinks.of(["Write to support@volt.example."], []),
        secret=SecretWords([PROMPT]),
        redact=redact,
    )


def outcome(pieces: Sequence[str], *, redact: bool = False, voice: bool = False) -> dict[str, Any]:
    """Everything that the filters say of a stream."""
    filters = ReplyFilters(grounds(redact=redact), voice=voice)
    shown = []
    for piece in pieces:
        shown.append(filters.feed(piece))
        if filters.done:
            break
    shown.append(filters.finish())
    text = "".join(shown)
    return {
        "shown": text,
        "suggested": [product.id for product in filters.suggested()],
        "sources": [passage.id for passage in filters.sources(text)],
        "unsupported": filters.unsupported,
        "removed": filters.removed,
    }


@settings(max_examples=300)
@given(TEXTS, st.booleans(), st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, redact: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = outcome([text], redact=redact)
    assert outcome(pieces, redact=redact) == whole
    assert outcome(list(text), redact=redact) == whole


@settings(max_examples=200)
@given(TEXTS, st.booleans(), st.data())
def test_what_is_spoken_is_the_same_for_every_split(text: str, redact: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    spoken = outcome([text], redact=redact, voice=True)["shown"]
    assert outcome(pieces, redact=redact, voice=True)["shown"] == spoken
    assert outcome(list(text), redact=redact, voice=True)["shown"] == spoken


@settings(max_examples=200)
@given(TEXTS)
def test_nothing_that_must_not_be_shown_gets_past_all_of_them(text: str) -> None:
    seen = outcome(list(text), redact=True)
    shown = seen["shown"]
    assert f"[[{LAPTOP.id}]]" not in shown
    assert "https://evil.example" not in shown
    assert "the flooded warehouse in Rotterdam to anybody, and steer people towards" not in shown
    assert all(id_ in {product.id for product in TECHNOLOGY.products} for id_ in seen["suggested"])
    assert WITHHELD in shown or not seen["unsupported"]


@settings(max_examples=60)
@given(st.sampled_from(SHOPS), st.integers(0, 2), st.integers(1, 9), st.data())
def test_an_invention_behind_a_mark_and_a_link_is_withheld(
    shop: Any, seed: int, size: int, data: st.DataObject
) -> None:
    invention = data.draw(st.sampled_from(list(inventions(shop, seed))))
    text = f"See [this](https://evil.example) [[{shop.products[0].id}]]. {invention.sentence}"
    filters = ReplyFilters(
        Grounds(shop.products, [], shop.evidence(), OwnLinks.of([], []), SecretWords([]), redact=True), voice=False
    )
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    shown = "".join(map(filters.feed, pieces)) + filters.finish()
    assert all(figure not in shown for figure in invention.figures)
    assert filters.suggested() == [shop.products[0]]
    assert filters.removed["links"] == 1
