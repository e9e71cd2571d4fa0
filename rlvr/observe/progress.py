"""How far a stage is and how it goes: a live bar in a terminal, a line every few seconds anywhere else."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

SECONDS_BETWEEN_LINES: Final = 5.0
"""Without a terminal, steps are reported no more often than this, but for the first and the last."""

# Long enough to even out evaluations, short enough to follow completions that grow.
_RECENT_STEPS: Final = 20


class Progress:
    """Shows the steps of one stage while its block runs.

    Args:
        stage: Name of the stage.
        total: The last step.
        start: Steps already done, of a resumed run.
        console: Where to show it; standard error when `None`, so that standard output stays a result.

    >>> console = Console(force_terminal=False, width=100)
    >>> with Progress("grpo", 2, console=console) as progress:  # doctest: +ELLIPSIS
    ...     progress.step(1, {"reward/mean": 0.25, "groups/usable": 0.5, "tokens/per_second": 1234.0})
    grpo 1/2  reward 0.250  usable 50%  1,234 tokens/s  0:00:... left
    """

    def __init__(self, stage: str, total: int, *, start: int = 0, console: Console | None = None) -> None:
        self._stage = stage
        self._total = total
        self._done = start
        self._console = console or Console(stderr=True)
        self._metrics: dict[str, float] = {}
        self._seconds: deque[float] = deque(maxlen=_RECENT_STEPS)
        # What the live picture reads it reads from another thread: plain values, replaced and never changed.
        self._mean_seconds: float | None = None
        self._last_step = time.monotonic()
        self._last_line: float | None = None
        self._reported = True
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._last_step = time.monotonic()
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(console=self._console, get_renderable=self._picture, refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is None:
            # Of a run that ends early the last step is worth a line, however soon after the one before.
            self._report_step()
            return
        try:
            self._live.stop()
        finally:
            # A second Ctrl-C can end `stop` before it shows the cursor again.
            self._console.show_cursor(True)
            self._live = None

    def step(self, step: int, metrics: Mapping[str, float]) -> None:
        """A step is done; a metric that this step lacks keeps its last value on the screen.

        Args:
            step: Its number.
            metrics: Of `MetricsLog.write`; shown are reward/mean, groups/usable, groups/all_right, groups/all_wrong,
                loss (or sft/loss) and tokens/per_second.
        """
        now = time.monotonic()
        self._seconds.append((now - self._last_step) / max(step - self._done, 1))
        self._last_step = now
        self._done = step
        self._mean_seconds = sum(self._seconds) / len(self._seconds)
        self._metrics = {**self._metrics, **metrics}
        self._reported = False
        due = self._last_line is None or step >= self._total or now - self._last_line >= SECONDS_BETWEEN_LINES
        if self._live is None and due:
            self._last_line = now
            self._report_step()

    def note(self, text: str) -> None:
        """Say something that stays: above the bar, or as a line."""
        self._print(text)

    def _report_step(self) -> None:
        if not self._reported:
            self._reported = True
            parts = [f"{self._stage} {self._done}/{self._total}", *self._facts(), self._speed(), self._left()]
            self._print("  ".join(part for part in parts if part))

    def _print(self, text: str) -> None:
        # A line of a log is one line, whatever its length; and nobody's brackets are markup.
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _facts(self) -> list[str]:
        known = self._metrics
        facts = [f"reward {known['reward/mean']:.3f}"] if "reward/mean" in known else []
        shares = {"groups/usable": "usable", "groups/all_right": "all right", "groups/all_wrong": "all wrong"}
        facts += [f"{name} {known[key]:.0%}" for key, name in shares.items() if key in known]
        facts += [f"loss {known[key]:.4g}" for key in ("loss", "cpt/loss", "sft/loss") if key in known]
        return facts

    def _speed(self) -> str:
        speed = self._metrics.get("tokens/per_second")
        return "" if speed is None else f"{speed:,.0f} tokens/s"

    def _left(self) -> str:
        if self._mean_seconds is None:
            return ""
        waited = time.monotonic() - self._last_step
        seconds = self._mean_seconds * (self._total - self._done) - waited
        return f"{duration(max(seconds, 0))} left"

    def _picture(self) -> Group:
        room = self._console.width
        bar = Table.grid(padding=(0, 1))
        for _ in range(5):
            bar.add_column(no_wrap=True)
        bar.add_row(
            Text(self._stage, style="bold"),
            ProgressBar(total=max(self._total, 1), completed=self._done, width=min(max(room - 52, 6), 28)),
            f"{self._done}/{self._total}",
            Text(self._left(), style="dim"),
            Text(self._speed() if room >= 60 else "", style="dim"),
        )
        facts = " · ".join(self._facts()) or "first step ..."
        return Group(bar, Text(facts, style="dim", no_wrap=True, overflow="ellipsis"))


def duration(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> duration(3725.4)
    '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
