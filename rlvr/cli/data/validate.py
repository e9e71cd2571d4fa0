"""`rlvr validate`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

if TYPE_CHECKING:
    from rlvr.review.tasks import TaskProblem
    from rlvr.sample import Task

    Placed = Sequence[tuple[str, Task]]

_TITLES: Final = {
    "broken": "lines that hold no task",
    "error": "references that the reward cannot read",
    "reference": "references that do not score the maximum as the answer",
    "contradiction": "prompts that come again with another reference",
    "duplicate": "tasks that come again",
    "id": "ids that come again",
    "leak": "prompts that hold the answer",
    "long": "prompts that are too long",
}


@click.command("validate")
@click.argument("data")
@click.option("--reward", help="A registered name, or path.py:function; for tasks that name none themselves.")
@click.option("--model", type=click.Path(path_type=Path), help="Folder of a model: also count its tokens.")
@click.option("--max-prompt-tokens", type=click.IntRange(1), help="With --model: longer prompts are a problem.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes of rewards that run in one."
)
@click.option("--show", type=click.IntRange(1), default=20, show_default=True, help="Problems of a kind to print.")
@click.option("--json", "as_json", is_flag=True, help="Print all problems as JSON.")
def command(
    data: str,
    reward: str | None,
    model: Path | None,
    max_prompt_tokens: int | None,
    workers: int,
    show: int,
    *,
    as_json: bool,
) -> None:
    """Find what is wrong with DATA, a JSON lines file of tasks, before it trains anything.

    Looked for: lines that are no tasks; references that the reward cannot read, or would not accept as the answer (of
    a task with tests: its own solution, which is run); prompts that come again, with the same reference or with
    another; prompts that hold their answer. Reported besides: how long prompts are, and how many tasks have a reference
    of which no answer can be made. Exits with 1 when there are problems.

    \b
    Example:
      rlvr validate tasks.jsonl --reward math.final_number
      rlvr validate tasks.jsonl --reward rewards.py:price --model my/model
    """
    if max_prompt_tokens is not None and model is None:
        raise click.UsageError("--max-prompt-tokens needs --model, whose tokens are counted.")
    from rlvr.observe.files import json_text
    from rlvr.review import lengths
    from rlvr.review.references import UNCHECKED
    from rlvr.review.tasks import LEAK_RULE, TaskProblem, leaked, repeated
    from rlvr.tasks import scan_tasks

    scan = scan_tasks(data)
    tasks = [(f"{data}:{number}", task) for number, task in scan.tasks]
    problems = [TaskProblem("broken", f"{data}:{bad.number}", bad.problem) for bad in scan.broken]
    unjudged = [task for _, task in tasks if not (task.reward or reward)]
    checked = _check_references(tasks, reward, workers)
    unchecked = Counter(problem.text for problem in checked if problem.kind == UNCHECKED)
    problems += [problem for problem in checked if problem.kind != UNCHECKED]
    problems += [*repeated(tasks), *leaked(tasks)]
    measured = {"characters": lengths.characters([task for _, task in tasks])}
    if model is not None:
        measured["tokens"] = lengths.tokens([task for _, task in tasks], model)
        limit = max_prompt_tokens or sys.maxsize
        for (place, _), count in zip(tasks, measured["tokens"], strict=True):
            if count > limit:
                problems.append(TaskProblem("long", place, f"{count:,} tokens"))
    quantiles = {unit: lengths.quantiles(found) for unit, found in measured.items() if found}
    if as_json:
        found = [{"kind": one.kind, "place": one.place, "text": one.text} for one in problems]
        by_share = {unit: dict(zip(map(str, lengths.SHARES), row, strict=True)) for unit, row in quantiles.items()}
        counts = {"file": data, "tasks": len(tasks), "without_reward": len(unjudged), "unchecked": unchecked}
        click.echo(json_text({**counts, "problems": found, "prompt_lengths": by_share}, indent=2))
    else:
        console = Console(highlight=False)
        _print(console, problems, show)
        if quantiles:
            console.print(_lengths(quantiles))
            console.print(Text(f"\n{LEAK_RULE}", style="dim"))
        for why, count in unchecked.items():
            note = f"\n{count:,} task{'' if count == 1 else 's'} not checked with an answer: {why}."
            console.print(Text(note, style="yellow"))
        if unjudged:
            note = f"\n{len(unjudged):,} tasks name no reward, so their references were not judged: add --reward NAME."
            console.print(Text(note, style="yellow"))
        count = f"{len(problems):,} problem{'' if len(problems) == 1 else 's'}"
        end = Text(f"\n{data}: {len(tasks):,} tasks, {count}", style="red" if problems else "green")
        console.print(end)
    sys.exit(1 if problems or not tasks else 0)


def _check_references(tasks: Placed, reward: str | None, workers: int) -> list[TaskProblem]:
    from rlvr import registry
    from rlvr.review.references import check_references

    by_reward: dict[str, list[tuple[str, Task]]] = {}
    for place, task in tasks:
        if name := task.reward or reward:
            by_reward.setdefault(name, []).append((place, task))
    found = [
        problem
        for name, chosen in by_reward.items()
        for problem in check_references(registry.get(name), chosen, workers=workers)
    ]
    order = {place: number for number, (place, _) in enumerate(tasks)}
    return sorted(found, key=lambda problem: order[problem.place])


def _print(console: Console, problems: Sequence[TaskProblem], show: int) -> None:
    from rlvr.cli.rewards.verdicts import printable

    for kind, title in _TITLES.items():
        alike = [problem for problem in problems if problem.kind == kind]
        if not alike:
            continue
        console.print(Text(f"{title}: {len(alike):,}", style="bold red"))
        for problem in alike[:show]:
            console.print(Text(f"  {problem.place}  {printable(problem.text)}"), soft_wrap=True)
        if len(alike) > show:
            console.print(f"  and {len(alike) - show:,} more; --json prints all")
        console.print()


def _lengths(quantiles: dict[str, list[int]]) -> RenderableType:
    from rlvr.cli.rewards import verdicts
    from rlvr.review.lengths import SHARES

    names = {0.0: "least", 0.5: "median", 1.0: "most"}
    headings = ["", *(names.get(share, f"{share:.0%}") for share in SHARES)]
    table = verdicts.columns(*headings, right=headings[1:])
    for unit, row in quantiles.items():
        table.add_row(unit, *(f"{value:,}" for value in row))
    return Group(Text("prompt lengths"), table)
