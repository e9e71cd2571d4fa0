# ruff: noqa: E501 - programs on one line
"""Objects, callbacks and lazy values across the two processes: what works as in one, and that none is an answer."""

import json
import math
import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.sandbox import AssertTests, Limits, Outcome
from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.inside.answering import ProgramEnd
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.judges.tests_side.asking import TestsEnd

CLASSES = """
from collections import namedtuple, deque, Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
import functools

class EmptyError(LookupError):
    def __init__(self, size):
        super().__init__(f"nothing in {size}")
        self.size = size

class Stack:
    kind = "stack"
    def __init__(self, items=()): self.items = list(items)
    def push(self, item): self.items.append(item); return self
    def pop(self):
        if not self.items: raise EmptyError(0)
        return self.items.pop()
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, item): return item in self.items
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, value): self.items[i] = value
    def __repr__(self): return f"Stack({self.items})"
    @property
    def top(self): return self.items[-1]
    @staticmethod
    def of(*items): return Stack(items)

@dataclass(order=True)
class Point:
    x: int
    y: int
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __mul__(self, k): return Point(self.x * k, self.y * k)

class Words(list):
    def longest(self): return max(self, key=len)

Pair = namedtuple("Pair", "left right")
class Colour(Enum):
    RED = 1
    BLUE = 2
class Level(IntEnum):
    LOW = 1
class Odd(int):
    def half(self): return int(self) // 2

def adder(n): return lambda x: x + n
def compose(f, g): return lambda x: f(g(x))
def count(n):
    i = n
    while True:
        yield i
        i += 1
def ping():
    got = yield 1
    yield got
def each(f, items): return [f(x) for x in items]
def memo(f): return functools.wraps(f)(functools.lru_cache(None)(f))
async def later(x): return x + 1
class timer:
    def __enter__(self): return self
    def __exit__(self, *a): return True
def invert(node):
    if node is not None:
        node.left, node.right = invert(node.right), invert(node.left)
    return node
def total(items): return sum(items)
def boom(kind, *a): raise kind(*a)
def standard(): return Decimal("1.5"), Fraction(1, 3), deque([1, 2]), Counter("aab"), range(3)
def squares(n): return map(lambda x: x * x, range(n))
"""
NAMES = [
    "Stack", "Point", "Words", "Pair", "Colour", "Level", "Odd", "adder", "compose", "count", "each", "memo", "later",
    "timer", "invert", "total", "boom", "standard", "squares", "EmptyError", "ping",
]  # fmt: skip
LEGIT = {
    "methods": "s = Stack()\ns.push(1).push(2)\nassert s.pop() == 2 and len(s) == 1 and s.top == 1 and s.kind == 'stack'",
    "special methods": "s = Stack([1, 2])\nassert list(s) == [1, 2] and 2 in s and s[0] == 1 and not Stack()\n"
    "s[0] = 7\nassert s[0] == 7 and repr(s) == 'Stack([7, 2])' and str(s) == 'Stack([7, 2])'",
    "static methods": "assert Stack.of(1, 2).items == [1, 2]",
    "types": "s = Stack()\nassert isinstance(s, Stack) and not isinstance(s, Point) and not isinstance(3, Stack)\n"
    "assert type(s).__name__ == 'Stack' and not isinstance(s, (int, list))",
    "attributes": "p = Point(1, 2)\np.x = 5\nassert (p.x, p.y) == (5, 2)\nassert not hasattr(p, 'z')",
    "equality": "assert Point(1, 2) == Point(1, 2) and Point(1, 2) != Point(2, 1) and Point(1, 2) + Point(1, 1) == Point(2, 3)",
    "order": "assert Point(1, 2) < Point(2, 0) and sorted([Point(2, 2), Point(1, 1)])[0].x == 1",
    "in containers": "assert [Point(1, 2)] == [Point(1, 2)] and Point(1, 2) in [Point(0, 0), Point(1, 2)] and Point(1, 2).y == 2",
    "identity": "s = Stack()\nassert s.push(1) is s and {s: 1}[s] == 1",
    "own errors": "try:\n    Stack().pop()\nexcept EmptyError as e:\n    assert e.size == 0 and str(e) == 'nothing in 0'\n"
    "else:\n    assert False",
    "own errors by base": "try:\n    Stack().pop()\nexcept LookupError:\n    pass\nelse:\n    assert False",
    "closures": "assert adder(3)(4) == 7 and compose(adder(1), adder(2))(0) == 3",
    "callbacks": "seen = []\nassert each(lambda x: seen.append(x) or x * 2, [1, 2]) == [2, 4]\nassert seen == [1, 2]",
    "callbacks called back": "assert compose(lambda x: x * 2, adder(3))(1) == 8",
    "callback errors": "def bad(x): raise KeyError(x)\ntry:\n    each(bad, [5])\nexcept KeyError as e:\n    assert e.args == (5,)\n"
    "else:\n    assert False",
    "built-in functions": "assert each(abs, [-1]) == [1] and each(str, [1]) == ['1'] and each(len, ['ab']) == [2]",
    "wrapped": "calls = []\n@memo\ndef f(x):\n    calls.append(x)\n    return x\nassert f(2) == 2 and f(2) == 2 and calls == [2]\n"
    "assert f.__name__ == 'f'",
    "generators": "g = count(5)\nassert next(g) == 5 and next(g) == 6\nfrom itertools import islice\nassert list(islice(g, 2)) == [7, 8]",
    "sent values": "g = ping()\nassert next(g) == 1 and g.send(5) == 5",
    "lazy values end": "assert list(squares(3)) == [0, 1, 4] and sum(squares(3)) == 5 and next(squares(0), None) is None",
    "iterators of the tests": "def make():\n    yield 1\n    yield 2\nassert total(make()) == 3 and total(iter([4])) == 4",
    "coroutines": "import asyncio\nassert asyncio.run(later(1)) == 2\nasync def go(): return await later(2)\n"
    "assert asyncio.run(go()) == 3",
    "context managers": "with timer() as t:\n    assert t is not None\n    1 / 0\n",
    "named tuples": "p = Pair(1, 2)\nassert p.left == 1 and p == (1, 2) and p[1] == 2 and p._replace(left=3) == (3, 2)",
    "enumerations": "assert Colour.RED is Colour.RED and Colour.RED != Colour.BLUE and Colour(1) is Colour.RED\n"
    "assert Colour.RED.name == 'RED' and Level.LOW == 1 and Level.LOW.name == 'LOW'",
    "numbers of a class": "assert Odd(7).half() == 3 and Odd(7) == 7 and Odd(7) + 1 == 8",
    "lists of a class": "w = Words(['a', 'bcd'])\nw.append('ef')\nassert w.longest() == 'bcd' and w == ['a', 'bcd', 'ef'] and len(w) == 3",
    "objects of the tests": "class Node:\n    def __init__(self, v, left=None, right=None):\n"
    "        self.v, self.left, self.right = v, left, right\n"
    "t = invert(Node(1, Node(2), Node(3, Node(4))))\nassert (t.left.v, t.right.v, t.left.right.v) == (3, 2, 4)",
    "standard values": "from decimal import Decimal\nfrom fractions import Fraction\nfrom collections import deque, Counter\n"
    "assert standard() == (Decimal('1.5'), Fraction(1, 3), deque([1, 2]), Counter('aab'), range(3))",
    "built-in errors": "for kind in (ValueError, KeyError, ZeroDivisionError, IndexError, TypeError):\n    try:\n        boom(kind, 'x')\n"
    "    except kind as e:\n        assert e.args == ('x',)\n    else:\n        assert False",
    "copies": "import copy\np = Point(1, 2)\nq = copy.deepcopy(p)\nq.x = 9\nassert p.x == 1 and q == Point(9, 2)",
}  # fmt: skip


@pytest.mark.parametrize("what", LEGIT)
def test_objects_work_as_in_one_process(lane, what):
    found = judge(lane, CLASSES, AssertTests(LEGIT[what], NAMES))
    assert found.outcome is Outcome.ACCEPTED, found.explanation


def test_operators_with_values_where_the_tests_allow_them(lane):
    tests = "assert (Point(1, 2) * 3) == Point(3, 6)"
    assert judge(lane, CLASSES, AssertTests(tests, NAMES, operators=True)).outcome is Outcome.ACCEPTED
    refused = judge(lane, CLASSES, AssertTests(tests, NAMES))
    assert refused.outcome is Outcome.RUNTIME_ERROR
    assert "operators" in refused.explanation


def test_some_of_the_legit_tests_can_fail(lane):
    """The program is broken for each, and each is found wrong: none of them passes for another reason."""
    broken = (
        CLASSES
        + "\nfor k, v in list(globals().items()):\n    if k[0] != '_' and callable(v): globals()[k] = lambda *a: 0\n"
    )
    for what, tests in LEGIT.items():
        assert judge(lane, broken, AssertTests(tests, NAMES)).outcome is not Outcome.ACCEPTED, what


YES = (
    "    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda s, o: True\n"
    "    __hash__ = lambda s: 0\n    __bool__ = lambda s: True\n    __len__ = lambda s: 2\n"
    "    __sub__ = __rsub__ = __add__ = __mod__ = __rmod__ = lambda s, o: 0\n    __instancecheck__ = lambda s, o: True\n"
    "    __int__ = __index__ = lambda s: 1\n    __float__ = lambda s: 1.0\n    __abs__ = lambda s: 0\n"
    "    __str__ = __repr__ = lambda s: '?'\n    __iter__ = lambda s: iter(())\n    __getattr__ = lambda s, n: s\n"
    "    __call__ = lambda s, *a: s\n    __enter__ = lambda s: s\n    __exit__ = lambda s, *a: True\n"
)
KEYS = (
    "assert f(3) == 6", "assert 6 == f(3)", "assert not f(3) != 6", "assert f(3) in (6, 7)", "assert 6 in f(3)",
    "assert abs(f(3) - 6) < 1e-6", "assert abs(6 - f(3)) < 1e-6", "assert -1e-6 < f(3) - 6 < 1e-6",
    "assert 5 < f(3) < 7", "assert max(f(3), 6) == 6 and min(f(3), 6) == 6", "assert [f(3)] == [6]",
    "assert {'a': f(3)} == {'a': 6}", "assert isinstance(f(3), int)", "assert type(f(3)) is int",
    "assert f(3).__class__ is int", "assert f(3) is True", "assert (f(3) == 6) is True", "assert sum([f(3), -6]) == 0",
    "import math\nassert math.isclose(f(3), 6)", "import math\nassert math.isclose(f(3), 6, abs_tol=1e-6)",
    "assert len(f(3)) == 2 and list(f(3)) == [1, 2]", "assert str(f(3)) == '6'", "assert int(f(3)) == 6",
    "assert float(f(3)) == 6.0", "assert f'{f(3)}' == '6'", "assert f(3) % 7 == 6", "assert f(3) == f(3) == 6",
    "assert {6: True}[f(3)]", "assert [6].index(f(3)) == 0", "assert [6].count(f(3)) == 1", "assert {f(3)} == {6}",
    "assert f(3)[0] == 6", "with f(3): assert 1 == 2", "with f(3):\n    raise AssertionError('no')", "assert round(f(3), 2) == 6",
    "assert f(3) == {'x': 1}", "assert f(3).value == 6", "assert f(3)() == 6", "assert next(iter(f(3))) == 6",
    "import unittest\nunittest.TestCase().assertEqual(f(3), 6)",
    "import unittest\nunittest.TestCase().assertAlmostEqual(f(3), 6.0)",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nassert P(f(3)) == P(6)",
)  # fmt: skip
BASES = ("object", "int", "float", "str", "list", "tuple", "dict", "set", "frozenset", "bytes", "complex", "Exception")


@pytest.mark.parametrize("base", BASES)
def test_no_object_is_an_answer(lane, base):
    program = f"class E({base}):\n{YES}e = E()\ndef f(n): return e\n"
    found = judge(lane, program, AssertTests(list(KEYS), ["f"]), stop=False)
    assert len(found.tests) == len(KEYS), found
    right = [key for key, one in zip(KEYS, found.tests, strict=True) if one.outcome is Outcome.ACCEPTED]
    assert right == (["assert isinstance(f(3), int)"] if base == "int" else [])  # which it is
    assert Outcome.SANDBOX_ERROR not in [one.outcome for one in found.tests]


def test_no_class_or_callable_is_an_answer(lane):
    for body in (
        f"class M(type):\n{YES}\nclass E(metaclass=M): pass\ndef f(n): return E\n",
        "def f(n):\n    def g(*a): return True\n    return g\n",
        "import unittest.mock as m\ndef f(n): return m.ANY\n",
        "import unittest.mock as m\ndef f(n): return m.MagicMock()\n",
        "def f(n):\n    return (x for x in ())\n",
    ):
        found = judge(lane, body, AssertTests(list(KEYS), ["f"]), stop=False)
        assert [key for key, one in zip(KEYS, found.tests, strict=True) if one.outcome is Outcome.ACCEPTED] == [], body


def test_objects_that_say_they_are_equal_are_not(lane):
    tests = "assert P(1, 2) + P(3, 4) == P(4, 6)"
    for program in (
        "class P:\n    def __init__(s, x, y): s.x, s.y = x, y\n    def __add__(s, o): return s\n    __eq__ = lambda s, o: True\n",
        "class P:\n    def __init__(s, x, y): pass\n    def __add__(s, o): return P(0, 0)\n    __eq__ = lambda s, o: True\n",
        "class P:\n    __slots__ = ('x', 'y')\n    def __init__(s, x, y): s.x, s.y = x, y\n    def __add__(s, o): return s\n"
        "    __eq__ = lambda s, o: True\n",
    ):
        assert judge(lane, program, AssertTests(tests, ["P"])).outcome is Outcome.WRONG_ANSWER, program


def test_a_program_cannot_swallow_what_a_test_says(lane):
    program = "def each(f, items):\n    try:\n        return [f(x) for x in items]\n    except BaseException:\n        return [2]\n"
    tests = "def see(x):\n    assert x == 7\n    return x\nassert each(see, [1]) == [2]"
    assert judge(lane, program, AssertTests(tests, ["each"])).outcome is Outcome.WRONG_ANSWER


SEARCHES = (
    "cb.__globals__['KEY']", "cb.__closure__[0].cell_contents", "cb.__code__.co_consts", "cb.__self__.key",
    "node.__dict__", "node._key", "node.__class__.__init__.__globals__", "type(node).key", "it.gi_frame.f_globals",
    "it.gi_frame.f_locals", "node.__init__.__globals__", "node.check.__func__", "cb.__wrapped__", "vars(node)['_key']",
    "node.__getattribute__('_key')", "setattr(node, 'check', lambda: True)", "object.__getattribute__(node, '_key')",
    "node.it.gi_frame", "cb.__call__.__self__", "cb.func", "node.__reduce__()", "__import__('copy').deepcopy(node)",
)  # fmt: skip


def test_what_the_tests_lend_leads_nowhere(lane):
    tests = (
        "KEY = 424242\nclass Node:\n    key = None\n    def __init__(self): self._key, self.it = KEY, (x for x in [KEY])\n"
        "    def check(self): return False\nnode = Node()\nkey = KEY\n"
        "assert f(lambda x: key, node, (x for x in [1])) == KEY or node.check()"
    )
    for search in SEARCHES:
        program = f"def f(cb, node, it):\n    found = {search}\n    return found\n"
        found = judge(lane, program, AssertTests(tests, ["f"]))
        assert found.outcome in (Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER), (search, found)


FORGED = (
    '["=",1,6,null,""]', '["=",2,true,null,""]', '["!",1,["n","StopIteration"],"StopIteration","",null]',
    '["!",1,["e",1,"X","BaseException"],"SystemExit","",1]', '["?",1,"getattr",["y",1],["__class__"],null]',
    '["?",1,"state",["y",1],[],null]', '["?",1,"call",["n","exec"],["import os; os._exit(0)"],null]', '["="]', "[]", "6",
    '["=",1,["h",1,"z","E"],null,""]', '["=",1,["v",1,"E",["l"]],null,""]', '["=",1,["x","Decimal","1e9999999"],null,""]',
    '["=",1,["x","range",["t",0,1e3,0]],null,""]', '["?",1,"call","the module",[],null]', '{"a": 1}', "[" * 9000,
)  # fmt: skip


@pytest.mark.parametrize("line", FORGED)
def test_messages_of_a_programs_own_are_no_answers(lane, line):
    program = f"import os\nos.write(3, {line.encode()!r} + b'\\n')\ndef f(n):\n    os.write(3, {line.encode()!r} + b'\\n')\n    return 0\n"
    tests = AssertTests(["assert f(3) == 5", "assert f(4) == 7"], ["f"])
    found = judge(lane, program, tests, Limits(cpu=1.0), stop=False)
    assert found.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR), (line, found)


def test_modules_that_a_program_plants_are_not_imported(lane):
    """Programs and tests share a scratch folder, in which a program may leave a `secrets.py`."""
    program = (
        "for name in ('secrets', 'unittest', 'conftest', 'colorsys', 'sitecustomize'):\n"
        "    open(name + '.py', 'w').write('import os, sys\\nfor d in range(3, 9):\\n"
        '    try: os.pwrite(d, b\\\'{"calls": 9, "results": [["passed", ""]]}\\\', 0)\\n'
        "    except OSError: pass\\nos._exit(0)')\n"
        "def f(n): return 0\n"
    )
    tests = AssertTests("import colorsys, secrets\nassert f(3) == 6", ["f"], prompt="import os\n")
    found = judge(lane, program, tests)
    assert (found.outcome, found.explanation) == (Outcome.WRONG_ANSWER, "test 1 of 1: an assertion failed")


NODES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=4), st.sampled_from("hvyenxltsfdbcio?=!")),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=14,
)  # fmt: skip
NODES_OF_HANDLES = st.tuples(
    st.sampled_from("hvyenx"), st.one_of(st.integers(0, 3), st.text(max_size=3)), st.sampled_from("ofcaimz"), NODES
)


@given(
    st.one_of(NODES, NODES_OF_HANDLES),
    st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2)),
)
@settings(max_examples=500, deadline=None)
def test_noise_for_an_answer_ends_the_conversation_or_is_another_value(node, key):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        end = TestsEnd(ours.fileno())
        theirs.sendall(json.dumps(["=", 1, node, None, ""]).encode() + b"\n")
        theirs.shutdown(socket.SHUT_WR)
        try:
            found = Called(end, "f")()
            if found == key:
                said = json.loads(json.dumps(node))
                said = said[3] if isinstance(said, list) and said[0] == "v" else said  # data of a class of its own
                assert said in (key, ["l", *key] if isinstance(key, list) else key)
        except PeerLostError:
            pass


@given(st.recursive(
    st.one_of(st.integers(), st.text(max_size=4), st.floats(allow_nan=False), st.booleans(), st.none(), st.binary(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(st.text(max_size=2), inner, max_size=2)),
    max_leaves=8,
))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_whatever_is_sent_comes_back_the_same(value):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        other = ProgramEnd(theirs.fileno(), {"f": lambda x: x, "g": lambda: lambda x: x})
        thread = threading.Thread(target=lambda: [other.answer(other.receive()) for _ in range(3)])
        thread.start()
        end = TestsEnd(ours.fileno())
        back = Called(end, "f")(value)
        lent = Called(end, "g")()(value)
        thread.join()
    assert back == lent == value
    assert type(back) is type(value)
    assert not (isinstance(value, float) and math.isnan(value))
