import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import BrandId, Product
from needs import Intent, Vocabulary
from understanding.comparing import best_called, likeness, names_compared
from understanding.reader import read


def product(name: str, maker: str = "") -> Product:
    return Product(id=name, brand_id=BrandId("b"), name=name, price=1, specifications={"brand": maker} if maker else {})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("compare the Oak Saw 300 and the Elm Saw 200", ("Oak Saw 300", "Elm Saw 200")),
        ("what's the difference between Oak Saw and Elm Saw?", ("Oak Saw", "Elm Saw")),
        ("Oak Saw vs Elm Saw", ("Oak Saw", "Elm Saw")),
        ("which is better, the Oak or the Elm?", ("Oak", "Elm")),
        ("is the Oak Saw better than the Elm Saw?", ("Oak Saw", "Elm Saw")),
        ("can you compare Oak, Elm and Ash please", ("Oak", "Elm", "Ash")),
        ("compare it with the Elm Saw", ("", "Elm Saw")),
        ("compare the second with Elm Saw", ("", "Elm Saw")),
        ("compare them", ()),
        ("compare the first two", ()),
        ("which is better for hard wood?", ()),
        ("a saw for oak and elm", ()),
    ],
)
def test_the_names_to_compare_are_read(text: str, names: tuple[str, ...]) -> None:
    assert names_compared(text) == names


@pytest.mark.parametrize("text", ["compare the first and the third", "compare 1 and 2", "compare the first two"])
def test_places_alone_are_no_names(text: str) -> None:
    assert not any(names_compared(text))


def test_names_are_compared_before_anything_was_suggested() -> None:
    understood = read("compare the Oak Saw 300 and the Elm Saw 200", Vocabulary())

    assert understood.intent is Intent.COMPARE
    assert understood.compared == ("Oak Saw 300", "Elm Saw 200")


def test_kinds_of_things_are_looked_for_and_not_compared() -> None:
    vocabulary = Vocabulary(categories=("Laptops", "Tablets"))

    assert read("compare laptops and tablets", vocabulary).intent is Intent.PRODUCT


def test_a_mistyped_name_is_still_known_and_a_wrong_number_is_not() -> None:
    saws = [product("Heron Trail 300"), product("Heron Trail 200")]

    assert best_called("Herron Trial 200", saws) is saws[1]
    assert likeness("Heron Trail 400", saws[0]) < 1
    assert best_called("Something Else", saws) is None


def test_of_two_products_that_a_name_fits_alike_the_shorter_is_meant() -> None:
    assert best_called("Slate 14", [product("Slate 14 Plus"), product("Slate 14")]) == product("Slate 14")


def test_the_maker_belongs_to_a_name() -> None:
    assert likeness("Brisa sofa", product("Linen Sofa", maker="Brisa")) == 1


@given(st.text(max_size=400))
def test_any_text_can_be_read_for_names(text: str) -> None:
    names = names_compared(text)

    assert len(names) != 1
    assert len(names) <= 4
