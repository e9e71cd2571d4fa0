# ruff: noqa: RUF001 - a curly apostrophe is the subject
"""English sentences and words the way the evaluators' tokenizers part them, without their data files.

For published readings alone. A period, question mark or exclamation mark before white space ends a sentence, unless
the word before it is an abbreviation, an initial or a number and what follows does not begin one.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?<![.!?])([.!?]++)([\"')\]}*]*+)(?=\s)")
_SHORTENED = (
    "dr mr mrs ms prof sr jr st vs etc e.g i.e no vol inc ltd co corp u.s u.k u.n d.c a.m p.m ph.d gen col lt sen rep"
    " gov jan feb mar apr aug sept oct nov dec"
)
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_TOKEN = re.compile(r"[A-Za-z]\.(?:[A-Za-z]\.)+|[^\W_]+(?:[-./'’][^\W_]+)*")


def sentences(text: str) -> list[str]:
    """The sentences of an English text.

    >>> sentences("Dr. Smith came. We ran!")
    ['Dr. Smith came.', 'We ran!']
    """
    found, start = list[str](), 0
    for end in _END.finditer(text):
        before = text[max(start, end.start() - 40) : end.start()]
        following = text[end.end() : end.end() + 40].lstrip().lstrip("\"'([*")[:1]
        if end[1] != "." and set(end[1]) == {"."} and not following.isupper():
            continue
        if end[1] == "." and _open(before, following):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def tokens(text: str) -> list[str]:
    """Words, hyphenated ones as one.

    >>> tokens("An e-mail, U.S. made.")
    ['An', 'e-mail', 'U.S.', 'made']
    """
    return _TOKEN.findall(text)


def _open(before: str, following: str) -> bool:
    """Whether the period after `before` leaves the sentence open."""
    words = before.split()
    written = words[-1].lstrip("\"'(*[") if words else ""
    word = written.lower()
    if word in _ABBREVIATIONS:
        return word not in {"etc", "inc", "ltd", "co", "a.m", "p.m", "u.s", "u.k", "d.c"} or not following.isupper()
    initial = len(word) == 1 and written.isupper()
    return initial or (word.isdigit() and following.islower())
