"""`rlvr setup comet`."""

from __future__ import annotations

from pathlib import Path

import click

from rlvr.rewards.translation.comet.making import make


@click.group("setup")
def command() -> None:
    """Make what needs an environment of its own.

    \b
    Example:
      rlvr setup comet
    """


@command.command("comet")
@click.option(
    "--python",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An interpreter of your own: used as it is where it has comet, else what the environment is made of.",
)
@click.option("--again", is_flag=True, help="Remove the environment that is there, and begin anew.")
def comet(python: Path | None, *, again: bool) -> None:
    """Make the environment in which the translation metrics run (mt.comet, mt.kiwi, mt.xcomet, mt.metricx).

    It lies in ~/.cache/rlvr/comet, or in the folder that RLVR_HOME names. Safe to repeat: what is there is kept, what
    was interrupted is finished. RLVR_COMET_PYTHON names an interpreter that goes before it.

    \b
    Example:
      rlvr setup comet
      rlvr setup comet --python ~/comet-env/bin/python
    """
    make(click.echo, python=python, again=again)
