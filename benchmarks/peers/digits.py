"""The reward that every system learns from: the share of digits among a completion's characters."""

from __future__ import annotations

from peers.setting import NEW_TOKENS
from rlvr import Sample, reward


def share_of_digits(completion: str) -> float:
    """Of `NEW_TOKENS` characters, and not of those that are there: special tokens may be left out of the text.

    >>> share_of_digits("7" * 16 + "x" * 16)
    0.5
    """
    return sum(character.isdigit() for character in completion) / NEW_TOKENS


@reward("benchmarks.digits")
def digits(sample: Sample) -> float:
    """The share of digits."""
    return share_of_digits(sample.completion)
