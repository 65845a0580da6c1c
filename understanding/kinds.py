"""What goes by a general name too: who wants no nuts wants no almonds, and goose down is of feathers."""

from understanding.words import stem, stems, word_set

_NUTS = "almond hazelnut walnut cashew pecan pistachio macadamia"
_OF_MILK = "whey casein cheese yoghurt yogurt buttermilk"
_FISH = "anchovy sardine salmon tuna cod mackerel herring haddock"
_SHELLFISH = "prawn shrimp crab lobster crayfish mussel oyster clam"
_KINDS = {
    "nut": f"{_NUTS} peanut",
    "tree nut": _NUTS,
    "milk": _OF_MILK,
    "dairy": f"milk {_OF_MILK}",
    "gluten": "wheat barley rye spelt",
    "soy": "soya",
    "soya": "soy",
    "fish": _FISH,
    "shellfish": _SHELLFISH,
    "seafood": f"shellfish fish {_FISH} {_SHELLFISH}",
    "meat": "beef pork chicken lamb ham bacon gelatin gelatine bovine salami chorizo prosciutto",
    "feather": "goose duck eiderdown",
    "leather": "suede nubuck",
    "wool": "merino cashmere lambswool",
}
# Where a shop only says "nuts", that may be any of them.
_KINDS |= dict.fromkeys(_NUTS.split(), "nut")
_KINDS |= {"peanut": "nut groundnut", "tree nut": f"nut {_NUTS}"}
_BY_STEMS = {frozenset(map(stem, name.split())): tuple(sorted(word_set(kinds))) for name, kinds in _KINDS.items()}


def kinds_of(name: str) -> tuple[str, ...]:
    """The kinds of what a lower-case general name stands for, by their own names; none of any other name."""
    return _BY_STEMS.get(stems(name), ())
