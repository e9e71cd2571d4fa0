"""What an evaluation suite is: published rows as tasks, rewards that judge the answers, numbers made of their verdicts.

A package declares its suites under the entry point group `rlvr.suites`; `rlvr eval MODEL SUITE` runs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from rlvr.errors import DataError
from rlvr.sample import Sample, Task
from rlvr.verdict import Verdict

Values: TypeAlias = Mapping[str, Sequence[float]]
"""By metric, what one item adds to its sums: `(numerator, denominator)`, or the statistics of corpus BLEU."""

Kind = Literal["ratio", "bleu"]
"""How a metric is made of sums over items: numerator by denominator, or corpus BLEU."""

Axis = Literal["translation", "general"]
"""The side of the Pareto plot that a suite belongs to."""


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """A row of a suite's files.

    Attributes:
        fields: As it is published.
        file: Name of its file, which may tell the language pair.
        place: `file:line`, for messages.
    """

    fields: Mapping[str, Any]
    file: str
    place: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer and what the suite's rewards say of it, by the names the suite gives them."""

    sample: Sample
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Question:
    """What a judge model is asked about an answer.

    Attributes:
        prompt: The whole question.
        read: The share of 1 that the judge's reply means.

    Raises:
        ValueError: By `read`, where the reply holds no verdict.
    """

    prompt: str
    read: Callable[[str], float]


@dataclass(frozen=True)
class Suite:
    """An evaluation as it is published.

    Attributes:
        name: What `rlvr eval` calls it.
        about: One line.
        source: Where its files come from, a URL or a name on the hub.
        tasks: Tasks of its rows, in their order; called once with all rows. `DataError` names a row that is none. Where
            a prompt says more than the row, `data.question` is the row's own: completions are told by it.
        rewards: The rewards that judge an answer, by the name of the metric each makes.
        main: The metric that stands for the suite.
        axis: See `Axis`.
        measure: The values of an item, from the outcomes of its samples (the last turns of conversations). Without it
            each reward makes a metric of its name: the mean score of the samples that were scored.
        kinds: Of metrics that are no ratios.
        group: The group an item is reported in: a language pair, a subject.
        macro: The number of the whole is the mean of the groups' and not that of all items.
        pass_at: Report pass@k, by the main reward.
        max_new_tokens: Length limit of a completion where none is given.
        next_turn: The task after an answer, `None` after the last turn.
        completed: A published completion in the form the rewards read.
        questions: What a judge is asked of a task and its answer, and of a baseline's answer where `against` says so.
        judged: Whether there are no numbers without a judge.
        against: Whether the judge compares with a baseline's answers.

    >>> suite = Suite("sums", "Sums.", "docs/", lambda rows: [Task(row.fields["q"]) for row in rows], main="accuracy")
    >>> [task.prompt for task in suite.tasks([SuiteRow({"q": "2 + 2 ="}, "sums.jsonl", "sums.jsonl:1")])]
    ['2 + 2 =']
    """

    name: str
    about: str
    source: str
    tasks: Callable[[Sequence[SuiteRow]], Iterable[Task]]
    rewards: Mapping[str, str] = field(default_factory=dict[str, str])
    main: str = ""
    axis: Axis = "general"
    measure: Callable[[Sequence[Outcome]], Values] | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    group: Callable[[Task], str] | None = None
    macro: bool = False
    pass_at: bool = False
    max_new_tokens: int = 1024
    next_turn: Callable[[Task, str], Task | None] | None = None
    completed: Callable[[Task, str], str] | None = None
    questions: Callable[[Task, str, str | None], Sequence[Question]] | None = None
    judged: bool = False
    against: bool = False


def mean_scores(outcomes: Sequence[Outcome]) -> dict[str, Sequence[float]]:
    """For each reward the sum of the scores and how many there are: none for what failed or abstained.

    >>> verdicts = [Verdict.right(), Verdict.wrong("7")]
    >>> mean_scores([Outcome(Sample("4"), {"accuracy": verdict}) for verdict in verdicts])
    {'accuracy': (1.0, 2.0)}
    """
    found = dict[str, Sequence[float]]()
    for name in dict.fromkeys(name for outcome in outcomes for name in outcome.verdicts):
        scores = [one.score for outcome in outcomes if (one := outcome.verdicts[name]).score is not None]
        found[name] = (float(sum(scores)), float(len(scores)))
    return found


def metric_mean(outcomes: Sequence[Outcome], reward: str, key: str) -> Sequence[float] | None:
    """The sum of a number of the verdicts' metrics over samples, and how many have it; `None` where none does.

    >>> verdict = Verdict(1.0, metrics={"strict": 1.0})
    >>> metric_mean([Outcome(Sample("4"), {"follow": verdict})], "follow", "strict")
    (1.0, 1.0)
    """
    found = [outcome.verdicts[reward].metrics[key] for outcome in outcomes if key in outcome.verdicts[reward].metrics]
    return (float(sum(found)), float(len(found))) if found else None


_PAIR: Final = re.compile(r"(?<![A-Za-z])([a-z]{2,3})-([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)(?![A-Za-z])")


def pair_in_name(file: str) -> tuple[str, str] | None:
    """The language pair that the name of a file tells, as data sets of one pair a file do.

    >>> pair_in_name("mlqe_dev.en-de.jsonl"), pair_in_name("en-pt_BR.jsonl"), pair_in_name("test.jsonl")
    (('en', 'de'), ('en', 'pt-BR'), None)
    """
    found = _PAIR.search(file)
    return (found[1], found[2].replace("_", "-")) if found else None


def each_place(read: Callable[[SuiteRow], Task | None]) -> Callable[[Sequence[SuiteRow]], Iterator[Task]]:
    """What makes a task of each row, with the row's place in errors, and for an id where the task has none.

    Args:
        read: The task of a row, `None` for a row that is passed over; `DataError` or `KeyError` where it is none.
    """

    def tasks(rows: Sequence[SuiteRow]) -> Iterator[Task]:
        for row in rows:
            try:
                task = read(row)
            except DataError as error:
                raise DataError(f"{row.place}: {error.message}", hint=error.hint) from None
            except KeyError as error:
                keys = ", ".join(map(str, row.fields))
                raise DataError(f"{row.place} has no {error}.", hint=f"Its keys are {keys}.") from None
            if task is not None:
                yield task if task.id else replace(task, id=row.place)

    return tasks


def each_row(read: Callable[[Mapping[str, Any]], Task]) -> Callable[[Sequence[SuiteRow]], Iterator[Task]]:
    """`each_place` for readers of a row's fields.

    >>> (task,) = each_row(lambda row: Task(row["q"]))([SuiteRow({"q": "2 + 2 ="}, "sums.jsonl", "sums.jsonl:1")])
    >>> task.id
    'sums.jsonl:1'
    """
    return each_place(lambda row: read(row.fields))
