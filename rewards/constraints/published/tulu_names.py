"""Tülu 3's 25 functions under the names and arguments they were published with, each read as the check it asks for.

Most are another check under another name. Six count exactly where IFEval compares, or know `around` and `at most`.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import alias, constraint
from rlvr.rewards.constraints.checks.layout import letter_case
from rlvr.rewards.constraints.checks.outcomes import exactly
from rlvr.rewards.constraints.checks.text_views import letter_count
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("validate_", "verify_")

Quantifier: TypeAlias = Literal["at least", "around", "at most"]
"""How Tülu 3 compares a count; `around` is a tenth more or less, at least one."""

ALIASES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "verify_keywords": ("keywords:existence", {"keyword_list": "keywords"}),
    "validate_forbidden_words": ("keywords:forbidden_words", {}),
    "validate_response_language": ("language:response_language", {}),
    "verify_paragraph_count": ("length_constraints:number_paragraphs", {"N": "num_paragraphs"}),
    "validate_paragraphs": (
        "length_constraints:nth_paragraph_first_word",
        {"N": "num_paragraphs", "first_word": "first_word", "i": "nth_paragraph"},
    ),
    "verify_postscript": ("detectable_content:postscript", {}),
    "validate_placeholders": ("detectable_content:number_placeholders", {"N": "num_placeholders"}),
    "verify_bullet_points": ("detectable_format:number_bullet_lists", {"N": "num_bullets"}),
    "validate_title": ("detectable_format:title", {}),
    "validate_highlighted_sections": ("detectable_format:number_highlighted_sections", {"N": "num_highlights"}),
    "validate_sections": (
        "detectable_format:multiple_sections",
        {"N": "num_sections", "section_splitter": "section_spliter"},
    ),
    "validate_json_format": ("detectable_format:json_format", {}),
    "validate_repeat_prompt": ("combination:repeat_prompt", {"original_prompt": "prompt_to_repeat"}),
    "validate_two_responses": ("combination:two_responses", {}),
    "validate_uppercase": ("change_case:english_capital", {}),
    "validate_lowercase": ("change_case:english_lowercase", {}),
    "validate_end": ("startend:end_checker", {}),
    "validate_quotation": ("startend:quotation", {}),
    "validate_no_commas": ("punctuation:no_comma", {}),
}
"""The check that each name stands for, and what it calls the arguments where they differ, in the order of Tülu 3."""

_DESCRIPTIONS: Final = {
    "verify_paragraph_count": "Write {N} paragraphs with a line * * * between them.",
    "validate_sections": "Write {N} sections, headed {section_splitter} 1 and so on.",
}

for _name, (_id, _arguments) in ALIASES.items():
    alias(_name, _id, _arguments, _DESCRIPTIONS.get(_name, ""))


def quantified(count: int, quantifier: Quantifier, wanted: int, what: str, tolerance: int = 0) -> Outcome:
    """A count against a quantifier.

    >>> quantified(9, "around", 10, "words")
    Outcome(score=True, reason='9 words, around 10 wanted')
    """
    near = abs(count - wanted) <= (tolerance or max(round(0.1 * wanted), 1))
    followed = {"at least": count >= wanted, "at most": count <= wanted, "around": near}[quantifier]
    return Outcome(followed, f"{count} {what}, {quantifier} {wanted} wanted")


@constraint("verify_keyword_frequency", "Use the word {word} exactly {N} times.")
def _keyword_frequency(text: Text, word: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return exactly(occurrences(text, word), N, f"times {word!r}")


@constraint("verify_letter_frequency", "Use the letter {letter} exactly {N} times.")
def _letter_frequency(text: Text, letter: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return exactly(letter_count(text, letter), N, f"times {letter!r}")


@constraint("validate_word_constraint", "Write {quantifier} {N} words.")
def _word_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    return quantified(len(text.words), quantifier, N, "words")


@constraint("verify_sentence_constraint", "Write {quantifier} {N} sentences.")
def _sentence_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    return quantified(len(text.sentences), quantifier, N, "sentences", tolerance=1)


@constraint("validate_choice", "Answer with one of these: {options}.", brief=True)
def _choice(text: Text, options: list[str]) -> Outcome:
    found = [option for option in options if occurrences(text, option)]
    # An option that is part of another one found is not chosen.
    chosen = [option for option in found if not any(option != other and option in other for other in found)]
    return Outcome(len(chosen) == 1, f"{len(chosen)} of the options")


@constraint("validate_frequency_capital_words", "Use {quantifier} {N} words in capital letters.")
def _frequency_capital_words(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - published name
    if text.caseless:
        return letter_case.capital_word_frequency(text, N, "at least")
    return quantified(letter_case.capital_words(text), quantifier, N, "words in capitals")
