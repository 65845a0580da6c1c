"""Whether somebody is hurt or in danger now, and which of a shop's texts say where help is.

It errs towards silence where something is only asked ("is it poisonous for cats?") and towards help where somebody says
that it happened: a needless emergency number costs a sentence.
"""

import re

from understanding.languages import ENGLISH

_WHO = r"(?:i|we|he|she|they|(?:my|our|his|her|their|the) (?:\w+ ){0,2}?\w+)(?:'ve|'s|ve)?"
_HAS = r"(?:(?:has|have|had|just|has just|have just|accidentally|may have|might have|got) )*"
_IS = (
    r"(?:(?:is|are|am|'s|'m|'re|has|have|got|gone|went|keeps?|started|starts|all|really|so|very|now|just|getting|"
    r"kinda|sort of|kind of|a bit) )"
)
_BODY = (
    r"(?:hand|finger|thumb|arm|wrist|leg|foot|toe|knee|face|head|eye|mouth|tongue|lip|skin|neck|back|chest|throat)s?"
)
_ONES = r"(?:my|his|her|their|our|the|(?:my|our|his|her) \w+'?s)"
_ONESELF = r"(?:myself|himself|herself|themselves|ourselves)"
_CHILD = (
    r"(?:son|daughter|toddler|baby|kid|child|boy|girl|grandson|granddaughter|nephew|niece|little one|year old|yo|he|"
    r"she|dog|puppy|cat|kitten|rabbit|bunny|hamster|parrot|horse|pet)(?:'s|'ve)?"
)
_DEVICE = (
    r"(?:battery|charger|plug|socket|cable|adapter|power ?bank|phone|laptop|heater|blanket|lamp|light|device|unit|"
    r"motor|pump|oven|toaster|kettle|machine|drill|saw|scooter|bike|bucket|container|it'?s|it|thing)"
)
_CANNOT = (
    r"(?:can'?t|cannot|can not|can hardly|can barely|has trouble|have trouble|(?:is |am |are |'s |'m )?struggling to)"
)
_WORRIES = (
    r"(?:poison\w*|toxic|dangerous|harmful|what (?:do|should|can) i do|help|worried|sick|vomit\w*|throwing up|"
    r"emergency|ok\?|is (?:it|that|this) (?:ok|okay|bad|safe))"
)
_FUMES = r"(?:fumes?|gas|smoke|powder|dust|vapou?rs?|chlorine)"
_WOUNDED = r"(?:burn(?:t|ed)|scald(?:ed)?|cut|stabbed|electrocuted|hurt|injured)"
_INTO = r"(?:got|splashed|sprayed|went|spilled|spilt|squirted|dripped|fell|flew|rubbed)"

_HAPPENED = (
    # Breath and consciousness.
    rf"(?!the |their |(?:my|his|her) (?:feet|foot|toes|skin|head|hair)\b){_WHO} {_CANNOT} breath(?:e|ing)?\b",
    r"(?:trouble|difficulty|difficulties|problems?) breathing\b",
    r"(?:am|is|are|i'?m|he'?s|she'?s) choking\b",
    rf"{_WHO} {_HAS}(?:passed out|fainted|collapsed|overdosed|stopped breathing)\b",
    r"(?:is|are|was|lies|lying) unconscious\b",
    rf"{_CHILD}(?: is)? unresponsive\b",
    r"anaphyla",
    r"(?:having|had) an? (?:stroke|seizure|heart attack)\b",
    r"chest pains?\b(?! relief)",
    r"chest (?:is |feels |feeling )?(?:really |very |so |a bit )?tight\b",
    r"(?:am|is|are|i'?m|he'?s|she'?s) (?:\w+ ){0,2}wheezing\b",
    r"heart (?:is |keeps )?(?:racing|pounding)\b",
    r"took an overdose\b",
    # Reactions.
    rf"{_ONES} (?:\w+ )?(?:face|lips?|tongue|throat|mouth) {_IS}+(?:swell\w*|swollen|puffed up|closing|tight|numb)",
    r"swollen (?:face|lips?|tongue|throat)\b",
    r"(?:throat|tongue) (?:swelling|closing up)\b",
    r"(?:i'?m|i am|is|are|he'?s|she'?s) having an? (?:\w+ ){0,2}reaction\b",
    rf"{_WHO} {_HAS}an? (?:\w+ ){{0,2}}reaction to (?:your|this|that|it\b|the \w+ (?:i|we|you)\b)",
    r"(?:broken?|came|coming|come|breaking) out in (?:an? )?(?:\w+ )?(?:hives|rash|blisters)\b",
    r"hives all over\b",
    rf"{_ONES} (?:skin|face|eyes?|mouth|throat|scalp|hands?) {_IS}+(?:blistering|burnt|burned)\b",
    # What was swallowed or breathed in.
    rf"{_CHILD} {_HAS}swallow(?:ed|s)?\b",
    rf"i {_HAS}swallowed\b(?! (?:my|hard)\b)",
    rf"{_CHILD} {_HAS}(?:eaten|ate|eat|drank|drunk|licked|chewed|chewing|got into)\b.*\b{_WORRIES}",
    rf"{_CHILD} {_HAS}(?:eaten|ate|drank|drunk|licked) (?:some|a bit|a little|half|one) of (?:the|your|it|this)\b",
    r"am i (?:gonna|going to) (?:be (?:ill|sick|ok|okay|alright)|die)\b",
    r"(?:am|is|are|i'?m|was|been|got) (?:being )?poisoned\b",
    rf"(?:breathed in|inhaled)\b.{{0,30}}\b{_FUMES}\b",
    # Wounds, burns, shocks.
    rf"{_WHO} {_HAS}{_WOUNDED} (?:{_ONESELF}|{_ONES} {_BODY})\b(?!-)",
    r"(?:got|had|get|getting|gave me|gives me) (?:an? )?(?:\w+ )?(?:electric(?:al)? )?shocks? from\b",
    r"got (?:shocked|electrocuted|zapped)\b",
    r"(?:is|am|are|it'?s|he'?s|she'?s|still) bleeding\b",
    r"won'?t stop bleeding\b",
    r"bleeding (?:a lot|badly|heavily)\b",
    rf"{_INTO}\b.{{0,30}}\bin(?:to|side)? {_ONES} eyes?\b",
    # Fire.
    rf"{_DEVICE} {_IS}*(?:smoking|on fire|sparking|exploded|exploding|melting|burning up|hissing|blew up)\b",
    r"(?:caught|catching) (?:on )?fire\b",
    r"there'?s (?:smoke|fire)\b",
    r"smoke (?:is )?coming (?:out|from)\b",
)
# The same in the other languages that are answered, as far as it is said plainly.
_IN_OTHER_LANGUAGES = {
    "de": (
        r"keine luft\b",
        r"allergische reaktion auf (?:ihr|eur|das|die|den)",
        r"verschluckt\b",
        r"vergiftet\b",
        r"(?:gesicht|lippen?|zunge|hals|augen?) (?:\w+ ){0,2}(?:schwillt|schwellen|geschwollen|angeschwollen)\b",
        r"habe mich (?:\w+ ){0,3}(?:verbrannt|verbrüht|geschnitten|verletzt)\b",
        r"blutet (?:stark|sehr)\b",
        r"stromschlag\b",
        r"(?:brennt|raucht|qualmt)\b.*\bhilfe\b",
    ),
    "es": (
        r"no (?:puedo|puede) respirar\b",
        r"reacción alérgica (?:a|al|con) (?:su|vuestr|la|el|este|esta)",
        r"(?:se|me) (?:ha |he )?trag(?:ó|ado|ué)\b",
        r"(?:cara|labios?|lengua|garganta|ojos?) (?:\w+ ){0,2}hinchad[oa]s?\b",
        r"se me hinch",
        r"envenenad[oa]\b",
        r"me (?:he )?(?:quemado|quemé|cortado|corté|electrocut\w+)\b",
        r"sangra mucho\b",
        r"está (?:ardiendo|en llamas)\b",
    ),
    "fr": (
        r"(?:n'arrive|n'arrivons|arrive) (?:plus|pas) à respirer\b",
        r"réaction allergique (?:à|au) (?:votre|cette|ce|la|le)",
        r"(?:a|ai) (?:\w+ )?avalé\b",
        r"(?:visage|lèvres?|langue|gorge|yeux) (?:\w+ ){0,2}gonfl\w+",
        r"empoisonnée?\b",
        r"me suis (?:brûlée?|coupée?|blessée?|électrocutée?)\b",
        r"saigne beaucoup\b",
        r"(?:a pris feu|est en feu)\b",
    ),
    "id": (
        r"(?:tidak bisa|susah|sulit|sesak) (?:ber)?na[fp]as\b",
        r"reaksi alergi (?:setelah|dari|karena)\b",
        r"(?:tertelan|menelan|keracunan|tersetrum|kesetrum|terbakar|berdarah terus)\b",
        r"(?:wajah|muka|bibir|lidah) (?:\w+ )?bengkak\b",
    ),
}
_DANGER = {
    language: re.compile(rf"\b(?:{'|'.join(happened)})", re.IGNORECASE)
    for language, happened in {ENGLISH: _HAPPENED, **_IN_OTHER_LANGUAGES}.items()
}
# Nothing has happened, where this comes first ("would it"); nor now, wherever it stands.
_SUPPOSED = re.compile(
    r"\b(?:if|in case|would|could (?:it|they|this|that|you)|can (?:it|they|this|that)|does (?:it|this|that)|"
    r"do (?:they|these)|will (?:it|this|they)|might (?:it|they)|to avoid|prevents?|against|protects?|"
    r"so (?:that )?(?:i|he|she|they|it) (?:don'?t|doesn'?t|won'?t)|wenn|falls|si (?!me)|kalau|jika)\b",
    re.IGNORECASE,
)
_LONG_AGO = re.compile(
    r"\b(?:years? ago|last (?:year|month|time|summer|winter)|once|used to|always|every time|whenever|usually)\b",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:better|fine|okay|all right|alright|false alarm|gone|stopped|sorted|recovered|thanks?|thank you|"
    r"on (?:my|our) way|(?:ambulance|doctor|help) is)\b(?! (?:tho|though|but|so far)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;\n]+")

_CALLED = tuple(
    (re.compile(rf"\b(?:{said})\b", re.IGNORECASE), name)
    for said, name in (
        ("ate|eaten|drank|drunk|licked|chewed|chewing", "swallowed"),
        ("wheezing|inhaled|choking", "breathed fumes"),
        ("hissing|smoking|sparking", "smokes fire"),
        ("hives|rash|swell\\w*|swollen", "reaction allergic"),
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
    said = [one for one in _SENTENCE.split(text) if not _LONG_AGO.search(one)]
    return next((language for language, danger in _DANGER.items() if any(_happened(one, danger) for one in said)), "")


def _happened(sentence: str, danger: re.Pattern[str]) -> bool:
    found = danger.search(sentence)
    return found is not None and not _SUPPOSED.search(sentence, 0, found.start())


def is_over(text: str) -> bool:
    """Whether a message says that the danger is over, or that somebody is on their way to help."""
    return _OVER.search(text) is not None


def called_by_shops(text: str) -> str:
    """What happened, as those who give advice call it: who drank something has swallowed it."""
    return " ".join(name for pattern, name in _CALLED if pattern.search(text))


def tells_where_help_is(text: str) -> bool:
    """Whether a shop's text says what to do when somebody is hurt."""
    return _HELP.search(text) is not None
