"""`rlvr list`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(*, as_json: bool) -> None:
    """List every reward that has a name, those of installed packages included.

    A reward of your own needs no name here: every verb takes `path/to/file.py:function`.

    \b
    Example:
      rlvr list
      rlvr list --json
    """
    from rlvr import registered, registry
    from rlvr.observe.files import json_text
    from rlvr.review.catalogue import as_dict, docstring, how_it_runs, shown_range

    rewards = registry.rewards()
    broken = registered.broken()
    if as_json:
        failures = {name: str(error) for name, error in broken.items()}
        click.echo(json_text({"rewards": [as_dict(reward) for reward in rewards], "broken": failures}, indent=2))
        return
    console = Console(highlight=False)
    width = max((len(reward.name) for reward in rewards), default=0) + 2
    for reward in rewards:
        (leaf,) = reward.leaves()
        facts = f"  @{leaf.spec.version}  {shown_range(reward)}  {how_it_runs(leaf)}"
        console.print(Text.assemble((reward.name.ljust(width), "bold"), (facts, "dim")), soft_wrap=True)
        first = docstring(reward).partition("\n\n")[0].replace("\n", " ")
        if first:
            console.print(Padding(Text(first), (0, 0, 0, 4)))
    for name, error in broken.items():
        click.secho(f"\nBroken entry point `{name}`: {error}", fg="red", err=True)
