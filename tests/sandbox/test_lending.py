# ruff: noqa: E501 - tables, a case after the other
"""What the tests' process lends, what may be done with it, and what it does for the program: nothing else."""

import enum
import functools
import io
import json
import math
import operator
import os
import queue
import re
import sys
import unittest.mock
from array import array
from collections import Counter, deque
from pathlib import Path

import pytest
from bridged import bridged, called, scripted

from rlvr.sandbox.bridge.special_methods import BINARY, ORDER
from rlvr.sandbox.judges.tests_side.lending import (
    CALL,
    CLASS,
    FUNCTION,
    ITERATE,
    MATCH,
    MOCK,
    NOTHING,
    OBJECT,
    STREAM,
    TESTS,
    CannotCrossError,
    check_attribute,
    library_path,
    operations,
    recipe,
)

OWN = {"__name__": TESTS}
exec(
    """
import functools, contextlib, enum
from dataclasses import dataclass, field
def function(): pass
def outer():
    def inner(): pass
    return inner
inner = outer()
cached = functools.lru_cache(function)
@functools.wraps(function)
def wrapped(): pass
@contextlib.contextmanager
def managed(): yield
class Plain:
    limit = 3
    def __init__(self): self.x, self._y = 1, 2
    def method(self): return 5
    def format_map(self): pass
    @property
    def both(self): return self._y
    @both.setter
    def both(self, value): self._y = value
class Slotted:
    __slots__ = ("a", "_b")
class Calls:
    def __call__(self): return 6
class Iterates:
    def __next__(self): return 1
@dataclass
class Open:
    x: int = 0
@dataclass
class Private:
    x: int = 0
    _y: int = 0
@dataclass
class Hidden:
    _y: int = field(default=0, repr=False)
class Own(Exception): pass
class Colour(enum.Enum): RED = 1
""",
    OWN,
)


class Foreign:
    pass


class ForeignError(Exception):
    pass


class Mode(enum.Enum):
    ON = 1


@functools.wraps(OWN["function"])
def foreign_wraps():
    pass


def foreign():
    pass


def test_what_may_be_done_with_each_thing():
    assert {"call"} == CALL
    assert {"iter", "next"} == ITERATE
    assert {"getattr", "iter", "next", "enter", "exit"} == STREAM
    assert {"call", "doc", "outline"} == FUNCTION
    assert {"call", "getattr"} == CLASS
    assert set() == NOTHING
    assert {*BINARY, *ORDER, "getattr", "setattr"} < OBJECT
    assert not OBJECT & {
        "call",
        "delattr",
        "type",
        "state",
        "content",
        "deepcopy",
        "copy",
        "dir",
        "issubclass",
        "await",
    }
    plain = OWN["Plain"]()
    shows = {"str", "repr", "format"}
    for value, allowed in (
        (OWN["function"], FUNCTION), (OWN["inner"], FUNCTION), (OWN["cached"], CALL), (OWN["wrapped"], FUNCTION), (OWN["managed"], FUNCTION), (foreign_wraps, FUNCTION), (functools.wraps(foreign)(lambda: 0), None), (functools.lru_cache(foreign), None),
        (foreign, None), (len, None), (print.__call__, None), (eval.__call__, None), ([].append.__call__, CALL), (functools.partial(print).__call__, None), (OWN["function"].__get__, None), (OWN["Plain"], CLASS), (Foreign, None), (int, None), (plain, OBJECT), (OWN["Calls"](), OBJECT | CALL),
        (OWN["Slotted"](), OBJECT), (OWN["Open"](), OBJECT), (OWN["Private"](), OBJECT - shows), (OWN["Hidden"](), OBJECT), (plain.method, CALL),
        (plain.__init__, None), (plain.__getattribute__, None), (plain.__reduce_ex__, None), (plain.__str__, CALL), (plain.format_map, None),
        (functools.partial(OWN["function"]), CALL), (functools.partial(print), None), (functools.partial(plain.method), CALL), ([].append, CALL), ({}.get, CALL), ("".format_map, None),
        ("".join, CALL), ([].__getattribute__, None), ([].__iter__, CALL), (deque().append, CALL), (Counter().update, CALL), (array("i").append, CALL), (math.sin, None),
        (sys.getrecursionlimit, None), (object().__init__, None), (re.compile("a").match, CALL), (OWN["function"].__call__, CALL), (int.__call__, None), (dict.fromkeys, None),
        (iter([]), ITERATE), ((x for x in ()), ITERATE), (OWN["Iterates"](), OBJECT), (Path(os.devnull).open(), STREAM), (io.StringIO(), STREAM), (io.BytesIO(), STREAM),  # noqa: SIM115
        (io.StringIO().write, CALL), (io.BytesIO().read, CALL), (io.StringIO().__reduce__, None), (queue.SimpleQueue().put, CALL), (io.TextIOWrapper(io.BytesIO()).write, CALL), (unittest.mock.Mock(), MOCK | CALL), (unittest.mock.NonCallableMock(), MOCK), (re.match("a", "a"), MATCH), (object(), NOTHING), (Foreign(), None), (sys, None), (sys._getframe(), None),
        (OWN["function"].__code__, None), (re.compile("a"), None), (OWN["Own"](), OBJECT), (ForeignError(), None), (OWN["Colour"].RED, OBJECT),
    ):  # fmt: skip
        assert operations(value) == allowed, value


def test_names_of_the_library():
    for value, path in (
        (len, "builtins:len"), (str.upper, "builtins:str.upper"), (operator.add, "_operator:add"), (math.sin, "math:sin"), (dict.fromkeys, "builtins:dict.fromkeys"),
        (int, "builtins:int"), (deque, "collections:deque"), (functools.partial, "functools:partial"), (Mode.ON, f"{__name__}:Mode.ON" if __name__ in sys.modules else ""),
        (lambda: 0, ""), (OWN["function"], ""), (OWN["Colour"].RED, ""), ([].append, ""), (5, ""), ("x", ""), (object(), ""), (Foreign(), ""), (sys, ""),
        (datetime_of("datetime.now"), "datetime:datetime.now"), (Path.cwd, "pathlib:Path.cwd"), (int.__add__, "builtins:int.__add__"), (re.RegexFlag.A, "re:RegexFlag.ASCII"),
        (json.JSONDecoder.decode, "json.decoder:JSONDecoder.decode"), (property.__get__, "builtins:property.__get__"), (len.__call__, ""), (test_names_of_the_library, f"{__name__}:test_names_of_the_library" if __name__ in sys.modules else ""),
    ):  # fmt: skip
        assert library_path(value) == path, value

    def impostor():
        pass

    impostor.__module__, impostor.__qualname__ = "builtins", "len"
    assert library_path(impostor) == ""
    impostor.__qualname__ = "no_such_name"
    assert library_path(impostor) == ""
    impostor.__module__ = "no_such_module"
    assert library_path(impostor) == ""


def datetime_of(name):
    import datetime

    return operator.attrgetter(name)(datetime)


def test_recipes_make_the_value_again():
    for value in (
        functools.partial(pow, 2, mod=5), operator.itemgetter(1), operator.itemgetter(1, 2), operator.attrgetter("a.b"), operator.methodcaller("x", 1),
        re.compile("a+", re.IGNORECASE), KeyError("k", 1),
    ):  # fmt: skip
        made, arguments, named = recipe(value)
        again = made(*arguments, **named)
        assert type(again) is type(value)
        if isinstance(value, functools.partial):
            assert (again.func, again.args, again.keywords) == (pow, (2,), {"mod": 5})
        elif isinstance(value, KeyError):
            assert again.args == ("k", 1)
        else:
            assert repr(again) == repr(value)
    for value in (
        5,
        print,
        OWN["Own"]("x"),
        SystemExit(1),
        object(),
        lambda: 0,
        type("P", (functools.partial,), {})(pow),
    ):
        assert recipe(value) is None


def test_attributes_that_the_program_may_read_and_set():
    plain, slotted, opened = OWN["Plain"](), OWN["Slotted"](), OWN["Open"]()
    plain.hook = OWN["function"]
    plain.bound = plain.method
    for name in ("x", "method", "limit", "no_such"):
        check_attribute("getattr", plain, name)
    for name in ("_y", "__class__", "__dict__", 5, None, type("S", (str,), {})("x")):
        for how in ("getattr", "setattr"):
            with pytest.raises(AttributeError, match=r"^it is not public$"):
                check_attribute(how, plain, name)
    for value, name in ((plain, "x"), (plain, "new"), (plain, "both"), (slotted, "a"), (opened, "other")):
        check_attribute("setattr", value, name)
    for value, name in ((plain, "limit"), (plain, "method"), (plain, "hook"), (plain, "bound"), (opened, "x")):
        with pytest.raises(AttributeError, match=r"^it is not the program's to set$"):
            check_attribute("setattr", value, name)
        check_attribute("getattr", value, name)


NODE = """
class Node:
    def __init__(self, value): self.value, self._key, self.kids = value, "secret", []
    def check(self): return self._key == "secret"
    def __len__(self): return 2
    def __iter__(self): return iter([7, 8])
    def __add__(self, other): return self.value + other
def callback(x, *, y=0): return x + y
class Id(int): pass
class Own(Exception): pass
def cb_own(): raise Own("mine")
"""
USES = """
def read(node, name): return getattr(node, name)
def both(node, one, two): return getattr(getattr(node, one), two)
def write(node, name, value): setattr(node, name, value)
def remove(node, name): delattr(node, name)
def call(f, *a, **k): return f(*a, **k)
def size(x): return len(x)
def all_of(x): return list(x)
def add(x, y): return x + y
def text(x): return str(x)
def kind(x): return type(x).__name__
def same(x): return x
def catches(f, kind):
    try: f()
    except kind as e: return type(e).__name__, str(e)
def copies(x):
    import copy
    return copy.deepcopy(x)
def keyed(x): return {x: 1}
def twice(x): return x * 2
"""


@pytest.fixture
def tests():
    names = {"__name__": TESTS}
    exec(NODE, names)
    return names


def test_the_program_uses_what_was_lent(tests):
    with bridged(USES) as (end, named):
        node = tests["Node"](5)
        assert named("read")(node, "value") == 5
        named("write")(node, "value", 6)
        assert node.value == 6
        assert named("call")(node.check) is True
        assert named("call")(tests["callback"], 1, y=2) == 3
        assert (named("size")(node), named("all_of")(node), named("add")(node, 1)) == (2, [7, 8], 7)
        assert named("same")(node) is node
        assert named("call")(tests["Node"], 3).value == 3
        assert named("twice")(tests["Id"](4)) == 8
        assert named("same")(tests["Id"](4)) == 4
        assert named("catches")(tests["cb_own"], tests["Own"]) == ("Own", "mine")
        assert named("catches")(tests["cb_own"], Exception) is not None
        assert named("call")(len, "abc") == 3
        assert named("call")(functools.partial(pow, 2), 3) == 8
        assert named("call")(functools.partial(tests["callback"], y=2), 3) == 5
        assert named("call")(operator.itemgetter(1), "abc") == "b"
        assert named("same")(re.compile("b+", re.DOTALL)).pattern == "b+"
        assert named("all_of")(x for x in (1, 2)) == [1, 2]
        assert named("kind")(tests["callback"]) in ("Called", "function")
        assert named("kind")(node) == "Node"
        assert end.need == ""


def test_the_program_writes_to_a_stream_of_the_tests():
    with bridged(
        "def emit(out, *texts):\n    for one in texts: out.write(one)\n    return out.getvalue(), list(out)"
    ) as (_, named):
        for made, texts in ((io.StringIO, ("a", "b\n")), (io.BytesIO, (b"a", b"b\n"))):
            stream = made()
            assert named("emit")(stream, *texts) == (texts[0] + texts[1], [])
            assert stream.getvalue() == texts[0] + texts[1]


def test_and_nothing_else(tests):
    with bridged(USES) as (end, named):
        node = tests["Node"](5)
        for name in ("_key", "__dict__", "__globals__", "__weakref"):
            with pytest.raises(AttributeError, match="it is not public"):
                named("read")(node, name)
        for name in ("check", "_key"):
            with pytest.raises(AttributeError):
                named("write")(node, name, 1)
        with pytest.raises(AttributeError, match="do not allow `delattr` here"):
            named("remove")(node, "value")
        with pytest.raises(TypeError, match="do not allow `deepcopy` here"):
            named("copies")(node)
        with pytest.raises(TypeError, match="not callable"):  # it is not even a handle that could be called
            named("call")(node)
        with pytest.raises(TypeError, match="do not allow `len` here"):
            named("size")(tests["callback"])
        assert named("keyed")(node) == {node: 1}
        assert end.need == ""


@pytest.mark.parametrize(
    ("where", "operation", "arguments", "said"),
    [
        (["y", 1], "call", [5], ["=", 1, 5, None, ""]),
        (["y", 1], "getattr", ["__globals__"], ["!", 1, None, "AttributeError", "the tests do not allow `getattr` here", ["l", "the tests do not allow `getattr` here"]]),
        (["y", 1], "setattr", ["x", 1], "AttributeError"), (["y", 1], "delattr", ["x"], "AttributeError"), (["y", 1], "type", [], "TypeError"),
        (["y", 1], "x" * 30, [], ["!", 1, None, "TypeError", f"the tests do not allow `{'x' * 20}` here", ["l", f"the tests do not allow `{'x' * 20}` here"]]),
        (["y", 2], "getattr", ["value"], ["=", 1, 5, None, ""]), (["y", 2], "getattr", [], "AttributeError"), (["y", 2], "getattr", [5], "AttributeError"),
        (["y", 2], "state", [], "TypeError"), (["y", 2], "call", [], "TypeError"), (["n", "int"], "call", ["5"], "TypeError"), (5, "neg", [], "TypeError"),
        ("callback", "call", [5], "TypeError"), (["l", 1], "len", [], "TypeError"), (["t", 1], "len", [], "TypeError"), (["y", 2], "eval", ["1"], "TypeError"),
    ],
)  # fmt: skip
def test_requests_for_what_was_not_lent_are_refused(tests, where, operation, arguments, said):
    with scripted() as (end, script):
        script.say(["?", 1, operation, where, arguments, None], ["=", 1, None, None, ""])
        called(end)(tests["callback"], tests["Node"](5))
        script.hear()
        answer = script.hear()
        assert answer == said or (answer[0], answer[3]) == ("!", said)


@pytest.mark.parametrize(
    "where",
    [["y", 3], ["y", 0], ["y", -1], ["y", True], ["y", "1"], ["y"], ["y", 1, 1], ["z", 1], ["q", "builtins:eval"]],
)
def test_requests_for_what_is_not_there_end_the_conversation(tests, where):
    from rlvr.sandbox.bridge.peer import PeerLostError

    with scripted() as (end, script):
        script.say(["?", 1, "call", where, [], None], ["=", 1, None, None, ""])
        with pytest.raises(PeerLostError):
            called(end)(tests["callback"], tests["Node"](5))


def test_how_things_of_the_tests_cross(tests):
    with scripted() as (end, _):
        node = tests["Node"](5)
        assert end.encode(len) == ["q", "builtins:len"]
        assert end.encode(int) == ["n", "int"]
        assert end.encode(tests["callback"]) == ["h", 1, "p", "function", "callback", 0]
        assert end.encode(node)[:5] == ["h", 2, "o", "Node", ""]
        assert end.encode(tests["Id"](4)) == ["v", 3, "Id", 4]
        assert end.encode(tests["Own"]) == ["e", 4, "Own", "Exception", ["l"]]
        assert end.encode(functools.partial(pow, 2)) == [
            "k",
            "functools:partial",
            ["l", ["q", "builtins:pow"], 2],
            ["d"],
        ]
        assert end.encode(Mode.ON.__class__.__mro__[1]) == ["q", "enum:Enum"]
        assert end.encode(re.IGNORECASE) == ["q", "re:RegexFlag.IGNORECASE"]
        assert end.encode([node, node]) == ["l", *[["h", 2, "o", "Node", "", end.encode(node)[5]]] * 2]
        assert end.need == ""
        for value in (sys, sys._getframe(), Foreign()):
            with pytest.raises(CannotCrossError, match=r"cannot cross$"):
                end.encode(value)
            assert (
                end.need
                == f"the tests hand over an object of `{type(value).__module__}.{type(value).__qualname__}`, which cannot cross"
            )


def test_a_need_is_the_tests_own_and_not_what_the_program_looks_at(tests):
    with bridged(USES) as (end, named):
        node = tests["Node"](5)
        node.odd = sys
        assert named("read")(node, "odd") is sys  # a handle on it over there, to be held and no more
        with pytest.raises(AttributeError):
            named("both")(node, "odd", "path")
        exec("def gives(): return odd", tests | {"odd": sys}, made := {})
        assert named("call")(made["gives"]) is sys
        assert end.need == ""
        with pytest.raises(TypeError, match="cannot cross"):
            named("same")(sys)
        assert end.need.endswith("cannot cross")


def test_shows_only_the_tests_own_exceptions(tests):
    with scripted() as (end, _):
        assert (end.shows_class(tests["Own"]), end.shows_class(ForeignError), end.shows_class(KeyError)) == (
            True,
            False,
            False,
        )
        assert (end.describe_text(AssertionError("x")), end.describe_text(KeyError("x"))) == ("", "'x'")
        assert end.describe_text(ValueError("x" * 501)) == "x" * 500
        assert [end.may_swallow(one) for one in (KeyError(), AssertionError(), SystemExit())] == [True, False, False]
        end.skips = lambda _: True
        assert end.may_swallow(KeyError()) is False
