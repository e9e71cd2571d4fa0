"""GRPO and its kin: sample groups, score them, move the policy towards the better half."""

from __future__ import annotations

import time
from statistics import fmean

import numpy as np

from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.rollout.prompts import EncodedTask
from rlvr.engine.run.collect import Rollouts, collect, joined
from rlvr.engine.run.rows import rollout_rows
from rlvr.engine.run.session import Session
from rlvr.engine.update.batch import TrainBatch
from rlvr.engine.update.experience import contrasting, train_batch
from rlvr.engine.update.update import UpdateReport
from rlvr.errors import EngineError
from rlvr.observe.divergence import Divergence, watched_statistics
from rlvr.observe.groups import group_statistics, source_statistics
from rlvr.observe.metrics import read_metrics
from rlvr.observe.rollout_rows import write_rollouts


class Grpo:
    """One step: draw `prompts_per_step * group_size` samples, score them while drawing, update, hand over the weights.

    Args:
        session: Of the run.
    """

    name = "grpo"
    evaluates = True
    best = None

    def __init__(self, session: Session) -> None:
        self.session = session
        self.steps, self.optim = session.config.run.steps, session.config.optim
        self._divergence: Divergence | None = None

    def done(self, step: int) -> bool:
        """GRPO goes through all its steps."""
        return False

    def evaluate(self) -> dict[str, float]:
        """Scores on the held-out tasks."""
        return self.session.evaluate()

    def step(self, step: int) -> dict[str, float]:
        """One step; returns metrics and writes the rollouts."""
        session, config, start = self.session, self.session.config, time.perf_counter()
        session.canaries.begin(step)
        rounds, places = self._rounds(step)
        canaries = session.canaries.end(step)
        drawn = joined(rounds, [(n, group) for n, found in enumerate(rounds) for group in range(len(found.tasks))])
        rollouts = joined(rounds, places)
        batch = train_batch(session.actors, config, session.reward, rollouts)
        prepared = time.perf_counter()
        try:
            report = session.actors.update(batch)
        except EngineError:
            self._save(rollouts, batch, UpdateReport({}, {}), step)  # the message sends its reader to these samples
            raise
        updated = time.perf_counter()
        session.actors.sync()
        synced = time.perf_counter()
        self._save(rollouts, batch, report, step)
        seconds = time.perf_counter() - start
        return {
            **self._statistics(drawn),
            **self._redrawn(len(rounds), drawn, rollouts),
            **self._watched(drawn, step),
            **canaries,
            **report.metrics,
            "tokens/per_second": sum(len(completion.ids) for completion in drawn.completions) / seconds,
            "seconds/generate": drawn.seconds_generate,
            "seconds/score_wait": drawn.seconds_score_wait,
            "seconds/update": updated - prepared,
            "seconds/sync": synced - updated,
            "seconds/step": seconds,
        }

    def _rounds(self, step: int) -> tuple[list[Rollouts], list[tuple[int, int]]]:
        """Samples of the step's tasks, and of others instead of those that have nothing to teach.

        Returns:
            What each round drew, and the round and group that fills each place of the batch. A place that no round
            could fill keeps its first group, which moves nothing.
        """
        session, algorithm = self.session, self.session.config.algorithm
        rounds = [self._collect(session.draw(self.name, algorithm.prompts_per_step), step, 0)]
        places = [(0, group) for group in range(algorithm.prompts_per_step)]
        waiting = list(range(len(places)))
        while algorithm.redraws:
            usable = contrasting(session.config, session.reward, rounds[-1])
            for group, (place, found) in enumerate(zip(waiting, usable, strict=True)):
                places[place] = (len(rounds) - 1, group) if found else places[place]
            waiting = [place for place, found in zip(waiting, usable, strict=True) if not found]
            if not waiting or len(rounds) > algorithm.redraws:
                break
            others = session.redraw(self.name, [rounds[0].tasks[place] for place in waiting])
            rounds.append(self._collect(others, step, len(rounds)))
        return rounds, places

    def _collect(self, tasks: list[EncodedTask], step: int, number: int) -> Rollouts:
        session = self.session
        rollouts = collect(
            session.actors,
            session.tokenizer,
            session.stop,
            tasks,
            group_size=session.config.algorithm.group_size,
            sampling=self._sampling(step, number),
            scorers={"train": session.scorer},
        )
        size = rollouts.group_size
        for group, task in enumerate(tasks):
            low, high = session.reward(task.task).range
            verdicts = rollouts.verdicts["train"][group * size : (group + 1) * size]
            if scores := [verdict.score for verdict in verdicts if verdict.score is not None]:
                session.note(self.name, task, (fmean(scores) - low) / (high - low))
        return rollouts

    def _sampling(self, step: int, number: int) -> Sampling:
        rollout = self.session.config.rollout
        return Sampling(
            max_new_tokens=rollout.max_new_tokens,
            temperature=rollout.temperature,
            top_k=rollout.top_k,
            top_p=rollout.top_p,
            # Steps must not share draws, nor the rounds of one, nor runs whose seeds are neighbours.
            seed=int(
                np.random.SeedSequence([self.session.config.run.seed, step, number]).generate_state(1, np.uint64)[0]
            ),
        )

    def _save(self, rollouts: Rollouts, batch: TrainBatch, report: UpdateReport, step: int) -> None:
        session = self.session
        if not session.config.run.save_rollouts:
            return
        identities = [session.scorer(task).identity for task in rollouts.tasks for _ in range(rollouts.group_size)]
        run = session.folder.path.name
        rows = rollout_rows(rollouts, batch, report, run=run, step=step + 1, identities=identities)
        write_rollouts(session.folder, step + 1, rows)

    def _redrawn(self, rounds: int, drawn: Rollouts, kept: Rollouts) -> dict[str, float]:
        """How much dynamic sampling had to draw, and what it could not replace."""
        if not self.session.config.algorithm.redraws:
            return {}
        usable = contrasting(self.session.config, self.session.reward, kept)
        return {
            "redraws/rounds": rounds - 1,
            "redraws/groups": len(drawn.tasks) - len(kept.tasks),
            "redraws/unfilled": usable.count(False),
        }

    def _watched(self, rollouts: Rollouts, step: int) -> dict[str, float]:
        """What is watched beside the reward, and whether the two part."""
        numbers = watched_statistics(rollouts.verdicts["train"])
        if numbers and self._divergence is None:
            earlier = [
                line for line in read_metrics(self.session.folder) if "stage" not in line and line["step"] <= step
            ]
            self._divergence = Divergence(earlier)
        return numbers | (self._divergence.update(numbers) if self._divergence else {})

    def _statistics(self, rollouts: Rollouts) -> dict[str, float]:
        lengths = [len(completion.ids) for completion in rollouts.completions]
        truncated = [completion.truncated for completion in rollouts.completions]
        groups = [i // rollouts.group_size for i in range(len(lengths))]
        verdicts, usable = rollouts.verdicts["train"], contrasting(self.session.config, self.session.reward, rollouts)
        log_probs = np.concatenate([completion.drawn_log_probs for completion in rollouts.completions])
        turns = [completion.turns for completion in rollouts.completions]
        lowest, highest = zip(*(self.session.reward(task.task).range for task in rollouts.tasks), strict=True)
        return {
            # An unbiased estimate of the policy's entropy, at no cost; the exact one replaces it where it is computed.
            "entropy": float(-log_probs.mean()),
            "length/mean": float(np.mean(lengths)),
            "length/max": float(np.max(lengths)),
            "truncated/rate": float(np.mean(truncated)),
            **({"turns/mean": float(np.mean(turns))} if any(task.env for task in rollouts.tasks) else {}),
            **group_statistics(verdicts, truncated, groups, (min(lowest), max(highest))),
            **source_statistics([task.source for task in rollouts.tasks], verdicts, lengths, usable, highest),
        }
