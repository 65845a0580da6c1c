"""More about one of the last suggestions: all of it, or the one fact that was asked for."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from models import Product, Prompt, maker_of
from providers.embedded.suggestions import meant, out_of_reach, shortened
from providers.embedded.wording import first_sentences, named, price, quoted, reply, sentence
from understanding.affirmations import ABSENT
from understanding.attributes import gone_in, is_stated, spec_name, specification_text, stocked
from understanding.coverage import said_in
from understanding.manners import instructs
from understanding.measures import unit_named
from understanding.same_things import other_names
from understanding.spreading import other_prices, price_note
from understanding.suiting import Kind, fit_of
from understanding.words import content_words, has_digit, occurs, stem, stems, word_set

_MAX_SPECIFICATIONS = 6
_MAX_ASKED_OF = 3  # products that one question is answered for
_OVERVIEW_SENTENCES = 3
_LONGEST_SPOKEN = 160  # characters of one fact

_of_several = re.compile(
    r"\b(?:they|them|their|these|those|both|all of|each|which (?:one |of \w+ )?(?:has|have|is|are))\b", re.IGNORECASE
).search
_of_stock = re.compile(r"\bin stock\b|\bavailab(?:le|ility)\b(?! in\b)|\bsold out\b", re.IGNORECASE).search
_of_maker = re.compile(
    r"\bwho (?:makes|made|produces|manufactures)\b|\b(?:which|what) (?:brand|maker|manufacturer|company)\b",
    re.IGNORECASE,
).search
_counts = re.compile(
    r"\bhow many (?P<packed>(?:are |come |is )?(?:in|per) (?:an?|the|one|each) )?(?P<what>[^\W\d_]+)", re.IGNORECASE
).search
_IN_PACKS = word_set("box pack packet package set bag carton tin jar bundle case")
# What shops call the number of pieces in a pack.
_PACKED = ("pieces", "count", "quantity", "pack", "contents", "units")
_of_fit = re.compile(r"\b(?:fits?|suits?|suitable|compatible|works?|run|runs|handle)\b", re.IGNORECASE).search
_of_return = re.compile(
    r"\b(?:back in stock|available again|restock\w*|in stock again)\b|"
    r"^\W*(?:(?:and|but|so|ok|okay|oh|ah|hm+|no|pity)\W+)*(?:(?:tell|let) me (?:know )?)?when(?: it| they)?"
    r"(?:'s| is| are|'re| will|'ll| does| do| can)\b.{0,40}\b(?:back|again|available|in stock)\b|"
    r"^\W*(?:(?:and|but|so|ok|okay)\W+)*when (?:again |back |next )*(?:available|in stock|back|restocked)\W*$|"
    r"^\W*(?:(?:and|but|so|ok|okay|oh)\W+)*when(?: then| though| tho)?\W*$|"
    r"\bwhen (?:will|do) you (?:have|get) (?:it|them|one|some|more)\b",
    re.IGNORECASE,
).search
# What a shop's text may say of that: "Back at the start of next month", "Only in May and June".
_of_restocking = re.compile(
    r"\bback (?:in stock|at|in|on|by|from|next|soon|again|mid|early|late|around)\b|"
    r"\b(?:available|in stock) (?:again|from|in|on|only)\b|\brestock\w*|"
    r"\bexpected (?:again|back|in|by|from|at|next|mid|early|late|end)\b|\bonly (?:in|from) "
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|"
    r"autumn|fall|winter)\b",
    re.IGNORECASE,
).search
_of_price = re.compile(r"\bhow much (?:is|are|does|do|for)\b|\b(?:price|cost|costs|priced)\b", re.IGNORECASE).search
# "How much weight can it take?" asks not for its own.
_of_load = re.compile(
    r"\bhow (?:much|heavy)\b.{0,20}\b(?:can|could|will|does|do)\b.{0,30}\b(?:take|hold|carry|bear|support|load)\b|"
    r"\b(?:max(?:imum)?|most) (?:\w+ )?(?:weight|load)\b|\bweight limit\b",
    re.IGNORECASE,
).search
_of_age = re.compile(r"\b(?:what|which) age\b|\bhow old\b|\bage (?:is|are|range|group)\b", re.IGNORECASE).search
_of_material = re.compile(r"\bmade (?:of|from|out of|with)\b", re.IGNORECASE).search
_of_origin = re.compile(
    r"\bwhere\b.{0,60}\b(?:from|made|produced|grown|manufactured)\b|\bcountry of origin\b", re.IGNORECASE
).search
_yes_or_no = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay)\W+)*(?:does|do|has|have|is|are|can)\b"
    r"(?!.*\b(?:only|more|less|than)\b| (?:i|we|you) (?:need|have to)\b)",
    re.IGNORECASE,
).search
_has_something = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay)\W+)*(?:does|has|will|would) (?:it|this) (?:have|has|got|come with|include)\b",
    re.IGNORECASE,
).search
_hedged = re.compile(
    r"\b(?:optional\w*|sold separately|upgrade\w*|may|might|traces?|possibly|requires?|required|not included|"
    r"extra|up to|unless|except|limited|or)\b",
    re.IGNORECASE,
).search

# How people ask for a property, to the word by which a specification is called. None of it is any shop's own.
_PROPERTIES = {
    "heavy": ("weight",), "weigh": ("weight",), "weighs": ("weight",), "light": ("weight", "light"),
    "big": ("dimensions", "size", "display", "capacity", "height", "volume"),
    "large": ("dimensions", "size", "capacity", "volume"),
    "tall": ("height", "dimensions"), "wide": ("width", "dimensions"), "thick": ("thickness", "dimensions"),
    "fast": ("speed", "fast"), "loud": ("noise", "quiet", "silent"), "colour": ("color",), "colours": ("color",),
    "high": ("height", "dimensions"), "long": ("length", "dimensions"), "deep": ("depth", "dimensions"),
    "size": ("size", "dimensions"), "sizes": ("size", "dimensions"),
    "wood": ("wood", "material"), "wooden": ("wood", "material"),
    "fabric": ("fabric", "material"), "cloth": ("fabric", "material"),
    "wash": ("care", "wash", "washable"),
    "washed": ("care", "wash"), "washing": ("care", "wash", "washable"), "clean": ("care", "clean"),
    "material": ("material",), "screen": ("screen", "display"),
    "load": ("load", "capacity", "limit"),
    "batteries": ("battery", "power"), "batterys": ("battery", "power"), "plug": ("plug", "adapter", "power"),
    "mains": ("mains", "power", "adapter"), "ram": ("ram", "memory"),
    "origin": ("origin", "country", "made"), "produced": ("origin", "country", "made"),
}  # fmt: skip
# A length that a size in several directions tells, too.
_LENGTHWISE = word_set("wide long deep tall high thick width length depth height")
_SIDES = ("size", "dimensions", "measurements")
_BY = re.compile(r"[0-9][^0-9]{0,8}[x\u00d7] ?[0-9]|[0-9][^0-9]{0,8} by [0-9]")
# What such a word asks for, where the reply has to name it.
_NOUNS = {
    "heavy": "weight", "weigh": "weight", "weighs": "weight", "light": "weight", "wooden": "wood", "produced": "origin",
    "wash": "washing", "washed": "washing", "clean": "cleaning", "big": "size", "large": "size", "tall": "height",
    "high": "height",
    "wide": "width", "thick": "thickness", "deep": "depth", "long": "length", "fast": "speed", "loud": "loudness",
}  # fmt: skip
_GENERIC = word_set(
    """work works working support supports supported suitable compatible come connect fit fits last lasts long include
    includes included feature features specs spec specification specifications detail details tell say much
    put come comes take order buy cart basket add expect run runs handle really exactly roughly
    mate mates same year matter matters"""
)


# Whoever it is for is nothing that a product has.
_PEOPLE = word_set("husband wife hubby missus mum mom dad nan gran granny grandma grandad granddad grandpa friend")


class _Fact(NamedTuple):
    """Something the product data says: as it is quoted, and whether it is a plain listing rather than prose."""

    text: str
    listed: bool


def tell(prompt: Prompt) -> str:
    """The reply to a question about one or several of the last suggestions."""
    # "Does it have a lid?" asks of no lid, though one was suggested, too.
    products = list(prompt.last_suggestions) if _has_something(prompt.question) else meant(prompt)
    if not products:
        return out_of_reach(prompt)
    if _of_return(prompt.question):
        return _returns([one for one in products if not one.availability] or products[:1], prompt)
    if not prompt.understood.ordinals and len(products) > 1 and not _of_several(prompt.question):
        first, *others = products  # "it" is what was recommended first; the reply names it
        products = [first]
    else:
        others = []
    products = products[: 1 if prompt.voice else _MAX_ASKED_OF]
    sought = _sought(prompt, products)
    if direct := _directly(prompt, products, sought):
        return direct
    if not sought:
        return _overview(products[0], voice=prompt.voice) if len(products) == 1 else _overviews(products)
    return _answers(prompt, products, sought, others)


def _directly(prompt: Prompt, products: Sequence[Product], sought: Sequence[str]) -> str:
    """The stock, the maker, a number of pieces or the price, where that is asked for; else empty."""
    if _of_stock(prompt.question):
        return " ".join(_stock(product) for product in products)
    if _of_maker(prompt.question):
        return " ".join(f"The {named(one)} is made by {quoted(one.maker)}." for one in products if one.maker)
    if _of_age(prompt.question) and (ages := fit_of(products[0], Kind.AGE)):
        return sentence(f"For the {named(products[0])} our product data says: {quoted(ages.said)}")
    if (counted := _counts(prompt.question)) and (fact := _number_of(products[0], counted)):
        return sentence(f"For the {named(products[0])} our product data says: {fact.text}")
    if not sought and _of_price(prompt.question):
        return " ".join(_priced(product, voice=prompt.voice) for product in products)
    return ""


def _priced(product: Product, *, voice: bool) -> str:
    """What a product costs, and what the shop says of what that price is for."""
    notes = [note for note in (price_note(product), *other_prices(product)) if note]
    told = sentence(f" Our product data says: {quoted('; '.join(notes))}") if notes and not voice else ""
    return f"The {named(product)} costs {price(product, voice=voice)}. {told}".strip()


def _number_of(product: Product, counted: re.Match[str]) -> _Fact | None:
    """How many of something a product has, or of its pieces are in a pack."""
    what = counted["what"].lower()
    called = (what, *(_PACKED if what in _IN_PACKS else ())) if what in _IN_PACKS or not counted["packed"] else ()
    listed = [fact for fact in _facts(product) if fact.listed]
    return next((fact for name in called for fact in listed if _is_called(fact, name)), None)


def _stock(product: Product) -> str:
    if not product.availability:
        return f"The {named(product)} is currently out of stock."
    gone = "; ".join(quoted(said) for said in gone_in(product.specifications) if _describes(said))
    but = f" {sentence(f'But our product data says: {gone}')}" if gone else ""
    return f"The {named(product)} is in stock.{but}"


def _returns(products: Sequence[Product], prompt: Prompt) -> str:
    """When what is sold out will be there again, where the product data says that."""
    states = " ".join(_stock(product) for product in products[:_MAX_ASKED_OF])
    if products[0].availability:
        return states
    if told := next((fact.text for fact in _facts(products[0]) if _of_restocking(fact.text)), ""):
        return sentence(f"{_stock(products[0])} Our product data says: {told}")
    ask = f" You can ask us at {quoted(prompt.contact)}." if prompt.contact else ""
    return f"{states} Our product data doesn't say when that changes.{ask}"


def _sought(prompt: Prompt, products: Sequence[Product]) -> list[str]:
    """The words of the question that ask for something, without those that only name the product."""
    naming = stems(" ".join(f"{product.name} {product.category}" for product in products))
    terms = [term for term in prompt.understood.terms if term not in _GENERIC]
    if _of_origin(prompt.question):
        return ["origin"]
    if not terms and _of_material(prompt.question):
        return ["material"]
    if _of_load(prompt.question):
        return ["load"]
    if not terms:  # "range": what a specification is called, though the word alone says little
        called = stems(" ".join(key for product in products for key in product.specifications))
        terms = [word for word in content_words(prompt.question.lower()) if occurs(word, called)]
    terms = [term for term in terms if not unit_named(term)] or terms  # "how wide is it in cm?"
    sought = [term for term in terms if not (occurs(term, naming) or term in _PEOPLE)]
    if not sought and len(products) == 1 and _yes_or_no(prompt.question):  # "does it have aloe?", of an aloe gel
        return [term for term in terms if any(_covers(fact.text, term) for fact in _facts(products[0]) if fact.listed)]
    return sought


# --- One fact ---


def _answers(prompt: Prompt, products: Sequence[Product], sought: Sequence[str], others: Sequence[Product]) -> str:
    """What is said of each; of one, or else of the first of the others of which something is said."""
    if len(products) == 1:
        fact = _fact(products[0], sought)
        if fact:
            return _answer(products[0], fact, sought, prompt)
        told = next(((other, said) for other in others if (said := _fact(other, sought))), None)
        if told:
            other, said = told
            text = said.text if not prompt.voice else first_sentences(said.text, 1)[:_LONGEST_SPOKEN]
            return sentence(f"{_silence(products[0], sought)} For the {named(other)} it says: {text}")
        ask = f" You can ask us at {quoted(prompt.contact)}." if prompt.contact else ""
        return f"{_silence(products[0], sought)}{ask}"
    lines = []
    for product in products:
        fact = _fact(product, sought)
        lines.append(sentence(f"{named(product)}: {fact.text if fact else 'not stated'}"))
    return reply(f"About {quoted(' '.join(sought))} our product data says:", lines)


def _answer(product: Product, fact: _Fact, sought: Sequence[str], prompt: Prompt) -> str:
    text = fact.text if not prompt.voice else first_sentences(fact.text, 1)[:_LONGEST_SPOKEN]
    affirmed = _affirms(fact, sought) and _yes_or_no(prompt.question)
    if missing := _uncovered(fact, sought):  # "a hood and a liner?", of what has a liner
        told = sentence(f"For the {named(product)} our product data says: {text}")
        return f"{told} It doesn't say anything about {quoted(' '.join(missing))}."
    if _of_fit(prompt.question) and _is_called(fact, sought[0]):  # "does the group 35 fit?", of a "group size: 35"
        affirmed = None
    yes = "Yes. " if affirmed and not prompt.voice else ""
    return sentence(f"{yes}For the {named(product)} our product data says: {text}")


def _uncovered(fact: _Fact, sought: Sequence[str]) -> list[str]:
    """The words of a question that a sentence leaves open which holds others of them."""
    if fact.listed:
        return []
    asked = [word for word in sought if not has_digit(word)]
    missing = [word for word in asked if not (_covers_otherwise(fact.text, word) or _covers(fact.text, f"un{word}"))]
    return missing if len(missing) < len(sought) else []


def _affirms(fact: _Fact, sought: Sequence[str]) -> bool:
    """Whether a fact allows a plain yes: listed, not hedged, not denied, and no figure that may belong elsewhere."""
    if (
        not fact.listed
        or ABSENT.fullmatch(fact.text.partition(":")[2].strip())
        or _hedged(fact.text)
        or stocked(fact.text) != fact.text
        or any(has_digit(word) or word in _PROPERTIES for word in sought)
    ):
        return False
    return said_in(sought, fact.text) is not None


def _silence(product: Product, sought: Sequence[str]) -> str:
    asked = " ".join(_NOUNS.get(word, word) for word in sought)
    return f"Our product data doesn't say anything about {quoted(asked)} for the {named(product)}."


def _fact(product: Product, sought: Sequence[str]) -> _Fact | None:
    """The shortest thing said that covers every word sought; listed facts before prose."""
    if len(sought) == 1 and _is_left_blank(product, sought[0]):
        return None
    covering = [fact for fact in _facts(product) if all(_covers(fact.text, word) for word in sought)]
    if not covering and (properties := [word for word in sought if word in _PROPERTIES]):
        # "Can I put it in the washing machine?" is about its care, whatever else is said.
        covering = [fact for fact in _facts(product) if any(_covers(fact.text, word) for word in properties)]
    if not covering:  # "which is for kids?", of what is for children
        covering = [fact for fact in _facts(product) if all(_covers_otherwise(fact.text, word) for word in sought)]
    if not covering:  # "are they bleached?", of what is unbleached
        covering = [fact for fact in _facts(product) if all(_covers(fact.text, f"un{word}") for word in sought)]
    if not covering and not _LENGTHWISE.isdisjoint(sought):  # "how wide is it in cm?", of a "size: 6ft x 6ft6"
        sizes = (fact for fact in _facts(product) if fact.listed and any(_is_called(fact, name) for name in _SIDES))
        covering = [fact for fact in sizes if _BY.search(fact.text)]
    if not covering and len(sought) > 1:  # "can grandad push her on it?", of "nobody may push you"
        prose = (fact for fact in _facts(product) if not fact.listed)
        told = [(sum(_covers(fact.text, word) for word in sought), fact) for fact in prose]
        most = max((count for count, _ in told), default=0)
        covering = _together([fact for count, fact in told if count == most >= len(sought) / 2], sought)
    if not covering:  # "is it toxic to my cat?": the specification that is called so, whatever it says of cats
        covering = [fact for fact in _facts(product) if fact.listed and any(_is_called(fact, word) for word in sought)]

    def place(fact: _Fact) -> tuple[bool, bool, int]:
        name, colon, _ = fact.text.partition(":")
        return not fact.listed, not said_in(sought, fact.text), len(name.split()) if colon and fact.listed else 0

    return min(covering, key=place, default=None)


def _together(facts: list[_Fact], sought: Sequence[str]) -> list[_Fact]:
    """Two sentences as one that each say what the other does not: "Golf 2013-2019", and then "not estate"."""
    for first, second in itertools.combinations(facts, 2):
        if all(_covers(first.text, word) != _covers(second.text, word) for word in sought):
            return [_Fact(f"{first.text} {second.text}", listed=False)]
    return facts


def _is_left_blank(product: Product, word: str) -> bool:
    """Whether the shop gives no value for just this: of a rod's weight its casting weight says nothing."""
    names = {spec_name(key): is_stated(specification_text(value)) for key, value in product.specifications.items()}
    return any(names.get(name) is False for name in (word, *_PROPERTIES.get(word, ())))


def _is_called(fact: _Fact, word: str) -> bool:
    """Whether a specification's name holds a word."""
    name, colon, _ = fact.text.partition(":")
    return bool(colon) and occurs(word, stems(name))


def _covers(text: str, word: str) -> bool:
    found = stems(text)
    if word in _PROPERTIES:
        # A property is what a specification is called: its name stands before the colon.
        called = stems(text.partition(":")[0]) if ":" in text else found
        return any(stem(name) in called for name in _PROPERTIES[word])
    return occurs(word, found)


def _covers_otherwise(text: str, word: str) -> bool:
    """Whether a text says a word, or calls the same thing by another name."""
    return any(_covers(text, name) for name in (word, *other_names(word)))


def _facts(product: Product) -> Iterator[_Fact]:
    for key, value in product.specifications.items():
        if is_stated(text := specification_text(value)) and _describes(text):
            yield _Fact(quoted(f"{key}: {text}"), listed=True)
    for feature in filter(_describes, product.features):
        yield _Fact(quoted(feature), listed=True)
    for said in re.split(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+", product.description):
        if said.strip() and _describes(said):
            yield _Fact(quoted(said), listed=False)


# --- All of it ---


def _describes(text: str) -> bool:
    """Whether a text of the shop's describes; one that reads like an instruction to an assistant is not quoted."""
    return not instructs(text)


def _description(product: Product) -> str:
    said = re.split(r"(?<=[.!?])\s+|\n+", product.description)
    return quoted(" ".join(filter(_describes, said)))


def _overview(product: Product, *, voice: bool) -> str:
    stock = "" if product.availability else " and is currently out of stock"
    lead = f"The {named(product)} costs {price(product, voice=voice)}{stock}."
    if voice:
        return f"{lead} {first_sentences(_description(product), 1)}".strip()
    described = first_sentences(_description(product), _OVERVIEW_SENTENCES)
    lines = [
        f"{quoted(key[:1].upper() + key[1:])}: {shortened(text)}"
        for key, value in product.specifications.items()
        if is_stated(text := specification_text(value)) and _describes(text) and not maker_of({key: "-"})
    ][:_MAX_SPECIFICATIONS]
    lines = lines or [quoted(feature) for feature in filter(_describes, product.features[:_MAX_SPECIFICATIONS])]
    link = f"You can find it here: {quoted(product.url)}. " if product.url else ""
    return reply(f"{lead} {described}".strip(), lines, f"{link}What else would you like to know about it?")


def _overviews(products: Sequence[Product]) -> str:
    lines = [
        sentence(f"{named(product)} - {price(product)}: {first_sentences(_description(product), 1)}".rstrip(": "))
        for product in products
    ]
    return reply("Here is a little more about them:", lines, "Which one would you like to know more about?")
