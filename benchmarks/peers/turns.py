"""Processes that take turns: whatever else the machine does then meets all systems alike.

Each system lives in a process of its own, makes a few steps when it is its turn, and waits otherwise. It says
`Turns.step_done` after each step and need know nothing else; the time of a step lasts from one such call to the next.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from peers.setting import Setting

_SECONDS_TO_END: Final = 30
SystemRun = Callable[["Setting", "Turns"], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a system.

    Attributes:
        seconds: On the clock.
        cpu_seconds: Of processor time, over all threads of the process.
        reward: Mean reward of the samples that it drew.
    """

    seconds: float
    cpu_seconds: float
    reward: float


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive steps of a system.

    Attributes:
        steps: The steps.
        peak_memory: Most bytes that the process has had in memory so far.
        notes: What else the system has to say; the newest state.
    """

    steps: list[Step]
    peak_memory: int
    notes: dict[str, float]


@dataclass
class Turns:
    """The side of the system.

    Attributes:
        connection: To the process that measures.
        left: Steps of the whole run that are still to come.
        notes: Sent along with each block.
    """

    connection: Connection[object, int]
    left: int
    notes: dict[str, float] = field(default_factory=dict[str, float])
    _asked: int = 0
    _steps: list[Step] = field(default_factory=list[Step])
    _clock: tuple[float, float] = (0.0, 0.0)

    def begin(self) -> None:
        """Everything is loaded; returns when it is this system's first turn."""
        self._wait()

    def step_done(self, reward: float) -> None:
        """Counts a step; at the end of a turn, returns when the next one comes."""
        seconds, cpu_seconds = _clocks()
        self._steps.append(Step(seconds - self._clock[0], cpu_seconds - self._clock[1], reward))
        self._clock = seconds, cpu_seconds
        self.left -= 1
        if len(self._steps) == self._asked:
            self.connection.send(Block(self._steps, peak_memory(), dict(self.notes)))
            self._steps = []
            if self.left:
                self._wait()

    def _wait(self) -> None:
        self._asked = self.connection.recv()
        self._clock = _clocks()


class System:
    """The side of the measurement: a system's process.

    Args:
        name: In tables.
        run: Makes all steps of the setting and calls `Turns.begin` and `Turns.step_done` on the way.
        setting: What it is given.
    """

    def __init__(self, name: str, run: SystemRun, setting: Setting) -> None:
        self.name = name
        setting.work.mkdir(parents=True, exist_ok=True)
        self._log = setting.work / "output.txt"
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = run, setting, theirs, self._log
        self._process = context.Process(target=_serve, args=arguments, name=name, daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, steps: int) -> None:
        """Gives the turn to the system."""
        with self._last_words():
            self._connection.send(steps)

    def answer(self) -> Block:
        """Waits for the steps asked for.

        Raises:
            RuntimeError: The process ended; the message holds its last words.
        """
        with self._last_words():
            return self._connection.recv()
        raise AssertionError

    def steps(self, count: int) -> Block:
        """So many steps, from first to last."""
        self.ask(count)
        return self.answer()

    def close(self) -> None:
        """Ends the process, which may still be at work on its last words."""
        self._connection.close()
        self._process.join(_SECONDS_TO_END)
        self._process.terminate()
        self._process.join()

    @contextmanager
    def _last_words(self) -> Generator[None]:
        try:
            yield
        except (EOFError, OSError):
            self._process.join()
            words = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise RuntimeError(f"{self.name} ended:\n{words}") from None


def peak_memory() -> int:
    """Most bytes that this process has had in memory."""
    status = Path("/proc/self/status")
    # `ru_maxrss` survives exec, so that a child starts with the peak of its parent; this does not.
    if status.is_file() and (match := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(match[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _serve(run: SystemRun, setting: Setting, connection: Connection[object, int], log: Path) -> None:
    with log.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
        run(setting, Turns(connection, setting.steps))
