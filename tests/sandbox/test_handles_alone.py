# ruff: noqa: E501 - tables, a case after the other
"""What a handle answers by itself, and what it has the other side do: each operator, each operation."""

import asyncio
import copy
import operator

import pytest
from bridged import bridged, called, scripted

from rlvr.sandbox.bridge.handles import Container, ForgedError, Handle, RefusedError, Types, Whole, is_handle, is_same
from rlvr.sandbox.bridge.special_methods import TYPED
from rlvr.sandbox.inside.answering import ProgramEnd

OBJECT = """
class Odd:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __lt__(self, other): return True
    def __gt__(self, other): return True
    def __le__(self, other): return True
    def __ge__(self, other): return 1
    def __len__(self): return self.value
    def __int__(self): return self.value
    def __index__(self): return self.value
    def __float__(self): return self.value
    def __complex__(self): return self.value
    def __str__(self): return self.value
    def __repr__(self): return self.value
    def __bool__(self): return self.value
    def __bytes__(self): return self.value
    def __format__(self, how): return self.value
class Pair:
    def __init__(self, x, y=0): self.x, self.y = x, y
    def __eq__(self, other): return (self.x, self.y) == (other.x, other.y)
    def __lt__(self, other): return self.x < getattr(other, "x", other)
    def __gt__(self, other): return self.x > getattr(other, "x", other)
    def __le__(self, other): return self.x <= getattr(other, "x", other)
    def __add__(self, other): return Pair(self.x + getattr(other, "x", other), self.y)
    def __radd__(self, other): return Pair(other + self.x, self.y)
    def __sub__(self, other): return self.x - getattr(other, "x", other)
    def __rsub__(self, other): return other - self.x
    def __contains__(self, item): return item == self.x
    def __neg__(self): return -self.x
    def __pos__(self): return Pair(self.x)
    def __abs__(self): return abs(self.x)
    def __round__(self, digits=0): return round(self.x, digits)
    def __copy__(self): return Pair(self.x, 9)
    def __getitem__(self, key): return (self.x, self.y)[key]
    def __call__(self, *a, **k): return (self.x, a, k)
    def copied(self): return self
class Boxed(Pair):
    def __abs__(self): return self.x
class Empty:
    def __eq__(self, other): return True
class Other(Pair): pass
def odd(value): return Odd(value)
def pair(x, y=0): return Pair(x, y)
def other(x, y=0): return Other(x, y)
def empty(): return Empty()
def numbers(n): return iter(range(n))
def one(): return [1]
class Rows(list): pass
class Table(dict): pass
def rows(*a): return Rows(a)
def table(**k): return Table(k)
async def later(x): return x
class Mgr:
    def __init__(self, swallows): self.swallows = swallows
    def __enter__(self): return 5
    def __exit__(self, kind, error, trace):
        self.saw = None if kind is None else (kind.__name__, str(error))
        return self.swallows
def mgr(swallows): return Mgr(swallows)
class Attr: pass
def attr():
    a = Attr(); a.x = 1
    return a
def f(x): return x
"""


@pytest.fixture
def named():
    with bridged(OBJECT) as (_, named):
        yield named


@pytest.fixture
def operated():
    with bridged(OBJECT, operators=True) as (_, named):
        yield named


CONVERT = {
    "len": len, "int": int, "index": operator.index, "float": float, "complex": complex, "str": str, "repr": repr, "bool": bool,
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERT)
def test_conversions_are_of_that_very_type(named, name):
    kind, right = TYPED[name], {int: 7, float: 2.0, complex: 1j, str: "s", bool: True}
    assert CONVERT[name](named("odd")(right[kind])) == right[kind]
    wrong = {int: None, float: 3, complex: 1.0, str: 5, bool: 1}
    with pytest.raises(TypeError):
        CONVERT[name](named("odd")(wrong[kind]))
    with scripted() as (end, script):  # an answer that no such function could have given
        script.say(["=", 1, True if kind is int else 5 if kind is not int else None, None, ""])
        with pytest.raises(ForgedError, match=f"gives no {kind.__name__} here"):
            getattr(Whole(end, 1), f"__{name}__")()


def test_formats_and_bytes_are_texts_and_bytes(named):
    assert f"{named('odd')('a'):>3}" == "a"
    assert named("odd")(b"x").__bytes__() == b"x"
    with scripted() as (end, script):
        script.say(["=", 1, 5, None, ""], ["=", 2, "x", None, ""])
        with pytest.raises(ForgedError):
            f"{Whole(end, 1)}"
        with pytest.raises(ForgedError):
            Whole(end, 1).__bytes__()


def test_a_handle_equals_no_data_and_only_what_consists_of_the_same(named):
    pair = named("pair")
    one = pair(1, 2)
    assert one == one  # noqa: PLR0124
    assert one == pair(1, 2)
    assert one != pair(1, 3)
    assert one != named("other")(1, 2)
    odd = named("odd")
    assert odd(1) != odd(2)
    assert odd(1) == odd(1)
    assert named("empty")() != named("empty")()  # there is nothing to compare
    for data in (1, (1, 2), "x", None, [1, 2], {"x": 1}):
        assert odd(1) != data
        assert data != odd(1)
    assert one in [0, one]
    with pytest.raises(TypeError, match="unhashable"):  # as it is over there
        hash(one)
    assert hash(odd(1)) == hash(odd(1))
    assert len({odd(1), odd(1), odd(2)}) == 2


def test_handles_of_two_programs_are_never_equal():
    with bridged(OBJECT) as (_, here), bridged(OBJECT) as (_, there):
        one, two = here("pair")(1), there("pair")(1)
        assert one != two


def test_equality_that_the_program_says_is_checked():
    with scripted() as (end, script):
        one, two = Whole(end, 1), Whole(end, 2)
        kind = ["h", 3, "c", "type", "P", 0]
        state = ["d", ["x", 1]]

        def answer(*values):
            first = end.asked + 1
            script.say(*(["=", first + place, value, None, ""] for place, value in enumerate(values)))
            result = one == two
            for _ in range(end.asked + 1 - first):
                script.hear()
            for _ in range(len(values) - (end.asked + 1 - first)):
                end.receive()
            return result

        assert answer(True, state, state, kind, kind) is True
        assert answer(True, state, state, kind, ["h", 4, "c", "type", "Q", 0]) is False
        assert answer(True, state, ["d", ["x", 2]]) is False
        assert answer(True, ["d"], ["d"], kind, kind) is False
        assert answer(True, ["l", 1], ["l", 1], kind, kind) is False
        for said in (False, 1, None, "yes", ["l", 1]):
            assert answer(said, state, state, kind, kind) is False


def test_the_program_believes_the_tests_where_they_say_so():
    with scripted(ProgramEnd, names={}) as (end, script):
        for said, equal in ((True, True), (False, False), (1, False), ("yes", False)):
            script.say(["=", end.asked + 1, said, None, ""])
            assert (Whole(end, 1) == 5) is equal


def test_operators_with_values_of_the_tests_are_refused(named):
    one, value = named("pair")(3), 3
    for use in (
        lambda: one + value, lambda: value + one, lambda: one - value, lambda: value - one, lambda: one < value, lambda: one > value,
        lambda: value < one, lambda: one <= value, lambda: one >= value, lambda: divmod(one, value), lambda: one @ value,
    ):  # fmt: skip
        with pytest.raises(TypeError, match="`operators` allows it"):
            use()
    two = named("pair")(4)
    assert (one < two, one > two, one <= two, two - one) == (True, False, True, 1)
    assert (one + two).x == 7
    assert (-one, abs(one), round(one, 1), round(one)) == (-3, 3, 3, 3)
    assert value in one  # by what it holds, not by what it says
    assert 0 in one
    assert 4 not in one


def test_operators_are_asked_of_what_the_tests_make_and_of_nothing_else(operated):
    made, returned = operated("Pair")(3), operated("pair")(3)
    assert ((made + 1).x, (1 + made).x, made - 1, 10 - made, made < 4, made > 4) == (4, 4, 2, 7, True, False)
    assert ((made + 1) + 1).x == 5
    assert 3 in made
    assert 0 not in made  # it says so itself
    with pytest.raises(TypeError, match="`add` between"):
        returned + 1
    with pytest.raises(TypeError, match="operators"):
        (returned + returned) + 1
    assert 0 in returned
    for answer in (made.copied(), operated("f")(made)):  # the same object, but as an answer of the program's
        assert answer is not made
        assert answer == made
        with pytest.raises(RefusedError, match="operators"):
            answer + 1
    assert made + 1
    assert (+made) - 1 == 2
    assert copy.copy(made) - 1 == 2
    with pytest.raises(RefusedError, match="operators"):
        copy.copy(returned) - 1
    with pytest.raises(RefusedError, match="operators"):
        abs(operated("Boxed")(made)) - 1  # `abs` is an answer
    assert (made + 1) is not (made + 1)
    again = operated("Pair")(5)
    assert again.x == 5
    assert again - 1 == 4


def test_what_the_tests_made_is_no_answer_when_it_comes_back():
    program = (
        OBJECT
        + "class Box:\n    def __init__(self, x): self.x = x\n    def get(self): return self.x\n    def me(self): return self\n"
    )
    with bridged(program, operators=True) as (end, named):
        inside = named("Pair")(7)
        box = named("Box")(inside)
        for back, made in ((box.x, inside), (box.get(), inside), (box.me(), box)):
            assert back is not made
            assert is_same(back, made)
            assert back == made
            assert (end.answers_operators(back), end.answers_operators(made)) == (False, True)
        assert not is_same(box, inside)
        assert not is_same(box, 5)
        assert is_same(5, 5)
        assert not is_same(5, box)
        assert end._tests_own(5) == 5
    with bridged(program) as (end, named):
        made = named("Pair")(7)
        assert not end.answers_operators(made)


def test_two_objects_cannot_both_be_less(named):
    one, two = named("odd")(1), named("odd")(2)
    for use in (lambda: one < two, lambda: one > two):
        with pytest.raises(ForgedError, match="in both directions"):
            use()
    assert one <= two
    with pytest.raises(ForgedError, match="gives no bool"):
        one >= two  # noqa: B015


def test_iterators_make_their_values_one_by_one(named):
    numbers = named("numbers")(2)
    assert (next(numbers), next(numbers), next(numbers, "end")) == (0, 1, "end")
    assert list(named("numbers")(3)) == [0, 1, 2]
    with scripted() as (end, script):
        script.say(["=", 1, ["h", 1, "i", "x"], None, ""])
        found = called(end)()
        for value in (None, 5, ["l", 1], ["t", 1, 2], ["t"]):
            script.say(["=", end.asked + 1, value, None, ""])
            assert next(found, "end") == "end"
        script.say(["=", end.asked + 1, ["t", 7], None, ""])
        assert next(found, "end") == 7


def test_what_containers_hold_is_compared_as_data(named):
    rows = named("rows")(1, 2)
    assert isinstance(rows, Container)
    assert rows == [1, 2]
    assert rows == [1, 2]
    assert rows != [1]
    assert rows == named("rows")(1, 2)
    assert rows != named("rows")(1, 3)
    assert rows == rows  # noqa: PLR0124
    assert named("table")(a=1) == {"a": 1}
    assert named("table")(a=1) != {"a": 2}
    with pytest.raises(TypeError):
        hash(rows)
    assert (rows[0], len(rows), list(rows), 2 in rows, 3 in rows) == (1, 2, [1, 2], True, False)
    rows[0] = 5
    del rows[1]
    assert rows == [5]


def test_attributes(named):
    one = named("attr")()
    one.y = 2
    assert (one.x, one.y) == (1, 2)
    del one.y
    assert not hasattr(one, "y")
    assert copy.copy(named("pair")(1)).y == 9
    assert copy.deepcopy(named("pair")(1, 2)) == named("pair")(1, 2)
    for probed in ("__array__", "__fspath__", "__wrapped__", "pytestmark", "__length_hint__", "__bytes__", "__await__"):
        with pytest.raises(AttributeError, match=f"^{probed}$"):
            getattr(Handle(None, 1), probed)  # the other side is not even asked


def test_classes_say_what_is_theirs(named):
    pair, other = named("Pair"), named("Other")
    one, two = named("pair")(1), named("other")(1)
    assert [isinstance(x, y) for x in (one, two) for y in (pair, other)] == [True, False, True, True]
    assert (isinstance(5, pair), isinstance("x", pair)) == (False, False)
    assert (issubclass(other, pair), issubclass(pair, other), issubclass(int, pair)) == (True, False, False)
    with scripted() as (end, script):
        for said in (1, "yes", None):
            script.say(["=", end.asked + 1, said, None, ""])
            assert isinstance(Whole(end, 1), called(end).__class__) is False
            end.receive()
        kind = Types().of("c", "K")(end, 5)
        for said in (1, "yes"):
            script.say(["=", end.asked + 1, said, None, ""], ["=", end.asked + 2, said, None, ""])
            assert (isinstance(Whole(end, 1), kind), issubclass(kind, kind)) == (False, False)


def test_coroutines_run_over_there(named):
    assert asyncio.run(named("later")(3)) == 3

    async def go():
        return await named("later")(4)

    assert asyncio.run(go()) == 4
    waiting = named("later")(5)
    with pytest.raises(KeyError):
        waiting.throw(KeyError("x"))
    waiting.close()


def test_a_context_manager_swallows_errors_only():
    with bridged(OBJECT) as (end, named):
        manager = named("mgr")
        with manager(True) as given:
            assert given == 5
            raise KeyError("x")
        kept = manager(True)
        with kept:
            pass
        assert kept.saw is None
        for error, swallows in (
            (KeyError("x"), False),
            (KeyError("x"), 1),
            (AssertionError("x"), True),
            (SystemExit(1), True),
        ):
            kept = manager(swallows)
            if swallows == 1 and swallows is not True:
                with kept:  # over there `bool` has made a truth of it
                    raise error
                continue
            with pytest.raises(type(error)), kept:
                raise error
        with manager(True) as _:
            raise ValueError("told")
        kept = manager(True)
        with kept:
            raise ValueError("told")
        assert kept.saw == ("ValueError", "told")
        end.skips = lambda error: isinstance(error, KeyError)
        with pytest.raises(KeyError), manager(True):
            raise KeyError("x")
        with manager(True):
            raise ValueError("x")
    with scripted() as (end, script):
        script.say(["=", 1, 1, None, ""], ["=", 2, True, None, ""], ["=", 3, True, None, ""])
        whole = Whole(end, 1)
        assert whole.__exit__(KeyError, KeyError("x"), None) is False
        assert whole.__exit__(None, None, None) is False
        assert whole.__exit__(KeyError, KeyError("x"), None) is True
        assert [script.hear()[4] for _ in range(3)] == [[["t", "KeyError", "'x'"]], [None], [["t", "KeyError", "'x'"]]]


def test_names_of_functions_come_with_them(named):
    assert named("f").__class__.__name__ == "Class"
    assert is_handle(named("f"))
    assert not is_handle(5)
    assert not is_handle(Handle)
