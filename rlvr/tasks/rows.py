"""Rows of a JSONL file, checked strictly: every broken line is named at once, with what is wrong and how it begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from rlvr.errors import DataError

T = TypeVar("T")
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 80


def read_rows(
    path: str | Path,
    convert: Callable[[dict[str, Any], int], T],
    *,
    what: str,
    hint: Callable[[Sequence[bytes]], str] | None = None,
) -> list[T]:
    r"""What `convert` makes of each line of a file; blank lines are skipped.

    Args:
        path: JSONL, an object in each line.
        convert: Makes one of an object and the number of its line; `ValueError` says why it cannot.
        what: What the file should hold, for the error when it holds none.
        hint: What to do about the broken lines.

    Raises:
        DataError: The file cannot be read, has broken lines, or holds nothing.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rows.jsonl"
    >>> _ = file.write_text('{"a": 1}\n\n{"a": 2}\n')
    >>> read_rows(file, lambda row, line: (line, row["a"]), what="rows")
    [(1, 1), (3, 2)]
    """
    path = Path(path).expanduser()
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    found: list[T] = []
    broken: list[tuple[int, str, bytes]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(convert(_object(line), number))
        except ValueError as error:
            broken.append((number, str(error), line))
    if broken:
        raise DataError(_listing(path, broken), hint=hint([line for _, _, line in broken]) if hint else "")
    if not found:
        raise DataError(f"{path} holds no {what}.")
    return found


def kind_of(value: object) -> str:
    """What a JSON value is, in words for an error.

    >>> kind_of([1]), kind_of(None)
    ('a list', 'null')
    """
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        type(None): "null",
    }
    return names.get(type(value), "a number")


def _object(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 at byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at character {error.pos + 1}.") from None
    except RecursionError:
        raise ValueError("nested too deeply.") from None
    if not isinstance(row, dict):
        raise ValueError(f"{kind_of(row)} instead of an object.")  # noqa: TRY004 - one type for all that a row can be
    return cast("dict[str, Any]", row)


def _listing(path: Path, broken: Sequence[tuple[int, str, bytes]]) -> str:
    count = "a broken line" if len(broken) == 1 else f"{len(broken)} broken lines"
    message = [f"{path} has {count}:"]
    for number, problem, line in broken[:_SHOWN_LINES]:
        text = line.decode("utf-8", errors="replace").strip()
        start = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
        message += [f"  line {number}: {problem}", f"    {start}"]
    if len(broken) > _SHOWN_LINES:
        message.append(f"  and {len(broken) - _SHOWN_LINES} more.")
    return "\n".join(message)
