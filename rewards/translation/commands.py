"""`rlvr translation standards`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rlvr.errors import DataError
from rlvr.rewards.translation.standards import estimated
from rlvr.sample import is_object


@click.group("translation")
def command() -> None:
    """What translation rewards need beside a model.

    \b
    Example:
      rlvr score mt.chrf translations.jsonl --out judged.jsonl
      rlvr translation standards judged.jsonl --metric mt.chrf --out standards.json
    """


@command.command("standards")
@click.argument("file")
@click.option(
    "--metric", required=True, help="The reward whose verdicts FILE has; its name in the file that is written."
)
@click.option("--out", required=True, help="Written here; other metrics that the file has are kept.")
def standards(file: str, metric: str, out: str) -> None:
    """Estimate a metric's mean and deviation by language pair from FILE, which `rlvr score --out` wrote."""
    found = estimated(_rows(Path(file)))
    path = Path(out)
    held = _held(path)
    held[metric] = found
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    for pair, numbers in found.items():
        click.echo(f"{pair}  {numbers['mean']:.4f} ± {numbers['std']:.4f}  of {numbers['rows']} rows")


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    rows = list[dict[str, Any]]()
    for number, line in enumerate(lines, 1):
        try:
            row: object = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}, is no JSON: {error}.") from error
        if not is_object(row):
            raise DataError(f"{path}, line {number}, is no object.")
        rows.append(row)
    return rows


def _held(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        held: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is there already, and no JSON: {error}.", hint="Give another --out.") from error
    if not is_object(held):
        raise DataError(f"{path} is there already, and holds no standards.", hint="Give another --out.")
    return held
