"""Where a suite's answers come from: a model's rollouts, or a file of completions that are there already."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from rlvr.config.schema import TrainConfig
from rlvr.errors import DataError
from rlvr.evaluation.files import rows_of_file, sha256_of
from rlvr.sample import Prompt, Sample, Task, is_list, is_mapping, prompt_text, sample_of
from rlvr.suite import Suite

_TEXTS = ("completion", "response", "output")
_IDS = ("id", "key", "task_id", "question_id", "unique_id")


class Answers(Protocol):
    """Who answers."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the answers depend on, for the results."""
        ...

    def answer(self, tasks: Sequence[Task], members: int, turn: int) -> list[Sample]:
        """So many samples of each task, those of a task side by side.

        Args:
            tasks: With the answers of earlier turns in their prompts.
            members: Samples of each.
            turn: Of the conversation, from 0.
        """
        ...


@contextmanager
def answers_of_model(config: TrainConfig) -> Generator[Answers]:
    """A model's own answers, through the rollout engine of a configuration."""
    from rlvr.engine.policy.model import load_tokenizer, model_folder, stop_ids
    from rlvr.engine.run.actors import start_actors

    folder = model_folder(config.model)
    tokenizer = load_tokenizer(folder)
    actors = start_actors(config)
    try:
        yield _ModelAnswers(config, actors, tokenizer, stop_ids(folder, tokenizer))
    finally:
        actors.close()


class _ModelAnswers:
    def __init__(self, config: TrainConfig, actors: Any, tokenizer: Any, stop: Sequence[int]) -> None:
        self._config, self._actors, self._tokenizer, self._stop = config, actors, tokenizer, stop
        self._plain = not tokenizer.chat_template
        self._lengths, self._truncated = list[int](), list[bool]()

    @property
    def facts(self) -> dict[str, Any]:
        rollout, count = self._config.rollout, max(1, len(self._lengths))
        return {
            "generation": {
                "backend": rollout.backend,
                "temperature": self._config.eval.temperature,
                "max_new_tokens": rollout.max_new_tokens,
                "seed": self._config.run.seed,
                # A model without a chat template is asked in plain text.
                "prompts": "plain" if self._plain else "chat",
                "length": sum(self._lengths) / count,
                "truncated": sum(self._truncated) / count,
            }
        }

    def answer(self, tasks: Sequence[Task], members: int, turn: int) -> list[Sample]:
        from rlvr.engine.rollout.generation import Sampling
        from rlvr.engine.rollout.prompts import encode_task
        from rlvr.engine.run.collect import collect

        limit = self._config.data.max_prompt_tokens
        encoded = [
            replace(encode_task(self._tokenizer, replace(task, prompt=self._asked(task.prompt)), limit), task=task)
            for task in tasks
        ]
        sampling = Sampling(
            max_new_tokens=self._config.rollout.max_new_tokens,
            temperature=self._config.eval.temperature,
            seed=self._config.run.seed + turn,
        )
        found = collect(
            self._actors, self._tokenizer, self._stop, encoded, group_size=members, sampling=sampling, scorers={}
        )
        self._lengths += [len(completion.ids) for completion in found.completions]
        self._truncated += [completion.truncated for completion in found.completions]
        return list(found.samples)

    def _asked(self, prompt: Prompt) -> Prompt:
        return f"{prompt_text(prompt)}\n" if self._plain and not isinstance(prompt, str) else prompt


class CompletionsFile:
    """Completions that are there already.

    Args:
        path: Rows with `completion` (or `response`, `output`) and the `id` of their task (or `key`, `task_id`,
            `question_id`, `unique_id`), or its `prompt`; several rows of a task are several samples. In a conversation
            `completion` is the list of all its answers.
        suite: Whose published form of a completion is read.

    Raises:
        DataError: The file cannot be read, or a row holds no completion.
    """

    def __init__(self, path: str, suite: Suite) -> None:
        self._path, self._suite = Path(path).expanduser(), suite
        if not self._path.is_file():
            raise DataError(f"There is no file {path} (looked in {Path.cwd()}).")
        self._by_id, self._by_prompt = dict[str, list[Any]](), dict[str, list[Any]]()
        for place, row in rows_of_file(self._path):
            completion = next((row[name] for name in _TEXTS if row.get(name) is not None), None)
            if not _is_answer(completion):
                raise DataError(
                    f"{place} has no `completion`.", hint=f"Its keys are {', '.join(map(str, row))}; a text is needed."
                )
            key = next((str(row[name]) for name in _IDS if row.get(name) is not None), None)
            prompt = _prompt_of(row)
            if key is None and prompt is None:
                raise DataError(f"{place} has neither `id` nor `prompt`, so it is unknown what it answers.")
            if key is not None:
                self._by_id.setdefault(key, []).append(completion)
            if prompt is not None:
                self._by_prompt.setdefault(prompt, []).append(completion)

    @property
    def facts(self) -> dict[str, Any]:
        """Name and hash of the file."""
        return {"completions": {"file": self._path.name, "sha256": sha256_of(self._path)}}

    def answer(self, tasks: Sequence[Task], members: int, turn: int) -> list[Sample]:
        """The first `members` completions of each task, or their part of that turn."""
        return [self._sample(task, one, turn) for task in tasks for one in self.of(task, members)]

    def of(self, task: Task, members: int = 1) -> list[Any]:
        """The completions of a task.

        Raises:
            DataError: There are fewer than `members`.
        """
        found = self._found(task)
        if len(found) < members:
            have = f"{len(found)} of {members} completions" if found else "no completion"
            raise DataError(
                f"{self._path} has {have} of task {task.id}: {_first_turn(task)[:60]!r}.",
                hint="Each task needs a row with its `id` or its `prompt`, and one for each of --samples. "
                "--partial leaves out tasks without any.",
            )
        return found[:members]

    def has(self, task: Task) -> bool:
        """Whether there is a completion of a task."""
        return bool(self._found(task))

    def _found(self, task: Task) -> list[Any]:
        return self._by_id.get(task.id) or self._by_prompt.get(_first_turn(task), [])

    def _sample(self, task: Task, completion: Any, turn: int) -> Sample:
        if is_list(completion):
            answers: list[str] = completion
            if turn >= len(answers):
                raise DataError(f"{self._path} has {len(answers)} answers of task {task.id}, and it has more turns.")
            text = answers[turn]
        elif turn or self._suite.next_turn is not None:
            raise DataError(
                f"{self._path} has one text for task {task.id}, which is a conversation.",
                hint="`completion` is the list of its answers there.",
            )
        else:
            text = str(completion)
        completed = self._suite.completed
        return sample_of(task, completed(task, text) if completed else text, id=task.id, group=task.id)


def _first_turn(task: Task) -> str:
    """What a published row asks: the first turn, or the `question` around which the suite says how to answer."""
    first = prompt_text(task.prompt[:1] if isinstance(task.prompt, tuple) else task.prompt)
    return str(task.data.get("question") or first).strip()


def _is_answer(value: object) -> bool:
    if is_list(value):
        return value != [] and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _prompt_of(row: Mapping[str, Any]) -> str | None:
    prompt: object = row.get("prompt", row.get("question"))
    if is_list(prompt) and prompt:
        message = prompt[0]
        prompt = message.get("content") if is_mapping(message) else None
    return prompt.strip() if isinstance(prompt, str) else None
