"""Whether somebody is hurt or in danger now, and which of a shop's texts say where help is.

What is grave counts whatever else is said. What is less so ("I burned my hand") counts only where nothing is asked of
the shop in the same breath ("so I want oven gloves"). Neither counts where it is supposed ("what if my dog eats it").
"""

import re
from collections.abc import Sequence

from understanding.languages import ENGLISH
from understanding.subjects import SOMEBODY

_PERSON = rf"(?:i|we|he|she|they|(?:(?:my|our|his|her|the|an?) )?(?:\w+ )?(?:{SOMEBODY}|child))(?:'ve|'s|ve)?"
_HAS = r"(?:(?:has|have|had|just|has just|have just|accidentally|may have|might have|got) )*"
_IS = (
    r"(?:(?:is|are|am|'s|'m|'re|has|have|got|gone|went|keeps?|started|starts|all|really|so|very|now|just|getting|"
    r"kinda|sort of|kind of|a bit) )"
)
_PART = r"(?:hand|finger|thumb|arm|wrist|leg|foot|toe|knee|face|head|eye|mouth|tongue|lip|skin|neck|ear|nose|scalp)s?"
_ONES = r"(?:my|his|her|their|our|the|(?:my|our|his|her) \w+'?s)"
_ONESELF = r"(?:myself|himself|herself|themselves|ourselves)"
_CHILD = (
    r"(?:son|daughter|toddler|baby|kid|child|boy|girl|grandson|granddaughter|nephew|niece|little one|year old|yo|he|"
    r"she)(?:'s|'ve)?"
)
_PET = r"(?:dog|puppy|cat|kitten|rabbit|bunny|hamster|parrot|horse|pet)(?:'s|s)?"
_ATE = r"(?:eaten|ate|eat|drank|drunk|licked|chewed|chewing|got into)"
_NO_FOOD = (
    r"(?:batter(?:y|ies)|magnets?|tablets?|pods?|capsules?|pills?|bulbs?|plants?|lil(?:y|ies)|berries|lea(?:f|ves)|"
    r"petals?|flowers?|mushrooms?|chlorine|bleach|paint|glue|soil|fertili[sz]er|detergent|candles?|crayons?|buttons?|"
    r"coins?|beads?|screws?|cleaner|poison|acid|soap|creams?|balm|roses?|\w*oil|solution|shampoo|thinner|lotion|remover|"
    r"fluid|disinfectant|perfume|descaler|anti-?freeze|screen ?wash|white spirit|turps|petrol|diesel|varnish|adhesive|"
    r"cement|stain|primer|weed ?killer|pesticide|salt tablets|paste|ph (?:up|down))"
)
_NO_PETS_FOOD = r"(?:chocolate|grapes?|raisins?|onions?|xylitol|gum)"
_PETS_FOOD = (
    r"(?:\w+ )?(?:foods?|kibble|treats?|bag|dinner|breakfast|bowl|meal|portion|chews?|biscuits?|snacks?|lot|whole|"
    r"chicken|salmon|beef|fish|meat|tin|pouch)\b"
)
_LOVED = r"(?!.*\b(?:loves?|loved|likes?|liked|enjoys?|enjoyed|delicious|order|reorder|more|price)\b)"
_DEVICE = (
    r"(?:battery|charger|plug|socket|outlet|cable|adapter|power ?bank|phone|laptop|heater|blanket|lamp|device|motor|"
    r"oven|toaster|kettle|drill|saw|scooter|bucket|container|it'?s|it|thing)"
)
_CAN_NOT = r"(?:can'?t|cannot|can not|can hardly|can barely)"
_WORRIES = (
    r"(?:poison\w*|toxic|dangerous|harmful|what (?:do|should|can) i do|help|worried|sick|vomit\w*|throwing up|"
    r"emergency|ok\?|is (?:it|that|this) (?:ok|okay|bad|safe)\b(?! to (?:order|buy|give)))"
)
_SWOLLEN = r"swollen(?! in the morning)(?! when )"
_BURNT = r"(?:burn(?:t|ed)|scald(?:ed)?|cut(?: off)?|stabbed|electrocuted|hurt|injured)"
_FUMES = r"(?:fumes?|gas|smoke|powder|dust|vapou?rs?|chlorine)"
_INTO = r"(?:got|splashed|sprayed|went|spilled|spilt|squirted|dripped|fell|flew|rubbed)"

_GRAVE = (
    # Breath and consciousness.
    rf"(?!(?:my|his|her) (?:feet|foot|toes|skin|head|hair)\b)(?:{_PERSON}|my \w+) {_CAN_NOT} breathe?\b",
    rf"{_PERSON} (?:is not|isn'?t|stopped|not) breathing\b",
    r"turning blue\b",
    rf"{_PERSON} {_HAS}choked on\b",
    r"(?:am|is|are|i'?m|im|he'?s|she'?s) choking\b",
    rf"{_PERSON} {_HAS}(?:passed out|fainted|collapsed|overdosed)\b",
    rf"{_PERSON} (?:is|was|lies) unconscious\b",
    rf"{_CHILD}(?: is)? unresponsive\b",
    r"anaphyla(?:xis|ctic shock)\b(?! (?:pen|case|kit|bag))",
    r"(?:is having|having|i'?m having) an? (?:stroke|seizure|heart attack)\b",
    r"slurred speech\b|face is drooping\b",
    r"fell (?:down |over )?and can'?t get up\b",
    r"chest pains?\b(?! relief)",
    r"(?:my|his|her) chest (?:is |feels )(?:really |very |so |a bit )?tight\b(?! (?:on|in)\b)",
    r"chest feels (?:really |very |so |a bit )?tight\b",
    r"(?:am|is|are|i'?m|he'?s|she'?s) (?:\w+ ){0,2}wheezing\b",
    r"heart (?:is |keeps )?(?:racing|pounding)\b",
    r"took (?:an overdose|too many)\b",
    # Reactions.
    rf"{_ONES} (?:\w+ )?(?:face|lips?|tongue|throat|mouth|eyes?) {_IS}*(?:swell\w*|{_SWOLLEN}|puffed up|closing)",
    r"swollen (?:face|lips?|tongue|throat)\b|eyes are swollen shut\b",
    r"(?:throat|tongue) (?:swelling|closing up)\b",
    r"(?:i'?m|i am|im|is|are|he'?s|she'?s) having an? (?:\w+ ){0,2}reaction\b",
    r"hives (?:all over|everywhere)\b",
    # What was swallowed or breathed in.
    rf"(?:{_CHILD}|{_PET}) {_HAS}swallow(?:ed|s)?\b(?! hard| (?:his|her|their) pride)",
    rf"i {_HAS}swallowed\b(?! (?:my|hard)\b)",
    rf"(?:{_CHILD}|{_PET}) {_HAS}{_ATE}\b.{{0,40}}\b{_NO_FOOD}\b{_LOVED}",
    rf"{_PET} {_HAS}{_ATE}\b.{{0,25}}\b{_NO_PETS_FOOD}\b",
    rf"(?:{_CHILD}|{_PET}) {_HAS}{_ATE}\b{_LOVED}.*\b{_WORRIES}",
    rf"{_CHILD} {_HAS}(?:drank|drunk) (?:some|a bit|a little|half) of (?:the|your|it|this)\b{_LOVED}",
    r"am i (?:gonna|going to) (?:be (?:ill|sick|ok|okay|alright)|die)\b",
    r"(?:am|is|are|i'?m|was|been|got) (?:being )?poisoned\b|(?:got|have|has) food poisoning\b",
    rf"(?:breathed in|inhaled)\b.{{0,30}}\b{_FUMES}\b",
    r"mixed\b.{0,30}\b(?:bleach|chlorine|acid|ammonia)\b.*\b(?:dizzy|sick|faint|cough\w*|breath\w*|fumes?)\b",
    # Fire and gas.
    r"(?:gas leak|smells? gas|smelling gas|smells? (?:like|of) gas)\b",
    r"carbon monoxide\b(?! (?:detector|alarm|sensor|monitor)s?(?: \w+)?\W*$)",
    r"(?:house|kitchen|flat|tent|room|garage|shed|car) (?:is|'s) on fire\b",
    r"there(?:'s| is) a fire\b(?! in this)",
    r"caught fire\b(?! coral)",
    r"smells? (?:like|of) (?:burning|burnt plastic|smoke)\b",
    r"(?:burning|burnt) smell\b",
)
_LESS_GRAVE = (
    rf"{_PET} {_HAS}{_ATE} (?:the|an?|your|one of|some(?: of)?|half) (?!{_PETS_FOOD}){_LOVED}",
    r"(?:trouble|difficulty|difficulties) breathing\b|struggling to breathe\b",
    rf"{_PERSON} {_HAS}had an? (?:stroke|seizure|heart attack)\b",
    rf"{_PERSON} {_HAS}an? (?:\w+ ){{0,2}}reaction to (?:your|this|that|it\b|the \w+ (?:i|we|you)\b)",
    r"(?:broken?|came|coming|come|breaking) out in (?:an? )?(?:\w+ )?(?:hives|rash|blisters)\b|have hives\b",
    rf"{_ONES} (?:skin|face|eyes?|mouth|throat|scalp) {_IS}+(?:blistering|burnt|burned|burning)\b(?! for\b)",
    r"(?:dizzy|faint|nauseous|sick|vomiting|throwing up)\b.{0,30}\b(?:after|from|since)\b",
    r"we all (?:have a headache|feel sick|feel dizzy)\b",
    (
        rf"(?<!won't )(?<!wont )(?<!not ){_BURNT} (?:{_ONESELF}|me|him|her|{_ONES} {_PART})\b(?!-)"
        r"(?! (?:back|often|all the time|a lot|every)\b)"
    ),
    r"got burn(?:t|ed)\b",
    r"(?:got|had|get|getting|gave me|gives me) (?:an? )?(?:\w+ )?(?:electric(?:al)? )?shocks? from\b(?! you\b)",
    r"(?:gave|gives|giving) (?:me|him|her) (?:an? )?(?:\w+ )?(?:electric(?:al)? )?shocks?\b",
    r"got (?:shocked|electrocuted|zapped)\b",
    rf"(?:i'?m|im|he'?s|she'?s|it'?s|{_ONES} {_PART}(?: is)?) (?:still )?bleeding\b",
    r"won'?t stop bleeding\b|bleeding (?:a lot|badly|heavily)\b",
    rf"{_INTO}\b.{{0,30}}\bin(?:to|side)? {_ONES} eyes?\b",
    r"(?:bleach|acid|chlorine|paint|glue|hook|glass|cleaner|varnish|resin|superglue) in (?:my|his|her|the|our) eyes?\b",
    rf"{_DEVICE} {_IS}*(?:smoking|on fire|sparking|exploded|exploding|melting|hissing|blew up)\b(?! hot| with)",
    rf"(?:battery|phone|power ?bank) {_IS}*swelling\b",
    rf"{_DEVICE} {_IS}*(?:swollen|bulging|bloated|puffed up)\b.{{0,30}}\b(?:hissing|hot|smells?|smoking|leaking)\b",
    rf"{_INTO}\b.{{0,20}}\b(?:on|onto|over) {_ONES} {_PART}\b.*\b(?:sting\w*|burn\w*|blister\w*)",
    r"there'?s (?:smoke|fire) (?:coming|everywhere|in (?:my|our))\b",
    r"(?:catching|caught on) fire\b(?! coral)",
    r"smoke (?:is )?coming (?:out|from) (?:of )?(?:the|my|our) (?!exhaust)",
)
# The same in the other languages that are answered, as far as it is said plainly.
_IN_OTHER_LANGUAGES = {
    "de": (
        r"keine luft\b",
        r"allergische reaktion auf (?:ihr|eur|das|die|den)",
        r"(?:sohn|tochter|kind|baby|hund|katze|er|sie)\b.{0,40}\bverschluckt\b",
        r"(?:hund|katze|kind|sohn|tochter|baby)\b.{0,20}\b(?:gefressen|gegessen|getrunken)\b",
        r"vergiftet\b",
        r"(?:gesicht|lippen?|zunge|hals|augen?) (?:\w+ ){0,2}(?:schwillt|schwellen|geschwollen|angeschwollen)\b",
        r"habe mich (?:\w+ ){0,3}(?:verbrannt|verbrüht|geschnitten|verletzt)\b",
        r"blutet (?:stark|sehr)\b",
        r"stromschlag\b",
        r"es brennt\b.*\bhilfe\b",
    ),
    "es": (
        r"no (?:puedo|puede) respirar\b",
        r"reacción alérgica (?:a|al|con) (?:su|vuestr|la|el|este|esta)",
        r"(?:se|me) (?:ha |he )?trag(?:ó|ado|ué)\b",
        r"(?:perro|gato|hij[oa]|niñ[oa]|bebé) (?:se )?(?:ha )?(?:comió|comido|bebió|bebido)\b",
        r"(?:cara|labios?|lengua|garganta|ojos?) (?:\w+ ){0,2}hinchad[oa]s?\b",
        r"se me hinch",
        r"envenenad[oa]\b",
        r"me (?:he )?(?:quemado|quemé|cortado|corté|electrocut\w+)\b(?! con el precio)",
        r"sangra mucho\b",
        r"está (?:ardiendo|en llamas)\b",
    ),
    "fr": (
        r"(?:n'arrive|n'arrivons|arrive) (?:plus|pas) à respirer\b",
        r"réaction allergique (?:à|au) (?:votre|cette|ce|la|le)",
        r"(?:a|ai) (?:\w+ )?avalé\b",
        r"(?:chien|chat|fils|fille|enfant|bébé) a (?:mangé|bu)\b",
        r"(?:visage|lèvres?|langue|gorge|yeux) (?:\w+ ){0,2}gonfl\w+",
        r"empoisonnée?\b",
        r"me suis (?:brûlée?|coupée?|blessée?|électrocutée?)\b",
        r"saigne beaucoup\b",
        r"(?:a pris feu|est en feu)\b",
    ),
    "id": (
        r"(?:tidak bisa|susah|sulit|sesak) (?:ber)?na[fp]as\b",
        r"reaksi alergi (?:setelah|dari|karena)\b",
        r"(?:tertelan|menelan|keracunan|tersetrum|kesetrum|berdarah terus)\b",
        r"(?:saya|anak|tangan|kulit|dia) (?:\w+ )?terbakar\b",
        r"(?:wajah|muka|bibir|lidah) (?:\w+ )?bengkak\b",
    ),
}


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)


_DANGER = {language: _any(patterns) for language, patterns in {ENGLISH: _GRAVE, **_IN_OTHER_LANGUAGES}.items()}
_HURT = _any(_LESS_GRAVE)
# Every pattern holds one of these; most messages do not: 10 us instead of 100.
_SIGNS = re.compile(
    r"breath|chok|turning blue|passed out|faint|collaps|overdos|unconsc|unrespons|anaphyl|stroke|seizure|heart|"
    r"slurred|drooping|get up|chest|wheez|too many|swell|swoll|puffed|closing|reaction|hives|swallow|\beat|"
    r"\bate\b|dr[au]nk|lick|chew|got into|am i g|poison|inhal|mixed|gas|monoxide|fire|smell|difficult|trouble|"
    r"struggl|rash|blister|burn|scald|dizzy|naus|sick|vomit|throwing|headache|\bcut|stab|electro|hurt|injur|"
    r"bulging|bloated|sting|shock|zapped|bleed|\beyes?\b|smok|spark|explod|melting|hissing|blew up|"
    r"keine luft|allergische|schluckt|"
    r"fressen|gessen|trunken|giftet|schwell|schwoll|schwill|brannt|brüht|schnitten|verletzt|blutet|stromschlag|"
    r"brennt|respir|alérgica|trag[óau]|comi|bebi|hinch|envenen|quem|cort|sangra|ardiendo|llamas|allergique|"
    r"avalé|mangé|\bbu\b|gonfl|brûl|coup|bless|saigne|\bfeu\b|na[fp]as|alergi|elan|racun|setrum|bakar|darah|"
    r"bengkak",
    re.IGNORECASE,
)
# What is asked of a shop.
_SHOPPING = re.compile(
    r"\b(?:which (?!order|way|hospital|side|number)|"
    r"do you (?:have|sell|carry)|have you got|(?:what|how) (?!do i do)(?!should)(?:\w+ ){1,3}(?:is|are|do|"
    r"does|would|should|can)|recommend|looking for|i want|(?:i |i'?ll |we )?need (?!help|an? (?:ambulance|doctor))|"
    r"exchange|returns?|refund|warranty|covered|milder|cheaper|how do i (?:fix|clean|repair)|lol|haha\w*)\b",
    re.IGNORECASE,
)
# Nothing has happened, where this comes first in the clause ("would it"); nor now.
_SUPPOSED = re.compile(
    r"\b(?:if|in case|would|could (?:it|they|this|that|you)|can (?:it|they|this|that)|"
    r"can(?= ?$)|can (?:i|my|a|the)(?= ?$)|does (?:it|this|that)|"
    r"do (?:they|these)|will (?:it|this|they)|might (?:it|they)|to avoid|prevents?|against|protects?|"
    r"so (?:that )?(?:i|he|she|they|it) (?:don'?t|doesn'?t|won'?t)|wenn|falls|si (?!me)|kalau|jika)\b",
    re.IGNORECASE,
)
_LONG_AGO = re.compile(
    r"\b(?:(?:years?|months?|weeks?) (?:ago|back)|last (?:year|month|week|time|summer|winter)|in (?:19|20)[0-9]{2}\b|"
    r"once(?! (?:he|she|it|i|they)\b)|used to|every time|whenever)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,:]|\b(?:and|but)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;\n]+")

_OVER = re.compile(
    r"\b(?:better|(?<!seems )(?<!looks )(?<!acting )(?<!feels )fine|"
    r"ok now|okay|all right|alright|all good|false alarm|gone|stopped|sorted|recovered|thanks?|"
    r"thank you|never ?mind|on (?:my|our) way|(?:ambulance|doctor|help) is)\b"
    r"(?! (?:tho|though|but|so far|tbh|for now|atm)\b)",
    re.IGNORECASE,
)
# Said, whatever is asked behind it: "he's fine now. which gloves?"
_IS_PAST = re.compile(
    r"^(?!\W*(?:is|are|will|was|should|can)\b).*?\b(?:(?:fine|ok|okay|better|good|well|safe) now|"
    r"calmed down|(?:it'?s|is) out now|"
    r"(?:leak|fire|that|it) (?:is |was |got )?(?:fixed|put out|under control)|all good|false alarm)\b",
    re.IGNORECASE,
)
_NOT_OVER = re.compile(
    r"\?|\b(?:not|isn'?t|until|is (?:it|that|this)|how|should|what|can i|do i|will)\b", re.IGNORECASE
)

_CALLED = tuple(
    (re.compile(rf"\b(?:{said})\b", re.IGNORECASE), name)
    for said, name in (
        ("ate|eaten|drank|drunk|licked|chewed|chewing", "swallowed"),
        ("in(?:to)? (?:my|his|her|the|our) eyes?", "in the eyes or on the skin"),
        (rf"(?:on|onto|over) {_ONES} {_PART}", "on the skin"),
        ("wheezing|inhaled|choking", "breathed fumes"),
        ("hissing|smoking|sparking", "smokes fire"),
        (r"hives|rash|swell\w*|swollen", "reaction allergic"),
    )
)
_HELP = re.compile(
    r"\b(?:doctors?|vets?|veterinarian|poison|emergency|ambulance|hospital|pharmacist|gp|a&e|physician|rinse|first aid|"
    r"medical (?:help|advice|attention)|stop (?:using|taking|wearing)|"
    r"(?:call|ring|dial|nhs|or) (?:nhs )?(?:111|112|911|999))\b",
    re.IGNORECASE,
)


def in_danger(text: str) -> str:
    """The language in which a message says that somebody, or an animal, is hurt or in danger; empty if it does not."""
    if not _SIGNS.search(text):
        return ""
    said = _SENTENCE.split(text)
    for language, danger in _DANGER.items():
        if any(_happened(one, danger) for one in said):
            return language
    if _SHOPPING.search(text) or is_over(text):
        return ""
    return ENGLISH if any(_happened(one, _HURT) for one in said) else ""


def _happened(sentence: str, danger: re.Pattern[str]) -> bool:
    found = danger.search(sentence)
    if found is None or _LONG_AGO.search(sentence):
        return False
    before = _CLAUSE.split(sentence[: found.start()])[-1]
    return _SUPPOSED.search(before) is None


def is_over(text: str) -> bool:
    """Whether a message says that the danger is over, or that somebody is on their way to help."""
    return _IS_PAST.search(text) is not None or (_OVER.search(text) is not None and _NOT_OVER.search(text) is None)


def called_by_shops(text: str) -> str:
    """What happened, as those who give advice call it: who drank something has swallowed it."""
    return " ".join(name for pattern, name in _CALLED if pattern.search(text))


def tells_where_help_is(text: str) -> bool:
    """Whether a shop's text says what to do when somebody is hurt."""
    return _HELP.search(text) is not None
