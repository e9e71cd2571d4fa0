"""Whether a reward gives each task's own reference the highest score: else nothing a model says ever could."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rlvr.compose import Composable
from rlvr.review.scoring import BATCH, in_batches, judged
from rlvr.review.tasks import TaskProblem
from rlvr.sample import Task, is_list, is_object, sample_of
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

UNCHECKED: Final = "unchecked"
"""The kind of what is no problem: a task whose reference nobody could put as an answer."""

_TOLERANCE: Final = 1e-9
_MOST: Final = 4
"""References of one task that are tried, where it has several."""


def check_references(
    reward: Composable, tasks: Sequence[tuple[str, Task]], *, workers: int = 2
) -> Iterator[TaskProblem]:
    """Tasks whose reference a reward cannot read, or does not accept as the answer in any form that can be made of it.

    A text or a number is put into `FORMS`; of several references one must do. A task that has a program for its
    `reference.solution` is answered with that: it is accepted where it scores the highest, or all its tests pass. A
    demonstration counts as one more form. Of other references (constraints, limits), and of rewards that compare
    samples with one another, only errors are told, and besides, in an `UNCHECKED` line, that they were not checked.

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
                if problem.kind == "reference" and reward.compares:
                    yield TaskProblem(UNCHECKED, problem.place, "the reward compares the answers of a group")
                else:
                    yield problem


def answers_of(task: Task) -> list[str]:
    """Completions that a task's reference says are right, in the order tried; none where no answer can be made of it.

    >>> answers_of(Task("Add.", {"code": "assert add(1, 2) == 3", "solution": "def add(a, b): return a + b"}))[0]
    '```python\\ndef add(a, b): return a + b\\n```'
    >>> answers_of(Task("In three words.", {"max": 3}))
    []
    """
    reference = task.reference
    if is_object(reference):
        solution = reference.get("solution")
        if not isinstance(solution, str) or not solution.strip():
            return []
        fence = "````" if "```" in solution else "```"
        program = f"{fence}{task.data.get('language', 'python')}\n{solution}\n{fence}"
        return [program, f"<think>.</think>{program}"]
    references = reference if is_list(reference) else [reference]
    texts = [one for one in references if _is_scalar(one)] if all(map(_is_scalar, references)) else []
    return [form.format(text) for form in FORMS for text in texts[:_MOST]]


def _check(highest: float, scorer: Scorer, tasks: Sequence[tuple[str, Task]]) -> Iterator[TaskProblem]:
    best: dict[int, Verdict] = {}
    open_: Iterable[int] = range(len(tasks))
    answers = [answers_of(task) for _, task in tasks]
    # A task without an answer is judged with an empty one, which shows whether the reward can read its reference.
    tried = [[*made, *_demonstration(task)] or [""] for made, (_, task) in zip(answers, tasks, strict=True)]
    for number in range(max(map(len, tried), default=0)):
        asked = {i: tried[i][number] for i in open_ if number < len(tried[i])}
        verdicts = judged(scorer, [sample_of(tasks[i][1], text, id=tasks[i][0]) for i, text in asked.items()])
        for i, verdict in zip(asked, verdicts, strict=True):
            if i not in best or _rank(verdict) > _rank(best[i]):
                best[i] = verdict
        open_ = [i for i in open_ if tried[i] == [""] or not _is_accepted(best[i], highest)]
    for i in open_:
        verdict, (place, task) = best[i], tasks[i]
        if verdict.status in FAILED:
            yield TaskProblem("error", place, f"{verdict.status}: {verdict.explanation}")
        elif not answers[i]:
            yield TaskProblem(UNCHECKED, place, "no answer can be made of its reference")
        elif verdict.score is not None:
            own = "its own solution" if isinstance(task.reference, dict) else f"the reference {task.reference!r}"
            text = f"{own} as the answer scores {verdict.score:g}, not {highest:g}"
            yield TaskProblem("reference", place, f"{text}: {verdict.explanation}")


def _demonstration(task: Task) -> list[str]:
    return [] if task.demonstration is None else [task.demonstration]


def _is_scalar(reference: object) -> bool:
    return isinstance(reference, str | int | float) and not isinstance(reference, bool)


def _is_accepted(verdict: Verdict, highest: float) -> bool:
    if verdict.score is None:
        return False
    # A program that passes its tests is right, also where a reward asks for more: to be faster than it is itself.
    return verdict.score >= highest - _TOLERANCE or verdict.metrics.get("passed") == 1.0


def _rank(verdict: Verdict) -> tuple[bool, float]:
    """An abstention is no failure: it says that nothing can be told, where a form makes the reward fail."""
    return verdict.status in (Status.SCORED, Status.ABSTAINED), -1e308 if verdict.score is None else verdict.score
