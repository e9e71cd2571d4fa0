"""Which row is next: of one source in an order that follows from a seed, of several by their shares."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import lru_cache


@lru_cache(maxsize=64)  # sources take turns, and a step may reach into the next epoch of each
def shuffled(size: int, seed: str) -> list[int]:
    """The numbers below `size` in an order that follows from `seed` alone; the list is shared, so leave it as it is."""
    draw = random.Random(seed)
    # Of all draws only `random()` is promised to stay the same from one Python to the next, so not `shuffle()`.
    keys = [draw.random() for _ in range(size)]
    return sorted(range(size), key=keys.__getitem__)


def chairman(shares: dict[str, Fraction], counts: dict[str, int]) -> str:
    """Who is next, so that at every time each count is less than 1 away from its share of all.

    Args:
        shares: Of each, two at least; their sum is 1.
        counts: How often each has been chosen, by this function.

    >>> shares, counts = {"a": Fraction(2, 3), "b": Fraction(1, 3)}, {"a": 0, "b": 0}
    >>> for _ in range(6):
    ...     chosen = chairman(shares, counts)
    ...     counts[chosen] += 1
    ...     print(chosen, end=" ")
    a b a a b a
    """
    least = Fraction(1, 2 * len(shares) - 2)
    turn = sum(counts.values()) + 1
    due = {name: share * turn - counts[name] for name, share in shares.items()}
    waiting = [name for name in shares if due[name] >= least]
    # Of those who may go, the one who could wait for the shortest time.
    return min(waiting, key=lambda name: (1 - least - due[name]) / shares[name])


def furthest_behind(shares: dict[str, Fraction], counts: dict[str, int]) -> str:
    """Who is furthest below its share; the largest of those that are equally far.

    >>> furthest_behind({"a": Fraction(2, 3), "b": Fraction(1, 3)}, {"a": 100, "b": 20})
    'b'
    """
    total = sum(counts.values())
    return max(shares, key=lambda name: (shares[name] * total - counts[name], shares[name]))
