"""Tülu 3's 25 functions under the names and arguments they were published with, each read as the check it asks for.

They count exactly where IFEval compares, and know `around` and `at most`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout import casing, combination, content, formats, lengths
from rlvr.rewards.constraints.checks.words import keywords
from rlvr.rewards.constraints.checks.words.counting import exactly
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text

Quantifier: TypeAlias = Literal["at least", "around", "at most"]
"""How Tülu 3 compares a count; `around` is a tenth more or less, at least one."""


def quantified(count: int, quantifier: Quantifier, wanted: int, what: str, tolerance: int = 0) -> Outcome:
    """A count against a quantifier.

    >>> quantified(9, "around", 10, "words")
    Outcome(score=True, reason='9 words, around 10 wanted')
    """
    near = abs(count - wanted) <= (tolerance or max(round(0.1 * wanted), 1))
    followed = {"at least": count >= wanted, "at most": count <= wanted, "around": near}[quantifier]
    return Outcome(followed, f"{count} {what}, {quantifier} {wanted} wanted")


@constraint("verify_keywords", "Use each of these words: {keyword_list}.")
def _keywords(text: Text, keyword_list: list[str]) -> Outcome:
    return keywords.existence(text, keyword_list)


@constraint("verify_keyword_frequency", "Use the word {word} exactly {N} times.")
def _keyword_frequency(text: Text, word: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return exactly(occurrences(text, word), N, f"times {word!r}")


@constraint("validate_forbidden_words", "Use none of these words: {forbidden_words}.")
def _forbidden_words(text: Text, forbidden_words: list[str]) -> Outcome:
    return keywords.forbidden_words(text, forbidden_words)


@constraint("verify_letter_frequency", "Use the letter {letter} exactly {N} times.")
def _letter_frequency(text: Text, letter: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    return exactly(keywords.letter_count(text, letter), N, f"times {letter!r}")


@constraint("validate_response_language", "Write the whole answer in this language: {language}.")
def _response_language(text: Text, language: str) -> Outcome:
    return content.response_language(text, language)


@constraint("verify_paragraph_count", "Write {N} paragraphs with a line * * * between them.")
def _paragraph_count(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    return lengths.number_paragraphs(text, N)


@constraint("validate_word_constraint", "Write {quantifier} {N} words.")
def _word_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    return quantified(len(text.words), quantifier, N, "words")


@constraint("verify_sentence_constraint", "Write {quantifier} {N} sentences.")
def _sentence_constraint(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - its name as published
    return quantified(len(text.sentences), quantifier, N, "sentences", tolerance=1)


@constraint(
    "validate_paragraphs",
    "Write {N} paragraphs with a blank line between them; paragraph {i} begins with {first_word}.",
)
def _paragraphs(text: Text, N: int, first_word: str, i: int) -> Outcome:  # noqa: N803 - its name as published
    return lengths.nth_paragraph_first_word(text, N, i, first_word)


@constraint("verify_postscript", "End with a postscript that begins with {postscript_marker}.")
def _postscript(text: Text, postscript_marker: str) -> Outcome:
    return content.postscript(text, postscript_marker)


@constraint("validate_placeholders", "Use at least {N} placeholders in square brackets, [name].")
def _placeholders(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    return content.number_placeholders(text, N)


@constraint("verify_bullet_points", "Use exactly {N} bullet points, each begun by * or -.")
def _bullet_points(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    return formats.number_bullet_lists(text, N)


@constraint("validate_title", "Give the answer a title in double angle brackets, <<like this>>.")
def _title(text: Text) -> Outcome:
    return formats.title(text)


@constraint("validate_choice", "Answer with one of these: {options}.", brief=True)
def _choice(text: Text, options: list[str]) -> Outcome:
    found = [option for option in options if occurrences(text, option)]
    # An option that is part of another one found is not chosen.
    chosen = [option for option in found if not any(option != other and option in other for other in found)]
    return Outcome(len(chosen) == 1, f"{len(chosen)} of the options")


@constraint("validate_highlighted_sections", "Highlight at least {N} parts, *like this*.")
def _highlighted_sections(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    return formats.number_highlighted_sections(text, N)


@constraint("validate_sections", "Write {N} sections, headed {section_splitter} 1 and so on.")
def _sections(text: Text, N: int, section_splitter: str) -> Outcome:  # noqa: N803 - its name as published
    return formats.multiple_sections(text, section_splitter, N)


@constraint("validate_json_format", "Answer with nothing but JSON.", brief=True)
def _json_format(text: Text) -> Outcome:
    return formats.json_format(text)


@constraint("validate_repeat_prompt", "First repeat this request word for word, then answer: {original_prompt}")
def _repeat_prompt(text: Text, original_prompt: str) -> Outcome:
    return combination.repeat_prompt(text, original_prompt)


@constraint("validate_two_responses", "Give two different answers with ****** between them.")
def _two_responses(text: Text) -> Outcome:
    return combination.two_responses(text)


@constraint("validate_uppercase", "Write in English and in capital letters only.")
def _uppercase(text: Text) -> Outcome:
    return casing.english_capital(text)


@constraint("validate_lowercase", "Write in English and in small letters only.")
def _lowercase(text: Text) -> Outcome:
    return casing.english_lowercase(text)


@constraint("validate_frequency_capital_words", "Use {quantifier} {N} words in capital letters.")
def _frequency_capital_words(text: Text, N: int, quantifier: Quantifier) -> Outcome:  # noqa: N803 - published name
    if text.caseless:
        return casing.capital_word_frequency(text, N, "at least")
    return quantified(casing.capital_words(text), quantifier, N, "words in capitals")


@constraint("validate_end", "End with exactly these words and nothing after them: {end_phrase}")
def _end(text: Text, end_phrase: str) -> Outcome:
    return combination.end_checker(text, end_phrase)


@constraint("validate_quotation", "Put the whole answer between double quotation marks.")
def _quotation(text: Text) -> Outcome:
    return combination.quotation(text)


@constraint("validate_no_commas", "Use no commas.")
def _no_commas(text: Text) -> Outcome:
    return combination.no_comma(text)
