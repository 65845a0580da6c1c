"""The nouns of the product: products, documents, brands, prompts and turns.

What travels or is stored is pydantic and validated; what only passes between our own modules is a frozen dataclass.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from field_types import ENCODABLE, PLAIN, Price, Specifications, Timestamp
from needs import Understood

BrandId = NewType("BrandId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)

# Who may read, resume, stop or delete a conversation whose id a client chose; see conversation_service.
OwnerId = NewType("OwnerId", str)

BRAND_ID_PATTERN = r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$"

# What stands in the name of a table or collection as it is; the second looks like what the rest becomes.
_PLAIN_NAME = re.compile(r"[a-z0-9_-]{0,63}[a-z0-9]")
_HASHED_NAME = re.compile(r"x[0-9a-f]{16}")


def utc_now() -> datetime:
    """The present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def plain_name(text: str) -> str:
    """An id as a part of the names of tables and collections: up to 64 of `[a-z0-9_-]`, ending in a letter or digit.

    Any other id becomes `x` and 16 hex digits of its SHA-256. So does one that looks like such a result: else whoever
    may choose a brand's id could choose another brand's table.
    """
    if _PLAIN_NAME.fullmatch(text) and not _HASHED_NAME.fullmatch(text):
        return text
    return "x" + hashlib.sha256(text.encode()).hexdigest()[:16]


# --- Catalogue ---


def _none_if_empty(value: str | None) -> str | None:
    return value or None


_MAKER_KEYS = ("brand", "manufacturer", "vendor")


class ProductFields(BaseModel):
    """What a shop says about a product, without its identity."""

    model_config = ConfigDict(allow_inf_nan=False)

    name: Annotated[str, Field(min_length=1, max_length=500), PLAIN]
    description: Annotated[str, Field(max_length=20_000), PLAIN] = ""
    category: Annotated[str, Field(max_length=200), PLAIN] = ""
    price: Price
    features: Annotated[list[Annotated[str, Field(max_length=2_000), PLAIN]], Field(max_length=200)] = []
    specifications: Specifications = {}
    availability: bool = True
    currency: (
        Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217; the brand's currency when left out")] | None
    ) = None
    url: Annotated[Annotated[str, Field(max_length=2_000), PLAIN] | None, AfterValidator(_none_if_empty)] = None
    image_url: Annotated[Annotated[str, Field(max_length=2_000), PLAIN] | None, AfterValidator(_none_if_empty)] = None


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ProductId = Annotated[str, Field(min_length=1, max_length=256), PLAIN, BeforeValidator(_number_as_text)]


class ProductDraft(ProductFields):
    """A product as somebody sends it: the brand comes from the path, and a missing id from the name."""

    id: ProductId | None = None


class Product(ProductFields):
    """One thing that one brand sells."""

    id: ProductId
    brand_id: BrandId
    updated_at: Timestamp | None = None

    @property
    def maker(self) -> str:
        """Who made it, from the specifications ("brand" alone always means the tenant); empty when nobody is named."""
        return maker_of(self.specifications)


def maker_of(specifications: Mapping[str, Any]) -> str:
    """The maker named in a product's specifications, whatever the case of the key; empty when none is."""
    lowered = {key.strip().lower(): value for key, value in specifications.items()}
    for key in _MAKER_KEYS:
        if value := lowered.get(key):
            return str(value).strip()
    return ""


# --- Knowledge ---

MAX_DOCUMENT_CHARS = 200_000
MAX_TITLE_CHARS = 300
# A reply shows it as a link: nothing that a click would run.
WEB_ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1F\x7F-\x9F]+$"


class DocumentKind(StrEnum):
    """What a document is."""

    DOCUMENT = "document"  # Markdown or text
    QA = "qa"  # a question with its answer
    COMPANY = "company"  # the brand's company_info, kept in step with its configuration


def _on_one_line(value: str) -> str:
    return " ".join(value.split())


DocumentId = Annotated[
    str,
    # Neither a slash nor a number sign: it stands in paths, and "{id}#2" is its second passage.
    Field(pattern=r"^\w[\w.:-]{0,127}$", description="letters, digits, and _ . : - behind the first of them"),
    ENCODABLE,
]
Title = Annotated[str, Field(max_length=MAX_TITLE_CHARS), PLAIN, AfterValidator(_on_one_line)]


class DocumentFields(BaseModel):
    """What a brand says in one document; of a question with its answer the title is the question."""

    title: Title = ""
    content: Annotated[str, Field(max_length=MAX_DOCUMENT_CHARS), PLAIN] = ""
    url: Annotated[str, Field(max_length=2_000, pattern=WEB_ADDRESS)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", description="BCP 47")] | None = (
        None
    )


# What a draft must hold, as a JSON schema; knowledge_service asks the same.
_SAYS_SOMETHING: dict[str, JsonValue] = {"type": "string", "pattern": r"\S"}
_ALONE: dict[str, JsonValue] = {
    "required": ["content"],
    "properties": {"content": _SAYS_SOMETHING, "question": {"type": "null"}, "answer": {"type": "null"}},
}
_PAIR: dict[str, JsonValue] = {
    "required": ["question", "answer"],
    "properties": {"question": _SAYS_SOMETHING, "answer": _SAYS_SOMETHING, "content": {"maxLength": 0}},
}


class DocumentDraft(DocumentFields):
    """A document as somebody sends it: `content` with or without `title`, or `question` and `answer`."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_ALONE, _PAIR]})

    id: DocumentId | None = None
    question: Title | None = None
    answer: Annotated[str, Field(max_length=MAX_DOCUMENT_CHARS), PLAIN] | None = None


class DocumentSummary(BaseModel):
    """A document in a list; `passages` is how many it was cut into."""

    id: str
    kind: DocumentKind
    title: str
    url: str | None = None
    language: str | None = None
    passages: int = 0
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class Document(DocumentSummary):
    """A document with what it says."""

    content: str
    brand_id: BrandId


# --- Brands ---


class Brand(BaseModel):
    """A tenant: one shop with its own catalogue, voice and customers."""

    id: BrandId
    name: str
    description: str = ""
    created_at: Timestamp
    updated_at: Timestamp | None = None  # v2.0 wrote null for a brand that was never edited
    is_active: bool = True


class BrandSettings(BaseModel):
    """What the service is to do for one brand. Unknown members are kept as they are."""

    model_config = ConfigDict(extra="allow")

    access: Literal["public", "key", "identified"] = "public"
    origins: list[str] = []
    grounding: Literal["flag", "redact"] = "flag"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    language: str | None = None
    contact: str | None = None
    retention_days: Annotated[int, Field(ge=1)] | None = None
    budgets: dict[str, Annotated[int, Field(ge=0)]] = {}
    identity_public_key: str | None = None


class BrandConfig(BaseModel):
    """How a brand speaks and what it says of itself."""

    brand_id: BrandId
    system_prompt: str = ""
    persona_prompt: str | None = None
    welcome_message: str = "Hello! How can I help you today?"
    company_info: dict[str, Any] = {}
    appearance_settings: dict[str, Any] = {}
    updated_at: Timestamp | None = None
    settings: BrandSettings = BrandSettings()
    version: int = 0


# --- Prompts ---


class Role(StrEnum):
    """Who said something."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a language model sees it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that search found.

    Attributes:
        product: the row.
        score: 0..1, how well it fits what was asked.
        matched: short reasons a customer understands ("under $2,000", "video editing").
    """

    product: Product
    score: float
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the brand's knowledge that can be quoted.

    Attributes:
        id: stable within the brand.
        title: what it is about, a path of titles ("Delivery: International").
        text: one or more sentences in the brand's own words.
        score: 0..1, how well it answers the question that it was found for.
        url: of the document that it comes from, when that has one.
    """

    id: str
    title: str
    text: str
    score: float = 0.0
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a model may answer from: messages for a language model, and the same evidence in structured form.

    Attributes:
        brand_name: the brand in its own spelling.
        contact: how to reach a person, in words, from the brand's own facts; empty when it gives none.
        messages: system message, history window and question, in order.
        question: the customer's message.
        understood: what was read out of it.
        hits: products that answer it, best first; all satisfy the constraints.
        near_misses: products that miss a constraint narrowly, offered only as such, when there are no hits.
        passages: the brand's own sentences that bear on it, best first.
        categories: what the brand sells.
        last_suggestions: the products suggested in the latest reply that suggested any.
        voice: the reply will be spoken.
        summary: what the customer said before the window, one sentence a line.
        suggested_before: further products of the replies before that one, the latest first.
        unheld: of the words that were asked for those that features or specifications of other products hold, and of
            none of the hits: what the hits do not have, as far as the shop says.
        currency: the brand's own, of prices and limits that name none.
    """

    brand_name: str
    contact: str
    messages: tuple[Message, ...]
    question: str
    understood: Understood
    hits: tuple[Hit, ...] = ()
    near_misses: tuple[Hit, ...] = ()
    passages: tuple[Passage, ...] = ()
    categories: tuple[str, ...] = ()
    last_suggestions: tuple[Product, ...] = ()
    voice: bool = False
    summary: str = ""
    suggested_before: tuple[Product, ...] = ()
    unheld: tuple[str, ...] = ()
    currency: str = "USD"


# --- Turns ---


class FinishReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    STOPPED = "stopped"  # the customer asked
    LENGTH = "length"  # the model's own limit
    INTERRUPTED = "interrupted"  # the process ended first
    ERROR = "error"


class Source(BaseModel):
    """Something of the brand's that a reply rests on."""

    kind: Literal["product", "passage"]
    id: str
    title: str


class TurnError(BaseModel):
    """Why a reply broke off."""

    code: str
    message: str
    retry_after: float | None = None


class TurnOutcome(BaseModel):
    """What is known of a reply once it has ended."""

    finish_reason: FinishReason
    suggested_products: list[Product] = []
    confidence_score: float | None = None
    answered_by: str | None = None
    sources: list[Source] = []
    unsupported: list[str] = []  # figures and names in the reply that were found in no source
    removed: dict[str, int] = {}  # what was taken out of the reply, and how often: unknown_marks, links, echoes
    error: TurnError | None = None
