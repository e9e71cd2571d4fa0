"""`rlvr resume`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from rlvr.cli.train import report_end


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--accept-changed-rewards", is_flag=True, help="Go on although a reward's source has changed.")
def command(run: Path, *, accept_changed_rewards: bool) -> None:
    """Go on with the run in folder RUN from its newest checkpoint, on the same trajectory.

    \b
    Example:
      rlvr resume runs/quickstart
    """
    from rlvr.engine.loop import resume

    report_end(resume(run, accept_changed_rewards=accept_changed_rewards), Console())
