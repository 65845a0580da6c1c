"""Which passages bear on a question: how far they cover its words, by themselves or by other words for its subject."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from models import Passage
from understanding.subjects import CHEAPER_ELSEWHERE, GAVE_OUT, GONE_OFF, HATED
from understanding.words import content_words, occurs, plain, stem, stems, unique, word_set, words

# Of a long question so many content words count: each is looked for in each passage, 64 of them in 0.1 ms.
MAX_WORDS = 32
_MOST_READ = 2_000  # characters in which a subject is looked for

# Where its meaning is known, a passage counts by its cosine and this much of the share of words that it covers, a word
# the more the fewer of the candidates hold it. Of 171 questions to 13 shops the right passage is first for 158, by
# words alone for 89. These questions were seen while this was made: of the 103 that were asked after the weights were
# chosen it was first for 88, before the words for subjects were completed. Of 65 that no passage answers 53 find none;
# the others are about the shop's products, or about what it could well have said.
_COVERED_WEIGHT = 0.4
# From this sum on a passage bears on the question more probably than not, and _SPREAD above it with probability .73.
_EVEN = 0.34
_SPREAD = 0.08
# What comes with a better passage must come near it.
_NEAR_THE_BEST_SUM = 0.7
# A passage that is farther away holds the question's words by accident ("Who won the match?", "Price match"): what
# bears on a question is at .23 or nearer.
_UNRELATED = 0.2

# Unless it covers as good as all of them ("Who are you?" is near to nothing), or enough of them by more than one word.
_WHOLLY = 0.8
# A bare fact ("2012", "Fewer, better clothes") is near to all sorts of short questions: it answers those that name it.
_BARE_FACT_CHARS = 60
_ENOUGH_OF_FACT = 0.3
_NEAR_FACT = 0.5  # one that is so near, and of the question's subject, answers all the same

# Where it is not known, a passage must cover this share of a question's content words, and come near the best one.
_ENOUGH = 0.5
_ENOUGH_OF_MORE = 0.4  # of one that holds more than one of the words
_NEAR_THE_BEST = 0.6
_IN_TITLE = 1.0
_IN_PATH = 0.9
_OF_TOPIC_AND_IN_TEXT = 0.95
_OF_TOPIC = 0.65  # another word for the passage's subject
_OF_PATH_AND_IN_TEXT = 0.85
_OF_PATH = 0.55  # and for that of its neighbours
_IN_TEXT = 0.6
_TOPIC_WEIGHT = 3.0  # a word that names a subject ("returns") says more about the question than another ("shoes")

# The subjects that every shop is asked about, and the words by which customers and shops call them.
_TOPICS: dict[str, str] = {
    "returns": "return returns returned returning refund refunds refunded exchange exchanges swap money",
    "shipping": """shipping ship ships shipped delivery deliver delivers delivered deliveries arrive arrives dispatch
        postage post posted send sent courier parcel overnight international""",
    "warranty": """warranty warranties guarantee guaranteed guarantees broken defect defective faulty repair repairs
        fault mend break breaks breakage breakages accidental""",
    "payment": """payment payments pay paying paid card cards credit debit paypal visa mastercard amex maestro
        instalment instalments installments klarna invoice checkout finance financing monthly cash""",
    "hours": "hours open opening close closed closing weekend saturday sunday monday holiday holidays",
    "contact": "contact email e-mail mail phone telephone call reach hotline chat talk speak",
    "address": "address location located where based headquarters headquarter office shop store visit showroom",
    "about": """about company founded founder history story mission tagline established started own owns owner owners
        team""",
    "sustainability": """sustainability sustainable ethical ethically organic recycled environment environmental climate
        eco-friendly green fair carbon vegan""",
    "price match": "match cheaper elsewhere lower competitor promise beat",
    "hire": "hire hired hiring rent rents rented renting rental lease leasing borrow borrowed loan",
    "late or lost": "late delayed missing lost stolen undelivered tracking tracked track",
    "assembly": "assembly assemble assembles assembled build install installs installed installation fitters mount",
    "old things": "old used trade-in trade recycle recycling dispose disposal haul removal",
    "sizes": "size sizes sizing fit fits fitting tight loose measure measurements",
    "subscription": "subscription subscriptions subscribe cancel cancelling cancellation pause pausing skip",
    "discounts": """discount discounts trade wholesale reduction loyalty points reward rewards voucher vouchers coupon
        coupons student students""",
    "privacy": "privacy data personal",
}
_TOPIC_STEMS = {topic: frozenset(stem(word) for word in listed.split()) for topic, listed in _TOPICS.items()}

# Who names it asks for it, whatever else the question names: "can I return ibuprofen?"
_UNMISTAKABLE = frozenset({"returns", "hire", "price match"})
# Where a phrase names one of these, what is of another subject does not answer.
_OF_SERVICE = frozenset({"warranty", "price match"})
# Or where nothing is of that subject, nothing answers: a shop that matches no prices seldom says so.
_OR_NOTHING = frozenset({"price match", "old things"})
_UNMISTAKABLE_WORDS = frozenset(map(stem, ("return", "refund", "rent", "hire", "lease")))

# "Do you deliver on Saturday?" does not ask when the shop is open.
_DAYS = word_set(
    "weekend weekends saturday sunday monday tuesday wednesday thursday friday holiday holidays open opening"
)

# Questions without a content word of their own, or whose words mean something else apart.
_TOPIC_PHRASES = (
    (
        re.compile(r"\b(?:money back|(?:send|bring|take|give) (?:\w+ ){0,3}back)\b"),
        "returns",
    ),
    (
        re.compile(
            r"(?:n't|\b(?:dont|doesnt|didnt|wont|not)) (?:like|want|love|fit|suit|please)"
            r"(?: (?:it|them|this|that|me|her|him)\b|\W*$)|\bchang\w+ (?:my|her|his|our|their) minds?\b|"
            r"\bnot (?:happy|satisfied) with\b|\bthe wrong (?:size|colou?r|one|item)\b"
        ),
        "returns",
    ),
    (
        re.compile(
            r"\b(?:was|were|is|are|arrived|came) (?:\w+ ){0,2}(?:cracked|smashed|crushed|bruised|mouldy|moldy|rotten|"
            r"spoilt|spoiled|expired|dented|leaking)\b"
        ),
        "returns",
    ),
    (
        re.compile(
            r"\b(?:get|have|receive|need|be|arrives?|come|here)\b(?: (?:it|them|this|that)){0,2} "
            r"(?:by|before|until|in time for)\b|\bif (?:i|we) order\b|"
            r"\b(?:be|arrive|come) here (?:today|tonight|tomorrow|overnight|(?:the )?next (?:day|week))\b|"
            r"\b(?:get|have|receive) (?:it|them|this|one) (?:here )?(?:today|tonight|tomorrow|overnight)\b|"
            r"\bwhen (?:does|will) (?:it|they) (?:come|arrive)\b|"
            r"^(?:and |so |but |ok(?:ay)?,? )*by (?:next |this |the )?\w+\W*$"
        ),
        "shipping",
    ),
    (re.compile(rf"{HATED}|{GONE_OFF}|\bdisappointed\b"), "returns"),
    (
        re.compile(rf"{GAVE_OUT}|\b(?:my|our|the|it)\b[^.?!]{{0,30}}\b(?:stopped working|broke|doesn'?t work)\b"),
        "warranty",
    ),
    (
        re.compile(
            r"(?:^|\b(?:i|we|he|she|they|dog|son|daughter|kid|child)(?:'ve| have| just)? )"
            r"(?:broke|snapped|cracked|smashed|bent|tore|ripped|dropped|shattered|trod on)\b"
            r"(?: \w+){0,3} (?:my|our|it|mine)\b"
            r"(?! (?:leg|arm|wrist|ankle|foot|hand|finger|heart|back|nose|neck|toe|hip|knee|shoulder|tooth)s?\b)"
        ),
        "warranty",
    ),
    (re.compile(rf"{CHEAPER_ELSEWHERE}|\bprice[- ]?match"), "price match"),
    (
        re.compile(
            r"\bmoney off\b|\b(?:nhs|military|veterans?|nurses?|teachers?|seniors?|students?|pensioners?)\b.{0,30}\b"
            r"(?:off|discounts?|deals?|cheaper)\b"
        ),
        "discounts",
    ),
    (re.compile(r"\bpart[- ]exchange\b|\btrade[- ]?in\b"), "old things"),
    (re.compile(r"\bwrite (?:to )?(?:you|us)\b"), "contact"),
    (re.compile(r"\bwho (?:are|is) (?:you|behind)\b|\babout (?:you|us|your (?:company|shop|brand))\b"), "about"),
    (re.compile(r"\bwhere (?:are|is) (?:you\b|your (?:company|shop|store|office|showroom|warehouse)\b)"), "address"),
    (re.compile(r"\bhow (?:is|are) [^.?!\n]{0,60}\bmade\b"), "sustainability"),
)
_ASKING = word_set(
    """
    policy policies company information info question questions tell explain know long take takes work works does
    happen happens apply applies offer offers accept number people way ways time soon much cost costs order ordered
    product products item items bought get customer customers service team day days possible allowed support made
    make choose find do
    """
)


class _Read(NamedTuple):
    """A passage as questions are compared with it: stems and subjects of its title, stems of its text.

    What the last part of the title path says (`own`) tells it from its neighbours, which share the rest of the path.
    """

    title: frozenset[str]
    own: frozenset[str]
    topics: frozenset[str]
    own_topics: frozenset[str]
    text: frozenset[str]


class _Asked(NamedTuple):
    """A question: its content words, and subjects that a phrase of it names."""

    words: tuple[str, ...]
    topics: tuple[str, ...]


def tells_nothing(question: str) -> bool:
    """Whether a question has no word that tells what it is about: "how long does it take?"."""
    return not subjects_of(question) and all(word in _ASKING for word in _content(plain(question).lower()))


def words_to_find(question: str) -> tuple[str, ...]:
    """The words by which passages that bear on a question are found: its own, and others for its subjects."""
    asked = _asked(question)
    topics = {topic for word in asked.words for topic in _topics_of(word)} | set(asked.topics)
    return unique([*asked.words, *(word for topic in sorted(topics) for word in _TOPICS[topic].split())])


def bearing(question: str, candidates: Iterable[tuple[Passage, float | None]], limit: int) -> tuple[Passage, ...]:
    """The passages that bear on a question, best first, by their words and, where it is known, by their meaning.

    Args:
        question: the customer's words.
        candidates: passages, each with the cosine of its vector and the question's on the reference's scale
            (providers/cosine_scale.py), None when it has none.
        limit: how many at most.

    Returns:
        Copies with their `score`, 0..1.
    """
    asked = _asked(question)
    read = [(passage, _read(passage.title, passage.text), cosine) for passage, cosine in candidates]
    weights = _telling(question, [one for _, one, cosine in read if cosine is not None])
    kept: list[tuple[float, Passage]] = []
    by_words: list[tuple[float, Passage]] = []
    for passage, one, cosine in read:
        if cosine is None:
            covered = _score(asked, one)
            if covered >= (_ENOUGH_OF_MORE if _holds_more(asked, one) else _ENOUGH):
                by_words.append((covered, replace(passage, score=covered)))
        elif total := _total(asked, passage, one, cosine, _weighed(asked.topics, weights, one)):
            score = 1 / (1 + math.exp((_EVEN - total) / _SPREAD))
            kept.append((total, replace(passage, score=round(score, 4))))
    kept = _near_the_best(kept, _NEAR_THE_BEST_SUM) + _near_the_best(by_words, _NEAR_THE_BEST)
    asked_of = _UNMISTAKABLE & subjects_of(question)
    of_topic = {passage.id for passage, one, _ in read if not asked_of.isdisjoint(one.topics)}

    asked_for = _OF_SERVICE & frozenset(asked.topics)
    of_service = {passage.id for passage, one, _ in read if not asked_for.isdisjoint(one.topics)}

    def place(one: tuple[float, Passage]) -> tuple[bool, float, float, int, int]:
        total, passage = one
        return passage.id not in of_topic, -passage.score, -total, len(words(passage.title)), -len(passage.text)

    kept.sort(key=place)
    told = [one for one in kept if one[1].id in of_service]
    if told or not _OR_NOTHING.isdisjoint(asked.topics):  # "my drill died" asks for no advice on drilling
        kept = told
    return tuple(passage for _, passage in kept[:limit])


def _total(asked: _Asked, passage: Passage, read: _Read, cosine: float, covered: float) -> float:
    """What a passage counts whose meaning is known; 0 when it does not bear on the question."""
    if not _asked_by_name(asked).isdisjoint(read.own_topics):
        return max(cosine + _COVERED_WEIGHT * covered, _EVEN)
    if cosine < _UNRELATED:
        # Between those that only words speak for, nearness is an accident.
        return _EVEN if covered >= (_ENOUGH if _holds_more(asked, read) else _WHOLLY) else 0.0
    if (
        covered < _ENOUGH_OF_FACT
        and _is_bare(passage)
        and not (cosine >= _NEAR_FACT and not _subjects(asked).isdisjoint(read.topics))
    ):
        return 0.0
    total = cosine + _COVERED_WEIGHT * covered
    return total if total >= _EVEN else 0.0


def _asked_by_name(asked: _Asked) -> frozenset[str]:
    """The unmistakable subjects that a question names so that nothing else can be meant."""
    by_word = (_topics_of(word) for word in asked.words if stem(word) in _UNMISTAKABLE_WORDS)
    return _UNMISTAKABLE & frozenset(asked.topics).union(*by_word)


def _near_the_best(scored: list[tuple[float, Passage]], share: float) -> list[tuple[float, Passage]]:
    least = share * max((value for value, _ in scored), default=0.0)
    return [one for one in scored if one[0] >= least]


def _telling(question: str, passages: Sequence[_Read]) -> dict[str, float]:
    """A question's content words, each with how much it tells these passages apart (inverse document frequency)."""
    weights = {}
    for word in _content(plain(question).lower()):
        holding = sum(occurs(word, one.title) or occurs(word, one.text) for one in passages)
        weights[word] = math.log(1 + len(passages) / (holding + 0.5))
    return weights


def _weighed(topics: tuple[str, ...], weights: Mapping[str, float], passage: _Read) -> float:
    """The share, 0..1, of a question's words, by their weights, and of the subjects it names, that a passage covers."""
    heaviest = max(weights.values(), default=1.0)
    covered = heaviest * sum(_OF_TOPIC_AND_IN_TEXT * (topic in passage.topics) for topic in topics)
    covered += sum(weight * _share(word, _topics_of(word), passage) for word, weight in weights.items())
    total = heaviest * len(topics) + sum(weights.values())
    return covered / total if total else 0.0


def _is_bare(passage: Passage) -> bool:
    """Whether it is a fact without a sentence or a question."""
    return len(passage.text) <= _BARE_FACT_CHARS and not passage.text.endswith(".") and not passage.title.endswith("?")


def _holds_more(asked: _Asked, passage: _Read) -> bool:
    """Whether it holds more than one of the question's words, which happens less by accident."""
    held = (occurs(word, passage.title) or occurs(word, passage.text) for word in asked.words)
    return sum(held) > 1


def subjects_of(question: str) -> frozenset[str]:
    """The subjects that a question names, of those that every shop is asked about ("returns", "shipping")."""
    return _subjects(_asked(question[:_MOST_READ]))


def _subjects(asked: _Asked) -> frozenset[str]:
    return frozenset(asked.topics).union(*map(_topics_of, asked.words))


def best_passages(question: str, passages: Iterable[Passage], limit: int = 3) -> list[Passage]:
    """The passages that bear on a question by their words alone, best first."""
    return list(bearing(question, ((passage, None) for passage in passages), limit))


def _content(spoken: str) -> tuple[str, ...]:
    content = unique(content_words(spoken))[:MAX_WORDS]
    if any("shipping" in _topics_of(word) for word in content):
        return tuple(word for word in content if word not in _DAYS)
    return content


def _asked(question: str) -> _Asked:
    spoken = plain(question).lower()
    content = _content(spoken)
    telling = tuple(word for word in content if word not in _ASKING)
    topics = unique(topic for phrase, topic in _TOPIC_PHRASES if phrase.search(spoken))
    return _Asked(telling if telling or topics else content, topics)


@lru_cache(maxsize=4_096)
def _read(title: str, text: str) -> _Read:
    title_stems, own = stems(title), stems(title.rpartition(": ")[2])
    return _Read(title_stems, own, _topics_in(title_stems), _topics_in(own), stems(text))


def _topics_in(found: frozenset[str]) -> frozenset[str]:
    return frozenset(topic for topic, called in _TOPIC_STEMS.items() if not called.isdisjoint(found))


def _score(asked: _Asked, passage: _Read) -> float:
    weights = _TOPIC_WEIGHT * len(asked.topics)
    covered = _TOPIC_WEIGHT * sum(_OF_TOPIC_AND_IN_TEXT * (topic in passage.topics) for topic in asked.topics)
    for word in asked.words:
        topics = _topics_of(word)
        weight = _TOPIC_WEIGHT if topics else 1.0
        weights += weight
        covered += weight * _share(word, topics, passage)
    return round(covered / weights, 4) if weights else 0.0


def _share(word: str, topics: frozenset[str], passage: _Read) -> float:
    """How far, 0..1, a passage covers one word, which names these subjects."""
    if occurs(word, passage.title):
        return _IN_TITLE if occurs(word, passage.own) else _IN_PATH
    in_text = occurs(word, passage.text)
    if passage.topics.isdisjoint(topics):
        return _IN_TEXT * in_text
    if passage.own_topics.isdisjoint(topics):
        return _OF_PATH_AND_IN_TEXT if in_text else _OF_PATH
    return _OF_TOPIC_AND_IN_TEXT if in_text else _OF_TOPIC


@lru_cache(maxsize=4_096)
def _topics_of(word: str) -> frozenset[str]:
    return frozenset(topic for topic, called in _TOPIC_STEMS.items() if occurs(word, called))
