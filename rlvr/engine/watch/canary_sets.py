"""Answers known to be right or wrong, a few of them for each step: made from the tasks of a source, or from a file."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from rlvr.compose import Composable
from rlvr.sample import Sample, Task, sample_of
from rlvr.testing.cases import read_cases
from rlvr.testing.finding import subject_of
from rlvr.testing.probing.answers import gives_the_answer
from rlvr.testing.probing.attacks import World
from rlvr.testing.probing.floor import (
    TINY,
    Score,
    Standing,
    answer_forms,
    best_answers,
    measure_right,
    measure_wrong,
    wrong_samples,
)

MOST = 4
_TASKS = 4
_FORMS = 8
_OTHERS = 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz     0123456789"


@dataclass(frozen=True, slots=True)
class Canary:
    """An answer of which it is known whether it is right.

    Attributes:
        sample: It.
        right: Whether it is.
        limit: It is paid when it scores more.
        standing: Where the limit is from, for a person.
    """

    sample: Sample
    right: bool
    limit: float
    standing: str


class CanarySet(Protocol):
    """The canaries of one reward and one source."""

    @property
    def source(self) -> str:
        """Of the tasks."""
        ...

    @property
    def reward(self) -> str:
        """That judges them."""
        ...

    def of(self, step: int) -> list[Canary]:
        """Those of a step, at most `MOST`."""
        ...


@dataclass(frozen=True)
class DerivedCanaries:
    """Canaries made from tasks; other ones at each step, as far as there are.

    Attributes:
        source: Of the tasks.
        reward: That judges them.
        world: The tasks.
        standing: What wrong and right answers scored when the run began.
        accepted: Right answers that the reward accepted then.
        limit: Between the two.
    """

    source: str
    reward: str
    world: World
    standing: Standing
    accepted: Sequence[Sample]
    limit: float

    def of(self, step: int) -> list[Canary]:
        """Two right answers, one to another task, and nothing or nonsense."""
        tasks = self.world.tasks
        count = min(2, len(self.accepted))
        right = [self.accepted[(2 * step + i) % len(self.accepted)] for i in range(count)]
        known = list(islice(wrong_samples(self.world, tasks[step % len(tasks)]), _OTHERS))
        wrong = [*([known[step // len(tasks) % len(known)]] if known else []), self._nonsense(step)]
        kept = [(sample, False) for sample in wrong if not gives_the_answer(sample)]
        return [
            Canary(one, is_right, self.limit, str(self.standing))
            for one, is_right in [*((s, True) for s in right), *kept]
        ]

    def _nonsense(self, step: int) -> Sample:
        draw = random.Random(f"{self.world.seed}-{step}")
        text = "".join(draw.choice(_LETTERS) for _ in range(40)) if step % 2 else ""
        task = self.world.tasks[(step + 1) % len(self.world.tasks)]
        return sample_of(task, self.world.form.replace("{}", text) if text else "", id=task.id)


@dataclass(frozen=True)
class GivenCanaries:
    """Canaries of a file, in turn."""

    source: str
    reward: str
    canaries: Sequence[Canary]

    def of(self, step: int) -> list[Canary]:
        """The next `MOST`, or all."""
        count = len(self.canaries)
        return [self.canaries[(step * MOST + i) % count] for i in range(min(MOST, count))]


def derive_canaries(
    source: str, name: str, reward: Composable, tasks: Sequence[Task], score: Score, *, margin: float, seed: int
) -> DerivedCanaries | None:
    """Canaries from the tasks of a source; `None` where the reward judges no answer alone.

    Args:
        source: Name of the source.
        name: Of the reward, as the run calls it.
        reward: It.
        tasks: Of the source, those of this reward.
        score: Has it judge samples.
        margin: What a text that ignores the question may score above the floor; see `scoring.probe_margin`.
        seed: Of the run.
    """
    if reward.compares or not tasks:
        return None
    subject = subject_of(reward)
    chosen, more = tasks[:_TASKS], tasks[_TASKS:]
    world = World(chosen, answer_forms(subject)[0], seed, more)
    standing = measure_wrong(reward, world, score)
    best = best_answers(subject, chosen, score, standing, most=_FORMS)
    standing = measure_right(best, standing)
    accepted = [sample for one, sample in best if standing.accepts(one)]
    return DerivedCanaries(source, name, world, standing, accepted, _limit(standing, margin))


def _limit(standing: Standing, margin: float) -> float:
    low, high = standing.range
    wrong = low if standing.wrong is None else standing.wrong
    if standing.tells and standing.right is not None:
        return max(0.5 * (wrong + standing.right), standing.floor + margin * (high - low))
    if wrong > standing.floor:  # wrong answers are paid already
        return standing.floor + margin * (high - low) + TINY
    # Nobody knows what a right answer scores; half of what it has to score above a wrong one, as above.
    return standing.floor + max(0.25, margin) * (high - low)


def read_canaries(path: str | Path, default: str, reward_of: Callable[[str], Composable]) -> list[CanarySet]:
    """Canaries of a file of golden cases, a set for each reward.

    Args:
        path: The file. What is to be accepted is right, what is to be rejected is wrong.
        default: Name of the reward that judges rows which name none.
        reward_of: The reward of a name.

    Raises:
        DataError: A row is no golden case.
        UnknownRewardError: There is no such reward.
    """
    held = read_cases(path)
    found: dict[str, list[Canary]] = {}
    for case in held.cases:
        if case.kind not in ("accept", "reject"):
            continue
        name, right = case.reward or held.declaration.reward or default, case.kind == "accept"
        low, high = reward_of(name).range
        wanted = (high if right else low) if case.score is None else case.score
        said = f"line {case.line} wants {'at least' if right else 'at most'} {wanted:g}: {case.why}"
        found.setdefault(name, []).append(Canary(case.sample, right, wanted - TINY if right else wanted + TINY, said))
    return [GivenCanaries(Path(path).name, name, canaries) for name, canaries in found.items()]
