# ruff: noqa: RUF001 - hyphens of several kinds are the subject
"""Words as a writer parts them: the segments of UAX 29, with what a hyphen or a colon joins.

| | one word | two |
|---|---|---|
| a hyphen without spaces, in every language | `E-Mail-Konto`, `Disse-lhe`, `по-русски`, `2024-ben` | `rain - snow` |
| an apostrophe within a word or after an elided one | `don't`, `L'homme`, `ім'я` | |
| a colon in a number, and before an ending in Swedish and Finnish | `10:30`; `EU:s`, `25:e` | `25:e` elsewhere |

More than five hyphens in a row join nothing: a text that is one chain is many words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from rlvr.rewards.languages.letters import unsegmented

_MOST_HYPHENS: Final = 5
_WITH_COLON: Final = frozenset(("sv", "fi"))
_HYPHEN = re.compile(r"[-‐‑]")
_LONG_CHAIN = re.compile(r"-(?:[A-Za-z0-9]{1,99}-){5}")
_CHAIN = re.compile(r"\S+")
_TIME = re.compile(r"(?<=\d):(?=\d)")
_NUMBER_COLON = re.compile(r"(?<=\d):(?=[^\W\d_])")
_JOINED = re.compile(r"(?<=\S)[-‐‑](?=\S)")


def split_words(text: str, language: str) -> list[str]:
    """The words of a text in a language.

    >>> split_words("Das E-Mail-Konto - endlich!", "de"), split_words("den 25:e maj", "sv")
    (['Das', 'E-Mail-Konto', 'endlich'], ['den', '25:e', 'maj'])
    """
    colon = language.partition("-")[0].lower() in _WITH_COLON
    if text.isascii():
        # The same rules, ten times as fast.
        found = _ascii_word(colon).findall(text)
        return [word for chain in found for word in _short_chains(chain)] if _LONG_CHAIN.search(text) else found
    from icu4py.breakers import WordBreaker

    # What joins letters and digits to one word for ICU is the underscore; the words are cut from the text itself.
    shape = _CHAIN.sub(_bound, text) if _HYPHEN.search(text) else text
    shape = _TIME.sub("_", _NUMBER_COLON.sub("_", shape) if colon else shape)
    words = (text[start:end] for start, end in WordBreaker(shape, language).segments())
    return [word for word in words if any(map(str.isalnum, word))]


@cache
def _ascii_word(colon: bool) -> re.Pattern[str]:
    ending = r"|(?<=\d):(?=[A-Za-z])" if colon else ""
    return re.compile(
        r"_*[A-Za-z0-9]\w*(?:(?:(?<=[A-Za-z])[.':](?=[A-Za-z])|(?<=\d)[.,;':](?=\d)|(?<=[A-Za-z0-9])-(?=[A-Za-z0-9])"
        rf"{ending})\w+)*",
        re.A,
    )


def _short_chains(word: str) -> list[str]:
    return [word] if word.count("-") <= _MOST_HYPHENS else word.split("-")


def _bound(chain: re.Match[str]) -> str:
    token = chain[0]
    if not 0 < len(_HYPHEN.findall(token)) <= _MOST_HYPHENS:
        return token
    return _JOINED.sub(lambda found: "_" if _joins(token, found.start()) else found[0], token)


def _joins(token: str, at: int) -> bool:
    return _of_word(token[at - 1]) and _of_word(token[at + 1])


def _of_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN" and not unsegmented(letter)
