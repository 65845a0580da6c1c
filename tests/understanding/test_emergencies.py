"""Whether somebody is in danger: what is said of what happened, and not what is asked or feared."""

import time

import pytest

from needs import Intent, Vocabulary
from understanding.emergencies import called_by_shops, in_danger, is_over, tells_where_help_is
from understanding.reader import read

HAPPENED = """
its swollen at the side and hissing a bit, neighbour has jump leads, which order do they go on?
ok moved away. some of it went on my hand and its stinging
my toddler drank descaler
my cat drank antifreeze
burning smell from my uno
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
my cat ate the lily from your bouquet
I cut off my finger with your knife
my dog ate the daffodil bulbs
heated gloves burned me
the battery is swelling up and smells like burning
I got food poisoning from your cheese
my toddler ate a chlorine tablet
I mixed bleach and chlorine and feel dizzy
My face is burning after the peel
I put the retinol on and my eyes are swollen shut
the milk frother gave me an electric shock
my mum has slurred speech and her face is drooping
my mother fell and can't get up
stove in tent, we all have a headache and feel sick
paint in my eye
fish hook in my eye
my baby is not breathing
my husband isn't breathing
my daughter is turning blue
My son choked on the toy
I took too many of your pills
The heated blanket burned me
I got burned by the lotion
the lamp gave me a shock
gas leak
I smell gas from the camping stove
My house is on fire
there is a fire
carbon monoxide alarm is going off
the outlet is sparking
My face swelled up
bleach in my eye
I have hives everywhere after the tea
my 2 year old drank the brush cleaner
my toddler ate the battery
Mein Hund hat die Schokolade gefressen
mi perro comió chocolate
mon chien a mangé du chocolat
Would you help, my dog swallowed a battery
what would you do, my baby swallowed a battery
can this be dangerous, my son swallowed a magnet
If it helps: my son swallowed a battery
once he swallowed it he started choking
I always use your turmeric and now my face is swelling
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
which order do the wires go on
do you sell carbon monoxide detectors?
my son swallowed his pride, a game
he had a heart attack in 2019, blood pressure monitor
can dogs eat chocolate
cut resistant gloves, I cut myself often
my skin is burning for a good serum
my hands are stinging cold in these gloves
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
I hurt my back, which mattress is best?
I have trouble breathing at night, do you have hypoallergenic pillows?
My mom had a stroke, which shower chair would you recommend?
my father had a heart attack two years back, which blood pressure monitor?
I hurt my knee, which shoes have good cushioning?
my foot is bleeding from blisters, which socks do you have?
the jacket chest is a bit tight, can I exchange for a bigger size?
the brakes are bleeding, which fluid do I need?
engine smoke is coming out of the exhaust, which oil additive?
the paint is bleeding under the tape, what tape is better?
my espresso machine is hissing, how do I fix it?
my tent has collapsed in the wind
There's fire in this hot sauce, love it!
I burned my tongue on your hot sauce haha, which one is milder?
my line got caught on fire coral lol
my kid swallowed hard when he saw the price of that rod
my eyes are bleeding money
drops went into my eye and it's fine, but which are for dry eyes?
I had a reaction to your retinol last week, can I return it?
got cleanser in my eyes and it's fine lol, is it tear free?
I burned my hand so I want oven gloves
my toaster is sparking, is it covered by warranty?
Mein Kaffee qualmt, Hilfe
me he quemado con el precio jaja
saya mau cat untuk rumah terbakar
my shelf has collapsed
My chair collapsed
the ink is bleeding through the paper
the dye is bleeding in the wash, refund?
The bike pump is hissing
The kettle is smoking hot deal
My phone exploded with notifications
my bike got new shocks from you
My son ate some of the protein bars and loves them
my dog has eaten all the treats, is it ok to order more of them
anaphylaxis pen holder case?
water got into my eyes, which goggles do not leak?
chest is really tight on this medium shirt
what if my kid swallowed one
my feet are swollen in the evening
my son eats plants, vegan gifts?
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
