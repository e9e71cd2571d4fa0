"""Whether a program's answer is the expected one. Runs in the trusted process, on bytes and plain data only."""

from __future__ import annotations

import hashlib
import math
import re
import sys
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from rlvr.errors import RlvrError, did_you_mean
from rlvr.sandbox.bridge.codec import Encoded, encode, scalar

Mode = Literal["lines", "tokens", "exact"]

MODES: Final = get_args(Mode)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?", re.ASCII
)
_MOST_DIGITS: Final = 400


class ComparisonError(RlvrError, ValueError):
    """A comparison nobody defined."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How outputs are compared.

    Args:
        mode: `lines`: equal but for line endings, blanks at line ends and blank lines at the end. `tokens`: equal words
            between blanks. `exact`: the very bytes.
        tolerance: Numbers that are written with a point or an exponent in the expected output may be off by so much,
            absolutely or relatively. Integers stay exact, and so do words.

    Raises:
        ComparisonError: An unknown mode, a tolerance that is none, or one together with `exact`.

    >>> Comparison(tolerance=1e-6).outputs_agree(b"0.3333333", b"0.3333334")
    True
    >>> Comparison(tolerance=1e-6).outputs_agree(b"1000000100.0", b"1000000007")
    False
    """

    mode: Mode = "lines"
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ComparisonError(f"There is no comparison `{self.mode}`.{did_you_mean(str(self.mode), MODES)}")
        if self.tolerance is not None and not (math.isfinite(self.tolerance) and 0 < self.tolerance < 1):
            raise ComparisonError(f"The tolerance is {self.tolerance!r}; it is a number between 0 and 1.")
        if self.tolerance is not None and self.mode == "exact":
            raise ComparisonError("`exact` compares bytes and has no tolerance; use `lines` or `tokens`.")

    def outputs_agree(self, actual: bytes, expected: bytes) -> bool:
        """Whether an output is the expected one. Output that is no UTF-8 is wrong in every mode but `exact`."""
        if self.mode == "exact":
            return actual == expected
        if actual == expected:
            return True
        try:
            ours, theirs = _lines(actual.decode()), _lines(expected.decode())
        except UnicodeDecodeError:
            return False
        if self.mode == "tokens":
            return self._words_agree(" ".join(ours).split(), " ".join(theirs).split())
        if ours == theirs:
            return True
        if self.tolerance is None or len(ours) != len(theirs):
            return False
        return all(
            one == other or self._words_agree(one.split(), other.split())
            for one, other in zip(ours, theirs, strict=True)
        )

    def _words_agree(self, ours: list[str], theirs: list[str]) -> bool:
        if len(ours) != len(theirs):
            return False
        return all(one == other or self._numbers_agree(one, other) for one, other in zip(ours, theirs, strict=True))

    def _numbers_agree(self, actual: str, expected: str) -> bool:
        """Of words that differ; ASCII digits only, and no underscores, infinities or NaN."""
        if self.tolerance is None or len(actual) > _MOST_DIGITS or not _NUMBER.fullmatch(actual):
            return False
        if _INTEGER.fullmatch(expected) or not _NUMBER.fullmatch(expected):
            return False
        return _near(float(actual), float(expected), self.tolerance)

    def values_agree(self, actual: Encoded, expected: Any) -> bool:
        """Whether encoded data is the expected value.

        Lists and tuples are the same, since test files are JSON; booleans are no numbers; `1.0` is `1`. Nothing is
        built from `actual` that could be slow on purpose: its keys are looked up among the expected ones.

        Raises:
            CodecError: Digits that are none.

        >>> Comparison().values_agree(["t", 1, 2], [1, 2])
        True
        >>> Comparison().values_agree(True, 1)
        False
        """
        return self._same(actual, expected)

    def _same(self, actual: Encoded, expected: Any) -> bool:
        if isinstance(expected, list | tuple):
            items = cast("list[Any]", expected)
            return _is(actual, "lt", len(items)) and all(map(self._same, cast("list[Encoded]", actual)[1:], items))
        if isinstance(expected, dict):
            return self._same_mapping(actual, cast("dict[Any, Any]", expected))
        if isinstance(expected, set | frozenset):
            wanted = {_key(encode(one)) for one in cast("set[Any]", expected)}
            if not _is(actual, "sf", len(wanted)):
                return False
            return {_key(one) for one in cast("list[Encoded]", actual)[1:] if _key(one) in wanted} == wanted
        if isinstance(actual, list):
            tag = str(actual[0])
            return tag in "ibc" and self._same_scalar(scalar(tag, actual[1:]), expected)
        return self._same_scalar(actual, expected)

    def _same_mapping(self, actual: Encoded, expected: dict[Any, Any]) -> bool:
        if not _is(actual, "d", len(expected)):
            return False
        left = {_key(encode(key)): value for key, value in expected.items()}
        for pair in cast("list[Encoded]", actual)[1:]:
            given, value = cast("list[Encoded]", pair)
            key = _key(given)
            if key not in left or not self._same(value, left.pop(key)):
                return False
        return not left

    def _same_scalar(self, actual: Any, expected: Any) -> bool:
        if type(actual) is bool or type(expected) is bool or actual is None or expected is None:
            return actual is expected
        if type(actual) in (int, float) and type(expected) in (int, float):
            if actual == expected:
                return True
            if self.tolerance is None or type(expected) is int or not (math.isfinite(expected)):
                return False
            if abs(actual) > sys.float_info.max:  # an integer that no float is near, or an infinity
                return False
            return _near(actual, expected, self.tolerance)
        return type(actual) is type(expected) and actual == expected


def _lines(text: str) -> list[str]:
    lines = [line.rstrip(" \t") for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _near(actual: float, expected: float, tolerance: float) -> bool:
    finite = math.isfinite(actual) and math.isfinite(expected)
    return finite and abs(actual - expected) <= tolerance * max(1.0, abs(expected))


def _is(actual: Encoded, tags: str, count: int) -> bool:
    return isinstance(actual, list) and str(actual[0]) in tags and len(actual) == count + 1


def _key(value: Encoded) -> tuple[Any, ...]:
    """Hashable, and equal where values are: `1` and `1.0`, a list and a tuple, but not `1` and `True`."""
    if not isinstance(value, list):
        return ("truth" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "plain", value)
    tag, rest = str(value[0]), value[1:]
    if tag in "lt":
        return ("list", *map(_key, rest))
    if tag in "sf":
        # Sorted, and not a set: the keys may be chosen to collide. One digest, so that a set in a set is read once.
        return ("set", hashlib.sha256("\n".join(sorted(_text(_key(one)) for one in rest)).encode()).hexdigest())
    return (tag, scalar(tag, rest)) if tag in "ibc" else ("none",)


def _text(part: Any) -> str:
    """A text of a key that is the same where keys are equal; linear in its length, as `repr` of an integer is not."""
    if isinstance(part, tuple):
        return f"({','.join(map(_text, cast('tuple[Any, ...]', part)))})"
    if isinstance(part, float):
        return hex(int(part)) if part.is_integer() else part.hex()
    return hex(part) if type(part) is int else repr(part)
