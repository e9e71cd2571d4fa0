"""`rlvr decontaminate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rlvr.evaluation.contamination import Found

_SHOWN = 20
_AGAINST = 3


@click.command("decontaminate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A file of an evaluation; may be repeated.",
)
@click.option(
    "--words", type=click.IntRange(5), default=13, show_default=True, help="Length of a run in words; 8 is stricter."
)
@click.option(
    "--common",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Runs in more evaluation rows are phrases of a form.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the rows without a finding here, JSONL.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
def command(
    file: Path, against: tuple[Path, ...], words: int, common: int, target: Path | None, *, as_json: bool
) -> None:
    """Look for passages of evaluation files in FILE, rows to train on.

    Looked at are all texts of a row, prompts and references alike: runs of 13 words that both have, two characters
    counting as a word in scripts without spaces; shorter texts are compared whole. JSON lines, gzipped or not, JSON
    lists, CSV and parquet are read.

    Exits with 1 when something was found.

    \b
    Example:
      rlvr decontaminate tasks.jsonl --against gsm8k_test.jsonl --against input_data.jsonl
      rlvr decontaminate tasks.jsonl --against HumanEval.jsonl.gz --words 8 --to clean.jsonl
    """
    from rlvr.evaluation.contamination import Index, texts_of
    from rlvr.evaluation.files import rows_of_file
    from rlvr.observe.files import json_text

    index = Index(words, common)
    for path in against:
        for place, row in rows_of_file(_there(path)):
            index.add(place, texts_of(row))
    found = list[Any]()
    rows = 0
    with _writing(target) as write:
        for place, row in rows_of_file(_there(file)):
            rows += 1
            if (finding := index.find(place, texts_of(row))) is None:
                write(row)
            else:
                found.append(finding)
    if as_json:
        click.echo(json_text({"rows": rows, "words": words, "found": [asdict(one) for one in found]}, indent=2))
    else:
        _print(found, rows, words, target)
    sys.exit(1 if found else 0)


def _there(path: Path) -> Path:
    from rlvr.errors import DataError

    place = path.expanduser()
    if not place.is_file():
        raise DataError(f"There is no file {path} (looked in {Path.cwd()}).")
    return place


@contextmanager
def _writing(target: Path | None) -> Generator[Callable[[Mapping[str, Any]], None]]:
    from rlvr.observe.files import json_text, replacing

    if target is None:
        yield lambda row: None
        return
    with replacing(target) as unfinished, unfinished.open("w", encoding="utf-8") as out:
        yield lambda row: print(json_text(row), file=out)


def _print(found: list[Found], rows: int, words: int, target: Path | None) -> None:
    console = Console(highlight=False)
    console.print(f"{rows:,} rows, {len(found):,} with {words} words in a row from an evaluation", soft_wrap=True)
    if found:
        table = Table(box=None, header_style="dim")
        for title in ("row", "of its text", "in", "passage"):
            table.add_column(title, overflow="fold")
        for one in sorted(found, key=lambda one: -one.share)[:_SHOWN]:
            more = f" and {len(one.against) - _AGAINST} more" if len(one.against) > _AGAINST else ""
            table.add_row(one.place, f"{one.share:.0%}", ", ".join(one.against[:_AGAINST]) + more, one.passage)
        console.print(table)
    if len(found) > _SHOWN:
        console.print(f"and {len(found) - _SHOWN:,} more; --json has all of them")
    if target is not None:
        console.print(f"Wrote {target}: {rows - len(found):,} rows.", soft_wrap=True)
