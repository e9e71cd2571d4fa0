"""Constraints that a reference translation follows: found in it and its source, then tried on it.

What is derived from a reference is feasible by construction. A constraint that the source gives no occasion for (dates
where there is none) is never proposed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.checks.translation.lengths import characters_of
from rlvr.rewards.constraints.checks.translation.style import marks_of, quotations
from rlvr.rewards.constraints.checks.translation.tokens import EMAIL, PLACEHOLDER, PRINTF, TAG, URL
from rlvr.rewards.constraints.generating.lexicon import Parallel
from rlvr.rewards.constraints.request import read_constraints
from rlvr.rewards.languages.formality import languages, marks_of_address
from rlvr.rewards.languages.formats.dates import dates_of
from rlvr.rewards.languages.formats.money import money_of
from rlvr.rewards.languages.formats.units import measures_of
from rlvr.rewards.languages.matching import find_terms, tokens_of
from rlvr.rewards.languages.numbers.numerals import numerals_of

Row = dict[str, Any]
"""A constraint as it stands in `data.constraints`."""

_SPEED = 17.0  # characters a second, as guidelines for subtitles of adults have it
_SPARE = 1.15
_MOST_TERMS = 3


def candidates(row: Parallel, lexicon: Sequence[Term] = ()) -> list[Row]:
    """What could be asked of a translation of this source, a glossary for each term that it has.

    Whether the reference follows is not looked at yet.

    Args:
        row: The source and its reference.
        lexicon: Words that translate each other, from `learn_terms`.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> [one["id"] for one in candidates(Parallel("NASA has 3.", "Die NASA hat 3.", Pair("en", "de")))]
    ['terms:keep', 'numbers:same', 'length:characters', 'length:ratio', 'length:reading_speed', 'output:only']
    """
    return [*_terms(row, lexicon), *_tokens(row), *_numbers(row), *_style(row), *_lengths(row), {"id": "output:only"}]


def derived(row: Parallel, lexicon: Sequence[Term] = ()) -> list[Row]:
    """The candidates that the reference follows.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> row = Parallel("It cost 1,500 dollars.", "Es kostete 1500 Euro.", Pair("en", "de"))
    >>> [{"id": "formats:currency"} in found(row) for found in (candidates, derived)]
    [True, False]
    """
    kept = [one for one in candidates(row, lexicon) if follows(row, one)]
    terms = [term for one in kept if one["id"] == "terms:glossary" for term in one["terms"]]
    others = [one for one in kept if one["id"] != "terms:glossary"]
    if not terms:
        return others
    # Each term alone is there; together they may need the same words.
    glossary = {"id": "terms:glossary", "terms": terms[:_MOST_TERMS]}
    return [glossary, *others] if follows(row, glossary) else others


def follows(row: Parallel, constraint: Mapping[str, Any]) -> bool:
    """Whether the reference follows a constraint."""
    translation = Answer.translating(row.source, row.reference, row.pair, [row.reference])
    (asked,) = read_constraints({"constraints": [constraint]})
    return asked.judge(translation).score == 1.0


def _terms(row: Parallel, lexicon: Sequence[Term]) -> Iterator[Row]:
    there = {one.term for one in find_terms(row.source, [[term.source] for term in lexicon], row.pair.source)}
    for term in (lexicon[place] for place in sorted(there)):
        yield {"id": "terms:glossary", "terms": [{"source": term.source, "target": term.target}]}
    if kept := names_kept(row.source, row.reference):
        yield {"id": "terms:keep", "terms": kept[:_MOST_TERMS]}


def names_kept(source: str, reference: str) -> list[str]:
    """Names, acronyms and codes that stand in both texts letter by letter, the longest runs of words.

    >>> names_kept("Then George Washington met him.", "Dann traf ihn George Washington.")
    ['George Washington']
    """
    tokens, there = tokens_of(source), {token.text for token in tokens_of(reference)}
    named = [
        token.text in there
        and len(token.text) > 2
        and token.text.isascii()
        and (token.text.isupper() or (place > 0 and token.text[0].isupper()))
        for place, token in enumerate(tokens)
    ]
    found, start = list[str](), 0
    while start < len(tokens):
        end = start
        while (
            end < len(tokens)
            and named[end]
            and (end == start or _one_space(source, tokens[end - 1].end, tokens[end].start))
        ):
            end += 1
        run = source[tokens[start].start : tokens[end - 1].end] if end > start else ""
        if run and run in reference:
            found.append(run)
        elif run:
            found.append(tokens[start].text)
        start = max(end, start + 1)
    return list(dict.fromkeys(found))


def _one_space(text: str, start: int, end: int) -> bool:
    return text[start:end] == " "


def _tokens(row: Parallel) -> Iterator[Row]:
    patterns = {
        "tokens:placeholders": PLACEHOLDER,
        "tokens:printf": PRINTF,
        "tokens:tags": TAG,
        "tokens:urls": URL,
        "tokens:emails": EMAIL,
    }
    yield from ({"id": id} for id, pattern in patterns.items() if pattern.search(row.source))


def _numbers(row: Parallel) -> Iterator[Row]:
    numbers = numerals_of(row.source, row.pair.source)
    if not numbers:
        return
    yield {"id": "numbers:same"}
    if any(one.separated for one in numbers) and any(
        one.separated for one in numerals_of(row.reference, row.pair.target)
    ):
        yield {"id": "numbers:separators"}
    if any(one.year is not None or one.style == "long" for one in dates_of(row.source, row.pair.source)):
        asked = {one.key for one in dates_of(row.source, row.pair.source)}
        written = [one.style for one in dates_of(row.reference, row.pair.target) if one.key in asked]
        yield {"id": "formats:date", "style": written[0] if written else "long"}
    if money_of(row.source, row.pair.source):
        yield {"id": "formats:currency"}
    if measures_of(row.source, row.pair.source):
        yield {"id": "formats:unit"}


def _style(row: Parallel) -> Iterator[Row]:
    if row.pair.target.partition("-")[0] in languages():
        informal, formal = marks_of_address(row.reference, row.pair.target)
        if bool(informal) != bool(formal):
            yield {"id": "register:formality", "level": "formal" if formal else "informal"}
    marks = marks_of(row.reference)
    if marks and quotations(row.source):
        yield {"id": "style:quotation", "marks": marks}
    for case, right in (("upper", str.isupper), ("lower", str.islower)):
        if right(row.reference) and right(row.source):
            yield {"id": "style:casing", "case": case}


def _lengths(row: Parallel) -> Iterator[Row]:
    length, source = characters_of(row.reference), characters_of(row.source)
    if "\n" in row.reference or length > 200:
        return
    yield {"id": "length:characters", "most": 5 * math.ceil(_SPARE * length / 5)}
    yield {"id": "length:ratio", "percent": 10 * math.ceil(10 * _SPARE * length / max(1, source))}
    yield {"id": "length:reading_speed", "seconds": math.ceil(2 * length / _SPEED) / 2, "most": _SPEED}
