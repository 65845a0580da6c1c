"""The first chat that a newcomer has: no key, no network, the sample shops."""

from tests.functional.server import Server

NEED = "I need a powerful laptop for video editing under $2,000"


def test_a_need_is_answered_with_products_that_fulfil_it(server: Server) -> None:
    with server.chat() as chat:
        reply = chat.ask(NEED)
        products = reply.complete["suggested_products"]
        assert 1 <= len(products) <= 3
        assert all(product["category"] == "Laptops" and product["price"] < 2000 for product in products)
        assert all(product["name"] in reply.text for product in products)
        assert "video editing" in reply.text
        assert "best matches in Laptops under $2,000" in reply.text
        assert reply.complete["confidence_score"] > 0.5
        assert reply.complete["answered_by"] == "embedded"

        cheapest = min(products, key=lambda product: product["price"])
        picked = chat.ask("which of them is the cheapest?", conversation_id=reply.conversation_id)
        assert [product["id"] for product in picked.complete["suggested_products"]] == [cheapest["id"]]
        assert cheapest["name"] in picked.text


def test_what_is_asked_first_is_answered_by_what_is_meant(server: Server) -> None:
    with server.chat() as chat:
        assert chat.ask("external ssd 2tb").suggested_ids[:1] == ["storage-pebblecore-shuttle-2tb"]
        assert chat.ask("webcam for streaming").suggested_ids[:1] == ["camera-northwind-meet-pro"]
        laptops = chat.ask("laptop with 32gb ram and at least 1tb")
        assert laptops.suggested_ids
        assert "couldn't find" not in laptops.text


def test_a_policy_is_quoted_and_nothing_is_suggested(server: Server) -> None:
    policy = server.http.get("/brands/techpro/config").json()["company_info"]["policies"]["returns"]
    with server.chat() as chat:
        reply = chat.ask("What is your return policy?")
        assert policy in reply.text
        assert reply.complete["suggested_products"] == []
        assert reply.complete["confidence_score"] is None
        assert [source["kind"] for source in reply.complete["sources"]] == ["passage"]


def test_another_brand_never_names_the_first_ones_products(server: Server) -> None:
    names = [product["name"] for product in server.http.get("/brands/techpro/products").json()]
    with server.chat("stylehub") as chat:
        reply = chat.ask(NEED)
        assert not [name for name in names if name in reply.text]
        assert all(product["brand_id"] == "stylehub" for product in reply.complete["suggested_products"])


def test_a_spoken_answer_is_two_sentences_at_most(server: Server) -> None:
    with server.chat(voice=True) as chat:
        reply = chat.ask(NEED)
        assert 1 <= len([mark for mark in reply.text if mark in ".?!"]) <= 4  # a price has a point of its own
        assert not set(reply.text) & set("*#`[]\n")
        assert reply.complete["suggested_products"]
