"""Customers of twelve trades talk to their shops, and every reply is what a demanding shopkeeper would want said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import FinishReason, Product, TurnOutcome
from needs import Intent
from tests.conversations.amounts import amounts_in, unfounded, value_of
from tests.conversations.dialogues import Bounds, Dialogue, Turn, Unreadable, load_dialogues, load_shops
from tests.conversations.judging import EMBEDDED, Exchange, Situation, judge
from tests.conversations.runner import fill, hold, write_brands
from tests.conversations.transcripts import transcript
from tests.services import Use, running_services

SHOPS = load_shops()
DIALOGUES = load_dialogues(SHOPS)

Run = Callable[[Use[Any]], Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Every shop in one process, opened once."""
    folder = tmp_path_factory.mktemp("conversations")
    write_brands(SHOPS, folder / "brands_config.json")
    with running_services(folder, default_brand=next(iter(SHOPS))) as running:
        running(lambda services: fill(services, SHOPS))
        yield running


@pytest.mark.parametrize("dialogue", [pytest.param(one, id=f"{one.brand}: {one.name}") for one in DIALOGUES])
def test_a_customer_is_answered_as_expected(run: Run, dialogue: Dialogue) -> None:
    exchanges = run(lambda services: hold(services, SHOPS, dialogue))
    broken = next((number for number, exchange in enumerate(exchanges, start=1) if exchange.unmet), None)
    if dialogue.shortfall is not None:
        assert broken, "it is managed now: take its shortfall away"
        pytest.xfail(dialogue.shortfall)
    if broken:
        pytest.fail(transcript(dialogue, exchanges[:broken]), pytrace=False)


def test_there_are_enough_dialogues_of_every_trade() -> None:
    counts = {shop: sum(dialogue.brand == shop for dialogue in DIALOGUES) for shop in SHOPS}
    assert len(counts) == 29
    assert min(counts.values()) >= 15, counts
    assert len(DIALOGUES) >= 570


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("- {name: a, brand: voltry, turns: [{say: hi, mustnot: [x]}]}", "turns.0.mustnot"),
        ("- {name: a, brand: voltry, turns: [{say: hi, must: ['/(/']}]}", "no regular expression"),
        ("- {name: a, brand: nobody, turns: [{say: hi}]}", "no brand 'nobody'"),
        ("- {name: a, brand: voltry, turns: [{say: hi, best: sofa}]}", "voltry has no sofa"),
        ("- {name: a, brand: voltry, turns: [{say: hi, suggests_none: true, best: acc-mouse}]}", "suggests_none"),
        ("- {name: a, brand: voltry, turns: []}", "turns"),
        ("a: {", "wrong.yaml"),
    ],
)
def test_a_mistake_in_a_dialogue_is_named_with_its_file(tmp_path: Path, written: str, mistake: str) -> None:
    (tmp_path / "wrong.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(Unreadable, match=r"wrong\.yaml") as raised:
        load_dialogues(SHOPS, tmp_path)
    assert mistake in str(raised.value)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("It costs $1,299.50, and the case $19.9.", [1299.5, 19.9]),
        ("1.299,50 € oder 4 euros", [1299.5, 4]),
        ("20 pounds and 50 pence", [20.5]),
        ("24 months, 4K, 2 of them", []),
    ],
)
def test_amounts_of_money_are_read_as_they_are_written(text: str, amounts: list[float]) -> None:
    assert amounts_in(text) == amounts


def test_a_comma_before_three_digits_parts_thousands() -> None:
    assert (value_of("1,299"), value_of("1.299"), value_of("4,5"), value_of("0.99")) == (1299, 1299, 4.5, 0.99)


def test_an_amount_that_nobody_named_is_unfounded() -> None:
    shop = next(iter(SHOPS.values()))
    first, second = shop.products[:2]
    both = f"${first.price + second.price:.2f}"
    assert unfounded(both, shop.products, [first, second], "", "") == []
    assert unfounded("$13.37", shop.products, [first, second], "Delivery costs $4.", "under 50") == ["13.37"]
    assert unfounded("$1,500", shop.products, [], "", "under 1.5k") == []
    assert unfounded("$4 and $50", shop.products, [], "Delivery costs $4.", "under 50") == []


@given(cents=st.integers(0, 99_999_999), sign=st.sampled_from("$€£"))
def test_an_amount_is_read_back_however_it_is_written(cents: int, sign: str) -> None:
    english = f"{cents / 100:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for written in (f"{sign}{english}", f"{german} {sign}", f"{english} euros"):
        assert amounts_in(f"That is {written}.") == [cents / 100]


def reply_to(turn: Turn, reply: str, *suggested: Product, **outcome: Any) -> Exchange:
    known = {"finish_reason": FinishReason.STOP, "answered_by": EMBEDDED, "suggested_products": list(suggested)}
    return Exchange(turn, reply, TurnOutcome(**(known | outcome)), Intent.PRODUCT)


def unmet(exchange: Exchange, *, voice: bool = False, before: tuple[Exchange, ...] = ()) -> list[str]:
    shop, *others = SHOPS.values()
    verdicts = judge(exchange, Situation(shop, tuple(others), before, voice))
    return [verdict.sentence for verdict in verdicts if not verdict.holds]


FIRST, SECOND = [shop.products[0] for shop in SHOPS.values()][:2]
GONE = next(product for product in SHOPS[FIRST.brand_id].products if not product.availability)


@pytest.mark.parametrize(
    ("exchange", "sentence"),
    [
        (reply_to(Turn(say="hi"), "It costs $13.37."), "amounts that nothing bears out: 13.37"),
        (reply_to(Turn(say="hi"), f"It costs £{FIRST.price:.2f}."), "amounts in GBP"),
        (reply_to(Turn(say="hi"), "Take this.", SECOND), f"does not sell {SECOND.id}"),
        (reply_to(Turn(say="hi"), "Cheap!", FIRST.model_copy(update={"price": 1.0})), f"does not sell {FIRST.id}"),
        (reply_to(Turn(say="hi"), f"Take the {SECOND.name}."), "names another brand's"),
        (reply_to(Turn(say="hi"), "Take this.", GONE), "out of stock"),
        (reply_to(Turn(say="hi"), "It has 99 gears.", unsupported=["99 gears"]), "unsupported: 99 gears"),
        (reply_to(Turn(say="hi"), f"Take it[[{FIRST.id}]]."), "a mark of ours"),
        (reply_to(Turn(say="hi"), " "), "empty"),
        (reply_to(Turn(say="hi"), "Half a", finish_reason=FinishReason.ERROR), "ended with error"),
        (reply_to(Turn(say="hi", must=["yes"]), "No."), "does not say yes"),
        (reply_to(Turn(say="hi", must_not=["/n(?:o|ah)/"]), "No."), "says 'No'"),
        (reply_to(Turn(say="hi", suggests=[GONE.id]), "No."), f"{GONE.id} is not suggested"),
        (reply_to(Turn(say="hi", may_suggest=[]), "Yes.", FIRST), "not wanted"),
        (reply_to(Turn(say="hi", suggests_none=True), "Yes.", FIRST), "where nothing fits"),
        (reply_to(Turn(say="hi", best=GONE.id), "Yes.", FIRST), "not suggested first"),
        (reply_to(Turn(say="hi", confidence=None), "Yes.", confidence_score=0.0), "wanted: none"),
        (reply_to(Turn(say="hi", confidence=Bounds(min=0.5)), "Yes.", confidence_score=0.4), "wanted: 0.5 to 1.0"),
        (reply_to(Turn(say="hi", sources=["hours"]), "At nine."), "hours is not among the sources"),
        (reply_to(Turn(say="hi", intent=Intent.THANKS), "Hello."), "taken for product"),
    ],
)
def test_what_is_wrong_with_a_reply_is_said(exchange: Exchange, sentence: str) -> None:
    wrong = unmet(exchange)
    assert len(wrong) == 1, wrong
    assert sentence in wrong[0]


def test_a_good_reply_meets_everything() -> None:
    turn = Turn(say="hi", must=[f"${FIRST.price:.2f}"], suggests=[FIRST.id], best=FIRST.id, may_suggest=[])
    assert unmet(reply_to(turn, f"The {FIRST.name} costs ${FIRST.price:,.2f}.", FIRST)) == []


def test_what_was_said_to_be_out_of_stock_need_not_be_said_again() -> None:
    before = reply_to(Turn(say="hi"), "It is out of stock.", GONE)
    assert unmet(reply_to(Turn(say="its colour?"), "It is red.", GONE), before=(before,)) == []


@pytest.mark.parametrize("reply", ["One. Two. Three.", "It costs $5950.", "- one thing", "Write to a_b."])
def test_what_cannot_be_spoken_is_found(reply: str) -> None:
    exchange = reply_to(Turn(say="5950"), reply)
    assert unmet(exchange) == []
    assert len(unmet(exchange, voice=True)) == 1


def test_a_transcript_shows_what_was_said_suggested_and_missed() -> None:
    turn = Turn(say="a bike?", must=["yes"])
    exchange = reply_to(turn, "No.\nSorry.", FIRST, confidence_score=0.5)
    exchange.verdicts = judge(exchange, Situation(SHOPS[FIRST.brand_id], (), (), voice=False))
    shown = transcript(Dialogue(name="a try", brand=FIRST.brand_id, turns=[turn]), [exchange])
    for text in ("a try", "customer:  a bike?", "bot:       No.", FIRST.name, "confidence: 0.50", "UNMET   says"):
        assert text in shown


@pytest.mark.parametrize(
    ("products", "mistake"),
    [
        ("[{id: a, name: A, price: 1}, {id: a, name: B, price: 1}]", "twice"),
        ("[{id: a, name: A, price: 1, prize: 2}]", "prize"),
        ("[{id: a, name: A, price: cheap}]", "price"),
    ],
)
def test_a_mistake_in_a_shop_is_named_with_its_file(tmp_path: Path, products: str, mistake: str) -> None:
    brand = "{id: x, name: X, created_at: '2025-01-01'}"
    (tmp_path / "wrong.yaml").write_text(f"brand: {brand}\nconfig: {{}}\nproducts: {products}", encoding="utf-8")
    with pytest.raises(Unreadable, match=r"wrong\.yaml") as raised:
        load_shops(tmp_path)
    assert mistake in str(raised.value)


def test_every_shop_has_a_catalogue_and_documents_worth_asking_about() -> None:
    for shop in SHOPS.values():
        assert 20 <= len(shop.products) <= 40
        assert any(not product.availability for product in shop.products)
        assert any(product.price % 1 for product in shop.products)
        assert 2 <= len(shop.documents) <= 3
    assert {shop.currency for shop in SHOPS.values()} == {"USD", "GBP", "EUR"}
