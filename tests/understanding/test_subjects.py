"""What a message may be about beside products is told by its form, not by any shop's words."""

import pytest

from understanding.parts import is_plural, items_of
from understanding.subjects import (
    asks_for_another,
    asks_for_it,
    asks_for_packs,
    asks_for_person,
    asks_how,
    asks_of_all,
    asks_of_it,
    asks_on,
    asks_with,
    describes_in_brief,
    is_code,
    speaks_of_company,
    tells,
    tells_of_cheaper,
    tells_of_own,
    tells_of_rebate,
    tells_when,
)


@pytest.mark.parametrize(
    "text",
    ["how much", "how much are they", "cost?", "and for how long do i have to do that", "why not", "order by when",
     "what does it cost?", "is it covered", "how much per night", "ok, when?"],
)  # fmt: skip
def test_what_only_goes_on_is_told(text: str) -> None:
    assert asks_on(text)


@pytest.mark.parametrize(
    "text", ["how much is the lamp", "when do you open", "why is the sofa so deep", "costume", "is it blue"]
)
def test_what_says_what_it_is_about_does_not_only_go_on(text: str) -> None:
    assert not asks_on(text)


@pytest.mark.parametrize(
    "text", ["they came 3 days ago", "bought 6 months ago", "mine have 900 km on them", "he breaks everything"]
)
def test_what_is_told_is_no_wish(text: str) -> None:
    assert tells(text)


@pytest.mark.parametrize("text", ["i'd love a hammock", "my son wants a chess set", "it has to be waterproof", "lamps"])
def test_a_wish_is_not_only_told(text: str) -> None:
    assert not tells(text)


@pytest.mark.parametrize(
    "text",
    ["bought it 3 yrs ago", "its 4 weeks ago", "they came 3 days ago", "we got them last week", "ordered it today"],
)
def test_when_something_was_bought_is_told(text: str) -> None:
    assert tells_when(text)


@pytest.mark.parametrize("text", ["have you got it in red", "bought", "what did people buy long ago", "order today"])
def test_a_question_or_a_wish_says_no_time(text: str) -> None:
    assert not tells_when(text)


def test_what_somebody_has_is_told_apart_from_what_they_want() -> None:
    assert tells_of_own("my skillet is all rusty help")
    assert tells_of_own("our cast iron pan keeps sticking")
    assert not tells_of_own("a pan for my son")
    assert asks_of_all("is everything vegan")
    assert not asks_of_all("is it vegan")


@pytest.mark.parametrize(
    "text", ["saw it cheaper on bigriver", "this is cheaper elsewhere", "i found the drill 10 euros cheaper at hubben"]
)
def test_a_lower_price_elsewhere_is_told(text: str) -> None:
    assert tells_of_cheaper(text)


@pytest.mark.parametrize("text", ["something cheaper", "a cheaper one on sale", "have you anything cheaper on offer"])
def test_something_cheaper_here_is_not_elsewhere(text: str) -> None:
    assert not tells_of_cheaper(text)


def test_a_rebate_says_how_much_or_how() -> None:
    assert tells_of_rebate("with a vat number you get 8% off")
    assert not tells_of_rebate("free in belgium from €100")


@pytest.mark.parametrize(
    ("text", "code"), [("PT-77310".lower(), True), ("gb20817", True), ("lamp", False), ("12", False)]
)
def test_a_bare_number_of_an_order_is_a_code(text: str, code: bool) -> None:  # noqa: FBT001, a parameter of a test
    assert bool(is_code(text)) is code


@pytest.mark.parametrize("text", ["street legal?", "safe for my dog?", "scary?"])
def test_an_adjective_is_told_by_its_form(text: str) -> None:
    assert describes_in_brief(text)


@pytest.mark.parametrize("text", ["a hammock?", "chess set?", "hypoallergenic"])
def test_a_thing_describes_nothing(text: str) -> None:
    assert not describes_in_brief(text)


@pytest.mark.parametrize(
    "text", ["how do i sterilise bottles", "how often should i change my strings", "i don't know my size"]
)
def test_advice_is_asked_for(text: str) -> None:
    assert asks_how(text)


@pytest.mark.parametrize("text", ["how do i pay", "how much is it", "where can i buy it", "how big is it"])
def test_trade_is_no_advice(text: str) -> None:
    assert not asks_how(text)


def test_other_forms() -> None:
    assert asks_of_it("until what age?")
    assert not asks_of_it("what age is it for")
    assert asks_with("with an app?")
    assert not asks_with("with an app")
    assert asks_for_it("do you sell one")
    assert asks_for_it("do you sell something for that?")
    assert not asks_for_it("do you sell lamps")
    assert asks_for_another("what else do you have like it")
    assert asks_for_another("alternatives?")
    assert not asks_for_another("what else can you do")
    assert asks_for_person("who do i contact")
    assert speaks_of_company("can i rent a tent")
    assert speaks_of_company("can i get it by friday")
    assert not speaks_of_company("a lamp by a designer")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("i need a cable, a tuner and a stand", ["i need a cable", "a tuner", "a stand"]),
        ("two cartridges & a stove", ["cartridges", "a stove"]),
        ("a lamp", []),
        ("", []),
        ("a, b, c, d, e, f, g", []),
        ("a lamp and something that goes well with the sofa that i bought", []),
    ],
)
def test_things_that_a_message_lists(text: str, items: list[str]) -> None:
    assert items_of(text) == items


def test_several_of_a_kind() -> None:
    assert is_plural("laptops?")
    assert not is_plural("a laptop")


@pytest.mark.parametrize(
    "text", ["how many packs", "so how many bags", "how many boxes is that", "how many tins do i need"]
)
def test_packs_are_asked_for(text: str) -> None:
    assert asks_for_packs(text)


@pytest.mark.parametrize(
    "text", ["how many can play", "how many tins do i need for 2 coats", "how many bags do you sell"]
)
def test_what_asks_more_asks_for_no_packs(text: str) -> None:
    assert not asks_for_packs(text)
