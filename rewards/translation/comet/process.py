"""This end of one worker process: started, asked, and known to be lost when it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from rlvr.errors import MissingDependencyError, ModelError
from rlvr.rewards.translation.comet.frames import FrameError, framed, read_message
from rlvr.rewards.translation.comet.place import interpreter
from rlvr.rewards.translation.comet.settings import Settings

BOOT: Final = Path(__file__).parent / "worker" / "boot.py"

Numbered: TypeAlias = tuple[int, str, str, "str | None"]
"""A segment as it is sent: its number, source, translation, and reference where there is one."""


class Worker:
    """A running worker. `send` from any thread; what comes back goes to the three callables, from a thread of its own.

    Args:
        settings: What it loads.
        begun: Takes the numbers of the segments it has taken up.
        done: Takes a number and its result.
        lost: Called once, when the process has ended or speaks nonsense; takes how.

    Raises:
        MissingDependencyError: The environment is not there.
        ModelError: The checkpoint cannot be loaded; the worker says why.
    """

    def __init__(
        self,
        settings: Settings,
        begun: Callable[[list[int]], None],
        done: Callable[[int, Mapping[str, Any]], None],
        lost: Callable[[str], None],
    ) -> None:
        # A file and no pipe: nobody need read it for the worker to go on.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self._lock = threading.Lock()
        python = interpreter()
        try:
            self._process = subprocess.Popen(
                [str(python), "-I", str(BOOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is the trainer's
            )
        except OSError as error:
            raise MissingDependencyError(
                f"{python} cannot be run: {error.strerror}.", hint="Make the environment anew: rlvr setup comet --again"
            ) from None
        self._begun, self._done, self._lost = begun, done, lost
        self.about = self._load(settings)
        threading.Thread(target=self._listen, name="rlvr-metric", daemon=True).start()

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._process.pid

    def send(self, segments: Sequence[Numbered], *, alone: bool = False) -> None:
        """Hands over segments; where the worker is gone, nothing happens here: `lost` is called."""
        message = framed({"segments": segments, "alone": alone})
        with self._lock, suppress(OSError, ValueError):
            self._stdin.write(message)
            self._stdin.flush()

    def kill(self) -> None:
        """Ends the process."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and waits for its end."""
        self.kill()
        self._process.wait()
        with suppress(OSError):
            self._stdin.close()

    @property
    def _stdin(self) -> Any:
        return cast("Any", self._process.stdin)

    def _load(self, settings: Settings) -> dict[str, Any]:
        with suppress(OSError):
            self._stdin.write(framed({"load": settings.as_dict()}))
            self._stdin.flush()
        answer = self._next()
        if answer is not None and "ready" in answer:
            return answer["ready"]
        self.close()
        if answer is not None and "failed" in answer:
            raise ModelError(str(answer["failed"]["why"]), hint=str(answer["failed"]["hint"]))
        raise ModelError(
            f"The worker for {settings.checkpoint} {self._how()} before it was ready.",
            hint="Look whether the environment works: rlvr doctor comet; make it anew: rlvr setup comet --again",
        )

    def _next(self) -> dict[str, Any] | None:
        try:
            return read_message(cast("Any", self._process.stdout))
        except FrameError:
            return None

    def _listen(self) -> None:
        while (message := self._next()) is not None:
            if "begun" in message:
                self._begun(message["begun"])
            else:
                for number, result in message["results"]:
                    self._done(number, result)
        self.close()
        how = self._how()
        self._said.close()
        self._lost(how)

    def _how(self) -> str:
        code = self._process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"exited with code {code}"
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, self._said.tell() - 4000))
        last = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        return f"{how} ({last[0]})" if last else how


def _environment() -> dict[str, str]:
    # The trainer's own PYTHONPATH and virtual environment mean nothing over there.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"TOKENIZERS_PARALLELISM": os.environ.get("TOKENIZERS_PARALLELISM", "false")}
