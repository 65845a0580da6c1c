"""The vocabulary of each brand's catalogue, kept in memory and in step with the rows."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from errors import BrandNotFound
from live.base import BrandChanged, CatalogueChanged, Notice, Notices
from models import Brand, BrandId
from needs import Vocabulary
from speller import serves_until
from storage import products as rows
from storage.engine import Database, Transaction
from storage.vocabularies import load_vocabulary

logger = structlog.get_logger(__name__)

# One that is collected anew behind a customer's back serves for so long meanwhile: a question that comes later than
# that after a change waits for it.
MEANWHILE_S: Final = 2.0


@dataclass(slots=True)
class _Kept:
    """A vocabulary in memory.

    Attributes:
        revision: the catalogue's state that it was made of.
        vocabulary: it.
        until: the moment (monotonic) up to which it serves although the catalogue has changed; 0 when it is collected
            so quickly that it need not.
        is_stale: whether the catalogue has changed.
    """

    revision: int
    vocabulary: Vocabulary
    until: float
    is_stale: bool = False

    def is_over(self) -> bool:
        """Whether it must be made anew."""
        return self.is_stale and monotonic() >= self.until

    def serves_meanwhile(self) -> bool:
        """Whether a customer is answered with it while that is done."""
        return bool(self.until) and monotonic() < self.until + MEANWHILE_S


class Vocabularies:
    """Knows the names that each brand's catalogue gives to things.

    Args:
        database: where the rows are.
        notices: of catalogues that changed.
    """

    def __init__(self, database: Database, notices: Notices) -> None:
        self._database = database
        self._kept: dict[BrandId, _Kept] = {}
        self._collecting: dict[BrandId, asyncio.Task[None]] = {}
        notices.subscribe(self._on_notice)

    async def of(self, brand: Brand, currency: str) -> Vocabulary:
        """A brand's: as it is now; of a catalogue so large that collecting it takes long, as it was a moment ago."""
        brand_id = brand.id
        known = self._kept.get(brand_id)
        if known is None or (known.is_over() and not known.serves_meanwhile()):
            return (await self._collect(brand, currency)).vocabulary
        if known.is_over() and brand_id not in self._collecting:
            task = self._collecting[brand_id] = asyncio.create_task(self._collect_behind(brand, currency))
            task.add_done_callback(lambda _: self._collecting.pop(brand_id, None))
        return known.vocabulary

    def check(self, brand_id: BrandId, revision: int) -> None:
        """Forget a vocabulary of another state: a tool beside this process changes catalogues without notice."""
        known = self._kept.get(brand_id)
        if known is not None and known.revision != revision:
            known.is_stale = True

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._kept.pop(brand_id, None)

    async def _collect(self, brand: Brand, currency: str) -> _Kept:
        brand_id, about = brand.id, f"{brand.name}\n{brand.description}"

        def collect(tx: Transaction) -> _Kept:
            began = monotonic()
            revision, vocabulary = rows.revision(tx, brand_id), load_vocabulary(tx, brand_id, currency, about)
            return _Kept(revision, vocabulary, serves_until(began))

        before = self._kept.get(brand_id)
        known = await self._database.read(collect)
        if self._kept.get(brand_id) is before:  # else the brand was changed or deleted meanwhile
            self._kept[brand_id] = known
        return known

    async def _collect_behind(self, brand: Brand, currency: str) -> None:
        try:
            await self._collect(brand, currency)
        except BrandNotFound:
            logger.info("vocabulary of a deleted brand not collected", brand=brand.id)
        except Exception:  # the old one serves a moment longer, and then whoever asks gets the error
            logger.exception("vocabulary not collected", brand=brand.id)

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, BrandChanged):
            self._kept.pop(notice.brand_id, None)
        if isinstance(notice, CatalogueChanged) and (known := self._kept.get(notice.brand_id)):
            known.is_stale = True
