"""Whether the stage wpo has something to choose from, and something to choose by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.errors import RlvrError
from rlvr.sample import Prompt, Task
from rlvr.tasks import read_tasks
from rlvr.tasks.candidates import answers_by_prompt


def check_preference(config: TrainConfig) -> Iterator[Problem]:
    """The candidates of a prompt and their judge; nothing in other stages."""
    if config.stage != "wpo":
        return
    wpo, ranks = config.wpo, max(1, config.engine.ranks)
    if wpo.steps == 0:
        yield Problem("wpo.steps", "`0` leaves nothing to do in the stage wpo.")
    if 0 < wpo.batch_size < ranks:
        yield Problem("wpo.batch_size", f"`{wpo.batch_size}` pairs cannot feed {ranks} ranks.")
    if config.scoring.on_error == "floor":
        text = "`floor` would make each answer that could not be scored the rejected one; write mask or raise."
        yield Problem("scoring.on_error", text)
    if wpo.reward_model and not (Path(wpo.reward_model).expanduser() / "config.json").is_file():
        yield Problem("wpo.reward_model", f"{wpo.reward_model} has no config.json, so it is no folder of a model.")
    yield from _check_candidates(config)


def _check_candidates(config: TrainConfig) -> Iterator[Problem]:
    wpo = config.wpo
    if not wpo.given:
        if wpo.candidates < 2:
            text = f"`{wpo.candidates}` makes no pair, and wpo.given=false takes no others; draw at least 2."
            yield Problem("wpo.candidates", text)
        if wpo.given_file:
            yield Problem("wpo.given_file", "is not read with wpo.given=false.")
        return
    found = _given(wpo.given_file) if wpo.given_file else {}
    if isinstance(found, Problem):
        yield found
        return
    tasks = _tasks(config)
    if tasks is None:  # an environment gives none; a file that cannot be read is a problem of its own
        if config.data.env and wpo.candidates < 2:
            text = f"`{wpo.candidates}` makes no pair, and an environment gives no candidates; draw at least 2."
            yield Problem("wpo.candidates", text)
        return
    counts = [len(task.candidates) + len(found.get(task.prompt, ())) for task in tasks]
    if found and not any(task.prompt in found for task in tasks):
        yield Problem("wpo.given_file", f"none of its {len(found)} prompts is the prompt of a task.")
    elif tasks and max(counts) + wpo.candidates < 2:
        text = (
            f"`{wpo.candidates}` makes no pair: no task brings enough `candidates`; draw more, or set wpo.given_file."
        )
        yield Problem("wpo.candidates", text)


def _given(file: str) -> dict[Prompt, tuple[str, ...]] | Problem:
    try:
        return answers_by_prompt(file)
    except RlvrError as error:
        return Problem("wpo.given_file", " ".join(str(error).splitlines()))


def _tasks(config: TrainConfig) -> Sequence[Task] | None:
    if not config.data.tasks or config.data.env:
        return None
    try:
        return read_tasks(config.data.tasks)
    except RlvrError:
        return None
