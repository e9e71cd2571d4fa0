"""Rows judged in batches, in order, with the whole file never in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from rlvr.compose import Composable
from rlvr.review.rows import Row
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

    >>> from rlvr import Sample, get_reward
    >>> rows = [Row("said.jsonl:1", {}, Sample("4", reference="4"))]
    >>> [verdict.score for _, verdict in score_rows(get_reward("text.exact"), rows)]
    [1.0]
    """
    with Scorer(reward, workers=workers, max_error_rate=1.0) as scorer:
        for chunk in in_batches(rows, BATCH):
            yield from zip(chunk, scorer.score([row.sample for row in chunk]), strict=True)


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter (`itertools.batched`, which Python 3.11 lacks).

    >>> list(in_batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
