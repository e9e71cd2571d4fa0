"""Tasks for `mt.preference`, made of human scores: each letter is right as often as the other, by construction."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.languages.identification import name_of
from rlvr.rewards.languages.pairs import Pair
from rlvr.sample import Json

Ties = Literal["drop", "ask"]
"""What becomes of two translations that people score alike: no task, or one whose answer is `C`."""

_ASKED: Final = """Which translation of this {source_name} text to {target_name} is better? \
Compare them, then end with `Answer: A` or `Answer: B`{tie}.

{source_name}: {source}

Translation A: {first}

Translation B: {second}"""
_TIE: Final = ", or with `Answer: C` if they are equally good"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two translations of one source with their human scores, more being better."""

    source: str
    first: str
    second: str
    first_score: float
    second_score: float
    pair: Pair


def preference_tasks(
    comparisons: Sequence[Comparison], seed: int, *, ties: Ties = "drop", margin: float = 0.0, both_orders: bool = False
) -> list[Task]:
    """Tasks that ask for the better of two translations.

    Which stands first is drawn so that `A` and `B` are right equally often, give or take one: whoever always says `A`
    earns half.

    Args:
        comparisons: Translations with human scores.
        seed: Of the order; the tasks come in that of the comparisons.
        ties: Whether equal ones make tasks.
        margin: Scores that differ by no more count as equal.
        both_orders: Every comparison makes two tasks, one in each order.

    Raises:
        DataError: Two translations to be compared are the same text.

    >>> scored = [Comparison("A house.", "Ein Haus.", "Ein Hase.", 90, 40, Pair("en", "de"))] * 10
    >>> sorted(str(task.reference) for task in preference_tasks(scored, seed=0))
    ['A', 'A', 'A', 'A', 'A', 'B', 'B', 'B', 'B', 'B']
    """
    for place, one in enumerate(comparisons):
        if one.first.strip() == one.second.strip():
            raise DataError(f"Comparison {place} has the same translation twice: {one.first[:60]!r}.")
    kept = [one for one in comparisons if ties == "ask" or not _tied(one, margin)]
    if both_orders:
        orders = [True, False] * len(kept)
        kept = [one for one in kept for _ in "ab"]
    else:
        decided = [not _tied(one, margin) for one in kept]
        by_kind = {kind: iter(_orders(decided.count(kind), f"{seed}/{kind}")) for kind in (True, False)}
        orders = [next(by_kind[kind]) for kind in decided]
    return [
        _task(one, better_first, margin, ties == "ask", f"mt.preference/{seed}/{place}")
        for place, (one, better_first) in enumerate(zip(kept, orders, strict=True))
    ]


def comparisons_of(source: str, scored: Iterable[tuple[str, float]], pair: Pair) -> list[Comparison]:
    """All pairs of several scored translations of one source; a text that is there twice is taken once.

    >>> [one.second for one in comparisons_of("Hi", [("Hallo", 3.0), ("Ahoi", 2.0), ("He", 1.0)], Pair("en", "de"))]
    ['Ahoi', 'He', 'He']
    """
    by_text = {text.strip(): score for text, score in scored}
    return [
        Comparison(source, first, second, by_text[first], by_text[second], pair)
        for first, second in combinations(by_text, 2)
    ]


def _tied(one: Comparison, margin: float) -> bool:
    return abs(one.first_score - one.second_score) <= margin


def _orders(count: int, seed: str) -> list[bool]:
    """As many of one kind as of the other, in an order of chance."""
    chance = random.Random(f"mt.preference/{seed}")
    odd = chance.random() < 0.5
    orders = [place % 2 == odd for place in range(count)]
    for last in range(count - 1, 0, -1):  # Fisher and Yates; `shuffle` is not promised to stay the same
        other = int(chance.random() * (last + 1))
        orders[last], orders[other] = orders[other], orders[last]
    return orders


def _task(one: Comparison, better_first: bool, margin: float, asked: bool, id: str) -> Task:
    better_is_first = one.first_score >= one.second_score
    texts = (one.first, one.second) if better_is_first == better_first else (one.second, one.first)
    label = "C" if _tied(one, margin) else "A" if better_first else "B"
    prompt = _ASKED.format(
        source_name=name_of(one.pair.source),
        target_name=name_of(one.pair.target),
        tie=_TIE if asked else "",
        source=one.source,
        first=texts[0],
        second=texts[1],
    )
    data: dict[str, Json] = {
        "source": one.source,
        "source_language": one.pair.source,
        "target_language": one.pair.target,
        "choices": {"A": texts[0], "B": texts[1]},
    }
    return Task((Message("user", prompt),), label, data, "mt.preference", demonstration=f"Answer: {label}", id=id)
