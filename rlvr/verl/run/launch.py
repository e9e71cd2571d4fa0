"""verl's trainer as a process of ours: started, watched step by step, ended with all it has started, and understood."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from rlvr.engine.run.interruption import asked_to_end
from rlvr.verl.judging import STOPPED
from rlvr.verl.run.cause import cause_in
from rlvr.verl.run.tail import Tail
from rlvr.verl.run.warden import LIMIT_PASSED
from rlvr.verl.settings.mapping import METRICS

LOG: Final = "verl.log"
"""What the trainer and everything it starts print, over all starts."""

OnStep: TypeAlias = Callable[[int, dict[str, Any]], None]

_SECONDS_BETWEEN_LOOKS: Final = 0.2
# Ray's driver ends its cluster within a few seconds of SIGTERM; what is left is killed.
_GRACE: Final = 15.0


@dataclass(frozen=True, slots=True)
class Launched:
    """How a trainer ended.

    Attributes:
        status: Its exit status; 128 + the signal that ended it.
        step: The last step it told the metrics of; 0 where it got to none.
        cause: Why it failed, readable; empty where it did not, or was interrupted.
        log: All that was printed.
        interrupted: Ctrl-C or SIGTERM ended it.
        limit_passed: It was ended at its time limit.
    """

    status: int
    step: int
    cause: str
    log: Path
    interrupted: bool = False
    limit_passed: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it came to its own end, and without an error."""
        return self.status == 0


def launch(
    command: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    limit: float | None = None,
    on_step: OnStep | None = None,
) -> Launched:
    """Runs a trainer of verl's to its end.

    Nothing that it starts outlives it: neither when it ends, nor when it is killed, nor when this process is.

    Args:
        command: `VerlPlan.command`.
        folder: Of the run, as `prepare` wrote it.
        environment: Beside that of this process, `cpu_environment()` for example.
        limit: Seconds after which it is ended.
        on_step: Called with number and metrics of each step, as verl names them, soon after it is done. Step 0 is the
            evaluation before training. What it raises ends the trainer and is raised here.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     done = launch([sys.executable, "-c", "raise ValueError('no such model')"], Path(folder))
        >>> done.status, done.cause.splitlines()[0]
        (1, 'ValueError: no such model')
    """
    metrics, log = folder.absolute() / METRICS, folder.absolute() / LOG
    metrics.unlink(missing_ok=True)
    (folder / STOPPED).unlink(missing_ok=True)
    begun = log.stat().st_size if log.is_file() else 0
    lines, last = Tail(metrics), 0

    def tell() -> int:
        step = last
        for line in lines.new():
            step = int(line["step"])
            if on_step is not None:
                on_step(step, line["data"])
        return step

    told = {"HYDRA_FULL_ERROR": "1", "PYTHONUNBUFFERED": "1", "VERL_FILE_LOGGER_PATH": str(metrics)}
    words = [sys.executable, "-m", "rlvr.verl.run.warden", str(limit or 0), str(_GRACE), *command]
    with asked_to_end(twice_at_once=False) as asked, log.open("ab") as out:
        warden = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **told, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        assert warden.stdin is not None
        try:
            while warden.poll() is None and not asked():
                last = tell()
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            warden.stdin.close()
            status = warden.wait()
        last = tell()
    if status == 0 or asked():
        return Launched(status, last, "", log, interrupted=status != 0)
    passed = limit is not None and status == LIMIT_PASSED
    cause = f"It was ended after {limit:g} s." if passed and limit else _cause(folder, log, begun, status)
    return Launched(status, last, cause, log, limit_passed=passed)


def _cause(folder: Path, log: Path, begun: int, status: int) -> str:
    stopped = folder / STOPPED
    if stopped.is_file():
        return stopped.read_text(encoding="utf-8")
    with log.open("rb") as file:
        file.seek(begun)
        printed = file.read().decode(errors="replace")
    if found := cause_in(printed):
        return found
    if status > 128:
        return f"It was ended by {signal.Signals(status - 128).name}; where memory ran out, the kernel's log says so."
    return f"It ended with status {status}, and printed no traceback."
