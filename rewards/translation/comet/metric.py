"""`Metric`: what rewards ask. Any thread; answers outlive workers, and equal segments are scored once."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from rlvr.errors import MissingDependencyError, ModelError, RlvrError
from rlvr.rewards.translation.comet.process import Numbered, Worker
from rlvr.rewards.translation.comet.settings import Settings

REMEMBERED: Final = 200_000
"""Results that are kept, by text."""

ATTEMPTS: Final = 4
"""Workers that may be lost over a segment before it is given up; from the third on it is scored alone."""

_TOGETHER: Final = 2

PATIENCE: Final = 600.0
"""Seconds without any answer after which a worker is taken to hang, and killed."""

_FAILS_FOR: Final = 20.0
"""Seconds for which a checkpoint that could not be loaded is not tried again."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A source, its translation, and a reference translation where there is one."""

    src: str
    mt: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An error that the model sees in a translation.

    Args:
        start: First character.
        end: Behind the last character.
        severity: `minor`, `major` or `critical`.
        confidence: Mean probability of the severity's tags.
        counted: Whether it is in the score: comet itself leaves out a span that runs to the end of the translation.
    """

    start: int
    end: int
    severity: str
    confidence: float
    counted: bool = True


@dataclass(frozen=True, slots=True)
class TooLong:
    """A segment that the model would not see whole.

    Args:
        window: Tokens that it sees.
        mt: Tokens of the translation.
        src: Of the source.
        ref: Of the reference.
        each: Whether the window is for each text alone (0: that text fits), or for all together.
    """

    window: int
    mt: int
    src: int
    ref: int
    each: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a metric says of a segment: a score, or why there is none.

    Args:
        score: As the metric has it; None where one of the next two says why.
        too_long: The segment does not fit the model's window, and was not scored.
        error: It could not be scored.
        parts: What the score is made of (`src`, `ref`, `unified`, `mqm` of an XCOMET).
        spans: Errors, by models that find them.
    """

    score: float | None
    too_long: TooLong | None = None
    error: str = ""
    parts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    spans: tuple[Span, ...] = ()


@dataclass(slots=True)
class Counts:
    """What a metric has done since it was made."""

    asked: int = 0
    remembered: int = 0
    scored: int = 0
    lost_workers: int = 0
    resubmitted: int = 0


@dataclass(slots=True)
class _Pending:
    segment: Segment
    future: Future[Result]
    begun: bool = False
    losses: int = 0


class Metric:
    """A model behind a worker process, for all threads of this one.

    The worker is started when first needed, and again when it is lost: what it had not answered is asked again.

    Args:
        settings: Which model, and how it runs.

    >>> Metric(Settings("wmt22-comet-da")).counts().asked
    0
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._known: OrderedDict[Segment, Result] = OrderedDict()
        self._numbers: dict[Segment, int] = {}
        self._pending: dict[int, _Pending] = {}
        self._next = 0
        self._worker: Worker | None = None
        self._counts = Counts()
        self._closed = False
        self._answered = 0
        self._failed: tuple[MissingDependencyError | ModelError, float] | None = None

    def score(self, segments: Sequence[Segment]) -> list[Result]:
        """A result for each segment, in order.

        Raises:
            MissingDependencyError: The metrics' environment is not there.
            ModelError: The checkpoint cannot be loaded.
        """
        self._running()
        found: list[Result | Future[Result]] = []
        new: list[Numbered] = []
        with self._lock:
            self._counts.asked += len(segments)
            for segment in map(_clean, segments):
                found.append(self._find(segment, new))
            self._counts.scored += len(new)
        if new:
            self._ask(new)
        return [one if isinstance(one, Result) else self._wait(one) for one in found]

    def about(self) -> Mapping[str, Any]:
        """What the model is: class, device, precision, window, whether it needs references. Starts the worker.

        Raises:
            MissingDependencyError, ModelError: See `score`.
        """
        return MappingProxyType(self._running().about)

    def counts(self) -> Counts:
        """Segments asked for, remembered and scored, workers lost, segments asked again."""
        with self._lock:
            counts = self._counts
            return Counts(counts.asked, counts.remembered, counts.scored, counts.lost_workers, counts.resubmitted)

    def worker_pid(self) -> int | None:
        """The worker's process, where one runs."""
        return None if self._worker is None else self._worker.pid

    def forget(self) -> None:
        """Forgets all results, so that equal segments are scored again."""
        with self._lock:
            self._known.clear()

    def close(self) -> None:
        """Ends the worker; whoever waits gets results with an error."""
        self._closed = True
        with self._starting:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
        self._give_up(list(self._pending), "the metric was closed")

    def _find(self, segment: Segment, new: list[Numbered]) -> Result | Future[Result]:
        known = self._known.get(segment)
        if known is not None:
            self._known.move_to_end(segment)
            self._counts.remembered += 1
            return known
        number = self._numbers.get(segment)
        if number is not None:
            self._counts.remembered += 1
            return self._pending[number].future
        number = self._next = self._next + 1
        self._numbers[segment] = number
        pending = self._pending[number] = _Pending(segment, Future())
        new.append((number, segment.src, segment.mt, segment.ref))
        return pending.future

    def _ask(self, new: Sequence[Numbered]) -> None:
        try:
            # Whoever replaces a lost worker asks again what is pending then. What is sent to one that was replaced
            # before is not among it; a number that comes twice is harmless.
            sent = None
            while sent is None or sent is not self._worker:
                sent = self._running()
                sent.send(new)
        except RlvrError as error:
            self._give_up([number for number, *_ in new], str(error))

    def _wait(self, future: Future[Result]) -> Result:
        while True:
            before = self._answered
            try:
                return future.result(PATIENCE)
            except FutureTimeoutError:
                worker = self._worker
                if worker is not None and self._answered == before:
                    worker.kill()  # which is then lost, and replaced

    def _running(self) -> Worker:
        worker = self._worker
        if worker is not None:
            return worker
        with self._starting:
            if self._closed:
                raise RlvrError("The metric is closed.")
            if self._worker is None:
                self._worker = self._start()
            return self._worker

    def _start(self) -> Worker:
        # A reward that fails is called again sample by sample, and loading takes a while to fail.
        if self._failed is not None and time.monotonic() < self._failed[1]:
            error = self._failed[0]
            raise type(error)(error.message, hint=error.hint)
        try:
            worker = Worker(self.settings, self._begun, self._done, self._lost)
        except (MissingDependencyError, ModelError) as error:
            self._failed = (error, time.monotonic() + _FAILS_FOR)
            raise
        self._failed = None
        return worker

    def _begun(self, numbers: list[int]) -> None:
        with self._lock:
            for number in numbers:
                if number in self._pending:
                    self._pending[number].begun = True

    def _done(self, number: int, row: Mapping[str, Any]) -> None:
        result = _read(row)
        with self._lock:
            pending = self._pending.pop(number, None)
            if pending is None:
                return
            self._answered += 1
            del self._numbers[pending.segment]
            if not result.error:
                self._known[pending.segment] = result
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        pending.future.set_result(result)

    def _lost(self, how: str) -> None:
        """In the lost worker's listening thread: starts another, and asks again."""
        if self._closed:
            return
        with self._lock:
            self._counts.lost_workers += 1
            for pending in self._pending.values():
                pending.losses += pending.begun
                pending.begun = False
            hopeless = [number for number, one in self._pending.items() if one.losses >= ATTEMPTS]
        self._give_up(hopeless, f"{ATTEMPTS} workers were lost over it; the last {how}")
        with self._starting:
            self._worker = None
        if self._pending:
            try:
                self._ask_again(self._running())
            except RlvrError as error:
                self._give_up(list(self._pending), str(error))

    def _ask_again(self, worker: Worker) -> None:
        with self._lock:
            rows = [(number, one) for number, one in self._pending.items()]
            self._counts.resubmitted += len(rows)
        for alone in (False, True):
            chosen = [
                (number, one.segment.src, one.segment.mt, one.segment.ref)
                for number, one in rows
                if (one.losses >= _TOGETHER) == alone
            ]
            if chosen:
                worker.send(chosen, alone=alone)

    def _give_up(self, numbers: Sequence[int], why: str) -> None:
        for number in numbers:
            self._done(number, {"error": why})


_shared: dict[tuple[int, Settings], Metric] = {}
_sharing = threading.Lock()


def shared_metric(settings: Settings) -> Metric:
    """This process's metric of those settings, made when it is first asked for."""
    # A forked child must not share its parent's pipes.
    key = (os.getpid(), settings)
    with _sharing:
        if key not in _shared:
            metric = _shared[key] = Metric(settings)
            atexit.register(_close, metric, os.getpid())
        return _shared[key]


def _close(metric: Metric, owner: int) -> None:
    if os.getpid() == owner:
        metric.close()


def _clean(segment: Segment) -> Segment:
    """Without halves of surrogate pairs, which no tokenizer takes."""
    texts = [segment.src, segment.mt, segment.ref or ""]
    if all(text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts):
        return segment
    src, mt, ref = (text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts)
    return Segment(src, mt, None if segment.ref is None else ref)


def _read(row: Mapping[str, Any]) -> Result:
    if "too_long" in row:
        return Result(None, too_long=TooLong(**row["too_long"]))
    if "error" in row:
        return Result(None, error=str(row["error"]))
    spans = [_span(one, counted=True) for one in row.get("spans", ())]
    if row.get("open"):
        spans.append(_span(row["open"], counted=False))
    return Result(float(row["score"]), parts=row.get("parts", {}), spans=tuple(spans))


def _span(row: Mapping[str, Any], *, counted: bool) -> Span:
    return Span(row["start"], row["end"], row["severity"], row["confidence"], counted)
