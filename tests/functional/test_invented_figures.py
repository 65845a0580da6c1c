"""What a reply says is held against the brand's data: a model that invents is found out, one that does not is not.

Each sentence holds one figure or name, and whether it is true is known, since the test makes it. The model says them
over the real server, in shops of five trades.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.functional.server import FakeModel, Reply, Server, running_server

REPLIES = 5  # for each shop and mode
LEAST_FIGURES = 400
LEAST_PRECISION = 0.98


@dataclass(frozen=True)
class Trade:
    """A shop: what is written before an amount, what its things are called, and what is said of them."""

    id: str
    currency: str
    question: str
    category: str
    names: tuple[str, ...]
    specifications: Callable[[int], dict[str, Any]]
    invented: tuple[str, ...]
    delivery_days: str
    return_days: int
    delivery_cost: float
    rebate: int


TRADES = (
    Trade(
        "circuit", "USD", "show me laptops", "Laptops",
        ("Aldo Slim 13", "Aldo Slim 15", "Brevia Note", "Corvid Pro 16", "Denby Go", "Estuary X2", "Fjord Air",
         "Gale 14"),
        lambda n: {"memory": f"{8 * (n % 3 + 1)} GB", "weight": f"{1 + n / 10:.1f} kg"},
        ("Helion Ultra 9000", "Quantum Blade 17"), "3-5", 30, 6.99, 12,
    ),
    Trade(
        "hem", "GBP", "show me dresses", "Dresses",
        ("Linen Wrap Dress", "Poppy Midi Dress", "Harbour Shirt Dress", "Velvet Evening Dress", "Tiered Sun Dress",
         "Ribbed Knit Dress", "Pleated Tea Dress", "Denim Day Dress"),
        lambda n: {"length": f"{90 + 3 * n} cm", "material": "linen" if n % 2 else "cotton"},
        ("Moonlight Sequin Gown", "Riviera Silk Maxi"), "2-4", 28, 3.95, 15,
    ),
    Trade(
        "pantry", "EUR", "show me coffee", "Coffee",
        ("Morning Roast", "Dark Harbour Beans", "Decaf Meadow", "Espresso Valle", "Filter Blend Nord", "Hazel Roast",
         "Island Arabica", "Jute Sack Blend"),
        lambda n: {"content": f"{250 * (n % 3 + 1)} g", "roast": "dark" if n % 2 else "light"},
        ("Golden Elephant Reserve", "Monsoon Royal Beans"), "1-2", 14, 4.5, 8,
    ),
    Trade(
        "timber", "EUR", "show me tables", "Tables",
        ("Oak Table Lund", "Oak Table Malmo", "Pine Desk Viken", "Round Table Orsa", "Folding Table Nybro",
         "Side Table Ekby", "Console Table Trosa", "Bench Table Arvika"),
        lambda n: {"width": f"{100 + 10 * n} cm", "load": f"{40 + 5 * n} kg"},
        ("Walnut Table Imperator", "Marble Desk Colossus"), "10-14", 60, 49.0, 5,
    ),
    Trade(
        "spoke", "USD", "show me bicycles", "Bicycles",
        ("City Glide 7", "City Glide 8", "Ridge Trail 29", "Gravel Path 2", "Kids Hopper 20", "Cargo Mule",
         "Road Swift R1", "Fold Mini 16"),
        lambda n: {"weight": f"{9 + n} kg", "wheel": f"{20 + n} inch"},
        ("Thunder Carbon Elite", "Alpine Storm 5000"), "5-8", 21, 39.0, 20,
    ),
)  # fmt: skip


def products_of(trade: Trade) -> list[dict[str, Any]]:
    chance = random.Random(trade.id)
    return [
        {
            "id": f"{trade.id}-{number}",
            "name": name,
            "category": trade.category,
            "price": round(chance.uniform(7, 2_400), 2),
            "description": f"{name} from our range of {trade.category.lower()}.",
            "specifications": trade.specifications(number),
            "availability": number % 4 != 3,
        }
        for number, name in enumerate(trade.names)
    ]


def configured(trade: Trade) -> tuple[dict[str, Any], dict[str, Any]]:
    stamp, cost = "2026-01-05T10:00:00Z", money(trade, trade.delivery_cost)
    described = {"id": trade.id, "name": trade.id.title(), "description": "", "created_at": stamp, "is_active": True}
    policies = {
        "shipping": f"Delivery takes {trade.delivery_days} business days and costs {cost}.",
        "returns": f"You can return what you bought within {trade.return_days} days.",
        "students": f"Students get {trade.rebate}% off with a valid card.",
    }
    config = {
        "brand_id": trade.id,
        "system_prompt": f"You are the assistant of {trade.id.title()}.",
        "welcome_message": "Hello!",
        "company_info": {"policies": policies},
        "settings": {"currency": trade.currency},
    }
    return described, config


def money(trade: Trade, amount: float) -> str:
    return f"{ {'USD': '$', 'GBP': '£', 'EUR': '€'}[trade.currency] }{amount:,.2f}"


@dataclass
class Said:
    """A reply whose truth is known: sentences, and the figure in each."""

    sentences: list[str] = field(default_factory=list)
    true: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)

    def add(self, sentence: str, figure: str, *, true: bool) -> None:
        assert figure in sentence
        self.sentences.append(sentence)
        (self.true if true else self.invented).append(figure)


class Sayer:
    """Makes sentences about the products that a model was shown."""

    def __init__(self, trade: Trade, shown: list[dict[str, Any]], seed: int) -> None:
        self._trade = trade
        self._shown = shown
        self._chance = random.Random(f"{trade.id}{seed}")

    def reply(self) -> Said:
        said = Said()
        for say in (self._prices, self._sums, self._policies, self._stock, self._measures, self._inventions):
            say(said)
        order = list(range(len(said.sentences)))
        self._chance.shuffle(order)
        said.sentences = [said.sentences[place] for place in order]
        return said

    def _amount(self, amount: float) -> str:
        written = f"{amount:,.2f}"
        code = self._trade.currency
        return self._chance.choice([money(self._trade, amount), f"{code} {written}", f"{written} {code}"])

    def _prices(self, said: Said) -> None:
        forms = ("The {0} costs {1}.", "{0}: {1}", "You get the {0} for {1}.", "{0} is priced at {1}.", "- {0} - {1}")
        for product in self._chance.sample(self._shown, 5):
            figure = self._amount(product["price"])
            said.add(self._chance.choice(forms).format(product["name"], figure), figure, true=True)
        product = self._chance.choice(self._shown)
        figure = self._amount(product["price"] + self._chance.choice([-3.1, 11.37, 101.13]))
        said.add(self._chance.choice(forms).format(product["name"], figure), figure, true=False)

    def _sums(self, said: Said) -> None:
        one, two = self._chance.sample(self._shown, 2)
        total = round(one["price"] + two["price"], 2)
        figure = self._amount(total)
        said.add(f"Together the {one['name']} and the {two['name']} cost {figure}.", figure, true=True)
        low, high = sorted((one, two), key=lambda product: product["price"])
        figure = self._amount(round(high["price"] - low["price"], 2))
        said.add(f"The {low['name']} is {figure} cheaper than the {high['name']}.", figure, true=True)
        figure = self._amount(total + 57.31)
        said.add(f"Both together come to {figure}.", figure, true=False)

    def _policies(self, said: Said) -> None:
        trade = self._trade
        days, returns = f"{trade.delivery_days} business days", f"{trade.return_days} days"
        said.add(f"Delivery takes {days}.", days, true=True)
        cost = money(trade, trade.delivery_cost)
        said.add(f"Shipping is {cost}.", cost, true=True)
        said.add(f"You have {returns} to send it back.", returns, true=True)
        rebate = f"{trade.rebate}%"
        said.add(f"With a student card you save {rebate}.", rebate, true=True)
        for sentence, figure in self._chance.sample(
            [
                ("It will arrive within 3 hours.", "3 hours"),
                ("You can send it back within 90 days.", "90 days"),
                ("It is delivered by Friday.", "Friday"),
                ("It comes with a 7-year warranty.", "7-year"),
                ("It will be with you tomorrow.", "tomorrow"),
                ("Today you get 35% off.", "35%"),
                ("There is a discount of 40 percent this week.", "40 percent"),
            ],
            3,
        ):
            said.add(sentence, figure, true=False)

    def _stock(self, said: Said) -> None:
        product = self._chance.choice(self._shown)
        there, gone = "in stock", "out of stock"
        said.add(
            f"The {product['name']} is {there if product['available'] else gone}.",
            there if product["available"] else gone,
            true=True,
        )
        other = self._chance.choice(self._shown)
        said.add(f"There are only 4 left of the {other['name']}.", "only 4 left", true=False)

    def _measures(self, said: Said) -> None:
        for product in self._chance.sample(self._shown, 3):
            for key, value in product["specifications"].items():
                if any(char.isdigit() for char in value):
                    said.add(f"The {product['name']} has a {key} of {value}.", value, true=True)

    def _inventions(self, said: Said) -> None:
        name = self._chance.choice(self._trade.invented)
        figure = self._amount(self._chance.uniform(10, 999))
        said.add(f"I recommend the {name}, it costs {figure}.", name, true=False)
        said.invented.append(figure)


@pytest.fixture(scope="module", params=["flag", "redact"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, model_process: FakeModel, mode: str) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(f"grounding-{mode}")
    pairs = [configured(trade) for trade in TRADES]
    for _, config in pairs:
        config["settings"]["grounding"] = mode
    document = {"brands": [one for one, _ in pairs], "configs": [one for _, one in pairs]}
    (folder / "brands_config.json").write_text(json.dumps(document))
    settings = {"OPENAI_BASE_URL": model_process.base_url, "OPENAI_API_KEY": "sk-test", "LOAD_SAMPLE_DATA": "false"}
    with running_server(folder, **settings) as server:
        for trade in TRADES:
            server.http.post(f"/brands/{trade.id}/products/bulk", json=products_of(trade)).raise_for_status()
        yield server


def ask(server: Server, trade: Trade) -> Reply:
    with server.chat(trade.id) as chat:
        return chat.ask(trade.question)


def shown_products(model: FakeModel) -> list[dict[str, Any]]:
    """The products in the latest prompt."""
    system = model.requests()[-1]["messages"][0]["content"]
    rows = system.partition("<products>\n")[2].partition("\n</products>")[0]
    return [json.loads(row) for row in rows.splitlines()]


def replies(server: Server, model: FakeModel) -> Iterator[tuple[Said, Reply]]:
    for trade in TRADES:
        model.behave()
        ask(server, trade)
        shown = shown_products(model)
        assert len(shown) >= 6, f"{trade.id}: {shown}"
        for number in range(REPLIES):
            said = Sayer(trade, shown, number).reply()
            model.behave(text="\n".join(said.sentences), piece_chars=3 + number)
            yield said, ask(server, trade)
    model.behave()


def overlaps(one: str, other: str) -> bool:
    return one in other or other in one


def test_every_invented_figure_is_reported_and_hardly_a_true_one(shops: Server, model: FakeModel, mode: str) -> None:
    true = invented = 0
    missed: list[str] = []
    wrong: list[str] = []
    for said, reply in replies(shops, model):
        unsupported = reply.complete["unsupported"]
        true, invented = true + len(said.true), invented + len(said.invented)
        missed += [one for one in said.invented if not any(overlaps(one, told) for told in unsupported)]
        wrong += [told for told in unsupported if not any(overlaps(one, told) for one in said.invented)]
        suggested = {product["name"] for product in reply.complete["suggested_products"]}
        assert not suggested & {name for trade in TRADES for name in trade.invented}
        if mode == "redact":
            assert not [one for one in said.invented if one in reply.text]
        else:
            assert reply.text == "\n".join(said.sentences)
    assert true + invented >= LEAST_FIGURES
    assert not missed
    assert true - len(wrong) >= LEAST_PRECISION * true, wrong
