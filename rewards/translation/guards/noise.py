"""Is it writing at all?"""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from rlvr.rewards.languages.identification import canonical, likelihoods
from rlvr.rewards.languages.plausibility import coherence, frequent_share
from rlvr.rewards.languages.scripts import UNSPACED, scripts_of
from rlvr.rewards.translation.guards.masking import invisible
from rlvr.rewards.translation.guards.segment import Segment, length_of

_HIDDEN: Final = 3
_BROKEN: Final = frozenset(("Cc", "Cn", "Co", "Cs"))
_FREQUENT, _SIGNS, _FEW_SIGNS, _MORE_SIGNS = 0.55, 0.35, 8, 1.5
_CERTAIN, _CERTAINLY = 0.95, -0.8
_EVIDENCE, _CLEAR, _CLEARER, _LIKELY, _FEW, _PAIRS, _FEW_PAIRS = -0.2, -1.0, -1.5, 0.5, 2.5, 60, 30
_SPACED, _PIECES, _RUN_TOGETHER, _WORDS = 0.85, 8, 0.35, 6


def written(segment: Segment) -> str | None:
    """Its letters follow one another as in writing, and its signs are those of texts.

    In an alphabet the pairs of letters decide together with the language model (`rlvr.rewards.languages.plausibility`);
    in Chinese, Japanese and Korean the share of frequent characters does. Words of a language in any order are writing.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> text = "sad suHa tsi otr dnu sgro üfr inee eFamlii nud rhei lveien denriK mi Sremmo"
    >>> written(Segment(text, "The house is red and large for a family", Pair("en", "de"))).partition(":")[0]
    'its letters do not follow one another as in writing'
    """
    text = segment.hypothesis
    broken = sum((unicodedata.category(sign) in _BROKEN and not sign.isspace()) or sign == "\ufffd" for sign in text)
    if broken and broken > segment.source.count("\ufffd") and broken > 0.01 * len(text):
        return f"{broken} characters are control characters, unassigned or broken"
    hidden = sum(map(invisible, text))
    if hidden > _HIDDEN + max(sum(map(invisible, one)) for one in segment.known_texts):
        return f"{hidden} characters are not seen"
    known = segment.known_texts
    signs, seen = _signs(text), sum(not sign.isspace() for sign in text)
    most = max(_FEW_SIGNS, *(_MORE_SIGNS * _signs(one) for one in known))
    if signs > most and signs > _SIGNS * seen:
        return f"{signs / seen:.0%} of it are signs, no letters"
    share = frequent_share(text, segment.pair.target)
    if share is not None and share < _FREQUENT and len(text) > 3:
        return f"{share:.0%} of its characters are frequent ones of {segment.pair.target}"
    return _spacing(segment.language) or _by_letters(segment.language)


def _spacing(segment: Segment) -> str | None:
    """Letters each apart, or words that are not."""
    text, known = segment.hypothesis, segment.known_texts
    if _spaced(text) > _SPACED and all(_spaced(one) <= _SPACED for one in known):
        return "its letters stand apart"
    if scripts_of(segment.pair.target) & UNSPACED or scripts_of(segment.pair.source) & UNSPACED:
        return None
    fewest = min(len(one.split()) for one in known)
    if fewest >= _WORDS and len(text.split()) < _RUN_TOGETHER * fewest and length_of(text) > 4 * fewest:
        return "its words do not stand apart"
    return None


def _spaced(text: str) -> float:
    """The share of pieces between spaces that are one letter; 0 of a few."""
    pieces = [piece for piece in text.split() if any(map(str.isalpha, piece))]
    return sum(len(piece) == 1 for piece in pieces) / len(pieces) if len(pieces) >= _PIECES else 0.0


def _signs(text: str) -> int:
    return sum(unicodedata.category(sign)[0] in "PS" for sign in text)


def _by_letters(segment: Segment) -> str | None:
    if scripts_of(segment.pair.target) & UNSPACED:
        return None  # without spaces there are too few beginnings and ends to learn from
    # Words that source or references have are left out: names follow the rules of other languages.
    known = segment.known
    own = [word for word in segment.words if word.casefold() not in known]
    bits = coherence(" ".join(own), segment.pair.target)
    if bits is None:
        return None
    wanted = canonical(segment.pair.target)
    likely = sum(share for code, share in likelihoods(segment.plain).items() if canonical(code) == wanted)
    # Both are evidence; few letters are little of it, and a model that is sure is not asked further then.
    pairs = sum(len(word) + 1 for word in own)
    evidence = bits + 0.5 * math.log10(max(likely, 0.01)) + _FEW / math.sqrt(pairs)
    least = _EVIDENCE if likely < _CERTAIN else _CERTAINLY
    if (
        evidence < least
        if pairs >= _PAIRS
        else (evidence < (_CLEAR if pairs >= _FEW_PAIRS else _CLEARER) and likely < _LIKELY)
    ):
        return f"its letters do not follow one another as in writing: {bits:.2f} bits, {wanted} at {likely:.0%}"
    return None
