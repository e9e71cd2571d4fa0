"""Small jobs on strings: `reverse(abcde)=`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase

from rlvr.envs.drawing import Draw, Instance, draw_task, operation_problems
from rlvr.errors import ConfigError
from rlvr.sample import Task


def _reversed(text: str) -> str:
    return text[::-1]


def _sorted(text: str) -> str:
    return "".join(sorted(text))


OPERATIONS: dict[str, Callable[[str], str]] = {"reverse": _reversed, "copy": str, "sort": _sorted}


@dataclass(frozen=True)
class Strings:
    """Strings of one length to reverse, copy or sort.

    Args:
        length: Characters in a string. There are `len(alphabet)`^length strings.
        alphabet: What they are drawn from, evenly.
        operations: Some of `reverse`, `copy` and `sort` (by code point).

    Raises:
        ConfigError: An argument that makes no task.

    >>> task = Strings(operations=("reverse",)).train(0, seed=0)
    >>> task.prompt, task.reference
    ('reverse(zuzcl)=', 'lczuz')
    """

    length: int = 5
    alphabet: str = ascii_lowercase
    operations: tuple[str, ...] = ("reverse", "copy", "sort")

    def __post_init__(self) -> None:
        problems = operation_problems(self.operations, tuple(OPERATIONS))
        if self.length < 1:
            problems.append(f"length: `{self.length}` must be at least 1.")
        if len(set(self.alphabet)) != len(self.alphabet) or len(self.alphabet) < 2:
            problems.append(f"alphabet: `{self.alphabet}` must be at least two characters, none of them twice.")
        elif clash := set(self.alphabet) & set("()="):
            problems.append(f"alphabet: `{min(clash)}` has a meaning in the prompt.")
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return draw_task("strings", self._draw, index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task that `train` never gives."""
        return draw_task("strings", self._draw, index, seed, held_out=True)

    def _draw(self, draw: Draw) -> Instance:
        operation = draw.one_of(self.operations)
        text = "".join(draw.one_of(self.alphabet) for _ in range(self.length))
        prompt = f"{operation}({text})="
        return Instance(canonical=prompt, prompt=prompt, answer=OPERATIONS[operation](text), operation=operation)
