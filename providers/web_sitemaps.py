"""Sitemaps (sitemaps.org/protocol.html), read without trusting whoever wrote them."""

import re
from contextlib import suppress

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser
from yarl import URL

from errors import InvalidInput
from providers.web_addresses import MAX_URL_CHARS, checked, host_of

MAX_NAMED = 50_000  # addresses that a sitemap may name, by its protocol
MAX_DEPTH = 20  # of a sitemap's elements; four is what the extensions need

_ROOTS = frozenset({"urlset", "sitemapindex"})
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+([A-Za-z]+)")
_LOC_DEPTH = 3
_PARSED_AT_ONCE = 64 * 1024
# Expat reads a tag anew with each piece until it ends, and hands on all its attributes at once.
_LONGEST_TAG = 256 * 1024


class _Sitemap:
    """What an XML parser has come across: the name of the root, and the text of each root/url/loc or root/sitemap/loc.

    Elements of extensions, such as the addresses of images, lie deeper.
    """

    def __init__(self) -> None:
        self.root = ""
        self.named: list[str] = []
        self._open: list[str] = []

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._open.append(tag.rpartition("}")[2])
        self.root = self._open[0]
        if len(self._open) > MAX_DEPTH:
            raise ValueError(tag)
        if self._in_address():
            self.named.append("")

    def data(self, text: str) -> None:
        if self._in_address() and len(self.named[-1]) <= MAX_URL_CHARS:
            self.named[-1] += text

    def end(self, _: str) -> None:
        self._open.pop()

    def _in_address(self) -> bool:
        return len(self._open) == _LOC_DEPTH and self._open[1] in {"url", "sitemap"} and self._open[2] == "loc"


def has_sitemap_root(content: bytes) -> bool:
    """Whether content is a sitemap or an index of sitemaps, by its root element, whatever type its site calls it."""
    sitemap, head = _Sitemap(), content[:_PARSED_AT_ONCE]
    with suppress(ParseError, LookupError, ValueError):
        XMLParser(target=sitemap).feed(head)
    if not sitemap.root and (declared := _DOCTYPE.search(head)):  # entities are refused before the root is seen
        return declared[1].decode() in _ROOTS
    return sitemap.root in _ROOTS


def addresses_named(content: bytes, home: URL, limit: int) -> tuple[str, list[str]]:
    """The root of a sitemap, and up to `limit` addresses of the host `home` that it names, each once.

    Raises:
        InvalidInput: it is no sitemap, declares a document type, or is larger or nested deeper than any.
    """
    sitemap = _Sitemap()
    try:
        _parse(content, sitemap)
    except DefusedXmlException:
        raise InvalidInput("This sitemap declares a document type or entities, which are not read.") from None
    except (ParseError, LookupError, ValueError):
        raise InvalidInput("This sitemap is damaged or too large; give the address of a page.") from None
    if sitemap.root not in _ROOTS:
        raise InvalidInput("This is no sitemap; give the address of a page.")
    urls: dict[str, None] = {}
    for text in sitemap.named:
        if len(urls) < limit and (url := _near(home, text)):
            urls[str(url)] = None
    return sitemap.root, list(urls)


def _parse(content: bytes, sitemap: _Sitemap) -> None:
    """Parse in pieces, since expat goes on to the end of what it was given also after an error of ours."""
    parser = XMLParser(target=sitemap, forbid_dtd=True)
    for start in range(0, len(content), _PARSED_AT_ONCE):
        parser.feed(content[start : start + _PARSED_AT_ONCE])
        if start - parser.parser.CurrentByteIndex > _LONGEST_TAG or len(sitemap.named) > MAX_NAMED:
            raise ValueError(start)
    parser.close()


def _near(home: URL, text: str) -> URL | None:
    """An address of the host and port of `home`, or of the ports of the web there."""
    try:
        url = checked(str(home.join(URL(text.strip()))))
    except (InvalidInput, ValueError):
        return None
    near = host_of(url).removeprefix("www.") == host_of(home).removeprefix("www.")
    return url if near and (url.is_default_port() or url.port == home.port) else None
