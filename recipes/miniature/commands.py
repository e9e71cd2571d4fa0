"""`rlvr miniature world`, `rlvr miniature table`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rlvr.envs.miniature.texts import write_texts
from rlvr.errors import MissingDependencyError


@click.group("miniature")
def command() -> None:
    """Tower+ in a box: its world, and what its models can do.

    \b
    Example:
      rlvr miniature world runs/world
      rlvr miniature comet runs/world/comet
      rlvr miniature table --comet runs/world/comet runs/miniature/sft/model runs/miniature/grpo/model
    """


@command.command("world")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Another one gives other texts, of the same split.")
@click.option("--rows", type=click.IntRange(1), default=12000, show_default=True, help="Of each file to learn from.")
def world(folder: Path, seed: int, rows: int) -> None:
    """Write the texts that `cpt` and `sft` learn from into FOLDER, deterministically."""
    write_texts(folder, seed=seed, documents=rows, chats=rows)
    click.echo(f"Wrote {folder}/cpt and {folder}/sft.")


@command.command("comet")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Of weights and translations.")
def comet(folder: Path, seed: int) -> None:
    """Train a tiny COMET for the world's languages into FOLDER, in the environment that `rlvr setup comet` makes."""
    _make_comet(folder, seed)


def _make_comet(folder: Path, seed: int = 0) -> None:
    from rlvr.recipes.miniature.comet import make_comet

    agreement = make_comet(folder, seed=seed)
    click.echo(f"Wrote a tiny COMET to {folder}; it correlates by {agreement:.2f} with the known quality of others.")


@command.command("table")
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--tasks", type=click.IntRange(1), default=200, show_default=True, help="Held-out tasks of each skill.")
@click.option("--seed", default=0, show_default=True, help="Of tasks and samples.")
@click.option("--greedy", is_flag=True, help="Take the likeliest tokens; else samples, as in training.")
@click.option(
    "--comet",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the tiny COMET, trained where there is none yet.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def table(models: tuple[Path, ...], tasks: int, seed: int, comet: Path | None, *, greedy: bool, as_json: bool) -> None:
    """Print what MODELS, folders that `rlvr export` or `stage=all` wrote, can do: a row each."""
    from rlvr.recipes.miniature.table import measured

    comet = _comet_or_none(comet)
    temperature = 0.0 if greedy else 1.0
    rows = {
        _named(model): measured(model, tasks=tasks, seed=seed, temperature=temperature, comet=comet) for model in models
    }
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    title = f"{tasks} held-out tasks of each, {'greedy' if greedy else 'sampled'}"
    shown = Table(title=title, box=None, pad_edge=False, padding=(0, 2, 0, 0))  # 80 columns hold it
    shown.add_column("model")
    for column in next(iter(rows.values())):
        shown.add_column(column, justify="right")
    for name, numbers in rows.items():
        shown.add_row(name, *(f"{number:.3f}" for number in numbers.values()))
    Console().print(shown)


def _named(model: Path) -> str:
    """After its stage, where a chain of stages left it."""
    return model.absolute().parent.name if model.name == "model" else model.name


def _comet_or_none(folder: Path | None) -> Path | None:
    from rlvr.recipes.miniature.comet import is_comet

    try:
        if folder is not None and not is_comet(folder):
            _make_comet(folder)
    except MissingDependencyError as error:
        click.echo(f"Without COMET: {error.message} {error.hint}", err=True)
        return None
    return folder
