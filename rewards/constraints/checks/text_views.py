# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Views of a text that many checks share: its words without case, its parts, its language."""

from __future__ import annotations

import re
import unicodedata

from rlvr.rewards.languages.measures import Text

SIX_ASTERISKS = re.compile(r"(?<!\*)\*{6}(?!\*)")
_DIVIDER = re.compile(r"(?<!\S)(?:\*\*\*|\* \* \*|＊＊＊)(?!\S)")
_AT_THE_END = re.compile(r"^([^*\n]*[.!?…。．！？।॥»”」』)）])\*{3}[ \t]*$", re.M)


def folded(text: Text) -> list[str]:
    """The words of a text whatever their case.

    >>> folded(Text("An apple, AN Apple"))
    ['an', 'apple', 'an', 'apple']
    """
    return [word.casefold() for word in text.words]


def code(text: Text) -> str:
    """The declared language without region.

    >>> code(Text("", "pt-BR"))
    'pt'
    """
    return text.language.partition("-")[0].lower()


def letter_count(text: Text, letter: str) -> int:
    """How often a character occurs, whatever its case; ß is no s.

    >>> letter_count(Text("Anna"), "a"), letter_count(Text("Größe"), "s"), letter_count(Text("Größe"), "ß")
    (2, 0, 1)
    """
    return _small(text.text).count(_small(letter.strip()) or letter)


def _small(text: str) -> str:
    # Folding makes two letters of ß; the small sigma at the end of a word is a sigma.
    return unicodedata.normalize("NFC", text.lower()).replace("ς", "σ")


def flat(text: str) -> str:
    """A text without case, its white space each one space, for comparison word for word.

    >>> flat(" Word\\n for  WORD ")
    'word for word'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def words_by_sentence(text: Text) -> list[list[str]]:
    """The words of each sentence that has any.

    >>> words_by_sentence(Text("It rains. We stay."))
    [['It', 'rains'], ['We', 'stay']]
    """
    return [words for words in (Text(one, text.language).words for one in text.sentences) if words]


def divided(text: Text, divider: re.Pattern[str] = _DIVIDER) -> list[str]:
    """What stands between dividers, lines of three asterisks say; one at either end is none.

    >>> divided(Text("***\\na b\\n* * *\\nc"))
    ['a b', 'c']
    """
    # One that ends the last line of a paragraph is set apart from it first.
    ends_a_line = divider is _DIVIDER and "***" in text.text
    lines = _AT_THE_END.sub(r"\1\n***", text.text) if ends_a_line else text.text
    parts = [part.strip() for part in divider.split(lines)]
    return parts[not parts[0] : len(parts) - (len(parts) > 1 and not parts[-1])]


def plain(text: str) -> str:
    """Without accents and what is not ASCII.

    >>> plain("São Tomé")
    'Sao Tome'
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
