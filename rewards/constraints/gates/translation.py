"""Whether a text is a translation of this source at all: the guards, and a floor under its likeness to a reference.

Constraints judge form: without this, any sentence of the target language would be paid for the ones it happens to keep.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

from rlvr.rewards.languages.scripts import UNSPACED, script
from rlvr.rewards.translation.guards import GUARDS
from rlvr.rewards.translation.guards.segment import Segment, length_of

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF

_GUARDS: Final = ("extracted", "length", "echoed", "copied", "script", "language", "switched", "repeated", "written")
FLOOR: Final = 20.0
"""chrF++ of a translation with the nearest reference, at least.

On the MLQE sets with alphabets 0.3 % to 4 % of the machine drafts fall below it with their post-edit, many of them
wrong, and 95 % to 97 % of other sentences of the same length do. Chinese characters give a quarter of that.
"""
_UNSPACED_SHARE: Final = 0.25
_SHORTEST: Final = 12
_OF_SCRIPT: Final = 0.2


def no_translation(segment: Segment, floor: float = FLOOR) -> str | None:
    """Why a text is no translation of its source, or `None`.

    Args:
        segment: The running text of an answer, its source and references.
        floor: chrF++ that it must reach with a reference, where there is one; 0 asks for none.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> no_translation(Segment("The house is red.", "The house is red.", Pair("en", "de")))
    "copied: 100% of its words are the source's"
    """
    for name in _GUARDS:
        if why := GUARDS[name](segment, {}):
            return f"{name}: {why}"
    references = [text for text in segment.references if length_of(text) >= _SHORTEST]
    if not references or not floor:
        return None
    main, own = _scripts(references[0]).most_common(1), _scripts(segment.hypothesis)
    if main and own[main[0][0]] < _OF_SCRIPT * own.total():
        return f"it is not written in {main[0][0].capitalize()} letters"
    least = floor * (_UNSPACED_SHARE if main and main[0][0] in UNSPACED else 1.0)
    found: float = _chrf().sentence_score(segment.hypothesis, references).score
    return (
        None if found >= least else f"chrF++ {found:.0f} with the reference, at least {least:.0f} wanted: another text"
    )


def _scripts(text: str) -> Counter[str]:
    return Counter(script(letter) for letter in text if letter.isalpha())


@cache
def _chrf() -> CHRF:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(word_order=2)  # its words see what is written without spaces
