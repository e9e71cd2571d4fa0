"""Which mutants of a session are tried: a seeded sample of those that a run could notice."""

from __future__ import annotations

import ast
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Span: TypeAlias = tuple[tuple[int, int], tuple[int, int]]


def quiet_spans(tree: ast.Module) -> Iterator[Span]:
    """Where annotations begin and end: with `from __future__ import annotations` they are never computed."""
    for node in ast.walk(tree):
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for one in annotations:
            if isinstance(one, ast.expr):
                yield (one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0)


def operator_spans(tree: ast.Module) -> Iterator[Span]:
    """Where operators between two sides stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            end = (node.left.end_lineno or 0, node.left.end_col_offset or 0)
            yield end, (node.right.lineno, node.right.col_offset)
        elif isinstance(node, ast.AugAssign):
            yield (
                (node.target.end_lineno or 0, node.target.end_col_offset or 0),
                (node.value.lineno, node.value.col_offset),
            )


def draw(session: Path, folder: Path, seed: int, count: int) -> int:
    """Leaves a seeded sample in a session of cosmic-ray.

    Returns:
        How many there were to draw from.
    """
    spans: dict[str, tuple[list[Span], list[Span]]] = {}
    drawn: list[tuple[str, str, int, str]] = []
    with sqlite3.connect(session) as table:
        columns = "module_path, operator_name, occurrence, start_pos_row, start_pos_col, job_id"
        for module, operator, occurrence, row, column, job in table.execute(f"select {columns} from mutation_specs"):
            if module not in spans:
                tree = ast.parse((folder / module).read_text())
                spans[module] = list(quiet_spans(tree)), list(operator_spans(tree))
            quiet, operators = spans[module]
            if any(first <= (row, column) < last for first, last in quiet):
                continue
            if "BinaryOperator" in operator and not any(first <= (row, column) < last for first, last in operators):
                continue
            drawn.append((module, operator, occurrence, job))
        drawn.sort()
        kept = {job for *_, job in random.Random(seed).sample(drawn, min(count, len(drawn)))}
        for name in ("mutation_specs", "work_items"):
            jobs = [(job,) for (job,) in table.execute(f"select job_id from {name}") if job not in kept]
            table.executemany(f"delete from {name} where job_id = ?", jobs)
    return len(drawn)
