"""`rlvr test`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import indent
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rlvr.testing import Result

_STYLES = {"passed": "green", "failed": "bold red", "skipped": "yellow"}


@click.command("test")
@click.argument("what", nargs=-1, metavar="[NAME|PATH]...")
@click.option("--all", "everything", is_flag=True, help="Every reward that has a name.")
@click.option("-v", "--verbose", is_flag=True, help="Show every check, not only those that failed or were skipped.")
@click.option("--json", "as_json", is_flag=True, help="Print all results as JSON.")
def command(what: tuple[str, ...], *, everything: bool, verbose: bool, as_json: bool) -> None:
    """Test rewards: their golden cases, the contract, and the relations that hold for them.

    A NAME is anything that training takes: a registered name, or path.py:function. A PATH is a file of golden cases, a
    Python file, or a folder with such files in it or below; without either, this folder. Exits with 1 when a check
    fails.

    \b
    Example:
      rlvr test math.final_number
      rlvr test rewards.py
    """
    from rlvr import registry
    from rlvr.observe.files import json_text
    from rlvr.testing import contract, find_subjects, golden, relations, run_check

    asked = [*what, *(registry.names() if everything else ())] or ["."]
    subjects = [subject for name in asked for subject in find_subjects(name)]
    console = Console(highlight=False)
    results: list[Result] = []
    for subject in subjects:
        found = [run_check(check) for make in (golden, contract, relations) for check in make(subject)]
        results += found
        if not as_json:
            _print(console, subject.name, found, verbose=verbose)
    failed = sum(result.status == "failed" for result in results)
    if as_json:
        click.echo(json_text({"failed": failed, "checks": [result.as_dict() for result in results]}, indent=2))
    elif failed:
        console.print(f"{failed} of {len(results)} checks failed.", style="bold red")
    sys.exit(1 if failed else 0)


def _print(console: Console, name: str, results: Sequence[Result], *, verbose: bool) -> None:
    console.print(name, style="bold")
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    for group in ("cases", "contract", "relations"):
        of = [result.status for result in results if result.check.group == group]
        counts = [Text(f"{of.count(status)} {status}", style) for status, style in _STYLES.items() if status in of]
        table.add_row(group, Text(", ").join(counts) if counts else Text("none beside it", "yellow"))
    console.print(table)
    for result in results:
        if result.status == "failed" or (verbose and result.status == "passed"):
            _line(console, result.status, result.check.group, result.check.name)
        if result.status == "failed":
            console.print(indent(result.detail, "    "), soft_wrap=True, markup=False)
    reasons = dict.fromkeys((result.check.group, result.detail) for result in results if result.status == "skipped")
    for group, reason in reasons:
        alike = [result.check.name for result in results if (result.check.group, result.detail) == (group, reason)]
        _line(console, "skipped", group, ", ".join(alike), f": {reason}")


def _line(console: Console, status: str, group: str, name: str, reason: str = "") -> None:
    line = Text.assemble("  ", (f"{status:<8}", _STYLES[status]), f"{group}: {name}", (reason, "dim"))
    console.print(line, soft_wrap=True)
