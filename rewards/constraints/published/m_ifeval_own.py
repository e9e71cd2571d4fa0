# ruff: noqa: RUF001 - marks of other scripts are the subject
"""M-IFEval's checks that one language alone has, as its own program reads them: `compat="m-ifeval"`."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint, find
from rlvr.rewards.constraints.checks.languages import french, japanese, spanish
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.m_ifeval import spanish_words
from rlvr.rewards.languages.identification import identify
from rlvr.rewards.languages.measures import Text

READING: Final = "m-ifeval"
_ACCENTED: Final = re.compile(r"[àáâãäåçèéêëìíîïñòóôõöùúûüýÿ]", re.I)
_TU: Final = re.compile(r"\b(?:tu|te|t'\b|toi|ton|ta|tes)\b", re.I)
_FURIGANA: Final = re.compile(r"[\u4e00-\u9faf]+（[ぁ-ん]+）")
_QUOTED: Final = re.compile(r"「[^」\n]*」|『[^』\n]*』")


# What Spanish alone has.


@constraint("es:punctuation:question_marks", compat=READING)
def _question_marks(text: Text) -> Outcome:
    return _marked(text, r"¿([^?]*)\?")


@constraint("es:punctuation:exclamation_marks", compat=READING)
def _exclamation_marks(text: Text) -> Outcome:
    return _marked(text, r"¡([^!]*)!")


@constraint("es:special_character:enie", compat=READING)
def _enie(text: Text, let_frequency: int) -> Outcome:
    return said(_words_with(text, "ñ") == let_frequency)


@constraint("es:special_character:dieresis", compat=READING)
def _dieresis(text: Text, let_frequency: int) -> Outcome:
    return said(_words_with(text, "ü") == let_frequency)


@constraint("es:special_character:tildes", compat=READING)
def _tildes(text: Text, num_words: int, relation: spanish.Compared) -> Outcome:
    found = _words_with(text, "áéíóú")
    return said(found >= num_words if relation == "al menos" else found <= num_words, f"{found} words")


@constraint("es:change_case:spanish_capital", compat=READING)
def _spanish_capital(text: Text) -> Outcome:
    return said(text.raw.isupper() and identify(text.raw) in ("es", None))


@constraint("es:change_case:spanish_lowercase", compat=READING)
def _spanish_lowercase(text: Text) -> Outcome:
    return said(text.raw.islower() and identify(text.raw) in ("es", None))


@constraint("es:detectable_format:constrained_response", compat=READING)
def _spanish_choice(text: Text) -> Outcome:
    return said(any(option in text.raw for option in spanish.OPTIONS))


# What French alone has.


@constraint("fr:detectable_format:title", compat=READING)
def _french_title(text: Text) -> Outcome:
    return said(any(part.strip("#").strip() for part in re.findall(r"##[^\n]+##", text.raw)))


@constraint("fr:special_character:ethel_or_cedilla", compat=READING)
def _ethel_or_cedilla(text: Text, forbidden_char: str) -> Outcome:
    return said(not re.search(re.escape(forbidden_char), text.raw, re.I))


@constraint("fr:special_character:no_accents", compat=READING)
def _no_accents(text: Text) -> Outcome:
    return said(not _ACCENTED.search(text.raw))


@constraint("fr:special_character:accents", compat=READING)
def _accents(text: Text, word_to_accentuate: dict[str, str]) -> Outcome:
    words = re.findall(r"\w+", text.raw.lower())
    return said(all(word_to_accentuate.get(_bare(word), word) == word for word in words))


@constraint("fr:detectable_content:informal_address", compat=READING)
def _informal_address(text: Text) -> Outcome:
    return said(_TU.search(text.raw))


@constraint("fr:detectable_content:no_digits", compat=READING)
@constraint("fr:detectable_format:no_digits", compat=READING)
@constraint("ja:letters:kansuuji", compat=READING)
def _no_digits(text: Text) -> Outcome:
    return said(not re.search(r"\d", text.raw))


@constraint("fr:change_case:french_capital", compat=READING)
def _french_capital(text: Text) -> Outcome:
    return said(text.raw.isupper() and identify(text.raw) in ("fr", None))


@constraint("fr:change_case:french_lowercase", compat=READING)
def _french_lowercase(text: Text) -> Outcome:
    return said(text.raw.islower() and identify(text.raw) in ("fr", None))


@constraint("fr:detectable_format:constrained_response", compat=READING)
def _french_choice(text: Text) -> Outcome:
    return said(any(option in text.raw for option in french.OPTIONS))


# What Japanese alone has.


@constraint("ja:letters:furigana", compat=READING)
def _furigana(text: Text) -> Outcome:
    runs, read = len(re.findall(r"[\u4e00-\u9faf]+", text.raw)), len(_FURIGANA.findall(text.raw))
    return said(runs == read, f"{read} of {runs} runs of kanji")


@constraint("ja:letters:kanji", compat=READING)
def _kanji(text: Text, kanji_limit: int, relation: japanese.Compared) -> Outcome:
    return _told(len(re.findall(r"[\u4e00-\u9faf]", text.raw)), relation, kanji_limit)


@constraint("ja:letters:no_hiragana", compat=READING)
def _no_hiragana(text: Text) -> Outcome:
    return said(not re.search("[ぁ-ゖ]", text.raw))


@constraint("ja:letters:hiragana_only", compat=READING)
def _hiragana_only(text: Text) -> Outcome:
    return said(all("ぁ" <= one <= "ん" or one == "ー" for one in _letters(text.raw)))


@constraint("ja:letters:no_katakana", compat=READING)
def _no_katakana(text: Text) -> Outcome:
    return said(not re.search("[ァ-ヺｦ-ﾟ]", text.raw))


@constraint("ja:letters:katakana_only", compat=READING)
def _katakana_only(text: Text) -> Outcome:
    return said(all("ァ" <= one <= "ン" or one in "ー・" or "ｦ" <= one <= "ﾟ" for one in _letters(text.raw)))


@constraint("ja:keywords:letter_frequency", compat=READING)
def _letter_frequency(text: Text, letter: str, let_frequency: int, let_relation: japanese.Compared) -> Outcome:
    found = text.raw.count(letter) + text.raw.count(chr(ord(letter) + 96))
    return _told(found, let_relation, let_frequency)


@constraint("ja:length_constraints:number_letters", compat=READING)
def _number_letters(text: Text, num_letters: int, relation: japanese.Compared) -> Outcome:
    return _told(len(text.raw), relation, num_letters)


@constraint("ja:startend:sentence_unified_end", compat=READING)
def _sentence_unified_end(text: Text, ending: str) -> Outcome:
    parts = re.split("[。！？]", _QUOTED.sub("", text.raw))
    return said(all(part.endswith(ending) for part in parts if part))


@constraint("ja:detectable_format:nominal_ending", compat=READING)
def _nominal_ending(text: Text, count: int) -> Outcome:
    return find("ja:detectable_format:nominal_ending").function(text, count)


@constraint("ja:detectable_format:number_numbered_lists", compat=READING)
def _number_numbered_lists(text: Text, num_items: int) -> Outcome:
    return said(len(re.findall(r"^\s*\d+\.\s.*$", text.raw, re.M)) == num_items)


@constraint("ja:detectable_format:number_highlighted_sections", compat=READING)
def _number_highlighted_sections(text: Text, num_highlights: int) -> Outcome:
    found = sum(bool(part.strip()) for part in re.findall(r"《([^\n《》]*)》", text.raw))
    return compared(found, "at least", num_highlights, "highlights")


@constraint("ja:detectable_format:title", compat=READING)
def _japanese_title(text: Text) -> Outcome:
    return said(any(part.strip("『』").strip() for part in re.findall(r"『[^\n]+』", text.raw)))


@constraint("ja:detectable_format:multiple_sections", compat=READING)
def _japanese_sections(text: Text, section_spliter: str, num_sections: int) -> Outcome:
    found = len(re.findall(rf"第\d+{section_spliter.strip()}", text.raw))
    return compared(found, "at least", num_sections, "sections")


@constraint("ja:detectable_format:constrained_response", compat=READING)
def _japanese_choice(text: Text) -> Outcome:
    return said(any(option in text.raw for option in japanese.OPTIONS))


@constraint("ja:punctuation:no_period", compat=READING)
def _no_period(text: Text) -> Outcome:
    return said("。" not in text.raw)


@constraint("ja:startend:quotation", compat=READING)
def _corner_brackets(text: Text) -> Outcome:
    value = text.raw.strip()
    return said(len(value) > 1 and value[0] + value[-1] == "「」")


def _told(count: int, relation: japanese.Compared, threshold: int) -> Outcome:
    return compared(count, "at least" if relation == "以上" else "less than", threshold, "of them")


def _marked(text: Text, between: str) -> Outcome:
    return said(any(part.strip() for part in re.findall(between, text.raw)))


def _words_with(text: Text, letters: str) -> int:
    return sum(any(letter in letters for letter in word.lower()) for word in spanish_words(text.raw))


def _letters(text: str) -> list[str]:
    return [letter for letter in text if unicodedata.category(letter).startswith("L")]


def _bare(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
