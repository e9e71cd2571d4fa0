"""A letter to be found in a row of letters, by guesses: `zqwbkra?`, to which the environment says `<` or `>`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from rlvr.envs.drawing import Draw, Instance, draw_task
from rlvr.errors import ConfigError
from rlvr.sample import Message, Task

NO_GUESS: Final = "?"
"""What is said to a guess that is no letter of the row."""


@dataclass(frozen=True)
class Guess:
    """Rows of different letters, of which one is meant; the replies say on which side of a guess it stands.

    Who halves what is left finds one of 2^n - 1 letters with n guesses; who does not listen finds n of them.

    Args:
        length: Letters in a row.
        max_turns: Guesses.

    Raises:
        ConfigError: A row of fewer than two letters or of more than the alphabet has, or no guess.

    >>> env = Guess()
    >>> task = env.train(0, seed=0)
    >>> task.prompt, task.reference
    ('pbtmzfn?', 't')
    >>> env.reply(task, [Message("assistant", "m")]), env.reply(task, [Message("assistant", "t")])
    ('<', None)
    """

    length: int = 7
    max_turns: int = 3

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not 2 <= self.length <= len(ascii_lowercase):
            problems.append(f"length: `{self.length}` must be from 2 to {len(ascii_lowercase)}.")
        if self.max_turns < 1:
            problems.append(f"max_turns: `{self.max_turns}` must be at least 1.")
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return draw_task("guess", self._draw, index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task that `train` never gives: its row is another, whichever letter is meant."""
        return draw_task("guess", self._draw, index, seed, held_out=True)

    def reply(self, task: Task, turns: Sequence[Message]) -> str | None:
        """On which side of the last guess the letter stands; nothing once it is found."""
        row, guess = _row(task), turns[-1].content.strip()
        if guess == task.reference:
            return None
        if len(guess) != 1 or guess not in row:
            return NO_GUESS
        return "<" if row.index(str(task.reference)) < row.index(guess) else ">"

    def demonstrate(self, task: Task, turns: Sequence[Message]) -> str:
        """The letter that halves what the replies have left.

        >>> env, task = Guess(), Task("abcdefg?", reference="c")
        >>> env.demonstrate(task, ()), env.demonstrate(task, (Message("assistant", "d"), Message("user", "<")))
        ('d', 'b')
        """
        row = _row(task)
        low, high = 0, len(row)
        for said, heard in zip(turns[::2], turns[1::2], strict=True):
            if heard.content == "<":
                high = min(high, row.index(said.content))
            elif heard.content == ">":
                low = max(low, row.index(said.content) + 1)
        return row[(low + high) // 2]

    def _draw(self, draw: Draw) -> Instance:
        left = list(ascii_lowercase)
        row = "".join(left.pop(draw.below(len(left))) for _ in range(self.length))
        return Instance(canonical=row, prompt=f"{row}?", answer=draw.one_of(row), operation="guess")


def _row(task: Task) -> str:
    prompt = task.prompt if isinstance(task.prompt, str) else task.prompt[-1].content
    return prompt.removesuffix("?")
