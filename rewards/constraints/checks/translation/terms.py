"""Checks on terms: a glossary, and what is not to be translated."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.matching import Match, find_terms

PREFIXES: Final = ("terms:",)


@constraint("terms:glossary", "Use this glossary, inflected as the sentence needs it: {terms}.")
def glossary(translation: Answer, terms: list[Term], match: Match = "stem") -> Outcome:
    """Each term is rendered as the glossary has it, as often as it occurs in the source; the share that is.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> made = Answer.translating("Houses and a car.", "Häuser und ein Wagen.", Pair("en", "de"))
    >>> glossary(made, [Term("house", ["Haus"]), Term("car", ["Auto", "PKW"])])
    Outcome(score=0.5, reason='car → Auto / PKW: 0 of 1')
    """
    wanted = [one.count or max(1, count) for one, count in zip(terms, occurring(translation, terms), strict=True)]
    targets = [one.target for one in terms]
    found = [0] * len(terms)
    for one in find_terms(translation.text, targets, translation.pair.target, match, wanted):
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
