"""Probes: does anything that ignores the question score above the floor?

A reward is asked about texts that a policy could write without having solved the task (`rlvr.testing.attacks`). A text
fools it when it scores above the lowest score of the range. Luck is no fault: a text is judged only on tasks whose
answer it does not give (`rlvr.testing.answers`), so a constant `yes` counts on the tasks whose answer is no.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from rlvr.compose import Composable
from rlvr.errors import DataError
from rlvr.excerpts import shortened
from rlvr.sample import Sample, Task, prompt_text, sample_of
from rlvr.testing.answers import answer_texts, says
from rlvr.testing.attacks import FAMILIES, Family, World
from rlvr.testing.check import Check, fail, skip
from rlvr.testing.finding import subject_of
from rlvr.testing.shrinking import shrink
from rlvr.testing.subject import Subject

Outcome = Literal["FOOLED", "RESISTED", "SKIPPED"]

_CHUNK = 24
_QUICK, _SLOW = 0.05, 0.5
_MOST_TEXTS = 96
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Finding:
    """What one family of texts did to a reward.

    Attributes:
        probe: Name of the family.
        outcome: `FOOLED`, `RESISTED`, or `SKIPPED` where nothing could be tried or nothing got a score.
        tried: How many texts got a score.
        text: The shortest text found that fools it.
        task: The task it fools it on.
        score: What that text scores.
        explanation: What the reward says of it, or why the family was skipped.
    """

    probe: str
    outcome: Outcome
    tried: int = 0
    text: str = ""
    task: Task | None = None
    score: float | None = None
    explanation: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON data."""
        row: dict[str, Any] = {"probe": self.probe, "outcome": self.outcome, "tried": self.tried}
        if self.task is not None:
            asked = {"prompt": prompt_text(self.task.prompt), "reference": self.task.reference, "id": self.task.id}
            row |= {"text": self.text, "score": self.score, "task": asked}
        return row | ({"explanation": self.explanation} if self.explanation else {})


def probe(
    reward: Composable | str | Subject,
    tasks: Iterable[Task] = (),
    *,
    margin: float = 0.0,
    seed: int = 0,
    most_tasks: int = 12,
    seconds: float | None = None,
) -> list[Finding]:
    """Tries every family of texts on a reward.

    Args:
        reward: A reward, a composition, or the name of one.
        tasks: What to probe it on; the tasks of its golden cases by default.
        margin: What a text that ignores the question may score, as a share of the range above its low end: 0.1 lets a
            tenth for the form of an answer pass.
        seed: Whatever is random follows from it.
        most_tasks: Of more tasks so many are taken, those with different references first.
        seconds: Stop then; texts not tried by then are left out. Without it all are tried.

    Raises:
        DataError: There is no task to probe with.

    >>> {finding.outcome for finding in probe("math.final_number", [Task("2 + 2 =", "4"), Task("3 * 3 =", "9")])}
    {'RESISTED'}
    >>> from rlvr import reward
    >>> @reward("demo.contains")
    ... def contains(sample): return sample.reference in sample.completion
    >>> found = fooled(probe(contains, [Task("3 * 4 =", "12")]))[0]
    >>> found.probe, found.text
    ('list of candidates', '11 12 14 ')
    """
    subject = reward if isinstance(reward, Subject) else subject_of(reward)
    chosen = _choice(list(tasks) or list(subject.tasks), most_tasks)
    if not chosen:
        raise DataError(
            f"There is no task to probe `{subject.name}` with.",
            hint="Write golden cases beside it (docs/define-a-reward.md), or give a file of tasks: --data FILE.",
        )
    if subject.reward.compares:
        why = "a reward that compares the samples of a group says nothing of a text alone"
        return [Finding(family.name, "SKIPPED", explanation=why) for family in FAMILIES]
    low, high = subject.reward.range
    world = World(chosen, subject.declaration.answer, seed)
    end = None if seconds is None else time.monotonic() + seconds
    siege = _Siege(subject, world, low + margin * (high - low) + _TINY, end)
    return siege.run()


def fooled(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that show a reward fooled, the one with the highest score first."""
    found = [finding for finding in findings if finding.outcome == "FOOLED"]
    return sorted(found, key=lambda finding: -(finding.score or 0.0))


def probes(reward: Composable | str | Subject) -> list[Check]:
    """The probes, as checks on one reward with the tasks of its golden cases.

    >>> checks = probes("text.exact")
    >>> checks[0]()
    """
    subject = reward if isinstance(reward, Subject) else subject_of(reward)
    known: dict[str, Finding] = {}

    def body(name: str) -> Callable[[], None]:
        def check() -> None:
            if subject.declaration.judges == "form":
                skip(
                    f"{subject.name} judges form and is fooled by whatever has it; "
                    "train with it behind a reward that judges the answer"
                )
            if not subject.tasks:
                skip("no golden case gives a task to probe with")
            if not known:
                known.update({finding.probe: finding for finding in probe(subject)})
            require_resistance(subject, known[name])

        return check

    return [Check(subject.name, "probes", family.name, body(family.name)) for family in FAMILIES]


def require_resistance(subject: Subject, finding: Finding) -> None:
    """A family must not have fooled the reward.

    Raises:
        AssertionError: It has.
        unittest.SkipTest: It had no text to try.
    """
    if finding.outcome == "SKIPPED":
        skip(finding.explanation)
    if finding.outcome == "FOOLED":
        fail(f"{subject.name} is fooled: {told(finding)}")


def told(finding: Finding) -> str:
    """A fooling text, what it was judged on, and what the reward said."""
    task = finding.task or Task("")
    return (
        f"{finding.probe} scores {finding.score:g} without solving the task\n"
        f"  text         {shortened(repr(finding.text), 200)}\n"
        f"  prompt       {shortened(repr(prompt_text(task.prompt)), 200)}\n"
        f"  reference    {shortened(repr(task.reference), 200)}\n"
        f"  explanation  {shortened(finding.explanation or '(none)', 200)}"
    )


def gives_the_answer(sample: Sample) -> bool:
    """Whether a sample is right, be it by luck; it says nothing of the reward then.

    >>> gives_the_answer(Sample("The answer is 4.", reference=4)), gives_the_answer(Sample("3 4 5", reference=4))
    (True, False)
    """
    return sample.answer is not None and any(says(sample.answer, text) for text in answer_texts(sample.reference))


@dataclass
class _Siege:
    """One reward under all families of texts."""

    subject: Subject
    world: World
    above: float
    end: float | None

    def __post_init__(self) -> None:
        self._size = _CHUNK if self.end is None else 2

    def run(self) -> list[Finding]:
        tried: dict[str, int] = {family.name: 0 for family in FAMILIES}
        hits: dict[str, Finding] = {}
        waiting: list[tuple[Family, Iterator[Sample]]] = [(family, self._samples(family)) for family in FAMILIES]
        # In turns, so that when time is up every family has been heard.
        while waiting and not self._late():
            for family, samples in list(waiting):
                chunk = list(islice(samples, self._size))
                scored = self._scored(chunk)
                tried[family.name] += len(scored)
                fooling = [(sample, score, why) for sample, score, why in scored if score > self.above]
                if fooling:
                    hits[family.name] = self._least(family, fooling, tried[family.name])
                if fooling or not chunk:
                    waiting.remove((family, samples))
        return [hits.get(family.name) or _unharmed(family.name, tried[family.name]) for family in FAMILIES]

    def _samples(self, family: Family) -> Iterator[Sample]:
        """Texts of a family on all tasks in turn, without those that happen to be right."""
        streams = [
            (task, islice(dict.fromkeys(family.texts(self.world, task)), _MOST_TEXTS)) for task in self.world.tasks
        ]
        while streams:
            for task, texts in list(streams):
                text = next(texts, None)
                if text is None:
                    streams.remove((task, texts))
                    continue
                sample = sample_of(task, text, id=task.id)
                if not gives_the_answer(sample):
                    yield sample

    def _scored(self, samples: Sequence[Sample]) -> list[tuple[Sample, float, str]]:
        start = time.monotonic()
        verdicts = self.subject.judge(samples) if samples else []
        if self.end is not None:  # small portions of what is slow, so as not to be late by much
            seconds = time.monotonic() - start
            if seconds > _SLOW:
                self._size = max(1, self._size // 2)
            elif seconds < _QUICK:
                self._size = min(_CHUNK, 2 * self._size)
        return [
            (sample, verdict.score, verdict.explanation)
            for sample, verdict in zip(samples, verdicts, strict=True)
            if verdict.score is not None
        ]

    def _least(self, family: Family, fooling: Sequence[tuple[Sample, float, str]], tried: int) -> Finding:
        sample, score, why = min(fooling, key=lambda hit: (-hit[1], len(hit[0].completion)))
        task = next(task for task in self.world.tasks if _is_of(sample, task))
        last: dict[str, tuple[float, str]] = {sample.completion: (score, why)}

        def fools(text: str) -> bool:
            smaller = sample_of(task, text, id=task.id)
            if self._late() or gives_the_answer(smaller):
                return False
            for _, new, reason in self._scored([smaller]):
                if new > self.above and new >= score - _TINY:
                    last[text] = (new, reason)
                    return True
            return False

        text = shrink(sample.completion, fools)
        score, why = last[text]
        return Finding(family.name, "FOOLED", tried, text, task, score, why)

    def _late(self) -> bool:
        return self.end is not None and time.monotonic() > self.end


def _unharmed(name: str, tried: int) -> Finding:
    if tried:
        return Finding(name, "RESISTED", tried)
    return Finding(name, "SKIPPED", explanation="the tasks give it no text, or no text got a score")


def _is_of(sample: Sample, task: Task) -> bool:
    return (sample.prompt, sample.reference, sample.data) == (task.prompt, task.reference, task.data)


def _choice(tasks: Sequence[Task], most: int) -> list[Task]:
    """Tasks with different references before others."""
    first = {repr(task.reference): task for task in reversed(tasks)}
    ordered = sorted(tasks, key=lambda task: first[repr(task.reference)] is not task)
    return ordered[:most]
