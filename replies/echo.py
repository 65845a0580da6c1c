"""Cuts out of a reply, as it streams, what repeats the brand's prompt word by word."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache

# So many words in a row are no coincidence: common turns of phrase have up to about eight.
ECHO_WORDS = 12

# A character of a script without spaces counts as a third of a word.
_WORD_WEIGHT, _CHAR_WEIGHT = 3, 1
_ECHO_WEIGHT = ECHO_WORDS * _WORD_WEIGHT

# What is longer than that between two words parts them; a word that is longer is compared by its beginning alone.
_MOST_BETWEEN = 512
_MOST_COMPARED = 64
_MOST_OF_WORD = 256

# Replies come in the same short pieces again and again: what they consist of is kept.
_SHORT, _KEPT = 24, 4_096

CUT = "…"

_CHARS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Accents that are characters of their own, and what is invisible, belong to the word that they stand in.
_WITHIN = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_LETTERS = rf"(?:[^\W_{_CHARS}]|[{_WITHIN}])+"
_TOKEN = re.compile(rf"([{_CHARS}])|({_LETTERS})|((?:[\W_](?<![{_CHARS}{_WITHIN}]))+)")

# A piece of some sentences is looked over as a whole first: most hold no run of known words that is long enough.
_LONG = 80  # characters
_WORDS, _ASCII_WORDS = re.compile(rf"({_LETTERS})"), re.compile(r"([a-z0-9]+)")
_HAS_CHARS = re.compile(rf"[{_CHARS}]")
_KNOWN, _UNKNOWN = b"\1", b"\0"

# Of HTML, what a model puts into running text; the names of other tags count as words.
_TAGS = frozenset(re.findall(r"\w+", "b i u s p a br hr li ul ol em strong span div code pre sup sub h1 h2 h3 h4"))
_TAG_BEGINS = ("<", "</")

_Window = tuple[str, ...]


@lru_cache(maxsize=_KEPT)
def _tokens(piece: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(_TOKEN.findall(piece))


@lru_cache(maxsize=_KEPT)
def _plain_char(char: str) -> str:
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(part for part in parts if unicodedata.category(part) not in {"Mn", "Cf"})


def _plain(text: str) -> str:
    """A text without case, accents and forms of presentation.

    It is made character by character, so that the beginning of a word gives the beginning of its result.
    """
    return text.lower() if text.isascii() else "".join(map(_plain_char, text))


def _is_ignored(word: str, before: str) -> bool:
    """Whether a word neither makes nor parts a run: numbers, by which lists are numbered, and tags."""
    return not word or word.isdigit() or (word in _TAGS and before.endswith(_TAG_BEGINS))


def _words(text: str) -> Iterator[tuple[str, int]]:
    """The words of a text in the form in which they are compared, and their weights."""
    before = ""
    for token in _TOKEN.finditer(text):
        char, word, before_next = token.groups()
        plain = _plain(char or word or "")[:_MOST_COMPARED]
        if (char or word) and not _is_ignored(plain, before):
            yield plain, _CHAR_WEIGHT if char else _WORD_WEIGHT
        before = before_next or ""


def _windows(words: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int, _Window]]:
    """For each word that ends an echo, where the shortest one begins, the end, and its words."""
    start = weight = 0
    for end, (_, own_weight) in enumerate(words, 1):
        weight += own_weight
        while weight - words[start][1] >= _ECHO_WEIGHT:
            weight -= words[start][1]
            start += 1
        if weight >= _ECHO_WEIGHT:
            yield start, end, tuple(word for word, _ in words[start:end])


class SecretWords:
    """The runs of words that customers shall not read; made once per configuration, shared by its replies.

    It is a suffix automaton over the words: from a run, the next word leads to the longest run that ends with it.

    Args:
        secret_texts: what the model is told and the customer is not.
        public_texts: what customers may read; runs that stand there as well are not secret.
    """

    def __init__(self, secret_texts: Sequence[str], public_texts: Sequence[str] = ()) -> None:
        texts = [list(_words(text)) for text in secret_texts]
        echoes = {window for words in texts for _, _, window in _windows(words)}
        self.public = {
            window
            for text in public_texts
            if echoes
            for _, _, window in _windows(list(_words(text)))
            if window in echoes
        }
        self.next: list[dict[str, int]] = [{}]
        self.shorter = [-1]
        self.length = [0]
        begun = {""}
        self._last = 0
        for words in texts:
            for segment in self._segments(words):
                for word in segment:
                    self._append(word)
                    begun.update(word[:end] for end in range(1, len(word) + 1))
                self._append("\0")  # no word: runs end here
        self.begun = frozenset(begun)
        self.known = frozenset(self.next[0]) | _TAGS | {""}  # words and whatever else a run may hold

    def _segments(self, words: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
        """The parts of a text that secret runs cover."""
        begins, ends = -1, -1
        for start, end, window in _windows(words):
            if window in self.public:
                continue
            if start > ends:
                if begins >= 0:
                    yield [word for word, _ in words[begins:ends]]
                begins = start
            ends = end
        if begins >= 0:
            yield [word for word, _ in words[begins:ends]]

    def _append(self, word: str) -> None:
        new = self._state({}, -1, self.length[self._last] + 1)
        at, self._last = self._last, new
        while at >= 0 and word not in self.next[at]:
            self.next[at][word] = new
            at = self.shorter[at]
        if at < 0:
            self.shorter[new] = 0
            return
        follows = self.next[at][word]
        if self.length[follows] > self.length[at] + 1:
            original = follows
            follows = self._state(dict(self.next[original]), self.shorter[original], self.length[at] + 1)
            while at >= 0 and self.next[at].get(word) == original:
                self.next[at][word] = follows
                at = self.shorter[at]
            self.shorter[original] = follows
        self.shorter[new] = follows

    def _state(self, following: dict[str, int], shorter: int, length: int) -> int:
        self.next.append(following)
        self.shorter.append(shorter)
        self.length.append(length)
        return len(self.next) - 1


class EchoFilter:
    """Cuts runs of `ECHO_WORDS` or more secret words out of a stream of text, and puts "…" in their place.

    Case, accents, punctuation, mark-up, line breaks and numbers are ignored, so quotes, bullets, bold letters and
    numbering hide nothing. Of a script without spaces each character is a third of a word. No word of a run is shown,
    so words wait while they could be the beginning of one; a word that the secret has not is shown at once, and all
    that waited with it. Translations, encodings and other words put in between are beyond it.

    A piece of one word costs 0.7 us on average: 600 English words, of which 39% stand in a prompt of 240 words.

    Args:
        secret: the runs to cut.
    """

    def __init__(self, secret: SecretWords) -> None:
        self._secret = secret
        self._state = 0
        self._matched = 0  # so many of the latest words stand in the secret as they do here
        self._window: deque[tuple[str, int]] = deque()  # of these, what may be in one shortest echo
        self._weight = 0
        self._held: deque[tuple[str, str]] = deque()  # of these, what is not cut: what is before each, and the word
        self._between = ""  # held, since the latest word
        self._before = ""  # the last characters since the latest word, held or not
        self._word = ""  # begun and held, as it came and as it is compared
        self._plain = ""
        self._in_shown = False  # the word that is shown goes on
        self._after_cut = False
        self._out: list[str] = []
        self.cut = 0

    def feed(self, piece: str) -> str:
        """Take a piece of the stream; return what may be shown. What could be the beginning of an echo is held back."""
        word = piece[1:]
        if piece[:1] == " " and word.isascii() and word.isalpha():
            return self._feed_word(piece, word)
        if len(piece) < _LONG or not self._feed_sentences(piece):
            self._feed_tokens(piece)
        return self._taken()

    def _feed_tokens(self, piece: str) -> None:
        for char, word, between in _tokens(piece) if len(piece) <= _SHORT else _TOKEN.findall(piece):
            if word:
                self._grow(word)
                continue
            self._close()
            if between:
                self._part(between)
            else:
                self._complete(char, _plain(char), _CHAR_WEIGHT)

    def _feed_sentences(self, piece: str) -> bool:
        """Take only what is around the first and the last unknown word of a long piece word by word, if that will do.

        What is between them is shown as it is, unless so many known words stand there in a row that it may be an echo.
        """
        if piece.isascii():
            parts = _ASCII_WORDS.split(piece.lower())  # what is between words, and the words, in turns
        elif _HAS_CHARS.search(piece):
            return False
        else:
            parts = _WORDS.split(piece)
        words = parts[3:-3:2]  # the first may have begun before, and the last may go on
        if not words or max(map(len, words)) > _MOST_COMPARED:
            return False
        known = self._secret.known
        plain = words if piece.isascii() else map(_plain, words)
        are_known = bytes([word in known or word.isdigit() for word in plain])
        first, last = are_known.find(_UNKNOWN), are_known.rfind(_UNKNOWN)
        if first < 0 or _KNOWN * ECHO_WORDS in are_known[first:last]:
            return False
        begin = sum(map(len, parts[: 3 + 2 * first]))
        end = len(piece) - sum(map(len, parts[4 + 2 * last :]))
        self._feed_tokens(piece[:begin])
        self._release()
        self._out.append(piece[begin:end])
        self._before = ""
        self._in_shown = True
        self._feed_tokens(piece[end:])
        return True

    def finish(self) -> str:
        """The stream has ended: what was held back was no echo."""
        self._close()
        self._release()
        return self._taken()

    def _feed_word(self, piece: str, word: str) -> str:
        """The same for a space and a word's beginning, which most pieces are."""
        if self._word:
            self._close()
        self._in_shown = False
        plain = word.lower()
        if plain[:_MOST_COMPARED] not in self._secret.begun:
            if self._held or self._after_cut:
                self._release()
            self._state = self._matched = 0
            self._before = ""
            self._in_shown = True
            if not self._out:
                return piece
            self._out.append(piece)
            return self._taken()
        self._part(" ")
        self._word, self._plain = word, plain
        if len(word) > _MOST_OF_WORD:
            self._show_word()
        return self._taken() if self._out else ""

    def _taken(self) -> str:
        shown = "".join(self._out)
        self._out.clear()
        return shown

    def _grow(self, text: str) -> None:
        """A word begins or goes on."""
        if self._in_shown:
            self._out.append(text)
            return
        self._word += text
        self._plain += _plain(text)
        is_open = self._plain[:_MOST_COMPARED] in self._secret.begun or self._plain.isdigit()
        is_open = is_open or self._before.endswith(_TAG_BEGINS)
        if not is_open or len(self._word) > _MOST_OF_WORD:
            self._show_word()

    def _show_word(self) -> None:
        """The word that was begun is not in the secret."""
        self._release()
        self._out.append(self._word)
        self._word = self._plain = self._before = ""
        self._in_shown = True

    def _close(self) -> None:
        """The word that was begun, if any, has ended."""
        word, plain, before = self._word, self._plain[:_MOST_COMPARED], self._before
        self._word = self._plain = ""
        self._in_shown = False
        if word and _is_ignored(plain, before):
            self._part(word)
        elif word:
            self._complete(word, plain, _WORD_WEIGHT)

    def _part(self, text: str) -> None:
        """What is no word: it is held when it may be inside an echo."""
        self._before = (self._before + text)[-2:]
        if not self._held and not self._after_cut:
            self._out.append(text)
            return
        self._between += text
        if len(self._between) > _MOST_BETWEEN:
            self._release()

    def _complete(self, word: str, plain: str, weight: int) -> None:
        secret, state = self._secret, self._state
        self._before = ""
        while state and plain not in secret.next[state]:
            state = secret.shorter[state]
            self._matched = secret.length[state]
        following = secret.next[state].get(plain)
        if following is None:
            self._release()
            self._out.append(word)
            return
        self._state = following
        self._matched += 1
        window = self._window
        window.append((plain, weight))
        self._weight += weight
        while len(window) > self._matched or self._weight - window[0][1] >= _ECHO_WEIGHT:
            self._weight -= window.popleft()[1]
        self._held.append((self._between, word))
        self._between = ""
        while len(self._held) > len(window):
            self._out.extend(self._held.popleft())
            self._after_cut = False
        if self._weight >= _ECHO_WEIGHT and tuple(one for one, _ in window) not in secret.public:
            self._cut()

    def _cut(self) -> None:
        """All that is held is in an echo."""
        if not self._after_cut:
            self._out.append(self._held[0][0] + CUT)
            self.cut += 1
        self._held.clear()
        self._after_cut = True

    def _release(self) -> None:
        """What is held is in no echo, and what comes begins anew."""
        for held in self._held:
            self._out.extend(held)
        self._held.clear()
        self._out.append(self._between)
        self._between = ""
        self._window.clear()
        self._weight = self._state = self._matched = 0
        self._after_cut = False
