# ruff: noqa: RUF001 - brackets of other scripts
"""Checks on terms: a glossary, and what is not to be translated."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.matching import Match, find_terms, tokens_of
from rlvr.rewards.translation.guards.sentences import sentences_of

PREFIXES: Final = ("terms:",)
_BRACKETS: Final = re.compile(r"\([^()]{1,400}\)|\[[^\[\]]{1,400}\]|（[^（）]{1,400}）")
_APPENDED: Final = 2
"""Words of a sentence that is a term put behind the translation."""
_LIKE: Final = 0.6


@constraint("terms:glossary", "Use this glossary, inflected as the sentence needs it: {terms}.")
def glossary(translation: Answer, terms: list[Term], match: Match = "stem") -> Outcome:
    """Each term is rendered as the glossary has it, as often as it occurs in the source; the share that is.

    Regular endings may follow it. A form whose stem is another one counts where the glossary lists it among the
    targets, or where a reference has it and no other form of the term. A term that stands in brackets which the source
    does not have, or by itself behind the translation, is no rendering.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> made = Answer.translating("Houses and a car.", "Häuser und ein Wagen.", Pair("en", "de"))
    >>> glossary(made, [Term("house", ["Haus"]), Term("car", ["Auto", "PKW"])])
    Outcome(score=0.5, reason='car → Auto / PKW: 0 of 1')
    """
    wanted = [one.count or max(1, count) for one, count in zip(terms, occurring(translation, terms), strict=True)]
    targets = [[*one.target, *shown] for one, shown in zip(terms, _shown(translation, terms, match), strict=True)]
    found = [0] * len(terms)
    for one in find_terms(_without_stuffing(translation), targets, translation.pair.target, match, wanted):
        found[one.term] += 1
    kept = sum(min(there, asked) for there, asked in zip(found, wanted, strict=True))
    lacking = [
        f"{one}: {there} of {asked}" for one, there, asked in zip(terms, found, wanted, strict=True) if there < asked
    ]
    return Outcome(kept / sum(wanted), "; ".join(lacking) or "all terms are there")


@constraint("terms:keep", "Do not translate these, keep them as they are: {terms}.")
def keep(translation: Answer, terms: list[str]) -> Outcome:
    """Each of the terms stands in the translation as it is, as often as in the source; the share that does.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> keep(Answer.translating("Open Word.", "Öffne Wort.", Pair("en", "de")), ["Word"])
    Outcome(score=0.0, reason='Word: 0 of 1')
    """
    lacking, kept, asked = list[str](), 0, 0
    for term in terms:
        wanted = max(1, verbatim(translation.original.text, term))
        found = verbatim(translation.text, term)
        kept, asked = kept + min(wanted, found), asked + wanted
        if found < wanted:
            lacking.append(f"{term}: {found} of {wanted}")
    return Outcome(kept / asked, "; ".join(lacking) or "all terms are kept")


def _without_stuffing(translation: Answer) -> str:
    """The text without brackets that the source does not have, and without a word or two that follow its end."""
    text, source = translation.text, translation.original.text
    if len(_BRACKETS.findall(text)) > len(_BRACKETS.findall(source)):
        text = _BRACKETS.sub(" ", text)
    sentences = sentences_of(text)
    known = len(sentences_of(source, generous=True))
    while len(sentences) > max(1, known) and len(sentences[-1].split()) <= _APPENDED:
        text = text[: text.rindex(sentences.pop())]
    return text


def _shown(translation: Answer, terms: list[Term], match: Match) -> list[list[str]]:
    """For each term the words of references that look like it, where none has it in a form that is known."""
    shown = [list[str]() for _ in terms]
    for reference in translation.references:
        there = {
            one.term
            for one in find_terms(reference.text, [one.target for one in terms], translation.pair.target, match)
        }
        words = [token.text for token in tokens_of(reference.text)]
        for place, term in enumerate(terms):
            if place not in there:
                shown[place] += [word for word in words if any(_looks_like(word, form) for form in term.target)]
    return shown


def _looks_like(word: str, form: str) -> bool:
    """Whether two words begin alike and share most of their letters, as `Bücher` and `Buch` do.

    >>> _looks_like("Böckerna", "bok"), _looks_like("książek", "książka"), _looks_like("Haus", "Hund")
    (False, True, False)
    """
    one, other = word.casefold(), form.casefold()
    return one[:1] == other[:1] and SequenceMatcher(None, one, other).ratio() >= _LIKE


def occurring(translation: Answer, terms: list[Term]) -> list[int]:
    """How often each term of a glossary occurs in the source, in whatever form."""
    counts = [0] * len(terms)
    sources = [[one.source] for one in terms]
    for one in find_terms(translation.original.text, sources, translation.pair.source):
        counts[one.term] += 1
    return counts


def verbatim(text: str, term: str) -> int:
    """How often a term stands in a text by itself, letter by letter.

    >>> verbatim("NASA, NASAs", "NASA"), verbatim("在 NASA工作", "NASA")
    (1, 1)
    """
    count, at = 0, -1
    while (at := text.find(term, at + 1)) >= 0:
        end = at + len(term)
        if _apart(text[at - 1 : at], term[0]) and _apart(text[end : end + 1], term[-1]):
            count += 1
            at = end - 1
    return count


def _apart(outer: str, inner: str) -> bool:
    if not outer or not outer.isalnum() or not inner.isalnum():
        return True
    return unsegmented(outer) or unsegmented(inner)
