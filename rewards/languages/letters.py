# ruff: noqa: RUF001, RUF002 - letters of many alphabets are the subject
"""Letters: their base without accents, vowels and consonants, alphabets, and how long a word is."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import pairwise
from typing import Final

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщэюя"
ALPHABETS: Final = {
    **dict.fromkeys(
        (
            *("en", "es", "fr", "de", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "ro", "hu", "tr"),
            *("id", "ms", "vi", "sw", "tl", "ca", "gl", "eu", "et", "lt", "lv", "hr", "sl", "sq", "af", "ga", "la"),
        ),
        _LATIN,
    ),
    "ru": _CYRILLIC,
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъюя",
    "el": "αβγδεζηθικλμνξοπρστυφχψω",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "hy": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "ka": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
}
"""The letters a word can begin with, in their order, for languages that have an alphabet; without accents."""

_VOWELS = frozenset("aeiouæœøəı" + "аеёиоуыэюяіїєў" + "αεηιουω" + "აეიოუ" + "աեէըիոօ")
_NO_VOWELS_WRITTEN = frozenset(("ar", "fa", "he", "ur", "yi", "ps", "sd", "ug"))
_ALPHABETIC = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN")
_SAME = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ک": "ك",
    "ی": "ي",
    "ך": "כ",
    "ם": "מ",
    "ן": "נ",
    "ף": "פ",
    "ץ": "צ",
}
_OWN = frozenset("йёїў")


@cache
def base(letter: str) -> str:
    """A letter in small and without accents, those aside that make another letter.

    >>> base("É"), base("ñ"), base("й"), base("أ")
    ('e', 'n', 'й', 'ا')
    """
    small = letter.casefold()[:1]
    return small if small in _OWN else _SAME.get(small, unicodedata.normalize("NFD", small)[:1])


def initial(word: str) -> str:
    """The base of the first letter or digit of a word, nothing where it has none.

    >>> initial("Élan"), initial("'tis")
    ('e', 't')
    """
    return next((base(letter) for letter in word if letter.isalnum()), "")


def vowels(word: str) -> set[str]:
    """The vowels of a word.

    >>> sorted(vowels("Été"))
    ['e']
    """
    return {base(letter) for letter in word if letter.isalpha()} & _VOWELS


def clustered(word: str) -> bool:
    """Whether two consonants stand together.

    >>> clustered("stone"), clustered("banana")
    (True, False)
    """
    kinds = [_consonant(letter) for letter in unicodedata.normalize("NFC", word)]
    return any(left and right for left, right in pairwise(kinds))


def tells_vowels(language: str) -> bool:
    """Whether a language writes vowels as letters.

    >>> tells_vowels("ru"), tells_vowels("ar"), tells_vowels("zh")
    (True, False, False)
    """
    code = language.partition("-")[0].lower()
    return code in ALPHABETS and code not in _NO_VOWELS_WRITTEN


def length(word: str) -> int:
    """Letters and digits as a reader counts them, marks with their letter.

    >>> length("don't"), length("नमस्ते")
    (4, 3)
    """
    if word.isascii():
        return sum(map(str.isalnum, word))
    from icu4py.breakers import CharacterBreaker

    return sum(any(map(str.isalnum, cluster)) for cluster in CharacterBreaker(word, "en"))


def clusters(word: str) -> list[str]:
    """A word as a reader's characters.

    >>> clusters("né")
    ['n', 'é']
    """
    if word.isascii():
        return list(word)
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(word, "en"))


@cache
def _consonant(letter: str) -> bool:
    if not letter.isalpha() or letter in "ьъЬЪ":
        return False
    return unicodedata.name(letter, "?").startswith(_ALPHABETIC) and base(letter) not in _VOWELS


def unsegmented(letter: str) -> bool:
    """Whether a letter is of a script that puts no spaces between words.

    >>> unsegmented("公"), unsegmented("ก"), unsegmented("a")
    (True, True, False)
    """
    return (
        "\u3040" <= letter <= "\u30ff"
        or "\u3400" <= letter <= "\u9fff"
        or "\u0e00" <= letter <= "\u0eff"
        or "\u1000" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
        or letter >= "\U00020000"
    )
