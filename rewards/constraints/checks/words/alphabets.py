"""Where in its alphabet a letter stands."""

from __future__ import annotations

import unicodedata

_ALPHABETS = {
    "LATIN": "abcdefghijklmnopqrstuvwxyz",
    "GREEK": "αβγδεζηθικλμνξοπρστυφχψω",
    "CYRILLIC": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "HEBREW": "אבגדהוזחטיכלמנסעפצקרשת",
    "ARABIC": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "HANGUL": "ᄀᄂᄃᄅᄆᄇᄉᄋᄌᄎᄏᄐᄑᄒ",
}
_DOUBLED = str.maketrans("ᄁᄄᄈᄊᄍ", "ᄀᄃᄇᄉᄌ")
_OTHER_ALPHABETS = {"uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"}
NO_ALPHABET = frozenset(("zh", "ja"))


def place_in_alphabet(word: str, language: str) -> int:
    """Where in its alphabet a word's first letter stands, from 1; 0 where that cannot be told."""
    first = word[0].lower()
    name = unicodedata.name(first, "").partition(" ")[0]
    alphabet = _OTHER_ALPHABETS.get(language.partition("-")[0].lower()) if name == "CYRILLIC" else None
    alphabet = alphabet or _ALPHABETS.get(name)
    if alphabet:
        bare = unicodedata.normalize("NFD", first)[0].translate(_DOUBLED)
        return (alphabet.find(first) + 1) or (alphabet.find(bare) + 1)
    # Other scripts are encoded in the order of their alphabet.
    return ord(first) if first.isalpha() else 0
