"""Rows judged in batches, in order, with the whole file never in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from itertools import groupby, islice
from typing import TypeVar

from rlvr.compose import Composable
from rlvr.errors import DataError
from rlvr.judging import group_key
from rlvr.review.rows import Row
from rlvr.sample import Sample
from rlvr.scoring import Scorer
from rlvr.verdict import Verdict

T = TypeVar("T")
BATCH = 256
"""Rows judged at a time: enough to keep some workers busy, and soon there when a pipe is read."""


def score_rows(reward: Composable, rows: Iterable[Row], *, workers: int = 2) -> Iterator[tuple[Row, Verdict]]:
    """Each row with its verdict, in order. Failures are verdicts here; how many are too many is the caller's to say.

    Args:
        reward: What to judge with.
        rows: Read as they are needed.
        workers: Processes, for rewards that run in one of their own.

    Raises:
        DataError: The reward compares samples of a group, and those of one group do not stand together.

    >>> from rlvr import Sample, get_reward
    >>> rows = [Row("said.jsonl:1", {}, Sample("4", reference="4"))]
    >>> [verdict.score for _, verdict in score_rows(get_reward("text.exact"), rows)]
    [1.0]
    """
    with Scorer(reward, workers=workers, max_error_rate=1.0) as scorer:
        for batch in row_batches(rows, by_group=reward.compares):
            yield from zip(batch, judged(scorer, [row.sample for row in batch]), strict=True)


def judged(scorer: Scorer, samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts; what a reward prints meanwhile goes to standard error, since standard output may hold rows."""
    with redirect_stdout(sys.stderr):
        return scorer.score(samples)


def row_batches(rows: Iterable[Row], *, by_group: bool) -> Iterator[list[Row]]:
    """Lists of about `BATCH` rows; no group is cut in two where `by_group` says that it matters.

    Raises:
        DataError: A group goes on after another has begun.
    """
    if not by_group:
        yield from in_batches(rows, BATCH)
        return
    batch: list[Row] = []
    ended: set[int] = set()
    for key, members in groupby(rows, lambda row: group_key(row.sample)):
        group = list(members)
        if hash(key) in ended:
            raise DataError(
                f"{group[0].place} belongs to a group whose other samples do not stand beside it.",
                hint="The reward compares the samples of a group; sort the file so that each group stands together.",
            )
        ended.add(hash(key))
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter (`itertools.batched`, which Python 3.11 lacks).

    >>> list(in_batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
