"""One thing that is wrong with a configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where.

    Args:
        key: The configuration key, or the word the user wrote.
        text: What is wrong with it and what to do.
        origin: The file it was written in; empty for the command line.
        concerns: Keys that were probably meant. Whatever else is said about them follows from this problem.

    >>> str(Problem("run.steps", "`ten` is no int."))
    'run.steps: `ten` is no int.'
    """

    key: str
    text: str
    origin: str = ""
    concerns: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f" (in {self.origin})" if self.origin else ""
        return f"{self.key}{where}: {self.text}"


def say_or(words: list[str] | tuple[str, ...]) -> str:
    """A list for a sentence.

    >>> say_or(["grpo", "sft", "wpo"])
    '`grpo`, `sft` or `wpo`'
    """
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
