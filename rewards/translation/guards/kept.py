# ruff: noqa: RUF001 - separators of other scripts
"""Does it keep what a program reads, and the numbers: placeholders, tags and addresses; figures in any language?"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Final

from rlvr.errors import DataError
from rlvr.rewards.constraints.checks.translation.tokens import EMAIL, PLACEHOLDER, PRINTF, TAG, urls_of
from rlvr.rewards.languages.formats.dates import months_of
from rlvr.rewards.languages.formats.locales import locale_of
from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.languages.numbers.numerals import han_numbers, numerals_of, spelled
from rlvr.rewards.translation.guards.segment import Segment, plain

_FIGURE: Final = re.compile(r"\d{1,40}(?:[.,'’٬٫]\d+|[\u00a0\u202f\u2009 ]\d{3}(?!\d))*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LARGEST_WORD, _HALF_A_DAY, _CENTURY, _TENS, _SMALL = 100, 12, 100, 10, 12
_LONGEST: Final = 5000
_ENGLISH: Final = "en"
"""Whose separators are read where CLDR does not know a language."""
_VOID: Final = frozenset(("br", "hr", "img", "input"))


@dataclass(frozen=True)
class Figure:
    """A run of digits: what it may mean, and its parts where it may be a date or a time."""

    text: str
    readings: frozenset[Decimal]
    parts: tuple[Decimal, ...]


@dataclass(frozen=True)
class Figures:
    """The numbers of a text."""

    runs: tuple[Figure, ...]
    words: frozenset[Decimal]

    @classmethod
    def of(cls, text: str, language: str) -> Figures:
        """Those of a text in a language."""
        text, runs = plain(text[:_LONGEST]), list[Figure]()
        language = language if _is_in_cldr(language) else _ENGLISH
        numerals = numerals_of(text, language)
        for match in _FIGURE.finditer(text):
            inside = [one for one in numerals if match.start() <= one.start < match.end()]
            readings = set(_readings(match[0]))
            if len(inside) == 1:
                readings.add(inside[0].value.normalize())
            parts = tuple(Decimal(_ascii(part)) for part in re.findall(r"\d+", match[0]))
            runs.append(Figure(match[0], frozenset(readings), parts))
        words = set(map(Decimal, months_of(text, language))) | _in_words(text, language)
        if canonical(language) in ("zh", "ja"):
            words |= set(map(Decimal, han_numbers(text)))
        return cls(tuple(runs), frozenset(words))

    @cached_property
    def all(self) -> frozenset[Decimal]:
        """Whatever its numbers may mean."""
        return self.words.union(*(figure.readings for figure in self.runs), *(figure.parts for figure in self.runs))

    def mean(self, number: Decimal) -> bool:
        """Whether a number is among them."""
        return _among(number, self.all)

    def hold(self, figure: Figure) -> bool:
        """Whether a figure of another text is among them, whole or in its parts."""
        if any(map(self.mean, figure.readings)):
            return True
        counted = Counter(part for one in self.runs for part in one.parts) + Counter(self.words)
        parts = Counter(figure.parts)
        return len(figure.parts) > 1 and all(
            counted[part] >= count or (not counted[part] and self.mean(part)) for part, count in parts.items()
        )


def tokens_kept(segment: Segment) -> str | None:
    """Placeholders, tags and addresses are those of the source, each as often, or those of a reference.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> tokens_kept(Segment("Hallo {Name}!", "Hello {name}!", Pair("en", "de")))
    'missing: {name}'
    """
    found = _tokens(segment.hypothesis)
    known = [_tokens(text) for text in segment.known_texts]
    if any(found == one for one in known):
        return None
    missing, extra = known[0] - found, found - known[0]
    if not missing and not extra:
        return None
    listed, said = (missing, "missing") if missing else (extra, "not in the source")
    return f"{said}: {', '.join(one[:40] for one in list(listed)[:3])}"


def numbers_kept(segment: Segment) -> str | None:
    """No number of the source is replaced by another one, as digits or in words, in the separators of each language.

    Either alone is no fault: a number may be left to a word that is not known here, or be added by one.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> numbers_kept(Segment("Er zahlte 1.540 Euro.", "He paid 1,450 euros.", Pair("en", "de")))
    'the source has 1,450, and it has 1.540'
    >>> numbers_kept(Segment("Er kam um 15 Uhr.", "He came at 3 p.m.", Pair("en", "de")))
    """
    pair = segment.pair
    source = Figures.of(segment.language.source, pair.source)
    ours = Figures.of(segment.language.hypothesis, pair.target)
    extra = [figure for figure in ours.runs if not source.hold(figure)]
    missing = [figure.text for figure in source.runs if not ours.hold(figure)]
    missing += [f"{number:f} in words" for number in source.words if number > _SMALL and not ours.mean(number)]
    if not missing or not extra:
        return None
    for text in segment.language.references:
        reference = Figures.of(text, pair.target)
        if all(map(reference.hold, extra)):
            return None
    return f"the source has {missing[0]}, and it has {extra[0].text}"


def _tokens(text: str) -> Counter[str]:
    found = list(TAG.finditer(text))
    closed = {tag["name"].lower() for tag in found if tag["close"]}
    # Words in angles are no tag where nothing closes it, and nothing is set in it.
    tags = [
        f"<{tag['close']}{tag['name'].lower()}>"
        for tag in found
        if tag["name"].lower() in closed or "=" in tag["rest"] or tag["name"].lower() in _VOID
    ]
    arguments = [f"%{one['kind']}" for one in PRINTF.finditer(text) if one["kind"] not in "%c@"]
    rest = TAG.sub(" ", text)
    others: Iterable[str] = (one[0] for pattern in (PLACEHOLDER, EMAIL) for one in pattern.finditer(rest))
    return Counter((*tags, *arguments, *others, *(url.rstrip("/") for url in urls_of(rest))))


def _in_words(text: str, language: str) -> set[Decimal]:
    words = [word.casefold() for word in _WORD.findall(text)]
    known = _number_words(canonical(language))
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
    return {Decimal(known[word]) for word in (*words, *pairs) if word in known}


@lru_cache(maxsize=64)
def _number_words(language: str) -> dict[str, int]:
    return {word: number for number in range(_LARGEST_WORD, 0, -1) for word in spelled(number, language)}


@lru_cache(maxsize=256)
def _is_in_cldr(language: str) -> bool:
    try:
        locale_of(language)
    except DataError:
        return False
    return True


def _readings(text: str) -> Iterator[Decimal]:
    """What a run of digits may mean: whatever mark is the decimal one, and without any."""
    for group, mark in ((",", "."), (".", ",")):
        flat = re.sub(rf"[{re.escape(group)}'’٬\s]", "", text).replace("٫", mark)
        if flat.count(mark) <= 1:
            yield Decimal(_ascii(flat.replace(mark, "."))).normalize()
    yield Decimal(_ascii(re.sub(r"\D", "", text))).normalize()


def _ascii(digits: str) -> str:
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in digits)


def _among(number: Decimal, numbers: Set[Decimal]) -> bool:
    """Whether a number is there: or the same hour of the other half of the day, or a year without its century."""
    if number in numbers:
        return True
    if number == number.to_integral_value():
        if any(number + shift in numbers for shift in (_HALF_A_DAY, -_HALF_A_DAY)) and 0 <= number <= 24:
            return True
        if 1000 <= number <= 2100 and number % _CENTURY >= _TENS and number % _CENTURY in numbers:
            return True
        return _TENS <= number < _CENTURY and any(1000 <= one <= 2100 and one % _CENTURY == number for one in numbers)
    return False
