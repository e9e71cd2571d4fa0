"""Rollouts as parquet: a file each step, a row each sample, everything needed to see why it got its advantage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

from rlvr.errors import DataError
from rlvr.observe.files import json_text, replacing, storable
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Prompt, Task
from rlvr.verdict import Verdict

ArrowTable: TypeAlias = Any
"""A `pyarrow.Table`; pyarrow comes without annotations."""

SCHEMA_VERSION: Final = 1
"""Raised when a column changes its meaning or goes; a new column alone does not raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRow:
    """One sample of one step. Made by `rollout_row`; the columns of the file in this order.

    Attributes:
        schema_version: See `SCHEMA_VERSION`.
        run: Name of the run.
        step: Step of the main stage that drew the sample.
        task_id: The task's id.
        group: Number of the group within the step.
        sample: Number of the sample within its group.
        prompt: Text, or chat messages as JSON: `[{"role", "content"}]`.
        completion: As generated.
        reference: The answer key, as JSON.
        data: The task's further data, as JSON.
        reasoning_open: Whether the prompt had opened the reasoning block.
        score: Null unless the status is `scored`.
        status: scored, abstained, error or timeout.
        extracted: What the reward took from the answer.
        expected: What it was compared with.
        explanation: Why the score is what it is.
        components: The verdicts of a composed reward's parts, as JSON by name.
        metrics: The verdict's further numbers, as JSON.
        reward: Identity of the reward.
        advantage: Null for a sample without one.
        used: Whether the sample took part in the loss.
        truncated: Whether the completion ended at the length limit.
        n_prompt_tokens: Length of the prompt.
        n_tokens: Length of the completion; of a conversation all that follows the task's prompt.
        turns: How often the model spoke. In a conversation `prompt` holds the messages up to the last completion.
        log_prob_mean: Of the completion's tokens, as the rollout engine drew them.
        log_prob_min: The least likely token.
        log_prob_sum: The whole completion.
        gap_mean: Mean of |rollout - trainer| log-probability over the tokens.
        seconds_reward: Time the reward took.
        seconds_generation: Time from request to last token, or the batch's time.
    """

    schema_version: int = SCHEMA_VERSION
    run: str
    step: int
    task_id: str
    group: int
    sample: int
    prompt: str
    completion: str
    reference: str
    score: float | None
    status: str
    extracted: str | None
    expected: str | None
    explanation: str
    components: str
    metrics: str
    reward: str
    advantage: float | None = None
    used: bool = True
    truncated: bool = False
    n_prompt_tokens: int | None = None
    n_tokens: int | None = None
    log_prob_mean: float | None = None
    log_prob_min: float | None = None
    log_prob_sum: float | None = None
    gap_mean: float | None = None
    data: str = "{}"
    reasoning_open: bool = False
    seconds_reward: float | None = None
    seconds_generation: float | None = None
    turns: int = 1


def rollout_row(task: Task, completion: str, verdict: Verdict, **known: Any) -> RolloutRow:
    """The row of one sample; `known` are the further fields of `RolloutRow`: `run`, `step`, `group`, `sample`, ...

    >>> row = rollout_row(Task("2 + 2 =", reference="4", id="sum-1"), "4", Verdict.right("4"),
    ...                   run="first", step=1, group=0, sample=0, reward="math.number@1+ab", advantage=0.7)
    >>> row.score, row.reference
    (1.0, '"4"')
    """
    columns: dict[str, Any] = {
        "task_id": task.id,
        "prompt": _prompt_text(task.prompt),
        "completion": completion,
        "reference": json_text(task.reference),
        "data": json_text(task.data),
        "score": verdict.score,
        "status": str(verdict.status),
        "extracted": verdict.extracted,
        "expected": verdict.expected,
        "explanation": verdict.explanation,
        "components": json_text({name: part.as_dict() for name, part in verdict.components.items()}),
        "metrics": json_text(verdict.metrics),
        "seconds_reward": verdict.elapsed,
    }
    return RolloutRow(**{**columns, **known})


def write_rollouts(folder: RunFolder, step: int, rows: Sequence[RolloutRow]) -> Path:
    r"""Write the samples of a step, all or none, over those of an earlier attempt at it.

    Text that UTF-8 cannot hold (lone surrogates) is spelled out as `\udc80`.
    """
    arrow = _arrow()
    columns = {name: [_storable(getattr(row, name)) for row in rows] for name in _columns()}
    path = folder.rollouts_dir / f"step-{step:06d}.parquet"
    with replacing(path) as unfinished:
        table = arrow.Table.from_pydict(columns, schema=_schema())
        arrow.parquet.write_table(table, unfinished, compression="zstd")
    return path


def read_rollouts(folder: RunFolder, step: int | None = None) -> ArrowTable:
    """The rows of a step, or of all steps in order.

    Raises:
        DataError: No rollouts of that step, an unreadable file, or one that a newer rlvr wrote.
    """
    arrow = _arrow()
    steps = _paths(folder)
    if step is not None and step not in steps:
        kept = f"there are {len(steps)}, from {min(steps)} to {max(steps)}" if steps else "there are none"
        raise DataError(f"No rollouts of step {step} in {folder.rollouts_dir}: {kept}.")
    tables = [_schema().empty_table()]
    for path in steps.values() if step is None else [steps[step]]:
        try:
            table = arrow.parquet.read_table(path, partitioning=None)
        except (arrow.ArrowException, OSError) as error:
            raise DataError(f"{path} cannot be read: {error}.") from error
        _check_version(path, table)
        tables.append(table)
    return arrow.concat_tables(tables, promote_options="default")


def stream_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of one parquet file and their numbers, from 1, without holding them all.

    Rows of a rollouts file come with `reference`, `data` and messages of `prompt` as the values they stand for. Another
    file's rows come as they are.

    Raises:
        DataError: An unreadable file, or one that a newer rlvr wrote.
    """
    arrow = _arrow()
    number = 0
    try:
        file = arrow.parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=256):
            ours = "schema_version" in batch.schema.names
            if ours:
                _check_version(path, batch)
            for row in batch.to_pylist():
                number += 1
                yield number, _decoded(row) if ours else row
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error


def rollout_files(folder: RunFolder) -> list[Path]:
    """The files of all steps, in order."""
    return list(_paths(folder).values())


def rollout_steps(folder: RunFolder) -> list[int]:
    """The steps whose rollouts are there, in order."""
    return list(_paths(folder))


def truncate_rollouts_after(folder: RunFolder, step: int) -> None:
    """Forget the rollouts of later steps; a run that resumes from `step` draws them again."""
    for later, path in _paths(folder).items():
        if later > step:
            path.unlink()


def _paths(folder: RunFolder) -> dict[int, Path]:
    found = [(re.fullmatch(r"step-(\d+)\.parquet", path.name), path) for path in folder.rollouts_dir.glob("step-*")]
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def _check_version(path: Path, table: ArrowTable) -> None:
    versions: set[int] = set(table.column("schema_version").to_pylist())
    if newer := [version for version in versions if version > SCHEMA_VERSION]:
        raise DataError(f"{path} was written by a newer rlvr (schema {max(newer)}).", hint="Update rlvr to read it.")


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: json.loads(row[name]) for name in ("reference", "data", "components", "metrics") if name in row}
    return {**row, **texts, "prompt": _prompt(row["prompt"])}


def _prompt(text: str) -> str | list[dict[str, str]]:
    """Chat messages where the text is what `_prompt_text` makes of them."""
    try:
        found: Any = json.loads(text) if text.startswith('[{"role": ') else None
        chat = [{"role": message["role"], "content": message["content"]} for message in found or ()]
    except (ValueError, TypeError, KeyError):  # a plain prompt that begins like messages
        return text
    return chat if chat and chat == found else text


def _columns() -> tuple[str, ...]:
    return tuple(field.name for field in fields(RolloutRow))


def _arrow() -> Any:
    """`pyarrow`, imported where it is used and seen by the type checker as the untyped package it is."""
    import_module("pyarrow.parquet")
    return import_module("pyarrow")


@cache
def _schema() -> Any:
    """From the annotations, so that file and class cannot drift apart."""
    arrow = _arrow()
    types = {"str": arrow.string(), "int": arrow.int64(), "float": arrow.float64(), "bool": arrow.bool_()}
    # `from __future__ import annotations` makes each type its source text: `float | None`.
    annotations = {field.name: str(field.type).split(" | ") for field in fields(RolloutRow)}
    return arrow.schema(
        [arrow.field(name, types[parts[0]], nullable=len(parts) > 1) for name, parts in annotations.items()]
    )


def _storable(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _prompt_text(prompt: Prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    return json_text([{"role": message.role, "content": message.content} for message in prompt])
