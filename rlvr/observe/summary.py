"""What a run came to, in a few lines at its end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rlvr.observe.progress import duration

_MEASURES: Final = {
    "eval/strict": "held out, strict",
    "eval/lenient": "held out, lenient",
    "eval/bits_per_byte": "held out, bits per byte",
    "eval/loss": "held out, loss",
    "eval/judged": "held out, reward model",
    "eval/margin": "held out, margin",
    "reward/mean": "reward",
}
_SOURCE: Final = "eval/strict/"
_LOWER_IS_BETTER: Final = ("eval/bits_per_byte", "eval/loss")

_NAME_WIDTH: Final = max(len(name) for name in _MEASURES.values())


def summary_table(
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    seconds: float,
    folder: Path,
    report: Path | None = None,
) -> Table:
    """A table of the result: each measure before and after, the time, and where everything lies.

    Args:
        before: eval/strict (and that of each source), eval/lenient and reward/mean at the start, as far as they are
            known.
        after: The same at the end.
        seconds: How long the run took.
        folder: The run's folder.
        report: Its report page.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    table.add_column("", min_width=_NAME_WIDTH)
    for heading in ("before", "after", ""):
        table.add_column(heading, justify="right")
    sources = {key: f"held out, {key.removeprefix(_SOURCE)}" for key in before if key.startswith(_SOURCE)}
    for key, name in (_MEASURES | sources).items():
        if key in before or key in after:
            table.add_row(name, _number(before.get(key)), _number(after.get(key)), _change(before, after, key))
    return _with_places(table, {"time": duration(seconds), "folder": str(folder), "report": str(report or "")})


def print_summary(table: Table, console: Console | None = None) -> None:
    """Print the table to standard output, or to `console`."""
    (console or Console()).print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _change(before: Mapping[str, float], after: Mapping[str, float], key: str) -> Text:
    if key not in before or key not in after:
        return Text()
    change = after[key] - before[key]
    better = -change if key in _LOWER_IS_BETTER else change
    return Text(f"{change:+.3f}", style="green" if better > 0 else "red" if better < 0 else "dim")


def _with_places(table: Table, places: Mapping[str, str]) -> Table:
    outer = Table.grid()
    outer.add_row(table)
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(min_width=_NAME_WIDTH)
    # A path that is cut cannot be opened.
    lines.add_column(overflow="fold")
    for name, place in places.items():
        if place:
            lines.add_row(name, Text(place))
    outer.add_row(lines)
    return outer
