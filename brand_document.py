"""The content of brands_config.json, without any I/O: read and checked, edited, and what may be put into it.

What an edit does not touch stays as it was read: members that we do not know, the order of members, the spelling of
timestamps. So the JSON itself is kept, edits are made to copies of it, and the models are drawn from the result.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from errors import InvalidInput
from models import BRAND_ID_PATTERN, Brand, BrandConfig, BrandId, utc_now

SCHEMA_VERSION = 2
MAX_DEPTH = 100  # of nesting; orjson writes 254 levels at most

MAX_NAME_CHARS = 200
MAX_DESCRIPTION_CHARS = 2_000
MAX_ID_CHARS = 63  # what BRAND_ID_PATTERN allows
# What schemas say of them: no control characters, and in a name something besides blanks.
NAME_PATTERN = r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$"
DESCRIPTION_PATTERN = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"
RESERVED_IDS = frozenset({"active"})  # GET /brands/active is a list
EDITABLE_MEMBERS = frozenset(BrandConfig.model_fields) - {"brand_id", "updated_at", "version"}

JsonPath = tuple[str | int, ...]
Entry = Mapping[str, Any]

Model = TypeVar("Model", bound=BaseModel)


class BrokenFile(Exception):
    """The file is not one that we can serve from.

    Attributes:
        reason: what is wrong, for the operator; it holds no path.
        line: where, from 1; None when it is not about a place.
        column: the same.
    """

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class _Misfit(Exception):
    """What is wrong, and with which value; the line is found afterwards."""

    def __init__(self, path: JsonPath, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """The file's content at one moment.

    Attributes:
        content: its bytes; none when there is no file yet.
        raw: the JSON in it; never changed in place.
        brands: in the file's order.
        configs: one for every brand, defaults where the file has none.
        orphans: versions of the configs that have no brand; they stay in the file and are not served.
    """

    content: bytes
    raw: Mapping[str, Any]
    brands: Mapping[BrandId, Brand]
    configs: Mapping[BrandId, BrandConfig]
    orphans: Mapping[BrandId, int]

    def put(self, brand_id: BrandId, *, brand: Entry, config: Entry) -> "Document":
        """A copy in which these members of the brand and of its config are replaced, or its entries are added.

        Raises:
            BrokenFile: the result could not be loaded again.
        """
        defaults = BrandConfig(brand_id=brand_id, updated_at=utc_now()).model_dump(mode="json", exclude={"settings"})
        return self._with(
            brands=_merged(self.raw["brands"], "id", brand_id, brand, otherwise={"id": brand_id}),
            configs=_merged(self.raw.get("configs", []), "brand_id", brand_id, config, otherwise=defaults),
        )

    def without(self, *brand_ids: BrandId) -> "Document":
        """A copy that has nothing of these brands."""
        return self._with(
            brands=[entry for entry in self.raw["brands"] if entry["id"] not in brand_ids],
            configs=[entry for entry in self.raw.get("configs", []) if entry["brand_id"] not in brand_ids],
        )

    def differing(self, other: "Document") -> list[BrandId]:
        """The brands that are not the same in both."""

        def of(document: Document, brand_id: BrandId) -> tuple[Brand | None, BrandConfig | None]:
            return document.brands.get(brand_id), document.configs.get(brand_id)

        return [brand_id for brand_id in {**self.brands, **other.brands} if of(self, brand_id) != of(other, brand_id)]

    def _with(self, **lists: list[Entry]) -> "Document":
        raw = {**self.raw, **lists}
        if "schema_version" not in raw:
            raw = {"schema_version": SCHEMA_VERSION, **raw}
        return parse(_rendered(raw))  # what is written can be loaded again


EMPTY = Document(content=b"", raw={"brands": [], "configs": []}, brands={}, configs={}, orphans={})


def _merged(entries: list[Entry], key: str, brand_id: BrandId, changes: Entry, *, otherwise: Entry) -> list[Entry]:
    if any(entry[key] == brand_id for entry in entries):
        return [{**entry, **changes} if entry[key] == brand_id else entry for entry in entries]
    return [*entries, {**otherwise, **changes}]


def _rendered(raw: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(raw, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an integer of more than 64 bits; the standard library writes it, a hundred times slower
        return (json.dumps(raw, indent=2, ensure_ascii=False) + "\n").encode()


# --- Reading the content ---


def parse(content: bytes) -> Document:
    """Read and check the file's bytes.

    Raises:
        BrokenFile: they cannot be served; it says where and why.
    """
    try:
        text = content.decode("utf-8-sig")  # Windows' editors begin a file with a mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise BrokenFile("this is not UTF-8", line, column) from None
    raw = _json(text)
    try:
        return _document(content, raw)
    except _Misfit as misfit:
        raise BrokenFile(misfit.reason, *_line_and_column(text, misfit.path)) from None


def _unstorable(value: object) -> tuple[JsonPath, str] | None:
    """Where a JSON value holds what cannot be stored and served, and what that is; None when all is well.

    That is half a surrogate pair (no UTF-8), NaN and the infinities (no JSON), and nesting beyond MAX_DEPTH.
    """
    pending: list[tuple[JsonPath, object]] = [((), value)]
    while pending:
        path, part = pending.pop()
        if len(path) > MAX_DEPTH:
            return path, f"is nested more than {MAX_DEPTH} levels deep"
        match part:
            case str() if _LONE_SURROGATE.search(part):
                return path, "holds a lone surrogate"
            case float() if not math.isfinite(part):
                return path, "is not a finite number"
            case Mapping():
                pending += ((path, name) for name in part)  # names are text too
                pending += (((*path, name), inner) for name, inner in part.items())
            case list():
                pending += (((*path, index), inner) for index, inner in enumerate(part))
            case _:
                pass
    return None


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def _dotted(path: JsonPath) -> str:
    """The path as people write it."""
    return ".".join(str(part) for part in path)


def _json(text: str) -> Any:  # noqa: ANN401, the file may hold any JSON
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        raw = json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        raise BrokenFile(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise BrokenFile("the content is nested too deeply") from None
    except ValueError:  # Python reads no integer of more than 4,300 digits
        raise BrokenFile("a number has too many digits") from None
    if repeated:
        raise _repeated_member(text)
    return raw


def _repeated_member(text: str) -> BrokenFile:
    """A member that is given twice: the first would be lost at the next write, and somebody wrote it."""
    seen: set[JsonPath] = set()
    for path, offset in _places(text):
        if path in seen:
            return BrokenFile(f"member '{path[-1]}' is given twice", *_position(text, offset))
        seen.add(path)
    return BrokenFile("a member is given twice")


def _document(content: bytes, raw: Any) -> Document:  # noqa: ANN401, the file may hold any JSON
    if not isinstance(raw, dict):
        raise _Misfit((), "the file must hold an object")
    if fault := _unstorable(raw):
        path, reason = fault
        raise _Misfit(path, f"'{_dotted(path)}' {reason}")
    if raw.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise _Misfit(("schema_version",), f"schema_version is not {SCHEMA_VERSION}, the only one that can be read")
    if "brands" not in raw:
        raise _Misfit((), "the file has no list 'brands'")
    brands = {
        brand_id: _model(Brand, brand_id, ("brands", index), entry)
        for brand_id, (index, entry) in _by_id(raw, "brands", "id").items()
    }
    entries = _by_id(raw, "configs", "brand_id")
    configs = {}
    for brand_id, brand in brands.items():
        index, entry = entries.pop(brand_id, (0, {}))
        defaults = {"brand_id": brand_id, "updated_at": brand.updated_at}
        configs[brand_id] = _model(BrandConfig, brand_id, ("configs", index), {**defaults, **entry})
    orphans = {brand_id: _version(entry) for brand_id, (_index, entry) in entries.items()}
    return Document(content, raw, brands, configs, orphans)


def _by_id(raw: Mapping[str, Any], member: str, key: str) -> dict[BrandId, tuple[int, Entry]]:
    entries = raw.get(member, [])
    if not isinstance(entries, list):
        raise _Misfit((member,), f"'{member}' must be a list")
    found: dict[BrandId, tuple[int, Entry]] = {}
    for index, entry in enumerate(entries):
        brand_id = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(brand_id, str) or not brand_id:
            raise _Misfit((member, index, key), f"each of '{member}' must be an object with a text '{key}'")
        if brand_id in found:
            raise _Misfit((member, index, key), f"brand '{brand_id}' is in '{member}' twice")
        found[BrandId(brand_id)] = (index, entry)
    return found


def _model(model: type[Model], brand_id: BrandId, path: JsonPath, entry: Entry) -> Model:
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        mistake = error.errors(include_url=False, include_input=False)[0]
        reason = (
            f"brand '{brand_id}', member '{_dotted(mistake['loc'])}': {mistake['msg'].removeprefix('Value error, ')}"
        )
        raise _Misfit((*path, *mistake["loc"]), reason) from None


def _version(entry: Entry) -> int:
    version = entry.get("version")
    return version if isinstance(version, int) else 0


# --- Finding the line ---

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _places(text: str) -> Iterator[tuple[JsonPath, int]]:
    """Where each member's name and each list's element begins in a text that is valid JSON, in its order."""
    path: list[str | int | None] = []  # None where a member's name comes next
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "}]":
            path.pop()
        elif sign == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif sign != ":":
            if path and path[-1] is None:
                path[-1] = json.loads(sign)
                yield tuple(part for part in path if part is not None), token.start()
            elif path and isinstance(path[-1], int):
                yield tuple(part for part in path if part is not None), token.start()
            if sign in "{[":
                path.append(None if sign == "{" else 0)


def _line_and_column(text: str, path: JsonPath) -> tuple[int, int]:
    """Where the value at `path` stands, or the innermost thing around it that is there."""
    found = 0
    for place, offset in _places(text):
        if path[: len(place)] == place:
            found = offset
    return _position(text, found)


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


# --- What may be put into it ---


def ids_of(name: str) -> Iterator[BrandId]:
    """The ids that a name gives, the plainest first: "Test Brand" is test_brand, test_brand_2, test_brand_3, ..."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:MAX_ID_CHARS].rstrip("_") or "brand"
    if base not in RESERVED_IDS:
        yield BrandId(base)
    for number in count(2):
        suffix = f"_{number}"
        yield BrandId(base[: MAX_ID_CHARS - len(suffix)].rstrip("_") + suffix)


def new_id(given: str) -> BrandId:
    """An id that somebody chose for a new brand.

    Raises:
        InvalidInput: it is none that we give out.
    """
    if not re.fullmatch(BRAND_ID_PATTERN, given) or given in RESERVED_IDS:
        raise InvalidInput(
            f"A brand's id has 1 to {MAX_ID_CHARS} characters, a-z, 0-9, '_' and '-', begins and ends with a letter "
            "or a digit, and is not 'active'."
        )
    return BrandId(given)


def brand_members(name: str | None = None, description: str | None = None) -> dict[str, Any]:
    """What is given of a brand, trimmed, as members of its entry.

    Raises:
        InvalidInput: one of them cannot be used.
    """
    given = {}
    if name is not None:
        given["name"] = _words(name, "name", least=1, most=MAX_NAME_CHARS)
    if description is not None:
        given["description"] = _words(description, "description", least=0, most=MAX_DESCRIPTION_CHARS)
    return given


def config_members(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of a config and can be edited, as members of its entry; the rest is left out.

    Raises:
        InvalidInput: a member has the wrong type, or holds what JSON in UTF-8 cannot.
    """
    given = {member: value for member, value in changes.items() if member in EDITABLE_MEMBERS}
    if fault := _unstorable(given):
        path, reason = fault
        raise InvalidInput(f"'{_dotted(path)}' {reason}.")
    try:
        config = BrandConfig.model_validate({**given, "brand_id": "", "updated_at": utc_now()})
    except ValidationError as error:
        mistake = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(f"'{_dotted(mistake['loc'])}': {mistake['msg']}.") from None
    return config.model_dump(mode="json", include=set(given), exclude_unset=True)


def _words(value: str, member: str, *, least: int, most: int) -> str:
    value = value.strip()
    if not least <= len(value) <= most:
        raise InvalidInput(f"A brand's {member} must have {least} to {most} characters.")
    breaks = "" if member == "name" else "\n\r\t"
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in breaks for char in value):
        raise InvalidInput(f"A brand's {member} must not hold control characters.")
    return value
