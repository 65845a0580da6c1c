"""Other names for the same thing."""

from understanding.same_things import other_names, same_names


def test_every_name_of_a_thing_leads_to_the_others() -> None:
    assert other_names("couch") == ("sofa", "settee")
    assert other_names("sofas") == ("couch", "settee")


def test_a_kind_may_be_any_of_its_things_but_no_thing_is_the_kind() -> None:
    assert "laptop" in other_names("computers")
    assert "computer" not in other_names("laptop")


def test_only_the_very_same_thing_counts_beside_a_word_that_the_shop_has() -> None:
    assert "sofa" in same_names("couch")
    assert same_names("computers") == ()
    assert same_names("mobile") == ()
    assert "phone" in other_names("mobile")


def test_what_has_one_name_has_no_other() -> None:
    assert other_names("unicorn") == ()


def test_what_only_has_the_stem_of_a_name_has_no_other() -> None:
    assert other_names("comforter") == ("duvet",)
    assert other_names("comfortable") == ()
