"""How many groups of samples would have something to teach: scores that differ within the group.

For a prompt of which n samples were scored, c_v of them with the value v, the share of groups of G among these samples
whose scores are not all the same is

    1 - sum over v of C(c_v, G) / C(n, G)

the chance that G samples drawn without replacement differ. For G <= n this is an unbiased estimate of the true share,
1 - sum over v of p_v^G (for right and wrong: 1 - p^G - (1 - p)^G). For G > n no unbiased estimate exists; that for
groups of n stands in, which is too low on average and never too high, since larger groups differ more often. Putting
the observed shares c_v / n into the true formula would be lower still, at every prompt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import comb

from rlvr.observe.files import json_text
from rlvr.review.rows import Row
from rlvr.sample import Message
from rlvr.verdict import Verdict

# Weighted sums of equal parts differ in their last bits.
_DIGITS = 9


@dataclass(slots=True)
class PromptScores:
    """What the samples of one prompt scored.

    Attributes:
        label: The task's id, or how the prompt begins.
        values: How often each score was given.
        unscored: Samples without a score; they leave their group.
    """

    label: str
    values: Counter[float] = field(default_factory=Counter[float])
    unscored: int = 0

    @property
    def scored(self) -> int:
        """Samples with a score."""
        return self.values.total()

    def pass_rate(self, threshold: float) -> float:
        """The share of scored samples that reach `threshold`."""
        return sum(n for value, n in self.values.items() if value >= threshold - 10**-_DIGITS) / self.scored


@dataclass(frozen=True, slots=True)
class UsableGroups:
    """What to expect of groups of one size.

    Attributes:
        size: Samples a group, G.
        share: Expected share of groups whose scores differ, averaged over prompts.
        unbiased: Prompts with enough samples for the unbiased estimate.
        too_low: Prompts with fewer than G samples, whose estimate is too low on average.
    """

    size: int
    share: float
    unbiased: int
    too_low: int


def usable_share(counts: Sequence[int], size: int) -> float:
    """The estimate for one prompt, as the head of this module defines it.

    Args:
        counts: How often each value was scored; 2 or more in all.
        size: Samples a group.

    >>> usable_share([2, 2], 2)  # of the 6 pairs, 4 are mixed
    0.6666666666666667
    >>> usable_share([2, 2], 8)  # more than there are: as for groups of 4
    1.0
    """
    total = sum(counts)
    drawn = min(size, total)
    return 1 - sum(comb(count, drawn) for count in counts) / comb(total, drawn)


def expected_usable(prompts: Iterable[PromptScores], size: int) -> UsableGroups | None:
    """The mean over the prompts with two scored samples or more; `None` where there is none."""
    chosen = [prompt for prompt in prompts if prompt.scored >= 2]
    if not chosen:
        return None
    shares = [usable_share(list(prompt.values.values()), size) for prompt in chosen]
    enough = sum(prompt.scored >= size for prompt in chosen)
    return UsableGroups(size, sum(shares) / len(shares), enough, len(chosen) - enough)


class Prompts:
    """The scores of many samples, by prompt; a few numbers a prompt are all it keeps.

    Samples belong together by `task_id`, or else by prompt, reference and data.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, PromptScores] = {}

    def add(self, row: Row, verdict: Verdict) -> None:
        """Takes in a sample."""
        key, label = _key(row)
        prompt = self._known.setdefault(key, PromptScores(label))
        if verdict.score is None:
            prompt.unscored += 1
        else:
            prompt.values[round(verdict.score, _DIGITS)] += 1

    def all(self) -> list[PromptScores]:
        """In the order in which they first came."""
        return list(self._known.values())


def _key(row: Row) -> tuple[bytes, str]:
    task = row.fields.get("task_id")
    sample = row.sample
    prompt = sample.prompt if isinstance(sample.prompt, str) else _last(sample.prompt)
    text = str(task) if task is not None else json_text([row.fields.get("prompt"), sample.reference, sample.data])
    label = str(task) if task is not None else " ".join(prompt.split()) or row.place
    return blake2b(text.encode(), digest_size=16).digest(), label[:60]


def _last(messages: Sequence[Message]) -> str:
    return messages[-1].content if messages else ""
