"""The content of brands_config.json: what is read, what is refused with which reason, and what an edit leaves alone."""

import copy
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brand_document import BrokenFile, config_members, ids_of, new_id, parse
from errors import InvalidInput
from models import BRAND_ID_PATTERN, BrandId

TECHPRO = BrandId("techpro")

V2_0: dict[str, Any] = {
    "note": "kept by hand",
    "brands": [
        {
            "id": "techpro",
            "name": "TechPro",
            "description": "Läptöps",
            "created_at": "2025-06-11 00:04:44.412073",
            "updated_at": "2025-06-11 00:04:44.412073",
            "is_active": True,
            "owner": {"name": "Ada", "floors": [1, 2.5, None]},
        },
        {
            "id": "stylehub",
            "description": "",
            "name": "StyleHub",
            "created_at": "2025-06-11T02:04:44+02:00",
            "updated_at": "2025-06-11 00:04:44",
            "is_active": False,
        },
    ],
    "configs": [
        {
            "brand_id": "techpro",
            "system_prompt": "Sell.",
            "persona_prompt": None,
            "welcome_message": "Hi.",
            "company_info": {"zip": "97209", "about": {"founded": 2012}},
            "appearance_settings": {"color": "#fff"},
            "updated_at": "2025-06-11 00:04:44.412073",
            "settings": {"currency": "EUR", "future": [1]},
            "x-theme": "dark",
        }
    ],
}


# --- Reading ---


def _edited(*path: str | int, value: Any) -> str:
    content = copy.deepcopy(V2_0)
    part: Any = content
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return json.dumps(content, indent=1)


def _line_of(text: str, what: str) -> int:
    return text[: text.index(what)].count("\n") + 1


BROKEN = {
    "syntax": ('{\n  "brands": [],\n  "configs": [,]\n}', "line 3, column 15: Expecting value"),
    "empty": ("", "line 1, column 1: Expecting value"),
    "not an object": ("[]", "line 1, column 1: the file must hold an object"),
    "no brands": ('{"configs": []}', "the file has no list 'brands'"),
    "brands are no list": ('{\n"brands": {}}', "line 2, column 1: 'brands' must be a list"),
    "an entry is no object": ('{"brands": [\n7]}', "line 2, column 1: each of 'brands' must be an object"),
    "a newer schema": ('{\n\n"schema_version": 3, "brands": []}', "line 3, column 1: schema_version is not 2"),
    "a member twice": ('{"brands": [],\n "x": {"y": 1,\n "y": 2}}', "line 3, column 2: member 'y' is given twice"),
    "not a number": ('{"brands": [],\n "x": [1,\n NaN]}', "line 3, column 2: 'x.1' is not a finite number"),
    "too large a number": ('{"brands": [],\n "x": 1e999}', "line 2, column 2: 'x' is not a finite number"),
    "half a character": ('{"brands": [],\n "x": "\\ud83d"}', "line 2, column 2: 'x' holds a lone surrogate"),
    "too deep": ('{"brands": [],\n "x": ' + "[" * 200 + "]" * 200 + "}", "levels deep"),
    "much too deep": ("[" * 100_000, "the content is nested too deeply"),
    "too many digits": ('{"brands": [], "x": ' + "9" * 5_000 + "}", "a number has too many digits"),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_place_and_reason(content: str, reason: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        parse(content.encode())
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        (("brands", 0, "created_at"), "yesterday", '"created_at"', "brand 'techpro', member 'created_at': "),
        (("brands", 0, "name"), 7, '"name": 7', "brand 'techpro', member 'name': "),
        (("brands", 1, "id"), "techpro", '"id": "techpro",\n   "description": ""', "'techpro' is in 'brands' twice"),
        (("configs", 0, "settings", "currency"), "euro", '"currency"', "brand 'techpro', member 'settings.currency': "),
        (("configs", 0, "company_info"), [], '"company_info"', "brand 'techpro', member 'company_info': "),
    ],
)
def test_a_wrong_member_is_named_with_its_brand_and_line(
    path: Sequence[str | int], value: Any, place: str, reason: str
) -> None:
    text = _edited(*path, value=value)
    with pytest.raises(BrokenFile) as caught:
        parse(text.encode())
    assert caught.value.line == _line_of(text, place)
    assert reason in caught.value.reason


def test_a_missing_member_is_named_with_the_line_of_its_brand() -> None:
    with pytest.raises(BrokenFile, match=r"^line 3, column 2: brand 'b', member 'created_at': Field required"):
        parse(b'{"brands": [\n\n {"id": "b", "name": "B"}]}')


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    with pytest.raises(BrokenFile, match="line 2, column 7: this is not UTF-8"):
        parse(b'{"brands": [],\n"x": "\xff"}')


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert TECHPRO in parse(b"\xef\xbb\xbf" + json.dumps(V2_0).encode()).brands


# --- What may be put into it ---


@given(st.text(min_size=1, max_size=200))
def test_every_name_gives_ids_that_we_give_out(name: str) -> None:
    ids = ids_of(name)
    some = [next(ids) for _ in range(12)]
    assert len(set(some)) == 12
    for brand_id in some:
        assert re.fullmatch(BRAND_ID_PATTERN, brand_id)
        assert brand_id != "active"


@pytest.mark.parametrize("given_id", ["", "active", "Test", "a b", "-a", "a-", "a\n", "x" * 64, "ä"])
def test_an_id_that_we_do_not_give_out_is_refused(given_id: str) -> None:
    with pytest.raises(InvalidInput, match="A brand's id has"):
        new_id(given_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"system_prompt": 7},
        {"welcome_message": None},
        {"company_info": "none"},
        {"company_info": {"a": float("nan")}},
        {"company_info": {"a": float("-inf")}},
        {"company_info": {"a": ["\ud800"]}},
        {"company_info": {"\udfff": 1}},
        {"system_prompt": "\ud83d"},
        {"settings": {"currency": "euro"}},
        {"settings": {"access": "everybody"}},
    ],
)
def test_a_config_that_cannot_be_served_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=f"^'{next(iter(changes))}"):
        config_members(changes)


# --- Properties ---

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)
_unknown = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda name: f"x-{name}"), _json, max_size=3
)


@settings(max_examples=40, deadline=None)
@given(top=_unknown, brand=_unknown, config=_unknown, company=_unknown, setting=_unknown, escaped=st.booleans())
def test_members_that_we_do_not_know_survive_an_edit(
    top: dict[str, Any],
    brand: dict[str, Any],
    config: dict[str, Any],
    company: dict[str, Any],
    setting: dict[str, Any],
    escaped: bool,  # noqa: FBT001, hypothesis hands it over by name
) -> None:
    content = copy.deepcopy(V2_0)
    content |= top
    content["brands"][0] |= brand
    content["configs"][0] |= config
    content["configs"][0]["company_info"] |= company
    content["configs"][0]["settings"] |= setting
    document = parse(json.dumps(content, ensure_ascii=escaped).encode())
    edited = document.put(TECHPRO, brand={"name": "New"}, config={"welcome_message": "Hello.", "version": 1})
    after = json.loads(edited.content)
    content["brands"][0]["name"] = "New"
    content["configs"][0] |= {"welcome_message": "Hello.", "version": 1}
    assert json.dumps(after) == json.dumps({"schema_version": 2, **content})
    assert parse(edited.content).content == edited.content


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | _json.map(lambda value: json.dumps(value).encode()))
def test_whatever_the_file_holds_it_is_read_or_refused(content: bytes) -> None:
    with suppress(BrokenFile):  # it, and no other error
        assert parse(content).content == content
