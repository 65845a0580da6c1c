"""Pages of the web as sources of knowledge: one page, or those that a sitemap names."""

import asyncio
import io
from dataclasses import dataclass
from typing import BinaryIO

import structlog

from errors import InvalidInput
from ingestion.child import Source
from providers.web_pages import MAX_SITEMAP_BYTES, FetchedPage, WebPages, is_sitemap

logger = structlog.get_logger(__name__)

# Of a sitemap so many pages are taken, so many at a time.
MAX_PAGES = 200
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Failed:
    """A page that could not be fetched, and why."""

    url: str
    reason: str


class WebImport:
    """Fetches what an address leads to.

    Args:
        pages: what fetches a page, and refuses addresses that lead into private networks.
    """

    def __init__(self, pages: WebPages) -> None:
        self._pages = pages

    async def fetch(self, url: str) -> list[tuple[Source, BinaryIO]]:
        """The page of an address, or the pages that it names when it is a sitemap.

        A page of a sitemap that cannot be fetched is left to the report: its source has no content, which is refused
        when it is read.

        Raises:
            InvalidInput: the address, or every page of the sitemap, cannot be fetched.
        """
        first = await self._pages.fetch(url, max_bytes=MAX_SITEMAP_BYTES)
        if not is_sitemap(first):
            return [_source(first)]
        urls = await self._pages.sitemap_urls(first, limit=MAX_PAGES)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(address: str) -> FetchedPage | _Failed:
            async with turn:
                try:
                    return await self._pages.fetch(address)
                except InvalidInput as error:
                    return _Failed(address, error.message)

        fetched = await asyncio.gather(*(one(address) for address in urls))
        pages = [page for page in fetched if isinstance(page, FetchedPage)]
        failed = [page for page in fetched if isinstance(page, _Failed)]
        if not pages:
            raise InvalidInput(f"None of the {len(failed)} pages of the sitemap could be fetched: {failed[0].reason}")
        # What could not be fetched is named among the rejected entries.
        return [_source(page) for page in pages] + [
            (Source("", page.url, url=page.url, fault=page.reason), io.BytesIO()) for page in failed
        ]


def _source(page: FetchedPage) -> tuple[Source, BinaryIO]:
    return Source("", page.url, url=page.url, charset=page.charset), io.BytesIO(page.content)
