"""Several answers to each prompt, drawn from the policy and given by others, judged together and made into pairs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlvr.algorithms.pairing import NoPair, choose_pair
from rlvr.engine.policy.reward_model import RewardModel
from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.rollout.prompts import EncodedTask, encode_completion
from rlvr.engine.run.collect import collect
from rlvr.engine.run.session import Session
from rlvr.engine.update.batch import IntArray
from rlvr.engine.update.preference import PairBatch
from rlvr.sample import Sample, sample_of
from rlvr.scoring import Scorer
from rlvr.tasks.candidates import answers_by_prompt
from rlvr.tasks.preferences import scores_given
from rlvr.verdict import Status, Verdict


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer to a prompt.

    Attributes:
        ids: Token ids, the token that ends it included.
        sample: As a reward sees it.
        drawn: From the policy; the others were given.
        score: That somebody has given it; see `Gatherer.takes_given_scores`.
    """

    ids: IntArray
    sample: Sample
    drawn: bool
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one prompt, judged.

    Attributes:
        task: The prompt.
        candidates: The answers, the drawn ones first.
        verdicts: What the judge said of each.
        pair: Places of the chosen and the rejected one, or why there is no pair.
    """

    task: EncodedTask
    candidates: tuple[Candidate, ...]
    verdicts: tuple[Verdict, ...]
    pair: tuple[int, int] | NoPair


@dataclass(frozen=True, slots=True)
class Gathered:
    """The answers to the prompts of a step.

    Attributes:
        answers: Of each prompt.
        too_long: Given answers that were left out because they are longer than `rollout.max_new_tokens`.
        seconds_generate: Seconds of generation.
        seconds_score: Seconds of judging.
    """

    answers: list[Answers]
    too_long: int
    seconds_generate: float
    seconds_score: float

    @property
    def paired(self) -> list[Answers]:
        """Those that make a pair, in order; `pair_batch` has them in this order too."""
        return [one for one in self.answers if not isinstance(one.pair, str)]


class Gatherer:
    """Draws, adds what is given, judges and pairs.

    Args:
        session: Of the run; `wpo` and `rollout` of its configuration say how.

    Raises:
        DataError: `wpo.given_file` cannot be read.
        ModelError: `wpo.reward_model` cannot be loaded.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config
        wpo, engine = self.config.wpo, self.config.engine
        self._given = answers_by_prompt(wpo.given_file) if wpo.given and wpo.given_file else {}
        self._model: RewardModel | None = None
        if wpo.reward_model:
            folder, budget = Path(wpo.reward_model), engine.tokens_per_micro_batch
            self._model = RewardModel(folder, device=engine.device, tokens_per_batch=budget)

    def gather(self, tasks: Sequence[EncodedTask], sampling: Sampling) -> Gathered:
        """Judged answers to each task.

        Raises:
            EngineError: A probability is not finite.
            ErrorBudgetError: More answers could not be scored than may be.
        """
        start = time.perf_counter()
        asked = [task for task in tasks if not self.takes_given_scores(task)]
        found = iter(self._draw(asked, sampling, self.config.wpo.candidates))
        drawn = [[] if self.takes_given_scores(task) else next(found) for task in tasks]
        generated = time.perf_counter()
        given = [self._given_to(task, _group(task, place)) for place, task in enumerate(tasks)]
        candidates = [(*mine, *theirs) for mine, (theirs, _) in zip(drawn, given, strict=True)]
        verdicts = self._verdicts(tasks, candidates)
        answers = [
            Answers(task, own, tuple(said), self._pair(own, said))
            for task, own, said in zip(tasks, candidates, verdicts, strict=True)
        ]
        too_long = sum(count for _, count in given)
        return Gathered(answers, too_long, generated - start, time.perf_counter() - generated)

    def takes_given_scores(self, task: EncodedTask) -> bool:
        """Whether a task's candidates are paired by the scores that came with them, and nothing is drawn for it.

        So it is where the candidates have scores and there is neither a reward for the task nor a reward model: nobody
        could judge what the policy would write.
        """
        judged = self._model is not None or task.task.reward or self.config.reward
        return bool(not judged and self.config.wpo.given and scores_given(task.task))

    def _verdicts(self, tasks: Sequence[EncodedTask], candidates: Sequence[Sequence[Candidate]]) -> list[list[Verdict]]:
        judged = [place for place, task in enumerate(tasks) if not self.takes_given_scores(task)]
        samples = [[one.sample for one in candidates[place]] for place in judged]
        found = iter(self.judge([tasks[place] for place in judged], samples))
        return [
            [_verdict(one.score if one.score is not None else math.nan) for one in own]
            if self.takes_given_scores(task)
            else next(found)
            for task, own in zip(tasks, candidates, strict=True)
        ]

    def judge(self, tasks: Sequence[EncodedTask], samples: Sequence[Sequence[Sample]]) -> list[list[Verdict]]:
        """A verdict for each sample of each task, by the reward model or else by the task's reward."""
        if self._model is not None:
            scores = iter(self._model.score([sample for own in samples for sample in own]))
            return [[_verdict(next(scores)) for _ in own] for own in samples]
        # All answers to a prompt go together: some rewards compare them.
        by_scorer: dict[int, tuple[Scorer, list[int]]] = {}
        for place, task in enumerate(tasks):
            scorer = self.session.scorer(task)
            by_scorer.setdefault(id(scorer), (scorer, []))[1].append(place)
        pending: list[tuple[list[int], Future[list[Verdict]]]] = [
            (places, scorer.submit([sample for place in places for sample in samples[place]]))
            for scorer, places in by_scorer.values()
        ]
        found: list[list[Verdict]] = [[] for _ in tasks]
        for places, future in pending:
            verdicts = iter(future.result())
            for place in places:
                found[place] = [next(verdicts) for _ in samples[place]]
        return found

    def scores(self, tasks: Sequence[EncodedTask], sampling: Sampling) -> list[float]:
        """Scores of one answer of the policy to each task, without those that could not be scored."""
        tasks = [task for task in tasks if not self.takes_given_scores(task)]
        drawn = self._draw(tasks, sampling, 1)
        verdicts = self.judge(tasks, [[one.sample for one in own] for own in drawn])
        return [verdict.score for own in verdicts for verdict in own if verdict.score is not None]

    def _draw(self, tasks: Sequence[EncodedTask], sampling: Sampling, count: int) -> list[list[Candidate]]:
        session = self.session
        if not count or not tasks:
            return [[] for _ in tasks]
        found = collect(
            session.actors, session.tokenizer, session.stop, tasks, group_size=count, sampling=sampling, scorers={}
        )
        flat = [
            Candidate(completion.ids, sample, drawn=True)
            for completion, sample in zip(found.completions, found.samples, strict=True)
        ]
        return [flat[start : start + count] for start in range(0, len(flat), count)]

    def _given_to(self, encoded: EncodedTask, group: str) -> tuple[list[Candidate], int]:
        """What is given for a task, and how many answers were too long."""
        found: list[Candidate] = []
        task = encoded.task
        texts = (*task.candidates, *self._given.get(task.prompt, ())) if self.config.wpo.given else ()
        scores = scores_given(task) if self.takes_given_scores(encoded) else ()
        if scores:  # answers from the file have none
            texts = task.candidates
        for number, text in enumerate(texts):
            ids = np.array(encode_completion(self.session.tokenizer, task, text), dtype=np.int64)
            if len(ids) > self.config.rollout.max_new_tokens:
                continue
            sample = sample_of(
                task,
                text,
                n_tokens=len(ids),
                reasoning_open=encoded.reasoning_open,
                id=f"{task.id}#given-{number}",
                group=group,
            )
            found.append(Candidate(ids, sample, drawn=False, score=scores[number] if scores else None))
        return found, len(texts) - len(found)

    def _pair(self, candidates: Sequence[Candidate], verdicts: Sequence[Verdict]) -> tuple[int, int] | NoPair:
        return choose_pair(
            [math.nan if verdict.score is None else verdict.score for verdict in verdicts],
            [len(one.ids) for one in candidates],
            [not one.sample.truncated for one in candidates],
            min_gap=self.config.wpo.min_gap,
        )


def pair_batch(paired: Sequence[Answers]) -> PairBatch:
    """The pairs as the update takes them."""
    pairs = [pair_of(one) for one in paired]
    return PairBatch(
        prompts=[np.array(one.task.ids, dtype=np.int64) for one in paired],
        chosen=[chosen.ids for chosen, _ in pairs],
        rejected=[rejected.ids for _, rejected in pairs],
    )


def pair_of(answers: Answers) -> tuple[Candidate, Candidate]:
    """The chosen and the rejected answer of a prompt that has both."""
    assert not isinstance(answers.pair, str)
    chosen, rejected = answers.pair
    return answers.candidates[chosen], answers.candidates[rejected]


def scores_of(answers: Answers) -> tuple[float, float]:
    """Their scores."""
    assert not isinstance(answers.pair, str)
    chosen, rejected = (answers.verdicts[place].score for place in answers.pair)
    assert chosen is not None
    assert rejected is not None
    return chosen, rejected


def _group(task: EncodedTask, place: int) -> str:
    """As `collect` calls the group of what is drawn for it."""
    return f"{task.task.id}/{place}"


def _verdict(score: float) -> Verdict:
    if math.isfinite(score):
        return Verdict(score)
    return Verdict.unscored(Status.ERROR, f"the reward model gives {score}")
