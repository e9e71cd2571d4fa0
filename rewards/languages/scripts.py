"""Scripts: which ones a language is written in, and how the letters of a text are shared among them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import Final

_NAMES: Final[dict[str, frozenset[str]]] = {
    "Jpan": frozenset(("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH")),
    "Kore": frozenset(("HANGUL", "CJK")),
    "Hans": frozenset(("CJK", "IDEOGRAPHIC")),
    "Hant": frozenset(("CJK", "IDEOGRAPHIC", "BOPOMOFO")),
    **{
        code: frozenset((name,))
        for code, name in (
            *(("Latn", "LATIN"), ("Cyrl", "CYRILLIC"), ("Grek", "GREEK"), ("Arab", "ARABIC"), ("Hebr", "HEBREW")),
            *(("Deva", "DEVANAGARI"), ("Beng", "BENGALI"), ("Guru", "GURMUKHI"), ("Gujr", "GUJARATI")),
            *(("Orya", "ORIYA"), ("Taml", "TAMIL"), ("Telu", "TELUGU"), ("Knda", "KANNADA"), ("Mlym", "MALAYALAM")),
            *(("Sinh", "SINHALA"), ("Thai", "THAI"), ("Laoo", "LAO"), ("Khmr", "KHMER"), ("Mymr", "MYANMAR")),
            *(("Tibt", "TIBETAN"), ("Geor", "GEORGIAN"), ("Armn", "ARMENIAN"), ("Ethi", "ETHIOPIC")),
        )
    },
}
"""First words of Unicode's names for the letters of a script, by ISO 15924 code."""

UNSPACED: Final = frozenset(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"))
"""Scripts that put no space between words."""


@lru_cache(maxsize=512)
def code_of(tag: str) -> str:
    """The script a language is written in, where the tag does not say it the usual one.

    >>> code_of("pt-BR"), code_of("zh"), code_of("zh-TW"), code_of("sr-Latn")
    ('Latn', 'Hans', 'Hant', 'Latn')
    """
    import langcodes

    return langcodes.get(tag).maximize().script or ""


def scripts_of(tag: str) -> frozenset[str]:
    """The scripts a language is written in, by Unicode's names; empty for one not known here.

    >>> sorted(scripts_of("ja")), sorted(scripts_of("uk"))
    (['CJK', 'HALFWIDTH', 'HIRAGANA', 'KATAKANA', 'KATAKANA-HIRAGANA'], ['CYRILLIC'])
    """
    return _NAMES.get(code_of(tag), frozenset())


@cache
def script(letter: str) -> str:
    """The script of a letter, as Unicode's name of it begins.

    >>> script("ж"), script("好")
    ('CYRILLIC', 'CJK')
    """
    return unicodedata.name(letter, "?").partition(" ")[0]


def letters_by_script(text: str) -> Counter[str]:
    """How many letters of each script.

    >>> letters_by_script("Привет, Bob!")
    Counter({'CYRILLIC': 6, 'LATIN': 3})
    """
    return Counter(script(letter) for letter in text if letter.isalpha())
