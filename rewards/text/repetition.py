"""`text.repetition`: the answer does not repeat itself."""

from __future__ import annotations

from rlvr import Sample, Verdict, reward

_SPARSE = 20
"""Characters a word has on average before a text counts as written without spaces (Chinese, Japanese, Thai)."""


@reward("text.repetition")
def repetition(sample: Sample) -> Verdict:
    """The share of different n-grams among all n-grams of the answer: 1 where none is repeated.

    This is distinct-n (Li et al. 2016, arXiv 1510.03055). Texts without spaces are cut into characters, not words. An
    answer shorter than one n-gram cannot repeat one and scores 1; an empty answer scores 0.

    Args:
        sample: `data["ngram"]` is n, 4 by default.

    Raises:
        ValueError: `data["ngram"]` is no positive whole number (status `error`).

    >>> repetition.check("a b c d e f").score
    1.0
    >>> round(repetition.check("so it is " * 20).score, 3)
    0.053
    """
    size = sample.data.get("ngram", 4)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueError(f"data['ngram'] is {size!r}; it is a positive whole number")
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer")
    words = sample.answer.split()
    if not words:
        return Verdict.wrong("the answer is empty", extracted="")
    dense = len("".join(words)) > _SPARSE * len(words)
    units = "".join(words) if dense else words
    total = max(0, len(units) - size + 1)
    different = len({tuple(units[i : i + size]) for i in range(total)})
    kind = f"{size}-grams of {'characters' if dense else 'words'}"
    if not total:
        return Verdict(1.0, explanation=f"too short for {kind}")
    return Verdict(
        different / total,
        explanation=f"{total - different} of {total} {kind} repeat an earlier one",
        metrics={"repeated": (total - different) / total},
    )
