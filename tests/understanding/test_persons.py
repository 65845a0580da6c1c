import pytest

from understanding.persons import said_of_the_same


@pytest.mark.parametrize(
    ("messages", "kept"),
    [
        (["my lad is 122cm", "which seat do i need?"], [0, 1]),
        (["my daughter is 2", "a game for her brother who is 10", "and a puzzle for her"], [0, 2]),
        (["my daughter is 5, bike", "helmets for me", "road helmet"], [1, 2]),
        (["I'm 130 kg, bath board", "and for my mum, a walking stick", "in black?"], [1, 2]),
        (["we have induction", "my mother has gas, which pan for her?"], [1]),
        (["we have induction", "which pan?"], [0, 1]),
        (["my wife is pregnant", "which paint?", "can she help?"], [0, 1, 2]),
        (["my wife is pregnant, which cheese", "and wine for me", "pâté for my father"], [2]),
        (["for a 2 year old", "are the tiles ok? shes smart"], [0, 1]),
        (["my son is 8", "he is 30 kg", "and his sister is 12"], [2]),
        (["hello", "lamps"], [0, 1]),
        ([], []),
    ],
)
def test_what_is_told_of_one_counts_for_no_other(messages: list[str], kept: list[int]) -> None:
    assert said_of_the_same(messages) == [messages[place] for place in kept]
