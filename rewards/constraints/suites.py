"""The suites `ifeval`, `ifbench` and `multi-if`, judged as their publications do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from rlvr import Task
from rlvr.rewards.constraints.follow_turns import next_turn
from rlvr.rewards.constraints.rows import ifeval as readers
from rlvr.rewards.constraints.rows.multilingual import multi_if as multi_if_row
from rlvr.suite import Outcome, Suite, each_row, metric_mean

_FOLLOW: Final = "instructions.follow"
_TURNS: Final = 3


def as_published(read: Callable[[Mapping[str, Any]], Task], compat: str) -> Callable[[Mapping[str, Any]], Task]:
    """Tasks judged as that publication's program does: strictly and loosely, faults included, without a gate.

    >>> row = {"key": 1, "prompt": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    >>> as_published(readers.ifeval, "ifeval")(row).data["compat"]
    'ifeval'
    """

    def task(row: Mapping[str, Any]) -> Task:
        found = read(row)
        return replace(found, data={**found.data, "compat": compat, "gate": False, "mode": "both"})

    return task


def accuracies(outcomes: Sequence[Outcome]) -> dict[str, Sequence[float]]:
    """Prompt-level and instruction-level accuracy, strict and loose (Zhou et al. 2023, arXiv 2311.07911).

    >>> from rlvr import Sample, Verdict
    >>> verdict = Verdict(0.0, metrics={"strict": 0.0, "strict/a": 1.0, "strict/b": 0.0})
    >>> accuracies([Outcome(Sample("x"), {"follow": verdict})])
    {'prompt_strict': (0.0, 1.0), 'instruction_strict': (1.0, 2.0)}
    """
    return _accuracies(outcomes, "", "prompt")


def accuracies_by_turn(outcomes: Sequence[Outcome]) -> dict[str, Sequence[float]]:
    """For each turn the mean of the four accuracies of its answers (He et al. 2024, arXiv 2410.15553), and the parts.

    >>> from rlvr import Sample, Verdict
    >>> marks = {f"turn1/{mode}{name}": 1.0 for mode in ("strict", "loose") for name in ("", "/a")}
    >>> accuracies_by_turn([Outcome(Sample("x"), {"follow": Verdict(1.0, metrics=marks)})])["turn1"]
    (4.0, 4.0)
    """
    found = dict[str, Sequence[float]]()
    for number in range(1, _TURNS + 1):
        parts = _accuracies(outcomes, f"turn{number}/", f"turn{number}_conversation", f"turn{number}_instruction")
        if parts:
            shares = [one[0] / one[1] for one in parts.values()]
            found |= {f"turn{number}": (float(sum(shares)), float(len(shares))), **parts}
    return found


def _accuracies(
    outcomes: Sequence[Outcome], prefix: str, whole: str, part: str = "instruction"
) -> dict[str, Sequence[float]]:
    found = dict[str, Sequence[float]]()
    for mode in ("strict", "loose"):
        if (mean := metric_mean(outcomes, "follow", f"{prefix}{mode}")) is not None:
            found[f"{whole}_{mode}"] = mean
        marks = [
            value
            for outcome in outcomes
            for name, value in outcome.verdicts["follow"].metrics.items()
            if name.startswith(f"{prefix}{mode}/")
        ]
        if marks:
            found[f"{part}_{mode}"] = (float(sum(marks)), float(len(marks)))
    return found


def _language(task: Task) -> str:
    return str(task.data.get("language") or "")


ifeval = Suite(
    "ifeval",
    "541 prompts with instructions that a program verifies.",
    "google/IFEval on the hub, or instruction_following_eval/data/input_data.jsonl of github.com/google-research/"
    "google-research",
    each_row(as_published(readers.ifeval, "ifeval")),
    {"follow": _FOLLOW},
    main="prompt_strict",
    measure=accuracies,
    max_new_tokens=2048,
)

ifbench = Suite(
    "ifbench",
    "58 further kinds of instructions.",
    "allenai/IFBench_test on the hub, or data/IFBench_test.jsonl of github.com/allenai/IFBench",
    each_row(as_published(readers.ifbench, "ifbench")),
    {"follow": _FOLLOW},
    main="prompt_loose",
    measure=accuracies,
    max_new_tokens=2048,
)

multi_if = Suite(
    "multi-if",
    "Three turns in eight languages; the instructions of earlier turns hold on.",
    "facebook/Multi-IF on the hub (multiIF_20241018.csv)",
    each_row(as_published(multi_if_row, "multi-if")),
    {"follow": "instructions.follow_turns"},
    main=f"turn{_TURNS}",
    measure=accuracies_by_turn,
    group=_language,
    next_turn=next_turn,
    max_new_tokens=2048,
)
