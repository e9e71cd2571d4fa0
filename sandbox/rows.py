"""Rows of a file, each a program with its tests: what `rlvr sandbox judge` reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from rlvr.errors import DataError, RlvrError
from rlvr.sandbox.checks import read_tests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.interface import Job, Sandbox
from rlvr.sandbox.languages.catalogue import PYTHON
from rlvr.sandbox.languages.starting import check_tests
from rlvr.sandbox.languages.toolchains import toolchain
from rlvr.sandbox.outcome import Judgement, Outcome

_AHEAD = 64


def read_rows(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines.

    Raises:
        DataError: A line is no JSON object; names file and line.

    >>> list(read_rows(['{"id": "a"}'], "x.jsonl"))
    [{'id': 'a'}]
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{name}, line {number}: no JSON: {error}.") from None
        if not isinstance(row, dict):
            raise DataError(f"{name}, line {number}: a row is an object with `kind`, `program` and `tests`.")
        yield row


def judge_rows(pool: Sandbox, rows: Iterable[dict[str, Any]], *, stop: bool = True) -> Iterator[dict[str, Any]]:
    """Each row with `verdict`, results of its tests, time and memory added, in the order they came.

    Args:
        pool: Where they run, as many at a time as it has lanes.
        rows: `{"id"?, "kind", "program", "tests", "limits"?, "language"?, "solution"?}`; see
            `rlvr.sandbox.checks.read_tests`.
        stop: End each at the first test that fails.

    >>> from rlvr.sandbox import SandboxPool
    >>> row = {"kind": "stdin", "program": "print(7)", "tests": {"cases": [{"input": "", "output": "7"}]}}
    >>> with SandboxPool(1) as pool:
    ...     next(judge_rows(pool, [row]))["verdict"]
    'accepted'
    """
    waiting = iter(rows)
    with ThreadPoolExecutor(pool.size) as threads:
        running: list[tuple[dict[str, Any], Future[Judgement]]] = []
        while True:
            for row in islice(waiting, _AHEAD - len(running)):
                running.append((row, threads.submit(_judge_row, pool, row, stop)))
            if not running:
                return
            row, future = running.pop(0)
            yield row | future.result().as_dict()


def _judge_row(pool: Sandbox, row: dict[str, Any], stop: bool) -> Judgement:
    try:
        program = row["program"]
        if not isinstance(program, str):
            raise DataError("`program` is no text.")
        tests = read_tests(row.get("kind", ""), row.get("tests", {}))
        limits = Limits.of(row.get("limits") or {})
        language = str(row.get("language") or PYTHON)
        other = check_tests(language, tests)
        if other is not None:
            toolchain(other)
    except KeyError as error:
        return Judgement(Outcome.SANDBOX_ERROR, explanation=f"the row lacks {error}")
    except (RlvrError, TypeError) as error:
        return Judgement(Outcome.SANDBOX_ERROR, explanation=str(error))
    return pool.judge_job(Job(program, tests, limits, stop, language, str(row.get("solution") or "")))
