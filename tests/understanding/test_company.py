from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understanding.bearing import best_passages
from understanding.company import contact_of, passages_of

INFO: dict[str, Any] = {
    "name": "Riverbend",
    "founded": 2012,
    "about": "Riverbend is a small shop for tools.",
    "email": "help@riverbend.example",
    "phone": "(555) 010-2030",
    "hours": "Mon-Fri 9-18",
    "address": "1 Mill Lane",
    "policies": {
        "returns": "You can send anything back within 30 days for a refund.",
        "shipping_policy": "Delivery to Canada takes 6 days and is free from $50.",
        "warranty": "We repair or replace what breaks within 24 months.",
        "payment": "We accept cards and bank transfer.",
    },
    "opening": {"monday": "9-18", "saturday": "10-16"},
    "brands_we_like": ["Oak", "Elm"],
    "faq": [{"question": "Do you sharpen knives?", "answer": "Yes, on Tuesdays."}],
    "empty": "",
    "nothing": None,
}


def best(question: str) -> str | None:
    found = best_passages(question, passages_of(INFO))
    return found[0].id if found else None


def test_facts_become_passages_with_readable_titles() -> None:
    titles = {passage.id: passage.title for passage in passages_of(INFO)}

    assert titles["policies.returns"] == "Returns"
    assert titles["policies.shipping_policy"] == "Shipping policy"
    assert "empty" not in titles
    assert "nothing" not in titles


def test_short_facts_that_belong_together_stay_together() -> None:
    texts = {passage.id: passage.text for passage in passages_of(INFO)}

    assert texts["opening"] == "Monday: 9-18; Saturday: 10-16"
    assert texts["brands_we_like"] == "Oak, Elm"
    assert texts["founded"] == "2012"


def test_a_question_with_its_answer_is_one_passage() -> None:
    sharpening = next(passage for passage in passages_of(INFO) if passage.text == "Yes, on Tuesdays.")

    assert sharpening.title == "Do you sharpen knives?"


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What is your return policy?", "policies.returns"),
        ("Can I get my money back?", "policies.returns"),
        ("Do you deliver to Canada?", "policies.shipping_policy"),
        ("How long does shipping take?", "policies.shipping_policy"),
        ("Is there a guarantee if it is broken?", "policies.warranty"),
        ("Which payment methods do you take?", "policies.payment"),
        ("What is your phone number?", "phone"),
        ("Where are you?", "address"),
        ("Who are you?", "about"),
        ("When were you founded?", "founded"),
    ],
)
def test_a_question_finds_the_passage_that_answers_it(question: str, passage: str) -> None:
    assert best(question) == passage


@pytest.mark.parametrize(
    "question", ["Who won the match?", "Do you have a loyalty program?", "a red drill", "", "the of"]
)
def test_what_the_brand_does_not_say_finds_nothing(question: str) -> None:
    assert best(question) is None


def test_contact_names_every_way() -> None:
    assert contact_of(INFO, None) == "help@riverbend.example or (555) 010-2030 (Mon-Fri 9-18)"


def test_contact_set_by_the_brand_comes_first() -> None:
    assert contact_of(INFO, " call Ann ") == "call Ann"


def test_contact_is_found_inside_nested_facts() -> None:
    assert contact_of({"contact": {"support_email": "Write to a@b.example."}}, None) == "a@b.example"


def test_contact_is_empty_when_there_is_none() -> None:
    assert contact_of({"name": "Riverbend", "phone": "none"}, None) == ""


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=15,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.text(max_size=40))
def test_any_company_info_yields_distinct_passages_and_scores_of_shares(info: dict[str, Any], question: str) -> None:
    passages = passages_of(info)
    contact_of(info, None)

    assert len({passage.id for passage in passages}) == len(passages)
    assert all(passage.text for passage in passages)
    assert all(0 <= passage.score <= 1 for passage in best_passages(question, passages))
