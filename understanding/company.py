"""What a brand says of itself, cut into passages, and how to reach it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from models import Passage
from understanding.words import word_set, words

MAX_PASSAGES = 500
_MAX_DEPTH = 6  # nesting beyond this is no longer somebody's notes about a company
_MAX_FACT_CHARS = 60  # a group of values no longer than this reads best together ("Monday: 9-18; Saturday: 10-16")

# Members that only group others: their name says nothing in a title.
_GROUPS = word_set("policies policy company_info company info information general details misc other data")
_QUESTION_KEYS = ("question", "q", "title", "topic", "heading", "name")
_ANSWER_KEYS = ("answer", "a", "text", "content", "description", "body", "value")

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
    path_id = ".".join(path).replace("#", "%23")  # a number sign stands in the ids of documents' passages alone
    if path[-1].endswith("?"):
        return Passage(id=path_id, title=path[-1], text=text)
    speaking = [key for key in path if key.lower() not in _GROUPS and not key.isdigit()] or [path[-1]]
    first, *others = (_readable(key) for key in speaking)
    title = ": ".join([first, *(other[:1].lower() + other[1:] for other in others)])
    return Passage(id=path_id, title=title, text=text)


def _readable(key: str) -> str:
    spaced = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", key).split())
    lowered = spaced.lower() if spaced.islower() or (not spaced.isupper() and "?" not in spaced) else spaced
    return lowered[:1].upper() + lowered[1:]


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
    return f"{ways} ({hours.rstrip('.')})" if hours and phone else ways


def _scalars(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and len(path) <= _MAX_DEPTH:
        for key, item in value.items():
            yield from _scalars(item, (*path, str(key)))
    elif text := _text(value):
        yield path, text


def _is_phone(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _FEWEST_PHONE_DIGITS and len(words(text)) <= _MAX_FACT_CHARS // 4
