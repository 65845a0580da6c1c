"""audit_values.py: a change is told so that it can be seen and nothing is kept twice."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_values import MAX_CHARS, MAX_MEMBERS, differing, told

SECRET = "never-to-be-seen"


def _hash(text: str) -> dict[str, object]:
    return {"sha256": hashlib.sha256(text.encode()).hexdigest()[:16], "chars": len(text)}


def test_only_what_differs_is_told() -> None:
    before = {"name": "Lamp", "price": 1.0, "url": None}
    after = {"name": "Lamp", "price": 2.0, "colour": "red", "url": None}
    assert differing(before, after) == ({"price": 1.0}, {"price": 2.0, "colour": "red"})
    assert differing(None, {"a": 1}) == (None, {"a": 1})
    assert differing({"a": 1}, None) == ({"a": 1}, None)


@pytest.mark.parametrize(
    "members",
    [
        {"system_prompt": SECRET},
        {"persona_prompt": SECRET},
        {"api_key": SECRET},
        {"Password": SECRET},
        {"identity_secret": SECRET},
        {"user_token": SECRET},
        {"settings": {"nested": {"access_token": SECRET}}},
        {"settings": {"prompts": [SECRET, SECRET]}},
        {"list": [{"key": SECRET}]},
        {"a": {"b": {"c": {"d": SECRET}}}},
        {"long": SECRET * MAX_CHARS},
        {"content": SECRET},
        {"apiKey": [SECRET]},
        {"company_info": {"content": {"a": [SECRET]}}},
        {str(one): {str(two): SECRET * 3 for two in range(50)} for one in range(50)},
    ],
)
def test_secrets_prompts_and_long_texts_are_told_by_hash_and_length(members: dict[str, Any]) -> None:
    assert SECRET not in repr(told(members))


def test_a_text_can_be_told_to_be_the_same_by_its_hash() -> None:
    assert told({"system_prompt": "Be kind."}) == {"system_prompt": _hash("Be kind.")}
    assert told({"system_prompt": ""}) == {"system_prompt": ""}
    assert told({"tokens_per_day": 5, "big": 2**70}) == {"tokens_per_day": 5, "big": str(2**70)}
    assert told({"monkey": "business", "keyboard": "qwerty"}) == {"monkey": "business", "keyboard": "qwerty"}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), json, max_size=200), st.dictionaries(st.text(), json, max_size=20))
def test_whatever_changes_is_told_in_bounds(before: dict[str, Any], after: dict[str, Any]) -> None:
    for side in differing(before, after):
        assert side is not None
        assert len(side) <= MAX_MEMBERS + 1
        assert not any(isinstance(value, str) and len(value) > MAX_CHARS for value in side.values())
