"""Is it writing at all?"""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from rlvr.rewards.languages.identification import canonical, likelihoods
from rlvr.rewards.languages.plausibility import coherence, frequent_share
from rlvr.rewards.languages.scripts import UNSPACED, scripts_of
from rlvr.rewards.translation.guards.segment import Segment

_BROKEN: Final = frozenset(("Cc", "Cn", "Co", "Cs"))
_FREQUENT, _SIGNS, _FEW_SIGNS = 0.75, 0.35, 8
_EVIDENCE, _EVIDENCE_BESIDE, _OWN = -0.2, 0.1, 0.7


def written(segment: Segment) -> str | None:
    """Its letters follow one another as in writing, and its signs are those of texts.

    In an alphabet the pairs of letters decide together with the language model (`rlvr.rewards.languages.plausibility`);
    in Chinese, Japanese and Korean the share of frequent characters does. Words of a language in any order are writing.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> written(Segment("sad suHa tsi otr dnu sgro üfr inee eFamlii", "The house is red and large for a family",
    ...     Pair("en", "de"))).partition(":")[0]
    'its letters do not follow one another as in writing'
    """
    text = segment.hypothesis
    broken = sum((unicodedata.category(sign) in _BROKEN and not sign.isspace()) or sign == "\ufffd" for sign in text)
    if broken and broken > segment.source.count("\ufffd") and broken > 0.01 * len(text):
        return f"{broken} characters are control characters, unassigned or broken"
    known = (segment.source, *segment.references)
    signs = _signs(text)
    if signs > _SIGNS and signs * len(text) >= _FEW_SIGNS and signs > 0.15 + max(map(_signs, known)):
        return f"{signs:.0%} of it are signs, no letters"
    share = frequent_share(text, segment.pair.target)
    if share is not None and share < _FREQUENT and len(text) > 3:
        return f"{share:.0%} of its characters are frequent ones of {segment.pair.target}"
    return _by_letters(segment)


def _signs(text: str) -> float:
    seen = [sign for sign in text if not sign.isspace()]
    return sum(not sign.isalnum() and not unicodedata.category(sign).startswith("M") for sign in seen) / max(
        1, len(seen)
    )


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
    # Both are evidence; few letters are little of it.
    pairs = sum(len(word) + 1 for word in own)
    evidence = bits + 0.5 * math.log10(max(likely, 0.01)) + 2.5 / math.sqrt(pairs)
    # Where hardly a word is a reference's less evidence will do.
    alone = segment.references != () and len(own) >= _OWN * len(segment.words)
    if evidence < (_EVIDENCE_BESIDE if alone else _EVIDENCE):
        return f"its letters do not follow one another as in writing: {bits:.2f} bits, {wanted} at {likely:.0%}"
    return None
