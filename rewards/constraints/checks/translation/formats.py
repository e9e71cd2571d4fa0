"""Checks on formats of the target language: dates, money, units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.formats.dates import Style, dates_of
from rlvr.rewards.languages.formats.money import money_of, side_of
from rlvr.rewards.languages.formats.units import measures_of

PREFIXES: Final = ("formats:",)


@constraint(
    "formats:date",
    {
        "long": "Write dates in the usual form of the target language, with the name of the month.",
        "short": "Write dates in numbers, in the order of the target language.",
        "iso": "Write dates as YYYY-MM-DD.",
    },
)
def date(translation: Answer, style: Style) -> Outcome:
    """Every date of the source, in the form asked for; the share of them.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> date(Answer.translating("Due 12/24/2020.", "Fällig am 24.12.2020.", Pair("en-US", "de")), "short").score
    1.0
    """
    wanted = [one.key for one in dates_of(translation.original.text, translation.pair.source)]
    found = [one.key for one in dates_of(translation.text, translation.pair.target) if one.style == style]
    return _share(wanted, found, "dates")


@constraint("formats:currency", "Write sums of money as the target language does, in the same currency.")
def currency(translation: Answer) -> Outcome:
    """Every sum of the source, its symbol on the side where the target language has it; the share of them."""
    side = side_of(translation.pair.target)
    wanted = [
        (one.value.normalize(), one.currency) for one in money_of(translation.original.text, translation.pair.source)
    ]
    found = [
        (one.value.normalize(), one.currency)
        for one in money_of(translation.text, translation.pair.target)
        if one.proper and one.side in ("word", side)
    ]
    return _share(wanted, found, "sums")


@constraint("formats:unit", "Keep the units of measurement, written as the target language writes them.")
def unit(translation: Answer) -> Outcome:
    """Every measure of the source, with the target language's name or symbol of the unit; the share of them."""
    wanted = [
        (one.value.normalize(), one.unit) for one in measures_of(translation.original.text, translation.pair.source)
    ]
    found = [(one.value.normalize(), one.unit) for one in measures_of(translation.text, translation.pair.target)]
    return _share(wanted, found, "measures")


def _share(wanted: Iterable[Hashable], found: Iterable[Hashable], what: str) -> Outcome:
    asked, there = Counter(wanted), Counter(found)
    if not asked:
        return Outcome(None, f"the source has no {what}")
    missing = asked - there
    share = 1 - missing.total() / asked.total()
    return Outcome(share, f"{asked.total() - missing.total()} of {asked.total()} {what} as asked for")
