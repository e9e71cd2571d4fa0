"""Tests of programs, as data. Expected values stay in this process, or in one that runs no line of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias, cast

from rlvr.errors import did_you_mean
from rlvr.sandbox.bridge.codec import CodecError, encode
from rlvr.sandbox.errors import BadTestsError
from rlvr.sandbox.judges.compare import Comparison, is_integer_text

KINDS = ("stdin", "function", "assert", "pytest")

PYTEST: Final = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
"""What the process that holds pytest-style tests imports; the program cannot reach into it."""


@dataclass(frozen=True, slots=True)
class StdinTests:
    """What the program is to write for what it reads, a process for each.

    Args:
        cases: Pairs of input and expected output.
        comparison: How they are compared.
        checker: Where several outputs are right: Python source of `check(input, output, expected) -> bool`. It runs in
            a process of the sandbox that runs nothing of the program.

    Raises:
        BadTestsError: There are none, or a pair is none of texts.

    >>> StdinTests([("2 3", "5")]).total
    1
    """

    needs: ClassVar[tuple[str, ...]] = ()

    cases: Sequence[tuple[str, str]]
    comparison: Comparison = field(default_factory=Comparison)
    checker: str = ""

    def __post_init__(self) -> None:
        _require_some(self.cases)
        for number, case in enumerate(self.cases, start=1):
            if len(case) != 2 or not all(isinstance(text, str) for text in cast("tuple[Any, ...]", case)):
                raise BadTestsError(f"Test {number} is no pair of an input and an output, both texts.")
        if not self.checker and not any(output.strip() for _, output in self.cases):
            raise BadTestsError("No test expects any output, so a program that does nothing would pass them all.")

    @property
    def total(self) -> int:
        """How many tests there are."""
        return len(self.cases)


@dataclass(frozen=True, slots=True)
class FunctionTests:
    """What a function is to return; all cases share a process.

    Args:
        name: Of the function, or of a method of a class `Solution`.
        cases: Pairs of a list of arguments and the expected value, plain data.
        comparison: How values are compared: its tolerance and its keys of JSON count.
        in_place: Whether a function that returns `None` has answered by what it made of its first argument.
        singles: Whether the expected values stand in lists of one, as some data sets have them: `[3]` for 3, or for
            `[3]`.

    Raises:
        BadTestsError: There are none, the name is none, or a value cannot cross.

    >>> FunctionTests("add", [([2, 3], 5)]).total
    1
    """

    needs: ClassVar[tuple[str, ...]] = ()

    name: str
    cases: Sequence[tuple[Sequence[Any], Any]]
    comparison: Comparison = field(default_factory=Comparison)
    in_place: bool = False
    singles: bool = False

    def __post_init__(self) -> None:
        _require_some(self.cases)
        if not self.name.isidentifier():
            raise BadTestsError(f"{self.name!r} is no name of a function.")
        for number, (arguments, expected) in enumerate(self.cases, start=1):
            try:
                encode(list(arguments))
                encode(expected)
            except (CodecError, TypeError) as error:
                raise BadTestsError(f"Test {number} cannot be handed over: {error}.") from None

    @property
    def total(self) -> int:
        """How many tests there are."""
        return len(self.cases)

    def readings(self, expected: Any) -> tuple[Any, ...]:
        """What a function may return where a value is expected.

        >>> FunctionTests("f", [([1], [3])], singles=True).readings([3])
        ([3], 3)
        """
        wanted: tuple[Any, ...] = (expected,)
        if self.singles and isinstance(expected, list):
            values = cast("list[Any]", expected)
            wanted += tuple(values) if len(values) == 1 else ()
        return wanted


@dataclass(frozen=True, slots=True)
class AssertTests:
    """Python that asserts, in a process of its own that calls the program in another.

    Args:
        code: The tests: one text, or several that are judged apart.
        entry: Names of the program's functions and classes that the tests use.
        prompt: Code before the tests, whose helpers they use.
        operators: Whether operators between an object of the program's own classes and a value of the tests
            (`vector * 3`, `"a" in trie`) ask the program, which so learns the value; see `rlvr.sandbox.bridge.handles`.
        own_equality: Whether two objects of the program are equal when its own `==` says so, whatever they consist of.

    Raises:
        BadTestsError: There are none, or no name is called. Tests that are no Python are found when they are run, and
            make a `sandbox_error`.

    >>> AssertTests("assert add(2, 3) == 5", ["add"]).total
    1
    """

    needs: ClassVar[tuple[str, ...]] = ()

    code: str | Sequence[str]
    entry: Sequence[str]
    prompt: str = ""
    operators: bool = False
    own_equality: bool = False

    def __post_init__(self) -> None:
        _require_some([piece for piece in self.pieces if piece.strip()])
        if not self.entry or not all(name.isidentifier() for name in self.entry):
            raise BadTestsError(f"`entry` is {list(self.entry)}; it names the functions that the tests call.")

    @property
    def pieces(self) -> list[str]:
        """The texts that are judged apart."""
        return [self.code] if isinstance(self.code, str) else list(self.code)

    @property
    def total(self) -> int:
        """How many tests there are."""
        return len(self.pieces)


@dataclass(frozen=True, slots=True)
class PytestTests:
    """A module of pytest-style tests, in a process of its own that uses the program in another.

    How many tests there are shows when they are collected; one that is skipped or expected to fail shows nothing and
    has not passed.

    Args:
        code: The module: functions `test_*`, classes `Test*`, fixtures, parameters.
        module: The name under which it imports the program.
        operators: As of `AssertTests`.
        own_equality: Likewise.

    Raises:
        BadTestsError: There are none, or the name is none.

    >>> PytestTests("from solution import add\\ndef test_add():\\n    assert add(2, 3) == 5").module
    'solution'
    """

    needs: ClassVar[tuple[str, ...]] = PYTEST

    code: str
    module: str = "solution"
    operators: bool = False
    own_equality: bool = False

    def __post_init__(self) -> None:
        _require_some([self.code] if self.code.strip() else [])
        if not all(part.isidentifier() for part in self.module.split(".")):
            raise BadTestsError(f"{self.module!r} is no name of a module.")

    @property
    def total(self) -> int:
        """At least one; see above."""
        return 1


Tests: TypeAlias = StdinTests | FunctionTests | AssertTests | PytestTests


def read_tests(kind: str, row: dict[str, Any]) -> Tests:
    """The tests that a row of a file gives.

    Args:
        kind: `stdin`: `{"cases": [{"input", "output"}]}`; `function`: `{"fn_name", "cases": [{"args", "expected"}]}`;
            `assert`: `{"code", "entry", "prompt"?}`, where `entry` is a name or a list of them; `pytest`:
            `{"code", "module"?}`; both take `operators` and `own_equality`. The first two take `float_tol` and
            `absolute`; `stdin` also `mode`, `ignore_case` and `checker`, `function` also `in_place`, `singles` and
            `int_keys`: objects whose keys are all integers are dictionaries of integers.
        row: See above.

    Raises:
        BadTestsError: Something is missing or of the wrong type.

    >>> read_tests("function", {"fn_name": "f", "cases": [{"args": [1], "expected": 2}]}).total
    1
    """
    if kind not in KINDS:
        raise BadTestsError(f"There are no tests of the kind {kind!r}.{did_you_mean(str(kind), KINDS)}")
    try:
        return _READERS[kind](row)
    except KeyError as error:
        raise BadTestsError(f"The tests lack {error}.", hint="See docs/sandbox.md for the four forms.") from None
    except (TypeError, AttributeError) as error:
        raise BadTestsError(f"The tests are not of the form that `{kind}` has: {error}.") from None


def _read_asserts(row: dict[str, Any]) -> Tests:
    entry = row["entry"]
    names = [entry] if isinstance(entry, str) else entry
    return AssertTests(row["code"], names, row.get("prompt", ""), *_allowed(row))


def _read_pytest(row: dict[str, Any]) -> Tests:
    return PytestTests(row["code"], row.get("module", "solution"), *_allowed(row))


def _allowed(row: dict[str, Any]) -> tuple[bool, bool]:
    return bool(row.get("operators")), bool(row.get("own_equality"))


def _read_stdin(row: dict[str, Any]) -> Tests:
    cases = [(_text(case["input"]), _text(case["output"])) for case in row["cases"]]
    comparison = Comparison(
        row.get("mode", "lines"), row.get("float_tol"), bool(row.get("ignore_case")), bool(row.get("absolute"))
    )
    return StdinTests(cases, comparison, row.get("checker", ""))


def _read_function(row: dict[str, Any]) -> Tests:
    read: Callable[[Any], Any] = _with_integer_keys if row.get("int_keys") else lambda value: value
    pairs = [(read(case["args"]), read(case["expected"])) for case in row["cases"]]
    comparison = Comparison(tolerance=row.get("float_tol"), absolute=bool(row.get("absolute")), json_keys=True)
    return FunctionTests(row["fn_name"], pairs, comparison, bool(row.get("in_place")), bool(row.get("singles")))


_READERS: Final[dict[str, Callable[[dict[str, Any]], Tests]]] = {
    "stdin": _read_stdin,
    "function": _read_function,
    "assert": _read_asserts,
    "pytest": _read_pytest,
}


def _with_integer_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_integer_keys(one) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    pairs = cast("dict[Any, Any]", value)
    whole = all(map(is_integer_text, pairs))
    return {int(key) if whole else key: _with_integer_keys(one) for key, one in pairs.items()}


def _text(given: Any) -> str:
    """A text, or `{"repeat", "n", "end"}`, which stands for a long one."""
    if isinstance(given, dict):
        return str(given["repeat"]) * int(given["n"]) + str(given.get("end", ""))  # pyright: ignore[reportUnknownArgumentType]
    return given


def _require_some(cases: Sequence[Any]) -> None:
    if not cases:
        raise BadTestsError("There are no tests, and a program that passes none of none has shown nothing.")
