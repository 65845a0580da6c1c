import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.words import content_words, occurs, stem, stems, words


def test_model_numbers_stay_whole() -> None:
    assert words("The X-200 with 16GB and a 27-inch screen, 2.5 kg") == [
        "the", "x-200", "with", "16gb", "and", "a", "27-inch", "screen", "2.5", "kg",
    ]  # fmt: skip


def test_typographic_apostrophes_and_trade_marks_do_not_hide_words() -> None:
    assert words("Kestrel™ isn\u2019t") == ["kestrel", "isn't"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mice", "mouse"),
        ("laptops", "laptop"),
        ("colours", "color"),
        ("knives", "knife"),
        ("tvs", "tv"),
        ("dresses", "dress"),
    ],
)
def test_singular_plural_and_both_englishes_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_words_leave_out_what_every_sentence_has() -> None:
    assert content_words("Do you have a laptop for the office?") == ["laptop", "office"]


@pytest.mark.parametrize(
    ("word", "text"),
    [("wifi", "Wi-Fi 6"), ("wi-fi", "wifi"), ("16gb", "16 GB of RAM"), ("x-200", "the X200"), ("x200", "the X-200"),
     ("27-inch", "a 27 inch panel"), ("video-editing", "editing of video")],
)  # fmt: skip
def test_a_word_is_found_however_it_is_spelled(word: str, text: str) -> None:
    assert occurs(word, stems(text))


def test_a_size_is_not_put_together_from_two_places() -> None:
    assert not occurs("27-inch", stems("27 cm wide, 14 inch panel"))


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert all(occurs(word, stems(text)) for word in words(text))
