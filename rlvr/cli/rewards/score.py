"""`rlvr score`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rlvr.review.rows import Row
    from rlvr.review.tally import Tally

MAX_ERROR_RATE = 0.02


@click.command("score")
@click.argument("name")
@click.argument("file")
@click.option("--out", help="Write each row here, with its verdict; - is standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes of rewards that run in one."
)
@click.option(
    "--max-error-rate",
    type=click.FloatRange(0, 1),
    default=MAX_ERROR_RATE,
    show_default=True,
    help="Share of rows that may fail.",
)
def command(name: str, file: str, out: str | None, workers: int, max_error_rate: float, *, as_json: bool) -> None:
    """Judge the completions in FILE with the reward NAME: a registered name, or path.py:function.

    FILE holds JSON lines {"completion": ..., "reference": ..., "prompt": ..., "data": ...}; further fields are kept.
    It may also be - for standard input, a parquet file, or the folder of a run. With --out each row is written, in
    order, with a "verdict" added.

    Exits with 1 when a larger share of rows than --max-error-rate ends in `error` or `timeout`; all rows are judged
    and written nevertheless.

    \b
    Example:
      rlvr score math.final_number samples.jsonl
      rlvr score rewards.py:price runs/first --out judged.jsonl
    """
    if as_json and out == "-":
        raise click.UsageError("--json and --out - both print to standard output; write the rows to a file.")
    from rlvr import registry
    from rlvr.observe.files import json_text
    from rlvr.review.rows import read_rows
    from rlvr.review.scoring import score_rows
    from rlvr.review.tally import Tally

    reward = registry.get(name)
    tally = Tally(reward.range)
    seen = _Seen()
    with _writing(out) as write:
        for row, verdict in score_rows(reward, seen.rows(read_rows(file)), workers=workers):
            tally.add(row.place, verdict)
            write(row.fields | {"verdict": verdict.as_dict()})
    if as_json:
        click.echo(json_text({"reward": reward.identity, "file": file, **tally.as_dict()}, indent=2))
    else:
        _print(tally, reward.identity, file, to_stderr=out == "-")
    if hint := seen.missing_reference():
        click.secho(hint, fg="yellow", err=True)
    if tally.failure_rate > max_error_rate:
        text = f"{tally.failed:,} of {tally.count:,} rows could not be scored ({tally.failure_rate:.1%}); "
        click.secho(f"{text}--max-error-rate allows {max_error_rate:.1%}.", fg="red", err=True)
        sys.exit(1)


class _Seen:
    """Watches rows go by for a field `reference` that every one of them lacks."""

    def __init__(self) -> None:
        self._references = 0
        self._fields: set[str] = set()

    def rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._references += "reference" in row.fields
            self._fields |= row.fields.keys()
            yield row

    def missing_reference(self) -> str:
        from rlvr.errors import did_you_mean

        if self._references or not self._fields:
            return ""
        guess = did_you_mean("reference", self._fields)
        return f"No row has a `reference`.{guess}" if guess else ""


@contextmanager
def _writing(out: str | None) -> Generator[Callable[[dict[str, Any]], None]]:
    from rlvr.errors import DataError
    from rlvr.observe.files import json_text, replacing

    if out is None:
        yield lambda row: None
    elif out == "-":
        yield lambda row: click.echo(json_text(row))
    elif Path(out).is_dir():
        raise DataError(f"{out} is a folder; --out names a file.")
    else:
        with replacing(Path(out)) as unfinished:
            try:
                file = unfinished.open("w", encoding="utf-8")
            except OSError as error:
                raise DataError(f"{out} cannot be written: {error.strerror}.") from None
            with file:
                yield lambda row: print(json_text(row), file=file)


def _print(tally: Tally, identity: str, file: str, *, to_stderr: bool) -> None:
    from rlvr.cli.rewards import verdicts

    console = Console(stderr=to_stderr, highlight=False)
    console.print(Text(f"{identity}   {file}   {tally.count:,} rows", style="bold"))
    if tally.count:
        verdicts.print_parts(console, verdicts.counts(tally), *verdicts.pictures(tally))
