"""Shapes a reply for the ear: at most two short sentences, and nothing that cannot be spoken."""

import re
import unicodedata

MAX_SENTENCES = 2

# About 25 seconds of speech at 150 words a minute.
MAX_CHARS = 350

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_BULLET = re.compile(r"(?:[-*+•]|\d+[.)])\s+")
_MARKUP = frozenset("*_#`~|<>[]{}\\^=")

# After these a full stop ends no sentence.
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "st", "no", "vs", "e.g", "i.e", "etc", "inc", "approx", "max", "min"}
)


class VoiceFilter:
    """Turns a stream of written text into what can be spoken.

    Text is shown sentence by sentence: only a whole line or sentence can be told apart from mark-up, so the result does
    not depend on how the stream was split. `done` becomes true when two sentences are out: the rest need not come.
    """

    def __init__(self) -> None:
        self._held = ""
        self._sentences = 0
        self._chars = 0

    @property
    def done(self) -> bool:
        """Whether everything that will be spoken has been returned."""
        return self._sentences >= MAX_SENTENCES or self._chars >= MAX_CHARS

    def feed(self, piece: str) -> str:
        """Take a piece; return what can be spoken now."""
        if self.done:
            return ""
        self._held += piece
        spoken = []
        while not self.done and (end := _sentence_end(self._held)):
            sentence, self._held = self._held[:end], self._held[end:]
            spoken.append(self._speak(sentence))
        return "".join(spoken)

    def finish(self) -> str:
        """The stream has ended: the last words count as a sentence."""
        rest, self._held = self._held, ""
        return "" if self.done else self._speak(rest)

    def _speak(self, sentence: str) -> str:
        words = _plain(sentence)
        if not words:
            return ""
        words = _shortened(words, MAX_CHARS - self._chars)
        gap = " " if self._sentences else ""
        self._sentences += 1
        self._chars += len(words)
        return gap + words


def _sentence_end(text: str) -> int:
    """Where the first sentence or line of `text` ends, what follows it already begun; 0 when none has yet."""
    for match in re.finditer(r"[.!?…]+[\"')\]*_`~]*(?=\s)|\n", text):
        if match.group() == "\n":
            return match.end()
        word = text[: match.start()].rsplit(maxsplit=1)[-1:]
        is_abbreviation = match.group() == "." and word and word[0].lower().lstrip("(") in _ABBREVIATIONS
        is_list_number = (
            match.group() == "." and bool(word) and word[0].isdigit() and text[: match.start()].strip().isdigit()
        )
        if not is_abbreviation and not is_list_number:
            return match.end()
    return 0


def _plain(sentence: str) -> str:
    text = _BULLET.sub("", sentence.strip(), count=1) if _BULLET.match(sentence.strip()) else sentence.strip()
    text = _ADDRESS.sub("", text)
    text = "".join(char for char in text if char not in _MARKUP and not _is_pictograph(char))
    text = re.sub(r"\s+", " ", text.replace(" - ", ", ").replace("—", ", ")).strip(" -,")
    return text if any(char.isalnum() for char in text) else ""


def _is_pictograph(char: str) -> bool:
    """Emoji, arrows, box drawing; currency signs and degrees are spoken."""
    return unicodedata.category(char) in {"So", "Cs", "Co", "Cn", "Cf"} and char != "°"


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:- ") + "."
