"""`rlvr probe`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rlvr.testing import Finding

_STYLES = {"FOOLED": "bold red", "RESISTED": "green", "SKIPPED": "yellow"}
_SHOWN = 60


@click.command("probe")
@click.argument("name")
@click.option("--data", "file", metavar="FILE", help="JSONL file of tasks; its golden cases by default.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="What a text that ignores the question may score, as a share of the range.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Whatever is random follows from it.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(name: str, file: str | None, margin: float, seed: int, *, as_json: bool) -> None:
    """Try to fool the reward NAME: a registered name, or path.py:function.

    Nothing that ignores the question should score above the floor. Texts that a policy could write without having
    solved the task are made from many ideas (constants, lists of candidates, copied prompts, empty forms, unfinished
    reasoning, ...), and of those that score, the smallest is shown. A text counts only on tasks whose answer it is not.
    Exits with 1 when one fooled the reward, or when none could be judged.

    \b
    Example:
      rlvr probe math.final_number
      rlvr probe rewards.py:price --data tasks.jsonl
    """
    from rlvr.observe.files import json_text
    from rlvr.tasks import read_tasks
    from rlvr.testing import fooled, probe, subject_of

    subject = subject_of(name)
    tasks = [task for task in read_tasks(file) if task.reward in (None, name, subject.name)] if file else []
    if file and not tasks:
        raise click.UsageError(f"Every task of {file} names another reward than `{name}`.")
    findings = probe(subject, tasks, margin=margin, seed=seed)
    found = fooled(findings)
    if as_json:
        rows = [finding.as_dict() for finding in findings]
        click.echo(json_text({"reward": subject.reward.identity, "fooled": len(found), "probes": rows}, indent=2))
    else:
        _print(findings, name, subject.reward.range)
    # A battery of which nothing was judged has shown nothing.
    sys.exit(1 if found or not any(finding.tried for finding in findings) else 0)


def _print(findings: Sequence[Finding], name: str, range: tuple[float, float]) -> None:
    from rlvr.excerpts import shortened
    from rlvr.testing import fooled
    from rlvr.testing.probing import told

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("probe", "", "score", "text"):
        table.add_column(column, justify="right" if column == "score" else "left", no_wrap=True, overflow="ellipsis")
    for finding in findings:
        score = "" if finding.score is None else f"{finding.score:g}"
        text = f"{finding.tried} texts tried" if finding.outcome == "RESISTED" else finding.explanation
        if finding.outcome == "FOOLED":
            text = shortened(repr(finding.text), _SHOWN)
        outcome = Text(finding.outcome, _STYLES[finding.outcome])
        table.add_row(finding.probe, outcome, score, Text(text, "" if finding.outcome == "FOOLED" else "dim"))
    console.print(table)
    tried = sum(finding.tried for finding in findings)
    if not tried:
        console.print("No text got a score: do these tasks have the references that the reward needs?", style="yellow")
    elif found := fooled(findings):
        console.print(f"\n{name} is fooled: {told(found[0])}", soft_wrap=True, markup=False)
        console.print(
            f"Scores lie in [{range[0]:g}, {range[1]:g}]. `rlvr probe {name} --json` has all of it.", style="dim"
        )
    else:
        console.print(f"\n{name} resisted: no text of {tried} scores above {range[0]:g}.", style="green")
