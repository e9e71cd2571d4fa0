"""What a model of the miniature can do: the columns of the paper's tables, on held-out tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from rlvr.config import load
from rlvr.engine.actors import start_actors
from rlvr.engine.collect import collect
from rlvr.engine.generation import Sampling
from rlvr.engine.model import load_tokenizer, model_folder, stop_ids
from rlvr.engine.prompts import encode_task
from rlvr.engine.scorers import Scorers
from rlvr.envs.miniature.environment import Miniature
from rlvr.envs.miniature.skills import SKILLS
from rlvr.errors import EngineError
from rlvr.verdict import Verdict

COLUMNS: Final = {
    "translation": ("translation", "mt.chrf"),
    "mathematics": ("mathematics", SKILLS["mathematics"].reward),
    "code": ("code", SKILLS["code"].reward),
    "constraints": ("constraints", SKILLS["constraints"].reward),
    "IF-MT": ("instructed_translation", SKILLS["instructed_translation"].reward),
    "IF-MT chrF": ("instructed_translation", "mt.chrf"),
}
"""The skill that each column asks for, and the reward that judges it; a translation's is chrF."""


def measured(folder: Path, *, tasks: int = 200, seed: int = 0, temperature: float = 1.0) -> dict[str, float]:
    """The mean scores of a model, by column.

    Args:
        folder: Of the model; what `rlvr export` wrote.
        tasks: Held-out tasks of each skill.
        seed: Of tasks and samples.
        temperature: 0 takes the likeliest tokens.

    Raises:
        EngineError: A task could not be judged; the sandbox may be missing.
    """
    config = load("miniature", ["model.init=null", f"model.path={folder}", "engine.actors=inline"])
    tokenizer = load_tokenizer(model_folder(config.model))
    stop = stop_ids(model_folder(config.model), tokenizer)
    asked = dict.fromkeys(skill for skill, _ in COLUMNS.values())
    encoded = [
        replace(
            encode_task(tokenizer, Miniature((skill,)).held_out(i, seed), config.data.max_prompt_tokens), source=skill
        )
        for skill in asked
        for i in range(tasks)
    ]
    with Scorers(config.scoring) as scorers:
        actors = start_actors(config)
        try:
            found = {
                column: collect(
                    actors,
                    tokenizer,
                    stop,
                    [task for task in encoded if task.source == skill],
                    group_size=1,
                    sampling=Sampling(config.rollout.max_new_tokens, temperature=temperature, seed=seed),
                    scorers={"score": lambda _, reward=reward: scorers.of(reward)},
                )
                for column, (skill, reward) in COLUMNS.items()
            }
        finally:
            actors.close()
    return {column: _mean(column, list(rollouts.verdicts["score"])) for column, rollouts in found.items()}


def _mean(column: str, verdicts: list[Verdict]) -> float:
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    if len(scores) < len(verdicts):
        why = next(verdict.explanation for verdict in verdicts if verdict.score is None)
        raise EngineError(f"{len(verdicts) - len(scores)} answers for `{column}` could not be judged: {why}")
    return sum(scores) / len(scores)
