"""Takes links and images that are not the brand's own out of a reply as it streams."""

import re
from typing import NamedTuple

from replies.addresses import UNSPACED, OwnLinks

__all__ = ["LinkFilter", "OwnLinks"]

# What is held back at most, in characters: longer than that no address is, and browsers cut there, too.
MOST_HELD = 2_048

# Of what was shown, the end that can be the beginning of an address.
_MOST_BEFORE = 256

# What cannot begin or continue an address by itself. A piece of nothing else passes at once: 0.25 us for a word.
_not_plain = re.compile(r"[^A-Za-z0-9 ,'?-]").search
_JOINING = frozenset(",'?")  # of these, what stands before a scheme without ending a word

# A scheme is held back until it is known to be none, since nobody wants to read "https" without the rest.
_SCHEMES = ("http", "https", "ftp", "www", "mailto", "javascript", "vbscript", "data", "file")
_SPELT = frozenset(form for name in _SCHEMES for form in (name, name.upper(), name.title()))
_BEGUN = frozenset(form[:end] for form in _SPELT for end in range(1, len(form) + 1))

_SPECIAL = re.compile(r"[\[\]<@/\\]|[!.:](?!\s)")
_LEFT = re.compile(rf"(?:(?![{UNSPACED}])[\w+%-])*+")
_STOPS = r"""\s<>"\[\](){}`*|"""
_SOFT = ",;'"
_MOST_SOFT = 16  # of these in a row, and an address that was cut goes on behind them
_RUN = re.compile(rf":[/\\]++(?=[{UNSPACED}])[^{_STOPS}{_SOFT}]++|[^{_STOPS}{_SOFT}{UNSPACED}]++")
_RUN_END = re.compile(rf"[{_STOPS}{_SOFT}{UNSPACED}]")
_REST_OF_RUN = re.compile(rf"(?:[{_SOFT}]{{0,{_MOST_SOFT}}}+[^{_STOPS}{_SOFT}{UNSPACED}])*+")
_SOFT_END = re.compile(rf"[{_SOFT}]{{1,{_MOST_SOFT}}}+\Z")
_SENTENCE_END = ".!?:…"
_JOINS = frozenset(".@:/\\<]")  # what stood apart must not become a link when what was between is cut
_BLANK = frozenset({"", " ", "\n"})

_ANYTHING = re.compile(r"(?s:.)")
_LABEL = re.compile(r"!?\[([^\[\]\n]*+)")
_LABEL_END = re.compile(r"[\[\]\n]")
_TARGET = re.compile(r"\(\s*+(?:[^()\[\]\n]++|\([^()\[\]\n]*+\))*+")
_TARGET_END = re.compile(r"[()\[\]\n]")
_OPEN_INNER = re.compile(r"\([^()\[\]\n]*+\Z")
_DEFINED = re.compile(r":[ \t]*+(\n?[ \t]*+[^\s\[\]]*+)")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*+)")
_TAG_REST = re.compile(r"[^<>]*+")
_TAG_END = re.compile(r"[<>\n]")
_LOADING_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a applet area audio base body button embed form frame iframe image img input link meta object script source "
        "style svg track video",
    )
)


class _Shown(NamedTuple):
    """What stands here is no link: so many characters may be shown."""

    length: int


class _Cut(NamedTuple):
    """What stands here is a foreign link: so many characters go, and `kept` is read in their place."""

    length: int
    kept: str = ""
    goes_on: bool = False  # what follows without a space belongs to it


# A pattern: it cannot be told yet what stands here, and will not be before the pattern is found in what comes.
_Verdict = _Shown | _Cut | re.Pattern[str]


class LinkFilter:
    """Removes links and images that are not the brand's own from a stream of text.

    The text of a Markdown link and the description of an image stay as plain words. HTML tags that load or link go,
    whatever they point to, and their content stays. An address that stands in a sentence goes; what stood before the
    first dot or @ of one without a scheme has been shown by then ("write to ann@other.example" leaves "write to ann"),
    so that plain words never wait. At most `MOST_HELD` characters are held back.

    Args:
        own: the addresses that may be shown.
    """

    def __init__(self, own: OwnLinks) -> None:
        self._own = own
        self._plain: list[str] = []  # what passed at once since `_before` was brought up to date
        self._before = ""
        self._held: list[str] = []
        self._held_chars = 0
        self._awaited = _ANYTHING
        self._busy = False
        self._in_cut = False
        self._in_gap = False
        self._out: list[str] = []
        self.removed = 0

    def feed(self, piece: str) -> str:
        """Take a piece of the stream; return what may be shown. What could be the beginning of a link is held back."""
        if not self._busy and not _not_plain(piece) and piece[piece.rfind(" ") + 1 :] not in _BEGUN:
            self._plain.append(piece)
            return piece
        if self._held and self._held_chars + len(piece) < MOST_HELD and not self._awaited.search(piece):
            self._hold(piece, self._awaited)
            return ""
        for start in range(0, len(piece), MOST_HELD):
            self._read(piece[start : start + MOST_HELD], ended=False)
        return self._taken()

    def finish(self) -> str:
        """The stream has ended: what was held back is judged as it is."""
        self._read("", ended=True)
        return self._taken()

    def _taken(self) -> str:
        shown = "".join(self._out)
        self._out.clear()
        self._busy = bool(self._held) or self._in_cut or self._in_gap
        return shown

    def _read(self, piece: str, *, ended: bool) -> None:
        text = "".join(self._held) + piece
        self._held.clear()
        self._held_chars = 0
        self._catch_up()
        while text := self._skipped(text, ended=ended):
            found = _SPECIAL.search(text)
            offset = found.start() if found else len(text)
            scheme = self._scheme(text[:offset])
            if not found:
                held = 0 if ended else len(scheme)
                self._show(text[: offset - held])
                self._hold(text[offset - held :], _ANYTHING)
                return
            window = text[offset : offset + MOST_HELD]
            verdict = self._verdict(window, text[:offset], ended=ended or len(window) == MOST_HELD)
            if isinstance(verdict, re.Pattern):
                self._show(text[: offset - len(scheme)])
                self._hold(text[offset - len(scheme) :], verdict)
                return
            if isinstance(verdict, _Shown):
                self._show(text[: offset + verdict.length])
                text = text[offset + verdict.length :]
            else:
                spelt = scheme if scheme in _SPELT and window[0] in ".:" else ""
                self._show(text[: offset - len(spelt)])
                self._cut(verdict)
                text = verdict.kept + text[offset + verdict.length :]

    def _cut(self, verdict: _Cut) -> None:
        self.removed += 1
        if self._before[-1:] in _JOINS:
            self._show(" ")
        self._in_cut = verdict.goes_on
        self._in_gap = self._before[-1:] in _BLANK

    def _skipped(self, text: str, *, ended: bool) -> str:
        """`text` without what belongs to the address that was cut last, and without a second space there."""
        if self._in_cut and (rest := _REST_OF_RUN.match(text)):
            text = text[rest.end() :]
            if not ended and (not text or _SOFT_END.match(text)):
                self._hold(text, _ANYTHING)
                return ""
            self._in_cut = False
        if self._in_gap and text:
            text = text.lstrip(" ")
            self._in_gap = not text
        return text

    def _scheme(self, text: str) -> str:
        """The part of `text` at its end, not yet shown, that is a scheme or the beginning of one."""
        left = self._left(text)
        if left not in _BEGUN or (self._before + text)[: -len(left)][-1:] in _JOINING:
            return ""
        return left[-len(text) :] if text else ""

    def _left(self, text: str) -> str:
        """The run of word characters that ends where `text` ends."""
        before = (self._before + text[-_MOST_BEFORE:])[-_MOST_BEFORE:]
        run = _LEFT.match(before[::-1])
        return run.group()[::-1] if run else ""

    def _show(self, text: str) -> None:
        if text:
            self._out.append(text)
            self._before = (self._before + text[-_MOST_BEFORE:])[-_MOST_BEFORE:]

    def _hold(self, text: str, awaited: re.Pattern[str]) -> None:
        if text:
            self._held.append(text)
            self._held_chars += len(text)
            self._awaited = awaited

    def _catch_up(self) -> None:
        """Bring `_before` up to date with what passed at once."""
        chars = 0
        first = len(self._plain)
        while first and chars < _MOST_BEFORE:
            first -= 1
            chars += len(self._plain[first])
        self._before = (self._before + "".join(self._plain[first:]))[-_MOST_BEFORE:]
        self._plain.clear()

    def _verdict(self, window: str, before: str, *, ended: bool) -> _Verdict:
        """What stands at the beginning of `window`; when `ended`, no more of it will come."""
        match window[0]:
            case "[" | "!":
                return self._bracket(window, ended=ended)
            case "]":
                return self._orphan(window, ended=ended)
            case "<":
                return self._tag(window, ended=ended)
            case _:
                return self._run(window, self._left(before), ended=ended)

    def _bracket(self, window: str, *, ended: bool) -> _Verdict:
        if window == "!" and not ended:
            return _ANYTHING
        label = _LABEL.match(window)
        if not label:
            return _Shown(1)
        opening = _Shown(label.start(1))
        rest = window[label.end() :]
        if not rest:
            return opening if ended else _LABEL_END
        if not rest.startswith("]"):
            return opening
        verdict = self._behind_label(rest, ended=ended)
        if isinstance(verdict, _Cut):
            kept = "" if rest[1] == ":" else label.group(1)
            return _Cut(label.end() + verdict.length, kept)
        return opening if isinstance(verdict, _Shown) else verdict

    def _orphan(self, window: str, *, ended: bool) -> _Verdict:
        """A bracket closes that was shown: nothing may come of it."""
        verdict = self._behind_label(window, ended=ended)
        if isinstance(verdict, _Cut) and window[1] == ":":
            return _Shown(1)
        return verdict._replace(kept="]") if isinstance(verdict, _Cut) else verdict

    def _behind_label(self, rest: str, *, ended: bool) -> _Verdict:
        """What the `]` at the beginning makes of a label: a link when a target follows."""
        if rest == "]" and not ended:
            return _ANYTHING
        if rest.startswith("]("):
            return self._inline(rest, ended=ended)
        if rest.startswith("]:"):
            defined = _DEFINED.match(rest, 1)
            if defined and defined.end() == len(rest) and not ended:
                return _ANYTHING
            if defined and not self._own.has_target(defined.group(1).strip().strip("<>")):
                return _Cut(defined.end())
        return _Shown(1)

    def _inline(self, rest: str, *, ended: bool) -> _Verdict:
        target = _TARGET.match(rest, 1)
        if target is None:
            return _Shown(1)
        end = target.end()
        if not ended and (end == len(rest) or _OPEN_INNER.match(rest, end)):
            return _TARGET_END if rest[2:].strip() else _ANYTHING
        inside = target.group()[1:].strip()
        address = inside[1:].partition(">")[0] if inside.startswith("<") else (inside.split(maxsplit=1) or [""])[0]
        if self._own.has_target(address):
            return _Shown(1)
        return _Cut(end + rest.startswith(")", end))

    def _tag(self, window: str, *, ended: bool) -> _Verdict:
        name = _TAG.match(window)
        if not name:
            return _ANYTHING if window in {"<", "</"} and not ended else _Shown(1)
        rest = _TAG_REST.match(window, 1)
        end = rest.end() if rest else 1
        inside, is_open = window[1:end], end == len(window) and not ended
        loads = name.group(1).lower() in _LOADING_TAGS
        if window[end : end + 1] == ">":
            if (":" in inside or "@" in inside) and not any(map(str.isspace, inside)):
                return _Shown(1) if self._own.has_target(inside) else _Cut(end + 1)
            return _Cut(end + 1) if loads or ("=" in inside and "\n" not in inside) else _Shown(1)
        if is_open and (loads or "\n" not in inside):
            return _TAG_END
        return _Cut(name.end()) if loads else _Shown(1)

    def _run(self, window: str, left: str, *, ended: bool) -> _Verdict:
        """An address in a sentence, from its first dot, colon, slash or @."""
        run = _RUN.match(window)
        length = run.end() if run else 1
        if length == len(window) and not ended:
            return _RUN_END
        found = window[:length]
        core = found.rstrip(_SENTENCE_END)
        own = self._own.judge(left + core)
        if own is not False:
            return _Shown(length)
        follows = window[length : length + 1]
        if length == MOST_HELD or (follows and follows in _SOFT):
            return _Cut(length, goes_on=True)
        return _Cut(len(core))
