"""What can be known to be wrong before verl is started, in seconds: paths, columns, template, lengths of prompts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rlvr.config.checking.model import has_tokenizer, read_json
from rlvr.config.paths import resolve_folder
from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.config.validation import find_problems
from rlvr.engine.policy.model import Tokenizer, eos_id, load_tokenizer, turn_end
from rlvr.engine.rollout.prompts import encode_task
from rlvr.engine.run.data import TaskStreams, task_streams
from rlvr.errors import ConfigError
from rlvr.sample import Task
from rlvr.tasks.mixture import TaskMixture
from rlvr.verl.rehearsal.shrinking import copy_stop_tokens, write_small_model
from rlvr.verl.rehearsal.tokenizers import stand_in
from rlvr.verl.settings.preparing import plan_verl

_MOST_PROMPTS: Final = 20_000
_GENERATED: Final = 64
_SHOWN: Final = 3
_NO_LIMIT: Final = 10**9
_INDEXES: Final = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_WEIGHTS: Final = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True)
class Model:
    """The small model, and what it stands for.

    Attributes:
        folder: Where it lies.
        like: Where the recipe's `config.json` is.
        own: Whether the tokenizer is the recipe's; a stand-in otherwise.
        tokenizer: Of both.
        weights: How many it has.
    """

    folder: Path
    like: Path
    own: bool
    tokenizer: Tokenizer
    weights: int


@dataclass(frozen=True)
class Prompts:
    """The prompts of a recipe.

    Attributes:
        tasks: Those that a run of these steps asks, and the held-out ones.
        longest: Tokens of the longest of them.
        held: How many were held to the recipe's limit; 0 where the tokenizer is a stand-in.
        of: How many there are; None without end.
    """

    tasks: list[Task]
    longest: int
    held: int
    of: int | None


def small_model(config: TrainConfig, target: Path) -> Model:
    """Writes the small model that stands for a recipe's.

    Args:
        config: The recipe's.
        target: Folder to write.

    Raises:
        ConfigError: The model that the recipe names is not there.
        ModelError: It cannot be made small, or has no tokenizer that can be used.
    """
    named = [text for text in (config.model.path or config.model.init, config.model.shape) if text][:1]
    like = resolve_folder(named[0]) if named else Path()
    content = read_json(like / "config.json") if named else ""
    if isinstance(content, str):
        raise ConfigError([str(problem) for problem in find_problems(config)] or [f"model.path: {content}"])
    own = has_tokenizer(like)
    tokenizer = load_tokenizer(like) if own else stand_in(str(content.get("model_type")))
    end = (turn_end(tokenizer) or (eos_id(tokenizer),))[-1]
    weights = write_small_model(content, tokenizer, target, end=end, seed=config.run.seed)
    copy_stop_tokens(like if own else None, target, tokenizer)
    return Model(target, like, own, tokenizer, weights)


def check_recipe(config: TrainConfig, model: Model) -> None:
    """Holds a recipe to everything that a run on verl would trip over.

    Args:
        config: The recipe's.
        model: As `small_model` wrote it.

    Raises:
        ConfigError: With all that is wrong.
    """
    made = deepcopy(config)
    made.rollout.backend = "transformers"  # verl generates with vLLM whatever it says, and here with the CPU build
    if not (made.model.path or made.model.init):
        made.model.path = str(model.folder)
    problems = [*find_problems(made), *plan_verl(made, Path(config.run.dir) / "rehearsal").problems]
    if config.model.path:
        problems += _missing_weights(resolve_folder(config.model.path))
    if problems:
        raise ConfigError([str(problem) for problem in dict.fromkeys(problems)])


def check_prompts(config: TrainConfig, model: Model, *, count: int) -> Prompts:
    """Reads the prompts as the model would.

    Args:
        config: The recipe's.
        model: Whose tokenizer reads them.
        count: Tasks that the rehearsal trains on, the same number of each source.

    Raises:
        ConfigError: Chats for a template that ends no turn; prompts that are too long.
        DataError: A prompt that cannot be rendered.
    """
    streams = task_streams(config.data, config.eval, seed=config.run.seed)
    mixture = TaskMixture(streams.train, dict.fromkeys(streams.weights, 1.0), seed=config.run.seed)
    asked = [drawn.task for drawn in mixture.draw(count)]
    asked += [drawn.task for drawn in streams.held_out]
    chats = next((task for task in asked if not isinstance(task.prompt, str)), None)
    if chats is not None and not turn_end(model.tokenizer):
        text = (
            "its chat template writes no special token behind an answer: a model that was taught by it never ends one, "
            "and every sample is truncated. Have the template write eos_token behind the assistant's turn."
        )
        raise ConfigError([f"model.path: {text} ({model.like}; {chats.id} is a chat)"])
    every, of = _every_task(streams)
    limit = config.data.max_prompt_tokens if model.own else _NO_LIMIT
    long = [(task, length) for task in every if (length := _length(model.tokenizer, task)) > limit]
    if long:
        shown = ", ".join(f"{task.id} ({length})" for task, length in long[:_SHOWN])
        more = f", and {len(long) - _SHOWN} more" if len(long) > _SHOWN else ""
        text = f"`{limit}` is less than {len(long)} of {len(every)} prompts have: {shown}{more}."
        raise ConfigError([f"data.max_prompt_tokens: {text} Raise it, or take them out of the file."])
    longest = max(_length(model.tokenizer, task) for task in asked)
    return Prompts(asked, longest, len(every) if model.own else 0, of)


def _every_task(streams: TaskStreams) -> tuple[list[Task], int | None]:
    """The tasks of all files, up to a bound, some of each environment, and how many there are in all."""
    found: list[Task] = [drawn.task for drawn in streams.held_out]
    of: int | None = len(found)
    for stream in streams.train.values():
        size = stream.source.size
        of = None if size is None or of is None else of + size
        found += [stream.source.task(i) for i in range(min(_MOST_PROMPTS, _GENERATED if size is None else size))]
    return found, of


def _length(tokenizer: Tokenizer, task: Task) -> int:
    return len(encode_task(tokenizer, task, _NO_LIMIT).ids)


def _missing_weights(folder: Path) -> Iterator[Problem]:
    """Files that an index names and that are not there; or no weights at all."""
    index = next((folder / name for name in _INDEXES if (folder / name).is_file()), None)
    if index is not None:
        listed: dict[str, Any] = json.loads(index.read_text(encoding="utf-8")).get("weight_map", {})
        missing = sorted({str(file) for file in listed.values() if not (folder / str(file)).is_file()})
        if missing:
            shown = ", ".join(missing[:_SHOWN]) + (", ..." if len(missing) > _SHOWN else "")
            yield Problem("model.path", f"{folder} lacks {len(missing)} of the files of its weights: {shown}")
    elif not any(True for pattern in _WEIGHTS for _ in folder.glob(pattern)):
        text = f"{folder} holds no weights. To rehearse without them, name it as model.shape and leave model.path out."
        yield Problem("model.path", text)
