"""The child process in which a reward runs that may hang or crash; `rlvr.scoring.process` is its parent's handle.

It reads requests from one pipe and answers on another:

    (LOAD, key, identity, sys.path, pickled reward)   ->  {"loaded": identity} or {"failed": why}
    (EACH, key, number, samples)                      ->  an empty message when it begins, then for each sample
                                                          {"number": number, "verdict": {...}}, counting up
    (TOGETHER, key, number, samples)                  ->  an empty message, then {"number": number, "verdicts": [...]}

Requests are pickles, written by the parent for its own child. Answers are JSON of bounded size: a reward that reads
text a model wrote could be subverted by it, and unpickling what such a process says would hand over the parent as well.
Code that a model wrote does not belong here but in the sandbox.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import random
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rlvr.judging import describe, judge_one, judge_together
from rlvr.plain_reward import PlainReward
from rlvr.scoring.frames import BEGIN, LARGEST_ANSWER, framed, read_message, write_all
from rlvr.verdict import Status, Verdict

LOAD: Final = "load"
EACH: Final = "each"
TOGETHER: Final = "together"

STACK: Final = 64 << 20
"""Bytes of stack: a parser that recurses in C on a hostile text ends there, and not in the machine's memory."""

_PR_SET_PDEATHSIG = 1


def main(server: int, requests: int, answers: int, printing: int, rewards: dict[int, PlainReward[Any]]) -> None:
    """Serves until the parent closes `requests`; never returns.

    Args:
        server: The process this one was forked from, with which it dies.
        requests: Descriptor to read from.
        answers: Descriptor to write to.
        printing: Descriptor that takes what rewards print.
        rewards: What the server has loaded already, by key.
    """
    with suppress(OSError):
        os.setsid()
    _die_with(server)
    _give_up_the_terminal(printing)
    _leave_parents_signals()
    _bound()
    home, room = os.getpid(), _address_space()
    random.seed()  # else every worker would draw what the server would have drawn
    while (message := read_message(requests)) is not None:
        kind, key, *rest = pickle.loads(message)  # from our own parent
        if kind == LOAD:
            loaded, failed = load(*rest)
            if loaded is not None:
                rewards[key], room = loaded, _address_space()
            answer = {"failed": failed} if loaded is None else {"loaded": loaded.identity}
            write_all(answers, framed(json.dumps(answer).encode()))
            continue
        number, samples = rest
        reward = rewards[key]
        _limit_memory(room, reward.spec.memory)
        write_all(answers, BEGIN)
        if kind == TOGETHER:
            replies = iter([_encoded(number, judge_together(reward, samples))])
        else:
            replies = (_encoded(number + i, judge_one(reward, sample)) for i, sample in enumerate(samples))
        for reply in replies:
            if os.getpid() != home:
                os._exit(0)  # the reward forked; only the original answers
            write_all(answers, framed(reply))
    os._exit(0)


def load(identity: str, path: list[str], pickled: bytes) -> tuple[PlainReward[Any] | None, str]:
    """The reward, or why there is none.

    Args:
        identity: What it must turn out to be.
        path: The parent's `sys.path`.
        pickled: From our own parent.
    """
    sys.path[:] = path
    try:
        loaded: PlainReward[Any] = pickle.loads(pickled)
        now = loaded.identity
        for module in loaded.spec.preload:
            importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - importing a user's module can raise anything, `exit()` included
        return None, describe(error)
    if now != identity:
        return None, f"its source changed after the run began: {identity} is now {now}. Restart the run to use it"
    return loaded, ""


def _give_up_the_terminal(printing: int) -> None:
    """Neither `input()` nor `print()` of a reward reaches the pipes of the protocol."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for descriptor in (1, 2):
        os.dup2(printing, descriptor)
    for descriptor in (nothing, printing):
        os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True)  # a worker ends without flushing


def _leave_parents_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with suppress(OSError, ValueError):
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _die_with(server: int) -> None:
    """A worker busy in a reward does not see its pipe close when everybody is killed; Linux tells it by signal."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(0)


def _bound() -> None:
    """The worker is the first to go when memory runs out, leaves no core file, and has a stack with an end."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")
    for what, bound in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_STACK, STACK)):
        with suppress(OSError, ValueError):
            _, hard = resource.getrlimit(what)
            resource.setrlimit(what, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def _address_space() -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _limit_memory(room: int, mebibytes: int) -> None:
    if not room:  # no /proc, and nothing to reckon from
        return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = room + (mebibytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _encoded(number: int, found: Verdict | list[Verdict]) -> bytes:
    content: object = [one.as_dict() for one in found] if isinstance(found, list) else None
    name = "verdicts" if isinstance(found, list) else "verdict"
    try:
        content = content if isinstance(found, list) else found.as_dict()
        answer = json.dumps({"number": number, name: content}).encode()
        why = "" if len(answer) <= LARGEST_ANSWER else f"returned a verdict of {len(answer)} bytes"
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        answer, why = b"", f"returned a verdict that is no data: {describe(error)}"
    if not why:
        return answer
    failed = Verdict.unscored(Status.ERROR, why)
    return _encoded(number, [failed] * len(found) if isinstance(found, list) else failed)
