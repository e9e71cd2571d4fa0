"""Arithmetic on whole numbers: `123+456=`."""

from __future__ import annotations

from dataclasses import dataclass

from rlvr.envs.drawing import Draw, Instance, draw_task, operation_problems
from rlvr.errors import ConfigError
from rlvr.sample import Task

OPERATIONS = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}
_COMMUTATIVE = "+*"


@dataclass(frozen=True)
class Arithmetic:
    """Sums, differences and products of two numbers from 0 to 10^digits - 1.

    Args:
        digits: Most digits of an operand. There are 10^(2 * digits) instances of each operation.
        operations: Some of `+`, `-` and `*`.
        pad: Fill operands and answers with zeros to one width, which a small model finds easier: `007+005=0012`.
        vary: Draw the number of digits of each operand first, from 1 to `digits`: as many small numbers as large ones,
            from which a model comes to the large ones step by step. Else all numbers are equally likely.

    Raises:
        ConfigError: An argument that makes no task.

    >>> task = Arithmetic(digits=3).train(0, seed=0)
    >>> task.prompt, task.reference
    ('182+226=', '408')
    """

    digits: int = 3
    operations: tuple[str, ...] = ("+",)
    pad: bool = False
    vary: bool = False

    def __post_init__(self) -> None:
        problems = operation_problems(self.operations, tuple(OPERATIONS))
        if not 1 <= self.digits <= 100:
            problems.insert(0, f"digits: `{self.digits}` must be from 1 to 100.")
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return draw_task("arithmetic", self._draw, index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task that `train` never gives."""
        return draw_task("arithmetic", self._draw, index, seed, held_out=True)

    def _draw(self, draw: Draw) -> Instance:
        operation = draw.one_of(self.operations)
        # Digit by digit: a float has no room for the choice among more than 10^15 numbers.
        left, right = (int("".join(str(draw.below(10)) for _ in range(self._width(draw)))) for _ in "ab")
        result = OPERATIONS[operation](left, right)
        width = self.digits if self.pad else 1
        longest = {"+": self.digits + 1, "-": self.digits, "*": 2 * self.digits}[operation] if self.pad else 1
        sign, size = "-" if result < 0 else "", abs(result)
        ends = sorted((left, right)) if operation in _COMMUTATIVE else (left, right)
        return Instance(
            canonical=f"{ends[0]}{operation}{ends[1]}",
            prompt=f"{left:0{width}d}{operation}{right:0{width}d}=",
            answer=f"{sign}{size:0{longest}d}",
            operation=operation,
        )

    def _width(self, draw: Draw) -> int:
        return 1 + draw.below(self.digits) if self.vary else self.digits
