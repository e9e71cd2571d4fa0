"""What is still in the source language: pieces of a structure that were copied and not translated.

Every check of structure passes on a copy of the source; so each asks here whether its texts changed. What has no word,
what is as short as a name, and what a reference leaves as it is too, may stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.languages.matching import tokens_of

_NAME = 3  # words that a name or a product may have
_SAME = 0.8


def still_source(source: Sequence[str], answer: Sequence[str], references: Sequence[Sequence[str]] = ()) -> list[str]:
    """The texts that a translation leaves as they are, though there is something in them to translate.

    Args:
        source: Texts of the source, in order.
        answer: As many of the translation.
        references: Those of reference translations; one with another number of texts is passed over.

    >>> still_source(["Save your work now", "Word 2019"], ["Save your work now", "Word 2019"])
    ['Save your work now']
    """
    known = [one for one in references if len(one) == len(source)]
    left, whole = list[str](), 0
    for place, (was, is_now) in enumerate(zip(source, answer, strict=True)):
        words = _words(was)
        if not words or any(_copied(words, _words(one[place])) for one in known):
            continue
        whole += 1
        if _copied(words, _words(is_now)) and (len(words) > _NAME or known):
            left.append(was)
    if not left and whole and not known and all(_words(a) == _words(b) for a, b in zip(source, answer, strict=True)):
        # Names may stay; where everything stays there was no translation.
        return [one for one in source if _words(one)]
    return left


def judge_translated(
    source: Sequence[str], answer: Sequence[str], references: Sequence[Sequence[str]], unit: str
) -> Outcome:
    """Whether the texts of a structure that was kept are translated, for checks that have compared all the rest.

    >>> judge_translated(["Save your work now"], ["Save your work now"], [], "1 row").reason
    "not translated: 'Save your work now'"
    """
    left = still_source(source, answer, references)
    return Outcome(float(not left), f"not translated: {left[0][:60]!r}" if left else unit)


def _words(text: str) -> list[str]:
    return [token.text.casefold() for token in tokens_of(text) if any(map(str.isalpha, token.text))]


def _copied(words: list[str], others: list[str]) -> bool:
    """Whether most runs of three words of one text stand in the other."""
    if len(words) < 3:
        return words == others
    runs, known = list(_runs(words)), set(_runs(others))
    return sum(run in known for run in runs) >= _SAME * len(runs)


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(words, words[1:], words[2:], strict=False))
