import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from brand_document import DESCRIPTION_PATTERN, NAME_PATTERN, brand_members
from errors import InvalidInput
from field_types import NOT_BLANK, PLAIN, Price, Rule, Specifications, Text
from models import DocumentDraft

# Such as the patterns are about, beside any.
TEXTS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\t\n\r \x00\x0b\x1b\x1f\x7f\x85\u00a0\u3000a"), max_size=6
)


@pytest.mark.parametrize("rule", [PLAIN, NOT_BLANK])
@given(text=TEXTS)
def test_the_schema_says_what_is_checked(rule: Rule, text: str) -> None:
    try:
        rule.check(text)
        taken = True
    except ValueError:
        taken = False
    assert taken == (re.search(rule.says["pattern"], text) is not None)


@given(text=TEXTS)
def test_what_the_schema_of_a_brand_allows_is_taken(text: str) -> None:
    for member, pattern in (("name", NAME_PATTERN), ("description", DESCRIPTION_PATTERN)):
        if re.search(pattern, text):
            assert brand_members(**{member: text}) == {member: text.strip()}


@pytest.mark.parametrize("name", ["", " ", "\n", "a\x00b", "a\nb", "a\x85b"])
def test_what_the_schema_of_a_name_forbids_is_refused(name: str) -> None:
    assert not re.search(NAME_PATTERN, name)
    with pytest.raises(InvalidInput):
        brand_members(name)


def test_limits_stand_in_the_schema() -> None:
    class Given(BaseModel):
        price: Price
        specifications: Specifications
        note: Text

    said: dict[str, Any] = Given.model_json_schema()["properties"]
    assert said["price"].items() >= {"type": "number", "minimum": 0, "maximum": 1e12}.items()
    assert said["specifications"].items() >= {"maxProperties": 300, "additionalProperties": False}.items()
    assert list(said["specifications"]["patternProperties"]) == [PLAIN.says["pattern"]]
    assert said["note"].items() >= {"type": "string", **PLAIN.says}.items()


@pytest.mark.parametrize("price", [True, -1, 2e12, float("nan"), float("inf"), "dear"])
def test_what_is_no_price_is_refused(price: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Price).validate_python(price)


def test_a_text_that_is_too_long_is_told_in_characters() -> None:
    with pytest.raises(ValidationError, match="at most 300 characters"):
        DocumentDraft(title="x" * 301, content="x")


def test_a_number_that_is_too_long_is_kept_as_text() -> None:
    given = {"iccid": 89490200001234567890, "more": [{"least": -(2**63), "less": -(2**63) - 1, "most": 2**64 - 1}]}
    kept = TypeAdapter(Specifications).validate_python(given)
    assert kept == {
        "iccid": "89490200001234567890",
        "more": [{"least": -(2**63), "less": str(-(2**63) - 1), "most": 2**64 - 1}],
    }
    assert orjson.loads(orjson.dumps(kept)) == kept


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    for kind in (Text, Specifications):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python({"a": text} if kind is Specifications else text)
