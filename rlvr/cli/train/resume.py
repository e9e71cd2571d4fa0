"""`rlvr resume`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from rlvr.cli.train.train import report_chain, report_end


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--accept-changed-rewards", is_flag=True, help="Go on although a reward's source has changed.")
def command(run: Path, *, accept_changed_rewards: bool) -> None:
    """Go on with the run in folder RUN from its newest checkpoint, on the same trajectory.

    RUN may also be the folder of a chain of stages (`stage=all`). A run on verl draws other samples than it would have.

    \b
    Example:
      rlvr resume runs/quickstart
    """
    from rlvr.engine.run import chain
    from rlvr.engine.run.loop import engine_of, resume

    if (run / chain.MARK).is_file():
        report_chain(chain.resume_chain(run, accept_changed_rewards=accept_changed_rewards), Console())
        return
    if engine_of(run) == "verl":
        from rlvr.verl.run import training

        report_end(training.resume(run, accept_changed_rewards=accept_changed_rewards), Console())
        return
    report_end(resume(run, accept_changed_rewards=accept_changed_rewards), Console())
