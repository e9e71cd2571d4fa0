"""Progress is readable in a terminal and in a log, and leaves the terminal as it was."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from rlvr.observe import progress as module
from rlvr.observe.progress import Progress, duration
from rlvr.observe.summary import print_summary, summary_table

METRICS = {
    "reward/mean": 0.25,
    "groups/usable": 0.5,
    "groups/all_right": 0.125,
    "groups/all_wrong": 0.375,
    "tokens/per_second": 1234.0,
    "loss": 0.01234,
}


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def console(*, terminal, width=100):
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None, legacy_windows=False)


def test_a_log_gets_a_plain_line_now_and_then(clock):
    log = console(terminal=False, width=40)
    with Progress("grpo", 20, console=log) as progress:
        for step in range(1, 21):
            clock.now += 1.0
            progress.step(step, METRICS)
    lines = log.file.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == [f"grpo {step}/20" for step in (1, 6, 11, 16, 20)]
    assert lines[0] == (
        "grpo 1/20  reward 0.250  usable 50%  all right 12%  all wrong 38%  loss 0.01234  1,234 tokens/s  0:00:19 left"
    )
    assert "\x1b" not in log.file.getvalue()


def test_slow_steps_are_all_reported_and_a_resumed_run_counts_on(clock):
    log = console(terminal=False)
    with Progress("grpo", 12, start=10, console=log) as progress:
        for step in (11, 12):
            clock.now += 60.0
            progress.step(step, {"reward/mean": 0.5})
            progress.note(f"checkpoint [step {step}]")
    assert log.file.getvalue().splitlines() == [
        "grpo 11/12  reward 0.500  0:01:00 left",
        "checkpoint [step 11]",
        "grpo 12/12  reward 0.500  0:00:00 left",
        "checkpoint [step 12]",
    ]


def test_a_run_that_ends_early_reports_its_last_step(clock):
    log = console(terminal=False)

    def dies():
        with Progress("grpo", 20, console=log) as progress:
            progress.step(1, {})
            progress.step(2, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        dies()
    assert [line.split("  ")[0] for line in log.file.getvalue().splitlines()] == ["grpo 1/20", "grpo 2/20"]


def test_missing_metrics_are_left_out():
    log = console(terminal=False)
    with Progress("sft", 5, console=log) as progress:
        progress.step(1, {"sft/loss": 2.5})
    assert "loss 2.5" in log.file.getvalue()
    assert "reward" not in log.file.getvalue()


def test_a_terminal_gets_a_live_bar_and_its_cursor_back():
    terminal = console(terminal=True)
    with Progress("grpo", 20, console=terminal) as progress:
        progress.step(1, METRICS)
        progress.note("checkpoint written")
    text = terminal.file.getvalue()
    assert "checkpoint written" in text
    assert "1/20" in text
    assert "usable 50%" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_ctrl_c_goes_through_and_gives_the_cursor_back():
    terminal = console(terminal=True)

    def interrupted():
        with Progress("grpo", 20, console=terminal) as progress:
            progress.step(1, METRICS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    text = terminal.file.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_second_ctrl_c_gives_the_cursor_back(monkeypatch):
    terminal = console(terminal=True)
    stop = module.Live.stop

    def interrupted_stop(live):
        monkeypatch.setattr(module.Live, "stop", stop)
        raise KeyboardInterrupt

    progress = Progress("grpo", 20, console=terminal).__enter__()
    live = progress._live
    monkeypatch.setattr(module.Live, "stop", interrupted_stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            progress.__exit__(None, None, None)
        assert terminal.file.getvalue().endswith("\x1b[?25h")
    finally:
        live.stop()


def test_a_narrow_terminal_keeps_two_lines():
    terminal = console(terminal=True, width=40)
    with Progress("grpo", 20, console=terminal) as progress:
        progress.step(1, METRICS)
        height = len(terminal.render_lines(progress._picture()))
    assert height == 2


def test_summary_shows_change_time_and_places():
    out = console(terminal=False, width=80)
    table = summary_table(
        {"eval/strict": 0.25},
        {"eval/strict": 0.75, "eval/lenient": 0.8},
        seconds=3725.0,
        folder=Path("runs/" + "long-name-" * 12),
        report=Path("runs/x/report.html"),
    )
    print_summary(table, out)
    text = out.file.getvalue()
    strict = next(line for line in text.splitlines() if "strict" in line)
    lenient = next(line for line in text.splitlines() if "lenient" in line)
    assert strict.split()[-3:] == ["0.250", "0.750", "+0.500"]
    assert lenient.split()[-2:] == ["-", "0.800"]
    assert "1:02:05" in text
    assert "long-name-" * 12 in "".join(text.split())
    assert "report.html" in text


def test_durations():
    assert [duration(seconds) for seconds in (0, 59.6, 3600, 90000)] == ["0:00:00", "0:01:00", "1:00:00", "25:00:00"]
