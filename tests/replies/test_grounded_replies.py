"""What the embedded model and a careful assistant say over the sample shops has a source, every figure of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import BrandId, Hit, Message, Passage, Product, Prompt, Role
from needs import Intent, Vocabulary
from providers.embedded.composing import compose
from replies.grounding import Evidence, GroundingFilter
from understanding.bearing import best_passages
from understanding.company import contact_of, passages_of
from understanding.reader import read
from understanding.requirements import fulfils
from understanding.words import occurs, stems

ROOT = Path(__file__).parents[2]
BRANDS = {"techpro": "TechPro Solutions", "stylehub": "StyleHub"}
QUESTIONS = {
    "techpro": """hello|I need a laptop for video editing under $2,000|what are your cheapest headphones?|
        a monitor between 300 and 800 dollars|how long does shipping take and what does it cost?|
        what is your return policy?|what are your opening hours?|how do I contact you?|a phone in stock with 5G|
        is there a warranty?|how can I pay?|a gaming keyboard|a smart home hub|a robot vacuum|do you match prices?|
        a washing machine|a laptop under 300 dollars|a camera for vlogging about $500|a 2TB SSD|a tablet for kids|
        where is my order?|something under $20|a laptop with 32GB RAM below $1,500|can I talk to a person?""",
    "stylehub": """hi|a linen dress under $150|jeans|a rain jacket in stock|can I return it?|shipping|boots in size 42|
        an organic t-shirt|a scarf|a wool coat under 200|socks|a belt|what are your hours?|sustainability|a beanie|
        the cheapest shoes|a bag|sneakers""",
}
FOLLOW_UPS = (
    "how much is the first one?", "which is the cheapest?", "compare them", "is it in stock?", "how heavy is it?",
    "tell me more about the second one", "what sizes are there?", "which is the lightest?",
)  # fmt: skip


class Shop:
    """A sample brand as the prompt service sees it, without a database."""

    def __init__(self, brand: str) -> None:
        products = json.loads((ROOT / "sample_products.json").read_text(encoding="utf-8"))[brand]
        brands = json.loads((ROOT / "brands_config.json").read_text(encoding="utf-8"))
        config = next(one for one in brands["configs"] if one["brand_id"] == brand)
        self.name = BRANDS[brand]
        self.products = [Product(**{"currency": "USD", **one}, brand_id=BrandId(brand)) for one in products]
        self.prompts = (config["system_prompt"], config["persona_prompt"])
        self.facts = tuple(passages_of(config["company_info"]))
        self.contact = contact_of(config["company_info"], None)
        self.categories = tuple(dict.fromkeys(product.category for product in self.products))
        makers = tuple(dict.fromkeys(product.maker for product in self.products if product.maker))
        self.vocabulary = Vocabulary(categories=self.categories, makers=makers, currency="USD")

    def prompt(self, question: str, suggested: tuple[Product, ...], *, voice: bool) -> Prompt:
        understood = read(question, self.vocabulary, has_suggestions=bool(suggested))
        hits: list[Hit] = []
        near: list[Hit] = []
        if understood.intent in {Intent.PRODUCT, Intent.REFINE}:
            found = {one.id: stems(f"{one.name} {one.category} {one.description}") for one in self.products}
            held = [one for one in self.products if any(occurs(term, found[one.id]) for term in understood.terms)]
            hits = [Hit(one, 0.8) for one in held if fulfils(one, understood.constraints, "USD")][:8]
            near = [] if hits else [Hit(one, 0.5) for one in held[:3]]
        return Prompt(
            brand_name=self.name, contact=self.contact, messages=(Message(Role.USER, question),), question=question,
            understood=understood, hits=tuple(hits), near_misses=tuple(near), categories=self.categories,
            passages=tuple(best_passages(question, self.facts)), last_suggestions=suggested, voice=voice,
        )  # fmt: skip

    def evidence(self, products: list[Product], passages: tuple[Passage, ...], *asked: str) -> Evidence:
        texts = (self.name, *self.prompts, self.contact, *self.categories, *(f"{p.title}: {p.text}" for p in passages))
        return Evidence(products, texts, asked, "USD")

    def replies(
        self, question: str, suggested: tuple[Product, ...] = (), *before: str
    ) -> Iterator[tuple[str, Evidence]]:
        for voice in (False, True):
            prompt = self.prompt(question, suggested, voice=voice)
            shown = [hit.product for hit in (*prompt.hits, *prompt.near_misses)] + list(suggested)
            text = re.sub(r"\[\[[^\]]*\]\]", "", compose(prompt))
            yield text, self.evidence(shown, prompt.passages, question, *before)


@pytest.mark.parametrize("brand", BRANDS)
def test_no_reply_of_the_embedded_model_is_reported(brand: str) -> None:
    shop = Shop(brand)
    count = 0
    for question in map(str.strip, QUESTIONS[brand].split("|")):
        prompt = shop.prompt(question, (), voice=False)
        suggested = tuple(hit.product for hit in (*prompt.hits, *prompt.near_misses)[:3])
        replies = list(shop.replies(question))
        if suggested:
            replies += [reply for more in FOLLOW_UPS for reply in shop.replies(more, suggested, question)]
        for text, evidence in replies:
            count += 1
            for redact in (False, True):
                grounding = GroundingFilter(evidence, redact=redact)
                shown = "".join(map(grounding.feed, re.findall(r"\s*\S+|\s+$", text))) + grounding.finish()
                assert (grounding.unsupported, shown) == ([], text)
    assert count > 100


@pytest.mark.parametrize(
    "text",
    """Great question! For 4K video editing, I'd go with the Kestrel Studio 16 \u2013 it has 32GB of RAM.
Both laptops are excellent, but the Auralis Vivid 15 is lighter at 1.7 kg versus 2.0 kg for the Kestrel Studio 16.
If you want to save a bit, the Northwind Reel 14 at $1,449 is $250.99 cheaper than the Auralis Vivid 15.
The Helix ForgeBook 16 Laptop, at $1,249.99, leaves you $750.01 of your $2,000 budget.
**Option 1: Kestrel Studio 16 Creator Laptop** \u2013 $1,899.00
2. **Northwind Reel 14 Laptop** ($1,449): compact, 500-nit display.
Our warehouse ships orders placed before 2 pm Pacific Time on the same day.
Orders of $75 or more ship free, and Express takes 1-2 business days for $19.99.
You can pay in 3, 6 or 12 monthly instalments for orders above $300.
I'm sorry, the Vanta Skirmish 15 is currently out of stock, but the Vanta Marauder 17 is available now.
All of these are in stock except the Vanta Skirmish 15.
Please contact our support team at support@techpro.example or call +1 503-555-0142.
We're open Monday to Friday from 8:00 to 20:00 and Saturday from 9:00 to 17:00 Pacific Time.
You could extend the cover to three years for 9% of the product price.
I don't have information about Black Friday deals.
I can't confirm whether there will be a discount next week.
It runs Windows 11 and works with Adobe Premiere Pro and DaVinci Resolve.
As of now, we don't carry the MacBook Pro.
Happy to help! What screen size do you prefer: 14, 15 or 16 inches?
It's a 2-in-1 with a 16:10 screen.
El envío estándar tarda de 3 a 5 días hábiles y cuesta $6.99.
Das Auralis Vivid 15 OLED Laptop kostet 1.699,99 $ und wiegt 1,7 kg.
Der Versand dauert 3-5 Werktage und kostet 6,99 $; ab 75 $ ist er kostenlos.
Le Northwind Reel 14 Laptop coûte 1 449 $ et il est en stock.
Kami sarankan Kestrel Studio 16 Creator Laptop seharga $1,899.
The two laptops together would cost $3,348, i.e. more than your $2,000.
For $200 more, the Kestrel gives you a bigger GPU.
TechPro Solutions was founded in 2012 in Portland, Oregon.
- **Weight:** 2.0 kg (4.4 lb)
**Why I recommend it:** Factory-Calibrated Display, Quiet Fans.
I'd suggest the Auralis Vivid 15 for 1,699 dollars and 99 cents.
It's within your budget with $101 to spare.
That's 100% fine. I'm 100% sure it fits.
Thanks for waiting a minute! One second, please.""".splitlines(),
)
def test_what_a_careful_assistant_says_is_not_reported(text: str) -> None:
    shop = Shop("techpro")
    evidence = shop.evidence(shop.products[:8], shop.facts, "a laptop for video editing under $2,000")
    grounding = GroundingFilter(evidence)
    grounding.feed(text)
    assert grounding.unsupported == []


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Our new ProBook Titan 15 is only $799 with 25% off this week.", ["ProBook Titan 15", "$799", "25%"]),
        ("We also have the HP Spectre x360 for $1,299.", ["HP Spectre x360", "$1,299"]),
        ("I'd go with the Dell XPS 15.", ["Dell XPS 15"]),
        ("I can give you a $100 discount.", ["$100", "discount"]),
        ("Free overnight shipping on this order.", ["overnight"]),
        ("It'll arrive on Thursday, March 5th.", ["Thursday", "March 5th"]),
        ("The Kestrel Studio 16 Creator Laptop weighs 1.7 kg.", ["1.7 kg"]),
        ("The Kestrel Studio 16 Creator Laptop was $2,499 and is now $1,899.", ["$2,499"]),
        ("We offer a 60-day money-back guarantee.", ["60-day", "money-back guarantee"]),
        ("Your order will ship within the hour.", ["the hour"]),
        ("The Kestrel Studio 18 Creator Laptop costs $2,199.", ["Kestrel Studio 18 Creator Laptop", "$2,199"]),
        ("Es kostet nur 999 € mit 20 % Rabatt.", ["999 €", "20 %", "Rabatt"]),
        ("We have the Sony WH-1000XM5 at $349.", ["Sony WH-1000XM5", "$349"]),
    ],
)
def test_what_a_careless_assistant_makes_up_is_reported(text: str, claims: list[str]) -> None:
    shop = Shop("techpro")
    grounding = GroundingFilter(shop.evidence(shop.products[:8], shop.facts, "a laptop under $2,000"))
    grounding.feed(text)
    assert grounding.unsupported == claims
