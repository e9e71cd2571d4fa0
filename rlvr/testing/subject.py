"""A reward under test: with its golden cases, what they declare, and the tasks they imply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from rlvr.compose import Composable
from rlvr.sample import Json, Sample, Task
from rlvr.scoring import Scorer
from rlvr.testing.cases import Case, Declaration, Judges
from rlvr.verdict import Status, Verdict


@dataclass(frozen=True, eq=False)
class Subject:
    """A reward under test.

    Args:
        reward: The reward, or a composition.
        cases: Its golden cases.
        declaration: What their file declares.
        path: That file; `None` where there is none.

    >>> from rlvr import get_reward
    >>> Subject(get_reward("text.exact"), (Case("accept", "Rome", "Rome", why="itself"),)).tasks[0].reference
    'Rome'
    """

    reward: Composable
    cases: tuple[Case, ...] = ()
    declaration: Declaration = field(default_factory=Declaration)
    path: Path | None = None

    @property
    def name(self) -> str:
        """Of the reward."""
        return self.reward.name

    @cached_property
    def scorer(self) -> Scorer:
        """Judges samples as training does, for as long as the subject lives."""
        return self.new_scorer()

    def new_scorer(self) -> Scorer:
        """A scorer that remembers nothing of what others have judged."""
        return Scorer(self.reward, workers=1, on_error="mask", max_error_rate=1.0)

    def judge(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Verdicts, with isolation and deadlines where the reward asks for them."""
        return self.scorer.score(samples)

    def is_best(self, verdict: Verdict) -> bool:
        """Whether the score is the highest there is."""
        return verdict.score is not None and verdict.score >= self.reward.range[1]

    def judges(self, case: Case) -> Judges:
        """What counts in a case."""
        return case.judges or self.declaration.judges

    @property
    def is_form(self) -> bool:
        """Whether nothing but form counts, in all its cases."""
        return ({self.judges(case) for case in self.cases} or {self.declaration.judges}) == {"form"}

    @property
    def judged(self) -> tuple[Case, ...]:
        """The cases that are to get a score."""
        return tuple(case for case in self.cases if case.kind in ("accept", "reject"))

    def verdicts_on(self, cases: Sequence[Case]) -> list[Verdict]:
        """Verdicts on cases of the subject, each judged once: one that hangs costs its deadline a single time."""
        new = [case for case in cases if id(case) not in self._verdicts]
        self._verdicts.update(zip(map(id, new), self.judge([case.sample for case in new]), strict=True))
        return [self._verdicts[id(case)] for case in cases]

    @cached_property
    def _verdicts(self) -> dict[int, Verdict]:
        return {}

    @cached_property
    def varied(self) -> tuple[Case, ...]:
        """The cases that did get a score. The others are judged once; changing what fails or hangs tells nothing."""
        verdicts = self.verdicts_on(self.judged)
        return tuple(case for case, verdict in zip(self.judged, verdicts, strict=True) if verdict.score is not None)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that the scored cases are completions of, each once."""
        return _each_once(self.judged)

    @cached_property
    def probed_tasks(self) -> tuple[Task, ...]:
        """Those of them that are judged by more than form, unless all are; each with a completion that is right."""
        cases = [case for case in self.judged if self.is_form or self.judges(case) != "form"]
        right: dict[str, str] = {}
        for case in cases:
            if case.kind == "accept" and case.score is None and not case.known:
                right.setdefault(_key(case.task), case.completion)
        return tuple(replace(task, demonstration=right.get(_key(task))) for task in _each_once(cases))

    @cached_property
    def stand_in(self) -> Sample | None:
        """A sample of any task the reward can judge, for texts that have no task; `None` where no task is known."""
        if self.judged:
            return (self.varied or self.judged)[0].sample
        plain = Sample("no task is known")
        return plain if self.judge([plain])[0].status in (Status.SCORED, Status.ABSTAINED) else None

    def as_answer(self, text: str) -> str:
        """An answer, written as the reward wants it."""
        return self.declaration.answer.replace("{}", text)


def answer_text(reference: Json) -> str | None:
    """A reference as a model would write it; `None` where it is no text and no number.

    >>> answer_text("Paris"), answer_text(72), answer_text({"max": 4})
    ('Paris', '72', None)
    """
    if isinstance(reference, str):
        return reference
    return str(reference) if isinstance(reference, int | float) and not isinstance(reference, bool) else None


def _each_once(cases: Sequence[Case]) -> tuple[Task, ...]:
    return tuple({_key(case.task): case.task for case in cases}.values())


def _key(task: Task) -> str:
    prompt = task.prompt if isinstance(task.prompt, str) else [[turn.role, turn.content] for turn in task.prompt]
    return json.dumps([prompt, task.reference, dict(task.data)], sort_keys=True)
