"""Runs of the prompt's words are cut however the stream is split, and nothing else is."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.echo import CUT, ECHO_WORDS, EchoFilter, SecretWords

PROMPT = (
    "You help visitors of the harbour shop to choose lamps. Never mention the storm, since the owner lost his boat in "
    "it; and don't promise discounts of more than a tenth to anybody who asks."
)
PUBLIC = "Welcome! You help visitors of the harbour shop to choose lamps, says our sign, and so we do."
SECRET = SecretWords([PROMPT])
LETTERS = "abc"
SMALL = SecretWords(["a b c a a b b c c a b a c b a b c b c a a c", "c c c c a a a a b b b b 1 c a b"])
CHINESE = (
    "你是港口商店的客服助手请帮助顾客挑选合适的灯具不要提起那场风暴因为店主在风暴中失去了他的小船顾客听到后总会要求打折"
)


def counted(secret: SecretWords, *pieces: str) -> tuple[str, int]:
    echo = EchoFilter(secret)
    return "".join(map(echo.feed, pieces)) + echo.finish(), echo.cut


def filtered(*pieces: str) -> str:
    return counted(SECRET, *pieces)[0]


def splits(text: str, data: st.DataObject) -> list[str]:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


WORDS = PROMPT.split()
PARTS = st.sampled_from(
    [
        *(" ".join(WORDS[start : start + length]) for start in (0, 3, 12, 20) for length in (1, 5, 11, 12, 20)),
        *(
            " ",
            "\n",
            "\n- ",
            "**",
            "1. ",
            "<b>",
            "</b>",
            "<",
            "the",
            " harbour",
            "Cafe\u0301",
            "x",
            "30",
            "灯",
            "…",
            "_",
        ),
        *(CHINESE[:20], CHINESE[20:36], CHINESE[:36], "\u200b", "é"),
    ]
)


@given(st.lists(PARTS, max_size=8).map("".join), st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, data: st.DataObject) -> None:
    for secret in (SECRET, SecretWords([PROMPT, CHINESE], [PUBLIC])):
        pieces = splits(text, data)
        assert counted(secret, *pieces) == counted(secret, text) == counted(secret, *text)


def runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + ECHO_WORDS]) for start in range(len(words) - ECHO_WORDS + 1))


@given(st.lists(st.sampled_from([*LETTERS, "x"]), max_size=60) | st.just([*"babacbabcbcaacxccc"]))
def test_exactly_the_words_of_long_runs_are_cut(words: list[str]) -> None:
    texts = ("a b c a a b b c c a b a c b a b c b c a a c", "c c c c a a a a b b b b c a b")
    secret = {run for text in texts for run in runs(text.split())}
    kept = [True] * len(words)
    for start, run in enumerate(runs(words)):
        if run in secret:
            kept[start : start + ECHO_WORDS] = [False] * ECHO_WORDS
    expected = re.sub(r"0+", CUT, "".join(word if keep else "0" for word, keep in zip(words, kept, strict=True)))
    assert counted(SMALL, " ".join(words))[0].replace(" ", "") == expected


@given(st.integers(0, len(WORDS)), st.integers(0, len(WORDS)), st.sampled_from(["", "Well. ", "zebra, "]))
def test_a_part_of_the_prompt_is_cut_when_it_is_long(start: int, end: int, before: str) -> None:
    part = " ".join(WORDS[start:end]).rstrip(",.;")
    count = len(re.findall(r"[^\W\d]+", part))
    assert filtered(before, part, " zebra") == f"{before}{CUT if count >= ECHO_WORDS else part} zebra"


@pytest.mark.parametrize(
    "told",
    [
        PROMPT.upper(),
        f'"{PROMPT}"',
        PROMPT.replace(" ", "\n"),
        PROMPT.replace(" the ", " **the** "),
        PROMPT.replace("'", "\u2019"),
        "\n".join(f"{number}. {words}" for number, words in enumerate(re.findall(r"(?:\S+ ){4}", PROMPT), 1)),
        "\n".join(f"- {words}" for words in re.findall(r"(?:\S+ ){4}", PROMPT)),
        "<br>".join(re.findall(r"(?:\S+ ){4}", PROMPT)),
        "".join(f"> _{word}_ " for word in WORDS),
        PROMPT.replace("o", "\uff4f").replace("e", "e\u0301"),
    ],
)
def test_other_case_and_mark_up_hide_nothing(told: str) -> None:
    shown, cut = counted(SECRET, f"Sure: {told} So!")
    assert cut == 1
    assert "harbour" not in shown.casefold()
    assert "storm" not in shown.casefold()
    assert shown.startswith("Sure: ")
    assert shown.endswith(" So!")


def test_what_is_around_an_echo_stays() -> None:
    assert filtered(f"I was told: «{PROMPT}» That is all, and the lamps are lovely.") == (
        f"I was told: «{CUT}.» That is all, and the lamps are lovely."
    )


def test_two_echoes_are_two_cuts() -> None:
    assert counted(SECRET, f"{PROMPT} And again, zebra: {PROMPT}") == (f"{CUT}. And again, zebra: {CUT}.", 2)


def test_what_customers_may_read_is_no_echo() -> None:
    secret = SecretWords([PROMPT], [PUBLIC, "short"])
    quoted = "Yes: You help visitors of the harbour shop to choose lamps. "
    assert counted(secret, quoted) == (quoted, 0)
    assert counted(secret, PUBLIC) == (PUBLIC, 0)
    assert counted(secret, " ".join(WORDS[10:30]))[1] == 1


def test_of_a_script_without_spaces_three_characters_count_as_a_word() -> None:
    secret = SecretWords([CHINESE])
    assert counted(secret, f"好的{CHINESE}完") == (f"好的{CUT}完", 1)
    assert counted(secret, f"好的。{CHINESE[5:41]}。") == (f"好的。{CUT}。", 1)
    assert counted(secret, f"{CHINESE[5:40]}。") == (f"{CHINESE[5:40]}。", 0)


def test_a_word_that_the_secret_has_not_is_shown_at_once_with_all_that_waited() -> None:
    echo = EchoFilter(SECRET)
    assert echo.feed("Zebras") == "Zebras"
    assert echo.feed(" the") == " "
    assert echo.feed(" harbour") == ""
    assert echo.feed(" sleeps") == "the harbour sleeps"
    assert echo.feed("!") == "!"


def test_a_secret_of_few_words_cuts_nothing() -> None:
    assert counted(SecretWords(["You sell lamps.", ""]), "You sell lamps. You sell lamps.")[1] == 0


def test_no_more_than_a_run_is_held_back() -> None:
    secret = SecretWords(["word " * 100 + PROMPT], ["word " * 100])
    echo = EchoFilter(secret)
    shown = "".join(echo.feed(" word") for _ in range(100))
    assert len(shown) >= len(" word") * (100 - ECHO_WORDS)
    echo = EchoFilter(SECRET)
    echo.feed("the")
    assert len(echo.feed(" " * 1_000)) == 1_003
    assert len(echo.feed("harbour" * 1_000)) == 7_000


@given(
    st.lists(
        st.sampled_from([*WORDS, "lamp", "is", "bright", "30", "caf\u00e9", "<b>", "\u2013", "x" * 70]), min_size=30
    ),
    st.data(),
)
def test_a_long_piece_gives_the_same_as_its_words(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    assert counted(SECRET, text) == counted(SECRET, *splits(text, data)) == counted(SECRET, *text)
