"""The workers of a pool, and one thread's worker: it is handed samples, and replaced when it is lost."""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rlvr.errors import RewardDefinitionError
from rlvr.judging import describe, normalise
from rlvr.plain_reward import PlainReward
from rlvr.sample import Sample, is_list
from rlvr.scoring.nursery import Nursery, ServerLostError
from rlvr.scoring.process import DeadlinePassedError, WorkerLostError, WorkerProcess
from rlvr.scoring.worker import EACH, LOAD, TOGETHER
from rlvr.verdict import Status, Verdict

_MOST_LOSSES = 3
"""Workers that may be lost over one sample; more, and the machine is at fault, which the verdict then says."""

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)


class Workers:
    """A fork server with the rewards that it could load, and the workers that it forked; any thread may use it.

    Args:
        rewards: Every reward that will be asked for.

    Raises:
        RewardDefinitionError: A reward cannot be sent to another process.
    """

    def __init__(self, rewards: Sequence[PlainReward[Any]]) -> None:
        self.rewards = list(rewards)
        self.closed = False
        self._pickled = [_pickled(reward) for reward in self.rewards]
        self._running: dict[threading.Thread, WorkerProcess] = {}
        self._seconds = [0.0] * len(self.rewards)
        self._nursery: Nursery | None = None
        self._nursery_lock = threading.Lock()
        self._elsewhere: set[int] = set()
        self._unloadable: dict[int, str] = {}

    def fork(self) -> WorkerProcess:
        """A worker for the calling thread, with every reward that could be loaded before the fork.

        Raises:
            WorkerLostError: It could not be started.
        """
        process = WorkerProcess(self._server())
        self._running[threading.current_thread()] = process
        return process

    def forget(self) -> None:
        """Notes that the calling thread's worker is gone."""
        self._running.pop(threading.current_thread(), None)

    def refusal(self, key: int) -> str:
        """Why a reward cannot be loaded; empty where it can.

        Raises:
            ServerLostError: There is no fork server, and none could be started.
        """
        self._server()
        return self._unloadable.get(key, "")

    def loads_late(self, key: int) -> bool:
        """Whether each worker must load a reward itself, since workers do not have it from the fork server."""
        return key in self._elsewhere

    def refuse(self, key: int, why: str) -> str:
        """Notes that a reward cannot be loaded; that is not tried again. Gives the text for its verdicts."""
        return self._unloadable.setdefault(key, f"loading `{self.rewards[key].name}` in a process: {why}")

    def message(self, key: int) -> tuple[int, str, list[str], bytes]:
        """What a process needs to load a reward."""
        # The path is read now and not at the start: a notebook may have extended it.
        return key, self.rewards[key].identity, list(sys.path), self._pickled[key]

    def learn(self, key: int, seconds: float) -> None:
        """Takes in how long a sample took, which decides how many the next portion has."""
        self._seconds[key] += 0.2 * (seconds - self._seconds[key])

    def _server(self) -> Nursery:
        with self._nursery_lock:
            while self._nursery is None or self._nursery.lost:
                if self.closed:
                    raise ServerLostError("was ended")
                self._nursery = self._loaded(Nursery())
            return self._nursery

    def _loaded(self, nursery: Nursery) -> Nursery:
        for key in range(len(self.rewards)):
            if key in self._unloadable or key in self._elsewhere:
                continue
            try:
                answer = nursery.load(*self.message(key))
            except ServerLostError as error:  # of this reward; the next server does without it
                self.refuse(key, f"the process {error}")
                return nursery
            if "loaded" not in answer:
                self.refuse(key, str(answer.get("failed")))
            elif answer["threads"] > 1:
                # A fork has only one of them, and the locks of all: what started threads is loaded after the fork.
                self._elsewhere.add(key)
                nursery.close()
                return nursery
        return nursery


class Driver:
    """Gives the verdicts on samples, whatever the reward does to the worker; for one thread.

    Args:
        pool: What its workers come from.
    """

    def __init__(self, pool: Workers) -> None:
        self._pool = pool
        self._process: WorkerProcess | None = None
        self._loaded: set[int] = set()
        self._served = 0
        self._asked = 0

    def verdicts(self, key: int, samples: Sequence[Sample]) -> Iterator[tuple[int, Verdict]]:
        """Each sample's place and verdict, as they come.

        The worker answers in order, so what it was at when it hung or died is the first sample without an answer. The
        others go to its successor.
        """
        if self._pool.rewards[key].takes_many:
            yield from enumerate(self._together(key, samples))
            return
        done, losses = 0, 0
        while done < len(samples):
            try:
                for verdict in self._attempt(key, samples[done:]):
                    yield done, verdict
                    done, losses = done + 1, 0
            except DeadlinePassedError:
                self.retire()
                yield done, self._late(key)
                done, losses = done + 1, 0
            except WorkerLostError as error:
                losses += 1
                if self._is_final(error, losses):
                    yield done, self._lost(error)
                    done, losses = done + 1, 0

    def retire(self) -> None:
        """Ends the worker; the next sample starts another."""
        if self._process is not None:
            self._process.kill()
        self._pool.forget()
        self._process = None
        self._loaded.clear()
        self._served = 0

    def _together(self, key: int, samples: Sequence[Sample]) -> list[Verdict]:
        """One call for all samples; where a batch is lost, each goes alone, so that only the guilty pay."""
        losses = 0
        while True:
            try:
                return list(self._attempt(key, samples))
            except DeadlinePassedError:
                self.retire()
                failed = self._late(key)
                break
            except WorkerLostError as error:
                losses += 1
                if self._is_final(error, losses):
                    failed = self._lost(error)
                    break
        if self._pool.rewards[key].spec.form == "batch" and len(samples) > 1 and not self._pool.closed:
            return [self._together(key, [sample])[0] for sample in samples]
        return [failed] * len(samples)

    def _is_final(self, error: WorkerLostError, losses: int) -> bool:
        """Whether a lost worker is the fault of the sample it was at; retires the worker.

        One that has served others may have died of what they left behind, and one that had not begun of nothing we
        sent: a fresh one decides.
        """
        guilty = error.begun and not self._served
        self.retire()
        return guilty or losses > _MOST_LOSSES or self._pool.closed

    def _late(self, key: int) -> Verdict:
        timeout = self._pool.rewards[key].spec.timeout
        return Verdict.unscored(Status.TIMEOUT, f"killed after {timeout:.1f} s", elapsed=timeout)

    def _lost(self, error: WorkerLostError) -> Verdict:
        if self._pool.closed:
            return Verdict.unscored(Status.ERROR, "the scorer was closed before this sample was scored")
        return Verdict.unscored(Status.ERROR, f"the process that ran the reward {error}")

    def _attempt(self, key: int, samples: Sequence[Sample]) -> Iterator[Verdict]:
        """Verdicts from one request to one worker."""
        if self._pool.closed:
            raise WorkerLostError("was ended")
        try:
            process = self._ready(key)
        except ServerLostError as error:
            raise WorkerLostError(f"could not be started: its server {error}", begun=False) from error
        if isinstance(process, str):
            yield from [Verdict.unscored(Status.ERROR, process)] * len(samples)
            return
        reward = self._pool.rewards[key]
        together = reward.takes_many
        number = self._asked + 1
        try:
            kind = TOGETHER if together else EACH
            request = pickle.dumps((kind, key, number, list(samples)), protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - what a task's `data` holds is the user's, and can fail in any way
            if len(samples) == 1 or together:
                why = f"the sample cannot be sent to a process: {describe(error)}"
                yield from [Verdict.unscored(Status.ERROR, why)] * len(samples)
                return
            for sample in samples:
                yield from self._attempt(key, [sample])
            return
        self._asked += 1 if together else len(samples)
        start = time.perf_counter()
        answers = process.score(request, 1 if together else len(samples), reward.spec.timeout)
        for place, answer in enumerate(answers):
            now = time.perf_counter()
            elapsed, start = now - start, now
            self._pool.learn(key, elapsed)
            if together:
                yield from self._checked_all(key, answer, number, len(samples), elapsed)
            else:
                verdict = self._checked(key, answer, number + place)
                if verdict is None:
                    raise WorkerLostError("gave an unusable answer")
                yield replace(verdict, elapsed=elapsed)
            self._served += 1  # an answer that is none has served nobody

    def _ready(self, key: int) -> WorkerProcess | str:
        """A worker that has the reward loaded, or why it cannot be loaded."""
        if why := self._pool.refusal(key):
            return why
        process = self._process
        if process is None:
            process = self._process = self._pool.fork()
        if not self._pool.loads_late(key) or key in self._loaded:
            return process
        try:
            answer = process.load(pickle.dumps((LOAD, *self._pool.message(key))))
        except (WorkerLostError, DeadlinePassedError) as error:
            if self._pool.closed:
                raise WorkerLostError("was ended") from None
            self.retire()
            return self._pool.refuse(key, f"the process {error}" if str(error) else "it took too long")
        if "loaded" not in answer:
            return self._pool.refuse(key, str(answer.get("failed")))
        self._loaded.add(key)
        return process

    def _checked(self, key: int, answer: dict[str, Any], number: int) -> Verdict | None:
        """The verdict in an answer, trusted no further than a reward's own return value; `None` for no verdict."""
        try:
            verdict = normalise(Verdict.from_dict(answer["verdict"]), self._pool.rewards[key].range)
            return verdict if answer["number"] == number else None
        except _UNREADABLE:
            return None

    def _checked_all(
        self, key: int, answer: dict[str, Any], number: int, count: int, elapsed: float
    ) -> Iterator[Verdict]:
        given = answer.get("verdicts")
        rows = given if is_list(given) and len(given) == count else []
        verdicts = [self._checked(key, {"number": answer.get("number"), "verdict": row}, number) for row in rows]
        if len(verdicts) != count or None in verdicts:
            raise WorkerLostError("gave an unusable answer")
        yield from (replace(verdict, elapsed=elapsed / count) for verdict in verdicts if verdict is not None)


def _pickled(reward: PlainReward[Any]) -> bytes:
    import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

    try:
        return cloudpickle.dumps(reward)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except Exception as error:
        raise RewardDefinitionError(
            f"`{reward.name}` cannot be sent to another process: {describe(error)}.",
            hint="It uses something that cannot be copied (a lock, a file, a model): create that inside the function, "
            "or move the reward into a module that can be imported.",
        ) from error
