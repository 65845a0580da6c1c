"""Pages of the web, fetched for a brand's knowledge, by addresses that anybody may have written.

An address may lead into the network that this server stands in, so each one, and each that a site redirects to, is
taken apart, looked up once, refused unless all that it leads to is public, and connected to exactly there.
"""

import asyncio
import codecs
import socket
import zlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from errors import InvalidInput
from providers.web_addresses import PRIVATE, UPLOAD, checked, host_of, is_own, is_public, literal_address, redirected
from providers.web_sitemaps import addresses_named, has_sitemap_root

USER_AGENT = "multi-brand-chatbot/2.1 (knowledge import)"
MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_SITEMAP_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
MAX_SITEMAPS = 50  # that an index may name

XML_TYPES: Final = ("application/xml", "text/xml", "application/gzip", "application/x-gzip")
PAGE_TYPES: Final = (
    *("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown", "application/pdf"),
    *XML_TYPES,
)
# How web servers name a sitemap.xml.gz; what is inflated out of it is XML.
_GZIP_TYPES = frozenset({"application/gzip", "application/x-gzip"})
_NO_TYPE = "application/octet-stream"

# Codecs of Python that no page is written in, and that are slow or do more than decoding.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITH_CONTENT = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS})

# --- Fetching ---

# Gives every IP address of a host at a port, as text; raises OSError when there is none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def _look_up(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What stands at an address.

    Attributes:
        url: where it was found, after redirects.
        content_type: in small letters, without parameters; "application/xml" for XML that came as a .gz file.
        charset: a text encoding that Python can decode, as the site said; None when it said none.
        content: the bytes, inflated.
    """

    url: str
    content_type: str
    charset: str | None
    content: bytes


def is_sitemap(page: FetchedPage) -> bool:
    """Whether a page is a sitemap or an index of sitemaps, by its root element, whatever type its site calls it."""
    return has_sitemap_root(page.content)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a site is waited for: for all of a page with its redirects, a connection, and the next bytes."""

    total_s: float = 20.0
    connect_s: float = 5.0
    read_s: float = 10.0


class _Pinned(AbstractResolver):
    """Hands on what was looked up and checked, and opens sockets for nothing else."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for address in self._addresses
        ]

    def open_socket(self, wanted: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for an address that was checked; hosts that are IP addresses come here without `resolve`."""
        family, kind, protocol, _, address = wanted
        if address[0] not in self._addresses:
            raise PermissionError(address[0])
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Nothing is held."""


class WebPages:
    """Fetches pages, each over connections of its own: no cookies, no proxies of the environment, nothing kept.

    Args:
        allow_private: fetch from loopback and private networks too. It is for tests, and for operators who import from
            a network of their own and trust everybody who may import; link-local and metadata addresses stay refused.
        resolve: looks up a host; the system's resolver unless given.
        patience: how long a site is waited for.
    """

    def __init__(
        self, *, allow_private: bool = False, resolve: Resolve = _look_up, patience: Patience | None = None
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._patience = patience or Patience()

    async def fetch(
        self, url: str, *, max_bytes: int = MAX_PAGE_BYTES, accept: Collection[str] = PAGE_TYPES
    ) -> FetchedPage:
        """The page at an address, following up to MAX_REDIRECTS redirects.

        Args:
            url: http or https.
            max_bytes: of the content, as it is sent and inflated.
            accept: content types that are wanted.

        Raises:
            InvalidInput: the address may not be asked, or what it gives cannot be had or used.
        """
        place = checked(url)
        try:
            async with asyncio.timeout(self._patience.total_s):
                for _ in range(MAX_REDIRECTS + 1):
                    found = await self._ask(place, max_bytes, accept)
                    if isinstance(found, FetchedPage):
                        return found
                    place = redirected(place, found)
        except (aiohttp.ClientError, OSError) as error:
            raise InvalidInput(self._sentence(error, host_of(place))) from error
        raise InvalidInput(f"{host_of(place)} leads on from page to page; give the address where it ends.")

    async def sitemap_urls(self, page: FetchedPage, *, limit: int) -> list[str]:
        """The addresses that a sitemap names, or the sitemaps that an index names, in order, each once.

        Args:
            page: for which `is_sitemap` holds.
            limit: how many addresses at most; ask for one more to know whether there are more.

        Returns:
            At least one address. Left out are those of other hosts ("www." makes no difference) or ports, and what is
            no address that could be fetched.

        Raises:
            InvalidInput: it cannot be read, names no page of its host or too many sitemaps, or one of these fails.
        """
        home = URL(page.url)
        root, named = await asyncio.to_thread(addresses_named, page.content, home, max(limit, MAX_SITEMAPS + 1))
        if root == "sitemapindex":
            named = await self._indexed(home, named, limit)
        if not named:
            raise InvalidInput(f"This sitemap names no page of {host_of(home)}; give the address of a page.")
        return named[:limit]

    async def _indexed(self, home: URL, sitemaps: Sequence[str], limit: int) -> list[str]:
        """The addresses that the sitemaps of an index name."""
        urls: dict[str, None] = {}
        for number, sitemap in enumerate(sitemaps):
            if len(urls) >= limit:
                break
            if number == MAX_SITEMAPS:
                raise InvalidInput(f"This sitemap names more than {MAX_SITEMAPS} others; import these one by one.")
            try:
                page = await self.fetch(sitemap, max_bytes=MAX_SITEMAP_BYTES, accept=XML_TYPES)
                root, named = await asyncio.to_thread(addresses_named, page.content, home, limit)
            except InvalidInput as error:
                raise InvalidInput(f"{sitemap}, which this sitemap names: {error.message}") from error
            if root == "sitemapindex":
                raise InvalidInput("This sitemap names others that name others again; import one of those.")
            urls.update(dict.fromkeys(named))
        return list(urls)

    async def _addresses(self, url: URL) -> list[str]:
        """All IP addresses of a host, once every one of them may be connected to."""
        host, port = host_of(url), url.port or 0
        literal = literal_address(host)
        try:
            texts = [str(literal)] if literal else await self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise InvalidInput(f"{host} cannot be looked up now; try again.") from error
            texts = []
        found = list(dict.fromkeys(map(ip_address, texts)))
        if not found:
            raise InvalidInput(f"{host} is not the name of a site; check the address.")
        if not all(is_public(address) or (self._allow_private and is_own(address)) for address in found):
            raise InvalidInput(PRIVATE)
        return [str(address) for address in found]

    async def _ask(self, url: URL, max_bytes: int, accept: Collection[str]) -> FetchedPage | str:
        """The page at an address, or where its site sends us on to."""
        pinned = _Pinned(await self._addresses(url))
        connector = aiohttp.TCPConnector(
            resolver=pinned, socket_factory=pinned.open_socket, use_dns_cache=False, force_close=True
        )
        timeout = aiohttp.ClientTimeout(sock_connect=self._patience.connect_s, sock_read=self._patience.read_s)
        headers = {"User-Agent": USER_AGENT, "Accept": ", ".join(accept), "Accept-Encoding": "identity"}
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=headers,
                timeout=timeout,
                auto_decompress=False,
                trust_env=False,
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status in _REDIRECTS and "Location" in response.headers:
                return response.headers["Location"]
            return await _page(url, response, max_bytes, accept)

    def _sentence(self, error: Exception, host: str) -> str:
        """What to tell of a site that did not give a page."""
        if isinstance(error, TimeoutError):
            in_time = (
                "in time" if isinstance(error, aiohttp.ClientError) else f"within {self._patience.total_s:g} seconds"
            )
            return f"{host} did not answer {in_time}; try again or {UPLOAD}."
        if isinstance(error, aiohttp.ClientConnectorSSLError | aiohttp.ClientConnectorCertificateError):
            return f"{host} cannot prove that it is {host}, its certificate is not valid; {UPLOAD}."
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"{host} takes no connection; check the address, or {UPLOAD}."
        return f"{host} broke off its answer; try again or {UPLOAD}."


# --- What a site answered ---


async def _page(url: URL, response: aiohttp.ClientResponse, max_bytes: int, accept: Collection[str]) -> FetchedPage:
    """The content of an answer that has the right status, type and size."""
    host = host_of(url)
    if response.status not in _WITH_CONTENT:
        raise InvalidInput(_refusal(host, response.status))
    content_type = response.content_type.lower()
    if content_type == _NO_TYPE and url.path.endswith(".xml.gz"):
        content_type = "application/gzip"
    if content_type not in accept:
        raise InvalidInput(f"What {host} has at this address is no page, text or PDF; give the address of one.")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", ""}:
        raise InvalidInput(f"{host} sends this page compressed in a way that was not asked for; {UPLOAD}.")
    content = await _read(response, max_bytes)
    if "gzip" in encoding:
        content = await asyncio.to_thread(_inflated, content, host, max_bytes)
    if content_type in _GZIP_TYPES:
        if content.startswith(b"\x1f\x8b"):
            content = await asyncio.to_thread(_inflated, content, host, max_bytes)
        content_type = "application/xml"
    return FetchedPage(str(url), content_type, _charset(response.charset), content)


def _refusal(host: str, status: int) -> str:
    if status in _MISSING:
        return f"{host} has no such page; check the address."
    if status in _CLOSED:
        return f"{host} does not show this page to strangers; {UPLOAD}."
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{host} is busy or failing; try again later or {UPLOAD}."
    return f"{host} answered with status {status} instead of a page; check the address or {UPLOAD}."


def _too_large(host: str, max_bytes: int) -> InvalidInput:
    return InvalidInput(f"The page of {host} has more than {max_bytes:,} bytes; give the address of a smaller one.")


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    host = host_of(response.url)
    if (response.content_length or 0) > max_bytes:
        raise _too_large(host, max_bytes)
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > max_bytes:
            raise _too_large(host, max_bytes)
    return bytes(content)


def _inflated(content: bytes, host: str, max_bytes: int) -> bytes:
    """What a gzip file holds, never more than `max_bytes` and one byte of it in memory."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        inflated = inflater.decompress(content, max_bytes + 1)
    except zlib.error:
        inflated = b""
    if len(inflated) > max_bytes:
        raise _too_large(host, max_bytes)
    if not inflater.eof or inflater.unused_data.strip(b"\0"):
        raise InvalidInput(f"What {host} sent compressed is damaged; {UPLOAD}.")
    return inflated


def _charset(said: str | None) -> str | None:
    """Python's name of a text encoding; None for what is none, or none that a page is written in."""
    try:
        name = codecs.lookup(said or "").name
        b"a".decode(name)
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _NO_CHARSETS else name
