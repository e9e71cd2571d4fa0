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
    """The word without case and without what surrounds it; a word of signs only (`+`, `->`) stays whole.

    What makes another word of it belongs to it: -3 is not 3, .5 is not 5, 50% is not 50, C++ is not C.
    """
    folded = unicodedata.normalize("NFKC", word).casefold().replace("\u2212", "-")
    inside = [i for i, letter in enumerate(folded) if unicodedata.category(letter)[0] in "LMN"]
    if not inside:
        return folded
    start, end = inside[0], inside[-1] + 1
    if folded[start].isdigit():
        point = folded[:start].endswith(".") and not folded[:start].endswith("..")
        start -= point
        start -= folded[:start].endswith("-")
    while end < len(folded) and folded[end] in "%#+":
        end += 1
    return folded[start:end]
