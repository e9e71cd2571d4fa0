# ruff: noqa: RUF001, RUF002 - marks of other scripts are the subject
"""Where a keyword stands in a text: as a literal, whole, whatever its case."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rlvr.rewards.languages.letters import unsegmented
from rlvr.rewards.languages.measures import Text

_NO_WORD = "\"'“”‘’«»„「」『』()（）[]【】*_#>`~¿¡.,!?;:…。、，！？；：।॥؟،؛۔።፣ \t\n-–—"


def occurrences(text: Text, keyword: str) -> int:
    """How often a keyword stands in a text as a word or phrase of its own.

    In scripts that do not part words (Han, Kana, Thai, Lao, Khmer, Burmese) it may stand anywhere, in Hangul a particle
    may follow it; elsewhere no letter, mark or digit may touch it. All apostrophes are one.

    >>> occurrences(Text("cat category concat"), "cat"), occurrences(Text("I know C++ well"), "C++")
    (1, 1)
    >>> occurrences(Text("I don’t know"), "don't")
    1
    >>> occurrences(Text("我喜欢公园", "zh"), "公园"), occurrences(Text("यह नहीं है", "hi"), "नहीं")
    (1, 1)
    """
    wanted = _levelled(keyword)
    if not wanted:
        return 0
    inside, found, at = text.levelled, 0, -1
    while (at := inside.find(wanted, at + 1)) >= 0:
        end = at + len(wanted)
        if _parted(inside[at - 1 : at], wanted[0], before=True) and _parted(wanted[-1], inside[end : end + 1]):
            found += 1
            at = end - 1
    return found


@lru_cache(maxsize=4096)
def _levelled(keyword: str) -> str:
    return Text(keyword).levelled


def begins(text: Text, phrase: str) -> bool:
    """Whether a text begins with a word or phrase, after markup and quotation marks.

    Where words are written together the letters decide: a dictionary parts them otherwise in another context.

    >>> begins(Text("**Rain** fell."), "rain"), begins(Text("Rainy days."), "rain"), begins(Text("桜の花", "ja"), "桜")
    (True, False, True)
    """
    wanted = Text(phrase.strip(_NO_WORD), text.language)
    start = Text(text.levelled.lstrip(_NO_WORD)[: 4 * len(phrase) + 100], text.language)
    if wanted.folded and unsegmented(wanted.folded[-1]):
        return start.folded.startswith(wanted.folded)
    words = Text(wanted.levelled, text.language).words
    return bool(words) and start.words[: len(words)] == words


def ends(text: Text, phrase: str) -> bool:
    """Whether a text ends with a word or phrase, before punctuation and markup.

    >>> ends(Text("It was rain!"), "rain"), ends(Text("A train."), "rain"), ends(Text("看花。", "zh"), "花")
    (True, False, True)
    """
    wanted = Text(phrase.strip(_NO_WORD), text.language)
    end = Text(text.levelled.rstrip(_NO_WORD)[-4 * len(phrase) - 100 :], text.language)
    if wanted.folded and unsegmented(wanted.folded[0]):
        return end.folded.endswith(wanted.folded)
    words = Text(wanted.levelled, text.language).words
    return bool(words) and end.words[-len(words) :] == words


def _parted(left: str, right: str, *, before: bool = False) -> bool:
    inner, outer = (right, left) if before else (left, right)
    if not outer or not _of_word(inner) or not _of_word(outer):
        return not (outer and unicodedata.category(outer)[0] == "M" and not before)
    return unsegmented(inner) or unsegmented(outer) or (not before and "가" <= inner <= "힣" and "가" <= outer <= "힣")


def _of_word(letter: str) -> bool:
    return letter == "_" or unicodedata.category(letter)[0] in "LMN"
