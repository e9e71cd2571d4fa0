"""`text.exact`: the answer is the reference."""

from __future__ import annotations

import unicodedata

from rlvr import Sample, Verdict, reward


@reward("text.exact")
def exact(sample: Sample) -> Verdict:
    """1 when answer and reference are the same text, up to outer white space and Unicode composition (NFC).

    Args:
        sample: `reference` is a string.

    Raises:
        TypeError: The reference is no string (status `error`).

    >>> exact.check("<think>France?</think> Paris ", reference="Paris").score
    1.0
    >>> exact.check("paris", reference="Paris").explanation
    "'paris' is not 'Paris'"
    """
    if not isinstance(sample.reference, str):
        raise TypeError(f"the reference is {type(sample.reference).__name__}, no string")
    expected = _canonical(sample.reference)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=expected)
    given = _canonical(sample.answer)
    if given == expected:
        return Verdict.right(given, expected, "the answer is the reference")
    return Verdict.wrong(f"{_short(given)} is not {_short(expected)}", extracted=given, expected=expected)


def _canonical(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
