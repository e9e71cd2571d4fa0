# ruff: noqa: RUF001, RUF002 - marks of other scripts are the subject
"""Sentences and lines of a translation, counted to be compared with its source's."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(
    r"(?P<mark>[.!?…]+|[。！？｡]+|[।॥۔؟]+)[\"'”’»›“)\]）】」』*_]*(?P<gap>\s+|\Z|(?<=[。！？｡।॥۔؟”’」』）])(?=\S))"
)
_QUOTES: Final = frozenset("\"'”’»›“」』")
_MAY_BE_SHORT: Final = re.compile(r"(?:^|[\s(\[\"'«„“/])[^\s(\[\"'«„“/]{1,5}\Z")
_JOINED: Final = re.compile(r"[;；؛]\s?|\s(?:--?|–|—)\s|—|--")
_LINE: Final = re.compile(r"\n\s*")
_SEEN: Final = 60
"""Characters on either side of a mark that decide whether it ends a sentence."""
_WORD: Final = re.compile(r"\w")
_ALPHABETS: Final = "A-Za-z\u00c0-\u024f\u0370-\u052f"
_VOWELS: Final = "aeiouyäöüáéíóúàèìòùâêîôûąęåæøůýаеёиоуыэюяіїєαεηιουω"
_UNSURE: Final = re.compile(
    rf"(?:^|[\s(\[\"'«„“/])(?:[{_ALPHABETS}]{{1,2}}|\d{{1,2}}|(?-i:[IVXLC]{{1,6}})|\S*\.\S*|(?:(?![{_VOWELS}])[{_ALPHABETS}]){{2,5}})\Z",
    re.IGNORECASE,
)
"""A last word of two letters, of consonants alone or with a full stop inside may be shortened; a figure an ordinal."""


def sentences_of(text: str, *, generous: bool = False) -> list[str]:
    """The sentences of a text, at least one where it has a letter or a digit.

    Args:
        text: Any.
        generous: Whether what may be an end is one; else what may be none (an abbreviation, an ordinal) is none.

    >>> sentences_of("Er kam z. B. am 3. Mai. Sie ging."), len(sentences_of("他来了。她走了！")), sentences_of("…")
    (['Er kam z. B. am 3. Mai.', 'Sie ging.'], 2, [])
    >>> len(sentences_of("It is no. 5. He came.")), len(sentences_of("It is no. 5. He came.", generous=True))
    (1, 3)
    """
    if generous:
        # What one language joins by a semicolon or a dash is two sentences in another.
        text = _JOINED.sub(". ", text)
    found, start = list[str](), 0
    for end in _END.finditer(text):
        said, rest = text[max(start, end.start() - _SEEN) : end.start()], text[end.end() : end.end() + _SEEN]
        if _WORD.search(text, start, end.start()) and _ends(said, end, rest, generous=generous):
            found.append(text[start : end.end()].strip())
            start = end.end()
    left = text[start:].strip()
    if _WORD.search(left):
        found.append(left)
    return found


def _ends(said: str, end: re.Match[str], rest: str, *, generous: bool) -> bool:
    after = next((sign for sign in rest if sign.isalnum()), "")
    if not after:
        return True
    mark, quoted = end["mark"], end[0].rstrip()[-1] in _QUOTES
    if quoted and (after.islower() or (not generous and not end["gap"])):
        return False  # what was quoted ends, and the sentence around it goes on
    if mark[0] in "。！？｡।॥۔؟":
        return True
    if generous:
        return bool(end["gap"])
    sure = mark[0] in "!?" or not _UNSURE.search(said)
    # Three dots go on as often as they end; and who goes on in small letters may have shortened a long word.
    return (
        bool(end["gap"]) and mark not in ("…", "...") and sure and not (after.islower() and _MAY_BE_SHORT.search(said))
    )


def lines_of(text: str) -> list[str]:
    """The lines of a text that say something.

    >>> lines_of("a\\n\\n ... \\nb")
    ['a', 'b']
    """
    return [line.strip() for line in _LINE.split(text) if _WORD.search(line)]
