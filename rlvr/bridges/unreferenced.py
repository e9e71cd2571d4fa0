"""Samples of a data set without references: a reward that reads none judges them, one that reads one is found out."""

from __future__ import annotations

from typing import Any, NoReturn

from rlvr.sample import Sample
from rlvr.verdict import Status, Verdict


class MissingReferenceError(BaseException):
    """A reward read the reference of a sample that has none. No `Exception`, so that no reward makes a score of it."""


class UnreferencedSample(Sample):
    """A sample whose reference cannot be read, in whichever process the reward runs.

    >>> UnreferencedSample("4", prompt="2 + 2 =").answer
    '4'
    >>> from rlvr import get_reward
    >>> reads_reference(get_reward("text.exact").judge(UnreferencedSample("4")))
    True
    """

    __slots__ = ()

    @property
    def reference(self) -> NoReturn:
        """None that could be read."""
        raise MissingReferenceError("the sample has no reference")

    @reference.setter
    def reference(self, value: None) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What a sample is made with is set by its class, and is nothing here."""

    def seen(self) -> list[Any]:
        """All that a reward can see of it."""
        return self._seen("no reference to read")

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process without its reference, which pickle would read."""
        rest = (self.n_tokens, self.reasoning_open, self.reasoning_tags, self.id, self.group)
        return UnreferencedSample, (self.completion, None, self.prompt, self.data, self.truncated, *rest)


def reads_reference(verdict: Verdict) -> bool:
    """Whether a verdict, or that of a part, says that the reference was read."""
    if verdict.status is Status.ERROR and MissingReferenceError.__name__ in verdict.explanation:
        return True
    return any(reads_reference(part) for part in verdict.components.values())
