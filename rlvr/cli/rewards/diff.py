"""`rlvr diff`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

from rlvr.errors import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlvr.review.changes import Comparison
    from rlvr.verdict import Verdict


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.argument("rollouts")
@click.option("--show", type=click.IntRange(0), default=10, show_default=True, help="Changed rows to print.")
@click.option("--json", "as_json", is_flag=True, help="Print all changed rows as JSON.")
def command(old: str, new: str, rollouts: str, show: int, *, as_json: bool) -> None:
    """Show the rows of ROLLOUTS on which two versions of a reward disagree, with both explanations.

    Each version runs in a process of its own, so the two may have the same name, and neighbours of the same name. A
    verdict has changed when its score or its status has; another explanation of the same score is counted apart.

    Exits like `diff`: with 0 when nothing changed, with 1 when something did, with 2 on trouble.

    \b
    Example:
      git show HEAD:rewards.py > old.py
      rlvr diff old.py:price rewards.py:price samples.jsonl
    """
    from rlvr.observe.files import json_text
    from rlvr.review.changes import Versions
    from rlvr.review.rows import read_rows

    compared = changed = reworded = 0
    shown: list[Comparison] = []
    with Versions(old, new) as versions:
        for one in versions.compare(read_rows(rollouts)):
            compared += 1
            changed += one.changed
            reworded += not one.changed and one.old.explanation != one.new.explanation
            if one.changed and (as_json or len(shown) < show):
                shown.append(one)
        identities = (versions.old.identity, versions.new.identity)
    if as_json:
        counts: dict[str, Any] = {"compared": compared, "changed": changed, "reworded": reworded}
        named = {"old": identities[0], "new": identities[1], "file": rollouts}
        click.echo(json_text(named | counts | {"rows": [_as_dict(one) for one in shown]}, indent=2))
    else:
        console = Console(highlight=False)
        console.print(Text(f"old {identities[0]}\nnew {identities[1]}", style="bold"))
        count = f"{changed:,} of {compared:,} verdicts changed"
        console.print(Text(f"{count}; {reworded:,} of the others have another explanation" if reworded else count))
        _print(console, shown, changed - len(shown))
        if changed and identities[0] == identities[1]:
            hint = (
                "Both have one identity, and so the same code: what changed is data, or a service that they ask. "
                "Name data files in @reward(depends=[Path(...)])."
            )
            console.print(Text(f"\n{hint}", style="yellow"))
    sys.exit(1 if changed else 0)


def _print(console: Console, shown: Sequence[Comparison], hidden: int) -> None:
    for one in shown:
        console.print()
        console.print(_block(one))
    if shown and hidden:
        console.print(Text(f"\nand {hidden:,} more; --show {hidden + len(shown)} or --json prints them"))


def _block(one: Comparison) -> RenderableType:
    from rlvr.cli.rewards.verdicts import printable

    completion = printable(" ".join(one.row.sample.completion.split()))
    text = completion if len(completion) <= 160 else f"{completion[:60]} ... {completion[-90:]}"
    title = Text.assemble((one.row.place, "bold"), f"   reference {shortened(repr(one.row.sample.reference), 60)}")
    lines = [title, Text(f"  {text}", style="dim")]
    return Group(*lines, _line("-", one.old, "red"), _line("+", one.new, "green"))


def _line(sign: str, verdict: Verdict, style: str) -> Text:
    from rlvr.cli.rewards.verdicts import printable

    result = str(verdict.status) if verdict.score is None else f"{verdict.score:.4g}"
    return Text(f"{sign} {result}  {printable(verdict.explanation[:400])}".rstrip(), style=style)


def _as_dict(one: Comparison) -> dict[str, Any]:
    sample = one.row.sample
    return {
        "place": one.row.place,
        "completion": sample.completion,
        "reference": sample.reference,
        "old": one.old.as_dict(),
        "new": one.new.as_dict(),
    }
