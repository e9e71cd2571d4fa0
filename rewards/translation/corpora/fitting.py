"""Whether a text may be in the language that it is said to be in: for filters, which must leave right text alone.

`identification.identify` says what a text is in and often that this cannot be told. A filter asks less: is it certain
that the text is in another language? Short texts, names and texts that the model is unsure of stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rlvr.rewards.languages.evidence.kin import share_group
from rlvr.rewards.languages.identification import canonical, likelihoods
from rlvr.rewards.languages.scripts import letters_by_script, scripts_of

_KIN: Final = (
    frozenset(("no", "da", "sv")),
    frozenset(("hr", "sr", "bs", "sh")),
    frozenset(("id", "ms")),
    frozenset(("cs", "sk")),
    frozenset(("es", "gl", "ast", "an")),
    frozenset(("pt", "gl")),
    frozenset(("bg", "mk", "sr")),
    frozenset(("ru", "uk", "be")),
    frozenset(("hi", "mr", "ne", "sa", "mai", "bh")),
    frozenset(("fa", "ps", "ur", "ckb", "ar")),
    frozenset(("tr", "az", "tk", "crh")),
    frozenset(("nl", "af")),
    frozenset(("ca", "oc")),
    frozenset(("fi", "et")),
    frozenset(("bn", "as")),
)
"""Languages that the model takes for one another; a text in one of them is none that is certainly not in the other."""

_FEWEST: Final = 20
"""Letters below which the model says too little; a script still does."""
_SHORT, _CERTAIN_SHORT, _CERTAIN, _RULED_OUT = 50, 0.75, 0.4, 0.05
"""What the model must give another language, in texts of fewer letters and of more, and at most the language itself.

Measured on message catalogues of published packages in 40 languages, where at most 1 % of each is ruled out
(`make bench-corpus-filters`)."""
_FEWEST_WORDS, _CERTAIN_LATIN = 4, 0.4
_SYLLABLES: Final = 3
"""Letters of Latin that say as much as one of Chinese or Japanese: product names among them make no English."""
_SAMPLE: Final = 4000
_NO_TEXT: Final = re.compile(r"```.*?```|https?://\S{1,500}", re.DOTALL)


def may_be_in(text: str, language: str) -> bool:
    """Whether a text may be in a language: false where script or model are certain that it is in another one.

    Args:
        text: Of any length; the first 4,000 characters are read.
        language: A BCP-47 tag; script and region count for nothing but the script of Chinese and Serbian and the like.

    >>> may_be_in("Das Haus am Ende der Straße ist rot.", "de"), may_be_in("OK", "de"), may_be_in("GNU Emacs", "ja")
    (True, True, True)
    >>> may_be_in("The house at the end of the road is red.", "de"), may_be_in("Дом в конце улицы красный.", "de")
    (False, False)
    """
    text = _NO_TEXT.sub(" ", text[:_SAMPLE])
    letters = letters_by_script(text)
    own, total = scripts_of(language), letters.total()
    if not total or not own:
        return True
    inside = sum(count for script, count in letters.items() if script in own)
    if "LATIN" in own:
        return 2 * inside >= total and not _is_another(text, total, language)
    latin = letters["LATIN"]
    if 2 * (total - inside - latin) > total:
        return False
    weight = _SYLLABLES if own & {"CJK", "HANGUL"} else 1
    if weight * inside < latin:
        return 4 * latin <= 3 * total or not _is_latin_text(text, total, canonical(language))
    if "CJK" in own:
        # Kana are Japanese, and hardly anything of some length is written in Japanese without them.
        kana = letters["HIRAGANA"] + letters["KATAKANA"]
        if canonical(language) == "zh":
            return 10 * kana <= total
        return canonical(language) != "ja" or kana > 0 or letters["CJK"] < _FEWEST
    return len(own) > 1 or not _is_another(text, total, language)


def _is_another(text: str, letters: int, language: str) -> bool:
    if letters < _FEWEST:
        return False
    wanted = canonical(language)
    shares = likelihoods(text)
    theirs = max((share for code, share in shares.items() if not _near(code, wanted)), default=0.0)
    certain = _CERTAIN_SHORT if letters < _SHORT else _CERTAIN
    return theirs >= certain and _own(shares, wanted) <= _RULED_OUT


def _is_latin_text(text: str, letters: int, wanted: str) -> bool:
    """Whether it is running text, and not names, in some language that is written in Latin letters."""
    if letters < _FEWEST or len(text.split()) < _FEWEST_WORDS:
        return False
    shares = likelihoods(text)
    theirs = max((share for code, share in shares.items() if "LATIN" in scripts_of(code)), default=0.0)
    return theirs >= _CERTAIN_LATIN and _own(shares, wanted) <= _RULED_OUT


def _own(shares: Mapping[str, float], wanted: str) -> float:
    return sum(share for code, share in shares.items() if _near(code, wanted))


def _near(code: str, wanted: str) -> bool:
    return share_group(canonical(code), wanted, _KIN)
