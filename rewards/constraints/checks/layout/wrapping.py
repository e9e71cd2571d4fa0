# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on what goes around words and sentences: brackets, hyphens, no dots, and which letter may follow which."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

_STOPS = frozenset(".．。｡․‥…۔።։।॥᙮。﹒")
_EXCLAMATIONS = frozenset("!！﹗¡՜⁉‼❗❕")
_BRACKETED = re.compile(r"(?<!\[)\[([^\[\]\n]{1,200})\](?!\])")
_BIGRAM = re.compile(r"(?<!<)<<([^<>\n]{1,400})>>(?!>)")
_JOINT = re.compile(
    r"(?<!\W[^\W\d_])(?<!\A[^\W\d_])[.!?…。．！？।॥؟۔።]{1,9}[\"'”’»」』)\]*_]{0,9}(?P<joint>\s*[-‐‑–—]\s*|(?=[^\W\d_]))"
)
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
_NO_ALPHABET = frozenset(("zh", "ja"))


@constraint("detectable_format:square_brackets", "Put [square] [brackets] around every word.")
def square_brackets(text: Text) -> Outcome:
    """Every word stands in brackets of its own."""
    inside = _BRACKETED.findall(text.text)
    return _wrapped(text, inside, _BRACKETED.sub("", text.text), 1)


@constraint(
    "detectable_format:bigram_wrapping", "Put double angle brackets around <<every two>> <<words like>> <<this here>>."
)
def bigram_wrapping(text: Text) -> Outcome:
    """Every two words stand in double angle brackets; a last odd one may stand alone in them."""
    inside = _BIGRAM.findall(text.text)
    return _wrapped(text, inside, _BIGRAM.sub("", text.text), 2)


@constraint("detectable_format:sentence_hyphens", "Join all sentences by hyphens, without spaces between them.")
def sentence_hyphens(text: Text) -> Outcome:
    """Between sentences stand hyphens and no white space."""
    joints = [joint["joint"] for joint in _JOINT.finditer(text.text)]
    loose = next((joint for joint in joints if joint != joint.strip() or not joint), None)
    if loose is not None:
        return Outcome(False, "a space beside a hyphen" if loose else "two sentences without a hyphen")
    # The rules see no end of a sentence before a hyphen: what they part has none.
    count = len(text.sentences)
    return Outcome(count == 1, f"{len(joints)} hyphens between sentences" if count == 1 else f"{count} loose parts")


@constraint(
    "keywords:no_adjacent_consecutive", "Let no word begin with the letter that follows the one before's first."
)
def no_adjacent_consecutive(text: Text) -> Outcome:
    """No word begins with the letter after the one its neighbour begins with; no opinion without an alphabet."""
    if text.language.partition("-")[0].lower() in _NO_ALPHABET:
        return Outcome(None, f"{text.language} is written without an alphabet")
    words = [(word, _place(word, text.language)) for word in text.words]
    wrong = next((f"{one} {other}" for (one, a), (other, b) in pairwise(words) if a and b and a + 1 == b), None)
    return Outcome(
        bool(words) and wrong is None, f"consecutive letters: {wrong}" if wrong else "no consecutive letters"
    )


@constraint("punctuation:punctuation_dot", "Use no full stops.")
def punctuation_dot(text: Text) -> Outcome:
    """No full stop of any script."""
    return _without(text, _STOPS, "full stop")


@constraint("punctuation:punctuation_exclamation", "Use no exclamation marks.")
def punctuation_exclamation(text: Text) -> Outcome:
    """No exclamation mark of any script."""
    return _without(text, _EXCLAMATIONS, "exclamation mark")


def _without(text: Text, marks: frozenset[str], name: str) -> Outcome:
    found = next((letter for letter in text.text if letter in marks), None)
    return Outcome(found is None, f"a{'n' if name[0] == 'e' else ''} {name}: {found}" if found else f"no {name}")


def _wrapped(text: Text, inside: list[str], outside: str, each: int) -> Outcome:
    bare = re.search(r"\w+", outside)
    if bare or not inside:
        return Outcome(False, f"outside of brackets: {bare[0][:40]}" if bare else "no brackets")
    wrong = next((part for part in inside[:-1] if not _holds(part, text.language, each, each)), None)
    if wrong is None and not _holds(inside[-1], text.language, 1, each):
        wrong = inside[-1]
    return Outcome(
        wrong is None, f"not {each} in brackets: {wrong[:40]}" if wrong else f"all words by {each} in brackets"
    )


def _holds(part: str, language: str, least: int, most: int) -> bool:
    if not any(map(str.isalnum, part)):
        return False
    written = len(part.split())
    if written == 1 and unsegmented(part.strip()[0]):
        # A dictionary may part what a reader takes for one word, where words are written together.
        return least <= len(Text(part, language).words) <= 2 * most
    return least <= written <= most


def _place(word: str, language: str) -> int:
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
