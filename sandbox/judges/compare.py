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

Mode = Literal["lines", "words", "tokens", "exact"]

MODES: Final = get_args(Mode)
NOISE: Final = 1e-9
"""What numbers that a function returns may be off by where a task gives no tolerance: the same sum in another order."""

_ZERO: Final = 1e-12
"""What remains of terms that should cancel out, where zero is expected."""

_BLANKS: Final = " \t\v\f\r"
_SPACE: Final = re.compile(f"[{_BLANKS}]+")
_WIDE: Final = re.compile(f"^[{_BLANKS}]|[{_BLANKS}]{{2}}|[\t\v\f]")
_GLUE: Final = re.compile(r"([,;:=%$()\[\]{}<>\"'|])")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,400}", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?", re.ASCII
)
_MOST_DIGITS: Final = 400
_MOST_KEY: Final = 40
_EXACT_DIGITS: Final = 15
"""Integers of so many digits are floats as they are."""


class ComparisonError(RlvrError, ValueError):
    """A comparison nobody defined."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How outputs are compared.

    Args:
        mode: `lines`: the same words, line by line; blanks and blank lines count only where the expected output itself
            has some to spare: one that begins with a blank or holds two in a row is a picture, and is compared blank
            for blank but for line ends; blank lines within it are compared where it has any. `words`: the same, but no
            blanks and no blank lines count at all. `tokens`: nor do line breaks. `exact`: the very bytes.
        tolerance: Numbers that are written with a point or an exponent in the expected output may be off by so much,
            absolutely or relatively, also where they touch a comma, a bracket or another mark. Integers stay exact
            (`3.0` is `3`), and so do words.
        ignore_case: Whether ASCII letters in another case are the same.
        absolute: Whether the tolerance counts absolutely only; then `3.0000001` is near `3` too.
        json_keys: Whether an expected dictionary whose keys are texts of integers may also have the integers: JSON
            knows no others.

    Raises:
        ComparisonError: An unknown mode, a tolerance that is none, or one or other cases together with `exact`.

    >>> Comparison(tolerance=1e-6).outputs_agree(b"[0.3333333]", b"[0.3333334]")
    True
    >>> Comparison(tolerance=1e-6).outputs_agree(b"1000000100.0", b"1000000007")
    False
    >>> Comparison().outputs_agree(b" 1  2\\n\\n3", b"1 2\\n3"), Comparison().outputs_agree(b"*", b"  *")
    (True, False)
    """

    mode: Mode = "lines"
    tolerance: float | None = None
    ignore_case: bool = False
    absolute: bool = False
    json_keys: bool = False

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ComparisonError(f"There is no comparison `{self.mode}`.{did_you_mean(str(self.mode), MODES)}")
        if self.tolerance is not None and not (math.isfinite(self.tolerance) and 0 < self.tolerance < 1):
            raise ComparisonError(f"The tolerance is {self.tolerance!r}; it is a number between 0 and 1.")
        if self.mode == "exact" and (self.tolerance is not None or self.ignore_case):
            raise ComparisonError("`exact` compares bytes and has no tolerance; use another mode.")

    def outputs_agree(self, actual: bytes, expected: bytes) -> bool:
        """Whether an output is the expected one. Output that is no UTF-8 is wrong in every mode but `exact`."""
        if self.mode == "exact":
            return actual == expected
        if actual == expected:
            return True
        try:
            ours, theirs = _lines(actual, fold=self.ignore_case), _lines(expected, fold=self.ignore_case)
        except UnicodeDecodeError:
            return False
        if self.mode == "tokens":
            return self._words_agree(" ".join(ours).split(), " ".join(theirs).split())
        if ours == theirs:
            return True
        if self.mode == "words" or all(theirs):
            ours, theirs = list(filter(None, ours)), list(filter(None, theirs))
        return self._lines_agree(ours, theirs)

    def _lines_agree(self, ours: list[str], theirs: list[str]) -> bool:
        if len(ours) != len(theirs):
            return False
        # One wide line makes the whole a picture: its other lines are placed with care too. Numbers that may differ
        # take more or less room.
        wide = self.mode == "lines" and self.tolerance is None and any(map(_WIDE.search, theirs))
        return all(
            one == other or self._words_agree(_split(one, wide=wide), _split(other, wide=wide))
            for one, other in zip(ours, theirs, strict=True)
        )

    def _words_agree(self, ours: list[str], theirs: list[str]) -> bool:
        if len(ours) != len(theirs):
            return False
        return all(one == other or self._word_agrees(one, other) for one, other in zip(ours, theirs, strict=True))

    def _word_agrees(self, actual: str, expected: str) -> bool:
        """Of words that differ: their marks are the same, and the numbers between these are near."""
        if self.tolerance is None:
            return False
        ours, theirs = _GLUE.split(actual), _GLUE.split(expected)
        if len(ours) != len(theirs):
            return False
        return all(one == other or self._numbers_agree(one, other) for one, other in zip(ours, theirs, strict=True))

    def _numbers_agree(self, actual: str, expected: str) -> bool:
        """Of parts that differ; ASCII digits only, and no underscores, infinities or NaN."""
        if self.tolerance is None or len(actual) > _MOST_DIGITS or not _NUMBER.fullmatch(actual):
            return False
        if not _NUMBER.fullmatch(expected):
            return False
        if _INTEGER.fullmatch(expected):
            return self._is_near_integer(actual, expected)
        return _near(float(actual), float(expected), self.tolerance, absolute=self.absolute)

    def _is_near_integer(self, actual: str, expected: str) -> bool:
        """A number with a point or an exponent, where an integer is expected; integers are compared as texts."""
        if _INTEGER.fullmatch(actual) or len(expected) > _EXACT_DIGITS:
            return False
        given, wanted = float(actual), float(expected)
        return given == wanted or (self.absolute and _near(given, wanted, self.tolerance or 0.0, absolute=True))

    def values_agree(self, actual: Encoded, expected: Any) -> bool:
        """Whether encoded data is the expected value.

        Lists and tuples are the same, since test files are JSON; booleans are no numbers; `1.0` is `1`, NaN is NaN, and
        what a float is expected to be may be off by `NOISE`, or by the tolerance. Nothing is built from `actual` that
        could be slow on purpose: its keys are looked up among the expected ones.

        Raises:
            CodecError: Digits that are none.

        >>> Comparison().values_agree(["t", 1, 2], [1, 2])
        True
        >>> Comparison().values_agree(True, 1), Comparison().values_agree(0.1 + 0.2, 0.3)
        (False, True)
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
        if self.json_keys and _has_integer_keys(actual) and all(map(is_integer_text, expected)):
            left = {_key(encode(int(key))): value for key, value in expected.items()}
            if len(left) != len(expected):  # "1" and "01"
                return False
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
            return actual == expected or self._is_near_value(actual, expected)
        return type(actual) is type(expected) and actual == expected

    def _is_near_value(self, actual: float, expected: float) -> bool:
        if type(expected) is int:
            near = self.absolute and self.tolerance is not None and type(actual) is float and abs(expected) < 1 << 53
            return near and _near(actual, float(expected), self.tolerance or NOISE, absolute=True)
        if math.isnan(expected):
            return type(actual) is float and math.isnan(actual)
        if not math.isfinite(expected) or abs(actual) > sys.float_info.max:  # an integer that no float is near
            return False
        if self.tolerance is None:
            # Rounding is relative: what is expected to be small must not be met by zero.
            return abs(actual - expected) <= (NOISE * abs(expected) or _ZERO)
        return _near(actual, expected, self.tolerance, absolute=self.absolute)


def _lines(text: bytes, *, fold: bool) -> list[str]:
    """Lines without blanks at their ends, and without blank lines at the end."""
    if fold:
        text = text.lower()
    lines = [line.rstrip(_BLANKS) for line in text.decode().split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _split(line: str, *, wide: bool) -> list[str]:
    """The words of a line; the blanks between them are part of it where they are compared."""
    return re.split(f"([{_BLANKS}]+)", line) if wide else _SPACE.split(line.strip(_BLANKS))


def _near(actual: float, expected: float, tolerance: float, *, absolute: bool = False) -> bool:
    finite = math.isfinite(actual) and math.isfinite(expected)
    return finite and abs(actual - expected) <= tolerance * (1.0 if absolute else max(1.0, abs(expected)))


def is_integer_text(text: Any) -> bool:
    """Whether a key of a JSON object stands for an integer.

    >>> is_integer_text("-7"), is_integer_text("7.0"), is_integer_text(7)
    (True, False, False)
    """
    return isinstance(text, str) and len(text) < _MOST_KEY and bool(_INTEGER.fullmatch(text))


def _has_integer_keys(actual: Encoded) -> bool:
    pairs = cast("list[list[Encoded]]", cast("list[Encoded]", actual)[1:])
    return all(type(key) is int or (isinstance(key, list) and key[0] == "i") for key, _ in pairs)


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
