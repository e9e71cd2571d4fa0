"""`rlvr report`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> None:
    """Write the page of the run in folder RUN from what it has left so far, also while it goes on.

    A run writes its page when it ends.

    \b
    Example:
      rlvr report runs/quickstart
    """
    from rlvr.observe.report import write_report

    click.echo(write_report(run))
