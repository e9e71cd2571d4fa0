"""`rlvr data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rlvr.config import TrainConfig
    from rlvr.data.selection import Selection
    from rlvr.data.source import Source


@click.command("data")
@click.argument("settings", nargs=-1, metavar="recipe=NAME [KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(settings: tuple[str, ...], *, as_json: bool) -> None:
    """Tell what each source of a mixture holds, and what of it is left out and why, before anything is trained.

    Goes through all of every source once, and counts by language and pair too. What a run then really took stands in
    its folder, mixture-STAGE.json.

    \b
    Example:
      rlvr data recipe=cpt data.mixture.web.path=web.jsonl data.mixture.web.weight=1 data.mixture.web.dedup=near
    """
    from rlvr.config import load, parse_command
    from rlvr.config.check_mixture import check_mixture
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
