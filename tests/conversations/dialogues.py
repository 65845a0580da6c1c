"""Dialogues with what is expected of each reply, and the shops they are held in: read from YAML, checked strictly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from models import BrandId, Product
from needs import Intent

HERE = Path(__file__).parent
SHOPS = HERE / "brands"
KNOWLEDGE = HERE / "knowledge"


class Unreadable(Exception):
    """A dialogue or a shop is not written as it must be; the text names the file, the dialogue and the mistake."""


class _Strict(BaseModel):
    """A mistyped member is an error and never an expectation that silently holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _compilable(text: str) -> str:
    """A text that is expected in a reply; `/.../` is a regular expression."""
    pattern(text)
    return text


@cache
def pattern(text: str) -> re.Pattern[str]:
    """What finds an expected text in a reply: any spelling of case; `/.../` is a regular expression."""
    inside = text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else re.escape(text)
    try:
        return re.compile(inside, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{text} is no regular expression: {error}") from None


Expected = Annotated[str, Field(min_length=1), AfterValidator(_compilable)]


class Bounds(_Strict):
    """How sure the service may say that it is."""

    min: float = 0.0
    max: float = 1.0


class Turn(_Strict):
    """What a customer says, and what is expected of the reply.

    Attributes:
        say: the customer's message.
        must: texts or `/regular expressions/` that the reply must contain, in any case; an amount ("$1,299.50") in any
            way of writing.
        must_not: such as it must not contain.
        suggests: ids that must be suggested.
        suggests_any: ids of which at least one must be suggested.
        may_suggest: what else may be suggested; left out, any product of the brand may.
        suggests_none: nothing may be suggested.
        best: the id that must be suggested first.
        confidence: bounds; null when the reply must say none; left out, it may be anything.
        sources: ids or titles of passages that the reply must rest on.
        intent: what the message must be taken for, read by itself.
    """

    say: Annotated[str, Field(min_length=1, max_length=8_000)]
    must: list[Expected] = []
    must_not: list[Expected] = []
    suggests: list[str] = []
    suggests_any: list[str] = []
    may_suggest: list[str] | None = None
    suggests_none: bool = False
    best: str | None = None
    confidence: Bounds | None = None
    sources: list[str] = []
    intent: Intent | None = None

    @property
    def expects_confidence(self) -> bool:
        """Whether anything is expected of the confidence."""
        return "confidence" in self.model_fields_set

    @property
    def named_ids(self) -> set[str]:
        """Every product id that the expectations name."""
        best = [self.best] if self.best else []
        return {*self.suggests, *self.suggests_any, *(self.may_suggest or ()), *best}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.suggests_none and self.named_ids:
            raise ValueError("suggests_none beside ids that are to be suggested")
        return self


class Dialogue(_Strict):
    """A conversation of one customer with one brand; `shortfall` says why the embedded model does not manage it yet."""

    name: Annotated[str, Field(min_length=1)]
    brand: str
    shortfall: str | None = None
    voice: bool = False
    turns: Annotated[list[Turn], Field(min_length=1, max_length=10)]


class _StrictProduct(Product):
    """A catalogue's row, in which a mistyped member is an error too."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class KnowledgeDocument:
    """One of a brand's documents; its id is the name of its file."""

    id: str
    content: str


@dataclass(frozen=True)
class Shop:
    """A brand with everything that its customers can be told.

    Attributes:
        brand: as the brands file has it.
        config: likewise.
        products: its catalogue.
        documents: its knowledge.
    """

    brand: dict[str, Any]
    config: dict[str, Any]
    products: tuple[Product, ...]
    documents: tuple[KnowledgeDocument, ...]

    @property
    def id(self) -> BrandId:
        """The brand's id."""
        return BrandId(self.brand["id"])

    @property
    def name(self) -> str:
        """The brand's name."""
        return str(self.brand["name"])

    @property
    def currency(self) -> str:
        """What its prices are in."""
        return str(self.config["settings"]["currency"])

    @property
    def by_id(self) -> dict[str, Product]:
        """Its products by their ids."""
        return {product.id: product for product in self.products}

    @property
    def said(self) -> str:
        """Everything that the brand says of itself, in one text."""
        return "\n".join([*_leaves(self.config["company_info"]), *(one.content for one in self.documents)])


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    else:
        yield str(value)


def load_shops(folder: Path = SHOPS) -> dict[BrandId, Shop]:
    """Every shop of a folder, by the brand's id.

    Raises:
        Unreadable: a file is not as it must be.
    """
    shops = [_shop(path) for path in sorted(folder.glob("*.yaml"))]
    return {shop.id: shop for shop in shops}


def _shop(path: Path) -> Shop:
    written = _yaml(path)
    if not isinstance(written, dict) or set(written) != {"brand", "config", "products"}:
        raise Unreadable(f"{path.name}: a shop has the members brand, config and products.")
    brand = written["brand"]
    datetime.fromisoformat(brand["created_at"])
    documents = tuple(
        KnowledgeDocument(file.stem, file.read_text(encoding="utf-8"))
        for file in sorted((KNOWLEDGE / brand["id"]).glob("*.md"))
    )
    try:
        products = tuple(_product(row, BrandId(brand["id"])) for row in written["products"])
    except ValidationError as error:
        raise Unreadable(f"{path.name}: {error}") from None
    if len({product.id for product in products}) < len(products):
        raise Unreadable(f"{path.name}: a product's id stands there twice.")
    return Shop(brand, {"brand_id": brand["id"]} | written["config"], products, documents)


def _product(row: dict[str, Any], brand_id: BrandId) -> Product:
    return Product.model_validate(_StrictProduct.model_validate(row | {"brand_id": brand_id}).model_dump())


def load_dialogues(shops: dict[BrandId, Shop], folder: Path = HERE) -> list[Dialogue]:
    """Every dialogue of a folder's YAML files, each of which holds a list of them.

    Raises:
        Unreadable: a dialogue is not as it must be, names a product that its brand does not have, or has the name of
            another.
    """
    found: dict[str, Dialogue] = {}
    for path in sorted(folder.glob("*.yaml")):
        for dialogue in _dialogues(path, shops):
            if dialogue.name in found:
                raise Unreadable(f"{path.name}: there are two dialogues with the name {dialogue.name!r}.")
            found[dialogue.name] = dialogue
    return list(found.values())


def _dialogues(path: Path, shops: dict[BrandId, Shop]) -> Iterator[Dialogue]:
    written = _yaml(path)
    if not isinstance(written, list):
        raise Unreadable(f"{path.name}: the file holds no list of dialogues.")
    for number, one in enumerate(written, start=1):
        name = one.get("name", f"number {number}") if isinstance(one, dict) else f"number {number}"
        try:
            dialogue = Dialogue.model_validate(one)
        except ValidationError as error:
            raise Unreadable(f"{path.name}, dialogue {name!r}: {_mistakes(error)}") from None
        if (shop := shops.get(BrandId(dialogue.brand))) is None:
            raise Unreadable(f"{path.name}, dialogue {name!r}: there is no brand {dialogue.brand!r}.")
        for turn in dialogue.turns:
            if unknown := turn.named_ids - shop.by_id.keys():
                raise Unreadable(f"{path.name}, dialogue {name!r}: {shop.id} has no {', '.join(sorted(unknown))}.")
        yield dialogue


def _mistakes(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(step) for step in mistake['loc']) or 'dialogue'}: {mistake['msg']}"
        for mistake in error.errors(include_url=False, include_input=False)
    )


def _yaml(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise Unreadable(f"{path.name}: {error}") from None
