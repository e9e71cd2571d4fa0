"""`rlvr instructions tasks` and `rlvr instructions draw`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from rlvr import Task
from rlvr.errors import DataError
from rlvr.rewards.constraints.generating.drawing import constrain
from rlvr.rewards.constraints.rows.files import rows_of
from rlvr.rewards.constraints.rows.ifeval import ifbench, ifeval
from rlvr.rewards.constraints.rows.multilingual import m_ifeval, marco_mif, multi_if
from rlvr.rewards.constraints.rows.open_instruct import if_multi_constraints, rlvr_ifeval

READERS: Final[dict[str, Callable[[Mapping[str, Any]], Task]]] = {
    "ifeval": ifeval,
    "ifbench": ifbench,
    "rlvr-ifeval": rlvr_ifeval,
    "if-multi-constraints": if_multi_constraints,
    "multi-if": multi_if,
    "m-ifeval": m_ifeval,
    "marco-mif": marco_mif,
}


@click.group("instructions")
def command() -> None:
    """Tasks of constraints: from published rows, or drawn for prompts of your own.

    \b
    Example:
      rlvr instructions tasks multi-if multi_if.csv > tasks.jsonl
      rlvr instructions draw prompts.jsonl --language de > tasks.jsonl
    """


@command.command("tasks")
@click.argument("form", type=click.Choice(list(READERS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", help="Of the prompts, where rows of marco-mif do not say it: ar, zh.")
@click.option("--compat", help="Judge them as this publication's own program does, faults included.")
@click.option("--skip", is_flag=True, help="Name rows that cannot be read on standard error, and go on.")
def tasks(form: str, file: Path, language: str | None, compat: str | None, *, skip: bool) -> None:
    """Write the rows of FILE, as they are published, as tasks for `rlvr validate`, `rlvr train` and the rewards.

    FILE is JSON lines, a JSON list, CSV or parquet. A row that cannot be read ends the command, unless --skip.

    \b
    Example:
      rlvr instructions tasks ifeval ifeval_input_data.jsonl > tasks.jsonl
    """
    read = partial(marco_mif, language=language) if form == "marco-mif" else READERS[form]
    for place, row in rows_of(file):
        try:
            task = read(row)
        except DataError as error:
            if not skip:
                raise DataError(f"{place}: {error.message}", hint=error.hint) from None
            click.secho(f"{place}: {error.message}", fg="yellow", err=True)
            continue
        click.echo(_line(replace(task, data={**task.data, "compat": compat}) if compat else task))


@command.command("draw")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", default="en", show_default=True, help="Of the prompts; constraints are asked for in it.")
@click.option("--count", type=click.IntRange(1, 10), default=2, show_default=True, help="Constraints for a prompt.")
@click.option("--each", type=click.IntRange(1), default=1, show_default=True, help="Tasks of each prompt.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws others.")
def draw(file: Path, language: str, count: int, each: int, seed: int) -> None:
    """Draw constraints for the prompts in FILE, JSON lines {"prompt": ...}, and write the tasks.

    \b
    Example:
      rlvr instructions draw prompts.jsonl --language fr --count 3 > tasks.jsonl
    """
    for place, prompt in _prompts(file):
        for number in range(each):
            click.echo(_line(constrain(prompt, language, count=count, seed=f"{seed}/{number}", id=f"{place}/{number}")))


def _prompts(file: Path) -> Iterator[tuple[str, str]]:
    for place, row in rows_of(file):
        prompt = row.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise DataError(f"{place} has no text as its `prompt`.", hint='A row is {"prompt": "Write a poem."}.')
        yield place, prompt


def _line(task: Task) -> str:
    prompt = task.prompt
    messages = prompt if isinstance(prompt, str) else [{"role": one.role, "content": one.content} for one in prompt]
    fields = {"prompt": messages, "reference": task.reference, "data": dict(task.data), "reward": task.reward}
    return json.dumps(fields | ({"id": task.id} if task.id else {}), ensure_ascii=False)
