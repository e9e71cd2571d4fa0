"""What a model of the miniature can do: the columns of the paper's tables, on held-out tasks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from rlvr.config import load
from rlvr.engine.policy.model import load_tokenizer, model_folder, stop_ids
from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.rollout.prompts import EncodedTask, encode_task
from rlvr.engine.run.actors import start_actors
from rlvr.engine.run.collect import collect
from rlvr.engine.run.scorers import Scorers
from rlvr.envs.miniature.environment import Miniature
from rlvr.envs.miniature.skills import SKILLS
from rlvr.errors import EngineError
from rlvr.rewards.translation.comet.rewards import comet_reward
from rlvr.scoring import Scorer
from rlvr.verdict import Verdict

COLUMNS: Final = {
    "translation": ("translation", "mt.chrf"),
    "COMET": ("translation", ""),
    "mathematics": ("mathematics", SKILLS["mathematics"].reward),
    "code": ("code", SKILLS["code"].reward),
    "constraints": ("constraints", SKILLS["constraints"].reward),
    "IF-MT": ("instructed_translation", SKILLS["instructed_translation"].reward),
    "IF-MT chrF": ("instructed_translation", "mt.chrf"),
}
"""The skill that each column asks for, and the reward that judges it; a translation's is chrF, or the tiny COMET."""


def measured(
    folder: Path, *, tasks: int = 200, seed: int = 0, temperature: float = 1.0, comet: Path | None = None
) -> dict[str, float]:
    """The mean scores of a model, by column.

    Args:
        folder: Of the model; what `rlvr export` wrote.
        tasks: Held-out tasks of each skill.
        seed: Of tasks and samples.
        temperature: 0 takes the likeliest tokens.
        comet: Folder of the tiny COMET; without it there is no such column.

    Raises:
        EngineError: A task could not be judged; the sandbox may be missing.
    """
    config = load("miniature", ["model.init=null", f"model.path={folder}", "engine.actors=inline"])
    tokenizer = load_tokenizer(model_folder(config.model))
    stop = stop_ids(model_folder(config.model), tokenizer)
    found: dict[str, Sequence[Verdict]] = {}
    with ExitStack() as stack:
        scorers = stack.enter_context(Scorers(config.scoring))
        judges = {column: scorers.of(reward) for column, (_, reward) in COLUMNS.items() if reward}
        if comet is not None:
            judges["COMET"] = stack.enter_context(Scorer(comet_reward("miniature.comet", str(comet.absolute()))))
        actors = start_actors(config)
        stack.callback(actors.close)
        for skill in SKILLS:

            def encoded(index: int, skill: str = skill) -> EncodedTask:
                task = Miniature((skill,)).held_out(index, seed)
                return replace(encode_task(tokenizer, task, config.data.max_prompt_tokens), source=skill)

            own = {column: judge for column, judge in judges.items() if COLUMNS[column][0] == skill}
            rollouts = collect(
                actors,
                tokenizer,
                stop,
                [encoded(index) for index in range(tasks)],
                group_size=1,
                sampling=Sampling(config.rollout.max_new_tokens, temperature=temperature, seed=seed),
                scorers={column: lambda _, judge=judge: judge for column, judge in own.items()},
            )
            found |= rollouts.verdicts
    return {column: _mean(column, found[column]) for column in COLUMNS if column in found}


def _mean(column: str, verdicts: Sequence[Verdict]) -> float:
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    if len(scores) < len(verdicts):
        why = next(verdict.explanation for verdict in verdicts if verdict.score is None)
        raise EngineError(f"{len(verdicts) - len(scores)} answers for `{column}` could not be judged: {why}")
    return sum(scores) / len(scores)
