"""Guards on either side of each threshold: what just passes, and what just does not."""

import pytest

from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.guards.copying import copied
from rlvr.rewards.translation.guards.length import length
from rlvr.rewards.translation.guards.presence import ended
from rlvr.rewards.translation.guards.repeats import repeated
from rlvr.rewards.translation.guards.segment import Segment
from rlvr.rewards.translation.guards.tongue import in_language

EN_DE = Pair("en", "de")
THEIRS = ["alpha", "bravo", "delta", "gamma", "kappa", "lambda", "omega", "sigma", "theta", "zebra"]
OURS = ["anna", "berta", "cäsar", "dora", "emil", "fritz", "gustav", "heinz", "ida", "julius"]


def mixed(kept):
    """Ten words of which so many are the source's."""
    return " ".join([*THEIRS[:kept], *OURS[kept:]])


@pytest.mark.parametrize(("characters", "passes"), [(188, True), (189, False)])
def test_beside_references_of_several_lengths_the_longest_says_how_long_is_too_long(characters, passes):
    references = ("r" * 100, "r" * 40)  # 1.8 * 100 + 8
    found = length(Segment("h" * characters, "s" * 200, EN_DE, references))
    assert (found is None) == passes


@pytest.mark.parametrize(("reference", "passes"), [(6, False), (7, True)])
def test_a_fifth_more_of_the_source_than_a_reference_keeps_is_a_copy(reference, passes):
    found = copied(Segment(mixed(8), " ".join(THEIRS), EN_DE, (mixed(reference),)))
    assert found == (None if passes else "80% of its words are the source's")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Das Haus ist rot...", None),
        ("Das Haus ist rot....", "`.` comes 3 times in a row"),
        ("Das Haus ist rot rot.", None),
        ("Das Haus ist rot rot rot.", "`rot` comes 3 times in a row"),
    ],
)
def test_three_words_in_a_row_are_too_many_and_of_single_signs_four(text, found):
    assert repeated(Segment(text, "The house is red.", EN_DE)) == found


@pytest.mark.parametrize(
    ("stop", "characters", "passes"), [(".", 20, True), (".", 19, False), ("", 27, True), ("", 26, False)]
)
def test_half_of_a_reference_may_be_whole_where_a_stop_says_so_and_two_thirds_elsewhere(stop, characters, passes):
    def text(count):
        return "w" * (count - len(stop)) + stop

    found = ended(Segment(text(characters), f"{'s' * 40}{stop}", EN_DE, (text(40), text(60))))
    assert (found is None) == passes


@pytest.mark.parametrize(
    ("text", "passes"), [("Haus mit дом дома", True), ("Haus mit дом дома дому", False), ("дом", False)]
)
def test_as_many_words_of_another_script_as_of_the_right_one_do_not_make_it_the_other(text, passes):
    found = in_language(Segment(text, "house with rooms and doors", EN_DE))
    assert ("CYRILLIC" in (found or "")) != passes
