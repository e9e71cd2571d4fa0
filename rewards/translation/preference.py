"""`mt.preference`: which of two translations is better? Right when it agrees with the human label."""

from __future__ import annotations

import re
from typing import Final

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.math.choice import chosen

CHOICES: Final = ("A", "B", "C")
"""The first translation, the second, and neither: they are equally good."""

_LONGEST: Final = 200_000
_TIE = re.compile(
    r"(?:\bit(?:'s| is) an? |\[\[|\b(?:answer|verdict|better)\s*:|\bthey are |\bboth are |\A)[*_\s]*"
    r"(?:tie|tied|equal|equally good|neither)[\]*_.\s]*\Z",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:[Tt]ranslation\s+)?([AB])\s+is\s+(?:the\s+)?(?:much\s+|clearly\s+|slightly\s+)?(?:better|best)\b[^\n]*\Z"
)

_NAMED = re.compile(r"(?:\b(?i:answer):[\s*_`(]{0,4}|\[\[\s{0,9})([A-Z])\b")


@reward("mt.preference")
def preference(sample: Sample) -> Verdict:
    r"""1 when the better of two translations is chosen, `A` or `B`, or `C` where they are equally good.

    Read are `A`, `[[A]]`, `\boxed{A}`, `Answer: A`, `Translation A is better.`, and `tie` for `C`: in the end of the
    answer, after whatever reasoning.

    Args:
        sample: `reference` is `A`, `B` or `C`. `preference_tasks` makes tasks so that each letter is as often right.

    Raises:
        DataError: The reference is none of them (status `error`).

    >>> preference.check("A drops the negation. So B is better.", reference="B").score
    1.0
    >>> preference.check("[[A]]", reference="C").explanation
    'A is not C'
    """
    wanted = sample.reference
    if wanted not in CHOICES:
        raise DataError(f"`reference` is {wanted!r}; it is A, B or, for a tie, C.")
    wanted = str(wanted)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=wanted)
    if len(sample.answer) > _LONGEST:
        return Verdict.wrong(f"{len(sample.answer)} characters; {_LONGEST} at most", expected=wanted)
    letter, problem = _letter(sample.answer.strip())
    if problem:
        return Verdict.wrong(problem, extracted=sample.answer.strip()[-200:] or None, expected=wanted)
    if letter != wanted:
        return Verdict.wrong(f"{letter} is not {wanted}", extracted=letter, expected=wanted)
    return Verdict.right(letter, wanted, f"the label is {wanted}")


def _letter(text: str) -> tuple[str, str]:
    named = {found[1] for found in _NAMED.finditer(text)}
    if len(named) > 1:
        return "", f"several choices: {' and '.join(sorted(named))}"
    if marked := re.search(r"\[\[\s{0,9}([A-Z])\s{0,9}\]\][.\s]*\Z", text[-400:]):
        return (marked[1], "") if marked[1] in CHOICES else ("", f"{marked[1]} is no choice")
    last = " ".join(text.rpartition("\n\n")[2][-400:].split())
    if _TIE.search(last):
        return "C", ""
    if said := _BETTER.search(last):
        return said[1], ""
    picked = chosen(text)
    if picked.problem:
        return "", picked.problem
    if picked.letter not in CHOICES or picked.letter not in picked.text.upper():
        return "", f"{picked.text.strip()[:40]} is no choice"
    return picked.letter, ""
