"""Whether a reward gives each task's own reference the highest score: else nothing a model says ever could."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rlvr.compose import Composable
from rlvr.review.scoring import BATCH, in_batches, judged
from rlvr.review.tasks import TaskProblem
from rlvr.sample import Task, sample_of
from rlvr.scoring import Scorer
from rlvr.scoring.outcome import FAILED
from rlvr.verdict import Status, Verdict

FORMS: Final = (
    "{}",
    "#### {}",
    r"\boxed{{{}}}",
    "<answer>{}</answer>",
    "<think>.</think>{}",
    "<think>.</think><answer>{}</answer>",
    r"<think>.</think>\boxed{{{}}}",
)
"""How a reference is put as an answer, in the order tried: a reward may ask for a mark or for a reasoning block."""

_TOLERANCE = 1e-9


def check_references(
    reward: Composable, tasks: Sequence[tuple[str, Task]], *, workers: int = 2
) -> Iterator[TaskProblem]:
    """Tasks whose reference a reward cannot read, or does not accept as the answer in any of `FORMS`.

    A demonstration counts as one more form. Of references that are no text and no number only errors are told, and so
    of rewards that compare samples with one another.

    Args:
        reward: What will judge the completions.
        tasks: With the place of each.
        workers: Processes, for rewards that run in one of their own.

    >>> from rlvr import get_reward
    >>> tasks = [("t:1", Task("6 * 7?", "42")), ("t:2", Task("A dozen?", "twelve"))]
    >>> [(problem.kind, problem.place) for problem in check_references(get_reward("math.final_number"), tasks)]
    [('error', 't:2')]
    """
    with Scorer(reward, workers=workers, max_error_rate=1.0) as scorer:
        for chunk in in_batches(tasks, BATCH):
            for problem in _check(reward.range[1], scorer, chunk):
                if problem.kind == "error" or not reward.compares:
                    yield problem


def _check(highest: float, scorer: Scorer, tasks: Sequence[tuple[str, Task]]) -> Iterator[TaskProblem]:
    best: dict[int, Verdict] = {}
    open_: Iterable[int] = range(len(tasks))
    for form in range(len(FORMS) + 1):
        asked = {i: text for i in open_ if (text := _answer(tasks[i][1], form)) is not None}
        verdicts = judged(scorer, [sample_of(tasks[i][1], text, id=tasks[i][0]) for i, text in asked.items()])
        for i, verdict in zip(asked, verdicts, strict=True):
            if i not in best or _rank(verdict) > _rank(best[i]):
                best[i] = verdict
        open_ = [i for i in open_ if i not in best or not _is_highest(best[i], highest)]
    for i in open_:
        verdict, (place, task) = best[i], tasks[i]
        if verdict.status in FAILED:
            yield TaskProblem("error", place, f"{verdict.status}: {verdict.explanation}")
        elif _is_scalar(task.reference) and verdict.score is not None:
            text = f"the reference {task.reference!r} as the answer scores {verdict.score:g}, not {highest:g}"
            yield TaskProblem("reference", place, f"{text}: {verdict.explanation}")


def _answer(task: Task, form: int) -> str | None:
    """The completion to try; the demonstration comes after the forms."""
    if form == len(FORMS):
        return task.demonstration
    if _is_scalar(task.reference):
        return FORMS[form].format(task.reference)
    return "" if form == 0 else None


def _is_scalar(reference: object) -> bool:
    return isinstance(reference, str | int | float) and not isinstance(reference, bool)


def _is_highest(verdict: Verdict, highest: float) -> bool:
    return verdict.score is not None and verdict.score >= highest - _TOLERANCE


def _rank(verdict: Verdict) -> tuple[bool, float]:
    """An abstention is no failure: it says that nothing can be told, where a form makes the reward fail."""
    return verdict.status in (Status.SCORED, Status.ABSTAINED), -1e308 if verdict.score is None else verdict.score
