"""What a name says that a thing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.heads import heads


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("3 in. Adjustable Toilet Flapper", ("flapper",)),
        ("Velvet Sofa Cover for 3 Seats, Grey", ("cover",)),
        ("[2 Pack] Stainless Steel Water Bottle 32oz Vacuum Insulated", ("bottle", "insulated")),
        ("Sheepskin Slippers Women's", ("slippers",)),
        ("Set of 4 Dining Chairs with Arms", ("chairs",)),
        ("Suri Barrel Swivel Chair in Navy Velvet", ("chair",)),
        ("Greek Style Natural Yogurt 500g", ("yogurt",)),
        ("Packaway Rain Mac", ("mac",)),
        ("usb-c hub with hdmi", ("hub",)),
        ("4 in. x 8 ft. Cedar Post, Rough", ("post",)),
        ("12/2", ()),
        ("", ()),
    ],
)
def test_the_last_word_before_what_only_describes_is_the_thing(name: str, expected: tuple[str, ...]) -> None:
    assert heads(name) == expected


@given(st.text(max_size=80))
def test_any_text_is_read(name: str) -> None:
    assert all(word == word.lower() for word in heads(name))
