"""The worker's loop: segments come in as callers send them, and are scored in rounds of what is there.

    {"load": {"kind", "checkpoint", "device", "precision", "tokens"}}  ->  {"ready": {...}} or {"failed": {...}}
    {"segments": [[number, src, mt, ref or null], ...], "alone": false}
                                                             ->  {"begun": [number, ...]}, then
                                                                 {"results": [[number, {...}], ...]}, in any order

A result is `{"score", "parts", "spans"?, "open"?}`, `{"too_long": {...}}` or `{"error": text}`.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO, Final

from rlvr.rewards.translation.comet.frames import framed, read_message
from rlvr.rewards.translation.comet.worker.kinds import LoadError, Segment
from rlvr.rewards.translation.comet.worker.loading import load

ROUND: Final = 512
"""Segments of one round, at most: what comes later waits for no more than these."""

_LACKS: Final = {"error": "the model compares with a reference translation, and there is none"}

_Item = tuple[int, Segment, bool]


def main() -> None:
    """Serves until the caller closes its end or is gone."""
    requests, answers = _take_pipes()
    _leave_with(os.getppid())
    first = read_message(requests)
    if first is None:
        return
    try:
        metric = load(**first["load"])
    except LoadError as error:
        _send(answers, {"failed": {"why": str(error), "hint": error.hint}})
        return
    _send(answers, {"ready": metric.about()})
    waiting: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, waiting), daemon=True).start()
    needs_reference = metric.about()["references"] == "needed"
    for round in _rounds(waiting):
        items = [item for item in round if item[1].ref is not None] if needs_reference else round
        if len(items) < len(round):
            _send(answers, {"results": [[number, _LACKS] for number, segment, _ in round if segment.ref is None]})
        _send(answers, {"begun": [number for number, _, _ in items]})
        for places, results in metric.score([segment for _, segment, _ in items]):
            found = [[items[place][0], result] for place, result in zip(places, results, strict=True)]
            _send(answers, {"results": found})


def _receive(requests: BinaryIO, waiting: queue.SimpleQueue[list[_Item] | None]) -> None:
    while (message := read_message(requests)) is not None:
        alone = bool(message.get("alone"))
        waiting.put([(number, Segment(*texts), alone) for number, *texts in message["segments"]])
    waiting.put(None)


def _rounds(waiting: queue.SimpleQueue[list[_Item] | None]) -> Iterator[list[_Item]]:
    """What there is, in the order it came; a segment that shall be alone makes a round of its own."""
    rest: list[_Item] = []
    while True:
        more = [] if rest else [waiting.get()]
        while len(rest) + sum(len(one or ()) for one in more) < ROUND:
            try:
                more.append(waiting.get_nowait())
            except queue.Empty:
                break
        if None in more:
            return
        rest += [item for one in more if one is not None for item in one]
        count = 1 if rest[0][2] else next((i for i, item in enumerate(rest[:ROUND]) if item[2]), min(len(rest), ROUND))
        yield rest[:count]
        rest = rest[count:]


def _send(answers: BinaryIO, message: object) -> None:
    answers.write(framed(message))
    answers.flush()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes of the protocol, out of reach of whatever prints or reads."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    sys.stdout = sys.stderr
    return requests, answers


def _leave_with(parent: int) -> None:
    """Ends with the caller, even where a child of the caller has inherited its end of the pipe."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
