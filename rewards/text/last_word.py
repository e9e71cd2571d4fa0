"""`text.last_word`: the answer ends in the reference, whatever stands before it."""

from __future__ import annotations

import unicodedata

from rlvr import Sample, Verdict, reward


@reward("text.last_word")
def last_word(sample: Sample) -> Verdict:
    """1 when the last word of the answer is the reference, up to case, punctuation around it and Unicode form (NFKC).

    The lenient companion of `text.exact`, for reports: it tells a wrong answer from a right one in the wrong form. As a
    training reward it would leave the form to chance.

    Args:
        sample: `reference` is a string of one word.

    Raises:
        ValueError: The reference is no single word (status `error`).

    >>> last_word.check("The answer is Paris.", reference="paris").score
    1.0
    >>> last_word.check("Paris, or Lyon", reference="Paris").explanation
    "the last word is 'lyon', not 'paris'"
    """
    if not isinstance(sample.reference, str) or len(sample.reference.split()) != 1:
        raise ValueError(f"the reference {sample.reference!r} is no single word")
    expected = _bare(sample.reference)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=expected)
    words = [word for word in map(_bare, sample.answer.split()) if word]
    if not words:
        return Verdict.wrong("the answer has no word", expected=expected)
    if words[-1] == expected:
        return Verdict.right(words[-1], expected, "the last word is the reference")
    return Verdict.wrong(
        f"the last word is {words[-1][:80]!r}, not {expected!r}", extracted=words[-1], expected=expected
    )


def _bare(word: str) -> str:
    """The word without case and without what surrounds it; a word of signs only (`+`, `->`) stays whole."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    inside = [i for i, letter in enumerate(folded) if unicodedata.category(letter)[0] in "LMN"]
    return folded[inside[0] : inside[-1] + 1] if inside else folded
