"""Answers known to be right or wrong are scored at each step beside the real ones, and never enter a batch.

A reward can be fine when a run begins and wrong later: a service that judges is changed, a model that judges is another
one. And it can be wrong from the beginning, where nobody probed it. Either way the run should say so while it goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from rlvr import registry
from rlvr.config.schema import TrainConfig
from rlvr.engine.run.data import TaskStreams
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.watch.canary_sets import Canary, CanarySet, derive_canaries, read_canaries
from rlvr.errors import FooledRewardError, shortened
from rlvr.observe.files import storable, write_text
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Sample, Task, prompt_text
from rlvr.testing.assertions import shown
from rlvr.testing.probing.floor import Score, score_in_portions
from rlvr.verdict import Verdict

_LOOKED_AT = 32
_SECONDS = 10.0
_PORTION = 8
_HINT = (
    "This step changed no weights. Mend the reward, then go on with `rlvr resume RUN --accept-changed-rewards`, or "
    "train anew; scoring.canaries=warn would go on."
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A canary that was judged the wrong way.

    Attributes:
        canary: It.
        of: The set it is from.
        verdict: What the reward said.
        step: When, from 1.
    """

    canary: Canary
    of: CanarySet
    verdict: Verdict
    step: int

    @property
    def kind(self) -> str:
        """What is wrong."""
        return "a right answer is not paid" if self.canary.right else "a wrong answer is paid"

    def __str__(self) -> str:
        sample = self.canary.sample
        where = f", source `{self.of.source}`" if self.of.source else ""
        return (
            f"Step {self.step}{where}: {self.kind} by `{self.of.reward}` ({self.canary.standing}):\n"
            f"  prompt       {shortened(repr(prompt_text(sample.prompt)), 200)}\n{shown(sample, self.verdict)}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The alarm as plain JSON data."""
        sample = self.canary.sample
        return {
            "step": self.step,
            "kind": self.kind,
            "source": self.of.source,
            "reward": self.of.reward,
            "task": sample.id,
            "prompt": prompt_text(sample.prompt),
            "reference": sample.reference,
            "completion": sample.completion,
            "limit": self.canary.limit,
            "standing": self.canary.standing,
            "verdict": self.verdict.as_dict(),
        }


@dataclass
class Canaries:
    """The canaries of a run; made at the first step that asks for them.

    Args:
        config: Of the run.
        streams: Its tasks.
        folder: Where alarms are written.
        scorers: Those of the run, whose workers judge the canaries too.
    """

    config: TrainConfig
    streams: TaskStreams
    folder: RunFolder
    scorers: Scorers
    _sets: dict[str, list[CanarySet]] | None = None
    _pending: list[tuple[CanarySet, list[Canary], Future[list[Verdict]]]] = field(
        default_factory=list[tuple[CanarySet, list[Canary], Future[list[Verdict]]]]
    )
    _said: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    _news: list[str] = field(default_factory=list[str])

    def begin(self, step: int) -> None:
        """Has those of a step scored in the background: one set of each source in turn, where rewards are several."""
        if self.config.scoring.canaries == "off":
            return
        if self._sets is None:
            self._sets = self._made()
            self._forget_from(step + 1)
        for sets in self._sets.values():
            chosen = sets[step % len(sets)]
            canaries = chosen.of(step // len(sets))
            future = self.scorers.of(chosen.reward).submit_aside([canary.sample for canary in canaries])
            self._pending.append((chosen, canaries, future))

    def end(self, step: int) -> dict[str, float]:
        """Metrics of those that `begin` sent out; what was judged the wrong way is written down and said.

        Raises:
            FooledRewardError: Something was, and `scoring.canaries` is `stop`.
        """
        pending, self._pending = self._pending, []
        if not pending:
            return {}
        start = time.perf_counter()
        judged = [
            Alarm(canary, chosen, verdict, step + 1)
            for chosen, canaries, future in pending
            for canary, verdict in zip(canaries, future.result(), strict=True)
        ]
        waited = time.perf_counter() - start
        scored = [one for one in judged if one.verdict.score is not None]
        alarms = [one for one in scored if ((one.verdict.score or 0.0) > one.canary.limit) != one.canary.right]
        self._report(alarms)
        return {
            "canaries/scored": len(scored),
            "canaries/wrong_paid": sum(not one.canary.right for one in alarms),
            "canaries/right_unpaid": sum(one.canary.right for one in alarms),
            "seconds/canaries": waited,
        }

    def take_news(self) -> list[str]:
        """What was found since the last call: the first of each kind, reward and source; the file has all."""
        news, self._news = self._news, []
        return news

    def _report(self, alarms: Sequence[Alarm]) -> None:
        if not alarms:
            return
        with self.folder.canaries_path.open("a", encoding="utf-8") as file:
            file.writelines(storable(json.dumps(alarm.as_dict(), ensure_ascii=False)) + "\n" for alarm in alarms)
        for alarm in alarms:
            key = (alarm.of.source, alarm.of.reward, alarm.kind)
            if key not in self._said:
                self._said.add(key)
                self._news.append(f"{alarm}\n  ({self.folder.canaries_path.name} has all such samples)")
        if self.config.scoring.canaries == "stop":
            raise FooledRewardError(str(alarms[0]), hint=_HINT)

    def _forget_from(self, step: int) -> None:
        """A resumed run does steps again, which are to be written down once."""
        path = self.folder.canaries_path
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if json.loads(line)["step"] < step]
            write_text(path, "".join(f"{line}\n" for line in kept))

    def _made(self) -> dict[str, list[CanarySet]]:
        made: dict[str, list[CanarySet]] = {}
        by_source = {name: self._tasks(name) for name in self.streams.train if name not in self.streams.environments}
        many = max(1, sum(map(len, by_source.values())))
        for source, by_reward in by_source.items():
            for name, tasks in by_reward.items():
                found = derive_canaries(
                    source,
                    name,
                    registry.get(name),
                    tasks,
                    self._scores(name, time.monotonic() + _SECONDS / many),
                    margin=self.config.scoring.probe_margin,
                    seed=self.config.run.seed,
                )
                if found is not None:
                    made.setdefault(source, []).append(found)
        if file := self.config.scoring.canary_file:
            for one in read_canaries(file, self.config.reward, registry.get):
                made[f"{file}:{one.reward}"] = [one]
        return made

    def _tasks(self, source: str) -> Mapping[str, list[Task]]:
        found: dict[str, dict[str, Task]] = {}
        for task in self.streams.train[source].take(0, _LOOKED_AT):
            if name := task.reward or self.config.reward:
                found.setdefault(name, {}).setdefault(repr((task.prompt, task.reference)), task)
        return {name: list(tasks.values()) for name, tasks in found.items()}

    def _scores(self, name: str, end: float) -> Score:
        def judge(portion: Sequence[Sample]) -> list[Verdict]:
            return self.scorers.of(name).submit_aside(portion).result()

        return lambda samples: score_in_portions(judge, samples, lambda: _PORTION, lambda: time.monotonic() >= end)
