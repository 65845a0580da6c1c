from tests.providers.embedded.shop import (
    ASH,
    ELM,
    OAK,
    RETURNS,
    Constraints,
    Hit,
    Intent,
    Superlative,
    answer,
    marked,
    product,
    prompt,
)

LIMIT = Constraints(price_max=150, categories=("Saws",))


def test_matches_are_offered_with_price_and_reason() -> None:
    text = answer(
        prompt(
            Intent.PRODUCT,
            constraints=LIMIT,
            terms=("hard", "wood"),
            hits=(Hit(OAK, 0.9, ("under $150", "hard wood")),),
        )
    )

    assert "This one fits in Saws under $150:" in text
    assert "- Oak Saw 300[[saw-oak]] - $120: cuts hard wood fast." in text
    assert text.endswith("?")


def test_at_most_three_are_offered_best_first() -> None:
    hits = tuple(Hit(product(f"s{n}", f"Saw {n}", 10 + n), 0.9) for n in range(5))

    assert marked(answer(prompt(Intent.PRODUCT, hits=hits))) == ["s0", "s1", "s2"]


def test_sold_out_is_said() -> None:
    assert "currently out of stock" in answer(prompt(Intent.PRODUCT, hits=(Hit(ELM, 0.9),)))


def test_the_cheapest_comes_first_when_asked_for() -> None:
    text = answer(
        prompt(Intent.PRODUCT, superlative=Superlative.CHEAPEST, hits=(Hit(OAK, 0.9), Hit(ELM, 0.8), Hit(ASH, 0.7)))
    )

    assert marked(text) == ["saw-elm", "saw-ash", "saw-oak"]
    assert "cheapest first" in text


def test_the_lightest_comes_first_and_unknown_weights_last() -> None:
    text = answer(
        prompt(Intent.PRODUCT, superlative=Superlative.LIGHTEST, hits=(Hit(ASH, 0.9), Hit(OAK, 0.8), Hit(ELM, 0.7)))
    )

    assert marked(text) == ["saw-elm", "saw-oak", "saw-ash"]


def test_an_order_that_the_data_cannot_give_is_not_claimed() -> None:
    text = answer(prompt(Intent.PRODUCT, superlative=Superlative.BRIGHTEST, hits=(Hit(OAK, 0.9), Hit(ELM, 0.8))))

    assert "gives no brightness to order them by" in text


def test_what_was_asked_of_attributes_is_said() -> None:
    asked = Constraints(categories=("Saws",), attributes={"weight": "under 1 kg"}, excluded_terms=("laser",))

    assert "in Saws with under 1 kg with no mention of laser" in answer(
        prompt(Intent.PRODUCT, constraints=asked, hits=(Hit(ELM, 0.9),))
    )


def test_a_limit_that_is_just_reached_is_not_called_under() -> None:
    assert "up to $120" in answer(prompt(Intent.PRODUCT, constraints=Constraints(price_max=120), hits=(Hit(OAK, 0.9),)))


def test_near_misses_are_offered_as_what_they_are() -> None:
    text = answer(
        prompt(
            Intent.PRODUCT, constraints=Constraints(price_max=100, categories=("Saws",)), near_misses=(Hit(OAK, 0.5),)
        )
    )

    assert "couldn't find a match in Saws under $100" in text
    assert "just above your budget" in text
    assert marked(text) == ["saw-oak"]


def test_what_is_not_sold_is_not_offered_and_the_nearest_categories_are_named() -> None:
    text = answer(prompt(Intent.PRODUCT, terms=("drilling", "machine")))

    assert "don't seem to carry that" in text
    assert "Drills and Saws" in text
    assert marked(text) == []


def test_limits_that_leave_nothing_are_named() -> None:
    text = answer(prompt(Intent.PRODUCT, constraints=Constraints(price_max=1, categories=("Saws",))))

    assert "nothing in Saws under $1" in text


def test_a_passage_answers_when_no_product_does() -> None:
    assert answer(prompt(Intent.PRODUCT, passages=(RETURNS,))) == RETURNS.text


def test_a_weak_match_is_offered_as_a_guess() -> None:
    assert "not sure" in answer(prompt(Intent.PRODUCT, hits=(Hit(OAK, 0.1),)))
