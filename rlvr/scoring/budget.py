"""The error budget: how many samples may fail before the run stops and says why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from rlvr.errors import ErrorBudgetError
from rlvr.sample import Sample
from rlvr.scoring.outcome import FAILED, likeness
from rlvr.verdict import Verdict

JUDGED_FROM = 32
"""Samples that must have been seen before the budget can be exceeded."""


@dataclass(frozen=True, slots=True)
class _Failure:
    sample: str
    status: str
    explanation: str

    @property
    def cause(self) -> str:
        return f"{self.status}: {likeness(self.explanation[:1000])}"


class ErrorBudget:
    """Counts errors and timeouts over a sliding window of samples.

    Of any `window` consecutive samples, `max_error_rate * window` may fail (5 of 256 by default); samples not seen yet
    count as good, so that one slow sample among the first forty does not end a run, while a reward that always fails
    does so as soon as `JUDGED_FROM` samples were seen. Small batches share the window: they are recorded one after the
    other. An abstention is a sample that did not fail.

    Args:
        max_error_rate: Share of the window that may fail, in [0, 1]; 1 switches the budget off.
        window: Samples looked back upon.

    >>> from rlvr.verdict import Status
    >>> budget = ErrorBudget(0.02, window=256)
    >>> broken = Verdict.unscored(Status.ERROR, "KeyError: 'answer' (mine, line 3)")
    >>> samples = [Sample("", id=f"row-{i}") for i in range(64)]
    >>> budget.record("mine.reward", samples, [broken] * 64)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    rlvr.errors.ErrorBudgetError: `mine.reward` could not score 64 of the last 64 samples (100.0%).
      64 x error: KeyError: 'answer' (mine, line 3)  [row-0, row-1, row-2, ...]
    At most 5 of 256 may fail (max_error_rate is 0.02). ...
    """

    def __init__(self, max_error_rate: float, window: int) -> None:
        if not 0 <= max_error_rate <= 1:
            raise ValueError(f"max_error_rate is {max_error_rate}; it is a share between 0 and 1.")
        if window < 1:
            raise ValueError(f"window is {window}; it is a positive number of samples.")
        self.max_error_rate = max_error_rate
        self.window = window
        self._recent: deque[_Failure | None] = deque(maxlen=window)
        self._failures = 0
        self._seen = 0

    def record(self, reward: str, samples: Sequence[Sample], verdicts: Sequence[Verdict]) -> None:
        """Takes in a batch, in order.

        Raises:
            ErrorBudgetError: At any point within the batch more samples of the window had failed than may fail.
        """
        exceeded = ""
        for sample, verdict in zip(samples, verdicts, strict=True):
            self._add(sample, verdict)
            if not exceeded and self._is_exceeded():
                exceeded = self._report(reward)
        if exceeded:
            # The batch is over, so the report can count all of it, unless later good samples have pushed failures out.
            raise ErrorBudgetError(
                self._report(reward) if self._is_exceeded() else exceeded,
                hint=f"At most {int(self.max_error_rate * self.window)} of {self.window} may fail (max_error_rate is "
                f"{self.max_error_rate:g}). None was scored as zero. Run these samples through the reward by hand "
                "(`reward.check(...)`), or raise max_error_rate.",
            )

    def _add(self, sample: Sample, verdict: Verdict) -> None:
        if len(self._recent) == self.window and self._recent[0] is not None:
            self._failures -= 1
        failed = verdict.status in FAILED
        name = sample.id or f"sample {self._seen}"
        self._recent.append(_Failure(name, str(verdict.status), verdict.explanation) if failed else None)
        self._failures += failed
        self._seen += 1

    def _is_exceeded(self) -> bool:
        return self._seen >= min(JUDGED_FROM, self.window) and self._failures > self.max_error_rate * self.window

    def _report(self, reward: str) -> str:
        failures = [failure for failure in self._recent if failure is not None]
        lines = [
            f"`{reward}` could not score {len(failures)} of the last {len(self._recent)} samples "
            f"({len(failures) / len(self._recent):.1%})."
        ]
        for cause, count in Counter(failure.cause for failure in failures).most_common(3):
            alike = [failure for failure in failures if failure.cause == cause]
            names = ", ".join(failure.sample for failure in alike[:3]) + (", ..." if count > 3 else "")
            lines.append(f"  {count} x {alike[0].status}: {alike[0].explanation[:300]}  [{names}]")
        return "\n".join(lines)
