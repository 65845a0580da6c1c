"""Whether somebody is in danger: what is said of what happened, and not what is asked or feared."""

import time

import pytest

from needs import Intent, Vocabulary
from understanding.emergencies import called_by_shops, in_danger, is_over, tells_where_help_is
from understanding.reader import read

HAPPENED = """
my face is swelling after your serum
i think im having an allergic reaction to the cream, my lips are swollen
my toddler swallowed a tulip bulb what do i do
MY SON JUST SWALLOWED THE BATTERY FROM THE THERMOMETER
the battery is smoking help
its kinda hissing
got an electric shock from the charger
i cut my hand on the saw its bleeding a lot
im choking on an oatcake
my cat has eaten the philodendron, is it poisonous
my dog ate the lilies what do i do
my kid drank some of the ph down
i burnt myself on your pan
i took 3 scoops and my heart is racing
head hurts a bit and chest feels tight
im wheezing a bit now
got it in my eye and it burns
chlorine splashed in my eyes
she cant breathe
my throat is closing
the power bank caught fire
theres smoke coming from the charger
broke out in a rash from this cream
i've got a bad reaction to your face mask
I mixed the two and inhaled the fumes
ive already eaten some am i gonna be ill
i passed out after the tablets
my throat is closing, could it be the tablets
Mein Gesicht ist geschwollen nach der Creme
Mein Sohn hat eine Batterie verschluckt
mi hija se ha tragado un imán
no puedo respirar bien
j'ai la langue gonflée
mon fils a avalé un aimant
anak saya menelan koin
wajah saya bengkak setelah pakai serum
"""

# Asked, feared, past, or something else altogether.
NOT_HAPPENED = """
is it poisonous for cats
does it cause allergic reactions
what if my dog eats it
stockings for swollen legs
which eye cream for swollen eyes
a helmet so i don't hurt my head
my skin burns easily, which sunscreen
burn fat fast
candles that don't smoke
is smoking allowed in the shop
i am allergic to nuts
i had an allergic reaction to peanuts once, what is safe
my dog ate the whole bag in a week, need more
my son ate all the gummies, order more
do you sell fire pits
set fire alarm
bleeding heart plant
how do i bleed the radiator
my eyes burn at the computer, blue light glasses?
the shoes can't breathe
my feet can't breathe in these boots
can it catch fire in the plane
smoking jacket
smoked salmon
the screen is unresponsive
cut my order in half
first aid kit
chest freezer
my knee hurts when running, which shoe
i hurt my back last year, which mattress
my cat licked it clean, loves it
i burned my tongue-scraper
"""


@pytest.mark.parametrize("text", HAPPENED.strip().splitlines())
def test_somebody_is_in_danger(text: str) -> None:
    assert in_danger(text)


@pytest.mark.parametrize("text", NOT_HAPPENED.strip().splitlines())
def test_nobody_is_in_danger(text: str) -> None:
    assert not in_danger(text)


def test_danger_comes_before_anything_else_that_is_said() -> None:
    assert read("your shit serum! my face is swelling up, i want a refund", Vocabulary()).intent is Intent.EMERGENCY


def test_the_language_is_told_with_it() -> None:
    said = read("Hilfe, mein Sohn hat eine Batterie verschluckt", Vocabulary())
    assert (said.intent, said.language) == (Intent.EMERGENCY, "de")


@pytest.mark.parametrize("text", ["ok its better now", "false alarm", "ambulance is here", "thanks, on our way"])
def test_it_is_over(text: str) -> None:
    assert is_over(text)


@pytest.mark.parametrize("text", ["he seems fine tho", "should i wait", "shes 4 crying"])
def test_it_is_not_over(text: str) -> None:
    assert not is_over(text)


def test_a_text_that_tells_where_help_is() -> None:
    assert tells_where_help_is("If a child may have swallowed a button battery call 999.")
    assert tells_where_help_is("Stop using it and send us a photo.")
    assert not tells_where_help_is("Orders above 999.50 ship free; so do all in 1112 Vienna.")


def test_what_happened_is_called_as_those_who_help_call_it() -> None:
    assert called_by_shops("my kid drank some of it") == "swallowed"
    assert called_by_shops("where is my order") == ""


@pytest.mark.parametrize("part", ["he ate ", "my a b ", "is very so ", "got in ", "has just ", "inhaled ", "brennt "])
def test_a_hostile_message_is_read_quickly(part: str) -> None:
    began = time.thread_time()
    in_danger((part * 2_000)[:2_000])
    assert time.thread_time() - began < 1
