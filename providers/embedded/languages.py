"""What is said to customers who write German, Spanish, French or Indonesian: courtesies, and what can be done for them.

Everything else that the embedded model says is English. The sentences here are all that it has in other languages, and
they say so; what a shop sells and how it is reached stand in them as the shop wrote it.
"""

from dataclasses import dataclass

from models import Passage, Prompt
from needs import Intent
from providers.embedded.products import MAX_OFFERED, ordered
from providers.embedded.wording import amount, named, price, quotation, quoted, range_of, reply

# A passage that bears less on the question is not quoted to somebody who may not read its language.
_TRUSTED = 0.6


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said in one language.

    Attributes:
        greeting: `{brand}` is its name.
        emergency: to whoever is hurt or in danger.
        thanks: after thanks.
        goodbye: `{brand}` is its name.
        ability: what can be done, and in which language.
        ability_spoken: the same in one short sentence.
        sells: `{range}` is what the brand sells.
        contact: `{contact}` is how to reach it.
        hits: before products.
        near: before products that miss a wish.
        closing: behind products.
        spoken_hit: one product, with `{name}` and `{price}`.
        sold_out: behind a product that is out of stock.
        last: the word before the last thing of a list.
        more: behind a list that is cut off.
    """

    greeting: str
    emergency: str
    thanks: str
    goodbye: str
    ability: str
    ability_spoken: str
    sells: str
    contact: str
    hits: str
    near: str
    closing: str
    spoken_hit: str
    sold_out: str
    last: str
    more: str


SENTENCES = {
    "de": Sentences(
        greeting="Hallo und willkommen bei {brand}!",
        emergency=(
            "Bitte holen Sie zuerst Hilfe: den Notruf (112), wenn es ernst sein kann, einen Giftnotruf, wenn etwas "
            "verschluckt oder eingeatmet wurde, und für ein Tier einen Tierarzt. Ich bin nur der automatische "
            "Assistent eines Ladens und kann das nicht beurteilen."
        ),
        thanks="Gern geschehen! Kann ich sonst noch etwas für Sie tun?",
        goodbye="Danke für Ihren Besuch bei {brand}. Auf Wiedersehen!",
        ability=(
            "Ich bin der automatische Assistent und antworte sonst auf Englisch; Stichwörter und Preise verstehe ich "
            "auch auf Deutsch."
        ),
        ability_spoken="Ich bin der automatische Assistent, verstehe Stichwörter und Preise und antworte auf Englisch.",
        sells="Wir führen: {range}.",
        contact="Bei Fragen hilft Ihnen unser Team: {contact}.",
        hits="Das habe ich dazu gefunden:",
        near="Genau das habe ich nicht gefunden, aber dies kommt dem nahe:",
        closing="Nennen Sie mir gern ein Stichwort oder einen Höchstpreis, dann suche ich weiter.",
        spoken_hit="Ich habe {name} für {price} gefunden.",
        sold_out="zurzeit nicht vorrätig",
        last="und",
        more="und mehr",
    ),
    "es": Sentences(
        greeting="¡Hola y bienvenido a {brand}!",
        emergency=(
            "Por favor, busque ayuda primero: llame a emergencias (112 o 911) si puede ser grave, a un centro de "
            "toxicología si se ha tragado o inhalado algo, y a un veterinario si es un animal. Solo soy el asistente "
            "automático de una tienda y no puedo valorarlo."
        ),
        thanks="¡De nada! ¿Puedo ayudarle en algo más?",
        goodbye="Gracias por visitar {brand}. ¡Hasta pronto!",
        ability=(
            "Soy el asistente automático y normalmente respondo en inglés; entiendo palabras clave y precios también "
            "en español."
        ),
        ability_spoken="Soy el asistente automático, entiendo palabras clave y precios y respondo en inglés.",
        sells="Vendemos: {range}.",
        contact="Para cualquier duda, nuestro equipo le ayuda: {contact}.",
        hits="Esto es lo que he encontrado:",
        near="No he encontrado exactamente eso, pero esto se acerca:",
        closing="Si quiere, dígame una palabra clave o un precio máximo y sigo buscando.",
        spoken_hit="He encontrado {name} por {price}.",
        sold_out="agotado por el momento",
        last="y",
        more="y más",
    ),
    "fr": Sentences(
        greeting="Bonjour et bienvenue chez {brand} !",
        emergency=(
            "Demandez d'abord de l'aide : appelez les urgences (112, ou 15 en France) si cela peut être grave, un "
            "centre antipoison si quelque chose a été avalé ou inhalé, et un vétérinaire pour un animal. Je ne suis "
            "que l'assistant automatique d'une boutique et je ne peux pas en juger."
        ),
        thanks="Avec plaisir ! Puis-je faire autre chose pour vous ?",
        goodbye="Merci de votre visite chez {brand}. Au revoir !",
        ability=(
            "Je suis l'assistant automatique et je réponds d'habitude en anglais ; je comprends les mots-clés et les "
            "prix en français aussi."
        ),
        ability_spoken="Je suis l'assistant automatique, je comprends les mots-clés et les prix et je réponds "
        "en anglais.",
        sells="Nous vendons : {range}.",
        contact="Pour toute question, notre équipe vous aide : {contact}.",
        hits="Voici ce que j'ai trouvé :",
        near="Je n'ai pas trouvé exactement cela, mais ceci s'en approche :",
        closing="Donnez-moi un mot-clé ou un prix maximum, et je continue à chercher.",
        spoken_hit="J'ai trouvé {name} pour {price}.",
        sold_out="actuellement épuisé",
        last="et",
        more="et plus encore",
    ),
    "id": Sentences(
        greeting="Halo dan selamat datang di {brand}!",
        emergency=(
            "Tolong cari bantuan dulu: hubungi nomor darurat setempat (112) kalau mungkin serius, pusat keracunan "
            "kalau ada yang tertelan atau terhirup, dan dokter hewan untuk hewan. Saya hanya asisten otomatis sebuah "
            "toko dan tidak bisa menilainya."
        ),
        thanks="Sama-sama! Ada lagi yang bisa saya bantu?",
        goodbye="Terima kasih sudah mengunjungi {brand}. Sampai jumpa!",
        ability=(
            "Saya asisten otomatis dan biasanya menjawab dalam bahasa Inggris; kata kunci dan harga saya pahami juga "
            "dalam bahasa Indonesia."
        ),
        ability_spoken="Saya asisten otomatis yang memahami kata kunci dan harga, dan menjawab dalam bahasa Inggris.",
        sells="Kami menjual: {range}.",
        contact="Kalau ada pertanyaan, tim kami siap membantu: {contact}.",
        hits="Ini yang saya temukan:",
        near="Saya tidak menemukan yang persis seperti itu, tetapi ini mendekati:",
        closing="Sebutkan kata kunci atau harga maksimal, dan saya akan mencari lagi.",
        spoken_hit="Saya menemukan {name} seharga {price}.",
        sold_out="stok sedang habis",
        last="dan",
        more="dan lainnya",
    ),
}


def answers(prompt: Prompt) -> bool:
    """Whether a message is answered here."""
    return prompt.understood.language in SENTENCES


def answer(prompt: Prompt) -> str:
    """The reply in the customer's language."""
    said = SENTENCES[prompt.understood.language or "de"]
    brand = quoted(prompt.brand_name)
    whole = {
        Intent.EMERGENCY: said.emergency,
        Intent.THANKS: said.thanks,
        Intent.GOODBYE: said.goodbye.format(brand=brand),
    }
    if prompt.understood.intent in whole:
        return whole[prompt.understood.intent]
    if prompt.voice:
        return _spoken(prompt, said, brand)
    if prompt.understood.intent is Intent.GREETING:
        return " ".join([said.greeting.format(brand=brand), said.ability, *_sells(prompt, said)])
    if prompt.hits or prompt.near_misses:
        return _found(prompt, said)
    able = " ".join([said.ability, *_sells(prompt, said), *_contact(prompt, said)])
    passage = _passage(prompt)
    return reply(quotation(passage), question=able) if passage else able


def _spoken(prompt: Prompt, said: Sentences, brand: str) -> str:
    if prompt.understood.intent is Intent.GREETING:
        return f"{said.greeting.format(brand=brand)} {said.ability_spoken}"
    if prompt.hits:
        best = prompt.hits[0].product
        found = said.spoken_hit.format(name=named(best), price=amount(best.price, best, voice=True))
        return f"{found} {said.closing}"
    return " ".join([said.ability_spoken, *_sells(prompt, said)])


def _found(prompt: Prompt, said: Sentences) -> str:
    hits = prompt.hits or prompt.near_misses
    shown = ordered(hits, prompt.understood.superlative)[:MAX_OFFERED]
    lines = [
        f"{named(hit.product)} - {price(hit.product)}{'' if hit.product.availability else f' ({said.sold_out})'}"
        for hit in shown
    ]
    return reply(said.hits if prompt.hits else said.near, lines, " ".join([said.closing, *_contact(prompt, said)]))


def _passage(prompt: Prompt) -> Passage | None:
    best = next(iter(prompt.passages), None)
    return best if best and best.score >= _TRUSTED else None


def _sells(prompt: Prompt, said: Sentences) -> list[str]:
    offered = range_of(prompt.categories, last=said.last, more=said.more)
    return [said.sells.format(range=offered)] if offered else []


def _contact(prompt: Prompt, said: Sentences) -> list[str]:
    return [said.contact.format(contact=quoted(prompt.contact))] if prompt.contact else []
