"""What a row of a JSONL file may hold, checked field by field; a `ValueError` or a text says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rlvr.errors import DataError, did_you_mean
from rlvr.sample import Message, Prompt, is_list, is_object

ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that cannot be used.

    Attributes:
        number: Of the line, from 1.
        problem: What is wrong with it.
        line: The line itself.
    """

    number: int
    problem: str
    line: bytes


def broken_lines_error(file: str, broken: Sequence[BrokenLine], *, hint: str = "") -> DataError:
    """The error that names the broken lines of a file, says what is wrong, and shows how they begin.

    >>> print(broken_lines_error("tasks.jsonl", [BrokenLine(3, "no `prompt`.", b'{"reference": "4"}')]))
    tasks.jsonl has a broken line:
      line 3: no `prompt`.
        {"reference": "4"}
    """
    count = "a broken line" if len(broken) == 1 else f"{len(broken)} broken lines"
    message = [f"{file} has {count}:"]
    for bad in broken[:_SHOWN_LINES]:
        text = bad.line.decode("utf-8", errors="replace").strip()
        start = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
        message += [f"  line {bad.number}: {bad.problem}", f"    {start}"]
    if len(broken) > _SHOWN_LINES:
        message.append(f"  and {len(broken) - _SHOWN_LINES} more.")
    return DataError("\n".join(message), hint=hint)


def read_object(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        ValueError: There is none.

    >>> read_object(b'[1]')
    Traceback (most recent call last):
        ...
    ValueError: a list instead of an object.
    """
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 at byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos + 1}.") from None
    except RecursionError:
        raise ValueError("nested too deeply.") from None
    if not is_object(row):
        raise ValueError(f"{kind(row)} instead of an object.")
    return row


def read_prompt(value: str | list[dict[str, str]]) -> Prompt:
    """A prompt in which `prompt_problems` found nothing.

    >>> read_prompt([{"role": "user", "content": "2 + 2 ="}])
    (Message(role='user', content='2 + 2 ='),)
    """
    return value if isinstance(value, str) else tuple(Message(**message) for message in value)


def prompt_problems(value: object) -> Iterator[str]:
    """What is wrong with the value of `prompt`.

    >>> list(prompt_problems([{"role": "usr", "content": "2 + 2 ="}]))[0][:55]
    'message 1 of `prompt` has the role `usr`. Did you mean '
    """
    if not isinstance(value, str) and not is_list(value):
        yield f"`prompt` is {kind(value)}; it is a text or a list of messages."
    elif not value:
        yield "`prompt` is empty."
    elif is_list(value):
        for number, message in enumerate(value, start=1):
            yield from (f"message {number} of `prompt` {problem}" for problem in _message_problems(message))


def _message_problems(message: object) -> Iterator[str]:
    if not is_object(message):
        yield f'is {kind(message)}; it is `{{"role": ..., "content": ...}}`.'
        return
    yield from (f"has the unknown key `{key}`." for key in message if key not in ("role", "content"))
    role = message.get("role")
    if role not in ROLES:
        suggestion = did_you_mean(str(role), ROLES)
        yield f"has the role `{role}`.{suggestion} Roles: {', '.join(ROLES)}."
    if not isinstance(message.get("content"), str):
        yield f"has {kind(message.get('content'))} as its content; it is a text."


def kind(value: object) -> str:
    """What a JSON value is, in words.

    >>> kind(None), kind(3)
    ('null', 'a number')
    """
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        type(None): "null",
    }
    return names.get(type(value), "a number")
