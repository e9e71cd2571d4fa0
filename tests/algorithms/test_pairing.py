"""Pairs: the best against the worst, and no lean towards length."""

import math
import random

import pytest

from rlvr.algorithms.pairing import choose_pair

NAN = math.nan


@pytest.mark.parametrize(
    ("scores", "lengths", "expected"),
    [
        ([0.2, 0.9, 0.5], [1, 1, 1], (1, 0)),
        ([0.0, 1.0, 1.0], [5, 9, 4], (2, 0)),  # of the best the shortest
        ([1.0, 0.0, 0.0, 0.0], [6, 1, 8, 20], (0, 2)),  # of the worst the nearest in length to the chosen
        ([1.0, 0.0, 0.0], [5, 4, 6], (0, 1)),  # as near on either side: the first
        ([NAN, 0.3, 0.4], [1, 1, 1], (2, 1)),  # a failure is no low score
        ([-2.0, NAN, -1.0], [1, 1, 1], (2, 0)),
        ([NAN, NAN, 1.0], [1, 1, 1], "unscored"),
        ([], [], "unscored"),
        ([0.5, 0.5], [1, 9], "equal"),
        ([math.inf, 0.0], [1, 1], (0, 1)),
        ([NAN, 1.0], [1, 1], "unscored"),
        ([1.0], [1], "unscored"),
        ([1.0, 1.0, 0.0], [5, 5, 1], (0, 2)),  # of the best and the shortest the first
        ([1000.25, 1000.5, 1000.25], [3, 3, 3], (1, 0)),
    ],
)
def test_pairs(scores, lengths, expected):
    assert choose_pair(scores, lengths) == expected


def test_equal_scores_need_not_be_one_object():
    def computed(*quarters):
        return [quarter / 4 for quarter in quarters]

    assert choose_pair(computed(8, 1, 1), [5, 2, 6]) == (0, 2)
    assert choose_pair(computed(8, 8, 1), [5, 2, 6]) == (1, 2)
    assert choose_pair(computed(3, 3), [5, 2]) == "equal"


def test_what_was_cut_is_never_chosen_and_may_be_rejected():
    assert choose_pair([1.0, 0.5, 0.0], [8, 3, 8], [False, True, False]) == (1, 2)
    assert choose_pair([1.0, 0.5, 0.5], [8, 3, 3], [False, True, True]) == "unfinished"


def test_a_least_gap_holds_for_the_two_that_would_learn():
    assert choose_pair([1.0, 0.75], [1, 1], min_gap=0.25) == (0, 1)
    assert choose_pair([1.0, 0.75], [1, 1], min_gap=0.3) == "narrow"
    # The best was cut: what counts is the gap to the one that is chosen.
    assert choose_pair([1.0, 0.5, 0.4], [9, 1, 1], [False, True, True], min_gap=0.3) == "narrow"


def test_the_order_of_the_answers_does_not_matter():
    draw = random.Random(0)
    for _ in range(200):
        answers = [(draw.choice([0.0, 0.5, 1.0, NAN]), draw.randint(1, 6), draw.random() < 0.8) for _ in range(5)]

        def told(rows):
            found = choose_pair(*map(list, zip(*rows, strict=True)))
            return found if isinstance(found, str) else tuple(rows[i][:2] for i in found)

        first, second = told(answers), told(answers[::-1])
        if isinstance(first, str):
            assert first == second
        else:
            (_, longest), (_, worst) = first
            (_, other), (_, other_worst) = second
            assert (first[0], first[1][0]) == (second[0], second[1][0])
            assert abs(worst - longest) == abs(other_worst - other)


def test_arguments_that_do_not_fit():
    for lengths in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match=f"2 scores, {len(lengths)} lengths and 2 ends"):
            choose_pair([1.0, 0.0], lengths)
    for finished in ([True], [True] * 3):
        with pytest.raises(ValueError, match=f"2 scores, 2 lengths and {len(finished)} ends"):
            choose_pair([1.0, 0.0], [1, 2], finished)
