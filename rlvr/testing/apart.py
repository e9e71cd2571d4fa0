"""Any reward, judged in a worker process with a deadline, whatever it declares: so that a test of it cannot hang."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rlvr.plain_reward import PlainReward, RewardNode, Scoring
from rlvr.reward import Reward
from rlvr.sample import Sample
from rlvr.scoring import Scorer
from rlvr.verdict import Verdict


@dataclass(frozen=True)
class _Inner:
    """The call of a reward, which travels as the reward does: by name where it can."""

    reward: PlainReward[Any]

    @property
    def __wrapped__(self) -> Any:
        """Whose code an error is in."""
        return self.reward.function

    def __call__(self, given: Any) -> Any:
        return self.reward.function(given)


class Apart:
    """A reward or composition whose plain rewards all run in worker processes.

    Args:
        reward: It. Async rewards stay where they are: their deadline cancels them.

    >>> from rlvr import get_reward
    >>> with Apart(get_reward("text.exact")) as apart:
    ...     apart.judge([Sample("Rome", reference="Rome")])[0].score
    1.0
    """

    def __init__(self, reward: RewardNode) -> None:
        self._reward = reward
        self._scorers: dict[int, Scorer] = {}

    def judge(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Verdicts, in order."""
        return self._reward.evaluate(samples, Scoring(lambda leaf, chosen: self._scorer(leaf).score(chosen)))

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        for scorer in self._scorers.values():
            scorer.close()

    def _scorer(self, leaf: PlainReward[Any]) -> Scorer:
        if id(leaf) not in self._scorers:
            alone = leaf
            if not leaf.can_be_ended:
                alone = Reward(_Inner(leaf), replace(leaf.spec, isolate="process"))
            self._scorers[id(leaf)] = Scorer(alone, workers=1, on_error="mask", max_error_rate=1.0)
        return self._scorers[id(leaf)]
