"""From tasks to scored samples: completions are scored while others are still being generated.

Where an environment answers, its episodes go on together: all that wait for the model's next turn are one call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from rlvr.engine.policy.model import Tokenizer
from rlvr.engine.rollout.episode import Episode
from rlvr.engine.rollout.generation import Completion, Sampling
from rlvr.engine.rollout.prompts import EncodedTask, decode
from rlvr.engine.run.actors import Actors
from rlvr.errors import EngineError
from rlvr.sample import Sample, sample_of
from rlvr.scoring import Scorer
from rlvr.verdict import Status, Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rollouts:
    """The samples of a step, groups side by side; B = tasks * group_size of each.

    Attributes:
        tasks: The tasks, one a group.
        group_size: Samples of each task.
        completions: What was drawn.
        samples: What the rewards saw.
        verdicts: What they said, or what several rewards said where several were asked.
        arrived: Seconds from the start until each completion was finished.
        seconds_generate: Seconds of generation.
        seconds_score_wait: Seconds spent waiting for verdicts once everything was generated.
    """

    tasks: Sequence[EncodedTask]
    group_size: int
    completions: Sequence[Completion]
    samples: Sequence[Sample]
    verdicts: Mapping[str, Sequence[Verdict]]
    arrived: Sequence[float]
    seconds_generate: float
    seconds_score_wait: float


def collect(
    actors: Actors,
    tokenizer: Tokenizer,
    stop: Sequence[int],
    tasks: Sequence[EncodedTask],
    *,
    group_size: int,
    sampling: Sampling,
    scorers: Mapping[str, Callable[[EncodedTask], Scorer]],
) -> Rollouts:
    """Draws `group_size` completions of each task and scores each as soon as it is there.

    Args:
        actors: Who generates.
        tokenizer: Turns completions into text.
        stop: Ids that end a completion and are no part of its text.
        tasks: With their prompts encoded.
        group_size: Samples of each task.
        sampling: How to draw.
        scorers: For each kind of verdict wanted (`train`, `strict`, ...), the scorer of a task.

    Raises:
        EngineError: A probability is not finite.
        ErrorBudgetError: More samples could not be scored than may be.
    """
    start = time.perf_counter()
    count = len(tasks) * group_size
    completions: list[Completion | None] = [None] * count
    samples: list[Sample | None] = [None] * count
    arrived = [0.0] * count
    failures: dict[int, str] = {}
    pending: list[tuple[str, list[int], Future[list[Verdict]]]] = []
    for finished in _finished(actors, tokenizer, stop, tasks, group_size, sampling):
        now = time.perf_counter() - start
        for one in finished:
            i = one.completion.index
            completions[i], samples[i], arrived[i] = one.completion, one.sample, now
            if one.failure:
                failures[i] = one.failure
        there = [one.completion.index for one in finished]
        for kind, scorer_of in scorers.items():
            for scorer, new in _by_scorer(scorer_of, tasks, group_size, there):
                places = _completed(new, samples, group_size) if scorer.reward.compares else new
                for part, why in _judgeable(places, failures, group_size if scorer.reward.compares else 1):
                    pending.append((kind, part, _verdicts(scorer, [_there(samples[i]) for i in part], why)))
    generated = time.perf_counter()
    verdicts: dict[str, list[Verdict | None]] = {kind: [None] * count for kind in scorers}
    for kind, places, future in pending:
        for i, verdict in zip(places, future.result(), strict=True):
            verdicts[kind][i] = verdict
    return Rollouts(
        tasks=tasks,
        group_size=group_size,
        completions=[_there(completion) for completion in completions],
        samples=[_there(sample) for sample in samples],
        verdicts={kind: [_there(verdict) for verdict in column] for kind, column in verdicts.items()},
        arrived=arrived,
        seconds_generate=generated - start,
        seconds_score_wait=time.perf_counter() - generated,
    )


def joined(rounds: Sequence[Rollouts], places: Sequence[tuple[int, int]]) -> Rollouts:
    """Groups of several calls of `collect` as one; their times add up.

    Args:
        rounds: What the calls gave, with the same kinds of verdicts.
        places: Round and group of each group that is wanted.
    """
    size = rounds[0].group_size
    rows = [(rounds[n], group * size + member) for n, group in places for member in range(size)]
    return Rollouts(
        tasks=[rounds[n].tasks[group] for n, group in places],
        group_size=size,
        completions=[replace(rollouts.completions[row], index=i) for i, (rollouts, row) in enumerate(rows)],
        samples=[rollouts.samples[row] for rollouts, row in rows],
        verdicts={kind: [rollouts.verdicts[kind][row] for rollouts, row in rows] for kind in rounds[0].verdicts},
        arrived=[rollouts.arrived[row] for rollouts, row in rows],
        seconds_generate=sum(rollouts.seconds_generate for rollouts in rounds),
        seconds_score_wait=sum(rollouts.seconds_score_wait for rollouts in rounds),
    )


@dataclass(frozen=True, slots=True)
class _Finished:
    """A sample that no more is drawn for.

    Attributes:
        completion: All that follows the prompt.
        sample: What a reward sees.
        failure: Why no reward can be asked; empty where one can.
    """

    completion: Completion
    sample: Sample
    failure: str = ""


def _finished(
    actors: Actors,
    tokenizer: Tokenizer,
    stop: Sequence[int],
    tasks: Sequence[EncodedTask],
    group_size: int,
    sampling: Sampling,
) -> Iterator[list[_Finished]]:
    """The samples of a step as they are finished; conversations go from turn to turn."""
    episodes: dict[int, Episode] = {}
    waiting: list[int] = []

    def taken(completion: Completion) -> list[_Finished]:
        i = completion.index
        task, member = tasks[i // group_size], i % group_size
        _check(completion, task.task.id)
        name, group = f"{task.task.id}#{member}", f"{task.task.id}/{i // group_size}"
        if task.env is None:
            return [_Finished(completion, _sample(tokenizer, stop, task, completion, name, group))]
        episode = episodes.setdefault(i, Episode(tokenizer, stop, task, sampling.max_new_tokens))
        if episode.add(completion.ids.tolist(), completion.log_probs.tolist()):
            waiting.append(i)
            return []
        talk = episodes.pop(i).conversation()
        return [_Finished(episode.completion(i), talk.sample(task.task, id=name, group=group), talk.failure)]

    for drawn in actors.generate([task.ids for task in tasks], group_size, sampling):
        if done := [one for completion in drawn for one in taken(completion)]:
            yield done
    turn = 0
    while waiting:
        turn, active, waiting = turn + 1, sorted(waiting), []
        following = replace(
            sampling,
            # Room differs; an episode keeps of its turn what it has room for.
            max_new_tokens=max(episodes[i].room for i in active),
            seed=int(np.random.SeedSequence([sampling.seed, turn]).generate_state(1, np.uint64)[0]),
            places=tuple(active),
        )
        for drawn in actors.generate([episodes[i].prompt for i in active], 1, following):
            renamed = [replace(completion, index=active[completion.index]) for completion in drawn]
            if done := [one for completion in renamed for one in taken(completion)]:
                yield done


def _sample(
    tokenizer: Tokenizer, stop: Sequence[int], task: EncodedTask, completion: Completion, name: str, group: str
) -> Sample:
    return sample_of(
        task.task,
        decode(tokenizer, completion.ids.tolist(), stop),
        truncated=completion.truncated,
        n_tokens=len(completion.ids),
        reasoning_open=task.reasoning_open,
        id=name,
        group=group,
    )


def _judgeable(places: Sequence[int], failures: Mapping[int, str], together: int) -> list[tuple[list[int], str]]:
    """Samples that a reward can be asked about, in one part, and those that it cannot, with the reason.

    Args:
        places: Of the samples.
        failures: Of those that failed, why.
        together: Samples that are judged as one: a ranking of the rest of a group would mean something else.
    """
    if not failures:
        return [(list(places), "")] if places else []
    reasons = {i // together: why for i, why in failures.items()}
    parts = [([i for i in places if i // together not in reasons], "")]
    parts += [([i], reasons[i // together]) for i in places if i // together in reasons]
    return [part for part in parts if part[0]]


def _verdicts(scorer: Scorer, samples: list[Sample], failure: str) -> Future[list[Verdict]]:
    if not failure:
        return scorer.submit(samples)
    known: Future[list[Verdict]] = Future()
    known.set_result(scorer.give_up(samples, [Verdict.unscored(Status.ERROR, failure)] * len(samples)))
    return known


def _check(completion: Completion, task: str) -> None:
    # Such a policy draws the same nonsense each time, which scores the same and so would never reach a loss.
    if not np.isfinite(completion.log_probs).all():
        raise EngineError(
            f"The policy gives the tokens of sample {completion.index} (task {task}) no finite probability.",
            hint="Its weights hold NaN or infinities. Resume from an earlier checkpoint with a lower optim.lr.",
        )


def _by_scorer(
    scorer_of: Callable[[EncodedTask], Scorer],
    tasks: Sequence[EncodedTask],
    group_size: int,
    finished: Sequence[int],
) -> list[tuple[Scorer, list[int]]]:
    places: dict[int, tuple[Scorer, list[int]]] = {}
    for i in finished:
        scorer = scorer_of(tasks[i // group_size])
        places.setdefault(id(scorer), (scorer, []))[1].append(i)
    return list(places.values())


def _completed(places: Sequence[int], samples: Sequence[Sample | None], group_size: int) -> list[int]:
    """The members of all groups to which one of `places` was the last that was missing."""
    groups = [range(first, first + group_size) for first in sorted({i // group_size * group_size for i in places})]
    return [i for group in groups if all(samples[i] is not None for i in group) for i in group]


def _there(value: T | None) -> T:
    if value is None:
        raise AssertionError("a sample that was asked for did not come back")
    return value
