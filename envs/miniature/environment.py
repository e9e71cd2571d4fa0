"""Tasks of the five skills in turn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rlvr.envs.drawing import Draw
from rlvr.envs.miniature.skills import SKILLS
from rlvr.errors import ConfigError, did_you_mean
from rlvr.sample import Task


@dataclass(frozen=True)
class Miniature:
    """Translation, arithmetic word problems, programs, constraints, and translation with instructions, in turn.

    Args:
        skills: Some of `rlvr.envs.miniature.skills.SKILLS`. Each task names the reward of its skill.
        flaws: The share of demonstrations that are wrong, as in data that nobody has judged.

    Raises:
        ConfigError: No skill, an unknown one, or a share outside [0, 1].

    >>> for task in map(lambda index: Miniature().train(index, seed=0), range(3)):
    ...     print(task.prompt[0].content, "->", task.demonstration)
    qaa to qab: jos vab yum kel -> ver pan gati nasi
    ben has 64 coins and finds 1. how many coins? -> 65
    write f(a, b): the larger of a and b, then times 9, then minus 2 -> def f(a, b):
        return ((max(a, b)) * 9) - 2
    """

    skills: tuple[str, ...] = tuple(SKILLS)
    flaws: float = 0.0

    def __post_init__(self) -> None:
        problems = [
            f"skills: there is no `{name}`.{did_you_mean(name, SKILLS)} It is one of {', '.join(SKILLS)}."
            for name in self.skills
            if name not in SKILLS
        ]
        if not self.skills:
            problems.append(f"skills: name at least one of {', '.join(SKILLS)}.")
        if not 0.0 <= self.flaws <= 1.0:
            problems.append(f"flaws: `{self.flaws}` must be from 0 to 1.")
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return self._task(index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task that `train` never gives."""
        return self._task(index, seed, held_out=True)

    def _task(self, index: int, seed: int, *, held_out: bool) -> Task:
        done, place = divmod(index, len(self.skills))
        name = self.skills[place]
        identity = f"{name}/{'held-out' if held_out else 'train'}/{seed}/{done}"
        draw = Draw(identity)
        flawed = draw.below(1000) < 1000 * self.flaws
        return replace(SKILLS[name].draw(draw, held_out, flawed), reward=SKILLS[name].reward, id=identity)
