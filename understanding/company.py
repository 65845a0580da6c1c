"""What a brand says of itself, cut into passages, and which of them answer a question."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from models import Passage
from understanding.words import content_words, occurs, plain, stem, stems, unique, word_set, words

MAX_PASSAGES = 500
_MAX_DEPTH = 6  # nesting beyond this is no longer somebody's notes about a company
_MAX_FACT_CHARS = 60  # a group of values no longer than this reads best together ("Monday: 9-18; Saturday: 10-16")

# Members that only group others: their name says nothing in a title.
_GROUPS = word_set("policies policy company_info company info information general details misc other data")
_QUESTION_KEYS = ("question", "q", "title", "topic", "heading", "name")
_ANSWER_KEYS = ("answer", "a", "text", "content", "description", "body", "value")

# A passage must cover this share of a question's content words, and come near the best one, to be an answer to it.
_ENOUGH = 0.5
_NEAR_THE_BEST = 0.6
_IN_TITLE = 1.0
_OF_TOPIC_AND_IN_TEXT = 0.95
_OF_TOPIC = 0.65  # another word for the passage's subject
_IN_TEXT = 0.6
_TOPIC_WEIGHT = 3.0  # a word that names a subject ("returns") says more about the question than another ("shoes")

# The subjects that every shop is asked about, and the words by which customers and shops call them.
_TOPICS: dict[str, str] = {
    "returns": "return returns returned returning refund refunds refunded exchange exchanges swap money",
    "shipping": """shipping ship ships shipped delivery deliver delivers delivered deliveries arrive arrives dispatch
        postage courier parcel overnight international""",
    "warranty": """warranty warranties guarantee guaranteed guarantees broken defect defective faulty repair repairs
        fault mend""",
    "payment": """payment payments pay paying paid card cards credit debit paypal visa mastercard instalment instalments
        installments klarna invoice checkout""",
    "hours": "hours open opening close closed closing weekend saturday sunday monday holiday holidays",
    "contact": "contact email e-mail mail phone telephone call reach hotline chat write",
    "address": "address location located where based headquarters headquarter office shop store visit showroom",
    "about": "about company founded founder history story mission tagline established started",
    "sustainability": """sustainability sustainable ethical ethically organic recycled environment environmental climate
        eco-friendly green fair carbon vegan""",
    "price match": "match cheaper elsewhere lower competitor",
}
_TOPIC_STEMS = {topic: frozenset(stem(word) for word in listed.split()) for topic, listed in _TOPICS.items()}

# Questions without a content word of their own, or whose words mean something else apart.
_TOPIC_PHRASES = (
    (
        re.compile(r"\b(?:money back|(?:send|bring|take) (?:\w+ ){0,3}back)\b"),
        "returns",
    ),
    (re.compile(r"\bwho (?:are|is) (?:you|behind)\b|\babout (?:you|us|your (?:company|shop|brand))\b"), "about"),
    (re.compile(r"\bwhere (?:are|is) (?:you|your)\b"), "address"),
    (re.compile(r"\bhow (?:is|are) .*\bmade\b"), "sustainability"),
)
_ASKING = word_set(
    """
    policy policies company information info question questions tell explain know long take takes work works does
    happen happens apply applies offer offers accept number people way ways time soon much cost costs order ordered
    product products item items bought get customer customers service team day days possible allowed support made
    make choose find do
    """
)

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
_EMAIL_KEY = re.compile(r"e-?_?mail", re.IGNORECASE)
_PHONE_KEY = re.compile(r"phone|^tel|hotline|call", re.IGNORECASE)
_HOURS_KEY = re.compile(r"hours|opening", re.IGNORECASE)
_FEWEST_PHONE_DIGITS = 5
_PLAIN_CONTACT_KEYS = ("contact", "support", "customer_service", "help")


# --- Passages ---


def passages_of(company_info: Mapping[str, Any]) -> list[Passage]:
    """Cut a brand's free-form facts into passages, each with a title, in the order of the facts.

    Args:
        company_info: nested objects, lists, texts and numbers; empty values are left out.

    Returns:
        At most `MAX_PASSAGES`, whose ids are the paths of keys ("policies.returns").
    """
    found: dict[str, Passage] = {}
    for path, text in _leaves(company_info, ()):
        if len(found) == MAX_PASSAGES:
            break
        passage = _passage(path, text)
        found.setdefault(passage.id, passage)
    return list(found.values())


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(path) > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        yield from _leaves_of_object(value, path)
    elif isinstance(value, list | tuple):
        yield from _leaves_of_list(value, path)
    elif text := _text(value):
        yield path or ("",), text


def _leaves_of_object(value: Mapping[Any, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    question, answer = _first_text(value, _QUESTION_KEYS), _first_text(value, _ANSWER_KEYS)
    if path and question and answer:
        yield (*path[:-1], question), answer
        return
    facts = [(str(key), _text(item)) for key, item in value.items()]
    if path and path[-1].lower() not in _GROUPS and len(facts) > 1 and all(_is_fact(text) for _, text in facts):
        yield path, "; ".join(f"{_readable(key)}: {text}" for key, text in facts)
        return
    for key, item in value.items():
        yield from _leaves(item, (*path, str(key)))


def _leaves_of_list(value: Sequence[Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    texts = [_text(item) for item in value]
    if texts and all(_is_fact(text) for text in texts):
        yield path, ", ".join(texts)
        return
    for index, item in enumerate(value):
        yield from _leaves(item, (*path, str(index)))


def _text(value: object) -> str:
    """A single value in words; empty for nothing and for what holds other values."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value.strip() if isinstance(value, str) else ""


def _is_fact(text: str) -> bool:
    return 0 < len(text) <= _MAX_FACT_CHARS


def _first_text(value: Mapping[Any, Any], keys: Iterable[str]) -> str:
    return next((text for key in keys if (text := _text(value.get(key)))), "")


def _passage(path: tuple[str, ...], text: str) -> Passage:
    if path[-1].endswith("?"):
        return Passage(id=".".join(path), title=path[-1], text=text)
    speaking = [key for key in path if key.lower() not in _GROUPS and not key.isdigit()] or [path[-1]]
    first, *others = (_readable(key) for key in speaking)
    title = ": ".join([first, *(other[:1].lower() + other[1:] for other in others)])
    return Passage(id=".".join(path), title=title, text=text)


def _readable(key: str) -> str:
    spaced = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", key).split())
    lowered = spaced.lower() if spaced.islower() or (not spaced.isupper() and "?" not in spaced) else spaced
    return lowered[:1].upper() + lowered[1:]


# --- Answers ---


class _Read(NamedTuple):
    """A passage as questions are compared with it: stems and subjects of its title, stems of its text."""

    title: frozenset[str]
    topics: frozenset[str]
    text: frozenset[str]


class _Asked(NamedTuple):
    """A question: its content words, and subjects that a phrase of it names."""

    words: tuple[str, ...]
    topics: tuple[str, ...]


def best_passages(question: str, passages: Iterable[Passage], limit: int = 3) -> list[Passage]:
    """The passages that truly bear on a question, best first.

    Args:
        question: the customer's words.
        passages: what the brand says.
        limit: how many at most.

    Returns:
        Copies whose `score` is the share, 0..1, of the question's content words that the passage covers: fully in its
        title, nearly so by another word for its subject, partly in its text.
    """
    asked = _asked(question)
    if not asked.words and not asked.topics:
        return []
    scored = [replace(passage, score=_score(asked, _read(passage.title, passage.text))) for passage in passages]
    enough = max([_ENOUGH, *(_NEAR_THE_BEST * passage.score for passage in scored)])
    # Among equals the one whose title says nothing else, then the one that says most.
    return sorted(
        (one for one in scored if one.score >= enough),
        key=lambda one: (-one.score, len(words(one.title)), -len(one.text)),
    )[:limit]


def _asked(question: str) -> _Asked:
    spoken = plain(question).lower()
    content = content_words(spoken)
    telling = unique(word for word in content if word not in _ASKING)
    topics = unique(topic for phrase, topic in _TOPIC_PHRASES if phrase.search(spoken))
    return _Asked(telling if telling or topics else unique(content), topics)


@lru_cache(maxsize=4_096)
def _read(title: str, text: str) -> _Read:
    title_stems = stems(title)
    topics = frozenset(topic for topic, called in _TOPIC_STEMS.items() if not called.isdisjoint(title_stems))
    return _Read(title_stems, topics, stems(text))


def _score(asked: _Asked, passage: _Read) -> float:
    weights = _TOPIC_WEIGHT * len(asked.topics)
    covered = _TOPIC_WEIGHT * sum(_OF_TOPIC_AND_IN_TEXT * (topic in passage.topics) for topic in asked.topics)
    for word in asked.words:
        topics = _topics_of(word)
        weight = _TOPIC_WEIGHT if topics else 1.0
        weights += weight
        covered += weight * _share(word, passage, is_topic=not passage.topics.isdisjoint(topics))
    return round(covered / weights, 4)


def _share(word: str, passage: _Read, *, is_topic: bool) -> float:
    """How far, 0..1, a passage covers one word."""
    if occurs(word, passage.title):
        return _IN_TITLE
    in_text = occurs(word, passage.text)
    if is_topic:
        return _OF_TOPIC_AND_IN_TEXT if in_text else _OF_TOPIC
    return _IN_TEXT * in_text


@lru_cache(maxsize=4_096)
def _topics_of(word: str) -> frozenset[str]:
    return frozenset(topic for topic, called in _TOPIC_STEMS.items() if occurs(word, called))


# --- Contact ---


def contact_of(company_info: Mapping[str, Any], settings_contact: str | None) -> str:
    """How to reach a person, in words: "support@techpro.example or (555) 010-2030 (Mon-Fri 9-18)".

    Args:
        company_info: the brand's free-form facts, where addresses and numbers are looked for at any depth.
        settings_contact: what the brand set for this purpose; it is used as it stands.

    Returns:
        The phrase; empty when the brand gives no way.
    """
    if settings_contact and settings_contact.strip():
        return settings_contact.strip()
    facts = [(path[-1], text) for path, text in _scalars(company_info, ()) if path]
    email = next(
        (found[0].rstrip(".") for key, text in facts if _EMAIL_KEY.search(key) and (found := _EMAIL.search(text))), ""
    )
    phone = next((text for key, text in facts if _PHONE_KEY.search(key) and _is_phone(text)), "")
    hours = next((text for key, text in facts if _HOURS_KEY.search(key) and _is_fact(text)), "")
    ways = " or ".join(way for way in (email, phone) if way)
    if not ways:
        return next((text for key, text in facts if key.lower() in _PLAIN_CONTACT_KEYS), "")
    return f"{ways} ({hours})" if hours and phone else ways


def _scalars(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and len(path) <= _MAX_DEPTH:
        for key, item in value.items():
            yield from _scalars(item, (*path, str(key)))
    elif text := _text(value):
        yield path, text


def _is_phone(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _FEWEST_PHONE_DIGITS and len(words(text)) <= _MAX_FACT_CHARS // 4
