"""What a failed sample means for training: masked, floored or fatal (`on_error`)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from rlvr.errors import RewardFailedError
from rlvr.verdict import Status, Verdict

OnError: TypeAlias = Literal["mask", "floor", "raise"]
"""`mask`: out of the baseline and the loss. `floor`: counts as the lowest score. `raise`: ends the run."""

FAILED = frozenset({Status.ERROR, Status.TIMEOUT})
"""What counts as a failure; abstaining is no failure, and is masked whatever `on_error` says."""


# What differs between samples that fare alike: quoted values and numbers. Bounded, since explanations quote a model.
_PARTICULAR = re.compile(r"'[^'\n]{0,1000}'|\"[^\"\n]{0,1000}\"|-?\d[\d.,/]*")


def likeness(explanation: str) -> str:
    """What an explanation has in common with those of samples that fared alike: all but quoted values and numbers.

    >>> likeness("'5' is not '4' (mine, line 3)")
    '… is not … (mine, line …)'
    """
    return _PARTICULAR.sub("…", explanation)


def settle(verdicts: Sequence[Verdict], on_error: OnError, floor: float) -> tuple[list[float], list[bool]]:
    """Scores to train on, and which of them count.

    The score of a sample that does not count is NaN: whoever forgets the mask gets a NaN loss, which ends the run, and
    not a silent zero.

    Args:
        verdicts: One for each of N samples.
        on_error: What becomes of status `error` and `timeout`.
        floor: The score of a failed sample with `on_error="floor"`, usually `reward.range[0]`.

    Returns:
        N scores and N booleans.

    Raises:
        RewardFailedError: With `on_error="raise"`, at the first failed verdict.

    >>> settle([Verdict(0.5), Verdict.unscored(Status.TIMEOUT, "killed after 2.0 s")], "floor", floor=-1.0)
    ([0.5, -1.0], [True, True])
    >>> settle([Verdict(0.5), Verdict.unscored(Status.TIMEOUT, "killed after 2.0 s")], "mask", floor=-1.0)
    ([0.5, nan], [True, False])
    """
    scores: list[float] = []
    for index, verdict in enumerate(verdicts):
        if verdict.score is not None:
            scores.append(verdict.score)
        elif on_error == "raise" and verdict.status in FAILED:
            raise RewardFailedError(f"Sample {index} has status {verdict.status}: {verdict.explanation}")
        else:
            scores.append(floor if on_error == "floor" and verdict.status in FAILED else math.nan)
    return scores, [not math.isnan(score) for score in scores]
