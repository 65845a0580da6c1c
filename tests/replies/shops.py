"""Five shops of different trades, true sentences about them, and what a model may invent."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models import BrandId, Product
from replies.grounding import Evidence
from understanding.money import format_price, spoken_price


@dataclass(frozen=True)
class Shop:
    """A shop and what it says of itself."""

    name: str
    currency: str
    products: tuple[Product, ...]
    facts: tuple[str, ...]

    def evidence(self, *asked: str) -> Evidence:
        categories = sorted({product.category for product in self.products})
        prompt = (
            f"You are the assistant of {self.name}. Never invent a product, price, discount or date. Recommend at most "
            "three products, and never promise free gifts."
        )
        return Evidence(self.products, (self.name, prompt, *self.facts, *categories), asked, self.currency)


def _product(name: str, price: float, category: str, *, available: bool = True, **specifications: Any) -> Product:
    about = specifications.pop("about", f"A well-made choice in {category.lower()}.")
    return Product(
        id=name.lower().replace(" ", "-"),
        brand_id=BrandId("b"),
        name=name,
        price=price,
        category=category,
        availability=available,
        description=about,
        specifications=specifications,
    )


TECHNOLOGY = Shop(
    "Volt & Byte",
    "USD",
    (
        _product("Nimbus Air 14 Laptop", 1099.0, "Laptops", memory="16 GB", storage="512 GB SSD", weight="1.24 kg",
                 battery="14 hours", maker="Nimbus", warranty="2 years"),
        _product("Nimbus Forge 17 Laptop", 2349.5, "Laptops", memory="32GB", storage="2 TB", weight="2.9 kg",
                 battery="6 hours", maker="Nimbus", available=False),
        _product("Orbit Tune 2 Earbuds", 89.99, "Audio", weight="48 g", battery="8 hours", maker="Orbit"),
        _product("Pixelon View 27 Monitor", 419.0, "Monitors", display="27 inch", rate="144 Hz", maker="Pixelon"),
    ),
    (
        "Shipping: Orders arrive within 2-4 business days and shipping costs $7.95; it is free for orders over $100.",
        "Returns: You can send anything back within 30 days.",
        "Hours: Monday to Friday 9:00-18:00, Saturday 10:00-14:00.",
        "Students get 10% off laptops with the code CAMPUS10.",
    ),
)  # fmt: skip
FASHION = Shop(
    "Maison Lune",
    "EUR",
    (
        _product("Celeste Silk Blouse", 129.9, "Tops", material="100% silk", care="wash at 30 °C", maker="Celeste"),
        _product("Harbour Wool Coat", 349.0, "Coats", material="80% wool, 20% polyamide", maker="Harbour",
                 available=False),
        _product("Tessa Slim Jeans", 89.5, "Jeans", material="98% cotton", leg="32 inch", maker="Tessa"),
        _product("Rivage Leather Belt", 45.0, "Accessories", width="3.5 cm", maker="Rivage"),
    ),
    (
        "Delivery: Standard delivery takes 3 to 5 working days and costs 4.95 EUR.",
        "Returns: Free returns within fourteen days.",
        "Members' week begins on 12 March, with 15% off coats.",
        "Sizes run from XS to XL. The atelier was founded in 1987.",
    ),
)  # fmt: skip
GROCERIES = Shop(
    "Green Basket",
    "GBP",
    (
        _product("Hillside Oat Granola", 4.25, "Breakfast", weight="750 g", sugar="6.5 g", maker="Hillside"),
        _product("Bramble Farm Apple Juice", 2.8, "Drinks", volume="1 l", maker="Bramble Farm"),
        _product("Three Mills Rye Flour", 1.95, "Baking", weight="1.5 kg", maker="Three Mills"),
        _product("Saltmarsh Sea Salt Crisps", 2.15, "Snacks", weight="150 g", maker="Saltmarsh", available=False),
    ),
    (
        "Delivery slots are open every day from 7 am to 10 pm and cost £3.50; orders above £40 are delivered free.",
        "Order before 9 pm and we deliver the next day.",
        "Fresh food is good for at least 5 days, or we refund it within 48 hours.",
    ),
)  # fmt: skip
FURNITURE = Shop(
    "Nordheim",
    "SEK",
    (
        _product("Fjell Oak Dining Table", 8990.0, "Tables", width="180 cm", depth="90 cm", weight="42 kg",
                 maker="Fjell"),
        _product("Viken Lounge Chair", 4495.0, "Chairs", height="82 cm", maker="Viken"),
        _product("Skagen Three Seat Sofa", 12495.0, "Sofas", width="214 cm", maker="Skagen", available=False),
        _product("Lysa Floor Lamp", 1295.0, "Lighting", height="150 cm", power="12 W", maker="Lysa"),
    ),
    (
        "Furniture is delivered in 6-8 weeks, lamps within 5 working days. Carrying it in costs 495 kr.",
        "Every piece has a ten-year guarantee.",
        "The showroom is open Tuesday to Saturday from 10:00 to 19:00.",
    ),
)  # fmt: skip
BICYCLES = Shop(
    "Roda Sepeda",
    "IDR",
    (
        _product("Garuda Trail 29 Mountain Bike", 7250000.0, "Mountain Bikes", weight="13.8 kg", travel="120 mm",
                 maker="Garuda"),
        _product("Merapi Gravel One", 9800000.0, "Gravel Bikes", weight="9.6 kg", maker="Merapi"),
        _product("Kancil Kids 20", 1850000.0, "Kids Bikes", weight="8.1 kg", age="6 to 9 years", maker="Kancil",
                 available=False),
        _product("Bintang Helmet Pro", 450000.0, "Helmets", weight="290 g", maker="Bintang"),
    ),
    (
        "Pengiriman: 3-7 hari, Rp 75.000. Gratis ongkir untuk helm.",
        "The first service is free within 90 days of the purchase.",
        "Frames carry a lifetime promise of 5 years against cracks.",
    ),
)  # fmt: skip
SHOPS = (TECHNOLOGY, FASHION, GROCERIES, FURNITURE, BICYCLES)

_TRUE_PRICES = (
    "The {name} costs {price}.",
    "I'd recommend the {name} at {price}: a fine choice.",
    "- {name} - {price}",
    "**{name}** ({price}) would suit you well.",
    "You can have the {name} for {price}, if you like.",
    "Our {name} is {price} and well liked.",
    "Good news! The {name} is priced at {price}, so let me know.",
    "Das {name} kostet {price}.",
    "El {name} cuesta {price}.",
    "Le {name} coûte {price}.",
    "Harga {name} adalah {price}.",
    "Among the {category}, the {name} comes to {price}",
)
_TRUE_FACTS = {
    TECHNOLOGY.name: """Delivery takes 2-4 business days.|You have thirty days to return it.|Shipping is $7.95.
        Shipping is free for orders over $100.|We are open Monday to Friday from 9 am to 6 pm.|Students get 10% off.
        Use the code CAMPUS10 for laptops.|On Saturday we close at 14:00.|It arrives within four business days.
        The Nimbus Air 14 Laptop has a two-year warranty.|It comes with 24 months of warranty.
        The Nimbus Air 14 weighs 1.24 kg and lasts 14 hours.|It weighs about 1.2 kg.|The Orbit Tune 2 Earbuds weigh 48g.
        The Pixelon View 27 Monitor has a 27-inch panel (69 cm) and 144Hz.|Both have at least 16GB of memory.
        The Nimbus Forge 17 Laptop has 32 GB and 2TB, but it is out of stock.|The Orbit Tune 2 is in stock.
        The Nimbus Air 14 and the Pixelon View 27 together cost $1,518.|The first is $680 cheaper than the monitor.
        Two of the Orbit Tune 2 Earbuds are $179.98 in total.|The Nimbus Air 14 is around $1,100.
        Here are two options under $1,500.|The Nimbus Air 14 is $401 below your budget.""",
    FASHION.name: """Delivery takes 3-5 working days and costs €4.95.|Returns are free within 14 days.
        From 12 March there is 15% off coats.|The atelier exists since 1987.|The blouse is 100% silk.
        The Harbour Wool Coat is 80 % wool and currently sold out.|Wash the Celeste Silk Blouse at 30 °C.
        The Rivage Leather Belt is 3,5 cm wide and available now.|Der Versand kostet 4,95 € und dauert 3 bis 5 Werktage.
        La livraison coûte 4,95 €.|El envío tarda de 3 a 5 días.|You can return it within two weeks.
        The belt and the Tessa Slim Jeans cost 134,50 EUR together.|The Harbour Wool Coat is 349 euros.""",
    GROCERIES.name: """We deliver from 7:00 to 22:00.|Delivery costs £3.50.|Above £40 the delivery is free.
        Order by 9 pm for next-day delivery.|It keeps for five days.|Refunds take 48 hours.|Refunds take two days.
        A pack holds 750 g.|The Hillside Oat Granola comes in packs of 0.75 kg with 6.5 g of sugar.
        The Bramble Farm Apple Juice holds 1000 ml.|The Three Mills Rye Flour is 1,5 kg and in stock.
        The Saltmarsh Sea Salt Crisps are sold out.|Three Hillside Oat Granola come to £12.75 in total.
        A Hillside Oat Granola and a Bramble Farm Apple Juice are £7.05 together.|We deliver tomorrow.""",
    FURNITURE.name: """Delivery takes 6 to 8 weeks.|Lamps come within five working days.|Carrying costs 495 kr.
        There is a 10-year guarantee.|We are open from Tuesday to Saturday.|The showroom opens at 10 am on Thursday.
        The Fjell Oak Dining Table measures 180 x 90 cm and weighs 42 kg.|The Lysa Floor Lamp is 1.5 m high.
        The Skagen Three Seat Sofa is 214 cm wide, but it is not in stock.|The Viken Lounge Chair is in stock.
        Die Lieferung dauert sechs bis acht Wochen.|The table costs 8 990 kr.|The lamp uses 12 W.
        The Viken Lounge Chair is 4 495 kr cheaper than the Fjell Oak Dining Table.""",
    BICYCLES.name: """Pengiriman 3-7 hari.|Ongkos kirim Rp 75.000.|Gratis ongkir untuk helm.
        The first service is free within 90 days.|Frames are covered for five years.|The Garuda Trail 29 has 120 mm.
        The Garuda Trail 29 Mountain Bike weighs 13,8 kg.|The Merapi Gravel One weighs 9.6 kg and is in stock.
        The Kancil Kids 20 is for children of 6 to 9 years and is out of stock.|Helm Bintang Helmet Pro tersedia.
        The Bintang Helmet Pro weighs 290 g.|Shipping takes seven days at most.|It takes three to seven days.""",
}


def true_sentences(shop: Shop) -> Iterator[str]:
    """Sentences whose every figure the shop's rows or facts hold."""
    for product in shop.products:
        for template in _TRUE_PRICES:
            for price in _written(product.price, shop.currency):
                yield template.format(name=product.name, price=price, category=product.category)
    for line in _TRUE_FACTS[shop.name].splitlines():
        yield from (sentence for sentence in line.strip().split("|") if sentence)


def _written(price: float, currency: str) -> list[str]:
    written = [format_price(price, currency), spoken_price(price, currency)]
    grouped = f"{price:,.2f}"
    european = grouped.translate(str.maketrans(",.", ".,"))
    more = {
        "USD": [f"US$ {grouped}", f"{grouped} dollars"],
        "EUR": [f"{european} €", f"EUR {european}"],
        "GBP": [f"£ {grouped}", f"{grouped} GBP"],
        "SEK": [f"{price:,.0f} kr".replace(",", " "), f"{price:.0f} SEK"],
        "IDR": [f"Rp {price:,.0f}".replace(",", "."), f"Rp{price:,.0f},-".replace(",", ".", 3)],
    }
    return written + more[currency]


@dataclass(frozen=True)
class Invention:
    """A sentence and the figures and names in it that nobody has said."""

    sentence: str
    figures: tuple[str, ...]


_NAMES = (
    "UltraBook Zephyr 9000", "AeroMax 3", "Velora Storm X2", "TurboLine Zenith", "Quasar GT500", "Omnicore Falcon 12",
    "Brightwave Solara", "HyperGlide R7", "Stellaris Vantage", "Monarch Elite 88",
)  # fmt: skip
_INVENTED_NAMES = (
    "I recommend the {name}.",
    "The {name} costs {price}.",
    "- {name} - {price}",
    "How about our **{name}** for {price}?",
    "You might like the {name}, a real bargain.",
    "Das {name} kostet {price}.",
    "Recomiendo el {name}.",
)
_INVENTED = (
    ("Today it is only {price}.", "{price}"),
    ("Right now you get {percent} off everything.", "{percent}"),
    ("The {product} costs {price}.", "{price}"),
    ("The {product} is now {percent} off.", "{percent}"),
    ("It will be with you within {days} days.", "{days} days"),
    ("It has a {years}-year warranty.", "{years}-year"),
    ("Only {left} left in stock!", "{left} left"),
    ("Use the code {code} at checkout.", "{code}"),
    ("It arrives by Sunday.", "Sunday"),
    ("It holds {measure}.", "{measure}"),
    ("We offer half price this month.", "half price"),
    ("Buy one get one free!", "Buy one get one free"),
    ("You get a free gift with it.", "free gift"),
    ("The sale ends on {day} August.", "{day} August"),
    ("You save {price} today.", "{price}"),
    ("All of it together is {price} in total.", "{price}"),
    ("Der Preis ist {price}, mit {percent} Rabatt.", "{price}"),
    ("Es cuesta {price} con un {percent} de descuento.", "{percent}"),
    ("Cela coûte {price}.", "{price}"),
    ("Harganya {price}.", "{price}"),
    ("It is about {price}, delivered next month.", "next month"),
    ("We are open until {clock}.", "{clock}"),
)


def inventions(shop: Shop, seed: int) -> Iterator[Invention]:
    """Sentences as a model makes them up."""
    chance = random.Random(seed)
    for template, figure in _INVENTED:
        values = _invented_values(shop, chance)
        product = shop.products[chance.randrange(len(shop.products))].name
        yield Invention(template.format(product=product, **values), (figure.format(**values),))
    for template in _INVENTED_NAMES:
        name, price = chance.choice(_NAMES), _invented_values(shop, chance)["price"]
        figures = (name, price) if "{price}" in template else (name,)
        yield Invention(template.format(name=name, price=price), figures)


def _invented_values(shop: Shop, chance: random.Random) -> dict[str, str]:
    cheapest = min(product.price for product in shop.products)
    # A prime-like tail that no sum, double or difference of these prices has.
    price = round(cheapest * chance.uniform(0.37, 0.93)) + (0.37 if shop.currency in {"USD", "EUR", "GBP"} else 13.0)
    return {
        "price": chance.choice(_written(price, shop.currency)[:2]),
        "percent": f"{chance.choice((25, 33, 40, 45, 60, 70))}%",
        "days": str(chance.choice((11, 17, 23, 65))),
        "years": str(chance.choice((4, 7, 15))),
        "left": str(chance.choice((2, 3, 5))),
        "code": f"{chance.choice(('SAVE', 'SPRING', 'VIP'))}{chance.choice((20, 35, 50))}",
        "measure": f"{chance.choice((777, 333, 55))} {chance.choice(('GB', 'kg', 'cm', 'ml'))}",
        "day": str(chance.randrange(1, 29)),
        "clock": chance.choice(("11:30 pm", "23:45", "4 am")),
    }
