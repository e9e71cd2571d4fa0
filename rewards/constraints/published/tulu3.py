r"""Tülu 3's 25 functions as its own program reads them: `compat="tulu3"`.

White space parts words, case counts for letters and phrases, and nothing is stripped. Where langdetect raises, the
answer counts as not followed.
"""

from __future__ import annotations

import json
import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint, find
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.tulu_names import Quantifier, quantified
from rlvr.rewards.languages.identification import identify
from rlvr.rewards.languages.measures import Text

READING: Final = "tulu3"


@constraint("verify_keywords", compat=READING)
def _keywords(text: Text, keyword_list: list[str]) -> Outcome:
    return said(all(word.lower() in text.raw.lower() for word in keyword_list))


@constraint("verify_keyword_frequency", compat=READING)
def _keyword_frequency(text: Text, word: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return said(re.findall(r"\w+", text.raw.lower()).count(word.lower()) == N)


@constraint("validate_forbidden_words", compat=READING)
def _forbidden_words(text: Text, forbidden_words: list[str]) -> Outcome:
    return said(not any(word.lower() in text.raw.lower() for word in forbidden_words))


@constraint("verify_letter_frequency", compat=READING)
def _letter_frequency(text: Text, letter: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return said(text.raw.count(letter) == N)


@constraint("validate_response_language", compat=READING)
def _response_language(text: Text, language: str) -> Outcome:
    return said(identify(text.raw) == language)


@constraint("verify_paragraph_count", compat=READING)
def _paragraph_count(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    parts = "\n".join(line.strip() for line in text.raw.splitlines()).strip().split("* * *")
    return said(all(part.strip() for part in parts) and len(parts) == N)


@constraint("validate_word_constraint", compat=READING)
def _word_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    return quantified(len(text.raw.split()), quantifier, N, "words")


@constraint("verify_sentence_constraint", compat=READING)
def _sentence_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    ends = sum(_parts(text.raw, at) for at in range(1, len(text.raw)) if text.raw[at].isspace())
    return quantified(1 + ends, quantifier, N, "sentences", tolerance=1)


@constraint("validate_paragraphs", compat=READING)
def _paragraphs(text: Text, N: int, first_word: str, i: int) -> Outcome:  # noqa: N803 - its name as published
    parts = text.raw.split("\n\n")
    # A paragraph beyond the last one raises there.
    return said(len(parts) == N >= i and parts[i - 1].strip().startswith(first_word))


@constraint("verify_postscript", compat=READING)
def _postscript(text: Text, postscript_marker: str) -> Outcome:
    _, found, rest = text.raw.partition(postscript_marker)
    return said(found and rest.strip())


@constraint("validate_placeholders", compat=READING)
def _placeholders(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    return find("detectable_content:number_placeholders", "ifeval").function(text, N)


@constraint("verify_bullet_points", compat=READING)
def _bullet_points(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    found = sum(line.strip().startswith(("*", "-")) for line in text.raw.split("\n"))
    return said(found == N, f"{found} lines begin with * or -")


@constraint("validate_title", compat=READING)
def _title(text: Text) -> Outcome:
    return said(any(">>" in line.partition("<<")[2] for line in text.raw.split("\n")))


@constraint("validate_choice", compat=READING)
def _choice(text: Text, options: list[str]) -> Outcome:
    return said(any(option in text.raw for option in options))


@constraint("validate_highlighted_sections", compat=READING)
def _highlighted_sections(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    found = sum(line.count("*") // 2 for line in text.raw.split("\n"))
    return said(found >= N, f"{found} pairs of asterisks")


@constraint("validate_sections", compat=READING)
def _sections(text: Text, N: int, section_splitter: str) -> Outcome:  # noqa: N803 - its name as published
    # What stands before the first heading is a section as well; later it came to count headings with a number.
    parts = text.raw.split(section_splitter)
    found = len(parts) - (not parts[0])
    return said(found == N, f"{found} sections")


@constraint("validate_json_format", compat=READING)
def _json_format(text: Text) -> Outcome:
    try:
        json.loads(text.raw)
    except (ValueError, RecursionError):
        return said(False)
    return said(True)


@constraint("validate_repeat_prompt", compat=READING)
def _repeat_prompt(text: Text, original_prompt: str) -> Outcome:
    return said(text.raw.startswith(original_prompt))


@constraint("validate_two_responses", compat=READING)
def _two_responses(text: Text) -> Outcome:
    parts = [part.strip() for part in text.raw.split("******")]
    return said(len(parts) == 2 and parts[0] != parts[1])


@constraint("validate_uppercase", compat=READING)
def _uppercase(text: Text) -> Outcome:
    return said(text.raw == text.raw.upper())


@constraint("validate_lowercase", compat=READING)
def _lowercase(text: Text) -> Outcome:
    return said(text.raw == text.raw.lower())


@constraint("validate_frequency_capital_words", compat=READING)
def _frequency_capital_words(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - published name
    return quantified(sum(1 for _ in re.finditer(r"\b[A-Z]+\b", text.raw)), quantifier, N, "words in capitals")


@constraint("validate_end", compat=READING)
def _end(text: Text, end_phrase: str) -> Outcome:
    return said(text.raw.endswith(end_phrase))


@constraint("validate_quotation", compat=READING)
def _quotation(text: Text) -> Outcome:
    return said(text.raw.startswith('"') and text.raw.endswith('"'))


@constraint("validate_no_commas", compat=READING)
def _no_commas(text: Text) -> Outcome:
    return said("," not in text.raw)


def _parts(text: str, at: int) -> bool:
    """Whether white space there parts two sentences: after a mark, an abbreviation such as `Dr.` or `e.g.` aside."""
    if text[at - 1] not in ".?!":
        return False
    return not (
        re.fullmatch(r"\w\.\w.", text[max(at - 4, 0) : at]) or re.fullmatch(r"[A-Z][a-z]\.", text[max(at - 3, 0) : at])
    )
