"""The codec and the comparison, on values and on noise: no crash, no false pass."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.sandbox import Comparison
from rlvr.sandbox.bridge.codec import CodecError, Opaque, decode, dumps, encode, loads
from rlvr.sandbox.bridge.frames import frames
from rlvr.sandbox.judges.compare import ComparisonError

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.complex_numbers(allow_nan=False),
)
KEYS = st.one_of(st.text(max_size=4), st.integers(), st.tuples(st.integers(), st.text(max_size=2)))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.frozensets(st.integers(), max_size=4),
    ),
    max_leaves=12,
)
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from("ltsfdbcio")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=12,
)
SAME = Comparison()


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_values_cross_whole(value):
    crossed = loads(dumps(encode(value)))
    back = decode(crossed)
    assert back == value
    assert type(back) is type(value)
    assert SAME.values_agree(crossed, value)


@given(VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_what_differs_never_agrees(one, other):
    if SAME.values_agree(loads(dumps(encode(one))), other):
        # Equal in Python too, but that lists and tuples are the same here.
        assert decode(_listed(encode(one))) == decode(_listed(encode(other)))


def _listed(node):
    if not isinstance(node, list):
        return node
    return [{"t": "l"}.get(node[0], node[0]), *[_inner(node[0], part) for part in node[1:]]]


def _inner(tag, part):
    if tag == "d":
        return [part[0], _listed(part[1])]
    return part if tag in "sf" else _listed(part)


@given(st.one_of(st.binary(max_size=200), JSONS.map(lambda value: json.dumps(value).encode())), VALUES)
@settings(max_examples=600, deadline=None)
def test_noise_is_refused_or_harmless(noise, expected):
    try:
        found = loads(noise)
        SAME.values_agree(found, expected)
        decode(found)
    except CodecError:
        pass
    list(frames(noise, 10))


@given(st.binary(max_size=60), st.text(max_size=30))
@settings(max_examples=400, deadline=None)
def test_outputs_that_agree_have_the_same_words(actual, expected):
    for mode in ("lines", "words", "tokens"):
        if Comparison(mode).outputs_agree(actual, expected.encode()):
            assert actual == expected.encode() or actual.decode().split() == expected.split()


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=400, deadline=None)
def test_tolerance_is_what_it_says(one, other):
    agree = Comparison(tolerance=1e-6).outputs_agree(repr(one).encode(), repr(other).encode())
    assert agree == (one == other or abs(one - other) <= 1e-6 * max(1.0, abs(other)))


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("1000000100.0", "1000000007"),  # np.allclose lets this pass
        ("1_000", "1000.0"),
        ("٣", "3.0"),
        ("nan", "nan.0"),
        ("inf", "1e999"),
        ("0x10", "16.0"),
        ("3.0000001", "3"),
        ("1e400", "1e401"),
        ("1 2", "1.0"),
        ("", "0.0"),
        ("1" * 500, "1.0"),
    ],
)
def test_numbers_that_are_none_or_others(actual, expected):
    assert not Comparison(tolerance=1e-6).outputs_agree(actual.encode(), expected.encode())


@pytest.mark.parametrize(
    ("actual", "expected", "mode", "same"),
    [
        (b"7", b"7\n", "lines", True),
        (b"7 \r\n\n\n", b"7\n", "lines", True),
        (b" 7\v", b"7", "lines", True),
        (b"1\t 2", b"1 2", "lines", True),
        (b"1\n\n2", b"1\n2", "lines", True),
        (b"1\n\n\n2", b"1\n\n2", "lines", False),
        (b"1\n2", b"1\n\n2", "lines", False),
        (b"1\n2", b"1\n\n2", "words", True),
        (b"12", b"1 2", "lines", False),
        (b"1 2", b"12", "words", False),
        (b"1\xc2\xa02", b"1 2", "lines", False),
        # A picture: what is expected has blanks to spare, in this line or in another.
        (b"*\n**", b" *\n**", "lines", False),
        (b" *\n **", b" *\n**", "lines", False),
        (b" *  \n** ", b" *\n**", "lines", True),
        (b"a b", b"a  b", "lines", False),
        (b"a b", b"a\tb", "lines", False),
        (b"*\n**", b" *\n**", "words", True),
        (b"1 2 3", b"1 2\n3", "words", False),
        (b" 7", b"7", "tokens", True),
        (b"7\n8", b"7 8", "tokens", True),
        (b"7\n8", b"7 8", "lines", False),
        (b"7", b"7\n", "exact", False),
        (b"\xff\xfe", b"\xff", "lines", False),
    ],
)
def test_modes(actual, expected, mode, same):
    assert Comparison(mode).outputs_agree(actual, expected) is same


@pytest.mark.parametrize(
    ("actual", "expected", "same"),
    [
        ("0.333333, 0.25", "0.3333333333, 0.250", True),
        ("[0.333333,0.25]", "[0.3333333333,0.250]", True),
        ("x=0.5000001%", "x=0.5%", True),
        ("(0.5;-0.25)", "(0.500;-0.250)", True),
        ("x=0.50001%", "x=0.5%", False),
        ("[0.5 0.25]", "[0.5, 0.25]", False),
        ("0.5,", "0.50", False),
        ("1,000.5", "1,000.50", True),
        ("2024-01-02", "2024-01-03", False),
        ("3.0", "3", True),
        ("3e0", "3", True),
        ("4", "3.0", False),
        ("9007199254740993.0", "9007199254740992", False),
    ],
)
def test_a_tolerance_sees_numbers_between_marks(actual, expected, same):
    assert Comparison(tolerance=1e-6).outputs_agree(actual.encode(), expected.encode()) is same


@pytest.mark.parametrize(
    ("actual", "expected", "same"),
    [
        ("3.000009", "3", True),
        ("3.000011", "3", False),
        ("1000000.00002", "1000000.0", False),
        ("1000000.000009", "1000000.0", True),
        ("4", "3", False),
        ("YES", "yes", True),
        ("Ä", "ä", False),
    ],
)
def test_an_absolute_tolerance_and_case(actual, expected, same):
    comparison = Comparison("tokens", tolerance=1e-5, ignore_case=True, absolute=True)
    assert comparison.outputs_agree(actual.encode(), expected.encode()) is same


def test_values_are_near_by_rounding_alone():
    assert SAME.values_agree(0.1 + 0.2, 0.3)
    assert SAME.values_agree(1.0 + 0.9e-9, 1.0)
    assert not SAME.values_agree(1.0 + 1.1e-9, 1.0)
    assert SAME.values_agree(0.9e-12, 0.0)
    assert not SAME.values_agree(1.1e-12, 0.0)
    assert not SAME.values_agree(0.0, 1e-15)
    assert not SAME.values_agree(1.0 + 1e-10, 1)
    assert SAME.values_agree(math.nan, math.nan)
    assert not SAME.values_agree(math.nan, 1.0)
    assert not SAME.values_agree(None, math.nan)
    assert Comparison(tolerance=1e-5, absolute=True).values_agree(3.000009, 3)
    assert not Comparison(tolerance=1e-5, absolute=True).values_agree(3.000011, 3)


def test_keys_that_json_has_as_texts():
    json_keys = Comparison(json_keys=True)
    assert json_keys.values_agree(["d", [1, 2], [-3, 4]], {"1": 2, "-3": 4})
    assert json_keys.values_agree(["d", ["1", 2]], {"1": 2})
    assert json_keys.values_agree(["l", ["d", [["i", hex(10**20)], 2]]], [{str(10**20): 2}])
    assert not json_keys.values_agree(["d", [1, 2], ["-3", 4]], {"1": 2, "-3": 4})
    assert not json_keys.values_agree(["d", [1, 3]], {"1": 2})
    assert not json_keys.values_agree(["d", [True, 2]], {"1": 2})
    assert not json_keys.values_agree(["d", [1, 2]], {"a": 2})
    assert not json_keys.values_agree(["d", [1, 2], [2, 2]], {"1": 2, "01": 2})
    assert not SAME.values_agree(["d", [1, 2]], {"1": 2})


def test_types_are_told_apart():
    assert not SAME.values_agree(True, 1)
    assert not SAME.values_agree(1, True)
    assert not SAME.values_agree("1", 1)
    assert not SAME.values_agree(["o", "E"], "E")
    assert not SAME.values_agree(["d", ["a", 1]], {"a": 1, "b": 2})
    assert not SAME.values_agree(["d", ["a", 1], ["a", 1]], {"a": 1, "b": 1})
    assert not SAME.values_agree(["s", 1, 1], {1, 2})
    assert not SAME.values_agree(None, 0)
    assert SAME.values_agree(["t", 1.0, ["i", "0x2"]], [1, 2])
    assert Comparison(tolerance=1e-6).values_agree(0.30000000000000004, 0.3)
    assert not Comparison(tolerance=1e-6).values_agree(7.0000001, 7)
    assert not Comparison(tolerance=1e-6).values_agree(math.inf, 1.0)
    assert Opaque("E") != Opaque("E")


def test_a_truth_value_is_no_key_and_no_member_where_a_number_is():
    """Python takes `True` for `1` in every set and mapping."""
    assert SAME.values_agree(["d", [1, "x"]], {1: "x"})
    assert SAME.values_agree(["d", [1.0, "x"]], {1: "x"})
    assert not SAME.values_agree(["d", [True, "x"]], {1: "x"})
    assert not SAME.values_agree(["d", [1, "x"]], {True: "x"})
    assert SAME.values_agree(["s", True], {True})
    assert not SAME.values_agree(["s", True], {1})
    assert not SAME.values_agree(["s", 0, 2], {False, 2})


@pytest.mark.parametrize(
    "attack", ["[" * 100_000, '["l",' * 5000 + "1" + "]" * 5000, '["i","0x' + "f" * 600_000 + '"]']
)
def test_hostile_sizes_are_refused(attack):
    with pytest.raises(CodecError):
        loads(attack.encode())


def test_keys_made_to_collide_cost_no_time():
    base = 2**61 - 1
    attack = ["d", *[[["i", hex(base * i + 1)], 0] for i in range(20_000)]]
    assert not SAME.values_agree(loads(dumps(attack)), {i: 0 for i in range(20_000)})


def test_comparisons_nobody_defined():
    with pytest.raises(ComparisonError, match="Did you mean `tokens`"):
        Comparison("token")  # pyright: ignore
    with pytest.raises(ComparisonError):
        Comparison(tolerance=2.0)
    with pytest.raises(ComparisonError):
        Comparison("exact", 1e-6)
