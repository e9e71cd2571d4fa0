"""`rlvr miniature world`, `rlvr miniature table`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rlvr.envs.miniature.texts import write_texts


@click.group("miniature")
def command() -> None:
    """Tower+ in a box: its world, and what its models can do.

    \b
    Example:
      rlvr miniature world runs/world
      rlvr miniature table runs/cpt-model runs/sft-model
    """


@command.command("world")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Another one gives other texts, of the same split.")
@click.option("--rows", type=click.IntRange(1), default=8000, show_default=True, help="Of each file to learn from.")
def world(folder: Path, seed: int, rows: int) -> None:
    """Write the texts that `cpt` and `sft` learn from into FOLDER, deterministically."""
    write_texts(folder, seed=seed, documents=rows, chats=rows)
    click.echo(f"Wrote {folder}/cpt and {folder}/sft.")


@command.command("table")
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--tasks", type=click.IntRange(1), default=200, show_default=True, help="Held-out tasks of each skill.")
@click.option("--seed", default=0, show_default=True, help="Of tasks and samples.")
@click.option("--greedy", is_flag=True, help="Take the likeliest tokens; else samples, as in training.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def table(models: tuple[Path, ...], tasks: int, seed: int, *, greedy: bool, as_json: bool) -> None:
    """Print what MODELS, folders that `rlvr export` wrote, can do: a row each."""
    from rlvr.recipes.miniature.table import COLUMNS, measured

    rows = {model.name: measured(model, tasks=tasks, seed=seed, temperature=0.0 if greedy else 1.0) for model in models}
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    shown = Table(title=f"{tasks} held-out tasks of each, {'greedy' if greedy else 'sampled'}")
    shown.add_column("model")
    for column in COLUMNS:
        shown.add_column(column, justify="right")
    for name, numbers in rows.items():
        shown.add_row(name, *(f"{numbers[column]:.3f}" for column in COLUMNS))
    Console().print(shown)
