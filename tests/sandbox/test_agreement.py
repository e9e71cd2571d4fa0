# ruff: noqa: E501 - tables, a case after the other
"""When outputs and values agree: both sides of each threshold."""

import sys

import pytest

from rlvr.sandbox import Comparison
from rlvr.sandbox.bridge.codec import encode
from rlvr.sandbox.judges.compare import MODES, ComparisonError

SAME, NEAR = Comparison(), Comparison(tolerance=0.25)


def test_comparisons_that_are_none_say_what_is_wrong():
    assert MODES == ("lines", "words", "tokens", "exact")
    for tolerance in (0.0, 1.0, -0.1, 1.5, float("inf"), float("nan")):
        with pytest.raises(ComparisonError, match="between 0 and 1"):
            Comparison(tolerance=tolerance)
    for tolerance in (1e-300, 0.999):
        assert Comparison(tolerance=tolerance).tolerance == tolerance
    with pytest.raises(ComparisonError, match="`exact` compares bytes"):
        Comparison("exact", 0.1)
    assert Comparison("tokens", 0.1).mode == "tokens"
    assert Comparison("exact").tolerance is None
    with pytest.raises(ComparisonError, match="no comparison `lin`"):
        Comparison("lin")  # pyright: ignore
    with pytest.raises(AttributeError):
        SAME.mode = "exact"  # pyright: ignore
    with pytest.raises((AttributeError, TypeError)):
        SAME.other = 1  # pyright: ignore


@pytest.mark.parametrize(
    ("actual", "expected", "agree"),
    [
        ("0.25", "0.0", True), ("-0.25", "0.0", True), ("0.2500001", "0.0", False), ("-0.2500001", "0.0", False),
        ("0.75", "0.5", True), ("0.8", "0.5", False), ("0.25", "0.5", True), ("0.2", "0.5", False),  # absolutely
        ("10.0", "8.0", True), ("10.1", "8.0", False), ("6.0", "8.0", True), ("5.9", "8.0", False),  # relatively
        ("-10.0", "-8.0", True), ("-10.1", "-8.0", False), ("-8.0", "8.0", False),
        ("10", "8.0", True), ("8.5", "8", False), ("8.0", "8", True), ("8.1", "8", False), ("8", "+8", False), ("+8.0", "8.0", True),
        ("8.", "8.0", True), (".8", "0.8", True), ("8e0", "8.0", True), ("8.0", "8e0", True), ("a", "8.0", False),
        ("8.0", "a.0", False), ("8.0", "-", False), ("1e999", "8.0", False), ("8.0", "1e999", False),
        ("1e999", "1.0e999", False), ("8.0 8", "8.1 8", True), ("8.0 8", "8.1 9", False), ("8.0 9.0", "8.1", False),
        ("8.0", "8.1 9.0", False), ("x 8.0", "x 8.1", True), ("y 8.0", "x 8.1", False),
    ],
)  # fmt: skip
def test_numbers_are_near(actual, expected, agree):
    for mode in ("lines", "tokens"):
        near = Comparison(mode, 0.25)
        assert near.outputs_agree(actual.encode(), expected.encode()) is agree
        assert near.outputs_agree(f"1\n{actual}\n".encode(), f"1\n{expected}".encode()) is agree
        if actual != expected:
            assert not Comparison(mode).outputs_agree(actual.encode(), expected.encode())


def test_numbers_of_more_than_400_digits_are_none():
    assert NEAR.outputs_agree(b"1." + b"0" * 398, b"1.00")
    assert not NEAR.outputs_agree(b"1." + b"0" * 399, b"1.00")
    assert NEAR.outputs_agree(b"1.00", b"1." + b"0" * 400)
    assert not NEAR.outputs_agree(b"1.00", b"1." + b"0" * 401)


@pytest.mark.parametrize(
    ("actual", "expected", "modes"),
    [
        ("a", "a", "lwte"), ("a\n", "a", "lwt"), ("a\r\nb", "a\nb\n", "lwt"), ("a \t", "a", "lwt"), ("a\n\n \n", "a", "lwt"),
        (" a", "a", "lwt"), ("a  b", "a b", "lwt"), ("a\tb", "a b", "lwt"), ("a\n\nb", "a\nb", "lwt"), ("\n", "", "lwt"),
        ("8.0  9", "8.0 9", "lwt"), ("ab", "a b", ""), ("", "a", ""), ("a", "", ""), ("a\nb", "b\na", ""), ("a b", "a", ""),
        ("a", "a b", ""), ("a\rb", "a\nb", "t"),
        # What is expected has blanks or blank lines to spare, as pictures have.
        ("a", " a", "wt"), ("a b", "a  b", "wt"), ("a b", "a\tb", "wt"), ("a\nb", "a\n\nb", "wt"), ("a\n\n\nb", "a\n\nb", "wt"),
    ],
)  # fmt: skip
def test_modes(actual, expected, modes):
    for mode in MODES:
        assert Comparison(mode).outputs_agree(actual.encode(), expected.encode()) is (mode[0] in modes), mode


def test_blanks_between_numbers_where_there_is_a_tolerance():
    assert NEAR.outputs_agree(b"8.0  9", b"8.1 9")
    assert not NEAR.outputs_agree(b"8.0\n9", b"8.1 9")
    assert not NEAR.outputs_agree(b"8.0\n9\n9", b"8.1\n9")
    assert Comparison("tokens", 0.25).outputs_agree(b"8.0\n9", b"8.1 9")


@pytest.mark.parametrize("mode", ["lines", "tokens"])
def test_output_that_is_no_utf8_is_wrong_but_where_it_is_the_very_bytes(mode):
    assert not Comparison(mode).outputs_agree(b"\xff\n", b"\xff")
    assert Comparison(mode).outputs_agree(b"\xff", b"\xff")
    assert not Comparison(mode).outputs_agree(b"a", b"\xff")


@pytest.mark.parametrize(
    ("actual", "expected", "agree"),
    [
        (8.25, 8.0, True), (10.0, 8.0, True), (10.1, 8.0, False), (10, 8.0, True), (8.25, 8, False), (8.0, 8, True), (8, 8.0, True),
        (0.25, 0.0, True), (0.26, 0.0, False), (True, 1.0, False), (1, True, False), (True, True, True), (True, False, False),
        (None, None, True), (None, 0.0, False), (0.0, None, False), (False, None, False), (1e308, float("inf"), False),
        (float("inf"), float("inf"), True), (float("inf"), 1e308, False), (float("-inf"), 1.0, False),
        (float("nan"), float("nan"), True), (float("nan"), 1.0, False), ("8.0", 8.0, False), (8.0, "8.0", False), ("a", "a", True), ("a", "b", False),
        (b"a", b"a", True), (b"a", b"b", False), (b"a", "a", False), (1j, 1j, True), (1j, 2j, False), (1j, 1.0, False),
        (1 << 70, 1 << 70, True), (1 << 70, (1 << 70) + 1, False), (1 << 70, float(1 << 70) * 1.1, True),
        (int(sys.float_info.max), sys.float_info.max, True), (int(sys.float_info.max), sys.float_info.max * 0.9, True),
        ((1 << 1024) - 1, sys.float_info.max, False), (-(1 << 1024) + 1, -sys.float_info.max, False), (1 << 1024, 1.5, False),
        ((1 << 1024) - 1, 1.5, False), (-(1 << 2000), 1.5, False), ([], None, False), (None, [], False),
        (object(), "object", False), ([object()], ["object"], False),
    ],
)  # fmt: skip
def test_values_are_near(actual, expected, agree):
    assert NEAR.values_agree(encode(actual), expected) is agree
    assert NEAR.values_agree(encode([actual]), [expected]) is agree
    assert NEAR.values_agree(encode({"k": actual}), {"k": expected}) is agree


def test_values_are_exact_but_for_noise_without_a_tolerance():
    assert SAME.values_agree(0.30000000000000004, 0.3)
    assert SAME.values_agree(0.3 * (1 + 0.9e-9), 0.3)
    assert not SAME.values_agree(0.3 * (1 + 1.1e-9), 0.3)
    assert SAME.values_agree(0.9e-12, 0.0)
    assert not SAME.values_agree(1.1e-12, 0.0)
    assert not SAME.values_agree(8.25, 8.0)
    assert SAME.values_agree(8.0, 8)


@pytest.mark.parametrize(
    ("actual", "expected", "agree"),
    [
        ([1, 2], (1, 2), True), ((1, 2), [1, 2], True), ([1], [1, 2], False), ([1, 2], [1], False), ([], [], True), ({1}, [1], False),
        ([1], {1}, False), ({1}, frozenset({1}), True), (frozenset({1}), {1}, True), ({1, 2}, {1}, False), ({1}, {1, 2}, False),
        ({1, 3}, {1, 2}, False), (set(), set(), True), ({True}, {1}, False), ({1}, {True}, False), ({1.0}, {1}, True), ({"1"}, {1}, False),
        ({(1, 2)}, {(1, 2)}, True), ({(1, 2)}, {(2, 1)}, False), ({(1.0, (2,))}, {(1, (2,))}, True), ({b"a"}, {b"a"}, True),
        ({b"a"}, {b"b"}, False), ({1j}, {1j}, True), ({1 << 70}, {1 << 70}, True), ({1 << 70}, {(1 << 70) + 1}, False),
        ({None}, {None}, True), ({"a"}, {"b"}, False), ("1", [1], False), ({}, {}, True), ({}, [], False), ([], {}, False), ({}, set(), False),
        ({1: 2}, {1: 2}, True), ({1: 2}, {1: 3}, False), ({1: 2}, {2: 2}, False), ({1: 2, 3: 4}, {3: 4, 1: 2}, True),
        ({1: 2}, {1: 2, 3: 4}, False), ({1: 2, 3: 4}, {1: 2}, False), ({(1, 2): 3}, {(1, 2): 3}, True), ({True: 1}, {1: 1}, False),
        ({1: [2]}, {1: (2,)}, True), ({1: {2: [3]}}, {1: {2: [4]}}, False), ({frozenset({1, 2}): 3}, {frozenset({2, 1}): 3}, True),
        ({frozenset({1, 2}): 3}, {frozenset({2}): 3}, False), ({frozenset({1.0, "a"})}, {frozenset({"a", 1})}, True),
        ({frozenset({10**16, 3})}, {frozenset({1e16, 3})}, True), ({frozenset({0.5})}, {frozenset({0.25})}, False),
        ({frozenset({frozenset({1, 2}), 3})}, {frozenset({3, frozenset({2, 1})})}, True), ({frozenset({True})}, {frozenset({1})}, False),
        ({frozenset({(1, 2)})}, {frozenset({(1, 3)})}, False), ({frozenset({("1",)})}, {frozenset({(1,)})}, False),
    ],
)  # fmt: skip
def test_containers(actual, expected, agree):
    assert SAME.values_agree(encode(actual), expected) is agree
    assert SAME.values_agree(encode([[actual]]), [[expected]]) is agree


@pytest.mark.parametrize("size", [1, 100, 101, 5000])
def test_sets_in_sets_are_what_they_hold_however_large(size):
    held = frozenset(range(size))
    assert SAME.values_agree(encode({held}), {held})
    assert SAME.values_agree(encode({held: 1}), {held: 1})
    assert not SAME.values_agree(encode({frozenset(range(1, size + 1))}), {held})
    assert not SAME.values_agree(encode({frozenset(range(1, size + 1)): 1}), {held: 1})


def test_no_number_of_a_program_stops_the_comparison():
    """`repr` of an integer of more than 4,300 digits raises, and a float of it overflows."""
    huge = 10**5000
    assert not SAME.values_agree(encode({frozenset({huge})}), {frozenset({1})})
    assert SAME.values_agree(encode({frozenset({huge})}), {frozenset({huge})})
    assert not SAME.values_agree(encode({huge: 1}), {1: 1})
    assert not NEAR.values_agree(encode(huge), 1.5)
    assert not NEAR.values_agree(encode(-huge), 1.5)


def test_a_pair_that_comes_twice_is_no_pair_more():
    assert not SAME.values_agree(["d", ["a", 1], ["a", 1]], {"a": 1, "b": 1})
    assert not SAME.values_agree(["s", 1, 1], {1, 2})
    assert not SAME.values_agree(["s", 1, 1.0], {1, 2})


def test_what_is_large_agrees_like_what_is_small():
    ours, theirs = "8.0 1\n" * 300, "8.1 1\n" * 300
    assert NEAR.outputs_agree(ours.encode(), theirs.encode())
    assert not NEAR.outputs_agree((ours + "1\n").encode(), theirs.encode())
    for mode in ("lines", "tokens"):
        near = Comparison(mode, 0.25)
        assert near.outputs_agree(ours.replace("\n", " ").encode(), theirs.replace("\n", " ").encode())
        assert not near.outputs_agree(ours.replace("\n", " ").encode(), (theirs + "1").replace("\n", " ").encode())
    many = [float(one) for one in range(300)]
    assert SAME.values_agree(encode(many), list(range(300)))
    assert SAME.values_agree(encode(set(many)), set(range(300)))
    assert SAME.values_agree(encode(dict.fromkeys(many, "x" * 300)), dict.fromkeys(range(300), "x" * 300))
    assert SAME.values_agree(encode("word " * 99), "word " * 99)
