r"""Tasks from JSONL: a row each, checked strictly, since a misspelt `reference` would train on nothing.

{"prompt": "2 + 2 =", "reference": "4"}
{"prompt": [{"role": "user", "content": "What is 2 + 2?"}], "reference": "4", "demonstration": "4", "id": "two"}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from rlvr.errors import DataError, did_you_mean
from rlvr.sample import Message, Prompt, Task

KEYS: Final = ("prompt", "reference", "data", "demonstration", "reward", "id")
ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 80
_GSM8K = """Rows with `question` and `answer` are GSM8K as it is published. One line makes them tasks:
python -c 'import json, sys; [print(json.dumps({"prompt": r["question"], "demonstration": r["answer"], \
"reference": r["answer"].split("####")[-1].strip()})) for r in map(json.loads, sys.stdin)]' < IN.jsonl > OUT.jsonl"""


def read_tasks(path: str | Path) -> list[Task]:
    r"""The tasks of a file, a JSON object in each line; blank lines are skipped.

    Args:
        path: JSONL with `prompt` (a text, or chat messages `{"role", "content"}`) and, as needed, `reference` (any
            JSON), `data` (an object), `demonstration`, `reward` and `id` (texts). An `id` defaults to `file:line`.

    Raises:
        DataError: Some lines are no tasks; it names them, says what is wrong, and shows how they begin.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "tasks.jsonl"
    >>> _ = file.write_text('{"prompt": "2 + 2 =", "reference": "4"}\n')
    >>> read_tasks(file)[0].id
    'tasks.jsonl:1'
    """
    path = Path(path).expanduser()
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    tasks: list[Task] = []
    broken: list[tuple[int, str, bytes]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            tasks.append(_read_line(line, f"{path.name}:{number}"))
        except ValueError as error:
            broken.append((number, str(error), line))
    if broken:
        raise _error(path, broken)
    if not tasks:
        raise DataError(f"{path} holds no tasks.")
    return tasks


def _error(path: Path, broken: list[tuple[int, str, bytes]]) -> DataError:
    count = "a broken line" if len(broken) == 1 else f"{len(broken)} broken lines"
    message = [f"{path} has {count}:"]
    for number, problem, line in broken[:_SHOWN_LINES]:
        text = line.decode("utf-8", errors="replace").strip()
        start = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
        message += [f"  line {number}: {problem}", f"    {start}"]
    if len(broken) > _SHOWN_LINES:
        message.append(f"  and {len(broken) - _SHOWN_LINES} more.")
    published = any(b'"question"' in line and b'"answer"' in line for _, _, line in broken)
    return DataError("\n".join(message), hint=_GSM8K if published else "")


def _read_line(line: bytes, place: str) -> Task:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 at byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos + 1}.") from None
    except RecursionError:
        raise ValueError("nested too deeply.") from None
    if not isinstance(row, dict):
        raise ValueError(f"{_kind(row)} instead of an object.")  # noqa: TRY004 - one type for all that a row can be
    return _task(cast("dict[str, Any]", row), place)


def _task(row: dict[str, Any], place: str) -> Task:
    problems = [f"unknown key `{key}`.{did_you_mean(key, KEYS)}" for key in row if key not in KEYS]
    if "prompt" not in row:
        problems.append("no `prompt`.")
    else:
        problems += _prompt_problems(row["prompt"])
    for key in ("demonstration", "reward"):
        if not isinstance(row.get(key), str | None):
            problems.append(f"`{key}` is {_kind(row[key])}; it is a text.")
    if not isinstance(row.get("data"), dict | None):
        problems.append(f"`data` is {_kind(row['data'])}; it is an object.")
    if not isinstance(row.get("id"), str | int | None):
        problems.append(f"`id` is {_kind(row['id'])}; it is a text.")
    if problems:
        raise ValueError(" ".join(problems))
    return Task(
        prompt=_prompt(row["prompt"]),
        reference=row.get("reference"),
        data=row.get("data") or {},
        reward=row.get("reward"),
        demonstration=row.get("demonstration"),
        id=str(row["id"]) if row.get("id") is not None else place,
    )


def _prompt(value: str | list[dict[str, str]]) -> Prompt:
    return value if isinstance(value, str) else tuple(Message(**message) for message in value)


def _prompt_problems(value: object) -> Iterator[str]:
    if not isinstance(value, str | list):
        yield f"`prompt` is {_kind(value)}; it is a text or a list of messages."
    elif not value:
        yield "`prompt` is empty."
    elif isinstance(value, list):
        for number, message in enumerate(cast("list[object]", value), start=1):
            yield from (f"message {number} of `prompt` {problem}" for problem in _message_problems(message))


def _message_problems(message: object) -> Iterator[str]:
    if not isinstance(message, dict):
        yield f'is {_kind(message)}; it is `{{"role": ..., "content": ...}}`.'
        return
    fields = cast("dict[str, object]", message)
    yield from (f"has the unknown key `{key}`." for key in fields if key not in ("role", "content"))
    role = fields.get("role")
    if role not in ROLES:
        suggestion = did_you_mean(str(role), ROLES)
        yield f"has the role `{role}`.{suggestion} Roles: {', '.join(ROLES)}."
    if not isinstance(fields.get("content"), str):
        yield f"has {_kind(fields.get('content'))} as its content; it is a text."


def _kind(value: object) -> str:
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        type(None): "null",
    }
    return names.get(type(value), "a number")
