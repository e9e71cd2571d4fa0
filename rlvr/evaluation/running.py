"""A suite from tasks to items: answers, turn by turn, verdicts, judgements, values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlvr.engine.run.scorers import Scorers
from rlvr.errors import DataError
from rlvr.evaluation.answers import Answers, CompletionsFile
from rlvr.evaluation.judge import Judge
from rlvr.evaluation.pass_at_k import pass_at_k
from rlvr.evaluation.results import Item
from rlvr.sample import Sample, Task, prompt_text
from rlvr.suite import Outcome, Suite, mean_scores
from rlvr.verdict import Status, Verdict

JUDGED = "judge"


@dataclass(frozen=True)
class Asked:
    """How a suite is run.

    Attributes:
        samples: Of each task.
        ks: Of pass@k.
        metrics: Further rewards, by the names of the metrics they make.
        judge: Who answers the suite's questions.
        baseline: The answers that a judge compares with.
    """

    samples: int = 1
    ks: Sequence[int] = (1,)
    metrics: Mapping[str, str] | None = None
    judge: Judge | None = None
    baseline: CompletionsFile | None = None


@dataclass(frozen=True)
class Run:
    """What came of it: items, a row for each sample, and the shares of answers that could not be scored."""

    items: list[Item]
    rows: list[dict[str, Any]]
    failed: dict[str, float]


def run_suite(suite: Suite, tasks: Sequence[Task], answers: Answers, scorers: Scorers, asked: Asked) -> Run:
    """Answers, scores and measures all tasks.

    Raises:
        DataError: A task has no reward, no completion or no baseline.
        ErrorBudgetError: More answers could not be scored than may be.
    """
    samples = _answered(suite, tasks, answers, asked.samples)
    rewards = {**suite.rewards, **(asked.metrics or {})}
    verdicts = {role: _scored(name, tasks, samples, asked.samples, scorers) for role, name in rewards.items()}
    if asked.judge is not None and suite.questions is not None:
        verdicts[JUDGED] = _judged(suite, tasks, samples, asked, asked.judge)
    outcomes = [
        Outcome(sample, {role: column[place] for role, column in verdicts.items()})
        for place, sample in enumerate(samples)
    ]
    by_task = [outcomes[i * asked.samples : (i + 1) * asked.samples] for i in range(len(tasks))]
    groups = [suite.group(task) if suite.group else "" for task in tasks]
    further = [*(asked.metrics or {}), *({JUDGED} & verdicts.keys())]
    items = [
        Item(task.id, group, _values(suite, outcomes, asked.ks, further))
        for task, group, outcomes in zip(tasks, groups, by_task, strict=True)
    ]
    rows = [
        _row(task, group, member, outcome)
        for task, group, several in zip(tasks, groups, by_task, strict=True)
        for member, outcome in enumerate(several)
    ]
    failures = {
        role: sum(one.status in (Status.ERROR, Status.TIMEOUT) for one in column) / len(column)
        for role, column in verdicts.items()
    }
    return Run(items, rows, {role: share for role, share in failures.items() if share})


def distinct_ids(tasks: Sequence[Task]) -> None:
    """Checks that tasks can be told apart, in results and among completions.

    Raises:
        DataError: Two have the same id, or one has none.
    """
    twice = [id for id, count in Counter(task.id for task in tasks).items() if count > 1 or not id]
    if twice:
        raise DataError(f"Several tasks have the id {twice[0]!r}, or there is none.", hint="Name each file only once.")


def _answered(suite: Suite, tasks: Sequence[Task], answers: Answers, members: int) -> list[Sample]:
    """The samples of the last turn of each conversation; the model's own answers stand between the turns."""
    samples = answers.answer(tasks, members, 0)
    if suite.next_turn is None:
        return samples
    current = [task for task in tasks for _ in range(members)]
    turn, open_ = 0, list(range(len(samples)))
    while open_:
        following = {i: suite.next_turn(current[i], samples[i].answer or "") for i in open_}
        open_ = [i for i, task in following.items() if task is not None]
        for i in open_:
            task = following[i]
            if task is not None:
                current[i] = task
        turn += 1
        for i, sample in zip(open_, answers.answer([current[i] for i in open_], 1, turn) if open_ else [], strict=True):
            samples[i] = sample
    return samples


def _scored(
    name: str, tasks: Sequence[Task], samples: Sequence[Sample], members: int, scorers: Scorers
) -> list[Verdict]:
    """The verdicts of a reward, or of each task's own where `name` is empty."""
    places = dict[str, list[int]]()
    for place in range(len(samples)):
        task = tasks[place // members]
        if not (chosen := name or task.reward or ""):
            raise DataError(f"Task {task.id} names no reward.", hint="Give --reward NAME.")
        places.setdefault(chosen, []).append(place)
    found = dict[int, Verdict]()
    for chosen, here in places.items():
        found |= zip(here, scorers.of(chosen).score([samples[place] for place in here]), strict=True)
    return [found[place] for place in range(len(samples))]


def _judged(
    suite: Suite, tasks: Sequence[Task], samples: Sequence[Sample], asked: Asked, judge: Judge
) -> list[Verdict]:
    """The mean over a judge's questions about each sample; one that stays open leaves the sample unscored."""
    questions = [
        list(suite.questions(task, sample.answer or "", _baseline(task, asked.baseline)) if suite.questions else ())
        for task, sample in zip((task for task in tasks for _ in range(asked.samples)), samples, strict=True)
    ]
    replies = iter(judge.ask_all([one for several in questions for one in several]))
    verdicts = list[Verdict]()
    for several in questions:
        said = [next(replies) for _ in several]
        open_ = [one for one in said if one.score is None]
        mean = sum(one.score or 0.0 for one in said) / max(1, len(said))
        explanation = " | ".join(one.explanation for one in said)
        verdicts.append(open_[0] if open_ else Verdict(mean, explanation=explanation))
    return verdicts


def _baseline(task: Task, baseline: CompletionsFile | None) -> str | None:
    return str(baseline.of(task)[0]) if baseline is not None else None


def _values(
    suite: Suite, outcomes: Sequence[Outcome], ks: Sequence[int], further: Sequence[str]
) -> dict[str, Sequence[float]]:
    chosen = [Outcome(one.sample, {name: one.verdicts[name] for name in further}) for one in outcomes]
    values = mean_scores(chosen)
    if suite.pass_at:
        (role,) = suite.rewards
        scores = [score for one in outcomes if (score := one.verdicts[role].score) is not None]
        right = sum(score >= 1.0 for score in scores)
        return {f"pass@{k}": (pass_at_k(len(scores), right, k), 1.0) for k in ks if k <= len(scores)} | values
    own = [Outcome(one.sample, {name: one.verdicts[name] for name in suite.rewards}) for one in outcomes]
    return {**(suite.measure or mean_scores)(own), **values}


def _row(task: Task, group: str, member: int, outcome: Outcome) -> dict[str, Any]:
    sample = outcome.sample
    messages = () if isinstance(sample.prompt, str) else sample.prompt
    turns = [one.content for one in messages if one.role == "assistant"]
    return {
        "id": task.id,
        **({"group": group} if group else {}),
        **({"sample": member} if member else {}),
        "prompt": prompt_text(task.prompt),
        **({"turns": turns} if turns else {}),
        "completion": sample.completion,
        "reference": task.reference,
        **{role: verdict.as_dict() for role, verdict in outcome.verdicts.items()},
    }
