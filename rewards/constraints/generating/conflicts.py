"""Which checks cannot be asked for together: what one wants another forbids, or the two share a place.

Whatever this allows can be satisfied; the tests write an answer for each pair and for thousands of drawn sets.
"""

from __future__ import annotations

from typing import Final

_LAYOUT: Final = (
    "length_constraints:number_paragraphs",
    "length_constraints:nth_paragraph_first_word",
    "paragraphs:paragraphs2",
    "detectable_format:multiple_sections",
)
_CASE: Final = (
    "change_case:capital_word_frequency",
    "change_case:english_capital",
    "change_case:english_lowercase",
)
_BEGINNING: Final = (
    "first_word:first_word_answer",
    "keywords:start_end",
    "length_constraints:nth_paragraph_first_word",
)
_END: Final = ("startend:end_checker", "last_word:last_word_answer", "keywords:start_end")
_WORDS: Final = (
    "keywords:existence",
    "keywords:frequency",
    "keywords:forbidden_words",
    "keywords:word_once",
    "count:count_increment_word",
    "first_word:first_word_answer",
    "last_word:last_word_answer",
    "keywords:letter_frequency",
    "length_constraints:nth_paragraph_first_word",
    "startend:end_checker",
    "detectable_content:postscript",
    "detectable_format:multiple_sections",
)
_OF_ONE_LANGUAGE: Final = ("es:", "fr:", "ja:")
_TOGETHER_NEVER: Final = (_LAYOUT, _CASE, _BEGINNING, _END)

_ONLY_WITH: Final = {
    "detectable_format:json_format": {"keywords:existence", "keywords:forbidden_words", "keywords:word_once"},
    "combination:two_responses": {
        "keywords:existence",
        "keywords:forbidden_words",
        "language:response_language",
        "detectable_format:title",
        "punctuation:no_comma",
        "punctuation:punctuation_exclamation",
    },
    # The request that is repeated may hold any mark, and ends in one.
    "combination:repeat_prompt": {
        "keywords:existence",
        "detectable_format:title",
        "detectable_format:number_highlighted_sections",
        "detectable_content:number_placeholders",
    },
}
_NOT_WITH: Final = {
    # No word of the prompt's language can be asked for, and no letter case of another one.
    "language:response_language": {*_WORDS, *_CASE},
    # `Section 1` is asked for as it is written.
    "detectable_format:multiple_sections": {
        "change_case:english_capital",
        "change_case:english_lowercase",
        "fr:detectable_content:no_digits",
    },
    "punctuation:punctuation_dot": {"length_constraints:number_sentences", "detectable_content:postscript"},
    "punctuation:punctuation_exclamation": {"es:punctuation:exclamation_marks"},
    "startend:quotation": {"keywords:start_end"},
}


def conflict(one: str, other: str) -> bool:
    """Whether two checks cannot both be asked for.

    >>> conflict("punctuation:no_comma", "detectable_format:json_format")
    True
    >>> conflict("punctuation:no_comma", "keywords:existence")
    False
    """
    return one == other or _excludes(one, other) or _excludes(other, one)


def _excludes(one: str, other: str) -> bool:
    if one in _ONLY_WITH and other not in _ONLY_WITH[one]:
        return True
    if any(one in group and other in group for group in _TOGETHER_NEVER):
        return True
    if one == "language:response_language" and other.startswith(_OF_ONE_LANGUAGE):
        return True
    return other in _NOT_WITH.get(one, ())
