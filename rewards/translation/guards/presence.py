# ruff: noqa: RUF001, RUF002 - signs of many scripts are the subject
"""Is there a translation at all, and is it whole?"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.translation.guards.segment import Segment, length_of

_NOTHING: Final = frozenset(
    ("none", "null", "nan", "n/a", "na", "nil", "undefined", "unknown", "todo", "tbd", "empty", "answer", "translation")
)
_STOPS: Final = frozenset(".!?…。！？｡؟۔।॥។።")
_PAUSES: Final = frozenset(":：;；")
_SHORTENED: Final = frozenset(
    (
        *("vol.", "etc.", "inc.", "ltd.", "co.", "jr.", "sr.", "st.", "ave.", "no.", "fig.", "al."),
        *("ca.", "cf.", "ed.", "eds.", "pp.", "usw.", "bzw.", "др.", "гг.", "руб.", "тыс.", "млн.", "ș.a."),
    )
)
_CLOSING: Final = frozenset("\"'”’»›)]）】」』》}*_“‘“ ")


def extracted(segment: Segment) -> str | None:
    """The answer holds a translation, not a word for its absence.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> extracted(Segment("None", "The house is red.", Pair("en", "de")))
    '`None` stands for the absence of a translation'
    """
    bare = re.sub(r"[\W_]+", "", segment.hypothesis.casefold().replace("n/a", "na"))
    wanted = {re.sub(r"[\W_]+", "", text.casefold()) for text in (segment.source, *segment.references)}
    if bare in wanted and bare:
        return None
    if bare in _NOTHING:
        return f"`{segment.hypothesis}` stands for the absence of a translation"
    others = segment.references or (segment.source,)
    if not any(map(str.isalpha, segment.hypothesis)) and all(any(map(str.isalpha, text)) for text in others):
        return "it has no letters"
    return None


def ended(segment: Segment) -> str | None:
    """The translation is whole: it ends as its source does, and did not meet the length limit.

    A sentence that ends in a full stop has a translation that ends in one; only abbreviations and figures at its end
    are let off. With references, one half as long as the shortest of them is cut as well; two thirds as long, where
    no full stop says that it is whole.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> ended(Segment("Das Haus ist", "The house is red.", Pair("en", "de")))
    'it ends in `ist`, and the source in `.`: it was cut off'
    """
    if segment.truncated:
        return "it met the length limit and was cut off"
    wanted, found = _last(segment.source), _last(segment.hypothesis)
    if segment.references:
        # A stop says that it is whole, so that it may be terse.
        share = 0.5 if wanted in _STOPS and found in _STOPS else 0.67
        shortest, length = min(map(length_of, segment.references)), length_of(segment.hypothesis)
        if shortest >= 10 and length < share * shortest:
            return f"it has {length} characters, and the shortest reference {shortest}: it was cut off"
    if wanted not in _STOPS | _PAUSES or found in _STOPS | _PAUSES or _abbreviated(segment.source):
        return None
    if any(_last(text) not in _STOPS | _PAUSES for text in segment.references):
        return None
    return (
        f"it ends in `{(segment.hypothesis.split() or [''])[-1][-20:]}`, and the source in `{wanted}`: it was cut off"
    )


def _last(text: str) -> str:
    """The last character, leaving out what closes a quotation or a bracket."""
    text = text.rstrip()
    while text and (text[-1] in _CLOSING or text[-1].isspace() or unicodedata.category(text[-1]) in ("Pf", "Pi", "Pe")):
        text = text[:-1]
    return text[-1:]


def _abbreviated(source: str) -> bool:
    """Whether the last stop may belong to the last word: `U.S.`, `2016 г.`."""
    last = source.rsplit(maxsplit=1)[-1].rstrip("".join(_CLOSING)) if source.split() else ""
    return bool(re.search(r"\w\.\w+\.$", last) or re.fullmatch(r"[^\W\d_]\.", last)) or last.casefold() in _SHORTENED
