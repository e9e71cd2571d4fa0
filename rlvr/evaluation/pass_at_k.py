"""pass@k: the probability that one of k samples is right, estimated without bias from n of them."""

from __future__ import annotations

from math import comb


def pass_at_k(n: int, c: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k): the share of the sets of k among n samples with a right one in them.

    Chen et al. 2021, arXiv 2107.03374, equation 1. In whole numbers, so nothing is lost to rounding.

    Args:
        n: Samples.
        c: How many of them are right.
        k: Samples that one would draw, at most n.

    Raises:
        ValueError: Not 0 <= c <= n, or not 1 <= k <= n.

    >>> pass_at_k(5, 2, 1), pass_at_k(5, 2, 4), pass_at_k(3, 0, 2)
    (0.4, 1.0, 0.0)
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@{k} of {c} right samples among {n} is not defined.")
    return 1 - comb(n - c, k) / comb(n, k)
