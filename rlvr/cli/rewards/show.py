"""`rlvr show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

if TYPE_CHECKING:
    from rlvr.compose import Composable


@click.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def command(name: str, *, as_json: bool) -> None:
    """Show all that is known of the reward NAME: a registered name, or path.py:function.

    A composition is shown with its parts.

    \b
    Example:
      rlvr show math.final_number
      rlvr show rewards.py:price
    """
    from rlvr import registry
    from rlvr.observe.files import json_text
    from rlvr.review.catalogue import as_dict, docstring

    reward = registry.get(name)
    if as_json:
        click.echo(json_text(as_dict(reward), indent=2))
        return
    console = Console(highlight=False)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for heading, value in _facts(reward).items():
        table.add_row(heading, Text(value))
    console.print(Text(reward.name, style="bold"))
    console.print(table)
    if text := docstring(reward):
        console.print()
        console.print(Text(text), soft_wrap=True)  # examples that are broken cannot be pasted
    elif any(True for _ in _tree(reward).children):
        console.print()
        console.print(_tree(reward))
    else:
        console.print("\nIt has no docstring.")
    console.print(Text(f"\nTry it:  rlvr score {name} samples.jsonl"), soft_wrap=True)


def _facts(reward: Composable) -> dict[str, str]:
    from rlvr.review.catalogue import foundations, how_it_runs, place, shown_range

    facts = {"identity": reward.identity, "range": shown_range(reward)}
    leaves = list(reward.leaves())
    if leaves == [reward]:
        (leaf,) = leaves
        facts["runs"] = how_it_runs(leaf)
        facts["defined"] = place(leaf)
        facts["depends on"] = ", ".join(foundations(leaf))
    return facts


def _tree(reward: Composable, role: str = "") -> Tree:
    from rlvr.review.catalogue import how_it_runs, parts, shown_range

    inner = list(parts(reward))
    facts = [shown_range(reward), *([] if inner else [how_it_runs(leaf) for leaf in reward.leaves()])]
    label = Text.assemble((f"{role} ", "cyan") if role else "", reward.name if not inner or role else "parts")
    tree = Tree(label.append(f"  ({', '.join(facts)})", style="dim"))
    for part_role, part in inner:
        tree.children.append(_tree(part, part_role))
    return tree
