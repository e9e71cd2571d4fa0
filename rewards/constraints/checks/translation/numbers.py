"""Checks on numbers: all of them there, written as the target language writes them."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.outcomes import compare_counts
from rlvr.rewards.languages.formats.dates import months_of
from rlvr.rewards.languages.matching import tokens_of
from rlvr.rewards.languages.numbers.numerals import han_numbers, numerals_of, spelled

PREFIXES: Final = ("numbers:",)
_LARGEST_SPELLED = 100
_INDIAN: Final = re.compile(r"(?<![\d,.])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")


@constraint("numbers:same", "Keep every number, and add none.")
def same(translation: Answer) -> Outcome:
    """The numbers of the source, each as often, in the separators of each language; small ones may be spelled out.

    A month may be a word in one language and a number in the other.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> same(Answer.translating("1,500 men on 3 May 1999", "1.500 Mann am 3. Mai 1999", Pair("en", "de"))).score
    1.0
    >>> same(Answer.translating("1,500 men", "1,500 Mann", Pair("en", "de"))).reason
    'missing: 1500; too many: 1.5'
    """
    source, answer, pair = translation.original.text, translation.text, translation.pair
    wanted, found = _values(source, pair.source), _values(answer, pair.target)
    if not wanted:
        return Outcome(None, "the source has no numbers")
    missing = _unsaid(wanted - found, answer, pair.target)
    extra = _unsaid(found - wanted, source, pair.source)
    share = 1 - max(missing.total(), extra.total()) / max(wanted.total(), found.total())
    why = compare_counts(missing, extra, "{:f}".format, f"all {wanted.total()} numbers are there")
    return Outcome(max(0.0, share), why)


@constraint("numbers:separators", "Write decimal marks and groups of digits as the target language does.")
def separators(translation: Answer) -> Outcome:
    """The numbers of the source that have a decimal mark or groups stand there with the target language's own."""
    source = numerals_of(translation.original.text, translation.pair.source)
    wanted = Counter(one.value for one in source if one.separated)
    if not wanted:
        return Outcome(None, "no number of the source has a decimal mark or groups")
    answer = numerals_of(translation.text, translation.pair.target)
    found = Counter(one.value for one in answer if one.proper)
    missing = wanted - found
    return Outcome(
        1 - missing.total() / wanted.total(),
        f"not written as the language writes them: {_some(missing)}" if missing else "all are written right",
    )


def _values(text: str, language: str) -> Counter[Decimal]:
    # Lakhs and crores: two digits in each group but the last, whatever separators the locale has.
    text = _INDIAN.sub(lambda match: match[0].replace(",", ""), text)
    return Counter(one.value.normalize() for one in numerals_of(text, language))


def _unsaid(numbers: Counter[Decimal], text: str, language: str) -> Counter[Decimal]:
    """Those that the other side does not have in words either."""
    if not numbers:
        return numbers
    named = {Decimal(month) for month in months_of(text, language)}
    if language.partition("-")[0] in ("zh", "ja"):
        named |= set(map(Decimal, han_numbers(text)))
    words = {token.text.casefold() for token in tokens_of(text)}
    left = Counter[Decimal]()
    for number, count in numbers.items():
        small = number == number.to_integral_value() and 0 <= number <= _LARGEST_SPELLED
        in_words = number in named or (small and bool(spelled(int(number), language) & words))
        if count > in_words:
            left[number] = count - in_words
    return left


def _some(numbers: Counter[Decimal]) -> str:
    return ", ".join(f"{number:f}" for number in list(numbers)[:3])
