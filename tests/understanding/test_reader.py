import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Intent, Superlative, Understood, Vocabulary
from understanding.reader import read
from understanding.subjects import asks_which, kinds_of_shop

SHOP = Vocabulary(
    categories=("Laptops", "Tablets", "Monitors", "Headphones", "Dresses", "Jeans"), makers=("Kestrel", "Helix")
)


def fresh(message: str) -> Understood:
    return read(message, SHOP, has_suggestions=False)


def follow_up(message: str) -> Understood:
    return read(message, SHOP, has_suggestions=True)


def test_a_need_is_read_with_its_words_category_and_limit() -> None:
    understood = fresh("I need a powerful laptop for video editing under $2,000")

    assert understood.intent is Intent.PRODUCT
    assert understood.terms == ("powerful", "laptop", "video", "editing")
    assert understood.constraints.categories == ("Laptops",)
    assert understood.constraints.price_max == 2000


def test_a_sentence_in_a_search_box_keeps_its_words_between_the_terms() -> None:
    typed = read("keep the sun off us while we eat outside under $90", SHOP, searching=True)

    assert typed.terms == ("keep", "sun", "eat")
    assert typed.meaning == "keep the sun off us while we eat outside"
    assert typed.model_copy(update={"terms": ("sun",)}).meaning == "sun"
    assert read("a blue velvet chair", SHOP, searching=True).meaning == "blue velvet chair"


@pytest.mark.parametrize(
    "message",
    [
        "Which planets have rings?",
        "how many bones does a human body have",
        "Wo ist der Bahnhof?",
        "Translate good morning into Japanese",
    ],
)
def test_who_asks_what_is_so_wishes_for_nothing(message: str) -> None:
    assert read(message, SHOP, searching=True).inquires


@pytest.mark.parametrize(
    "message", ["what do I pack for a night in hospital", "stop the carpet sliding around", "velvet chair"]
)
def test_who_wishes_for_something_does_not_ask_what_is_so(message: str) -> None:
    assert not read(message, SHOP, searching=True).inquires


@pytest.mark.parametrize(
    "message", ["laptops that cost under $500", "please tablets my kids can use", "dresses, and jeans that match"]
)
def test_a_thing_before_what_is_said_of_it_names_its_category(message: str) -> None:
    assert read(message, SHOP, searching=True).constraints.categories


def test_one_word_said_again_is_no_search() -> None:
    assert not read("knock knock", SHOP, searching=True).keywords
    assert read("desk", SHOP, searching=True).keywords


@pytest.mark.parametrize(
    ("message", "things"),
    [
        ("usb hub with hdmi", ("hub",)),
        ("stand for a monitor", ("stand",)),
        ("kestrel laptop", ("laptop",)),
        ("kestrel", ()),
    ],
)
def test_what_is_wanted_is_told_from_what_it_is_for(message: str, things: tuple[str, ...]) -> None:
    assert read(message, SHOP, searching=True).things == things


@pytest.mark.parametrize(
    "message", ["what to wear to a wedding", "hang a mirror", "something to drink", "stop my door"]
)
def test_a_verb_names_no_category(message: str) -> None:
    shop = Vocabulary(categories=("Womens Footwear", "Picture Hanging", "Drinks", "Door Stops"))

    assert read(message, shop, searching=True).constraints.categories == ()


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("hi", Intent.GREETING),
        ("Hello there, good morning!", Intent.GREETING),
        ("hi, I need a laptop", Intent.PRODUCT),
        ("thank you so much!", Intent.THANKS),
        ("great, thanks", Intent.THANKS),
        ("ok bye", Intent.GOODBYE),
        ("have a nice day", Intent.GOODBYE),
        ("help", Intent.HELP),
        ("what can you do?", Intent.HELP),
        ("are you a robot?", Intent.HELP),
        ("can you help me choose a laptop", Intent.PRODUCT),
        ("What is your return policy?", Intent.COMPANY),
        ("Do you ship to Canada?", Intent.COMPANY),
        ("can I pay in instalments?", Intent.COMPANY),
        ("when are you open?", Intent.COMPANY),
        ("what's the warranty on laptops?", Intent.COMPANY),
        ("do you repair jeans?", Intent.COMPANY),
        ("who are you?", Intent.COMPANY),
        ("how can I contact you", Intent.COMPANY),
        ("are your clothes organic?", Intent.COMPANY),
        ("I need a laptop with a good warranty", Intent.PRODUCT),
        ("laptop with a 3 year warranty", Intent.PRODUCT),
        ("organic cotton shirt", Intent.PRODUCT),
        ("sd card reader", Intent.PRODUCT),
        ("where is my order?", Intent.ORDER_STATUS),
        ("my order hasn't arrived", Intent.ORDER_STATUS),
        ("track my package", Intent.ORDER_STATUS),
        ("a person, please", Intent.HUMAN),
        ("I want to speak to an agent", Intent.HUMAN),
        ("do you sell fridges?", Intent.PRODUCT),
        ("under $1,000?", Intent.PRODUCT),
        ("who won the match", Intent.UNCLEAR),
        ("asdfgh qwrtzp", Intent.UNCLEAR),
        ("???", Intent.UNCLEAR),
        ("tell me a joke", Intent.UNCLEAR),
    ],
)
def test_a_first_message_has_its_intent(message: str, intent: Intent) -> None:
    assert fresh(message).intent is intent


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("which of them is the cheapest?", Intent.PICK),
        ("the cheapest?", Intent.PICK),
        ("which one is lightest", Intent.PICK),
        ("which of these laptops is the cheapest?", Intent.PICK),
        ("cheapest laptop", Intent.PRODUCT),
        ("compare the first two", Intent.COMPARE),
        ("what's the difference between them", Intent.COMPARE),
        ("which one is better?", Intent.COMPARE),
        ("tell me more about the second one", Intent.DETAIL),
        ("does it have HDMI?", Intent.DETAIL),
        ("is it in stock?", Intent.DETAIL),
        ("how much is it?", Intent.DETAIL),
        ("what is the battery life?", Intent.DETAIL),
        ("the last one", Intent.DETAIL),
        ("something cheaper", Intent.REFINE),
        ("in blue?", Intent.REFINE),
        ("under $1,000?", Intent.REFINE),
        ("what about from Kestrel", Intent.REFINE),
        ("not Kestrel", Intent.REFINE),
        ("anything else?", Intent.REFINE),
        ("what about tablets", Intent.PRODUCT),
        ("I need a laptop, it should be light", Intent.PRODUCT),
        ("can I return it?", Intent.COMPANY),
        ("thanks", Intent.THANKS),
    ],
)
def test_a_follow_up_refers_to_the_last_suggestions(message: str, intent: Intent) -> None:
    assert follow_up(message).intent is intent


def test_without_suggestions_a_superlative_is_a_need() -> None:
    understood = fresh("which of them is the cheapest?")

    assert (understood.intent, understood.superlative) == (Intent.PRODUCT, Superlative.CHEAPEST)


@pytest.mark.parametrize(
    ("message", "superlative"),
    [
        ("the cheapest laptop", Superlative.CHEAPEST),
        ("most expensive laptop", Superlative.DEAREST),
        ("the lightest laptop", Superlative.LIGHTEST),
        ("something cheaper", Superlative.CHEAPEST),
        ("a laptop", None),
    ],
)
def test_orders_are_read(message: str, superlative: Superlative | None) -> None:
    assert fresh(message).superlative is superlative


@pytest.mark.parametrize(
    ("message", "ordinals"),
    [
        ("compare the first two", (0, 1)),
        ("compare 1 and 3", (0, 2)),
        ("compare the first and the third", (0, 2)),
        ("more about the second one", (1,)),
        ("the last one", (-1,)),
        ("the last two", (-2, -1)),
        ("option 2", (1,)),
        ("my first laptop", ()),
        ("a first aid kit", ()),
    ],
)
def test_places_in_the_list_are_read(message: str, ordinals: tuple[int, ...]) -> None:
    assert follow_up(message).ordinals == ordinals


def test_what_is_unwanted_is_not_searched_for() -> None:
    assert fresh("a monitor without speakers").terms == ("monitor",)


@pytest.mark.parametrize("text", ["laptop AND NOT", "NOT laptop AND", "laptop nor", "laptop OR NOT"])
def test_negators_and_joining_words_are_not_searched_for(text: str) -> None:
    assert set(fresh(text).terms) <= {"laptop"}


def test_a_price_comparison_asks_for_no_order() -> None:
    assert fresh("laptop more expensive than $2000").superlative is None
    assert fresh("laptop cheaper than $2000").superlative is None


@given(st.text(), st.booleans())
def test_any_message_can_be_read(message: str, has_suggestions: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    understood = read(message, SHOP, has_suggestions=has_suggestions)

    assert len(set(understood.terms)) == len(understood.terms)
    if not has_suggestions:
        assert understood.intent not in (Intent.PICK, Intent.COMPARE, Intent.DETAIL)
        # "No price": an earlier wish may be taken back where nothing was found to suggest.
        assert understood.intent is not Intent.REFINE or understood.withdrawn


@pytest.mark.parametrize(
    ("message", "terms"),
    [
        ("a laptop for my 9 year old niece", ("laptop", "niece")),
        ("headphones for my daughter, she's 5", ("headphones", "daughter")),
        ("my father is 70 and needs a tablet", ("father", "tablet")),
        ("a 12 year old whisky", ("12", "year", "old", "whisky")),
        ("a monitor that is 27 inch", ("monitor", "27", "inch")),
        ("a present for my 9-year-old nephew", ()),
        ("champagne for a birthday, 3 bottles", ("champagne",)),
        ("a tablet as a christmas present", ("tablet",)),
        ("a birthday card", ("birthday", "card")),
        ("a tablet for my dad", ("tablet",)),
    ],
)
def test_how_old_somebody_is_is_not_searched_for(message: str, terms: tuple[str, ...]) -> None:
    assert fresh(message).terms == terms


BOOKSHOP = Vocabulary(categories=("Cooking", "Crime"), goods=frozenset({"book"}))


@pytest.mark.parametrize(
    ("message", "intent", "terms"),
    [
        ("do you have books?", Intent.HELP, ()),
        ("a book about trains", Intent.PRODUCT, ("trains",)),
        ("crime books", Intent.PRODUCT, ("crime",)),
    ],
)
def test_what_the_shop_calls_all_that_it_sells_tells_nothing_apart(
    message: str, intent: Intent, terms: tuple[str, ...]
) -> None:
    understood = read(message, BOOKSHOP)
    assert (understood.intent, understood.terms) == (intent, terms)


@pytest.mark.parametrize(
    ("about", "kinds"),
    [
        ("Larkspur Books\nAn independent bookshop.", {"book"}),
        ("Pawfield\nA pet shop in Leeds", {"pet"}),
        ("Voltry\n", set()),
        ("Petal Post\nFlowers by post.", {"post", "flower"}),
        ("Kaldi Row\nFreshly roasted coffee and everything to brew it.", {"row", "coffe"}),
        ("Meeple Nook\nBoard games and puzzles.", {"nook"}),
        ("", set()),
    ],
)
def test_what_a_shop_sells_is_told_by_its_name(about: str, kinds: set[str]) -> None:
    assert kinds_of_shop(about) == kinds


@pytest.mark.parametrize("message", ["are you a real person?", "is this a bot?", "are you human"])
def test_whether_a_person_answers_asks_for_none(message: str) -> None:
    assert fresh(message).intent is Intent.HELP


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("which one is cheaper", Intent.PICK),
        ("and which is lighter?", Intent.PICK),
        ("something cheaper", Intent.REFINE),
        ("do you have it in hardcover?", Intent.DETAIL),
        ("i'll take two, how much is that?", Intent.TOTAL),
    ],
)
def test_what_is_asked_of_suggestions(message: str, intent: Intent) -> None:
    assert follow_up(message).intent is intent


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("which one is?", True),
        ("do you have one that does", True),
        ("are there any which are?", True),
        ("which one is cheaper", False),
        ("do you have one that folds", False),
    ],
)
def test_what_is_left_to_the_question_before(text: str, asks: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert (asks_which(text) is not None) is asks
