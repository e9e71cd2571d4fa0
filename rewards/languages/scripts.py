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

LETTER: Final = (
    r"[\w\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u0f71-\u0f84\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u200c\u200d]"
)
r"""A character of a word, as a regular expression: `\w` with the vowel signs and accents that combine with letters."""

UNSPACED: Final = frozenset(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"))
"""Scripts that put no space between words."""


@lru_cache(maxsize=512)
def code_of(tag: str) -> str:
    """The script a language is written in, where the tag does not say it the usual one; empty for private codes.

    >>> code_of("pt-BR"), code_of("zh"), code_of("zh-TW"), code_of("sr-Latn"), code_of("qaa")
    ('Latn', 'Hans', 'Hant', 'Latn', '')
    """
    import langcodes

    language = langcodes.get(tag)
    if not language.script and "qaa" <= (language.language or "qaa") <= "qtz" and len(language.language or "qaa") == 3:
        return ""  # private use: nobody knows
    return language.maximize().script or ""


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
