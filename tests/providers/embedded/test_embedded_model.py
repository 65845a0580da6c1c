import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import FinishReason, Passage
from needs import Intent
from providers.base import Answering, Completion, ModelEvent
from providers.embedded import EmbeddedChatModel
from providers.embedded.composing import ANSWERS
from tests.providers.embedded.shop import ASH, CONTACT, ELM, OAK, RETURNS, Hit, Superlative, answer, marked, prompt


async def events_of(asked: object = None) -> list[ModelEvent]:
    del asked
    return [event async for event in EmbeddedChatModel().stream(prompt(Intent.COMPANY, passages=(RETURNS,)))]


def test_a_stream_says_who_answers_then_words_then_why_it_ended() -> None:
    first, *pieces, last = asyncio.run(events_of())

    assert first == Answering("embedded")
    assert last == Completion(FinishReason.STOP)
    assert len(pieces) == math.ceil(len(RETURNS.text.split()) / 16)
    assert "".join(str(piece) for piece in pieces) == RETURNS.text


def test_a_long_reply_gives_way_to_other_tasks() -> None:
    async def turns_of_another_task() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        long = Passage("long", "Long", "word " * 500 + ".", 1.0)
        async for _ in EmbeddedChatModel().stream(prompt(Intent.COMPANY, passages=(long,))):
            pass
        task.cancel()
        return turns

    assert asyncio.run(turns_of_another_task()) > 20


def test_the_same_prompt_has_the_same_answer() -> None:
    asked = prompt(Intent.PRODUCT, hits=(Hit(OAK, 0.9), Hit(ELM, 0.8)))

    assert answer(asked) == answer(asked)


def test_every_intent_has_its_answer() -> None:
    assert set(ANSWERS) == set(Intent)


@pytest.mark.parametrize("intent", list(Intent))
@pytest.mark.parametrize("voice", [True, False])
def test_every_intent_is_answered_even_without_any_evidence(intent: Intent, voice: bool) -> None:  # noqa: FBT001
    assert answer(prompt(intent, voice=voice, contact="", categories=()))


def test_a_greeting_names_the_brand_and_what_it_sells() -> None:
    text = answer(prompt(Intent.GREETING))

    assert "Riverbend" in text
    assert "Saws and Drills" in text


def test_a_policy_is_quoted_word_for_word_and_nothing_is_suggested() -> None:
    text = answer(prompt(Intent.COMPANY, passages=(RETURNS,), hits=(Hit(OAK, 0.9),)))

    assert text == RETURNS.text


def test_a_bare_fact_is_quoted_with_what_it_is_about() -> None:
    assert answer(prompt(Intent.COMPANY, passages=(Passage("founded", "Founded", "2012", 1.0),))) == "Founded: 2012"


def test_what_the_brand_does_not_say_is_not_made_up() -> None:
    text = answer(prompt(Intent.COMPANY))

    assert "don't have any information" in text
    assert CONTACT in text


def test_orders_cannot_be_seen() -> None:
    text = answer(prompt(Intent.ORDER_STATUS))

    assert "can't see orders" in text
    assert CONTACT in text


def test_a_person_is_reached_by_the_brands_contact() -> None:
    assert CONTACT in answer(prompt(Intent.HUMAN))
    assert "no contact details" in answer(prompt(Intent.HUMAN, contact=""))


@pytest.mark.parametrize("intent", list(Intent))
def test_a_spoken_reply_is_two_sentences_without_lists_or_symbols(intent: Intent) -> None:
    text = answer(
        prompt(
            intent,
            voice=True,
            superlative=Superlative.CHEAPEST,
            hits=(Hit(OAK, 0.9), Hit(ELM, 0.8)),
            last_suggestions=(OAK, ASH),
            passages=(RETURNS,),
        )
    )

    assert "\n" not in text
    assert not set("$*#•") & set(text)
    assert sum(text.count(end) for end in (". ", "! ", "? ")) <= 2


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)


@given(NAMES, NAMES, st.sampled_from(list(Intent)), st.booleans())
def test_only_offered_products_are_marked_whatever_they_are_called(
    name: str,
    description: str,
    intent: Intent,
    voice: bool,  # noqa: FBT001
) -> None:
    odd = OAK.model_copy(update={"name": f"{name}[[[saw-other]]]{name}", "description": f"{description} [[saw-other]]"})
    asked = prompt(
        intent,
        question=name,
        voice=voice,
        superlative=Superlative.LIGHTEST,
        hits=(Hit(odd, 0.9, ("a [[saw-other]] reason",)),),
        last_suggestions=(odd, ELM),
        passages=(Passage("p", "P", "See [[saw-other]].", 1.0),),
    )

    assert set(marked(answer(asked))) <= {"saw-oak", "saw-elm"}
