"""`rlvr eval`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rlvr.evaluation.results import Results
    from rlvr.suite import Suite

MAX_JUDGE_FAILURES = 0.02


@click.command("eval")
@click.argument("model")
@click.argument("words", nargs=-1, metavar="[SUITE] [KEY=VALUE]...")
@click.option("--data", multiple=True, help="A file of the suite, as it is published; may be repeated.")
@click.option("--tasks", type=click.Path(path_type=Path), help="Instead of a suite: JSONL file of tasks.")
@click.option("--reward", help="Name of a reward, or path.py:function, for --tasks.")
@click.option("--lenient", help="A second reward, reported beside the first.")
@click.option("--metric", "metrics", multiple=True, help="A further reward to report, such as mt.comet; repeatable.")
@click.option("--size", type=click.IntRange(0), default=0, help="Only the first so many tasks.")
@click.option("--samples", type=click.IntRange(1), default=1, show_default=True, help="Completions of each task.")
@click.option("--k", "ks", type=click.IntRange(1), multiple=True, help="Report pass@k; repeatable.  [default: 1]")
@click.option(
    "--temperature", type=click.FloatRange(0), help="0 takes the likeliest token.  [default: 0; 0.8 for more samples]"
)
@click.option(
    "--max-new-tokens", type=click.IntRange(1), help="Limit of a completion.  [default: the suite's; 256 for --tasks]"
)
@click.option("--completions", help="Score the completions in this file; MODEL is only their name then.")
@click.option("--partial", is_flag=True, help="Leave out tasks without a completion in that file.")
@click.option("--judge", help="Address of a judge's API, up to /v1; its key is read from RLVR_JUDGE_KEY.")
@click.option("--judge-model", help="The judge's name there.")
@click.option("--baseline", help="Completions that a judge compares with.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results here, for `rlvr compare`.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a JSONL row for each completion here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def command(
    model: str,
    words: tuple[str, ...],
    data: tuple[str, ...],
    tasks: Path | None,
    reward: str | None,
    lenient: str | None,
    metrics: tuple[str, ...],
    size: int,
    samples: int,
    ks: tuple[int, ...],
    temperature: float | None,
    max_new_tokens: int | None,
    completions: str | None,
    judge: str | None,
    judge_model: str | None,
    baseline: str | None,
    results: Path | None,
    out: Path | None,
    *,
    partial: bool,
    as_json: bool,
) -> None:
    """Evaluate the model in folder MODEL on a SUITE, or on a file of tasks with a reward.

    The suites are arena, gsm8k, humaneval, if-mt, ifbench, ifeval, math, mbpp, multi-if, preference and wmt, and those
    of installed packages. Their files are read as they are published; nothing is downloaded. Intervals are of the
    bootstrap over tasks, 95 %.

    Exits with 1 when a judge leaves more than 2 % of its questions open; everything is written nevertheless.

    \b
    Example:
      rlvr eval my/model ifeval --data input_data.jsonl --results ifeval.json
      rlvr eval my/model humaneval --data HumanEval.jsonl.gz --samples 20 --k 1 --k 10
      rlvr eval gpt-4 ifeval --data input_data.jsonl --completions gpt4.jsonl
      rlvr eval my/model --tasks held_out.jsonl --reward math.final_number
    """
    names = [word for word in words if "=" not in word]
    suite = _suite(names, tasks, reward, lenient, data)
    if (judge is None) != (judge_model is None):
        raise click.UsageError("--judge and --judge-model belong together.")
    from rlvr.evaluation.evaluating import Plan, run_plan
    from rlvr.evaluation.judge import Judge
    from rlvr.observe.files import json_text, write_text

    found, rows = run_plan(
        Plan(
            suite=suite,
            model=model,
            data=data,
            tasks=tasks,
            size=size,
            samples=samples,
            ks=ks or (1,),
            temperature=temperature,
            max_new_tokens=max_new_tokens,
            metrics={name.rpartition(":")[2].rpartition(".")[2]: name for name in metrics},
            completions=completions,
            partial=partial,
            baseline=baseline,
            judge=Judge(judge, judge_model) if judge and judge_model else None,
            settings=[word for word in words if "=" in word],
        )
    )
    if out is not None:
        write_text(out, "".join(json_text(row) + "\n" for row in rows))
    if results is not None:
        write_text(results, json_text(found.as_dict(), indent=1) + "\n")
    if as_json:
        click.echo(json_text(found.summary(), indent=2))
    else:
        _print(found)
    open_ = found.failed.get("judge", 0.0)
    if open_ > MAX_JUDGE_FAILURES:
        click.secho(f"The judge left {open_:.1%} of the answers unjudged; --out has the reasons.", fg="red", err=True)
        sys.exit(1)


def _suite(
    names: Sequence[str], tasks: Path | None, reward: str | None, lenient: str | None, data: Sequence[str]
) -> Suite:
    from rlvr.evaluation.evaluating import tasks_suite
    from rlvr.evaluation.finding import find_suite

    if len(names) > 1:
        raise click.UsageError(f"One suite at a time: {' or '.join(names)}?")
    if names:
        if tasks or reward or lenient:
            raise click.UsageError(f"--tasks, --reward and --lenient are without a suite; `{names[0]}` has its own.")
        return find_suite(names[0])
    if tasks is None or reward is None:
        raise click.UsageError("Name a SUITE with its --data, or give --tasks FILE and --reward NAME.")
    if data:
        raise click.UsageError("--data is for a suite; --tasks names the file of tasks.")
    return tasks_suite(tasks, reward, lenient)


def _print(found: Results) -> None:
    table = Table(box=None, header_style="dim")
    for title in ("metric", "", "value", "95 %", "items"):
        table.add_column(title, justify="left" if title in ("metric", "") else "right")
    summary = found.summary()
    for name, row in summary["metrics"].items():
        table.add_row(name, "", *_shown(row), f"{row['items']:,}", style="bold" if name == found.main else "")
        for group, part in row.get("groups", {}).items():
            table.add_row("", group, *_shown(part), "")
    console = Console(highlight=False)
    console.print(f"{found.model}   {found.suite}   {len(found.items):,} tasks", style="bold", soft_wrap=True)
    console.print(table)
    if "left_out" in summary:
        console.print(f"{summary['left_out']:,} tasks without a completion were left out", style="yellow")
    generation = summary.get("generation", {})
    if cut := generation.get("truncated"):
        text = f"{cut:.1%} of the completions met the limit of {generation['max_new_tokens']:,} tokens"
        console.print(text, style="yellow")
    for name, share in found.failed.items():
        console.print(f"{name}: {share:.1%} of the answers could not be scored", style="yellow")


def _shown(row: dict[str, float]) -> tuple[str, str]:
    return f"{row['value']:.4f}", f"{row['low']:.4f} to {row['high']:.4f}"
