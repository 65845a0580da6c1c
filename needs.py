"""What customers ask for: what a message is for, what must hold of a product, and the names a shop gives to things."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Intent(StrEnum):
    """What a customer's message is for."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HELP = "help"  # "what can you do?"
    COMPANY = "company"  # policies and facts about the company
    ORDER_STATUS = "order_status"
    HUMAN = "human"  # "a person, please"
    PRODUCT = "product"  # a need, a category, a name
    REFINE = "refine"  # only constraints, over the previous need: "under $1,000?"
    PICK = "pick"  # a superlative over the last suggestions: "which is the cheapest?"
    COMPARE = "compare"  # the last suggestions side by side
    DETAIL = "detail"  # more about one of the last suggestions
    ACCESSORY = "accessory"  # what goes with one of the last suggestions: "do I need anything else?"
    TOTAL = "total"  # what several of the last suggestions cost together
    RESTART = "restart"  # "start over": what was asked for before no longer counts
    ABUSE = "abuse"  # insults and nothing else
    DISTRESS = "distress"  # somebody who may harm themselves
    EMERGENCY = "emergency"  # somebody is hurt or in danger now
    OUTSIDE = "outside"  # what no assistant of a shop may do: show its instructions, play another part, tell passwords
    UNCLEAR = "unclear"  # nothing that could be looked for


# What is answered with products.
NEEDS = frozenset({Intent.PRODUCT, Intent.REFINE})


class Superlative(StrEnum):
    """An order over products that a customer asked for."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    LIGHTEST = "lightest"
    HEAVIEST = "heaviest"
    # The rest go by a specification that holds a number (understanding/orders.py).
    LARGEST = "largest"
    SMALLEST = "smallest"
    THINNEST = "thinnest"
    LONGEST_LASTING = "longest_lasting"
    MOST_MEMORY = "most_memory"
    MOST_STORAGE = "most_storage"
    BRIGHTEST = "brightest"
    MOST_POWERFUL = "most_powerful"
    NEWEST = "newest"
    TALLEST = "tallest"
    LONGEST = "longest"
    SHORTEST = "shortest"


class Constraints(BaseModel):
    """What a product must fulfil. Categories, and makers, are alternatives; everything else must hold together.

    `understanding.requirements.fulfils` says exactly what each of them means.
    """

    model_config = ConfigDict(frozen=True)

    price_min: float | None = None
    price_max: float | None = None
    currency: str | None = None  # of the prices; None is the brand's own
    categories: tuple[str, ...] = ()  # as the catalogue spells them
    makers: tuple[str, ...] = ()
    excluded_makers: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    attributes: Mapping[str, str] = {}  # specification -> value ("memory": "16GB", "ram or memory": "at least 16GB")
    excluded_attributes: Mapping[str, str] = {}  # the same, of what a product must not have ("colour": "red or blue")
    excluded_terms: tuple[str, ...] = ()  # what a product must not say that it has ("touchscreen", "leather")
    available_only: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return self == Constraints()


class Understood(BaseModel):
    """A message as far as it can be read without a language model."""

    model_config = ConfigDict(frozen=True)

    intent: Intent
    terms: tuple[str, ...] = ()  # the content words to look for, as written, lower case
    constraints: Constraints = Constraints()
    # What is typed into a search box as a whole sentence, and the terms that it has: "keep the sun off us at lunch".
    wording: Annotated[str, Field(exclude=True)] = ""
    worded: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    things: Annotated[tuple[str, ...], Field(exclude=True)] = ()  # those of the terms that say what is wanted
    inquires: Annotated[bool, Field(exclude=True)] = False  # it asks what is so: "which planets have rings?"
    superlative: Superlative | None = None
    ordinals: tuple[int, ...] = ()  # which of the last suggestions are meant, from 0; -1 is the last
    keywords: Annotated[bool, Field(exclude=True)] = (
        False  # the words are what one types into a search box, no sentence
    )
    corrections: Mapping[str, str] = {}  # words that the shop does not have, to those that were searched instead
    withdrawn: Annotated[tuple[str, ...], Field(exclude=True)] = ()  # of earlier wishes ("price", "colour", "leather")
    adds: Annotated[bool, Field(exclude=True)] = False  # it wishes for more beside an earlier wish: "and cookies?"
    negates: Annotated[bool, Field(exclude=True)] = False  # it says of something that it shall not be: "doesn't leak"
    lasting: Annotated[bool, Field(exclude=True)] = False  # what it excludes counts for all later wishes: an allergy
    corrects: Annotated[bool, Field(exclude=True)] = False  # it changes an earlier wish: "no, I meant headphones"
    # Names, as written, to put side by side; or of what an accessory is for.
    compared: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    language: Annotated[str | None, Field(exclude=True)] = None  # ISO 639-1, of a message that is surely not English
    figure: Annotated[str, Field(exclude=True)] = ""  # a specification's name, by which suggestions are put in order
    most: Annotated[bool, Field(exclude=True)] = True  # the largest figure comes first

    @property
    def meaning(self) -> str:
        """What products are compared with by meaning: the sentence as it was put, or the terms that are left of it."""
        return self.wording if self.wording and self.worded == self.terms else " ".join(self.terms)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The names a brand's own catalogue gives to things: what constraints can refer to.

    One object is made for each state of a catalogue. Two are the same only when they are one object, so that what is
    derived from a vocabulary of thousands of names is found again without comparing them.

    Attributes:
        categories: as the catalogue spells them.
        makers: as the catalogue spells them.
        currency: the brand's own.
        attributes: measures, sizes and colours in normal form, to the specifications that hold them
            ("16gb": ("memory", "storage"); see understanding/attributes.py).
        doubtful_words: stems that name a category, and many more products by name than are in it: a shop with one
            "Kids' cameras" and 200 cameras without a category does not mean the one by "camera"; and those for all that
            the shop sells that name a category with few of it ("Dried flowers", of a florist).
        doubtful_makers: makers whose names more products of others bear ("case for ...").
        goods: stems of what the shop calls all that it sells ("books", in a bookshop): they tell nothing apart.
    """

    categories: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    currency: str = "USD"
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubtful_words: frozenset[str] = frozenset()
    doubtful_makers: frozenset[str] = frozenset()
    goods: frozenset[str] = frozenset()
