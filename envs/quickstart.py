"""What a small model learns in minutes on a laptop: sums and jobs on strings in turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlvr.envs.arithmetic import Arithmetic
from rlvr.envs.strings import Strings
from rlvr.errors import ConfigError
from rlvr.sample import Task


@dataclass(frozen=True)
class Quickstart:
    """Three tasks of arithmetic, then one on a string, and so on: strings are learned sooner.

    Args:
        digits: See `Arithmetic`.
        arithmetic: Its operations.
        pad: See `Arithmetic`.
        vary: See `Arithmetic`.
        length: See `Strings`.
        alphabet: See `Strings`.
        strings: Its operations.

    Raises:
        ConfigError: An argument that makes no task.

    >>> [Quickstart().train(index, seed=0).prompt for index in range(4)]
    ['008+002=', '932+864=', '627+837=', 'reverse(yqrwvn)=']
    """

    digits: int = 3
    arithmetic: tuple[str, ...] = ("+",)
    pad: bool = True
    vary: bool = True
    length: int = 6
    alphabet: str = "abcdefghijklmnopqrstuvwxyz"
    strings: tuple[str, ...] = ("reverse",)
    _sums: Arithmetic = field(init=False, repr=False)
    _strings: Strings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        problems: list[str] = []
        try:
            object.__setattr__(self, "_sums", Arithmetic(self.digits, self.arithmetic, self.pad, self.vary))
        except ConfigError as error:
            problems += [problem.replace("operations:", "arithmetic:", 1) for problem in error.problems]
        try:
            object.__setattr__(self, "_strings", Strings(self.length, self.alphabet, self.strings))
        except ConfigError as error:
            problems += [problem.replace("operations:", "strings:", 1) for problem in error.problems]
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        env, own = self._place(index)
        return env.train(own, seed)

    def held_out(self, index: int, seed: int) -> Task:
        """A task that `train` never gives."""
        env, own = self._place(index)
        return env.held_out(own, seed)

    def _place(self, index: int) -> tuple[Arithmetic | Strings, int]:
        done, place = divmod(index, 4)
        return (self._strings, done) if place == 3 else (self._sums, 3 * done + place)
