# ruff: noqa: RUF001, RUF002 - signs of many scripts are the subject
"""Is there a translation at all, and is it whole?"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from rlvr.rewards.languages.scripts import UNSPACED, scripts_of
from rlvr.rewards.translation.guards.length import expected_length, is_dense
from rlvr.rewards.translation.guards.masking import visible
from rlvr.rewards.translation.guards.segment import Segment, all_sentences, length_of

_NOTHING: Final = frozenset(
    ("none", "null", "nan", "n/a", "na", "nil", "undefined", "unknown", "todo", "tbd", "empty", "answer", "translation")
)
_STOPS: Final = frozenset(".!?…。！？｡؟۔।॥។።")
_WORD, _APART, _SAME = 2, 8, 3
_TERSE, _WHOLE, _LACKING, _LACKING_ALONE = 0.5, 0.67, 1.0, 0.6
_SHORT_OF, _SHORT_OF_DENSE = 0.7, 0.5
_REST_OF_CHARACTERS = 0.35
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
    seen = visible(segment.hypothesis)
    bare = re.sub(r"[\W_]+", "", seen.casefold().replace("n/a", "na"))
    if not seen.strip() or (not bare and any(map(str.isalnum, segment.source)) and not _of_signs(seen, segment)):
        return "nothing in it can be read"
    wanted = {re.sub(r"[\W_]+", "", text.casefold()) for text in segment.known_texts}
    if bare in wanted:
        return None
    if bare in _NOTHING and len(segment.source_words) > _WORD:
        return f"`{segment.hypothesis}` stands for the absence of a translation"
    others = segment.references or (segment.source,)
    if (
        not any(map(str.isalpha, segment.hypothesis))
        and all(any(map(str.isalpha, text)) for text in others)
        and len(segment.source_words) > _WORD
    ):
        return "it has no letters"
    return None


def ended(segment: Segment) -> str | None:
    """The translation is whole: it did not meet the length limit, and is not far shorter than a whole one.

    With references, one half as long as the shortest of them was cut; two thirds as long, where no full stop says that
    it is whole; four fifths, where a sentence is lacking too. Without any, one that is shorter than expected and lacks
    the full stop of its source.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> ended(Segment("Das Haus, das er", "The house that he built by the lake is red.", Pair("en", "de")))
    'it ends in `er`, the source in `.`, and it is short: it was cut off'
    """
    if segment.truncated:
        return "it met the length limit and was cut off"
    length, expected = length_of(segment.hypothesis), expected_length(segment)
    wanted, found = _last(segment.source), _last(segment.hypothesis)
    if segment.references:
        shortest = min(map(length_of, segment.references))
        # A stop says that it is whole, so that it may be terse.
        share = _TERSE if wanted in _STOPS and found in _STOPS else _WHOLE
        least = min(shortest, expected_length(replace(segment, references=())))
        if shortest - length > _APART and length < share * least:
            return f"it has {length} characters, and the shortest reference {shortest}: it was cut off"
        if wanted in _STOPS and found not in _STOPS and (whole := _continued(segment)):
            return f"the reference goes on: `{whole[-40:]}`"
    if lacking := _sentence_lacks(segment, length):
        return lacking
    share = _SHORT_OF_DENSE if is_dense(segment.pair.target) else _SHORT_OF
    if wanted not in _STOPS | _PAUSES or found in _STOPS | _PAUSES or _abbreviated(segment.source):
        return None
    if any(_last(text) not in _STOPS | _PAUSES for text in segment.references) or length >= share * expected:
        return None
    end = (segment.hypothesis.split() or [""])[-1][-20:]
    return f"it ends in `{end}`, the source in `{wanted}`, and it is short: it was cut off"


def _continued(segment: Segment) -> str | None:
    """What a reference says beyond it, word for word the same so far; of characters three tenths of the reference."""
    rest = _REST_OF_CHARACTERS if scripts_of(segment.pair.target) & UNSPACED else 0.0
    ours = [word.casefold() for word in segment.words]
    for words in segment.reference_words:
        if (
            len(ours) >= _SAME
            and len(words) - len(ours) > rest * len(words)
            and [word.casefold() for word in words[: len(ours)]] == ours
        ):
            return " ".join(words[len(ours) :])
    return None


def _sentence_lacks(segment: Segment, length: int) -> str | None:
    """Whether it has fewer sentences than source and references have, and is as much shorter."""
    ours = len(all_sentences(segment.hypothesis, generous=True))
    fewest = min(len(all_sentences(text)) for text in segment.known_texts)
    least = (
        _LACKING * min(map(length_of, segment.references))
        if segment.references
        else _LACKING_ALONE * expected_length(segment)
    )
    if ours >= fewest or length >= least:
        return None
    return f"{ours} sentences, and {fewest} in the source; it is short: one was left out"


def _of_signs(text: str, segment: Segment) -> bool:
    """Whether signs alone may be the translation: of signs, or where a reference has no letters either."""
    return any(not any(map(str.isalnum, one)) for one in segment.known_texts)


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
