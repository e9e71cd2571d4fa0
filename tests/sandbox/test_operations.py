# ruff: noqa: E501 - tables, a case after the other
"""What one side may have the other do, and the values that cross whole: each operation, each type."""

import asyncio
import math
import operator
from array import array
from collections import Counter, OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address
from pathlib import PosixPath
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from bridged import bridged

from rlvr.sandbox.bridge.codec import CodecError
from rlvr.sandbox.bridge.handles import Called, Container, Function, Handle, Types, Whole
from rlvr.sandbox.bridge.operations import OPERATIONS, content, state
from rlvr.sandbox.bridge.plain_types import PLAIN_TYPES, plain_name, safe_exception
from rlvr.sandbox.bridge.special_methods import BINARY, OPTIONAL, ORDER, as_binary, methods_of
from rlvr.sandbox.bridge.values import STANDARD, carried_base, kind_of, revived

SIGNS = {
    "add": 17, "sub": 7, "mul": 60, "truediv": 2.4, "floordiv": 2, "mod": 2, "pow": 12**5, "lshift": 384, "rshift": 0, "and": 4, "or": 13,
    "xor": 9, "divmod": (2, 2), "lt": False, "le": False, "gt": True, "ge": True,
}  # fmt: skip


def test_each_operator_by_its_name():
    assert {*SIGNS, "matmul"} == {*BINARY, *ORDER}
    for sign, result in SIGNS.items():
        assert as_binary(sign)(12, 5) == result, sign
        assert OPERATIONS[sign](12, 5) == result, sign
    assert as_binary("matmul") is operator.matmul


def test_each_operation_does_what_its_name_says():
    done = {name: OPERATIONS[name] for name in OPERATIONS}
    items = [1, 2]
    done["setitem"](items, 0, 7)
    done["delitem"](items, 1)
    assert (items, done["getitem"](items, 0), done["len"](items), done["contains"](items, 7)) == ([7], 7, 1, True)
    assert (done["call"](max, 3, 4), done["call"](int, "11", base=2), done["type"](3)) == (4, 3, int)
    assert (done["eq"](1, 1.0), done["eq"]("a", 1), done["next"](iter([5])), done["next"](iter([]))) == (
        True,
        False,
        (5,),
        None,
    )
    assert (
        done["isinstance"](3, int),
        done["issubclass"](bool, int),
        done["round"](2.567, 1),
        done["format"](5, "03"),
    ) == (True, True, 2.6, "005")
    assert (done["neg"](3), done["pos"](-3), done["abs"](-3), done["invert"](3)) == (-3, -3, 3, -4)
    assert (done["floor"](2.5), done["ceil"](2.5), done["trunc"](-2.5), list(done["reversed"]([1, 2]))) == (
        2,
        3,
        -2,
        [2, 1],
    )
    assert (done["int"]("3"), done["index"](True), done["float"]("1.5"), done["complex"](1)) == (3, 1, 1.5, 1 + 0j)
    assert (done["str"](1), done["repr"]("a"), done["bool"]([]), done["bytes"](2), "real" in done["dir"](1)) == (
        "1",
        "'a'",
        False,
        b"\0\0",
        True,
    )
    deep = [[1]]
    assert done["copy"](deep)[0] is deep[0]
    assert done["deepcopy"](deep)[0] is not deep[0]
    assert list(done["iter"]([3])) == [3]

    async def later():
        await asyncio.sleep(0)
        return 6

    assert done["await"](later()) == 6

    class One:
        x = 5

    one = One()
    done["setattr"](one, "y", 6)
    assert (done["getattr"](one, "x"), one.y) == (5, 6)
    done["delattr"](one, "y")
    assert not hasattr(one, "y")
    assert set(OPERATIONS) == {
        *BINARY, *ORDER, "call", "getattr", "setattr", "delattr", "iter", "next", "len", "getitem", "setitem", "delitem", "contains", "eq",
        "type", "state", "content", "isinstance", "issubclass", "round", "format", "deepcopy", "copy", "enter", "exit", "await", "neg", "pos",
        "abs", "invert", "floor", "ceil", "trunc", "reversed", "dir", "int", "index", "float", "complex", "str", "repr", "bool", "bytes",
        "hash", "doc", "outline", "derive", "above", "aiter", "anext", "aenter", "aexit",
    }  # fmt: skip


class Lying(list):
    def __iter__(self):
        return iter([9])


class LyingDict(dict):
    def items(self):
        return [(9, 9)]


class LyingSet(set):
    def __iter__(self):
        return iter([9])


class Slotted:
    __slots__ = ("a", "b")


class More(Slotted):
    __slots__ = "c"  # noqa: PLC0205 - a text is one name
    kind = "class attribute"


class Both(Slotted):
    pass


class Weak:
    __slots__ = ("__dict__", "__weakref__", "d")


def test_what_an_object_consists_of():
    assert [content(one) for one in (Lying([1]), LyingDict({1: 2}), LyingSet({3}))] == [[1], {1: 2}, {3}]
    assert [type(content(one)) for one in (Lying([1]), LyingDict({1: 2}), LyingSet({3}))] == [list, dict, set]
    for nothing in (5, (1,), "x"):
        with pytest.raises(TypeError, match=r"^it holds nothing$"):
            content(nothing)
    one = More()
    one.a, one.c = 1, 3
    assert state(one) == {"a": 1, "c": 3}
    both = Both()
    both.b, both.z = 2, 26
    assert state(both) == {"b": 2, "z": 26}
    weak = Weak()
    weak.d, weak.e = 4, 5
    assert state(weak) == {"d": 4, "e": 5}
    held = Lying([1])
    held.x = 2
    assert state(held) == {"": [1], "x": 2}
    assert state(5) == {}
    assert state((1,)) == {}


class Manager:
    told = None

    def __enter__(self):
        return "in"

    def __exit__(self, kind, error, trace):
        Manager.told = (kind, None if error is None else (type(error), str(error)), trace)
        return 5


def test_context_managers_are_told_an_error_that_is_built_in():
    leave, manager = OPERATIONS["exit"], Manager()
    assert OPERATIONS["enter"](manager) == "in"
    assert leave(manager, None) == 5
    assert Manager.told == (None, None, None)
    assert leave(manager, ("KeyError", "x")) is True
    assert Manager.told == (KeyError, (KeyError, "'x'"), None)
    for name in ("SystemExit", "int", "len", "NoSuchError", "OwnError"):
        leave(manager, (name, "x"))
        assert Manager.told == (RuntimeError, (RuntimeError, "x"), None)


class Sized:
    def __len__(self):
        return 0

    def __getitem__(self, key):
        return key


class Unhashed:
    __iter__ = None


def test_optional_methods_are_there_where_the_class_has_them():
    def told(kind):
        return {name for place, name in enumerate(OPTIONAL) if methods_of(kind) >> place & 1}

    assert told(object) == set()
    assert told(Sized) == {"__len__", "__getitem__", "__iter__", "__contains__"}
    assert told(Unhashed) == set()
    assert told(Manager) == {"__enter__", "__exit__"}
    assert told(type("I", (), {"__iter__": lambda self: iter(())})) == {"__iter__", "__contains__"}
    types = Types()
    kind = types.of("o", "P", methods_of(Sized))
    assert {name for name in OPTIONAL if hasattr(kind, name)} == told(Sized)
    assert types.of("o", "P", methods_of(Sized)) is kind
    assert types.of("o", "P", 0) is not kind
    assert types.of("o", "Q", methods_of(Sized)) is not kind
    assert types.of("o", "P").__mro__[1] is Whole
    assert types.of("o", "P", -1).__mro__[1] is Whole
    assert types.of("o", "P", 0).__mro__[1] is Handle
    assert types.of("f", "P", 0).__mro__[1] is Called
    assert types.of("p", "P") is Function
    assert types.of("m", "P", 0).__mro__[1] is Container
    assert types.of("m", "P", 0).__name__ == "P"
    assert types.of("o", "").__name__ == "Whole"
    assert types.carrying(int, "Id") is types.carrying(int, "Id")
    assert types.carrying(int, "Id") is not types.carrying(str, "Id")


STANDARDS = [
    range(1, 9, 2), slice(1, None, 2), deque([1, [2]]), Counter("aab"), OrderedDict([(2, 1), (1, 2)]), Decimal("1.50"), Fraction(1, 3), date(2020, 2, 29),
    time(1, 2, 3), datetime(2020, 2, 29, 1, 2, 3, 4), timedelta(1, 2, 3), PosixPath("/a/b"), UTC,
]  # fmt: skip


@pytest.mark.parametrize("value", STANDARDS, ids=repr)
def test_values_of_the_standard_library_cross_whole(value):
    with bridged("def f(x): return x") as (_, named):
        back = named("f")(value)
    assert (type(back), back) == (type(value), value)
    assert repr(back) == repr(value)
    assert type(value) in STANDARD


def zone(name):
    try:
        return ZoneInfo(name)
    except KeyError:
        return UTC


@pytest.mark.parametrize(
    "value",
    [
        array("i", [1, 2]), UUID(int=5), ip_address("10.0.0.1"), ip_address("::1"), timezone(timedelta(hours=2), "X"), timezone(timedelta(hours=-2)),
        zone("Europe/Paris"), datetime(2020, 7, 1, tzinfo=UTC), datetime(2020, 7, 1, tzinfo=zone("Europe/Paris")),
        datetime(2020, 10, 25, 2, 30, tzinfo=zone("Europe/Paris"), fold=1), [UUID(int=1), {UUID(int=2)}],
    ],
    ids=repr,
)  # fmt: skip
def test_values_of_modules_that_are_imported_when_one_crosses(value):
    with bridged("def f(x): return x") as (_, named):
        back = named("f")(value)
    assert (type(back), back, repr(back)) == (type(value), value, repr(value))


def test_arrays_cross_with_type_and_shape_where_the_tests_know_arrays():
    import numpy as np

    with bridged("def f(x): return x") as (end, named):
        for value in (
            np.array([1.5, 2]),
            np.zeros((0, 3)),
            np.array([[1], [2]], dtype="u1"),
            np.array("ab"),
            np.array(True),
        ):
            back = named("f")(value)
            assert (type(back), back.dtype, back.shape, back.tolist()) == (
                np.ndarray,
                value.dtype,
                value.shape,
                value.tolist(),
            )
        end.arrays = False
        assert named("f")(np.array([[1, 2]])) == [[1, 2]]
        odd = np.array([object()])
        assert type(named("f")(odd)) is list


def test_only_plain_parts_make_an_array():
    for name, parts in (
        ("ndarray", ("|O", (1,), [1])), ("ndarray", ("<i8", (3,), [1])), ("ndarray", ("<i8", (1.5,), [1])), ("ndarray", ("<M8[D]", (1,), [1])), ("ndarray", [1]),
        ("ndarray", ("<f8", (1,), ["x"])), ("array", ("z", [1])), ("array", ("i", ["x"])), ("UUID", -1), ("UUID", "x"), ("IPv4Address", "x"), ("ZoneInfo", "../x"),
        ("timezone", (timedelta(days=9), None)), ("timezone", (1, None)), ("datetime", ("2020-01-01", 5, UTC)), ("datetime", ("x", 0, UTC)),
    ):  # fmt: skip
        with pytest.raises(CodecError, match=r"^malformed$"):
            revived(name, parts)


def test_only_plain_parts_make_a_value_of_the_standard_library():
    assert len(STANDARD) == len(STANDARDS)
    for name, parts in (
        ("range", (1, 2.0, 1)), ("range", (True, 2, 1)), ("range", (1, 2, 0)), ("range", [1, 2, 1]), ("Fraction", (1, 0)), ("Fraction", (1, 2, 3)),
        ("Fraction", ("1", 2)), ("Decimal", "x"), ("Decimal", 1), ("date", "2020-02-30"), ("timedelta", (1, 2.5)), ("timedelta", (10**12, 0, 0)),
        ("time", "x"), ("deque", (1,)), ("Counter", [1]), ("OrderedDict", [1]), ("OrderedDict", [[[], 1]]), ("path", 5), ("eval", "1"), (5, "1"), (None, ""),
    ):  # fmt: skip
        with pytest.raises(CodecError, match=r"^malformed$"):
            revived(name, parts)
    assert revived("timedelta", (1, 2, 3)) == timedelta(1, 2, 3)
    assert revived("OrderedDict", [(1, 2)]) == OrderedDict({1: 2})


def test_how_objects_are_lent():
    import numpy as np

    class Id(int):
        pass

    class Rows(list):
        pass

    class Own(Exception):
        pass

    class Plain:
        pass

    class Callable:
        __call__ = print

    class OnlyDtype:
        dtype = 1

    async def later():
        pass

    waiting = later()
    waiting.close()
    kinds = {
        "e": (Own, KeyError), "c": (Plain, int, SystemExit), "v": (Id(1), math.e.__class__(1)), "L": (Rows(), []), "D": ({},), "S": (set(),), "a": (waiting,),
        "i": (iter([]),), "g": ((x for x in ()),), "f": (print, Callable()), "p": (lambda: 0,), "s": (SimpleNamespace(),), "o": (Plain(), object(), OnlyDtype()),
        None: (np.array([1]), np.float64(1), {}.keys(), {}.values(), {}.items(), Counter(), OrderedDict()),
    }  # fmt: skip
    for how, values in kinds.items():
        for value in values:
            assert kind_of(value, type(value)) == how, value
    for base in (bool, int, float, str, tuple, bytes, frozenset, complex):
        derived = base if base is bool else type("D", (base,), {})
        assert carried_base(derived) is base


def test_types_that_cross_by_name():
    data = {
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "object",
        "set",
        "str",
        "tuple",
    }
    for name, kind in PLAIN_TYPES.items():
        assert kind.__name__ == name or issubclass(kind, OSError)
        assert name in data or issubclass(kind, Exception)
        assert plain_name(kind) == name
    assert data <= set(PLAIN_TYPES)
    assert {"KeyError", "OSError", "ValueError", "RuntimeError", "Warning"} <= set(PLAIN_TYPES)
    for kind in (
        type,
        Exception,
        BaseException,
        AssertionError,
        StopIteration,
        StopAsyncIteration,
        ExceptionGroup,
        SystemExit,
        range,
        eval,
        5,
    ):
        assert plain_name(kind) is None
    assert safe_exception("AssertionError") is AssertionError
    assert safe_exception("Exception") is Exception
    for name in (
        "BaseException",
        "StopIteration",
        "StopAsyncIteration",
        "GeneratorExit",
        "KeyboardInterrupt",
        "SystemExit",
        "len",
        "int",
        5,
        None,
        ["KeyError"],
    ):
        assert safe_exception(name) is None
