"""What several verbs print of verdicts: counts, a histogram, frequent explanations, the slowest samples."""

from __future__ import annotations

from collections.abc import Sequence

from rich.bar import Bar as RichBar
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from rlvr.review.tally import Bar, Tally
from rlvr.verdict import Status

_STYLES = {Status.SCORED: "green", Status.ABSTAINED: "yellow", Status.ERROR: "red", Status.TIMEOUT: "red"}
_BAR_WIDTH = 40


def printable(text: str) -> str:
    r"""The text with what would steer the terminal, or what it cannot show, spelled out: a model wrote it.

    >>> printable("4\x1b[2J\ud83d")
    '4\\x1b[2J\\ud83d'
    """
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def columns(*headings: str, right: Sequence[str] = ()) -> Table:
    """An airy table; `right` names the columns of numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_header=any(headings))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return table


def counts(tally: Tally) -> RenderableType:
    """How many verdicts of each status; mean and quartiles of the scores."""
    words = [
        Text(f"{tally.statuses[status]:,} {status}", style=_STYLES[status] if tally.statuses[status] else "dim")
        for status in Status
    ]
    line = Text("   ").join(words)
    if tally.mean is None:
        return Group(line, Text("no scores"))
    quartiles = "  ".join(f"{value:.4g}" for value in tally.quantiles(0.25, 0.5, 0.75))
    return Group(line, Text(f"mean {tally.mean:.4g}   quartiles {quartiles}"))


def histogram(bars: Sequence[Bar]) -> Table:
    """A line for each bar."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(width=_BAR_WIDTH)
    table.add_column(justify="right")
    most = max((bar.count for bar in bars), default=0) or 1
    for bar in bars:
        label = f"{bar.low:.4g}" if bar.low == bar.high else f"{bar.low:.4g} to {bar.high:.4g}"
        table.add_row(label, RichBar(most, 0, bar.count, width=_BAR_WIDTH, color="cyan"), f"{bar.count:,}")
    return table


def pictures(tally: Tally) -> list[RenderableType]:
    """The histogram and the explanations, where there is something to show."""
    bars: list[RenderableType] = [histogram(tally.histogram())] if tally.mean is not None else []
    return [*bars, explanations(tally)] if tally.explanations(1) else bars


def explanations(tally: Tally, count: int = 5) -> Table:
    """The most frequent explanations, each with the place of its first sample."""
    table = columns("times", "status", "explanation", "first at", right=("times",))
    for one in tally.explanations(count):
        table.add_row(
            f"{one.count:,}", Text(str(one.status), style=_STYLES[one.status]), Text(printable(one.text)), one.place
        )
    return table


def latencies(tally: Tally) -> RenderableType:
    """Median and 99th percentile of a verdict's time, and the slowest samples."""
    table = columns("slowest", "ms", right=("ms",))
    for place, seconds in tally.slowest():
        table.add_row(place, f"{1000 * seconds:.2f}")
    p50, p99 = (f"{1000 * seconds:.2f}" for seconds in tally.latency(0.5, 0.99))
    return Group(Text(f"time a verdict   p50 {p50} ms   p99 {p99} ms"), Text(), table)


def print_parts(console: Console, *parts: RenderableType) -> None:
    """Prints the parts with a blank line between them."""
    for number, part in enumerate(parts):
        if number:
            console.print()
        console.print(part)
