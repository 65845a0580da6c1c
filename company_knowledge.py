"""What brands' configurations say of the company, kept as one document of each brand's knowledge.

Configurations change at any time, in the console or by an editor, and customers ask at once. So the rows follow in the
background, and until they are in step whoever looks for passages takes them from here.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import orjson
import structlog

from brand_service import BrandService
from errors import BrandNotFound, ServiceError
from live.base import BrandChanged, Notice, Notices
from models import BrandConfig, BrandId, Document, DocumentKind, Passage, utc_now
from storage import knowledge as rows
from storage.engine import Database, Transaction
from understanding.company import passages_of
from understanding.passages import LONGEST, MAX_TITLE, cut

logger = structlog.get_logger(__name__)

# The id of the document. A brand's own documents cannot have it.
COMPANY_ID = "company_info"

# The digest of a company that says nothing of itself, and so has no document.
NOTHING = ""

# Passages of one company at most.
MAX_PASSAGES = 2_000

# What could not be written is tried again after so many seconds.
RETRY_S = 30.0


@dataclass(frozen=True, slots=True)
class Company:
    """What one version of a brand's configuration says of the company.

    Attributes:
        config: the configuration.
        passages: what it was cut into.
        digest: tells these passages from others.
    """

    config: BrandConfig
    passages: tuple[Passage, ...]
    digest: str


class CompanyKnowledge:
    """Keeps company_info and its passages in step.

    Args:
        database: where the rows are.
        brands: the brands and their configurations.
        notices: of brands that change.
    """

    def __init__(self, database: Database, brands: BrandService, notices: Notices) -> None:
        self._database = database
        self._brands = brands
        self._companies: dict[BrandId, Company] = {}
        self._writing: dict[BrandId, asyncio.Task[None]] = {}
        self._failed_at: dict[BrandId, float] = {}
        notices.subscribe(self._on_notice)

    async def start(self) -> None:
        """Bring the rows of all active brands into step."""
        stored = await self._database.read(lambda tx: rows.digests(tx, COMPANY_ID))
        brand_ids = [brand.id for brand in self._brands.active()]
        for brand_id in brand_ids:
            if self.of(brand_id).digest != stored.get(brand_id, NOTHING):
                self.write(brand_id)
        await self._settled(list(self._writing.values()))

    async def aclose(self) -> None:
        """Wait for what is being written."""
        await self._settled(list(self._writing.values()))

    def of(self, brand_id: BrandId) -> Company:
        """What the brand's configuration says now, cut anew when it has changed."""
        config = self._brands.config(brand_id)
        known = self._companies.get(brand_id)
        if known is None or known.config is not config:
            passages = _passages(config)
            known = self._companies[brand_id] = Company(config, passages, digest_of(passages))
        return known

    def write(self, brand_id: BrandId) -> None:
        """Begin to bring the rows into step, unless it is being done, or failed a moment ago."""
        failed_at = self._failed_at.get(brand_id)
        is_too_soon = failed_at is not None and asyncio.get_running_loop().time() < failed_at + RETRY_S
        if brand_id not in self._writing and not is_too_soon:
            self._writing[brand_id] = asyncio.create_task(self._write(brand_id))

    async def in_step(self, brand_id: BrandId) -> None:
        """Wait for what is being written for a brand."""
        if (writing := self._writing.get(brand_id)) is not None:
            await self._settled([writing])

    async def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        await self.in_step(brand_id)
        self._companies.pop(brand_id, None)
        self._failed_at.pop(brand_id, None)

    async def _settled(self, writing: Sequence[asyncio.Task[None]]) -> None:
        if writing:
            await asyncio.wait(writing)

    async def _write(self, brand_id: BrandId) -> None:
        try:
            while True:
                company = self.of(brand_id)
                await self._database.write_brand(brand_id, partial(_put, brand_id=brand_id, company=company))
                if self.of(brand_id) is company:  # else it was changed meanwhile
                    break
            self._failed_at.pop(brand_id, None)
        except ServiceError:  # it is being deleted
            self._companies.pop(brand_id, None)
        except Exception:  # whatever keeps it from being written: customers are answered from memory
            self._failed_at[brand_id] = asyncio.get_running_loop().time()
            logger.exception("company_info_not_kept", brand=brand_id)
        finally:
            self._writing.pop(brand_id, None)

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, BrandChanged):
            with suppress(BrandNotFound):  # it was deleted, or nobody can reach it
                self._brands.get_active(notice.brand_id)
                self.write(notice.brand_id)


def digest_of(passages: Sequence[Passage]) -> str:
    """What tells one cut from another; of no passages it is NOTHING."""
    said = [(passage.id, passage.title, passage.text) for passage in passages]
    return hashlib.sha256(orjson.dumps(said)).hexdigest() if said else NOTHING


def _put(tx: Transaction, brand_id: BrandId, company: Company) -> None:
    if (rows.digest(tx, brand_id, COMPANY_ID) or NOTHING) == company.digest:
        return
    if company.passages:
        rows.save(tx, brand_id, _document(brand_id, company), company.passages, company.digest, utc_now())
    else:
        rows.remove(tx, brand_id, COMPANY_ID)


def _document(brand_id: BrandId, company: Company) -> Document:
    """company_info as somebody would write it down, for whoever reads the list of documents."""
    content = "\n\n".join(f"## {passage.title}\n\n{passage.text}" for passage in company.passages)
    return Document(id=COMPANY_ID, kind=DocumentKind.COMPANY, title="Company", content=content, brand_id=brand_id)


def _passages(config: BrandConfig) -> tuple[Passage, ...]:
    """company_info in passages; a long text in it is cut like a document."""
    found: dict[str, Passage] = {}
    for passage in passages_of(config.company_info):
        parts = [passage]
        if len(passage.text) > LONGEST:
            pieces = cut(passage.text, passage.title)
            parts = [Passage(f"{passage.id}.{number}", *piece) for number, piece in enumerate(pieces, start=1)]
        for part in parts:
            found.setdefault(part.id, replace(part, title=part.title[:MAX_TITLE]))
    return tuple(found.values())[:MAX_PASSAGES]
