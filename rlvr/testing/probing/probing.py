"""Probes: does anything that ignores the question score above the floor?

A reward is asked about texts that a policy could write without having solved the task (`probing.attacks`). A text fools
it when it scores above the floor: what plainly wrong answers get (`probing.floor`). Luck is no fault: a text is judged
only on tasks whose answer it does not give (`probing.answers`), so a constant `yes` counts on the tasks whose answer is
no.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from rlvr.compose import Composable
from rlvr.errors import DataError, shortened
from rlvr.sample import Sample, Task, prompt_text, sample_of
from rlvr.testing.check import Check, fail, skip
from rlvr.testing.finding import subject_of
from rlvr.testing.probing.answers import gives_the_answer
from rlvr.testing.probing.attacks import FAMILIES, OTHERS, Family, World
from rlvr.testing.probing.floor import (
    TINY,
    Standing,
    answer_forms,
    best_answers,
    measure_right,
    measure_wrong,
    score_in_portions,
)
from rlvr.testing.probing.shrinking import shrink
from rlvr.testing.subject import Subject
from rlvr.verdict import Status, Verdict

Outcome = Literal["FOOLED", "RESISTED", "SKIPPED"]
Progress = Callable[[str, int], None]

_CHUNK = 24
_QUICK, _SLOW = 0.05, 0.5
_MOST_TEXTS = 96


@dataclass(frozen=True, slots=True)
class Finding:
    """What one family of texts did to a reward.

    Attributes:
        probe: Name of the family.
        outcome: `FOOLED`, `RESISTED`, or `SKIPPED` where nothing could be tried or nothing got a score.
        tried: How many texts got a score.
        failed: How many got none.
        failure: What the reward said of the first of those.
        text: The shortest text found that fools it.
        task: The task it fools it on.
        score: What that text scores.
        explanation: What the reward says of it, or why the family was skipped.
        standing: What wrong and right answers score; `None` where that was not asked.
    """

    probe: str
    outcome: Outcome
    tried: int = 0
    failed: int = 0
    failure: str = ""
    text: str = ""
    task: Task | None = None
    score: float | None = None
    explanation: str = ""
    standing: Standing | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON data."""
        row: dict[str, Any] = {"probe": self.probe, "outcome": self.outcome, "tried": self.tried}
        if self.failed:
            row |= {"failed": self.failed, "failure": self.failure}
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
    progress: Progress | None = None,
) -> list[Finding]:
    """Tries every family of texts on a reward.

    Args:
        reward: A reward, a composition, or the name of one.
        tasks: What to probe it on; the tasks of its golden cases by default.
        margin: What a text that ignores the question may score above the floor, as a share of the range: 0.1 lets a
            tenth for the form of an answer pass.
        seed: Whatever is random follows from it.
        most_tasks: Of more tasks so many are taken, those with different references first.
        seconds: Stop then; texts not tried by then are left out. Without it all are tried.
        progress: Called after each portion with the family's name and the number of all texts tried so far.

    Raises:
        DataError: There is no task to probe with.

    >>> findings = probe("math.final_number", [Task("2 + 2 =", "4"), Task("3 * 3 =", "9")])
    >>> [finding.probe for finding in findings if finding.outcome != "RESISTED"]  # there is nothing to translate
    ['translation among other texts']
    >>> from rlvr import reward
    >>> @reward("demo.contains")
    ... def contains(sample): return sample.reference in sample.completion
    >>> found = fooled(probe(contains, [Task("3 * 4 =", "12")]))[0]
    >>> found.probe, found.text
    ('list of candidates', '11 12 14 ')
    """
    subject = reward if isinstance(reward, Subject) else subject_of(reward)
    known = list(tasks) or list(subject.probed_tasks)
    chosen = _choice(known, most_tasks)
    if not chosen:
        raise DataError(
            f"There is no task to probe `{subject.name}` with.",
            hint="Write golden cases beside it (docs/define-a-reward.md), or give a file of tasks: --data FILE.",
        )
    if subject.reward.compares:
        why = "a reward that compares the samples of a group says nothing of a text alone"
        return [Finding(family.name, "SKIPPED", explanation=why) for family in FAMILIES]
    world = World(chosen, answer_forms(subject)[0], seed, [task for task in known if task not in chosen])
    end = None if seconds is None else time.monotonic() + seconds
    return _Siege(subject, world, margin, end, progress or _unseen).run()


def _unseen(family: str, tried: int) -> None:
    pass


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
            if subject.is_form:
                skip(
                    f"{subject.name} judges form and is fooled by whatever has it; "
                    "train with it behind a reward that judges the answer"
                )
            if not subject.probed_tasks:
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
        f"{finding.probe} scores {finding.score:g} without solving the task; {finding.standing}\n"
        f"  text         {shortened(repr(finding.text), 200)}\n"
        f"  prompt       {shortened(repr(prompt_text(task.prompt)), 200)}\n"
        f"  reference    {shortened(repr(task.reference), 200)}\n"
        f"  explanation  {shortened(finding.explanation or '(none)', 200)}"
    )


@dataclass
class _Tally:
    """What became of the texts of a family."""

    tried: int = 0
    failed: int = 0
    failure: str = ""

    def add(self, verdicts: Sequence[Verdict]) -> None:
        unscored = [verdict for verdict in verdicts if verdict.score is None]
        self.tried += len(verdicts) - len(unscored)
        self.failed += len(unscored)
        if unscored and not self.failure:
            self.failure = _reason(unscored[0])


@dataclass
class _Siege:
    """One reward under all families of texts."""

    subject: Subject
    world: World
    margin: float
    end: float | None
    progress: Progress
    tallies: dict[str, _Tally] = field(default_factory=lambda: {family.name: _Tally() for family in FAMILIES})

    def run(self) -> list[Finding]:
        self._size = _CHUNK if self.end is None else 2
        low, high = self.subject.reward.range
        standing = measure_wrong(self.subject.reward, self.world, self._scores)
        if standing.wrong is not None and standing.wrong > low:
            standing = self._with_right(standing)
        self._above = standing.floor + self.margin * (high - low) + TINY
        hits = self._paid_for_wrong(standing)
        waiting: list[tuple[Family, Iterator[Sample]]] = [
            (family, self._samples(family)) for family in FAMILIES if family.name not in hits
        ]
        # In turns, so that when time is up every family has been heard.
        while waiting and not self._late():
            for family, samples in list(waiting):
                chunk = list(islice(samples, self._size))
                fooling = self._fooling(chunk, self.tallies[family.name])
                self.progress(family.name, sum(tally.tried for tally in self.tallies.values()))
                if fooling:
                    hits[family.name] = self._least(family, fooling)
                if fooling or not chunk:
                    waiting.remove((family, samples))
        unheard = {family.name for family, _ in waiting}
        found = [hits.get(name) or _unharmed(name, tally, name in unheard) for name, tally in self.tallies.items()]
        if hits and standing.right is None:  # for whoever reads of it
            standing = self._with_right(standing)
        return [replace(finding, standing=standing) for finding in found]

    def _with_right(self, standing: Standing) -> Standing:
        return measure_right(best_answers(self.subject, self.world.tasks, self._scores, standing), standing)

    def _paid_for_wrong(self, standing: Standing) -> dict[str, Finding]:
        """Answers to other tasks, where most of them are paid, which is more than luck."""
        if standing.paid is None or standing.wrong is None or standing.wrong <= self._above:
            return {}
        fooling = self._fooling([standing.paid], self.tallies[OTHERS.name])
        return {OTHERS.name: self._least(OTHERS, fooling)} if fooling else {}

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

    def _judge(self, samples: Sequence[Sample]) -> list[Verdict]:
        start = time.monotonic()
        verdicts = self.subject.judge(samples) if samples else []
        if self.end is not None:  # small portions of what is slow, so as not to be late by much
            seconds = time.monotonic() - start
            if seconds > _SLOW:
                self._size = max(1, self._size // 2)
            elif seconds < _QUICK:
                self._size = min(_CHUNK, 2 * self._size)
        return verdicts

    def _scores(self, samples: Sequence[Sample]) -> list[float | None]:
        return score_in_portions(self._judge, samples, lambda: self._size, self._late)

    def _fooling(self, samples: Sequence[Sample], tally: _Tally) -> list[tuple[Sample, float, str]]:
        """The samples that score above the floor, with score and explanation."""
        verdicts = self._judge(samples)
        tally.add(verdicts)
        return [
            (sample, verdict.score, verdict.explanation)
            for sample, verdict in zip(samples, verdicts, strict=True)
            if verdict.score is not None and verdict.score > self._above
        ]

    def _least(self, family: Family, fooling: Sequence[tuple[Sample, float, str]]) -> Finding:
        sample, score, why = min(fooling, key=lambda hit: (-hit[1], len(hit[0].completion)))
        task = next(task for task in self.world.tasks if _is_of(sample, task))
        last: dict[str, tuple[float, str]] = {sample.completion: (score, why)}
        tally = self.tallies[family.name]

        def fools(text: str) -> bool:
            smaller = sample_of(task, text, id=task.id)
            if self._late() or gives_the_answer(smaller):
                return False
            for _, new, reason in self._fooling([smaller], _Tally()):
                if new >= score - TINY:
                    last[text] = (new, reason)
                    return True
            return False

        text = shrink(sample.completion, fools)
        score, why = last[text]
        return Finding(family.name, "FOOLED", tally.tried, tally.failed, tally.failure, text, task, score, why)

    def _late(self) -> bool:
        return self.end is not None and time.monotonic() > self.end


def mostly_skipped(findings: Sequence[Finding]) -> bool:
    """Whether so little was tried that nothing is known: most probes were skipped, or most texts got no score."""
    skipped = sum(finding.outcome == "SKIPPED" for finding in findings)
    failed, tried = (sum(counts) for counts in zip(*((one.failed, one.tried) for one in findings), strict=True))
    return 2 * skipped > len(findings) or failed > tried


def _reason(verdict: Verdict) -> str:
    return verdict.explanation if verdict.status is Status.ERROR else f"{verdict.status}: {verdict.explanation}"


def _unharmed(name: str, tally: _Tally, unheard: bool) -> Finding:
    if tally.tried:
        outcome, why = "RESISTED", "time was up before all were tried" if unheard else ""
    elif tally.failed:
        outcome, why = "SKIPPED", f"no text got a score: {tally.failure}"
    else:
        outcome, why = "SKIPPED", "time was up" if unheard else "the tasks give it no text"
    return Finding(name, outcome, tally.tried, tally.failed, tally.failure, explanation=why)


def _is_of(sample: Sample, task: Task) -> bool:
    return (sample.prompt, sample.reference, sample.data) == (task.prompt, task.reference, task.data)


def _choice(tasks: Sequence[Task], most: int) -> list[Task]:
    """Tasks with different references before others."""
    first = {repr(task.reference): task for task in reversed(tasks)}
    ordered = sorted(tasks, key=lambda task: first[repr(task.reference)] is not task)
    return ordered[:most]
