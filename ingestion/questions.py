"""Questions with their answers, and texts with titles, in rows of cells or in objects: what knowledge bases export."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from errors import UnreadableFile
from ingestion.records import Limits, Rejected
from models import MAX_DOCUMENT_CHARS, MAX_TITLE_CHARS
from understanding.words import word_set

# Titles of columns and names of members; also with "s" or in brackets behind (see `_bare`).
_QUESTIONS = word_set(
    """
    question questions q query faq prompt
    frage fragen kundenfrage
    pregunta preguntas consulta
    pertanyaan tanya soal
    вопрос вопросы
    fråga frågor
    """
)
_ANSWERS = word_set(
    """
    answer answers a response reply
    antwort antworten
    respuesta respuestas
    réponse réponses reponse reponses
    jawaban jawab
    ответ ответы
    svar
    """
)
_TITLES = word_set("title titel título titulo titre judul заголовок название rubrik heading subject name betreff")
_CONTENTS = word_set(
    "content text body inhalt contenido texto contenu texte isi konten teks содержание текст innehåll article markdown"
)
_LANGUAGES = word_set("language lang locale sprache idioma langue bahasa язык språk")
_ADDRESSES = word_set("url link address source href lien enlace tautan ссылка länk")

_ROWS_LOOKED_AT = 20
_ASKING_SHARE = 0.6
_MEMBERS_OF_LISTS = ("faq", "faqs", "questions", "items", "data", "documents", "articles", "entries", "results", "rows")
_DEEPEST_LIST = 4

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}$")
_ADDRESS = re.compile(r"https?://\S{1,1900}$", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NO_LETTERS = re.compile(r"[\W\d_]+")

_ROLES = (
    ("question", _QUESTIONS),
    ("answer", _ANSWERS),
    ("title", _TITLES),
    ("content", _CONTENTS),
    ("language", _LANGUAGES),
    ("url", _ADDRESSES),
)


class NoQuestions(UnreadableFile):
    """Rows of which none says where questions and answers stand."""

    def __init__(self) -> None:
        super().__init__("No questions with answers were found. Name two columns 'question' and 'answer'.")


def documents_in_rows(
    rows: Iterable[tuple[int, Sequence[object]]], limits: Limits
) -> Iterator[dict[str, object] | Rejected]:
    """A document for each row below a row of titles; without titles, when there are two columns and the first one asks.

    Raises:
        NoQuestions: neither is so.
        UnreadableFile: there are more than `limits.rows`.
    """
    source = iter(rows)
    first = list(islice(source, _ROWS_LOOKED_AT))
    titles: Sequence[str] = ()
    roles, below = {0: "question", 1: "answer"}, first
    for place, (_, cells) in enumerate(first):
        if named := _roles(cells):
            roles, below = named, first[place + 1 :]
            titles = [_text(cell) for cell in cells]
            break
    if not titles and not _asks(first):
        raise NoQuestions
    for count, (number, cells) in enumerate(chain(below, source), start=1):
        if count > limits.rows:
            raise UnreadableFile(f"The file has more than {limits.rows:,} rows; send it in parts.")
        texts = [_text(cell) for cell in cells]
        if not any(texts) or _roles(texts) == roles:
            continue
        members = {role: texts[place] for place, role in roles.items() if place < len(texts) and texts[place]}
        columns = ((titles[at] if at < len(titles) else "") or f"column {at + 1}" for at in range(len(texts)))
        yield _document(number, members, {title: text for title, text in zip(columns, texts, strict=True) if text})


def documents_in_value(value: object, limits: Limits) -> Iterator[dict[str, object] | Rejected]:
    """A document for each object of a JSON value: of a list, a list within it, or an object of answers by question.

    Raises:
        NoQuestions: there is none.
    """
    items = _items(value)
    if items is None:
        raise NoQuestions
    found = [_roles(item) for item in items[:_ROWS_LOOKED_AT] if isinstance(item, Mapping)]
    if not any(found):
        raise NoQuestions
    for number, item in enumerate(items, start=1):
        if number > limits.rows:
            raise UnreadableFile(f"The file has more than {limits.rows:,} entries; send it in parts.")
        if not isinstance(item, Mapping):
            yield Rejected(number, "no object with 'question' and 'answer'")
            continue
        names = list(item)
        roles = _roles(names, is_whole=False)
        members = {role: _text(item[names[place]]) for place, role in roles.items()}
        yield _document(number, {role: text for role, text in members.items() if text}, dict(item))


def _items(value: object) -> Sequence[object] | None:
    for _ in range(_DEEPEST_LIST):
        if isinstance(value, list):
            return value
        if not isinstance(value, Mapping):
            return None
        if _roles(value):
            return [value]
        inner = next((value[name] for name in value if str(name).lower() in _MEMBERS_OF_LISTS), None)
        if inner is None:
            asked = {name: said for name, said in value.items() if str(name).rstrip().endswith("?")}
            if asked and all(isinstance(said, str) for said in asked.values()):
                return [{"question": name, "answer": said} for name, said in asked.items()]
            return None
        value = inner
    return None


def _roles(titles: Iterable[object], *, is_whole: bool = True) -> dict[int, str]:
    """What columns hold, by place; nothing when no pair of question and answer, or title and text, is there."""
    found: dict[int, str] = {}
    for place, title in enumerate(titles):
        bare = _bare(str(title)) if title is not None else ""
        role = next((role for role, names in _ROLES if bare in names and role not in found.values()), None)
        if role:
            found[place] = role
    roles = set(found.values())
    is_pair = bool(roles & {"question", "title"}) and bool(roles & {"answer", "content"})
    return found if is_pair or not is_whole else {}


def _bare(title: str) -> str:
    return _NO_LETTERS.sub("", _BRACKETS.sub("", title[:100]).casefold())


def _asks(rows: Sequence[tuple[int, Sequence[object]]]) -> bool:
    """Whether rows are pairs, most with a question first."""
    filled = [[_text(cell) for cell in cells] for _, cells in rows]
    filled = [cells for cells in filled if any(cells)]
    if not filled or any(sum(map(bool, cells[2:])) for cells in filled):
        return False
    asking = sum(len(cells) > 1 and cells[0].endswith(("?", "\uff1f")) and bool(cells[1]) for cells in filled)
    return asking >= _ASKING_SHARE * len(filled)


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    return str(value).strip() if not isinstance(value, Mapping) else _text(value.get("text") or value.get("content"))


def _document(number: int, members: Mapping[str, str], written: Mapping[str, object]) -> dict[str, object] | Rejected:
    question, answer = members.get("question", ""), members.get("answer", "")
    title, content = members.get("title", ""), members.get("content", "")
    if question or answer or not (title or content):
        if not question:
            return Rejected(number, "no question", written)
        if not (answer or content):
            return Rejected(number, "no answer", written)
        document: dict[str, object] = {"question": question, "answer": answer or content}
    else:
        if not content:
            return Rejected(number, "no text", written)
        document = {"title": title, "content": content}
    if len(question or title) > MAX_TITLE_CHARS:
        return Rejected(number, f"a question or title of more than {MAX_TITLE_CHARS} characters", written)
    if len(answer or content) > MAX_DOCUMENT_CHARS:
        return Rejected(number, f"more than {MAX_DOCUMENT_CHARS:,} characters", written)
    if _LANGUAGE.match(members.get("language", "")):
        document["language"] = members["language"]
    if _ADDRESS.match(members.get("url", "")):
        document["url"] = members["url"]
    return document
