# ruff: noqa: RUF001 - marks of other scripts are the subject
r"""M-IFEval's checks in Spanish, French and Japanese as its own program reads them: `compat="m-ifeval"`.

Where a check does as IFEval's, IFEval's reading holds; here is what differs, by the language of the task. Four tools of
the original cannot be had: spaCy's model for Spanish words and sentences, nltk's French sentences, janome's Japanese
words, and langdetect, which is random; `docs/constraints.md` counts what they change.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint, find
from rlvr.rewards.constraints.checks.layout.numbered_sections import Extent
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.checks.text_views import code
from rlvr.rewards.constraints.published.ifeval import pattern, said
from rlvr.rewards.constraints.published.punkt import sentences, tokens
from rlvr.rewards.languages.measures import Text

READING: Final = "m-ifeval"
_SUFFIXES: Final = "性化的者家率感力質"
_QUOTED: Final = re.compile(r"「[^」\n]*」|『[^』\n]*』")
_SPANISH_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|(?<=\w)['’.,:/_·@-](?=\w)|[ºª])*|[$€%+=<>|^`~°&]")
_SPANISH_ENDS: Final = re.compile(r"(?<!\d)[.!?…]+[\"”»')\]]*\s+(?=[\"“«'(¿¡—\-*]*[A-ZÁÉÍÓÚÑÜ0-9])")


def _ja(text: Text) -> bool:
    return code(text) == "ja"


@constraint("length_constraints:number_words", compat=READING)
def _number_words(text: Text, num_words: int, relation: Relation) -> Outcome:
    words = spanish_words(text.raw) if code(text) == "es" else re.findall(r"\w+", text.raw)
    return compared(len(words), relation, num_words, "words")


@constraint("length_constraints:number_sentences", compat=READING)
def _number_sentences(text: Text, num_sentences: int, relation: Relation) -> Outcome:
    if _ja(text):
        found = _japanese_sentences(text.raw)
    elif code(text) == "es":
        found = sum(any(map(str.isalnum, part)) for part in _SPANISH_ENDS.split(text.raw))
    else:
        found = len(sentences(text.raw))
    return compared(found, relation, num_sentences, "sentences")


@constraint("length_constraints:nth_paragraph_first_word", compat=READING)
def _nth_paragraph_first_word(text: Text, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Outcome:
    if code(text) not in ("ja", "es"):
        return _as_ifeval(
            text, "length_constraints:nth_paragraph_first_word", num_paragraphs, nth_paragraph, first_word
        )
    parts = [part.strip() for part in text.raw.split("\n\n")]
    count = sum(map(bool, parts))
    chosen = parts[nth_paragraph - 1] if 0 < nth_paragraph <= count else ""
    begins = chosen.lower().lstrip("「'").lstrip('『"').startswith(first_word.lower())
    return said(bool(chosen) and count == num_paragraphs and begins, f"{count} paragraphs")


@constraint("detectable_format:number_bullet_lists", compat=READING)
def _number_bullet_lists(text: Text, num_bullets: int) -> Outcome:
    if code(text) not in ("ja", "es"):
        return _as_ifeval(text, "detectable_format:number_bullet_lists", num_bullets)
    mark = "・" if _ja(text) else r"\*"
    found = len(re.findall(rf"^[^\S\n]*{mark}[^{mark}]", text.raw, re.M))
    return said(found == num_bullets, f"{found} bullet points, {num_bullets} wanted")


@constraint("language:response_language", compat=READING)
def _response_language(text: Text, language: str) -> Outcome:
    # langdetect says `zh-cn` or `zh-tw`, and so never what these rows call Chinese.
    return said(False) if language == "zh" else _as_ifeval(text, "language:response_language", language)


@constraint("detectable_format:multiple_sections", compat=READING)
def _multiple_sections(text: Text, section_spliter: str, num_sections: int, relation: Extent = "at least") -> Outcome:
    # It is at least, whatever the row says; all of them say so.
    return _as_ifeval(text, "detectable_format:multiple_sections", section_spliter, num_sections)


@constraint("detectable_content:postscript", compat=READING)
def _postscript(text: Text, postscript_marker: str) -> Outcome:
    marker = postscript_marker.strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\.", "P.D.": r"p\.\s?d\."}
    other = re.escape(marker.lower()) if _ja(text) else marker.lower()
    return said(pattern(known.get(marker, other)).search(text.raw.lower()))


@constraint("keywords:existence", compat=READING)
def _existence(text: Text, keywords: list[str]) -> Outcome:
    if not _ja(text):
        return _as_ifeval(text, "keywords:existence", keywords)
    surfaces = set(_surfaces(text.raw))
    return said(all(word in surfaces for word in keywords))


@constraint("keywords:frequency", compat=READING)
def _frequency(text: Text, keyword: str, frequency: int, relation: Relation) -> Outcome:
    if not _ja(text):
        return _as_ifeval(text, "keywords:frequency", keyword, frequency, relation)
    found = _surfaces(text.raw).count(keyword.strip())
    return compared(found, relation, frequency, f"times {keyword!r}")


@constraint("keywords:forbidden_words", compat=READING)
def _forbidden_words(text: Text, forbidden_words: list[str]) -> Outcome:
    if not _ja(text):
        return _as_ifeval(text, "keywords:forbidden_words", forbidden_words)
    surfaces = set(_surfaces(text.raw))
    return said(not any(word in surfaces for word in forbidden_words))


@constraint("combination:repeat_prompt", compat=READING)
def _repeat_prompt(text: Text, prompt_to_repeat: str) -> Outcome:
    if not _ja(text):
        return _as_ifeval(text, "combination:repeat_prompt", prompt_to_repeat)
    return said(text.raw.strip().startswith(prompt_to_repeat.strip()))


@constraint("startend:end_checker", compat=READING)
def _end_checker(text: Text, end_phrase: str) -> Outcome:
    if code(text) == "es":
        # A full stop or mark after the phrase is taken away in Spanish alone.
        return said(text.raw.strip().strip('".').lower().endswith(end_phrase.strip().strip('".').lower()))
    if not _ja(text):
        return _as_ifeval(text, "startend:end_checker", end_phrase)
    return said(text.raw.strip().strip("」』").endswith(end_phrase.strip().strip("」』")))


@constraint("punctuation:no_comma", compat=READING)
def _no_comma(text: Text) -> Outcome:
    return said(("、" if _ja(text) else ",") not in text.raw)


@constraint("startend:quotation", compat=READING)
def _quotation(text: Text) -> Outcome:
    value = text.raw.strip()
    pairs = ('""', "''", "«»") if code(text) == "fr" else ('""',)
    return said(len(value) > 1 and value[0] + value[-1] in pairs)


@constraint("change_case:capital_word_frequency", compat=READING)
def _capital_word_frequency(text: Text, capital_frequency: int, capital_relation: Relation) -> Outcome:
    words = spanish_words(text.raw) if code(text) == "es" else tokens(text.raw)
    return compared(sum(map(str.isupper, words)), capital_relation, capital_frequency, "words in capitals")


def _as_ifeval(text: Text, id: str, *given: object) -> Outcome:
    return find(id, "ifeval").function(text, *given)


def spanish_words(text: str) -> list[str]:
    """The words of a Spanish text as spaCy has them: tokens that are neither punctuation nor white space.

    >>> spanish_words("¿Cuesta 5 € el e-mail?")
    ['Cuesta', '5', '€', 'el', 'e-mail']
    """
    return _SPANISH_WORD.findall(text)


def _japanese_sentences(text: str) -> int:
    normal = unicodedata.normalize("NFKC", text)
    parts = (part for line in normal.split("\n") for part in re.split(r"[。!?]", _QUOTED.sub("", line)))
    return sum(bool(part.strip()) for part in parts)


def _surfaces(text: str) -> list[str]:
    """The words of a Japanese text, by ICU's dictionary in place of janome's, which parts suffixes from their word."""
    from icu4py.breakers import WordBreaker

    found = list[str]()
    for word in WordBreaker(text, "ja"):
        found += [word[:-1], word[-1]] if len(word) > 2 and word[-1] in _SUFFIXES else [word]
    return found
