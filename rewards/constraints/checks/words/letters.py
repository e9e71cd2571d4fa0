# ruff: noqa: N803 - arguments have their published names
"""Checks on how many letters there are."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, alias, constraint
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("letters:",)


@constraint("letters:letter_counting", "Write {relation} {N} letters.")
def letter_counting(text: Text, N: int, relation: Relation) -> Outcome:
    """So many letters, of whatever script."""
    return compared(sum(map(str.isalpha, text.text)), relation, N, "letters")


alias("letters:letter_counting2", "keywords:letter_frequency")
