"""Nothing that can be called crosses to the tests' process, and no message of a program's moves it."""

import builtins
import importlib
import json
import random
import socket
import sys
import warnings
from collections import Counter
from types import ModuleType

import pytest

from rlvr.sandbox import AssertTests, FunctionTests, Limits, Outcome
from rlvr.sandbox.bridge.codec import CodecError
from rlvr.sandbox.bridge.handles import Called, Class, Handle, is_handle
from rlvr.sandbox.bridge.operations import OPERATIONS
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.bridge.plain_types import PLAIN_TYPES
from rlvr.sandbox.inside.answering import ProgramEnd
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.judges.tests_side.asking import TestsEnd
from rlvr.sandbox.judges.tests_side.lending import TESTS, library_path, operations

SECRET = 987654321
DATA = {bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, set, str, tuple}
# They open windows or browsers, start servers, or print, when they are imported.
NOISY = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "lib2to3", "test", "__main__", "pip"}


def callables_of_the_library():
    for name in dir(builtins):
        yield f"builtins.{name}", getattr(builtins, name)
    for name in sorted(sys.stdlib_module_names - NOISY):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module = importlib.import_module(name)
        except ImportError:
            continue
        for key, value in list(vars(module).items()):
            yield f"{name}.{key}", value


def test_the_closed_list_holds_data_types_and_exceptions_that_catch_nothing_of_the_tests():
    kinds = set(PLAIN_TYPES.values())
    assert kinds >= DATA
    for kind in kinds - DATA:
        assert issubclass(kind, Exception)
        assert not any(issubclass(one, kind) for one in (AssertionError, StopIteration, SystemExit)), kind


def test_whatever_can_be_called_arrives_as_a_handle():
    ours, theirs = socket.socketpair()
    seen = Counter()
    with ours, theirs:
        program, tests = ProgramEnd(theirs.fileno(), {}), TestsEnd(ours.fileno())
        for name, value in callables_of_the_library():
            if not callable(value):
                continue
            arrived = tests.decode(json.loads(json.dumps(program.encode(value))))
            if isinstance(value, type) and value in PLAIN_TYPES.values():
                assert arrived is value, name
            elif isinstance(value, type) and issubclass(value, Exception):
                assert issubclass(arrived, Exception), name
                assert arrived is not value, name
                assert not issubclass(AssertionError, arrived), name
            else:
                assert is_handle(arrived), name
            seen["class" if not is_handle(arrived) else "Class" if isinstance(arrived, Class) else "Called"] += 1
    assert seen["Called"] > 2000
    assert seen["Class"] > 800


def test_the_tests_lend_nothing_of_the_library():
    """What the library has is named, and looked up in the program's process; it is not called in the tests'."""
    for name, value in callables_of_the_library():
        owner = getattr(value, "__self__", None)
        bound = owner is not None and not isinstance(owner, ModuleType | type)  # a method of an object
        if callable(value) and not bound and name != "pdb.set_trace":  # pytest has put its own there
            assert not operations(value), name
    assert library_path(eval) == "builtins:eval"


class Fuzzer:
    """Messages as a hostile program would send them, most of them well formed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = Counter()

    def value(self, depth=0):
        one = self.random
        if depth > 2:
            return one.randrange(-5, 9)
        made = [
            lambda: one.randrange(-9, 1 << 40),
            lambda: one.choice(["", "x", "value", "__class__", "__globals__", "_key", "check", "key", "eval", "call"]),
            one.random,
            lambda: one.choice([True, False, None]),
            lambda: [one.choice("lts"), *(self.value(depth + 1) for _ in range(one.randrange(3)))],
            lambda: ["d", *([one.choice("abc"), self.value(depth + 1)] for _ in range(one.randrange(2)))],
            lambda: ["y", one.randrange(0, 9)],
            lambda: [
                "h",
                one.randrange(0, 60),
                one.choice("ofciam"),
                one.choice(["E", "int", ""]),
                "",
                one.randrange(-1, 9),
            ],
            lambda: ["e", one.randrange(60, 90), "E", one.choice(["ValueError", "AssertionError", "BaseException"])],
            lambda: ["v", one.randrange(90, 120), "V", one.choice([5, "t", ["t", 1, 2]])],
            lambda: ["n", one.choice([*PLAIN_TYPES, "eval", "exec", "getattr", "type"])],
            lambda: [
                "x",
                one.choice(["Decimal", "range", "deque", "Fraction"]),
                one.choice(["1.5", ["t", 1, 2, 3], ["l", 1]]),
            ],
            lambda: ["q", "builtins:eval"],
            lambda: ["k", "os:system", ["l", "true"], ["d"]],
            lambda: ["o", "thing"],
            lambda: ["b", "ff"],
            lambda: ["i", "0x10"],
        ]
        return one.choice(made)()

    def request(self):
        one = self.random
        operation = one.choice([*OPERATIONS])
        self.counts[operation] += 1
        arguments = [self.value() for _ in range(one.randrange(3))]
        if operation in ("getattr", "setattr", "delattr"):
            names = ["value", "_key", "__class__", "__dict__", "check", "it", "append"]
            arguments[:1] = [one.choice(names)]
        named = one.choice([None, None, None, ["d", ["default", 5]]])
        return ["?", one.randrange(1, 9), operation, ["y", one.randrange(0, 9)], arguments, named]

    def noise(self):
        one = self.random
        self.counts["noise"] += 1
        return one.choice(
            [
                lambda: ["?", 1, one.choice(["call", "eval", "", "__init__"]), one.choice(["f", 5, None]), [], None],
                lambda: [one.choice("=!?"), *(self.value() for _ in range(one.randrange(7)))],
                lambda: ["?", "1", "call", ["y", 1], "x", None],
                self.value,
            ]
        )()


class Recorder:
    """What the tests' end sent, as the program would see it."""

    def __init__(self, channel):
        self.channel = channel
        channel.setblocking(False)

    def read(self):
        data = b""
        try:
            while piece := self.channel.recv(1 << 20):
                data += piece
        except BlockingIOError:
            pass
        return data


TESTS_SOURCE = f"""
KEY = {SECRET}
class Node:
    def __init__(self): self.value, self._key, self.it = 1, KEY, iter([1, 2, 3])
    def check(self): return self._key == 5
    def __add__(self, other): return 3
    def __len__(self): return 2
    def __iter__(self): return iter([1, 2])
    def __getitem__(self, i): return [1, 2][i]
    def __call__(self, *a): return 4
def callback(*arguments, **named):
    key = KEY
    return len(arguments)
seen = []
lent = [callback, Node(), Node, iter([1] * 10**6), seen.append, lambda *a: None]
"""


def conversation(names):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # where the tests' end asks in turn, there comes no reply
    end = TestsEnd(ours.fileno())
    for one in names["lent"]:
        end.encode(one)
    return end, ours, Recorder(theirs)


def deliver(end, channel, message):
    """One message of the program's, as a request or as the reply to one."""
    channel.sendall(json.dumps(message).encode() + b"\n")
    received = end.receive()
    if received[0] == "?":
        end.answer(received)
    elif received[:2] == ["=", 1]:
        end.decode(received[2] if len(received) > 2 else None)


def test_a_hundred_thousand_messages_move_nothing():
    """None of a program's own messages is answered with a secret, crashes, hangs, or runs what it names."""
    wanted = 100_000
    names = {"__name__": TESTS}
    exec(compile(TESTS_SOURCE, "<tests>", "exec"), names)
    fuzzer, ran, watching = Fuzzer(0), [], [True]
    answered = lost = told = 0

    def notice(event, _):
        if watching[0] and event in ("exec", "compile", "os.system", "subprocess.Popen", "import"):
            ran.append(event)

    sys.addaudithook(notice)
    end, ours, recorder = conversation(names)
    for number in range(wanted):
        message = fuzzer.request() if number % 10 < 7 else fuzzer.noise()
        try:
            deliver(end, recorder.channel, message)
            answered += 1
        except (PeerLostError, CodecError):
            lost += 1
        end._pending = None
        sent = recorder.read()
        told += len(sent)
        assert str(SECRET).encode() not in sent, message
        if end.lost:
            ours.close()
            recorder.channel.close()
            end, ours, recorder = conversation(names)
    watching[0] = False
    ours.close()
    recorder.channel.close()
    reached = {name: count for name, count in fuzzer.counts.items() if name != "noise"}
    figures = f"{sum(reached.values())} of {wanted} well formed, {answered} answered, {lost} lost, {reached}"
    assert set(reached) == set(OPERATIONS), figures
    assert min(reached.values()) >= 500, figures
    assert sum(reached.values()) >= wanted / 2, figures
    assert answered >= wanted / 2, figures
    assert told > wanted, figures
    assert ran == [], figures


FLOOD = """
import json, os, random
one = random.Random({seed})
lines = [
    '["=",1,6,null,""]', '["=",{{n}},987654321,null,""]', '["!",{{n}},null,"ValueError","x",null]', '["ready",0]',
    '["?",{{n}},"call",["n","eval"],["1"],null]', '["?",{{n}},"getattr",["y",{{n}}],["__globals__"],null]',
    '["?",{{n}},"call",["y",1],[["h",9,"f","x"]],null]', '["=",{{n}},["h",1,"o","E","",0],null,""]', '{{"a": 1}}',
    '["passed","",""]',
]
def flood():
    data = b''.join(one.choice(lines).replace('{{n}}', str(one.randrange(4))).encode() + b'\\n' for _ in range({count}))
    frame = len(b'987654321').to_bytes(4, 'little') + b'r987654321'
    for d in range(8):
        try:
            os.set_blocking(d, False)
            os.write(d, data if d != 3 or one.random() < 0.5 else one.choice([data, frame * 99]))
        except OSError: pass
{place}
def f(x):
    {call}
    return 0
"""


@pytest.mark.parametrize("form", ["assert", "function"])
def test_floods_on_every_descriptor_are_no_verdict(lane, form):
    """The same over real descriptors: wherever the program writes, the verdict is that it is wrong."""
    tests = AssertTests(["assert f(3) == 13572468", "assert f(4) == 7"], ["f"])
    if form == "function":
        tests = FunctionTests("f", [([3], 13572468), ([4], 7)])
    for seed in range(25):
        for place, call in (("flood()", "pass"), ("", "flood()")):
            program = FLOOD.format(seed=seed, count=100, place=place, call=call)
            found = judge(lane, program, tests, Limits(cpu=1.0, wall=2.0), stop=False)
            assert found.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR), (seed, found)
            assert found.passed == 0, (seed, found)


def test_a_handle_is_never_called_here():
    calls = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        end = TestsEnd(ours.fileno())
        handle = end.decode(["h", 1, "f", "function", "f", 0])
        assert isinstance(handle, Called)
        end._request = lambda *asked: calls.append(asked)
        handle(5)
        assert isinstance(handle, Handle)
    assert [one[0] for one in calls] == ["call"]
