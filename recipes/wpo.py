"""WPO and DPO: draw answers, pair the best with the worst, move the policy from the one to the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from rlvr.engine.rollout.candidates import Answers, Gathered, Gatherer, pair_batch, pair_of, scores_of
from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.run.session import Session
from rlvr.engine.update.preference import PairBatch, PairOutcome, PreferenceReport
from rlvr.observe.pairs import read_pairs, write_pairs
from rlvr.observe.rollout_rows import rollout_row, write_rollouts
from rlvr.sample import prompt_text
from rlvr.verdict import Status

_NO_PAIR = ("unscored", "equal", "narrow", "unfinished")
_UNSCORED = (Status.ERROR, Status.TIMEOUT, Status.ABSTAINED)


class Wpo:
    """One step: answers to `batch_size` prompts, judged; an update on the pairs that they make; the new weights.

    Args:
        session: Of the run.
    """

    name = "wpo"
    evaluates = True
    best = None

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config.wpo
        self.steps, self.optim = self.config.steps, self.config.optim
        self._gatherer = Gatherer(session)
        self._held_out: PairBatch | None = None

    def done(self, step: int) -> bool:
        """It goes through all its steps."""
        return False

    def evaluate(self) -> dict[str, float]:
        """Margin and accuracy on pairs from held-out tasks, and how good its answers to these are."""
        found: dict[str, float] = {}
        if pairs := self._held_out_pairs():
            outcomes = self.session.actors.pair_outcomes(pairs)
            margins = np.array([one.margin for one in outcomes])
            found = {
                "eval/margin": float(margins.mean()),
                "eval/preference": float((0.5 * (1.0 + np.sign(margins))).mean()),
                "eval/pairs": float(len(margins)),
            }
        return found | self.session.evaluate() | self._judged()

    def step(self, step: int) -> dict[str, float]:
        """One step; returns metrics, and writes answers and pairs."""
        session, start = self.session, time.perf_counter()
        tasks = [session.encode(task) for task in session.take(self.name, self.config.batch_size)]
        if not self.config.reward_model:
            session.canaries.begin(step)
        gathered = self._gatherer.gather(tasks, self._sampling(step))
        canaries = session.canaries.end(step)
        before = time.perf_counter()
        report = session.actors.prefer(pair_batch(gathered.paired))
        updated = time.perf_counter()
        session.actors.sync()
        synced = time.perf_counter()
        self._save(gathered, report, step)
        seconds = time.perf_counter() - start
        tokens = sum(len(one.ids) for answers in gathered.answers for one in answers.candidates if one.drawn)
        return {
            **_answer_statistics(gathered),
            **_pair_statistics(gathered),
            **_learning_statistics(list(report.pairs.values())),
            **report.metrics,
            **canaries,
            "tokens/per_second": tokens / seconds,
            "seconds/generate": gathered.seconds_generate,
            "seconds/score_wait": gathered.seconds_score,
            "seconds/update": updated - before,
            "seconds/sync": synced - updated,
            "seconds/step": seconds,
        }

    def _sampling(self, *place: int) -> Sampling:
        rollout, run = self.session.config.rollout, self.session.config.run
        return Sampling(
            max_new_tokens=rollout.max_new_tokens,
            temperature=rollout.temperature,
            top_k=rollout.top_k,
            top_p=rollout.top_p,
            # Steps must not share draws, nor runs whose seeds are neighbours, nor training and evaluation.
            seed=int(np.random.SeedSequence([run.seed, *place]).generate_state(1, np.uint64)[0]),
        )

    def _held_out_pairs(self) -> PairBatch | None:
        """Pairs from the policy at the stage's start; they lie in the run's folder, so that a resumed run has them."""
        if self._held_out is None:
            rows = read_pairs(self.session.folder, None)
            if rows is None:
                tasks = self.session.held_out_prompts()
                paired = self._gatherer.gather(tasks, self._sampling(0, 1)).paired if tasks else []
                rows = [_pair_row(one) | _ids(one) for one in paired]
                if tasks:
                    write_pairs(self.session.folder, None, rows)
            columns = [[np.array(row[key], dtype=np.int64) for row in rows] for key in _IDS]
            self._held_out = PairBatch(*columns)
        return self._held_out if self._held_out.prompts else None

    def _judged(self) -> dict[str, float]:
        """The mean score that the reward model gives to answers to held-out prompts."""
        tasks = self.session.held_out_prompts()
        if not self.config.reward_model or not tasks:
            return {}
        scores = self._gatherer.scores(tasks, self._greedy())
        return {"eval/judged": float(np.mean(scores))} if scores else {}

    def _greedy(self) -> Sampling:
        config = self.session.config
        return Sampling(config.rollout.max_new_tokens, temperature=config.eval.temperature, seed=config.run.seed)

    def _save(self, gathered: Gathered, report: PreferenceReport, step: int) -> None:
        session = self.session
        pairs = [_pair_row(one) | _learned(report.pairs[i]) for i, one in enumerate(gathered.paired)]
        write_pairs(session.folder, step + 1, pairs)
        if not session.config.run.save_rollouts:
            return
        rows = [
            rollout_row(
                answers.task.task,
                candidate.sample.completion,
                verdict,
                run=session.folder.path.name,
                step=step + 1,
                group=group,
                sample=number,
                reward=self._judge_of(answers),
                used=number in answers.pair if not isinstance(answers.pair, str) else False,
                truncated=candidate.sample.truncated,
                reasoning_open=answers.task.reasoning_open,
                n_prompt_tokens=len(answers.task.ids),
                n_tokens=len(candidate.ids),
            )
            for group, answers in enumerate(gathered.answers)
            for number, (candidate, verdict) in enumerate(zip(answers.candidates, answers.verdicts, strict=True))
        ]
        write_rollouts(session.folder, step + 1, rows)

    def _judge_of(self, answers: Answers) -> str:
        if self._gatherer.takes_given_scores(answers.task):
            return "given"
        return self.config.reward_model or self.session.scorer(answers.task).identity


_IDS = ("prompt_ids", "chosen_ids", "rejected_ids")


def _ids(answers: Answers) -> dict[str, list[int]]:
    chosen, rejected = pair_of(answers)
    parts = (answers.task.ids, chosen.ids, rejected.ids)
    return {key: [int(token) for token in ids] for key, ids in zip(_IDS, parts, strict=True)}


def _pair_row(answers: Answers) -> dict[str, Any]:
    row: dict[str, Any] = {"task": answers.task.task.id, "prompt": prompt_text(answers.task.task.prompt)}
    for name, one, score in zip(("chosen", "rejected"), pair_of(answers), scores_of(answers), strict=True):
        row |= {
            name: one.sample.completion,
            f"{name}_score": score,
            f"{name}_tokens": len(one.ids),
            f"{name}_from": "policy" if one.drawn else "given",
        }
    return row


def _learned(outcome: PairOutcome) -> dict[str, float]:
    return {"margin": outcome.margin, "weight": outcome.weight, "loss": outcome.loss}


def _answer_statistics(gathered: Gathered) -> dict[str, float]:
    pairs = [both for one in gathered.answers for both in zip(one.candidates, one.verdicts, strict=True)]
    drawn = [(candidate, verdict) for candidate, verdict in pairs if candidate.drawn]
    found = {
        "candidates/drawn": float(len(drawn)),
        "candidates/given": float(len(pairs) - len(drawn)),
        "candidates/too_long": float(gathered.too_long),
    }
    for status in _UNSCORED:
        found[f"samples/{status}"] = sum(verdict.status is status for _, verdict in pairs) / max(len(pairs), 1)
    if drawn:
        found["length/mean"] = float(np.mean([len(candidate.ids) for candidate, _ in drawn]))
        found["truncated/rate"] = float(np.mean([candidate.sample.truncated for candidate, _ in drawn]))
    scores = [verdict.score for _, verdict in drawn or pairs if verdict.score is not None]
    return found | ({"reward/mean": float(np.mean(scores))} if scores else {})


def _pair_statistics(gathered: Gathered) -> dict[str, float]:
    paired = gathered.paired
    found = {f"pairs/{why}": float(sum(one.pair == why for one in gathered.answers)) for why in _NO_PAIR}
    found["pairs/used"] = float(len(paired))
    if not paired:
        return found
    gaps, lengths, ours = zip(*(_gaps(one) for one in paired), strict=True)
    found["pairs/score_gap"] = float(np.mean(gaps))
    found["pairs/length_gap"] = float(np.mean(lengths))  # tokens by which the chosen are longer
    found["pairs/chosen_drawn"] = float(np.mean(ours))
    return found


def _gaps(answers: Answers) -> tuple[float, int, bool]:
    chosen, rejected = pair_of(answers)
    better, worse = scores_of(answers)
    return better - worse, len(chosen.ids) - len(rejected.ids), chosen.drawn


def _learning_statistics(outcomes: Sequence[PairOutcome]) -> dict[str, float]:
    if not outcomes:
        return {}
    margins = np.array([one.margin for one in outcomes])
    weights = np.array([one.weight for one in outcomes])
    low, middle, high = np.quantile(weights, (0.1, 0.5, 0.9))
    return {
        "preference/margin": float(margins.mean()),
        "preference/accuracy": float((0.5 * (1.0 + np.sign(margins))).mean()),
        "preference/chosen": float(np.mean([one.chosen for one in outcomes])),
        "preference/rejected": float(np.mean([one.rejected for one in outcomes])),
        "weight/mean": float(weights.mean()),
        "weight/low": float(low),
        "weight/median": float(middle),
        "weight/high": float(high),
        "weight/clamped": float(np.mean([one.product > one.weight for one in outcomes])),
    }
