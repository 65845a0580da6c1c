"""What a shop denies, and what it only seems to."""

import time

import pytest

from understanding.affirmations import affirmed_in, affirms, specification_affirms
from understanding.attributes import is_stated
from understanding.words import stem


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("No fragrance for sensitive skin.", "sensitive"),
        ("Works on all hobs, not just induction", "induction"),
        ("Zero drop for natural running", "running"),
        ("Never too heavy for travel", "travel"),
        ("Never too stiff for wide feet", "wide"),
        ("No added sugar for diabetics and anyone else", "diabetics"),
        ("Without sugar for diabetics", "diabetics"),
        ("No seams for comfortable running", "running"),
        ("No batteries needed for camping", "camping"),
        ("There is no better tent for camping", "tent"),
        ("No job too big for this drill", "drill"),
        ("Not too sweet for white wine lovers", "wine"),
        ("Works without fail for camping", "camping"),
        ("No flashing lights for epilepsy", "epilepsy"),
        ("No-fuss espresso", "espresso"),
        ("No drilling for easy installation", "installation"),
        ("Not just for pregnant women", "pregnant"),
        ("Won't go flat in cold weather thanks to lithium battery", "lithium"),
        ("never goes out of fashion thanks to classic black leather", "leather"),
        ("Not suitable for gas hobs because it is made for induction", "induction"),
        ("Frame sold separately or as a set with lens", "frame"),
        ("Contains glycol: poisonous for children and pets", "poisonous"),
        ("Model no", "model"),
        ("Is it dishwasher safe, yes or no", "dishwasher"),
        ("Not for people in a hurry, but great for beginners", "beginners"),
        ("Not just for people with long hair", "hair"),
        ("Contains liquorice: people with high blood pressure should avoid it.", "liquorice"),
        ("Don't use with an ear infection or within 30 minutes of swimming. 20 probe covers included.", "probe"),
    ],
)
def test_what_is_said_of_a_product_is_affirmed(text: str, word: str) -> None:
    assert affirms(text, stem(word)) is True


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Not suitable for gas hobs because it is made for induction", "gas"),
        ("NOT for induction", "induction"),
        ("Too long for the DD18, fits the CD18", "dd18"),
        ("Does not fit the wide glass jar of the DD18", "dd18"),
        ("Not compatible with the DD18", "dd18"),
        ("Do not use when pregnant or breastfeeding", "breastfeeding"),
        ("Do not use if you are pregnant", "pregnant"),
        ("Avoid during pregnancy", "pregnancy"),
        ("Unsuitable for diabetics", "diabetics"),
        ("Lid is not included", "lid"),
        ("Lids are sold separately", "lid"),
        ("Battery and charger not included", "battery"),
        ("Battery and charger not included", "charger"),
        ("Contains no nuts", "nuts"),
        ("Leaves no white cast", "white"),
        ("fragrance free", "fragrance"),
        ("For all machines except the DD18", "dd18"),
        ("not waterproof", "waterproof"),
        ("folds flat no", "folds"),
        ("Nespresso Original; Vertuo no", "vertuo"),
        ("12 V only, not 24 V vans or lorries", "lorries"),
        ("poisonous for children and pets", "children"),
        ("people with high blood pressure should not have a lot of it", "pressure"),
        ("Sold by us: not for people who lean heavily or have poor balance, e.g. with Parkinson's.", "parkinson's"),
        ("Contains liquorice: people with high blood pressure should avoid it.", "pressure"),
        (
            "Not to be worn with poor feeling in the hands, e.g. diabetes or Raynaud's, without asking a doctor.",
            "diabetes",
        ),
        ("Do not wear with arterial disease, heart failure or weeping skin unless a doctor says so.", "heart"),
        ("Do NOT use with a pacemaker, ICD or any implanted device, with epilepsy without asking a doctor", "epilepsy"),
        ("Not validated for use in pregnancy or with atrial fibrillation.", "atrial"),
    ],
)
def test_what_a_product_is_said_not_to_be_is_denied(text: str, word: str) -> None:
    assert affirms(text, stem(word)) is False


@pytest.mark.parametrize(
    ("key", "value", "word", "affirmed"),
    [
        ("No. of players", "2-4", "players", True),
        ("Model no", "Trail 5", "trail", True),
        ("waterproof", "no", "waterproof", False),
        ("hammer", "yes", "hammer", True),
        ("sugar", "0 g", "sugar", False),
        ("start-stop", "no", "start-stop", False),
        ("colours", "White, Blush (sold out), Mint", "blush", False),
        ("colours", "White, Blush (sold out), Mint", "mint", True),
        ("sugar", "3 g", "salt", None),
    ],
)
def test_a_specification_affirms_by_its_value(key: str, value: str, word: str, *, affirmed: bool | None) -> None:
    assert specification_affirms(key, value, stem(word)) is affirmed


def test_what_is_not_said_is_neither() -> None:
    assert affirms("A steel pan.", stem("induction")) is None


@pytest.mark.parametrize(
    "text",
    [
        "If you take blood thinners (warfarin), do not take it.",
        "Do not worry. If you are on warfarin, you should not use it without your doctor.",
        "Not with warfarin.",
    ],
)
def test_who_is_warned_off_is_not_served(text: str) -> None:
    assert affirms(text, "warfarin") is False
    assert all("warfarin" not in clause for clause in affirmed_in(text))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("If you like warm nights, take the wool. Do not tumble dry.", "warm"),
        ("If you have sensitive skin, this is for you, we never use fragrance", "sensit"),
        ("If you have a cat, do not worry, the plant is safe for cats", "safe"),
        ("If you have an induction hob don't worry: it works on induction", "induct"),
        ("When you're camping, avoid wet feet with these waterproof boots", "waterproof"),
    ],
)
def test_a_condition_without_a_warning_denies_nothing(text: str, word: str) -> None:
    assert affirms(text, word) is True


def test_hostile_texts_are_read_in_time() -> None:
    began = time.monotonic()
    affirms("if you " * 2_800, "you")
    is_stated("." * 20_000 + "x")
    assert time.monotonic() - began < 1
