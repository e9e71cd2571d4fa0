# ruff: noqa: RUF001 - vowels of many alphabets are the subject
"""How many syllables a word has, where the script tells."""

from __future__ import annotations

import re
from functools import lru_cache

_EACH = {
    "ru": "аеёиоуыэюя",
    "uk": "аеєиіїоуюя",
    "be": "аеёіоуыэюя",
    "bg": "аеиоуъюя",
    "sr": "аеиоуaeiou",
    "el": "αεηιουωάέήίόύώϊϋΐΰ",
}
_GROUPS = {
    "es": r"[aeoáéó]|[íú]|(?:(?<![aeoáéó])[iuü](?![aeoáéóíú]))+",
    "it": r"[aeoàèéò]|[ìù]|(?:(?<![aeoàèéò])[iu](?![aeoàèéòìù]))+",
    "de": r"(?:ei|ai|au|eu|äu|ie|aa|ee|oo|ey|ay|[aeiouäöüy])",
    "pt": r"[aeoáéóâêôãõ]|[íú]|(?:(?<![aeoáéóâêôãõ])[iu](?![aeoáéóâêôãõíú]))+",
}
_DIGRAPHS = re.compile(r"ου|αι|ει|οι|υι|αυ|ευ")


@lru_cache(maxsize=65536)
def english_syllables(word: str) -> int:
    """The syllables of an English word, by a dictionary and rules for what it lacks (SyllaPy).

    >>> english_syllables("banana")
    3
    """
    import syllapy  # pyright: ignore[reportMissingTypeStubs]

    return syllapy.count(word)


@lru_cache(maxsize=65536)
def syllables(word: str, language: str) -> int | None:
    """The syllables of a word, `None` where its script does not tell them.

    >>> syllables("молоко", "ru"), syllables("ciudad", "es"), syllables("한국어", "ko"), syllables("كتاب", "ar")
    (3, 2, 3, None)
    """
    code, small = language.partition("-")[0].lower(), word.casefold()
    if code == "en" and small.isascii():
        return english_syllables(small.replace("'", "")) or None
    if code == "ko" and all("가" <= letter <= "힣" for letter in small):
        return len(small)
    if code == "zh" and all("\u4e00" <= letter <= "\u9fff" for letter in small):
        return len(small)
    if code == "ja" and all("\u3040" <= letter <= "\u30ff" for letter in small):
        return sum(letter not in "ゃゅょぁぃぅぇぉャュョァィゥェォ" for letter in small)
    if code == "el":
        small = _DIGRAPHS.sub("α", small)
    if code in _EACH:
        return sum(letter in _EACH[code] for letter in small) or None
    if code in _GROUPS:
        return len(re.findall(_GROUPS[code], small)) or None
    return None
