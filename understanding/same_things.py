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
phone smartphone cellphone mobile handset
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
"""

# Who says the first may mean any of the others, but not the other way round.
_KINDS = """
computer laptop notebook desktop pc
telephone phone smartphone
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
    for line in filter(None, _KINDS.splitlines()):
        name, *others = line.split()
        names |= {form: (*names.get(form, ()), *others) for form in _forms(name)}
    return names


def _forms(name: str) -> tuple[str, ...]:
    """A name, as one and as several. Its stem is that of other words: a comforter is not what is comfortable."""
    one = name.removesuffix("s")
    return tuple(dict.fromkeys((name, one, f"{one}s", f"{one}es", f"{one.removesuffix('y')}ies")))


_NAMES = _read()


def other_names(word: str) -> tuple[str, ...]:
    """What else a thing is called, the likeliest first; empty when no other name is known."""
    return _NAMES.get(word, ())
