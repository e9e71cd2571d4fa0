"""`rlvr data`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rlvr.config import TrainConfig
    from rlvr.data.selection import Selection
    from rlvr.data.source import Source

_EXAMPLE: Final = "rlvr.recipes.tower_plus.example"
"""A name and no import: the library imports none of its recipes."""


class _Data(click.Group):
    """Settings right after `data` ask for the mixture, as they always did; `init` is a verb of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("data", cls=_Data)
def command() -> None:
    """Tell what a mixture of text holds, or write an example of the data that Tower+'s recipes read.

    Settings alone are those of `show`.

    \b
    Example:
      rlvr data recipe=cpt data.mixture.web.path=web.jsonl data.mixture.web.weight=1 data.mixture.web.dedup=near
      rlvr data init data
    """


@command.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(8), default=24, show_default=True, help="Rows of each language or pair.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another one gives other rows.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def init(folder: Path, rows: int, seed: int, *, as_json: bool) -> None:
    """Write an example of all that the recipes tower_plus/* read: generated rows of each kind in ten languages.

    The recipes look for it in the folder `data` of where they are started.

    \b
    Example:
      rlvr data init data
      rlvr data recipe=tower_plus/2b stage=cpt
    """
    from importlib import import_module

    from rlvr.observe.files import json_text

    written = import_module(_EXAMPLE).write_example(folder, rows=rows, seed=seed)
    if as_json:
        click.echo(json_text(written, indent=2))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("file")
    table.add_column("rows", justify="right")
    for name, count in written.items():
        table.add_row(str(folder / name), f"{count:,}")
    Console(highlight=False).print(table)


@command.command("show")
@click.argument("settings", nargs=-1, metavar="recipe=NAME [KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def show(settings: tuple[str, ...], *, as_json: bool) -> None:
    """Tell what each source of a mixture holds, and what of it is left out and why, before anything is trained.

    Goes through all of every source once, and counts by language and pair too. What a run then really took stands in
    its folder, mixture-STAGE.json.

    \b
    Example:
      rlvr data recipe=cpt data.mixture.web.path=web.jsonl data.mixture.web.weight=1 data.mixture.web.dedup=near
    """
    from rlvr.config import load, parse_command
    from rlvr.config.checking.mixture import check_mixture
    from rlvr.errors import ConfigError
    from rlvr.observe.files import json_text

    recipe, overrides = parse_command(settings)
    config = load(recipe, overrides)
    problems = [str(problem) for problem in check_mixture(config)]
    if problems or not config.data.mixture:
        raise ConfigError(problems or ["data.mixture: set it to the sources of text."])
    found = _contents(config)
    if as_json:
        click.echo(json_text(found, indent=2))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("source")
    for heading in (f"share of {config.data.weigh_by}", "rows", "kept", "characters"):
        table.add_column(heading, justify="right")
    table.add_column("left out")
    for name, row in found.items():
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in row["dropped"].items())
        counts = (f"{row[key]:,}" for key in ("rows", "kept", "characters"))
        table.add_row(name, f"{row['share']:.1%}", *counts, dropped or "-")
        if len(row["languages"]) > 1:
            for language, of in row["languages"].items():
                share = f"{of['share']:.1%}" if "share" in of else ""
                counts = (f"{of[key]:,}" for key in ("rows", "kept", "characters"))
                table.add_row(f"  {language or 'not said'}", share, *counts, "", style="dim")
    Console(highlight=False).print(table)


def _contents(config: TrainConfig) -> dict[str, Any]:
    from rlvr.data.selection import select
    from rlvr.data.source import read_sources
    from rlvr.engine.run.scorers import Scorers
    from rlvr.rows.files import open_rows

    sources = read_sources(config.data.mixture)
    total = sum(source.weight for source in sources)
    found: dict[str, Any] = {}
    with Scorers(config.scoring) as scorers:
        for source in sources:
            selection = select(source, open_rows(source.path), scorers.of)
            found[source.name] = {
                "share": source.weight / total,
                "rows": len(selection.kept),
                "kept": int(selection.kept.sum()),
                "characters": selection.characters,
                "dropped": selection.dropped,
                "languages": _languages(source, selection, config.data.weigh_by),
            }
    return found


def _languages(source: Source, selection: Selection, unit: str) -> dict[str, Any]:
    """What there is of each language or pair; where shares are asked for, the part of the source it is to have."""
    from dataclasses import asdict

    from rlvr.data.language_streams import language_shares

    shares = language_shares(source, selection, unit) if source.shares_languages else {}
    return {
        name: asdict(count) | ({"share": shares[name]} if name in shares else {})
        for name, count in sorted(selection.languages.items())
    }
