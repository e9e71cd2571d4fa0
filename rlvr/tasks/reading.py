r"""Tasks from JSONL: a row each, checked strictly, since a misspelt `reference` would train on nothing.

{"prompt": "2 + 2 =", "reference": "4"}
{"prompt": [{"role": "user", "content": "What is 2 + 2?"}], "reference": "4", "demonstration": "4", "id": "two"}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rlvr.errors import DataError, did_you_mean
from rlvr.rows.fields import BrokenLine, broken_lines_error, kind, prompt_problems, read_object, read_prompt
from rlvr.sample import Task, is_list

KEYS: Final = ("prompt", "reference", "data", "demonstration", "candidates", "reward", "id")
_GSM8K = """Rows with `question` and `answer` are published GSM8K: data.format=gsm8k reads them. Or make tasks of them:
python -c 'import json, sys; [print(json.dumps({"prompt": r["question"], "demonstration": r["answer"], \
"reference": r["answer"].split("####")[-1].strip()})) for r in map(json.loads, sys.stdin)]' < IN.jsonl > OUT.jsonl"""


def read_tasks(path: str | Path) -> list[Task]:
    r"""The tasks of a file, a JSON object in each line; blank lines are skipped.

    Args:
        path: JSONL with `prompt` (a text, or chat messages `{"role", "content"}`) and, as needed, `reference` (any
            JSON), `data` (an object), `demonstration`, `reward` and `id` (texts), `candidates` (a list of texts). An
            `id` defaults to `file:line`.

    Raises:
        DataError: Some lines are no tasks; it names them, says what is wrong, and shows how they begin.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "tasks.jsonl"
    >>> _ = file.write_text('{"prompt": "2 + 2 =", "reference": "4"}\n')
    >>> read_tasks(file)[0].id
    'tasks.jsonl:1'
    """
    path = Path(path).expanduser()
    scan = scan_tasks(path)
    if scan.broken:
        published = any(b'"question"' in bad.line and b'"answer"' in bad.line for bad in scan.broken)
        raise broken_lines_error(str(path), scan.broken, hint=_GSM8K if published else "")
    if not scan.tasks:
        raise DataError(f"{path} holds no tasks.")
    return [task for _, task in scan.tasks]


@dataclass(frozen=True, slots=True)
class Scan:
    """The lines of a tasks file.

    Attributes:
        tasks: Number of the line, and the task it holds.
        broken: The lines that hold none.
    """

    tasks: list[tuple[int, Task]]
    broken: list[BrokenLine]


def scan_tasks(path: str | Path) -> Scan:
    """Tasks and broken lines of a file, for who wants to see all that is wrong with it.

    Raises:
        DataError: The file cannot be read.
    """
    path = Path(path).expanduser()
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    scan = Scan([], [])
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            scan.tasks.append((number, task_of_row(read_object(line), f"{path.name}:{number}")))
        except ValueError as error:
            scan.broken.append(BrokenLine(number, str(error), line))
    return scan


def task_of_row(row: dict[str, Any], place: str) -> Task:
    """The task that a row holds.

    Args:
        row: Of a tasks file.
        place: What it is called unless it has an `id`.

    Raises:
        ValueError: It is none; the message says all that is wrong with it.
    """
    problems = [f"unknown key `{key}`.{did_you_mean(key, KEYS)}" for key in row if key not in KEYS]
    if "prompt" not in row:
        problems.append("no `prompt`.")
    else:
        problems += prompt_problems(row["prompt"])
    for key in ("demonstration", "reward"):
        if not isinstance(row.get(key), str | None):
            problems.append(f"`{key}` is {kind(row[key])}; it is a text.")
    problems += _candidate_problems(row.get("candidates"))
    if not isinstance(row.get("data"), dict | None):
        problems.append(f"`data` is {kind(row['data'])}; it is an object.")
    if not isinstance(row.get("id"), str | int | None):
        problems.append(f"`id` is {kind(row['id'])}; it is a text.")
    if problems:
        raise ValueError(" ".join(problems))
    return Task(
        prompt=read_prompt(row["prompt"]),
        reference=row.get("reference"),
        data=row.get("data") or {},
        reward=row.get("reward"),
        demonstration=row.get("demonstration"),
        candidates=tuple(row.get("candidates") or ()),
        id=str(row["id"]) if row.get("id") is not None else place,
    )


def _candidate_problems(value: object) -> Iterator[str]:
    if value is None:
        return
    if not is_list(value):
        yield f"`candidates` is {kind(value)}; it is a list of texts."
        return
    others = [kind(one) for one in value if not isinstance(one, str)]
    if others:
        yield f"`candidates` holds {others[0]}; it is a list of texts."
