import pytest
from hypothesis import given
from hypothesis import strategies as st

from needs import Intent, Vocabulary
from understanding.languages import courtesy_in, language_of
from understanding.reader import read

SENTENCES = {
    "de": """Hallo
Danke
Guten Tag
Vielen Dank!
Wo ist meine Bestellung?
Habt ihr Laptops?
Ich suche einen Laptop unter 800 Euro
Was kostet der Versand?
Gibt es die Jacke auch in Blau?
Kann ich das zurückgeben?
Wie lange dauert die Lieferung?
Welche Kopfhörer sind am besten für Sport?
Haben Sie etwas ohne Zucker?
Ich brauche ein Geschenk für meine Mutter
Wann habt ihr geöffnet?
Zeig mir bitte rote Kleider
Ist das noch auf Lager?
Ich möchte mit einem Menschen sprechen
Nein, ich meinte das zweite
Das ist mir zu teuer, habt ihr nichts Günstigeres?
Auf Wiedersehen
Könnt ihr mir helfen?""",
    "es": """Hola
Gracias
Buenos días
¿Dónde está mi pedido?
¿Tienen portátiles?
Busco un vestido rojo para una boda
¿Cuánto cuesta el envío?
Quiero devolver una chaqueta
¿Hay algo más barato?
Necesito una bicicleta para mi hijo
¿Cuál es el horario de la tienda?
¿Puedo pagar con tarjeta?
¿Qué chocolate tienen sin leche?
Me gustaría hablar con una persona
¿Tenéis sofás de menos de 900 euros?
Muchas gracias por la ayuda
¿Está disponible en azul?
No quiero nada de cuero
¿Qué me recomienda para viajar?
¿Cuánto tarda la entrega?
¿Hacen envíos a México?
Hasta luego""",
    "fr": """Bonjour
Merci
Où est ma commande ?
Avez-vous des ordinateurs portables ?
Je cherche une robe rouge
Combien coûte la livraison ?
Est-ce que vous livrez en Belgique ?
Puis-je payer en plusieurs fois ?
Quels sont vos horaires ?
Je voudrais un vélo pour ma fille
C'est trop cher pour moi
Quelle est la différence entre les deux ?
Vous avez quelque chose sans gluten ?
J'ai besoin d'un cadeau
Je veux parler à une personne
Il y a une garantie sur cette table ?
Montrez-moi des canapés à moins de 900 euros
Comment retourner un article ?
Merci beaucoup pour votre aide
Au revoir
Quand est-ce que vous êtes ouverts ?""",
    "id": """Halo
Terima kasih
berapa harganya?
Apakah ada laptop?
Saya mau beli sepatu
Di mana pesanan saya?
Ada yang lebih murah?
Apakah bisa dikirim ke Bandung?
Jam berapa toko buka?
Saya cari tas untuk kerja
Berapa ongkir ke Jakarta?
Barang ini masih ada?
Bisa bayar dengan kartu?
Saya butuh hadiah untuk ibu
Apa bedanya yang pertama dan kedua?
Tolong tunjukkan kursi di bawah 2 juta
Ini ukurannya berapa?
Saya tidak mau yang kulit
Kapan pesanan saya sampai?
Selamat pagi
Boleh tukar barang?""",
}
ENGLISH_OR_UNTOLD = """hi
thanks
do you have laptops?
a red dress under 50
die cast car
Der Spiegel
El Paso salsa
La Mer cream
Les Paul guitar
Das Boot dvd
Die Hard box set
salsa
ist
croissant
Chez Nous plates
Mon Cheri chocolates
do you have the La Vie perfume?
sauerkraut
I need a gift for my mum
show me the Una chair
what about the Ada lamp in red
is the Pour Femme perfume in stock?
son et lumiere poster please show me
show me something in blue
kids bikes
the old man and the sea
iPhone 15
16gb ram
asdfgh
....
compare the Sony and the Bose
hay for rabbits
min 16 gb
Te Koop mug""".splitlines()


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for language, lines in SENTENCES.items() for text in lines.splitlines()]
)
def test_the_language_of_a_sentence_is_told_by_its_commonest_words(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ENGLISH_OR_UNTOLD)
def test_english_names_and_single_words_are_no_other_language(text: str) -> None:
    assert language_of(text) in {None, "en"}


@given(st.text(max_size=300))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert language_of(text) in {None, "en", "de", "es", "fr", "id"}


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Hallo", "de", Intent.GREETING),
        ("Vielen Dank!", "de", Intent.THANKS),
        ("Auf Wiedersehen", "de", Intent.GOODBYE),
        ("Hola", "es", Intent.GREETING),
        ("Muchas gracias", "es", Intent.THANKS),
        ("Hasta luego", "es", Intent.GOODBYE),
        ("Bonjour", "fr", Intent.GREETING),
        ("Au revoir", "fr", Intent.GOODBYE),
        ("Terima kasih banyak", "id", Intent.THANKS),
        ("Selamat pagi", "id", Intent.GREETING),
        ("Sampai jumpa", "id", Intent.GOODBYE),
        ("Hallo, habt ihr Laptops?", "de", None),
    ],
)
def test_courtesies_are_told_from_questions(text: str, language: str, intent: Intent | None) -> None:
    assert courtesy_in(text, language) is intent


VOCABULARY = Vocabulary(categories=("Laptops", "Sofas"), currency="EUR")


@pytest.mark.parametrize(
    ("text", "category", "low", "high"),
    [
        ("Habt ihr Laptops unter 800 Euro?", "Laptops", None, 800),
        ("Ich suche Laptops zwischen 500 und 900 Euro", "Laptops", 500, 900),
        ("¿Tienen sofás de menos de 900 euros?", "Sofas", None, 900),
        ("Avez-vous des sofas à plus de 400 euros ?", "Sofas", 400, None),
        ("Apakah ada laptop di bawah 900?", "Laptops", None, 900),
    ],
)
def test_prices_and_categories_are_read_in_other_languages(
    text: str, category: str, low: float | None, high: float | None
) -> None:
    understood = read(text, VOCABULARY)

    assert understood.constraints.categories == (category,)
    assert (understood.constraints.price_min, understood.constraints.price_max) == (low, high)
    assert understood.intent is Intent.PRODUCT
