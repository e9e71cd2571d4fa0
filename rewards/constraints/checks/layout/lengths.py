# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on length: words, sentences, paragraphs."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.checks.text_views import divided
from rlvr.rewards.languages.literals import begins
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("length_constraints:", "paragraphs:")
_LIST_MARK = re.compile(r"\A[*_]{0,2}\(?(?:\d{1,3}|[a-zA-Z])[.)、．][*_]{0,2}\s*")


@constraint("length_constraints:number_words", "Write {relation} {num_words} words.")
def number_words(text: Text, num_words: int, relation: Relation) -> Outcome:
    """So many words of the declared language."""
    return compared(len(text.words), relation, num_words, "words")


@constraint("length_constraints:number_sentences", "Write {relation} {num_sentences} sentences.")
def number_sentences(text: Text, num_sentences: int, relation: Relation) -> Outcome:
    """So many sentences."""
    return compared(len(text.sentences), relation, num_sentences, "sentences")


@constraint("length_constraints:number_paragraphs", "Write {num_paragraphs} paragraphs with a line *** between them.")
def number_paragraphs(text: Text, num_paragraphs: int) -> Outcome:
    """Exactly so many paragraphs between dividers, none of them empty."""
    parts = divided(text)
    if not all(parts):
        return Outcome(False, "two dividers with nothing between them")
    return Outcome(len(parts) == num_paragraphs, f"{len(parts)} paragraphs, {num_paragraphs} wanted")


@constraint(
    "length_constraints:nth_paragraph_first_word",
    "Write {num_paragraphs} paragraphs with a blank line between them; paragraph {nth_paragraph} begins with"
    " {first_word}.",
)
def nth_paragraph_first_word(text: Text, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Outcome:
    """Exactly so many paragraphs, of which one begins with a word or phrase."""
    parts = text.paragraphs
    if len(parts) != num_paragraphs or not 1 <= nth_paragraph <= len(parts):
        return Outcome(False, f"{len(parts)} paragraphs, {num_paragraphs} wanted")
    part = Text(parts[nth_paragraph - 1], text.language)
    unlisted = Text(_LIST_MARK.sub("", part.text), text.language)
    followed = begins(part, first_word) or begins(unlisted, first_word)
    return Outcome(followed, f"paragraph {nth_paragraph} begins with {part.text[:30]!r}")


@constraint("paragraphs:paragraphs", "Write two paragraphs with a line *** between them.")
def paragraphs(text: Text) -> Outcome:
    """Two paragraphs, three asterisks between."""
    return number_paragraphs(text, 2)


@constraint("paragraphs:paragraphs2", "Write two paragraphs with a blank line between them and none elsewhere.")
def paragraphs2(text: Text) -> Outcome:
    """Two paragraphs, a blank line between."""
    found = len(text.paragraphs)
    return Outcome(found == 2, f"{found} paragraphs, 2 wanted")
