r"""The 25 checks as IFEval's own program reads them, its faults included: `compat="ifeval"`.

Keywords are patterns, `\w+` is a word, and what has no language follows any. Two parts of the original cannot be had:
a random letter where the asked one is no letter, and langdetect, which is random; `docs/constraints.md` counts both.
"""

from __future__ import annotations

import json
import re
from typing import Final

from rlvr.errors import DataError
from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.layout.choices import OPTIONS
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.published.punkt import sentences, tokens
from rlvr.rewards.languages.identification import canonical, identify
from rlvr.rewards.languages.measures import Text

READING: Final = "ifeval"


def said(followed: object, why: str = "") -> Outcome:
    """What a published program says, which gives no reasons.

    >>> said(0)
    Outcome(score=False, reason='not followed')
    """
    return Outcome(bool(followed), why or ("followed" if followed else "not followed"))


def pattern(text: str) -> re.Pattern[str]:
    """A keyword as the pattern that published programs take it for, whatever its case.

    Raises:
        DataError: It is none.

    >>> pattern("a.b").search("Axb") is not None
    True
    """
    try:
        return re.compile(text, re.I)
    except re.error as error:
        raise DataError(
            f"`{text}` is no regular expression ({error}); the published check takes keywords for such.",
            hint='Use `compat="fixed"`, or escape it.',
        ) from None


@constraint("keywords:existence", compat=READING)
def _existence(text: Text, keywords: list[str]) -> Outcome:
    return said(all(pattern(word).search(text.raw) for word in keywords))


@constraint("keywords:frequency", compat=READING)
def _frequency(text: Text, keyword: str, frequency: int, relation: Relation) -> Outcome:
    found = sum(1 for _ in pattern(keyword.strip()).finditer(text.raw))
    return compared(found, relation, frequency, f"times {keyword!r}")


@constraint("keywords:forbidden_words", compat=READING)
def _forbidden_words(text: Text, forbidden_words: list[str]) -> Outcome:
    return said(not any(pattern(rf"\b{word}\b").search(text.raw) for word in forbidden_words))


@constraint("keywords:letter_frequency", compat=READING)
def _letter_frequency(text: Text, letter: str, let_frequency: int, let_relation: Relation) -> Outcome:
    return compared(text.raw.lower().count(letter.strip().lower()), let_relation, let_frequency, f"times {letter!r}")


@constraint("language:response_language", compat=READING)
def _response_language(text: Text, language: str) -> Outcome:
    found = identify(text.raw)
    return said(found is None or found == canonical(language), f"the language is {found}")


@constraint("length_constraints:number_sentences", compat=READING)
def _number_sentences(text: Text, num_sentences: int, relation: Relation) -> Outcome:
    return compared(len(sentences(text.raw)), relation, num_sentences, "sentences")


@constraint("length_constraints:number_paragraphs", compat=READING)
def _number_paragraphs(text: Text, num_paragraphs: int) -> Outcome:
    parts = re.split(r"\s?\*\*\*\s?", text.raw)
    inner, ends = parts[1:-1], [parts[0], *parts[1:][-1:]]
    count = len(inner) + sum(bool(part.strip()) for part in ends)
    return said(all(part.strip() for part in inner) and count == num_paragraphs, f"{count} paragraphs")


@constraint("length_constraints:number_words", compat=READING)
def _number_words(text: Text, num_words: int, relation: Relation) -> Outcome:
    return compared(sum(1 for _ in re.finditer(r"\w+", text.raw)), relation, num_words, "words")


@constraint("length_constraints:nth_paragraph_first_word", compat=READING)
def _nth_paragraph_first_word(text: Text, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Outcome:
    parts = [part.strip() for part in text.raw.split("\n\n")]
    count = sum(map(bool, parts))
    chosen = parts[nth_paragraph - 1] if 0 < nth_paragraph <= count else ""
    if not chosen:
        return said(False, f"{count} paragraphs")
    word = re.split(r"[.,?!'\"]", chosen.split()[0].lstrip("'").lstrip('"'), maxsplit=1)[0].lower()
    return said(count == num_paragraphs and word == first_word.lower(), f"{count} paragraphs; it begins with {word!r}")


@constraint("detectable_content:number_placeholders", compat=READING)
def _number_placeholders(text: Text, num_placeholders: int) -> Outcome:
    # The same count as of the shortest spans between brackets on one line, in linear time.
    found = 0
    for line in text.raw.split("\n"):
        at = line.find("[")
        while at >= 0 and (end := line.find("]", at)) >= 0:
            found, at = found + 1, line.find("[", end)
    return compared(found, "at least", num_placeholders, "placeholders")


@constraint("detectable_content:postscript", compat=READING)
def _postscript(text: Text, postscript_marker: str) -> Outcome:
    marker = postscript_marker.strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return said(pattern(known.get(marker, marker.lower())).search(text.raw.lower()))


@constraint("detectable_format:number_bullet_lists", compat=READING)
def _number_bullet_lists(text: Text, num_bullets: int) -> Outcome:
    starred = re.findall(r"^[^\S\n]*\*[^*]", text.raw, re.M)
    dashed = re.findall(r"^[^\S\n]*-", text.raw, re.M)
    found = len(starred) + len(dashed)
    return said(found == num_bullets, f"{found} bullet points, {num_bullets} wanted")


@constraint("detectable_format:constrained_response", compat=READING)
def _constrained_response(text: Text) -> Outcome:
    return said(any(option in text.raw for option in OPTIONS))


@constraint("detectable_format:number_highlighted_sections", compat=READING)
def _number_highlighted_sections(text: Text, num_highlights: int) -> Outcome:
    single = [part.strip("*") for part in re.findall(r"\*[^\n*]*\*", text.raw)]
    double = [part[2:-2] for part in re.findall(r"\*\*[^\n*]*\*\*", text.raw)]
    return compared(sum(bool(part.strip()) for part in single + double), "at least", num_highlights, "highlights")


@constraint("detectable_format:multiple_sections", compat=READING)
def _multiple_sections(text: Text, section_spliter: str, num_sections: int) -> Outcome:
    found = sum(1 for _ in re.finditer(rf"\s?{section_spliter.strip()}\s?\d+\s?", text.raw))
    return compared(found, "at least", num_sections, "sections")


@constraint("detectable_format:json_format", compat=READING)
def _json_format(text: Text) -> Outcome:
    value = text.raw.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        value = value.removeprefix(fence)
    try:
        json.loads(value.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return said(False, "no JSON")
    return said(True)


@constraint("detectable_format:title", compat=READING)
def _title(text: Text) -> Outcome:
    for line in text.raw.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if 0 <= start < end - 2 and line[start : end + 2].lstrip("<").rstrip(">").strip():
            return said(True)
    return said(False)


@constraint("combination:two_responses", compat=READING)
def _two_responses(text: Text) -> Outcome:
    parts = [part.strip() for part in text.raw.split("******")]
    answers = [part for part in parts if part]
    return said(all(parts[1:-1]) and len(answers) == 2 and answers[0] != answers[1], f"{len(answers)} answers")


@constraint("combination:repeat_prompt", compat=READING)
def _repeat_prompt(text: Text, prompt_to_repeat: str) -> Outcome:
    return said(text.raw.strip().lower().startswith(prompt_to_repeat.strip().lower()))


@constraint("startend:end_checker", compat=READING)
def _end_checker(text: Text, end_phrase: str) -> Outcome:
    return said(text.raw.strip().strip('"').lower().endswith(end_phrase.strip().lower()))


@constraint("startend:quotation", compat=READING)
def _quotation(text: Text) -> Outcome:
    value = text.raw.strip()
    return said(len(value) > 1 and value[0] == value[-1] == '"')


@constraint("change_case:capital_word_frequency", compat=READING)
def _capital_word_frequency(text: Text, capital_frequency: int, capital_relation: Relation) -> Outcome:
    found = sum(map(str.isupper, tokens(text.raw)))
    return compared(found, capital_relation, capital_frequency, "words in capitals")


@constraint("change_case:english_capital", compat=READING)
def _english_capital(text: Text) -> Outcome:
    return said(text.raw.isupper() and identify(text.raw) in ("en", None))


@constraint("change_case:english_lowercase", compat=READING)
def _english_lowercase(text: Text) -> Outcome:
    return said(text.raw.islower() and identify(text.raw) in ("en", None))


@constraint("punctuation:no_comma", compat=READING)
def _no_comma(text: Text) -> Outcome:
    return said("," not in text.raw)
