"""`rlvr config`."""

from __future__ import annotations

import click

from rlvr.config import load, resolved_yaml


@click.command("config")
@click.argument("recipe")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
def command(recipe: str, settings: tuple[str, ...]) -> None:
    """Print the configuration of RECIPE with every key resolved, as YAML.

    \b
    Example:
      rlvr config quickstart run.steps=50
    """
    click.echo(resolved_yaml(load(recipe.removeprefix("recipe="), settings)), nl=False)
