"""One evaluation from end to end: a suite or a tasks file, a model or completions, to results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rlvr import registry
from rlvr.config import TrainConfig, load
from rlvr.config.checking.model import read_json
from rlvr.config.paths import resolve_folder
from rlvr.config.validation import find_problems
from rlvr.errors import ConfigError, DataError
from rlvr.evaluation.answers import CompletionsFile, answers_of_model
from rlvr.evaluation.files import DataFile, read_suite_files, sha256_of
from rlvr.evaluation.judge import Judge
from rlvr.evaluation.results import Results
from rlvr.evaluation.running import Asked, distinct_ids, run_suite
from rlvr.sample import Task
from rlvr.suite import Suite
from rlvr.tasks import read_tasks

SAMPLING_TEMPERATURE: Final = 0.8
"""Of several samples a task where none is given: Codex's for pass@10 and above."""

_LONGEST_PROMPT: Final = 1 << 20
_OF_THE_TASKS: Final = ("data.tasks", "data.env", "reward")


@dataclass(frozen=True)
class Plan:
    """What to evaluate and how; the options of `rlvr eval`, which explains them."""

    suite: Suite
    model: str
    data: Sequence[str] = ()
    tasks: Path | None = None
    size: int = 0
    samples: int = 1
    ks: Sequence[int] = (1,)
    temperature: float | None = None
    max_new_tokens: int | None = None
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])
    completions: str | None = None
    partial: bool = False
    baseline: str | None = None
    judge: Judge | None = None
    settings: Sequence[str] = ()


def tasks_suite(tasks: Path, reward: str, lenient: str | None) -> Suite:
    """The suite that a tasks file and a reward make.

    >>> tasks_suite(Path("held_out.jsonl"), "text.exact", None).rewards
    {'strict': 'text.exact'}
    """
    rewards = {"strict": reward} | ({"lenient": lenient} if lenient else {})
    return Suite(
        tasks.name,
        "Tasks of your own.",
        str(tasks),
        lambda _: read_tasks(tasks),
        rewards,
        main="strict",
        max_new_tokens=TrainConfig().rollout.max_new_tokens,
    )


def run_plan(plan: Plan) -> tuple[Results, list[dict[str, Any]]]:
    """The results, and a row for each sample.

    Raises:
        DataError: A file is missing or has a row that is none; something that the suite needs was not given.
        ConfigError: The model cannot be run, or the judge gives no answer.
        ErrorBudgetError: More answers could not be scored than may be.
    """
    suite = plan.suite
    _check(plan)
    for name in {*suite.rewards.values(), *plan.metrics.values()}:
        registry.get(name)
    tasks, files = _tasks(plan)
    config = _configured(plan)
    baseline = CompletionsFile(plan.baseline, replace(suite, next_turn=None)) if plan.baseline else None
    if baseline is not None:
        for task in tasks:
            baseline.of(task)
    if plan.judge is not None:
        plan.judge.check()
    given = CompletionsFile(plan.completions, suite) if plan.completions is not None else None
    left_out = 0
    if given is not None and plan.partial:
        answered = [task for task in tasks if given.has(task)]
        left_out, tasks = len(tasks) - len(answered), answered
        if not tasks:
            raise DataError(f"{plan.completions} has a completion of no task of `{suite.name}`.")
    asked = Asked(plan.samples, plan.ks, plan.metrics, plan.judge, baseline)
    from rlvr.engine.run.scorers import Scorers

    with (
        Scorers(config.scoring) as scorers,
        nullcontext(given) if given is not None else answers_of_model(config) as answers,
    ):
        run = run_suite(suite, tasks, answers, scorers, asked)
        facts = {
            "samples": plan.samples,
            **({"left_out": left_out} if left_out else {}),
            "data": [asdict(file) for file in files],
            **answers.facts,
            **(plan.judge.facts if plan.judge else {}),
            **({"baseline": baseline.facts["completions"]} if baseline else {}),
            "provenance": _provenance(plan, tasks, config),
        }
    results = Results(
        suite.name, plan.model, suite.main, suite.axis, suite.macro, suite.kinds, run.items, run.failed, facts
    )
    return results, run.rows


def _check(plan: Plan) -> None:
    suite = plan.suite
    if plan.judge is None and (suite.judged or plan.baseline):
        raise DataError(f"`{suite.name}` needs a judge.", hint="--judge http://HOST:PORT/v1 --judge-model NAME")
    if plan.judge is not None and suite.questions is None:
        raise DataError(f"`{suite.name}` asks no judge; leave --judge out.")
    if suite.against and plan.baseline is None:
        raise DataError(
            f"`{suite.name}` compares with the answers of a baseline.",
            hint="--baseline FILE: rows with `completion` and the `id` or `prompt` of their task.",
        )
    if plan.samples > 1 and plan.completions is None and plan.temperature == 0:
        raise DataError(f"{plan.samples} samples at temperature 0 are all the same.", hint="Raise --temperature.")
    if suite.pass_at and max(plan.ks) > plan.samples:
        raise DataError(f"pass@{max(plan.ks)} needs as many samples.", hint=f"--samples {max(plan.ks)} or more.")


def _tasks(plan: Plan) -> tuple[list[Task], list[DataFile]]:
    if plan.tasks is not None:
        tasks = read_tasks(plan.tasks)
        files = [DataFile(plan.tasks.name, sha256_of(plan.tasks.expanduser()), len(tasks))]
    else:
        rows, files = read_suite_files(plan.suite, plan.data)
        tasks = list(islice(plan.suite.tasks(rows), plan.size or None))
        if not tasks:
            raise DataError(f"The files hold no task of `{plan.suite.name}`.")
    tasks = tasks[: plan.size or None]
    distinct_ids(tasks)
    return tasks, files


def _configured(plan: Plan) -> TrainConfig:
    """The configuration of the engine; problems with tasks and rewards of training are none here."""
    temperature = plan.temperature
    if temperature is None:
        temperature = SAMPLING_TEMPERATURE if plan.samples > 1 else 0.0
    overrides = [
        f"eval.temperature={temperature}",
        f"rollout.max_new_tokens={_limit(plan)}",
        "engine.actors=inline",
    ]
    if plan.completions is not None:
        return load("grpo", [*overrides, *plan.settings])
    overrides += [f"model.path={plan.model}", f"data.max_prompt_tokens={_room(plan)}", *plan.settings]
    config = load("grpo", overrides)
    problems = [problem for problem in find_problems(config) if problem.key not in _OF_THE_TASKS]
    if problems:
        raise ConfigError([str(problem) for problem in problems])
    return config


def _limit(plan: Plan) -> int:
    return plan.max_new_tokens or plan.suite.max_new_tokens


def _room(plan: Plan) -> int:
    """The longest prompt that leaves room for a completion."""
    try:
        found = read_json(resolve_folder(plan.model) / "config.json")
    except ConfigError:
        return _LONGEST_PROMPT
    inner: Any = {} if isinstance(found, str) else found.get("text_config") or found
    context = inner.get("max_position_embeddings")
    return max(1, context - _limit(plan)) if isinstance(context, int) else _LONGEST_PROMPT


def _provenance(plan: Plan, tasks: Sequence[Task], config: TrainConfig) -> dict[str, Any]:
    from rlvr.observe.provenance import provenance

    names = {*plan.suite.rewards.values(), *plan.metrics.values()}
    rewards = sorted(registry.get(name).identity for name in names)
    return dict(provenance(seed=config.run.seed, rewards=rewards))
