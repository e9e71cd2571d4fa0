"""The child process in which a reward runs that may hang or crash; `rlvr.scoring.process` is its parent.

It reads requests from what was its standard input, and answers on what was its standard output:

    parent: (LOAD, key, identity, sys.path, pickled reward)   worker: {"loaded": identity} or {"failed": why}
    parent: (SCORE, key, number, sample)                      worker: an empty message when it begins, then
                                                              {"number": number, "verdict": {...}}

Requests are pickles, written by the parent for its own child. Answers are JSON of bounded size: a reward that reads
text a model wrote could be subverted by it, and unpickling what such a process says would hand over the parent as well.
Code that a model wrote does not belong here but in the sandbox.
"""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rlvr.reward import Reward, describe, judge
from rlvr.scoring.frames import BEGIN, LARGEST_ANSWER, framed, read_message, write_all
from rlvr.verdict import Status, Verdict

LOAD: Final = "load"
SCORE: Final = "score"

_PR_SET_PDEATHSIG = 1


def main(parent: int) -> None:
    """Serves the process `parent` until it closes the pipe; never returns."""
    requests, answers = _take_channel()
    _leave_parents_signals()
    _die_with(parent)
    _step_forward_for_the_oom_killer()
    home = os.getpid()
    rewards: dict[int, Reward[Any]] = {}
    write_all(answers, framed(json.dumps({"ready": home}).encode()))
    while (message := read_message(requests)) is not None:
        kind, key, *rest = pickle.loads(message)  # from our own parent
        if kind == LOAD:
            answer = _load(rewards, key, *rest)
        else:
            number, sample = rest
            write_all(answers, BEGIN)
            answer = _encoded(number, judge(rewards[key], sample))
        if os.getpid() != home:
            os._exit(0)  # the reward forked; only the original answers
        write_all(answers, framed(answer))
    os._exit(0)


def _take_channel() -> tuple[int, int]:
    """Moves the pipes to private descriptors, so that neither `input()` nor `print()` of a reward reaches them."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        os.dup2(2, 1)
    except OSError:  # the parent has no standard error
        os.dup2(0, 1)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True)  # a worker ends without flushing
    return requests, answers


def _leave_parents_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with suppress(OSError, ValueError):
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _die_with(parent: int) -> None:
    """A worker busy in a reward does not see its pipe close when the parent is killed; Linux tells it by signal."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _step_forward_for_the_oom_killer() -> None:
    """When memory runs out, the worker goes and not the trainer; and it leaves no core file."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _load(rewards: dict[int, Reward[Any]], key: int, identity: str, path: list[str], pickled: bytes) -> bytes:
    sys.path[:] = path
    try:
        loaded: Reward[Any] = pickle.loads(pickled)  # from our own parent
        now = loaded.identity
    except BaseException as error:  # noqa: BLE001 - importing a user's module can raise anything, `exit()` included
        return json.dumps({"failed": describe(error)}).encode()
    if now != identity:
        why = f"its source changed after the run began: {identity} is now {now}. Restart the run to use the new one"
        return json.dumps({"failed": why}).encode()
    rewards[key] = loaded
    return json.dumps({"loaded": identity}).encode()


def _encoded(number: int, verdict: Verdict) -> bytes:
    try:
        answer = json.dumps({"number": number, "verdict": verdict.as_dict()}).encode()
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        return _encoded(
            number, Verdict.unscored(Status.ERROR, f"returned a verdict that is no data: {describe(error)}")
        )
    if len(answer) > LARGEST_ANSWER:
        return _encoded(number, Verdict.unscored(Status.ERROR, f"returned a verdict of {len(answer)} bytes"))
    return answer
