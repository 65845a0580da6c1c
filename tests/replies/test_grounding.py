"""What a reply says without a source is found, and withheld where a brand wants that, however the stream is split."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replies.grounding import MAX_UNSUPPORTED, MAX_UNSUPPORTED_CHARS, WITHHELD, Evidence, GroundingFilter
from tests.replies.shops import FASHION, SHOPS, TECHNOLOGY, Shop, inventions, true_sentences

BUDGET = "A laptop under $1,500, please."


def checked(text: str, evidence: Evidence, *, redact: bool = False) -> tuple[str, list[str]]:
    return piecewise([text], evidence, redact=redact)


def piecewise(pieces: list[str], evidence: Evidence, *, redact: bool = False) -> tuple[str, list[str]]:
    grounding = GroundingFilter(evidence, redact=redact)
    shown = "".join(grounding.feed(piece) for piece in pieces) + grounding.finish()
    return shown, grounding.unsupported


def unsupported(text: str, *asked: str, shop: Shop = TECHNOLOGY) -> list[str]:
    return checked(text, shop.evidence(*asked))[1]


def test_a_price_may_be_multiplied_by_what_its_sentence_says() -> None:
    price = TECHNOLOGY.products[0].price
    assert unsupported(f"12.5 m2 at ${price:,} per m2 are ${12.5 * price:,.2f}.") == []
    assert unsupported(f"14 x ${price:,} is ${14 * price:,.2f}, without delivery.") == []
    assert unsupported(f"12.5 m2 at ${price:,} per m2 are ${12.6 * price:,.2f}.")
    assert unsupported(f"For 14 of them we ask ${14 * price:,.2f} today.")


def test_what_the_customer_counted_may_be_added_up() -> None:
    one, other = TECHNOLOGY.products[0].price, TECHNOLOGY.products[1].price
    told = f"In total that is ${3 * one + 2 * other:,.2f}."
    assert unsupported(told, "3 of the first and 2 of the second, in total?") == []
    assert unsupported(told, "and in total?")
    assert unsupported(f"In total that is ${3 * one + 2 * other + 1:,.2f}.", "3 of the first and 2 of the second")


# --- Everything together ---


def test_of_true_figures_at_most_one_in_fifty_is_reported() -> None:
    sentences = [(shop, sentence) for shop in SHOPS for sentence in true_sentences(shop)]
    wrong = [(sentence, found) for shop, sentence in sentences if (found := unsupported(sentence, BUDGET, shop=shop))]
    assert len(sentences) >= 400
    assert len(wrong) <= 0.02 * len(sentences), wrong


def test_every_invented_figure_is_reported_and_none_is_shown_where_it_is_to_be_withheld() -> None:
    count = 0
    for seed in range(3):
        for shop in SHOPS:
            for invention in inventions(shop, seed):
                found = unsupported(invention.sentence, BUDGET, shop=shop)
                shown, withheld = checked(invention.sentence, shop.evidence(BUDGET), redact=True)
                assert withheld == found
                for figure in invention.figures:
                    count += 1
                    assert any(figure in entry for entry in found), (invention, found)
                    assert figure not in shown
    assert count >= 400


def test_among_true_sentences_the_invented_ones_are_found_and_the_others_stay() -> None:
    for shop in SHOPS:
        true = list(true_sentences(shop))[::7]
        invented = list(inventions(shop, 9))
        pairs = list(zip(true, invented, strict=False))
        text = "\n".join(f"{one}\n{other.sentence}" for one, other in pairs)
        shown, found = checked(text, shop.evidence(BUDGET), redact=True)
        assert found == checked(text, shop.evidence(BUDGET))[1]
        for one, other in pairs:
            assert one in shown
            assert all(any(figure in entry for entry in found) for figure in other.figures), other


# --- Every split ---

PIECES = st.sampled_from(
    ["$", "1,099", "99", ".", " ", "20%", " off ", "in stock", "not ", "free ", "shipping", "The ", "Nimbus Air 14 ",
     "Laptop", "UltraBook ", "Zephyr ", "9000", "costs ", "Rp ", "150.000", " EUR", "\n", "- ", "**", "next ", "week",
     "2-4 ", "business days", "two", "-year ", "warranty", "code ", "SAVE20", "March ", "12 ", "! ", "? ", "half ",
     "price", "only ", "3 left", "approx.", "…", "together ", "Friday", "9:00", "-17:00", "us", "x-", "é", "1.", "may ",
     "A$", "two ", "%", "rp ", "°C", "'s", "cent", "the ", "hour", "hundred "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@settings(max_examples=150)
@given(TEXTS, st.booleans(), st.data())
def test_every_split_of_a_stream_gives_the_same(text: str, redact: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    evidence = TECHNOLOGY.evidence(BUDGET)
    whole = piecewise([text], evidence, redact=redact)
    assert piecewise(pieces_of(text, cuts), evidence, redact=redact) == whole
    assert piecewise(list(text), evidence, redact=redact) == whole


@settings(max_examples=150)
@given(TEXTS)
@example("code SAVE202-4 $")
def test_both_modes_report_the_same_and_nothing_but_claims_disappears(text: str) -> None:
    evidence = TECHNOLOGY.evidence(BUDGET)
    flagged, redacted = piecewise([text], evidence), piecewise(list(text), evidence, redact=True)
    assert flagged == (text, redacted[1])
    kept = [re.escape(part) for part in redacted[0].split(WITHHELD)]
    withheld = "|".join(re.escape(entry) for entry in sorted(redacted[1], key=len, reverse=True)) or "(?!)"
    assert re.fullmatch(rf"(?:{withheld})".join(kept), text)


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_any_text_passes_in_flag_mode_and_is_read_without_an_error(text: str) -> None:
    assert checked(text, TECHNOLOGY.evidence())[0] == text
    checked(text, TECHNOLOGY.evidence(), redact=True)


@given(st.integers(0, 2), st.sampled_from(SHOPS), st.data())
@settings(max_examples=60)
def test_withheld_figures_never_leave_the_filter(seed: int, shop: Shop, data: st.DataObject) -> None:
    invention = data.draw(st.sampled_from(list(inventions(shop, seed))))
    size = data.draw(st.integers(1, 7))
    text = f"Let me see. {invention.sentence} Anything else?"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    shown, _ = piecewise(pieces, shop.evidence(), redact=True)
    assert all(figure not in shown for figure in invention.figures)
    assert shown.startswith("Let me see. ")
    assert shown.endswith(" Anything else?")


# --- The stream ---


def test_without_withholding_text_passes_at_once() -> None:
    grounding = GroundingFilter(TECHNOLOGY.evidence())
    assert [grounding.feed("It costs $1"), grounding.feed("7. "), grounding.finish()] == ["It costs $1", "7. ", ""]


def test_a_reply_that_was_cut_off_is_checked_as_far_as_it_was_shown() -> None:
    grounding = GroundingFilter(TECHNOLOGY.evidence())
    grounding.feed("It costs $17")
    assert grounding.unsupported == ["$17"]
    grounding.feed("9.98 for two Orbit Tune 2 Earbuds. Or $5")
    assert grounding.unsupported == ["$5"]


def test_only_what_may_belong_to_a_claim_is_held_back() -> None:
    grounding = GroundingFilter(TECHNOLOGY.evidence(), redact=True)
    assert grounding.feed("Thank you for asking about it, and ") == "Thank you for asking about it, and "
    assert grounding.feed("that one sells for ") == "that one sells for "
    assert grounding.feed("$12") == ""
    assert grounding.feed(" now. ") == f"{WITHHELD} now. "
    assert grounding.feed("We ship it ") == "We ship it "
    assert grounding.feed("in ") == ""
    assert grounding.feed("a box ") == "in a box "
    assert grounding.finish() == ""


def test_a_withheld_claim_leaves_the_punctuation_around_it() -> None:
    text = "It costs $12 (or 12% less), **now**."
    assert checked(text, TECHNOLOGY.evidence(), redact=True)[0] == f"It costs {WITHHELD} (or {WITHHELD} less), **now**."


def test_entries_are_trimmed_each_once_and_not_too_many() -> None:
    found = unsupported(" ".join(f"It costs ${number}.01." for number in range(3, 200)) + " It costs $3.01.")
    assert len(found) == MAX_UNSUPPORTED == len(set(found))
    assert all(len(entry) <= MAX_UNSUPPORTED_CHARS and entry == entry.strip() for entry in found)


@pytest.mark.parametrize(
    "unit",
    ["$1 ", "1,", "9" * 30 + " ", "two hundred and ", "not ", "....", "UltraBook ", "free ", "[", "a-",
     "Nimbus Air 14 ",
     "\n", "** ", "12 March ", "9:00-", "in stock ", "x", "Rp", "The Zephyr 9 costs $", "1 234 ", "! "],
)  # fmt: skip
@pytest.mark.parametrize("redact", [False, True])
def test_a_hostile_reply_of_a_hundred_thousand_characters_is_read_in_linear_time(unit: str, redact: bool) -> None:  # noqa: FBT001 - a parameter
    text = (unit * 100_000)[:100_000]
    evidence = TECHNOLOGY.evidence(BUDGET)
    started = time.process_time()
    piecewise([text[start : start + 7] for start in range(0, len(text), 7)], evidence, redact=redact)
    assert time.process_time() - started < 5


# --- Money ---


@pytest.mark.parametrize(
    "text",
    [
        "It costs $1,099.", "It costs $1,099.00.", "It costs 1.099,00 USD.", "It costs US$ 1099.",
        "It is 1,099 dollars.",
        "That's 1099 bucks.", "The price is 1099.", "It is about $1,100.", "It is roughly 1.1k dollars.",
        "From $89.99 to $2,349.50.", "It fits your $1,500 budget.", "89 dollars and 99 cents.",
        "Shipping is $7.95.", "The Nimbus Air 14 is $401 under your budget.", "Both of the two together are $1,188.99.",
        "The Pixelon View 27 Monitor saves you $680 compared with the Nimbus Air 14 Laptop.",
        "2 x Orbit Tune 2 Earbuds: $179.98.", "Everything here is under $2,500.",
    ],
)  # fmt: skip
def test_amounts_that_the_rows_the_texts_or_the_customer_give_are_supported(text: str) -> None:
    assert unsupported(text, BUDGET) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("It costs $1,098.", "$1,098"),
        ("It costs €1,099.", "€1,099"),  # another currency
        ("It is $1,100.", "$1,100"),  # rounded, and not said to be
        ("The Orbit Tune 2 Earbuds cost $419.", "$419"),  # another product's price
        ("- Nimbus Air 14 Laptop - $2,349.50", "$2,349.50"),
        ("The Nimbus Air 14 costs $1,500.", "$1,500"),  # the customer's budget
        ("You pay $680.", "$680"),  # a difference that nobody speaks of
        ("You pay $1,518.", "$1,518"),
        ("Save $680 today!", "$680"),
        ("It costs 1234.", "1234"),
        ("It costs twenty dollars.", "twenty dollars"),
        ("Between 300 and 350 dollars.", "300"),
        ("It is Rp150.000.", "Rp150.000"),
        ("It is 1 299 kr.", "1 299 kr"),
        ("$1.3k is what it costs.", "$1.3k"),
    ],
)
def test_amounts_without_a_source_are_reported(text: str, claim: str) -> None:
    assert claim in unsupported(text, BUDGET)


def test_a_price_in_a_comparison_may_be_another_products() -> None:
    assert unsupported("The Orbit Tune 2 is far cheaper than $1,099 for the laptop.") == []


# --- Percentages and promises ---


@pytest.mark.parametrize(
    "text",
    ["Students get 10% off.", "10 percent off with CAMPUS10.", "The code CAMPUS10 works.",
     "Shipping is free above $100.",
     "Feel free to ask.", "We have no discount on it.", "I can't offer a discount.", "Sugar-free it is.",
     "I'm sorry, there is no free gift.", "Is there a promo code you want to use?"],
)  # fmt: skip
def test_promises_that_the_texts_make_and_denials_are_supported(text: str) -> None:
    assert unsupported(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("You get 20% off.", "20%"),
        ("You get 15 percent off.", "15 percent"),
        ("It is 50 % discounted.", "50 %"),
        ("It's half price.", "half price"),
        ("Buy one get one free.", "Buy one get one free"),
        ("There's a free gift.", "free gift"),
        ("We have free returns.", "free returns"),
        ("Promo code WELCOME5 helps.", "WELCOME5"),
        ("It is on sale.", "on sale"),
        ("Three for two, all week.", "Three for two"),
        ("Take 2 for 1.", "2 for 1"),
        ("There is a special offer.", "special offer"),
        ("Mit 30 Prozent Rabatt.", "30 Prozent"),
    ],
)
def test_promises_that_nobody_made_are_reported(text: str, claim: str) -> None:
    assert claim in unsupported(text)


def test_what_the_brand_tells_the_model_not_to_promise_supports_no_promise() -> None:
    assert unsupported("You get a free gift and a discount.") == ["free gift", "discount"]


# --- Stock ---


@pytest.mark.parametrize(
    "text",
    ["The Nimbus Air 14 is in stock.", "The Nimbus Forge 17 is out of stock.", "The Nimbus Forge 17 isn't in stock.",
     "The Orbit Tune 2 and the Pixelon View 27 are both available now.", "It is in stock.", "It is sold out.",
     "Shall I check whether the Nimbus Forge 17 is in stock?", "The Nimbus Forge 17 Laptop (currently out of stock)",
     "The Nimbus Air 14 is in stock, while the Nimbus Forge 17 is sold out.", "It is available in red."],
)  # fmt: skip
def test_stock_as_the_rows_have_it_is_supported(text: str) -> None:
    assert unsupported(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The Nimbus Forge 17 is in stock.", "in stock"),
        ("The Nimbus Forge 17 Laptop is available now.", "available now"),
        ("The Nimbus Air 14 is out of stock.", "out of stock"),
        ("The Nimbus Air 14 is not in stock.", "in stock"),
        ("The Nimbus Air 14 and the Nimbus Forge 17 are both in stock.", "in stock"),
        ("Only 3 left!", "3 left"),
        ("Just two pieces left.", "two pieces left"),
        ("It will be back in stock next week.", "back in stock"),
        ("Only a few left.", "few left"),
    ],
)
def test_stock_that_the_rows_contradict_or_do_not_know_is_reported(text: str, claim: str) -> None:
    assert claim in unsupported(text)


# --- Days, spans and measures ---


@pytest.mark.parametrize(
    "text",
    ["It takes 2-4 business days.", "It takes two to four days.", "Return it within 30 days.", "You have thirty days.",
     "It has a 2-year warranty.", "The warranty is 24 months.", "We open at 9 am.", "Open 9:00-18:00 on Wednesday.",
     "How can I help you today?", "One day you might need more.", "In a moment.", "These days everyone wants it.",
     "You may like it.", "The battery lasts 14 hours.", "The panel is 68.6 cm.", "I'm happy to help at any time.",
     "Here are three options.", "(1) and (2) of them.", "It has 16GB.", "It weighs 1240 g.",
     "It weighs around 1.2 kg."],
)  # fmt: skip
def test_days_spans_and_measures_with_a_source_and_harmless_phrases_are_supported(text: str) -> None:
    assert unsupported(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("It arrives by Sunday.", "Sunday"),
        ("It arrives tomorrow.", "tomorrow"),
        ("We ship it today.", "today"),
        ("On 12 March.", "12 March"),
        ("On 2026-03-01.", "2026-03-01"),
        ("Within 36 hours.", "36 hours"),
        ("Within a week.", "a week"),
        ("In 3-5 business days.", "3-5 business days"),
        ("A three-year warranty.", "three-year"),
        ("We open at 7 am.", "7 am"),
        ("We are there 24/7.", "24/7"),
        ("It has 64 GB.", "64 GB"),
        ("The Nimbus Air 14 has 32 GB.", "32 GB"),  # the other laptop's
        ("It weighs 5 kg.", "5 kg"),
        ("Lieferung in zwei Wochen.", "zwei Wochen"),
        ("It comes next month.", "next month"),
        ("We've been here since 1950.", "1950"),
    ],
)
def test_days_spans_and_measures_without_a_source_are_reported(text: str, claim: str) -> None:
    assert claim in unsupported(text)


def test_what_the_customer_said_may_be_said_back() -> None:
    asked = "I need it by Sunday, with 64 GB, for my UltraBook Zephyr 9000."
    assert unsupported("By Sunday, for the UltraBook Zephyr 9000, with 64 GB.", asked) == []


# --- Names ---


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("I recommend the UltraBook Zephyr 9000.", "UltraBook Zephyr 9000"),
        ("I recommend the AeroMax 3, which is light.", "AeroMax 3"),
        ("The Stellaris Vantage costs $1,099.", "Stellaris Vantage"),
        ("- Brightwave Solara - $419.", "Brightwave Solara"),
        ("**Velora Storm** is a good one.", "Velora Storm"),
        ("The Nimbus Storm 18 Laptop is great.", "Nimbus Storm 18"),
        ("The Zephyr costs $419.", "Zephyr"),
        ("Ich empfehle das UltraBook Zephyr 9000.", "UltraBook Zephyr 9000"),
    ],
)
def test_names_of_products_that_nobody_sells_are_reported(text: str, claim: str) -> None:
    assert any(claim in entry for entry in unsupported(text))


@pytest.mark.parametrize(
    "text",
    ["I recommend the Nimbus Air 14.", "I recommend the Nimbus Air.", "Hello and welcome to Volt & Byte!",
     "Here are our Laptops and Monitors.", "Kind regards, Your Volt & Byte Team.",
     "**Key Features:** Long Battery Life.",
     "The Nimbus laptop with 16 GB is light.", "Wir haben gute Angebote für Laptops und Zubehör im Sortiment.",
     "Die Lieferung erfolgt mit der Deutschen Post.", "**Free Shipping** is there above $100.",
     "It was made in the United States.", "- Battery Life: 14 hours.", "I think the Orbit Earbuds would suit you."],
)  # fmt: skip
def test_names_of_the_shop_and_ordinary_words_are_supported(text: str) -> None:
    assert unsupported(text) == []


def test_prices_of_a_shop_in_euros_are_read_in_every_notation() -> None:
    assert unsupported("129,90 €, EUR 129.90 and €129,90; 89,50 Euro.", shop=FASHION) == []
    assert unsupported("$129.90", shop=FASHION) == ["$129.90"]
