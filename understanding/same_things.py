"""Different names for the same thing: a shop writes one, its customers say another.

They are the names that English itself has, here and there; none is any shop's own. A word that the shop has is never
replaced, so that a shop of both sofas and couches is asked for what was said.
"""

from collections.abc import Mapping

# Of each line every name may stand for every other, the likeliest first.
_ALIKE = """
sofa couch settee
sneakers trainers
jumper sweater pullover
phone smartphone cellphone
tv television telly
fridge refrigerator
vacuum hoover
hob stove cooktop
headphones earphones
rucksack backpack knapsack
trousers pants slacks
nappy diaper
pram stroller pushchair buggy
torch flashlight
bicycle bike cycle
glasses spectacles eyeglasses
tap faucet
duvet comforter
cot crib
wardrobe closet armoire
handbag purse
swimsuit bikini swimwear
dungarees overalls
rug carpet
curtain drape
bin trashcan wastebasket
aubergine eggplant
courgette zucchini
coriander cilantro
crisps chips
biscuit cookie
sweets candy
prawns shrimp
spanner wrench
vit vitamin
fizzy sparkling
kids children
tablets tabs
wood wooden timber
woollen wool
sideboard credenza buffet
bookcase bookshelf
ottoman pouf pouffe footstool
rubbish trash garbage
cutlery flatware silverware
secateurs pruners
mower lawnmower
hose hosepipe
spigot sillcock
drywall plasterboard sheetrock
worktop countertop
caulk sealant
wellies wellingtons
tights pantyhose
robe bathrobe
raincoat mac
yogurt yoghurt
porridge oatmeal
sultanas raisins
windscreen windshield
flask thermos
pacifier dummy soother
leash lead
suitcase luggage
skillet frypan
toothpaste dentifrice
"""

# Who says the first may mean any of the others, but not the other way round.
_KINDS = """
computer laptop notebook desktop pc
telephone phone smartphone
phone mobile handset
mobile phone smartphone cellphone handset
handset phone smartphone cellphone mobile
earbuds earphones headphones
footwear shoes boots sneakers
university student
college student
"""


def _read() -> Mapping[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for line in filter(None, _ALIKE.splitlines()):
        alike = line.split()
        for name in alike:
            names |= dict.fromkeys(_forms(name), tuple(other for other in alike if other != name))
    return names


def _forms(name: str) -> tuple[str, ...]:
    """A name, as one and as several. Its stem is that of other words: a comforter is not what is comfortable."""
    one = name.removesuffix("s")
    return tuple(dict.fromkeys((name, one, f"{one}s", f"{one}es", f"{one.removesuffix('y')}ies")))


def _read_kinds() -> Mapping[str, tuple[str, ...]]:
    lines = [line.split() for line in filter(None, _KINDS.splitlines())]
    return {form: tuple(others) for name, *others in lines for form in _forms(name)}


_NAMES, _OF_KIND = _read(), _read_kinds()


def same_names(word: str) -> tuple[str, ...]:
    """What else the very same thing is called, the likeliest first; empty when no other name is known."""
    return _NAMES.get(word, ())


def other_names(word: str) -> tuple[str, ...]:
    """The same, and what else may be meant by a word that the shop does not have."""
    return (*_NAMES.get(word, ()), *_OF_KIND.get(word, ()))
