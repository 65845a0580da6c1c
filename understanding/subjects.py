"""What a message may be about beside products, as patterns over lower-case text: each is a function that matches."""

import re
from collections.abc import Callable

from understanding.words import stem, words


def matching(*patterns: str) -> Callable[[str], re.Match[str] | None]:
    """What looks for the first of several patterns in a text."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).search


_PERSON = (
    r"(?:human|person|agent|representative|rep|advisor|adviser|operator|employee|colleague|somebody|someone|people)"
)
asks_for_person = matching(
    rf"\b(?:speak|talk|chat|connect|transfer|escalate|put|hand)\b.{{0,30}}\b(?:{_PERSON}|staff|team|support|service)\b",
    r"(?<!are you a )(?<!is this a )(?<!are you an )\b(?:real|live|actual) (?:human|person|agent|people)\b",
    r"^(?:an? )?(?:human|person|agent|representative|operator)\b[ ,]*(?:please|now)?\W*$",
    r"\b(?:need|want|get|like|give) (?:me )?(?:an? |to )?(?:human|agent|representative|advisor|operator|"
    r"customer service)\b",
    r"\b(?:a|any) (?:human|person) please\b",
    r"\b(?:a|any|some) (?:human|person|body)\b.{0,12}\b(?:i can|can i|to|for me to) "
    r"(?:call|ring|phone|speak|talk|ask)\b",
    r"\b(?:i )?(?:want|need|get me|give me|where is|call) (?:to (?:speak|talk) (?:to|with) )?(?:an?|the|your|ur) "
    r"(?:manager|supervisor|boss|owner)\b(?! of)",
    r"\b(?:make|file|have|want to) a? ?complain(?:t)?\b",
    r"\bcall me back\b",
    r"\bwho (?:do|can|should|could|would) (?:i|we) (?:contact|call|ask|email|phone|ring|turn to|write to|talk to|"
    r"speak to|speak with)\b",
)
asks_if_open = matching(
    r"^(?:hi |hello |hey |so |and )*(?:are )?you (?:guys |lot |all )?(?:still |even )?open\b(?! to)"
)
_OWN = r"(?:my|our|the|an?|this)"
asks_about_order = matching(
    r"\bwhere(?: (?:tf|the \w+|on earth))?(?:'s| is| are|s)? (?:my|our) (?!(?:\w+ )?data)(?:\w+ )?"
    r"(?:order|package|parcel|delivery|shipment|stuff|"
    r"things|refund)",
    rf"\btrack(?:ing)? (?:{_OWN} )?(?:\w+ )?(?:order|package|parcel|delivery|shipment)",
    r"\b(?:order|delivery|tracking|refund) (?:status|number|id)\b",
    r"\bstatus of (?:my|our|the|an) (?:order|delivery|refund|return)",
    r"\border ?#? ?[a-z-]*[0-9]{4,}\b|\border (?:no\.? |nr\.? |number )?"
    r"(?!(?:the|for|by|over|to|of|at|my|in|on|and|or|all|any|from|than)\b)[a-z]{2,4}[ -][0-9]{4,}\b(?! [a-z]+ing\b)",
    r"\b(?:my|our|the) (?:\w+ )?(?:box|hamper|items?|stuff|thing|goods) (?:still )?"
    r"(?:didn'?t|hasn'?t|has not|did not|never) (?:come|came|arrived?|turn(?:ed)? up|show(?:ed)? up|been delivered)\b",
    r"^\W*#[a-z]{0,4}-?[0-9]{4,}\W*$",
    r"\b(?:my|our) (?:order|package|parcel|delivery|shipment|refund)\b.{0,60}\b(?:late|lost|missing|damaged|arrived?|"
    r"come|"
    r"coming|"
    r"delayed|shipped|cancel|change|not|never|hasn't|haven't|didn't|still|yet|wrong)\b",
    r"\b(?:my|our) (?:order|package|parcel|delivery|shipment)\b.{0,60}\b(?:should|supposed|where)\b",
    r"\b(?:cancel|change|modify|amend)\b.{0,15}\b(?:my|our|an) order\b",
    r"\bwhen (?:will|does|do|is|can)\b.{0,60}\b(?:my|our) (?:order|package|parcel|delivery|shipment|refund)\b",
    r"(?:\b(?:i|we)(?:'ve| have)? |^)(?:ordered|placed an order)\b.{0,60}\b(?:not|never|hasn't|haven't|yet|ago|"
    r"still)\b",
)

# For whom, or for whose sake, people ask a shop: a person or a pet.
SOMEBODY = (
    "boy|girl|son|daughter|child|kid|lad|toddler|baby|nephew|niece|brother|sister|cousin|grandson|granddaughter|"
    "friend|husband|hubby|wife|missus|girlfriend|gf|boyfriend|bf|partner|dad|mum|mom|father|mother|parents|grandma|"
    "granny|gran|nan|nana|grandpa|grandad|granddad|teacher|colleague|boss|dog|puppy|cat|kitten|pet|student"
)

# A service is told of by what names it too: "can I hire a laptop?" is not answered by a laptop's warranty.
_SERVICES = (
    (re.compile(r"\b(?:rent|hire|lease|borrow)\b"), "rent rental hire lease borrow loan"),
    (re.compile(r"\bgift (?:cards?|certificates?)\b|\bvouchers?\b(?! codes?\b)"), "gift voucher certificate"),
)


def names_of_service(text: str) -> tuple[str, ...]:
    """Words one of which tells of the service that a lower-case question names; none when it names no such service."""
    return next((tuple(names.split()) for pattern, names in _SERVICES if pattern.search(text)), ())


# Subjects that shops have rules for; each alone may also belong to a product ("SD card", "a phone"), hence the phrases.
speaks_of_company = matching(
    r"\b(?:return|refund|exchange|shipping|delivery|warranty|privacy|payment|repair|cancellation|price[- ]match\w*) "
    r"(?:policy|policies|polic|terms|conditions|fee|fees|costs?|charges?|options?|methods?|times?|info\w*|window|"
    r"period)\b",
    r"\b(?:return|send(?:ing)?|bring|give|exchang\w+|swap|refund) (?:it|them|this|that|these|those|something|an item|"
    r"items|goods|"
    r"things?|a product|products|an? (?:\w+ )?order)\b",
    r"\b(?:returns?|refunds?|refunded|exchanges?|money back|send back|shipping|warranty|warranties|guarantees?|"
    r"guaranteed|"
    r"polic(?:y|ies)|paypal|klarna|afterpay|instal?lments?|price[- ]match\w*|sustainability|carbon neutral|"
    r"fair[- ]trade|headquarters?|newsletter|imprint|gift ?wrap\w*|loyalty (?:program\w*|points)|student discounts?)\b",
    r"\b(?:how|what|when|where|can|could|may|do|does|is|are|will)\b.{0,60}\b(?:deliver(?:y|ies|ed|s)?|ship(?:s|ped)?|"
    r"pay(?:ment|ments)?)\b",
    r"\b(?:do|can|will) you (?:also )?(?:ship|deliver|repair|accept|take|guarantee|refund|exchange|gift|price|match|"
    r"install|hem|sharpen|grind|cut|clean|sew|tune|print|mix|tint|polish|resole|restring|"
    r"alter|recycle|donate|rent|lease|finance|wrap|engrave|fix|service|charge)\b",
    r"\bwhen (?:does|do|will|would|can|could) (?:it|they|that|this|i|we) (?:come|arrive|get (?:here|it|them)|be "
    r"(?:here|delivered|shipped)|receive|pick (?:it|them) up|collect)\b",
    r"\bhow long (?:do|does|will|would) .{1,30}\b(?:to|before) (?:\w+ )?(?:arrives?|comes?|deliver|be delivered|"
    r"get here|"
    r"ship)\b",
    r"\bdo you (?:(?:need|require) (?:my|our)|(?:ask for|check) (?:my|our|an?|the|any))\b",
    r"\b(?:be|arrive|come) here (?:today|tonight|tomorrow|overnight|(?:the )?next (?:day|week))\b",
    r"\b(?:get|have|receive) (?:it|them|this|one) (?:here )?(?:today|tonight|tomorrow|overnight|the next day)\b",
    r"^(?:and |so |ok(?:ay)?,? )*(?:what'?s|how much(?: is| are)?) (?:that|it|this|those|them)(?: come to)? (?:with|w|"
    r"plus|incl\w*) (?:the )?(?:postage|p&p|shipping|delivery)\W*$",
    r"\bif (?:i|we) order (?:\w+ ){0,2}(?:now|today|tomorrow|by|before|on|until)\b",
    r"\b(?:can|could|may) (?:i|we) (?:also )?(?:rent|hire|lease|borrow)\b",
    r"\b(?:can|could|may) (?:i|we) (?:also |just )?(?:pick (?:(?:it|them|this|that|one|my order) )?up|"
    r"collect (?:it|them|this|that|one))\b",
    r"\bgift (?:cards?|vouchers?|certificates?)\b",
    r"\bfree (?:shipping|delivery|returns?)\b",
    r"\b(?:get|have|receive|need|be|arrives?|come|here)\b(?: (?:it|them|this|that)){0,2} (?:by|before|until|in time "
    r"for) (?:next |this |the )?(?:mon|tues|wednes|thurs|fri|satur|sun)?(?:day|tomorrow|tonight|week|weekend|month|"
    r"christmas|easter)\b",
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:by|before|until) (?:next |this |the )?(?:mon|tues|wednes|thurs|fri|satur|sun)?"
    r"(?:day|tomorrow|weekend|christmas|easter)\W*$",
    r"\b(?:discount|promo(?:tion)?|voucher|coupon|gift card) ?codes?\b|\b(?:discounts?|vouchers?|coupons?)\b",
    r"\b(?:pay|paying) (?:with|by|in|via|using|later|cash|on)\b",
    r"\b(?:accept|take) (?:\w+ ){0,2}(?:cards?|cash|paypal|visa|mastercard|amex|cheques?|checks?|bitcoin|crypto)\b",
    r"\b(?:opening|business|store|shop|office|working|support) (?:hours|times|days)\b",
    r"\b(?:are|is|when|what time|until when|do) (?:you|your (?:shop|store|office))\b.{0,60}\b(?:open|close|closed|"
    r"opening|"
    r"closing)\b",
    r"\bwhere (?:are|is|do) (?:you|your)\b",
    r"\bwho (?:are|is|owns|runs|founded) (?:you|your|the (?:company|owner|founder))\b|^who are you\b",
    r"\babout (?:you|your|the company|this company|the shop|the brand)\b(?! (?:cheap|light|laptop))",
    r"(?<!for )(?<!in )\b(?:your|the) (?:company|shop|store|business|address|location|offices?|phone(?: number)?|"
    r"telephone|e-?mail(?: address)?|"
    r"contact(?: \w+)?|hours|website|story|history|mission|values|founders?|team|makers|suppliers|workshops?|terms|"
    r"materials|"
    r"packaging)\b",
    r"\b(?:contact|reach|email|e-mail|call|phone|ring|write to|visit) (?:you|your|us|the (?:shop|store|company|"
    r"support))\b",
    r"^(?:contact|phone number|e-?mail(?: address)?|address|hours|delivery|payment|location|about us|shipping|"
    r"repairs?)\W*$",
    r"\b(?:phone|telephone|mobile|whatsapp) numbers?\b",
    r"\bcontact (?:details|information|info|data|number|form)\b|\bcustomer (?:service|support|care)\b",
    r"\b(?:when|how|who|where)\b.{0,60}\b(?:founded|established|started|based|located|headquartered)\b",
    r"\bare (?:you|your \w+(?: \w+)?|the \w+ you \w+)\b.{0,60}\b(?:sustainable|ethical\w*|organic|eco[- ]friendly|fair|"
    r"vegan|recycled|"
    r"green|certified)\b",
    r"\b(?:eco[- ]friendly|ethical|sustainable|environmental(?:ly)?)\b.{0,60}\b(?:company|brand|you|policy|"
    r"practices?)\b",
    r"\bhow (?:is|are|do you)\b.{0,60}\byour?\b.{0,30}\b(?:made|produced|sourced|make|produce|source)\b",
    r"\bdo you (?:have|offer|give|provide)\b.{0,60}\b(?:discounts?|coupons?|vouchers?|gift cards?|shops?|stores?|"
    r"showrooms?|"
    r"jobs?|"
    r"size guide|instal?lments?|repairs?|financing)\b",
    r"\bhow much (?:extra |more )?(?:is it |is that |would it be |does it cost |do you charge )?(?:if|for) (?:you|u)\b",
    r"\bsize (?:guide|chart|help|advice)\b|\b(?:what (?:is )?(?:my )?|which )sizes?\b(?! (?:does|do|is|are) "
    r"(?:it|they|the|this|that))(?! [\w-]+ do you (?:have|sell|stock|carry))",
    r"^(?!.*\b(?:got|sell|show|buy)\b).*\bmissing (?:an? |some |one |two )?(?:\w+ )?(?:pieces?|parts?|screws?)\b|"
    r"\b(?:pieces?|parts?|screws?) (?:is|are|was|were) missing\b",
    r"\b(?:broken|defective|faulty|doesn't work|does not work|stopped working|damaged)\b",
    r"\b(?:my|our|the|it|its|they)\b.{0,30}\b(?:broke|snapped|cracked|fell apart|came apart|leaks|is leaking|"
    r"ripped|tore)\b",
    r"\b(?:were|was|is|are|arrived|came) (?:all |half )?(?:cracked|mouldy|moldy|rotten|spoiled|spoilt|smashed|crushed|"
    r"expired|torn|scratched)\b",
    r"\bminimum\b.{0,20}\b(?:order|spend|purchase)\b|\bwhat (?:do you do|happens) (?:when|if)\b",
    r"^(?:and |so |but )*what if (?:i|it|the|something|my|they|a)\b",
    r"^(?:and |so |but |ok(?:ay)?,? )*if (?:i|it|they|she|he|we) (?:do|does|did|will|is|are|am)?(?:n't|nt| not)\b",
    r"\bbetween (?:two |2 )?(?:sizes|[xsml]{1,3} and [xsml]{1,3}\b)",
)
asks_for_rebate = matching(
    r"\b(?:any|some|an?|get|have|give|offer|is there an?|are there)(?: \w+)? (?:discounts?|rebates?|vouchers?|"
    r"coupons?)\b",
    r"\b(?:discounts?|rebates?|vouchers?|coupons?) (?:for|if|on|when|codes?|available)\b",
    r"\bif (?:i|we) (?:get|buy|order|take|have)\b.{0,60}\bcheaper\b|\bcheaper if (?:i|we)\b",
    r"\b[0-9]{1,2} ?(?:%|percent) off\b|\bmoney off\b(?! (?:my|the) (?:bill|order)\b)",
)
# "Saw the 6 qt pot cheaper on Bigriver": whatever it names.
CHEAPER_ELSEWHERE = (
    r"^(?!.*\b(?:do you have|have you|have u|is there|are there|is it|something|anything|any|which|what|please|one)\b)"
    r".*\b(?:cheaper (?:(?:at|on|in) (?!sale\b|offer\b|the (?:site|website)|an?\b|around|about|under|over|lower|higher|"
    r"size|this|that|it\b)(?:another (?:shop|store|place|site)|[a-z])|elsewhere|somewhere)|"
    r"(?:seen|saw|found) (?:it|this|that|the|your)\b.{0,40}\bcheaper\b)"
)
tells_of_cheaper = matching(CHEAPER_ELSEWHERE)
# "My drill died", not "my grandmother died".
GAVE_OUT = (
    rf"\b(?:my|our|the|it|mine)\b(?! (?:late |dear |old |beloved )?(?:{SOMEBODY}|grand\w+|uncle|aunt|horse|rabbit|"
    r"hamster|neighbou?r)s?\b)[^.?!]{0,30}\b(?:died|(?:is|are|has been) dead|gave up|"
    r"(?:won'?t|doesn'?t) (?:turn on|switch on|start|charge))\b|\b(?:now|already) (?:it'?s|its|it is) dead\b"
)
GONE_OFF = (
    r"\b(?:this|the|my|our|that) (?:\w+ ){1,3}(?:is|was|has gone|have gone|went|tastes?|smells?) "
    r"(?:off|bad|sour|rotten|mouldy|moldy|rancid)\W*$"
)
HATED = r"\b(?:i|we|he|she|they) (?:really |absolutely |just )?hated\b"
# What somebody says of what they bought, unless they ask for something else in the same breath.
complains = matching(GAVE_OUT, HATED, GONE_OFF)
_wishes = matching(
    r"\b(?:need|want|show|which|what|something|anything|new one|another|looking|please|instead|recommend|suggest)\b"
)
# What a shop says of a rebate says how much, or how to get it.
tells_of_rebate = matching(
    r"[0-9] ?(?:%|percent)|\b(?:discounts?|vouchers?|coupons?|codes?|rebates?|cheaper|reduced|reductions?|"
    r"saves?|saving|off|half[- ]price|points|offers?)\b"
)


def complains_only(text: str) -> bool:
    """Whether a lower-case message only says that something gave out, or was hated, and wishes for nothing else."""
    return complains(text) is not None and _wishes(text) is None


# A message of a need goes to the products even when it names such a subject ("a laptop with a long warranty").
states_need = matching(
    r"\b(?:need|want|looking for|look for|searching for|search for|show me|recommend|suggest|(?<!didn't "
    r")(?<!didnt )(?<!not )buy|find me|find a|"
    r"interested in|"
    r"shopping for|give me|gift for|do you (?:have|sell|carry|stock)|have you got)\b"
)
# "Do you have baby clothes?" asks what the shop sells.
asks_for_goods = matching(
    r"(?:\bdo (?:you|u)|^u) (?:have|sell|carry|stock|offer)\b|\b(?:have you got|show me|(?:looking|searching) for)\b"
)
# "Flowers by post", "Freshly roasted coffee and everything to brew it": the noun before what is said of it.
_SELLS = re.compile(
    r"^(?!(?:everything|we|your|the|an?|free|family|made|fair|good|best|all)\b)(?:(?!and\b)[\w'-]+ ){0,2}?"
    r"(?P<what>(?!(?:and|online|things)\b)[^\W\d_]{3,30})"
    r"(?: and everything\b| by\b| for\b| from\b| online\b|\W*$)",
    re.IGNORECASE,
)
_SHOP = re.compile(r"\b([^\W\d_]{3,30}?)[ -]?(?:shop|store|seller|dealer|retailer|merchant)s?\b", re.IGNORECASE)


def kinds_of_shop(about: str) -> frozenset[str]:
    """The stems of what a shop sells, by its name and what it says of itself: "Larkspur Books", "Flowers by post".

    Args:
        about: its name, and in further lines what it says of itself.
    """
    called, _, said = about.partition("\n")
    sells = [match["what"] for match in map(_SELLS.match, said.splitlines()) if match]
    return frozenset(stem(word.lower()) for word in (*words(called)[1:][-1:], *_SHOP.findall(about), *sells))


asks_for_another = matching(
    r"\b(?:alternatives?|something else|anything else|another one|other (?:\w+ )?(?:ones?|options?|models?)|"
    r"any others?|"
    r"(?:something|anything|ones?) similar)\b",
    r"\b(?:something|anything|ones?|others?|else|more)(?: (?!would|look|looks|people)\w+){0,3} like (?:it|this|"
    r"that|these|those|them)(?=\W*$|[,.?!])",
    r"^(?:and |so |but |ok(?:ay)?,? )*what else(?: do you (?:have|sell))?\W*$",
)
# "Which one is?", "do you have one that does?": the rest stands in the question before.
asks_which = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:which (?:one |ones |of (?:them|these|those) )?|"
    r"(?:do you have|have you got|is there|are there|show me|any) (?:\w+ )?(?:one|ones|any) (?:that|which) )"
    r"(?:is|are|does|do|has|have|can)\W*$"
)
# "How much?", "and for how long do I have to do that?", "why not?": what is asked of stands before.
asks_on = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:(?:at|for|by|until|from|order by) )?(?:how (?:much|long|far|often|soon|so|"
    r"many (?:days|weeks|times))|what(?:'s| is| are| does| would| will)? (?:it |that |they |the |this )*(?:costs?|"
    r"price|fee|charge|limit|deadline)|costs?|price|when|why(?: not| so| that)?|where(?! are you)|what time|"
    r"which days?)\b"
    r"(?: (?:away|is|are|do|does|did|will|would|can|could|must|should|have|has|had|it|that|this|they|them|those|these|"
    r"i|we|you|one|to|for|cost|costs|be|take|takes|last|pay|get|need|then|exactly|later|each|per|an?|hour|day|night|"
    r"week|month|year|person|item|piece|the|not|in total|all|more|so|order|book))*\W*$",
    r"^(?:and |so |but |ok(?:ay)?,? )*does (?:it|that|this) cost(?: (?:anything|something|extra|more|money|me))*\W*$",
    r"^(?:and |also |even |so |but |ok(?:ay)?,? )*(?:on|at|over) (?:the )?(?:mondays?|tuesdays?|wednesdays?|thursdays?|"
    r"fridays?|saturdays?|sundays?|weekends?|weekdays?|holidays?|bank holidays?|public holidays?|christmas|easter)\W*$",
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:is|are|was) (?:it|that|this|they|these) (?:also |then )?(?:covered|"
    r"included|insured|free|possible|allowed|extra|mandatory|required|needed|refundable)\W*$",
)
# "Until what age?": of what was suggested; "with an app?", where nothing else is found.
asks_of_it = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:from|until|till|up to|for|at) (?:what|which|how)\b"
    r"(?! it'?s worth)(?!.*\b(?:euros?|dollars?|pounds?|money)\b)"
)
asks_with = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:with|without) [\w' -]{1,40}\?\W*$",
    r"^(?:and |so |but |ok(?:ay)?,? )*[\w' -]{2,30} (?:included|needed|required|necessary|provided)\W*$",
)
# "Do you sell one?": of what was asked about before.
asks_for_it = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:do you|can i|could i|where can i) (?:have|sell|stock|carry|offer|"
    r"buy|get) (?:(?:something|anything) for (?:it|this|that)|one|some|any|it|them|those|these|that)"
    r"(?: (?:here|from you|in stock|then|too|as well))*\W*$"
)
# "What's a tog?" asks for an explanation.
asks_what_is = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:what'?s|what is) an? (?!good\b|nice\b|cheap\b)[\w-]+\W*$",
    r"^(?:and |so |but |ok(?:ay)?,? )*what (?:does|do) (?:an? |the )?[\w '-]{2,40} mean\W*$",
)
# "How do I sterilise bottles?" asks for advice, whatever bottles there are.
asks_how = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:how (?:do|should|can|must|would|could) (?:i|we|you|one)|"
    r"how (?:often|long|much)\b.{0,20}\b(?:should|must|do|can) (?:i|we|you|one)|"
    r"when (?:do|should|can|must) (?:i|we|you|my|our)|what(?:'s| is) the best way to|"
    r"what (?:to do|(?:do|should|can|must) i do) (?:with|when|if|about|to|against))\b"
    r"(?!.*\b(?:buy|order|pay|find|get)\b)",
    r"^(?:and |so |but |ok(?:ay)?,? )*how long (?:do|does|will|can|should) "
    r"(?!(?:it|they|this|that|these|those|the|my|your|one)\b)"
    r"[\w' -]{2,30} last\b",
    r"\b(?:i|we) (?:don'?t|do not) know (?:my|our|the|which|what|how)\b",
)
asks_to_return = matching(r"\b(?:return|returning|send (?:\w+ ){0,3}back|exchange|refund|cancel)\b")
# "Hiya, lovely day here"
greets = matching(r"^\W*(?:hi|hello|hey|hiya|howdy|morning|good (?:morning|afternoon|evening))\b")
# "When?", of what is sold out.
asks_only_when = matching(r"^(?:and |so |but |oh |ok(?:ay)?,? )*when(?: (?:then|though|tho))?\W*$")
asks_when_back = matching(
    r"^(?:(?:and|so|but|oh|ok(?:ay)?,?) )*when (?:(?:will|do) (?:you|u) (?:have|get) (?:it|them|that|one|some|more)|"
    r"(?:is|are|will) (?:it|they|that|those)(?: be)? (?:back|available|in stock))\b"
)
# "A present for my nephew, he's 7": whatever there is for him.
asks_for_present = matching(r"\b(?:presents?|gifts?|birthday|christmas|xmas|something|anything)\b")
# "How many bags?" of what was suggested, by whatever other name it is sold.
asks_for_packs = matching(
    r"\bhow many (?:packs|packets|boxes|bags|bottles|tins|cans|jars|tubs|rolls|sacks|tubes|cartons)"
    r"(?: (?:is|are|would) (?:that|it|they)(?: be)?| do i need)?\W*$"
)
# "Do I need a receipt?" asks for no product.
asks_of_me = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:do|can|may|must|should|will|would|could) (?:i|we)\b"
    r"(?!.*\b(?:get|have|buy|order|see|find)\b)"
)
# "Need a prescription?": of a suggestion that speaks of it.
asks_if_needed = matching(
    r"^(?:and |so |but )*need (?:an? |any |the )?(?!one\b|something\b)(?!.*\bones?\b)[\w' -]{2,40}\?\W*$"
)
# "And on the drill?" goes on from a policy, whatever it names.
joins_closely = matching(r"^(?:and|but) (?:on|for|with|to|in|if|of|after|before|from)\b.{0,60}\?\W*$")
# What one asks of a part, or of a suggestion by its kind: "is the cover washable?", "does the soap smell?".
_OF_THE = re.compile(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:(?:is|are|does|do|has|have|can|will) (?:the|its|their) (?P<noun>[\w-]+)\b|"
    r"how many (?:are |come |is )?(?:in|per) (?:an?|the|one|each) (?P<packed>[\w-]+)\W*$|"
    r"how (?:many|much) (?P<counted>[\w-]+)(?: (?:is|are|does|do|has|have|come)\b|\W*$))"
)


def noun_asked_of(text: str) -> str | None:
    """What a lower-case question asks of: cover in "is the cover washable?", seeds in "how many seeds are in it?"."""
    match = _OF_THE.match(text)
    return (match["noun"] or match["packed"] or match["counted"]) if match else None


# "And to Scotland?", "I already opened it": they go on from what was asked before.
joins = matching(
    r"^to (?!be\b)[\w' -]{2,30}\?\W*$",
    r"^(?:and|what about|how about|even|also|plus)\b.{0,60}\?\W*$",
    r"^and (?:do|does|will|would|can|could|is|are) (?:they|you|it|that)\b.{0,60}$",
    r"^(?:but )?i(?:'ve| have)? already\b.{0,60}$",
)
# "For two weeks?", "from a photo?": of what was told before, where no product is called so.
joins_loosely = matching(r"^(?:and )?(?:from|on|for|in|with|without) [\w' -]{2,30}\?\W*$")
asks = matching(
    r"^(?:and |but |so |ok(?:ay)?,? |hi,? |hello,? )*"
    r"(?:whats?|hows?|can|could|do|does|is|are|will|wheres?|when|which|who|may|my|if)\b"
)
# "Ok and in English, how long does it take"
asks_inside = matching(r"\b(?:how|what|when|where|which|who|can (?:i|you|we)|do (?:i|you|we))\b")
# "They came three days ago": somebody tells something; that the shop does not carry it is no answer.
tells = matching(
    r"^(?!.*\b(?:love|like|fancy|after|use|wants?|wish|must|prefer|would|(?:has|have) to)\b)"
    r"(?:and |but |so |well,? |ok(?:ay)?,? )*"
    r"(?:(?:i|we|they|it|he|she)(?:'(?!d\b)\w+)?|its|im|ive|shes|hes|theyre|my|mine|our|that|this|those|bought|ordered|received)\b"
)
# "Bought it 3 years ago", "it's 4 weeks ago": somebody says when, and asks for nothing.
tells_when = matching(
    r"^(?:and |but |so |well,? |ok(?:ay)?,? )*(?:(?:i|we) (?:have )?)?(?:bought|got|ordered|received|had) "
    r"(?:it|them|this|these|that|those|one|mine)?\b.{0,40}\b(?:ago|last (?:week|month|year|\w+day)|yesterday|today)"
    r"\W*$",
    r"^(?:and |but |so |well,? |ok(?:ay)?,? )*(?:it'?s|it was|that'?s|that was|thats|(?:it|they) (?:came|arrived)) "
    r".{0,30}\bago\W*$",
)
# "My skillet is all rusty": of what somebody has.
tells_of_own = matching(
    rf"^(?!.*\b(?:which|what|recommend|suggest)\b).*\b(?:my|our) (?!(?:{SOMEBODY})s?\b)(?:[\w'-]+ ){{1,3}}"
    r"(?:is|are|has|have|keeps?|won'?t|doesn'?t|got|went|looks?|smells?|leaks?|turned|blinks?|sticks?|makes?)\b"
)
# "PT-77310", "it's RL-5518"
is_code = matching(r"^\W*(?:(?:it'?s|it is|number|no\.?|nr\.?|order) )?#?(?=\S*[0-9]{3})[a-z0-9-]{4,20}\W*$")
# "Is everything vegan?": no product answers that.
asks_of_all = matching(r"^(?:and |but |so |ok(?:ay)?,? )*(?:is|are|do|does) (?:everything|all)\b")
_GOOD_FOR = r"^(?:safe|good|ok|okay|fine|suitable|compatible|fit) (?:for|with|in|on) [\w' -]{2,30}\?\W*$"
# "Street legal?", "safe for my dog?": by its form an adjective, and no thing that somebody wants.
describes_in_brief = matching(
    r"^(?!(?:an?|any|some|the)\b)(?:[\w.-]+ ){0,3}[\w-]+(?:able|ible|ed|ic|ful|less|proof|free|al|ous|ive|y)\?\W*$",
    _GOOD_FOR,
)
is_it_good_for = matching(_GOOD_FOR)
asks_for_help = matching(
    r"\bwhat (?:can|could|do) (?:you|i) (?:do|ask|help|offer)\b(?! (?:when|if|about|with|to|against)\b)",
    r"\bhow (?:can|do|could|does) (?:you|this|i) (?:help|work|chat|use|bot)\b",
    r"\bhow (?:does|do) (?:this|it|you) (?:\w+ )?work\b",
    r"^(?:please |can you |could you |i need |i want |some )*help(?: me)?(?: please)?\W*$",
    r"\bwhat are you\b|\b(?:are you|is this) (?:an? )?(?:(?:real|live|actual) )?(?:bot|"
    r"robot|human|ai|real|machine|chatbot|person)\b",
    r"^(?:what do you (?:sell|have|offer|carry)|what(?:'s| is) (?:there|available)|what products do you (?:sell|"
    r"have))\b\W*$",
)
is_off_topic = matching(
    r"^(?:who|why)\b(?! (?:makes|sells|made|should|would))",
    r"\b(?:tell|know) (?:me )?(?:a|any|some) (?:jokes?|stor(?:y|ies)|poems?)\b",
    r"\b(?:what(?:'s| is)|how(?:'s| is)) the (?:weather|time|news|score|capital|meaning|date)\b",
    r"\bwrite (?:me )?(?:a|an|some) (?:poem|essay|story|song|code|letter|program)\b",
    r"\b(?:ignore|forget) (?:all |your |the |any )*(?:previous|prior|above|earlier)? ?(?:instructions|prompts?|"
    r"rules)\b",
    r"\b(?:what is|what's|calculate) [0-9]+ ?[-+*/x] ?[0-9]+\b",
    r"\bi love you\b|\bdo you (?:love|like|feel|dream|believe)\b|\bhow old are you\b",
)
