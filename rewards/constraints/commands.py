"""`rlvr constraints list`, `rlvr constraints tasks` and `rlvr constraints draw`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import Any, Final

import click

from rlvr import Task, get_reward
from rlvr.errors import DataError
from rlvr.rewards.constraints.arguments import say_kind
from rlvr.rewards.constraints.catalogue import all_ids, find, readings
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


@click.group("constraints")
def command() -> None:
    """What a prompt can ask for, and tasks that ask for it: from published rows, or drawn for prompts of your own.

    \b
    Example:
      rlvr constraints list keywords
      rlvr constraints tasks multi-if multi_if.csv > tasks.jsonl
      rlvr constraints draw prompts.jsonl --language de > tasks.jsonl
    """


@command.command("list")
@click.argument("prefix", default="")
@click.option("--reward", help="Also those that a reward of your own knows, `checks.py:chat`.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(prefix: str, reward: str | None, *, as_json: bool) -> None:
    """List the constraints whose id begins with PREFIX: arguments, words, what is looked at, readings.

    What looks at the source can be asked for in translation tasks only.

    \b
    Example:
      rlvr constraints list length
      rlvr constraints list house --reward checks.py:chat
    """
    if reward:
        get_reward(reward)  # whose file is loaded then
    entries = [entry_of(id) for id in all_ids() if id.startswith(prefix)]
    if as_json:
        click.echo(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    for entry in entries:
        arguments = "; ".join(f"{name}: {kind}" for name, kind in entry["arguments"].items())
        sees = "answer and source" if entry["source"] else "answer"
        click.echo(f"{click.style(entry['id'], bold=True)}  {arguments}".rstrip())
        click.echo(f"    {entry['asks']}")
        click.secho(f"    looks at the {sees}; readings: {', '.join(entry['readings'])}", dim=True)


def entry_of(id: str) -> dict[str, Any]:
    """All that `rlvr constraints list` says of a constraint.

    >>> entry_of("length:characters")
    {'id': 'length:characters', 'arguments': {'most': 'a whole number'}, 'asks': 'Use at most {most} characters.',
     'source': True, 'readings': ['fixed']}
    """
    known = readings(id) or ["fixed"]
    check = find(id, known[0])
    arguments = {
        name: say_kind(kind) + ("" if default is Parameter.empty else f" (by default {json.dumps(default)})")
        for name, (kind, default) in check.kinds.items()
    }
    asks = check.description if isinstance(check.description, str) else " / ".join(check.description.values())
    return {"id": id, "arguments": arguments, "asks": asks, "source": check.sees_source, "readings": known}


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
      rlvr constraints tasks ifeval ifeval_input_data.jsonl > tasks.jsonl
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
      rlvr constraints draw prompts.jsonl --language fr --count 3 > tasks.jsonl
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
