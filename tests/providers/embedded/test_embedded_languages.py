from dataclasses import replace
from typing import Any

import pytest

from models import Passage, Prompt
from needs import Intent
from providers.embedded.languages import SENTENCES
from tests.providers.embedded.shop import CONTACT, ELM, OAK, Hit, answer, marked, prompt


def foreign(language: str, intent: Intent = Intent.PRODUCT, **others: Any) -> Prompt:
    asked = prompt(intent, **others)
    return replace(asked, understood=asked.understood.model_copy(update={"language": language}))


@pytest.mark.parametrize("language", list(SENTENCES))
def test_a_question_is_answered_with_what_can_be_done_in_its_language(language: str) -> None:
    text = answer(foreign(language))

    assert SENTENCES[language].ability in text
    assert "Saws" in text
    assert CONTACT in text


@pytest.mark.parametrize("language", list(SENTENCES))
def test_what_was_found_is_shown_with_names_and_prices(language: str) -> None:
    text = answer(foreign(language, hits=(Hit(OAK, 0.9), Hit(ELM, 0.8))))

    assert marked(text) == ["saw-oak", "saw-elm"]
    assert "$120" in text
    assert SENTENCES[language].hits in text
    assert SENTENCES[language].sold_out in text


@pytest.mark.parametrize("language", list(SENTENCES))
def test_courtesies_are_answered_alike(language: str) -> None:
    said = SENTENCES[language]

    assert answer(foreign(language, Intent.THANKS)) == said.thanks
    assert answer(foreign(language, Intent.GOODBYE)) == said.goodbye.format(brand="Riverbend")
    assert answer(foreign(language, Intent.GREETING)).startswith(said.greeting.format(brand="Riverbend"))


@pytest.mark.parametrize("language", list(SENTENCES))
@pytest.mark.parametrize("intent", [Intent.GREETING, Intent.PRODUCT, Intent.THANKS, Intent.GOODBYE])
def test_a_spoken_reply_has_no_symbols(language: str, intent: Intent) -> None:
    for asked in (foreign(language, intent, voice=True), foreign(language, intent, voice=True, hits=(Hit(OAK, 1),))):
        assert not set("$*#•\n") & set(answer(asked))


def test_a_passage_that_bears_well_on_the_question_is_quoted() -> None:
    passage = Passage("p", "Versand", "Der Versand kostet 4,90 Euro.", 0.9)

    assert passage.text in answer(foreign("de", passages=(passage,)))
    assert passage.text not in answer(foreign("de", passages=(replace(passage, score=0.2),)))
