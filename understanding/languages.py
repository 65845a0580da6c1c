"""In which language a message is written, told by its commonest words; of the languages that are answered."""

import re
import unicodedata

from needs import Intent
from understanding.words import WORD, plain, word_set, words

ENGLISH = "en"
LANGUAGES = ("de", "es", "fr", "id")

_MOST_WORDS = 80  # the language of a message shows long before

# Words that hardly stand in an English sentence, nor in one of the other languages.
_TELLING = {
    "de": word_set(
        """ich ist sind nicht und ein eine einen einem einer haben habt hast habe ihr euch euer eure eurer mir mich mein
        meine meinen meiner dir dich dein deine wir uns unser sie wo wie wann warum welche welcher welches
        welchen wieviel kann kannst könnt können könnte möchte möchten will wollen brauche brauchen suche
        suchen gibt gebt für mit auf zum zur vom beim bei oder auch noch nur sehr kein keine keinen etwas
        bitte danke heute morgen gern gerne zwischen bestellung lieferung versand kostet kosten unter über
        ohne gegen nach aber wenn dann schon hier dort alle bestellt gekauft kaufen zeigt zeig zeige günstiger
        günstig
        sohn tochter allergisch schwanger rechnung möglich
        öffnungszeiten rückgabe viel viele wird werden wurde geht macht hallo guten nein ja der die
        das den dem"""
    ),
    "es": word_set(
        """yo qué que cómo dónde donde cuándo cuánto cuanto cuesta cuestan cuál cual quién por para con sin pero muy más
        está están estoy estar eres somos son tengo tiene tienen tienes tenéis hay quiero quisiera quería necesito busco
        buscamos puedo puede pueden podría mi mis su sus nuestro unos unas uno una del los las este esta estos estas eso
        esa algo nada también hola gracias favor buenos buenas días tardes noches pedido envío precio tienda ustedes
        vosotros usted me gustaría dónde cuándo menos como entre desde hasta sobre qué horario abren devolver comprar
        hijo hija alérgico alérgica embarazada
        ofrecen venden hacen hace envíos pedidos sí la el los de en es un nada"""
    ),
    "fr": word_set(
        """je tu il nous vous ils est-ce êtes suis sont avez avons ont ai j'ai c'est qu'est-ce quel quelle quels quelles
        où quand comment combien pourquoi qui que avec sans pour dans chez mais ou et très plus moins une des
        du aux ce cette ces mon ma mes votre vos notre nos mon ton ta puis-je peux peut pouvez voudrais veux
        allergique enceinte
        cherche cherchons besoin besoins d'un d'une l'on s'il bonjour bonsoir merci salut coûte coûtent
        livraison commande prix livrez vendez acheter pas ne n'est qu'il aussi quelque quelques fait faire
        heures ouvert retourner entre la le les un de à en est oui non quand vos"""
    ),
    "id": word_set(
        """saya aku kami kita anda kamu apa apakah berapa dimana mana kapan bagaimana kenapa mengapa siapa yang dan atau
        tidak bukan ini itu ada untuk dengan dari ke di pada bisa boleh mau ingin cari mencari butuh punya jual menjual
        alergi hamil
        beli membeli harga harganya barang pesanan pengiriman ongkir toko buka jam belum sudah juga saja lebih kurang
        murah mahal tolong terima kasih halo selamat pagi siang sore malam kah nya paling bawah atas tanpa kalau sampai
        dong kak min gan ukuran warna"""
    ),
}  # fmt: skip

_SHORTEST_UNACCENTED = 5  # "fur" is English


def _unaccented(text: str) -> str:
    """The text without marks on its letters: a shop that sells in English has "sofas", not "sofás"."""
    if text.isascii():
        return text
    text = text.replace("ß", "ss")
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


# The longer ones are typed without accents, too: "envios".
_TELLING = {
    language: known | {plainly for word in known if len(plainly := _unaccented(word)) >= _SHORTEST_UNACCENTED}
    for language, known in _TELLING.items()
}
# English words that are the other language's, too: "was kostet es", "a mexico".
_ALSO = {
    "de": word_set("in was so am an will die"), "es": word_set("a me no"), "fr": word_set("a me on as"),
    "id": frozenset[str](),
}  # fmt: skip

# Of those, what may stand in an English sentence too, or in another language, and alone tells nothing.
_DOUBTFUL = word_set(
    """will hast morgen hier alle die me son uno una des du ma mes ton ta plus ou et il ai ne pas mon que su mi sus
    del los las den dan di ke min jam gan mana para con sin como sobre este esta kita ada pour salut atas
    macht dort halo hallo uns wo mit auf bei unter sie mein dir ihr con kak entre donde cual prix pagi
    made mau pada itu chez nous combien hay gern toko nada algo ein eine und von der das den dem la el le les
    un de en es est non à a hace"""
)
_ARTICLES = word_set("der die das den dem des ein eine la le les el los un une l' lo las y")

# Whole messages of a word or two that a shop hears every day.
_COURTESIES = {
    "de": word_set("hallo danke dankeschön tschüss tschüß tschau servus moin bitte wiedersehen"),
    "es": word_set("hola gracias adiós adios chao"),
    "fr": word_set("bonjour bonsoir salut merci revoir"),
    "id": word_set("halo hai terima kasih makasih terimakasih"),
}
_SHORT_COURTESIES = {
    "guten tag": "de", "guten morgen": "de", "guten abend": "de", "vielen dank": "de", "auf wiedersehen": "de",
    "grüß gott": "de", "schönen tag noch": "de", "buenos días": "es", "buenos dias": "es", "buenas tardes": "es",
    "buenas noches": "es", "muchas gracias": "es", "hasta luego": "es", "au revoir": "fr", "merci beaucoup": "fr",
    "bonne journée": "fr", "à bientôt": "fr", "terima kasih": "id", "selamat pagi": "id", "selamat siang": "id",
    "selamat sore": "id", "selamat malam": "id", "sampai jumpa": "id", "selamat tinggal": "id",
}  # fmt: skip
_SHORT = 4  # words; a courtesy is no longer

_ENGLISH = word_set(
    """the a an of to in is are am was were be been do does did i you he she it we they my your our their me this that
    these those and or but not with without for from on at by as what which who how when where why can could will would
    should have has had there any some no yes please need want looking show me under over than more less about like
    something anything good best cheap compare between"""
)


def language_of(text: str) -> str | None:
    """The language of a message: "de", "es", "fr" or "id"; "en" for English; None when that cannot be told.

    Names of products and single words tell nothing, unless they are a greeting, thanks or a goodbye.
    """
    said = [part for word in words(plain(text))[:_MOST_WORDS] for part in _parts(word)]
    if not said:
        return None
    if courtesy := _courtesy(said):
        return courtesy
    english = sum(word in _ENGLISH for word in said)
    scores = {language: _score(said, language) for language in LANGUAGES}
    best = max(LANGUAGES, key=lambda language: scores[language])
    rivals = [score for language, score in scores.items() if language != best]
    plainly_english = sum(word in _ENGLISH and word not in _ALSO[best] for word in said)
    if _is_told(said, best, scores[best]) and scores[best] > max(plainly_english, *rivals):
        return best
    return ENGLISH if english else None


def _parts(word: str) -> list[str]:
    """The words of one that is hyphenated ("avez-vous"), unless it is known as a whole."""
    return [word] if "-" not in word or word in _TELLING["fr"] else word.split("-")


def _courtesy(said: list[str]) -> str | None:
    if len(said) > _SHORT:
        return None
    phrase = " ".join(said)
    for known, language in _SHORT_COURTESIES.items():
        if phrase == known or phrase.startswith(f"{known} "):
            return language
    for language, known_words in _COURTESIES.items():
        if said[0] in known_words and (len(said) == 1 or all(word in _TELLING[language] for word in said[1:])):
            return language
    return None


def _score(said: list[str], language: str) -> float:
    """How many of the words are the language's; doubtful ones and articles count half."""
    telling = _TELLING[language]
    return sum(0.5 if word in _DOUBTFUL else 1.0 for word in said if word in telling)


def _is_told(said: list[str], language: str, score: float) -> bool:
    """Whether there is enough to tell by: two words of the language, or one among very few."""
    sure = sum(word in _TELLING[language] and word not in _DOUBTFUL for word in said)
    if not sure:
        return False
    return score >= 1.5 or (sure == 1 and len(said) == 2)  # noqa: PLR2004 - "brauche Laptop" has two words


# --- Prices and content, in words that the reader knows ---

_UNDER = {
    "de": r"unter|bis zu|bis|höchstens|maximal|max\.?|weniger als|nicht mehr als",
    "es": r"menos de|por debajo de|hasta|máximo|maximo|no más de",
    "fr": r"moins de|en dessous de|jusqu'à|au maximum|maximum|sous",
    "id": r"di ?bawah|maksimal|kurang dari|sampai",
}
_OVER = {
    "de": r"über|mehr als|mindestens|ab",
    "es": r"más de|mas de|por encima de|desde|mínimo",
    "fr": r"plus de|au-dessus de|à partir de|minimum",
    "id": r"di ?atas|lebih dari|minimal|mulai(?: dari)?",
}
_BETWEEN = {"de": ("zwischen", "und"), "es": ("entre", "y"), "fr": ("entre", "et"), "id": ("antara", "dan")}
_SYMBOL = r"(?=\s{0,2}(?:[$€£]|rp\.?\s?)?[0-9])"
_JUTA, _RIBU = (
    re.compile(r"(?<=[0-9]) ?(?:juta|jt)\b", re.IGNORECASE),
    re.compile(r"(?<=[0-9]) ?(?:ribu|rb)\b", re.IGNORECASE),
)
_DOLLARS = re.compile(r"\bd[oó]lar(?:es)?\b", re.IGNORECASE)
_CUES = {
    language: (
        re.compile(
            rf"\b{_BETWEEN[language][0]}{_SYMBOL}(?P<low>[^a-z]{{1,20}}(?:euro?s?)? "
            rf"?)\b{_BETWEEN[language][1]}{_SYMBOL}",
            re.IGNORECASE,
        ),
        re.compile(rf"\b(?:{_UNDER[language]}){_SYMBOL}", re.IGNORECASE),
        re.compile(rf"\b(?:{_OVER[language]}){_SYMBOL}", re.IGNORECASE),
    )
    for language in LANGUAGES
}


def in_english_grammar(text: str, language: str) -> str:
    """A message as the reader can read it: its price limits in English words, other words of grammar left out.

    "Habt ihr Laptops unter 800 Euro?" becomes "Laptops under 800 euro?".
    """
    between, under, over = _CUES[language]
    text = _DOLLARS.sub("dollars", text)
    if language == "id":
        text = _RIBU.sub("k", _JUTA.sub(" million", text))
    text = between.sub(lambda match: f"between{match['low']}and", text)
    text = _unaccented(over.sub("over", under.sub("under", text)))
    return WORD.sub(
        lambda match: "" if all(says_nothing(part, language) for part in _parts(match[0].lower())) else match[0], text
    )


def says_nothing(word: str, language: str) -> bool:
    """Whether a lower-case word only belongs to the grammar of a language: nothing is found by it."""
    return word in _SILENT[language]


_ENDINGS = word_set("auf wiedersehen juta ribu max maximal höchstens mindestens")
_KEPT = word_set("under over between and to million k")
_SILENT = {
    language: frozenset(
        form for word in _TELLING[language] | _ARTICLES | _ENDINGS for form in (word, _unaccented(word))
    )
    - _KEPT
    for language in LANGUAGES
}
_GREETINGS = word_set("hallo hola bonjour bonsoir salut halo hai servus moin guten buenos buenas selamat grüß")
_THANKS = word_set("danke dankeschön vielen gracias muchas merci terima makasih terimakasih")
_GOODBYES = word_set(
    "tschüss tschüß tschau wiedersehen adiós adios chao luego revoir bientôt journée jumpa tinggal schönen"
)


def courtesy_in(text: str, language: str) -> Intent | None:
    """The courtesy that a message of that language is, when it is nothing else."""
    said = words(plain(text))
    if not said or len(said) > _SHORT or not all(_is_courteous(word, language) for word in said):
        return None
    if any(word in _GOODBYES for word in said):
        return Intent.GOODBYE
    if any(word in _THANKS for word in said):
        return Intent.THANKS
    return Intent.GREETING if any(word in _GREETINGS for word in said) else None


def _is_courteous(word: str, language: str) -> bool:
    return (
        word in _GREETINGS | _THANKS | _GOODBYES | _COURTESIES[language]
        or any(word in phrase.split() for phrase, its_language in _SHORT_COURTESIES.items() if its_language == language)
        or word in _BESIDE_COURTESIES
    )


_BESIDE_COURTESIES = word_set(
    "sehr schön für die hilfe por la ayuda pour votre l'aide aide banyak atas bantuannya ya todos"
)
