"""What in a text names a host or a mailbox, and which of them are a brand's own."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

# A host without a scheme is an address when it ends like this; with a path behind it, when it ends in any lower-case
# word that is no usual end of a file's name. Two-letter ends that are English words or ends of files are left out.
_KNOWN_ENDS = frozenset(
    re.findall(
        r"\w+",
        "com net org info biz edu gov mil int example test invalid localhost app dev shop store online site website "
        "web xyz top club live link click cloud tech page blog space icu vip pro mobi name zone world today support "
        "help io co ai me tv cc gg ly uk de fr nl eu es ch se dk fi pl cz pt gr hu ro ie ca au nz jp cn kr tw hk sg ru "
        "ua br mx cl za tr il ae",
    )
)
_FILE_ENDS = frozenset(
    re.findall(
        r"\w+",
        "js ts jsx tsx css htm html php py sh md pdf txt doc docx xls xlsx ppt csv json xml yml yaml ini log png jpg "
        "jpeg gif svg webp mp3 mp4 wav exe jar",
    )
)
_WEB_SCHEMES = frozenset({"http", "https", "ftp", "ws", "wss"})
_LONGEST_HOST = 253

# Scripts without spaces, and their punctuation: a bare address ends where they begin.
UNSPACED = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"

_SCHEME_MARK = re.compile(r":[/\\]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*+:", re.IGNORECASE)
_SCHEME_CHARS = re.compile(r"[a-z0-9+.-]{1,32}", re.IGNORECASE)
_HOST = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)++")
_AUTHORITY = re.compile(r"[^/\\?#]*")
_PORT = re.compile(r":\d{1,5}")
_LOADED = re.compile(r"(?:javascript|vbscript):[^\s.:!?]|data:(?:[\w.+-]+/|[;,])", re.IGNORECASE)
_ENDS_RUN = re.compile(rf"""[\s<>"\[\](){{}}`*|,;'{UNSPACED}]+""")
_INVISIBLE = re.compile(r"[\x00-\x20\u200b-\u200f\u2060\ufeff]+")


def host_of(authority: str) -> str:
    """A host in one form: without user, port, final dot and `www.`, lower case, in its ASCII spelling."""
    host = unquote(authority).rpartition("@")[2]
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").casefold()
    host = re.sub(r":\d*$", "", host).strip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:  # no host that a resolver takes; it stays as it is, and equals itself alone
            return host
    return host.removeprefix("www.")


@dataclass(frozen=True, slots=True)
class Address:
    """A host that a text names, or a mailbox on it.

    Attributes:
        host: in the form of `host_of`.
        mailbox: lower case, with its host; empty when the host alone is named.
    """

    host: str
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class OwnLinks:
    """The hosts and mailboxes that are a brand's own.

    A host is the brand's own when it is named exactly so, apart from `www.`; its sub-domains are not. A mailbox is when
    it is named or its host is.
    """

    hosts: frozenset[str]
    mailboxes: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str], urls: Iterable[str]) -> "OwnLinks":
        """Those that a brand's texts name and its products' addresses stand on."""
        hosts: set[str] = set()
        mailboxes: set[str] = set()
        for text in texts:
            for run in _ENDS_RUN.split(text):
                for address in _addresses(run, anywhere=True) if "." in run or ":" in run else ():
                    if address.mailbox:
                        mailboxes.add(address.mailbox)
                    else:
                        hosts.add(address.host)
        for url in urls:
            hosts.update(address.host for address in _addresses(url, anywhere=True) if not address.mailbox)
        return cls(frozenset(hosts - {""}), frozenset(mailboxes))

    def also(self, texts: Iterable[str], urls: Iterable[str]) -> "OwnLinks":
        """These, and those that further texts name and further addresses stand on."""
        more = OwnLinks.of(texts, urls)
        return OwnLinks(self.hosts | more.hosts, self.mailboxes | more.mailboxes)

    def has(self, address: Address) -> bool:
        """Whether an address is the brand's own."""
        return address.host in self.hosts or (bool(address.mailbox) and address.mailbox in self.mailboxes)

    def has_target(self, target: str) -> bool:
        """Whether what a link points to is the brand's own; a path without a host is."""
        target = _INVISIBLE.sub("", html.unescape(target)).replace("\\", "/")
        scheme, colon, rest = target.partition(":")
        if target.startswith("//"):
            return _authority_host(target) in self.hosts
        if not colon or not _SCHEME.fullmatch(scheme + colon) or ("." in scheme and _PORT.match(colon + rest)):
            return target.startswith(("/", "#", "?")) or all(map(self.has, _addresses(target, anywhere=True)))
        if scheme.lower() in _WEB_SCHEMES:
            return _authority_host(rest) in self.hosts
        if scheme.lower() == "mailto":
            return all(map(self.has, map(_mailbox, unquote(rest.partition("?")[0]).split(","))))
        return False

    def judge(self, run: str) -> bool | None:
        """Whether the addresses in a run of characters without spaces are the brand's own; None when it has none."""
        if _LOADED.match(run):
            return False
        found = [self.has(address) for address in _addresses(run, anywhere=False)]
        return all(found) if found else None


def _mailbox(text: str) -> Address:
    host = host_of(text)
    return Address(host, f"{text.rpartition('@')[0].casefold()}@{host}")


def _authority_host(after_scheme: str) -> str:
    """The host of an address behind its scheme, as browsers read it: with any number of slashes."""
    authority = _AUTHORITY.match(after_scheme.lstrip("/\\"))
    return host_of(authority.group()) if authority else ""


def _addresses(run: str, *, anywhere: bool) -> Iterator[Address]:
    """What a run names, from left to right; what is a path or a query of an address names nothing.

    With `anywhere`, each name with a dot and letters behind it counts as a host.
    """
    mark = _web_mark(run)
    before = run if mark is None else run[: mark[0]]
    for host in _HOST.finditer(before):
        address = _bare(before, host, anywhere=anywhere)
        if address:
            yield address
            port = _PORT.match(before, host.end())
            if before[port.end() if port else host.end() :][:1] in {"/", "?", "#", "\\"}:
                return
    if mark is not None:
        yield Address(_authority_host(run[mark[1] :]))


def _web_mark(run: str) -> tuple[int, int] | None:
    """Where a scheme with a host behind it begins, and where it ends."""
    for mark in _SCHEME_MARK.finditer(run):
        name = _SCHEME_CHARS.match(run[max(0, mark.start() - 32) : mark.start()][::-1])
        scheme = name.group()[::-1] if name else ""
        doubled = run[mark.end() : mark.end() + 1] in {"/", "\\"}
        if len(scheme) > 1 and (doubled or scheme.lower() in _WEB_SCHEMES | {"file"}):
            return mark.start() - len(scheme), mark.start() + 1
    return None


def _bare(run: str, found: re.Match[str], *, anywhere: bool) -> Address | None:
    """The address that a name with dots is, when it is one."""
    start, end = found.span()
    name, follows = found.group().lstrip("-_"), run[end : end + 1]
    if len(name) > _LONGEST_HOST:
        return None
    if start and run[start - 1] == "@":
        before = re.match(r"[\w.+%-]{1,64}", run[max(0, start - 65) : start - 1][::-1])
        local = before.group()[::-1] if before else ""
        return _mailbox(f"{local}@{name}") if local else None
    if follows == "@":
        return None
    last = name.rpartition(".")[2]
    has_path = follows in {"/", "\\"} and bool(run[end + 1 : end + 2].strip())
    is_known = name.casefold().startswith("www.") or last.lower() in _KNOWN_ENDS or last.startswith("xn--")
    is_likely = (has_path or anywhere) and last.isalpha() and last.islower() and last not in _FILE_ENDS
    return Address(host_of(name)) if is_known or (is_likely and len(last) > 1) else None
