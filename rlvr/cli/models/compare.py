"""`rlvr compare`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlvr.evaluation.comparing import Compared

SIGNIFICANT = 0.05


@click.command("compare")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the Pareto plot here, a page of its own.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def command(files: tuple[str, ...], plot: Path | None, seed: int, *, as_json: bool) -> None:
    """Compare what `rlvr eval --results` wrote in FILES.

    Of each suite the first file is what the others are compared with: differences on the items they share, with 95 %
    intervals and two-sided p-values of the paired bootstrap over items. With --plot files of several suites for each
    model make the plot of translation against general ability.

    \b
    Example:
      rlvr compare base.json trained.json
      rlvr compare base/*.json trained/*.json --plot pareto.html
    """
    from rlvr.evaluation.comparing import compare, pareto
    from rlvr.evaluation.results import read_results
    from rlvr.observe.files import json_text, write_text

    results = [read_results(file) for file in files]
    rows = compare(results, seed=seed)
    if not rows and plot is None:
        raise click.UsageError("There is nothing to compare: no two of these files are of the same suite.")
    if plot is not None:
        from rlvr.evaluation.pareto_page import pareto_page

        names = {
            axis: sorted({one.suite for one in results if one.axis == axis}) for axis in ("translation", "general")
        }
        points = pareto(results)
        write_text(plot, pareto_page(points, translation=names["translation"], general=names["general"]))
    if as_json:
        click.echo(json_text([asdict(row) for row in rows], indent=2))
        return
    console = Console(highlight=False)
    _print(console, rows)
    if plot is not None:
        console.print(f"Wrote {plot}.", soft_wrap=True)


def _print(console: Console, rows: Sequence[Compared]) -> None:
    for suite, first, second in dict.fromkeys((row.suite, row.first, row.second) for row in rows):
        here = [row for row in rows if (row.suite, row.first, row.second) == (suite, first, second)]
        console.print(f"{suite}: {second} against {first}", style="bold", soft_wrap=True)
        table = Table(box=None, header_style="dim")
        for title in ("metric", "", "first", "second", "difference", "95 %", "p", "items"):
            table.add_column(title, justify="left" if title in ("metric", "") else "right")
        for row in here:
            found = row.difference.estimate
            table.add_row(
                "" if row.group else row.metric,
                row.group,
                *(f"{value:.4f}" for value in row.values),
                f"{found.value:+.4f}",
                f"{found.low:+.4f} to {found.high:+.4f}",
                f"{row.difference.p:.4f}",
                f"{row.items:,}",
                style="bold" if row.difference.p < SIGNIFICANT else "",
            )
        console.print(table)
        if here[0].left_out:
            console.print(f"{here[0].left_out:,} items that only one of them has are left out.", style="yellow")
