"""A spoken reply is short and holds nothing that cannot be spoken, however it was streamed."""

from hypothesis import given
from hypothesis import strategies as st

from replies.voice import MAX_CHARS, VoiceFilter

TEXT = st.lists(
    st.sampled_from(
        [
            "Hello",
            " ",
            ". ",
            "! ",
            "\n",
            "- ",
            "**bold**",
            "https://x.example/a",
            "$1,299.00",
            "1. ",
            "e.g. ",
            "😀",
            "word ",
        ]
    )
).map("".join)


def spoken(pieces: list[str]) -> str:
    voice = VoiceFilter()
    return "".join(voice.feed(piece) for piece in pieces) + voice.finish()


@given(TEXT, st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert spoken(pieces) == spoken([text]) == spoken(list(text))


@given(TEXT)
def test_nothing_unspeakable_is_left(text: str) -> None:
    said = spoken([text])
    assert not set(said) & set("*_#`~|<>[]{}\\^=\n😀")
    assert "http" not in said
    assert len(said) <= MAX_CHARS + 2


def test_two_sentences_are_said_and_no_more() -> None:
    assert spoken(["One thing costs $1,299.00. It is light! And there is more. And more."]) == (
        "One thing costs $1,299.00. It is light!"
    )


def test_abbreviations_and_decimals_end_no_sentence() -> None:
    assert spoken(["Mr. Smith has it, e.g. at 2.5 kg. Second. Third."]) == "Mr. Smith has it, e.g. at 2.5 kg. Second."


def test_a_sentence_in_bold_is_a_sentence() -> None:
    assert spoken(["**One.** _Two._ Three."]) == "One. Two."


def test_a_list_becomes_words() -> None:
    assert spoken(["Here are two:\n- **Aurora 15** - $899\n- Zeta"]) == "Here are two: Aurora 15, $899"


def test_it_is_done_after_two_sentences_so_that_the_model_can_be_stopped() -> None:
    voice = VoiceFilter()
    voice.feed("One. Two. ")
    assert voice.done
    assert voice.feed("Three. ") == ""


def test_a_very_long_sentence_is_cut_between_words() -> None:
    said = spoken(["word " * 200])
    assert len(said) <= MAX_CHARS + 1
    assert said.endswith("word.")
