"""The error model, on one page.

* Everything we raise on purpose is a `RlvrError`. Its text says what happened, where, and what to do next, so the
  command line prints it without a traceback and exits with status 2.
* Each class is also the built-in a caller would guess (`ValueError`, `LookupError`, ...), so code that knows nothing
  of us still catches the right thing.
* What goes wrong *inside a reward* is no exception at all: it is a `Verdict` with status `error` or `timeout`. The one
  place that turns exceptions into verdicts is the verdict boundary, `rlvr.reward.judge`.
* Programming errors (a `TypeError` in our own code) are not wrapped: they keep their traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class RlvrError(Exception):
    """Base of every error that a user can do something about.

    >>> str(RlvrError("The disk is full.", hint="Free some space and run `rlvr resume runs/x`.")).splitlines()
    ['The disk is full.', 'Free some space and run `rlvr resume runs/x`.']
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Cross process borders whole: a subclass with its own `__init__` comes back as itself."""
        return _rebuild, (type(self), self.message, self.hint, dict(self.__dict__))


def _rebuild(cls: type[RlvrError], message: str, hint: str, state: dict[str, object]) -> RlvrError:
    error = cls.__new__(cls, message, hint)
    error.args = (message, hint)
    error.__dict__.update(state)
    return error


class ConfigError(RlvrError, ValueError):
    """The configuration cannot be run. `problems` lists all that is wrong with it, not only the first thing."""

    def __init__(self, problems: Sequence[str], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"The configuration has {count}:\n{lines}", hint=hint)


class DataError(RlvrError, ValueError):
    """A row of a data file cannot be used; the message names the file and the line."""


class ModelError(RlvrError, ValueError):
    """A model folder cannot be loaded or does not fit its tokenizer."""


class RewardDefinitionError(RlvrError, TypeError):
    """A reward is declared in a way that cannot work, found where it is defined."""


class UnknownRewardError(RlvrError, LookupError):
    """No reward has that name."""


class RewardFailedError(RlvrError, RuntimeError):
    """A reward failed and the run was told to stop at the first failure (`on_error=raise`)."""


class FooledRewardError(RlvrError, ValueError):
    """A text that ignores the question scores, or an answer known to be wrong: training would find it."""


class ErrorBudgetError(RlvrError, RuntimeError):
    """More samples could not be scored than `max_error_rate` allows."""


class CheckpointError(RlvrError, RuntimeError):
    """A checkpoint cannot be written, read or resumed."""


class EngineError(RlvrError, RuntimeError):
    """Training cannot go on: a non-finite loss, an actor that died, a group with nothing to learn from."""


class MissingDependencyError(RlvrError, ImportError):
    """A part was asked for whose packages are not installed."""


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """A suggestion to append to an error, or nothing when no name comes near.

    >>> did_you_mean("math.boxd", ["math.boxed", "text.exact"])
    ' Did you mean `math.boxed`?'
    """
    nearest = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f" Did you mean `{nearest[0]}`?" if nearest else ""


def shortened(text: str, limit: int) -> str:
    """The beginning of a long text, and how much is missing.

    Args:
        text: Of any length.
        limit: Characters that are kept.

    >>> shortened("abcdef", 4)
    'abcd … (2 more characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters)"
