"""What each test counts for, and which of them the prompt shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlvr.errors import DataError
from rlvr.sample import is_list, is_object
from rlvr.sandbox import Judgement, Outcome, PytestTests, Tests


@dataclass(frozen=True)
class Share:
    """Weights and publicity of tests.

    Args:
        weights: By number, or, of pytest-style tests, by name; 1 where nothing is said.
        public: Numbers, or names.

    >>> share = Share({0: 3.0}, frozenset({0}))
    >>> share.weight(0, ""), share.weight(1, ""), share.is_public(0, "")
    (3.0, 1.0, True)
    """

    weights: Mapping[int | str, float]
    public: frozenset[int | str]

    @property
    def has_public(self) -> bool:
        """Whether any test is public."""
        return bool(self.public)

    def weight(self, number: int, name: str) -> float:
        """What a test counts for; a name may leave out its parameters: `test_add` for `test_add[1-2]`."""
        return next((self.weights[key] for key in _keys(number, name) if key in self.weights), 1.0)

    def is_public(self, number: int, name: str) -> bool:
        """Whether the prompt shows a test."""
        return any(key in self.public for key in _keys(number, name))

    def passed(self, judged: Judgement, *, public: bool | None = None) -> float:
        """The share of the tests that passed, by weight; of all, or of those that are public or are not."""
        rows = self._rows(judged, public)
        whole = sum(weight for weight, _ in rows)
        return math.fsum(weight for weight, right in rows if right) / whole if whole else 0.0

    def plain(self, judged: Judgement, *, public: bool) -> float:
        """The share of the tests that passed, each counting one."""
        rows = self._rows(judged, public)
        return sum(right for _, right in rows) / len(rows) if rows else 0.0

    def all_passed(self, judged: Judgement, *, public: bool | None = None) -> bool:
        """Whether there are such tests, and all of them passed."""
        if public is None:
            return judged.outcome is Outcome.ACCEPTED
        rows = self._rows(judged, public)
        return bool(rows) and all(right for _, right in rows)

    def _rows(self, judged: Judgement, public: bool | None) -> list[tuple[float, bool]]:
        rows: list[tuple[float, bool]] = []
        for number in range(judged.total):
            # Those that were not run any more did not pass.
            test = judged.tests[number] if number < len(judged.tests) else None
            name = test.name if test else ""
            if public is None or self.is_public(number, name) is public:
                rows.append((self.weight(number, name), test is not None and test.outcome is Outcome.ACCEPTED))
        return rows


def shares_of(reference: Mapping[str, Any], tests: Tests) -> Share:
    """What a reference says of its tests.

    Args:
        reference: `weights`: a list, one number for each test, or for pytest-style tests an object of names and
            numbers. `public`: how many of the first tests are public, or for pytest-style tests their names.
        tests: Which they are.

    Raises:
        DataError: Another number of weights, weights that are none, or tests that there are not.
    """
    given, shown = reference.get("weights"), reference.get("public")
    if isinstance(tests, PytestTests):
        weights = dict[str, Any]() if given is None else given
        if not is_object(weights) or not all(isinstance(name, str) for name in list[Any](weights)):
            raise DataError("`weights` of pytest-style tests is an object: names of tests, and numbers from 0 on.")
        names = list[Any]() if shown is None else shown
        if not is_list(names) or not all(isinstance(name, str) for name in names):
            raise DataError("`public` of pytest-style tests is a list of their names.")
        return Share({str(name): _number(one) for name, one in weights.items()}, frozenset(map(str, names)))
    count = tests.total
    rows = list[Any]() if given is None else given
    if not is_list(rows) or (given is not None and len(rows) != count):
        raise DataError(f"`weights` are {count} numbers from 0 on, one for each test, and not all 0.")
    numbers: dict[int | str, float] = {i: _number(one) for i, one in enumerate(rows)}
    if rows and not sum(numbers.values()):
        raise DataError(f"`weights` are {count} numbers from 0 on, one for each test, and not all 0.")
    if shown is not None and (type(shown) is not int or not 0 <= shown <= count):
        raise DataError(f"`public` is {shown!r}; it says how many of the {count} tests, from the first on, are public.")
    return Share(numbers, frozenset(range(shown or 0)))


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < math.inf:
        raise DataError(f"A weight is {given!r}; weights are numbers from 0 on.")
    return float(given)


def _keys(number: int, name: str) -> tuple[int | str, ...]:
    return (name, name.partition("[")[0]) if name else (number,)
