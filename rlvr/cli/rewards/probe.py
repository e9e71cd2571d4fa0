"""`rlvr probe`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.status import Status

    from rlvr.testing import Finding

_STYLES = {"FOOLED": "bold red", "RESISTED": "green", "SKIPPED": "yellow"}
_SHOWN = 60
_SECONDS_BETWEEN_LINES: Final = 5.0


@click.command("probe")
@click.argument("name")
@click.option("--data", "file", metavar="FILE", help="JSONL file of tasks; its golden cases by default.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="What a text that ignores the question may score above the floor, as a share of the range.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop then; what was not tried by then says so. Without it all texts are tried.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Whatever is random follows from it.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(name: str, file: str | None, margin: float, budget: float | None, seed: int, *, as_json: bool) -> None:
    """Try to fool the reward NAME: a registered name, or path.py:function.

    Nothing that ignores the question should score above the floor, which is what a plainly wrong answer scores. Texts
    that a policy could write without having solved the task are made from many ideas (constants, lists of candidates,
    answers to other tasks, copied prompts, empty forms, unfinished reasoning, ...), and of those that score, the
    smallest is shown. A text counts only on tasks whose answer it is not. Exits with 1 when one fooled the reward, or
    when most could not be judged.

    \b
    Example:
      rlvr probe math.final_number
      rlvr probe rewards.py:price --data tasks.jsonl --budget 60
    """
    from rlvr.observe.files import json_text
    from rlvr.tasks import read_tasks
    from rlvr.testing import fooled, probe, subject_of
    from rlvr.testing.probing.probing import mostly_skipped

    subject = subject_of(name)
    tasks = [task for task in read_tasks(file) if task.reward in (None, name, subject.name)] if file else []
    if file and not tasks:
        raise click.UsageError(f"Every task of {file} names another reward than `{name}`.")
    with _Progress(budget) as progress:
        findings = probe(subject, tasks, margin=margin, seed=seed, seconds=budget, progress=progress.show)
    found = fooled(findings)
    if as_json:
        rows = [finding.as_dict() for finding in findings]
        standing = findings[0].standing
        known = {} if standing is None else {"floor": standing.floor, "wrong": standing.wrong, "right": standing.right}
        row = {"reward": subject.reward.identity, "fooled": len(found), **known, "probes": rows}
        click.echo(json_text(row, indent=2))
    else:
        _print(findings, name)
    # A battery of which most was skipped has shown nothing.
    sys.exit(1 if found or mostly_skipped(findings) else 0)


class _Progress:
    """How far it is, on standard error: a live line in a terminal, one every few seconds anywhere else."""

    def __init__(self, budget: float | None) -> None:
        self._of = "" if budget is None else f" of {budget:g}"
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._start = self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._status = self._console.status("probing")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def show(self, family: str, tried: int) -> None:
        now = time.monotonic()
        line = f"{tried:,} texts tried in {now - self._start:.0f}{self._of} s: {family}"
        if self._status is not None:
            self._status.update(line)
        elif now - self._last > _SECONDS_BETWEEN_LINES:
            self._last = now
            self._console.print(line)


def _print(findings: Sequence[Finding], name: str) -> None:
    from rlvr.errors import shortened
    from rlvr.testing import fooled
    from rlvr.testing.probing.probing import mostly_skipped, told

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    # In a narrow terminal the texts are cut, and never what was found.
    widths = (max(len(finding.probe) for finding in findings), max(map(len, _STYLES)), len("score"), None)
    for column, width in zip(("probe", "", "score", "text"), widths, strict=True):
        justify = "right" if column == "score" else "left"
        table.add_column(column, justify=justify, no_wrap=True, overflow="ellipsis", min_width=width)
    for finding in findings:
        score = "" if finding.score is None else f"{finding.score:g}"
        text = finding.explanation
        if finding.outcome == "RESISTED":
            unscored = f", {finding.failed} more got no score" if finding.failed else ""
            text = "; ".join(filter(None, (f"{finding.tried} texts tried{unscored}", text)))
        if finding.outcome == "FOOLED":
            text = shortened(repr(finding.text), _SHOWN)
        outcome = Text(finding.outcome, _STYLES[finding.outcome])
        table.add_row(finding.probe, outcome, score, Text(text, "" if finding.outcome == "FOOLED" else "dim"))
    console.print(table)
    tried = sum(finding.tried for finding in findings)
    if found := fooled(findings):
        console.print(f"\n{name} is fooled: {told(found[0])}", soft_wrap=True, markup=False)
        console.print(f"`rlvr probe {name} --json` has all of it.", style="dim")
    elif mostly_skipped(findings):
        console.print(f"\n{_unknown(findings, name)}", style="yellow", soft_wrap=True, markup=False)
    else:
        standing = findings[0].standing
        floor = f"{standing.floor:g}" if standing else "the floor"
        console.print(f"\n{name} resisted: no text of {tried} scores above {floor}.", style="green")


def _unknown(findings: Sequence[Finding], name: str) -> str:
    """Why nothing is known of a reward, in its own words."""
    skipped = [finding for finding in findings if finding.outcome == "SKIPPED"]
    failed, tried = sum(finding.failed for finding in findings), sum(finding.tried for finding in findings)
    said = f"Nothing is known of {name}: {len(skipped)} of {len(findings)} probes were skipped"
    failure = next((finding.failure for finding in findings if finding.failure), "")
    if not failure:
        return f"{said}: {skipped[0].explanation}."
    said += f", and {failed} of {failed + tried} texts got no score. The first says:\n  {failure}"
    return f"{said}\nDo these tasks have the references and the data that the reward needs?"
