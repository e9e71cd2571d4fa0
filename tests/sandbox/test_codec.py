# ruff: noqa: E501 - tables, a case after the other
"""The codec, frames and verdict lines, at each of their limits: what just fits, and what is just too much."""

import json
import math
import os
import tempfile
from collections import deque

import numpy as np
import pytest

from rlvr.sandbox.bridge import codec
from rlvr.sandbox.bridge.codec import CodecError, Opaque, decode, dumps, encode, from_json, loads, scalar
from rlvr.sandbox.bridge.frames import RETURNED, frames, packed
from rlvr.sandbox.judges import verdict_lines
from rlvr.sandbox.judges.verdict_lines import fresh_key, line_writer, read_lines

SMALL = 1 << 62


class Number(int):
    pass


class Text(str):
    __slots__ = ()

    def __str__(self):
        return "a lie"


class Real(float):
    def __float__(self):
        return 0.0


class Rows(list):
    def __iter__(self):
        return iter([0])


class Table(dict):
    def items(self):
        return [(0, 0)]


class Imaginary(complex):
    def __complex__(self):
        return 0j


class Halfway:
    dtype = "float"


class Listed:
    def tolist(self):
        return [1]


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_nesting_ends_at_a_hundred_levels():
    assert codec.DEPTH == 100
    assert encode(nested(101))[0] == "l"  # the root is level 0
    with pytest.raises(CodecError, match=r"^nested too deeply$"):
        encode(nested(102))
    for wrap in (lambda one: (one,), lambda one: {1: one}, lambda one: frozenset({one, "x"})):
        deep = ()
        for _ in range(99):
            deep = wrap(deep)
        encode(wrap(deep) if not isinstance(deep, frozenset) else deep)
        with pytest.raises(CodecError, match="nested too deeply"):
            encode(wrap(wrap(wrap(deep))))


def test_nesting_that_arrives_ends_there_too():
    def arriving(levels):
        return b'["l",' * (levels - 1) + b'["l"]' + b"]" * (levels - 1)

    assert loads(arriving(103))
    with pytest.raises(CodecError, match=r"^nested too deeply$"):
        loads(arriving(104))


def test_a_value_has_ten_million_parts_at_most():
    assert codec.NODES == 10_000_000
    assert encode([0] * 9_999_999)[-1] == 0
    with pytest.raises(CodecError, match=r"^too large$"):
        encode([0] * 10_000_000)


def test_parts_are_counted_one_by_one(monkeypatch):
    monkeypatch.setattr(codec, "NODES", 4)
    assert encode([(), (), ()]) == ["l", ["t"], ["t"], ["t"]]
    with pytest.raises(CodecError, match=r"^too large$"):
        encode([(), (), (), ()])
    assert encode([(), [0]]) == ["l", ["t"], ["l", 0]]
    with pytest.raises(CodecError, match=r"^too large$"):
        encode([(), [0, 0]])
    assert loads(b'["l",1,["l"],2]') == ["l", 1, ["l"], 2]
    with pytest.raises(CodecError, match=r"^too large$"):
        loads(b'["l",1,["l",3],2]')


@pytest.mark.parametrize("sign", [1, -1])
def test_integers_beyond_62_bits_cross_as_digits(sign):
    small, large = sign * (SMALL - 1), sign * SMALL
    for value, node in (
        (small, small),
        (large, ["i", hex(large)]),
        (Number(small), small),
        (Number(large), ["i", hex(large)]),
    ):
        assert encode(value) == node
        assert type(encode(value)) is type(node)
        assert encode([value, 0]) == ["l", node, 0]
        assert encode([0, value]) == ["l", 0, node]
        assert decode(loads(dumps(encode([value])))) == [value]
    assert dumps(encode([Number(5)])) == b'["l",5]'


def test_a_subclass_becomes_what_it_derives_from_whatever_it_says():
    assert encode(Text("ab")) == "ab"
    assert type(encode(Text("ab"))) is str
    assert encode(Real(1.5)) == 1.5
    assert type(encode(Real(1.5))) is float
    assert encode(Rows([1, 2])) == ["l", 1, 2]
    assert encode(Table({1: 2})) == ["d", [1, 2]]
    assert encode(Imaginary(1, 2)) == ["c", 1.0, 2.0]
    assert encode(True) is True
    assert encode([True, 1]) == ["l", True, 1]


def test_every_kind_of_data_crosses_as_its_tag_says():
    assert encode((1, 2)) == ["t", 1, 2]
    assert encode({3}) == ["s", 3]
    assert encode(frozenset({3})) == ["f", 3]
    assert encode(b"\x00\xff") == ["b", "00ff"]
    assert encode(bytearray(b"\x01")) == ["b", "01"]
    assert encode(1 - 2j) == ["c", 1.0, -2.0]
    assert encode(None) is None
    assert encode({1: [2]}) == ["d", [1, ["l", 2]]]
    for lazy in (range(2), map(int, "01"), deque([0, 1]), {0: 5, 1: 6}.keys(), (i for i in (0, 1))):
        assert encode(lazy) == ["l", 0, 1]
    assert encode(np.array([[1, 2], [3, 4]])) == ["l", ["l", 1, 2], ["l", 3, 4]]
    assert encode(np.int64(7)) == 7
    assert encode(np.float64(0.5)) == 0.5


def test_any_other_object_is_a_name_that_equals_nothing():
    assert encode(Halfway()) == ["o", "Halfway"]
    assert encode(Listed()) == ["o", "Listed"]
    assert encode(type("N" * 80, (), {})()) == ["o", "N" * 80]
    assert encode(type("N" * 81, (), {})()) == ["o", "N" * 80]
    back = decode(["o", "E"])
    assert type(back) is Opaque
    assert back.name == "E"
    assert repr(back) == "<E object>"
    assert (back == back) is False  # noqa: PLR0124
    assert back in {back}


def test_what_becomes_of_objects_is_the_callers_to_say():
    def other(value, kind, again):
        return ["h", kind.__name__, again(nested(99))] if kind is Halfway else None

    assert encode([Halfway(), 1], other)[1][:2] == ["h", "Halfway"]
    assert encode(Number(3), other) == 3
    assert encode([1, [2]], other) == ["l", 1, ["l", 2]]
    with pytest.raises(CodecError, match="nested too deeply"):
        encode([[[Halfway()]]], other)  # its parts are deeper than itself


def test_nesting_of_subclasses_ends_at_a_hundred_levels_too():
    class Held(list):
        pass

    def held(levels):
        value = Held()
        for _ in range(levels - 1):
            value = Held([value])
        return value

    for other in (None, lambda value, kind, again: None):
        assert encode(held(101), other)
        with pytest.raises(CodecError, match=r"^nested too deeply$"):
            encode(held(102), other)


@pytest.mark.parametrize(
    "node",
    [
        [], [1], [None], ["z"], ["lt"], [""], [["l"]], ["d", 1], ["d", [1]], ["d", [1, 2, 3]], ["d", []], ["b"], ["b", 1],
        ["b", "", ""], ["c", 1], ["c", 1, 2, 3], ["c", "1", 2], ["c", 1, "2"], ["c", None, 1], ["i", 5], ["i"],
        ["i", "1", "2"], ["o"], ["o", 1], ["o", "a", "b"], ["l", ["z"]], ["d", [1, ["z"]]], ["d", [["z"], 1]],
    ],
)  # fmt: skip
def test_nodes_that_nothing_makes_are_refused(node):
    with pytest.raises(CodecError, match=r"^malformed$"):
        loads(json.dumps(node).encode())


@pytest.mark.parametrize(
    "node",
    [
        None, 1, 1.5, "x", True, ["l"], ["t", 1], ["s", 1], ["f", 1], ["d"], ["d", [1, 2]], ["b", ""], ["i", "0x10"],
        ["c", 1, 2.5], ["o", "x"],
    ],
)  # fmt: skip
def test_nodes_that_something_makes_pass(node):
    assert loads(json.dumps(node).encode()) == node


def test_digits_of_an_integer_have_a_limit():
    fits, not_quite = ["i", "0x" + "f" * ((1 << 18) - 2)], ["i", "0x" + "f" * ((1 << 18) - 1)]
    assert decode(loads(dumps(fits))) == (1 << (4 * ((1 << 18) - 2))) - 1
    with pytest.raises(CodecError, match=r"^too large$"):
        loads(dumps(not_quite))


@pytest.mark.parametrize(
    "noise", [b"", b"{}", b'["l",{}]', b"\xff", b'"\xff"', b"[1", b"1 2", b"[" * 100_000, b'{"a":1}']
)
def test_what_is_no_json_or_has_objects_is_malformed(noise):
    with pytest.raises(CodecError, match=r"^malformed$"):
        from_json(noise)


def test_json_is_as_short_as_it_can_be():
    assert dumps(["l", 1, ["t"], "é"]) == b'["l",1,["t"],"\\u00e9"]'
    assert from_json(b'[1,"a"]') == [1, "a"]


@pytest.mark.parametrize(
    "node", [[], ["i", "zz"], ["b", "0"], ["c", 1, "x"], ["c", 1], ["d", [["l"], 1]], ["s", ["l"]], ["d", [1]]]
)
def test_what_cannot_be_decoded_is_a_codec_error(node):
    with pytest.raises(CodecError, match="malformed"):
        decode(node)


def test_decoding_makes_what_was_encoded():
    value = [
        1,
        (2, {3: [4, {5}]}),
        frozenset({6}),
        b"7",
        8 + 9j,
        1 << 70,
        None,
        "x",
        0.5,
        ([1], (2,)),
        {(1, (2,)): {"k": [1]}},
    ]
    back = decode(loads(dumps(encode(value))))
    assert back == value
    assert [type(one) for one in back] == [type(one) for one in value]
    assert decode(["s", ["t", 1], 2]) == {(1,), 2}
    assert decode(["f", ["t", 1]]) == frozenset({(1,)})
    assert decode(["l", ["c", 1, 2]]) == [1 + 2j]
    assert math.isnan(decode(loads(dumps(encode(math.nan)))))


def test_nodes_of_other_tags_are_the_callers_to_make():
    def other(tag, rest):
        return tag, rest

    assert decode(["h", 1, [2]], other) == ("h", [1, [2]])
    assert decode(["l", ["h", 1], 3], other) == [("h", [1]), 3]
    assert decode(["d", [["h", 1], 2]], lambda tag, _: tag) == {"h": 2}
    assert decode(["d", [1, ["h", 2]]], lambda tag, _: tag) == {1: "h"}
    assert decode(["b", "ff"], other) == b"\xff"
    assert type(decode(["o", "A"], other)) is Opaque
    assert decode(5, other) == 5


def test_scalars():
    assert scalar("i", ["-0x10"]) == -16
    assert scalar("c", [1, 2]) == 1 + 2j
    assert scalar("b", ["0aff"]) == b"\x0a\xff"
    assert scalar("o", ["A"]).name == "A"
    for tag, text in (("i", "0xg"), ("i", ""), ("b", "0"), ("b", "zz")):
        with pytest.raises(CodecError, match=r"^malformed$"):
            scalar(tag, [text])


def test_frames_end_at_the_first_that_is_not_whole():
    one, two = packed(RETURNED, b"0123456"), packed(b"e", b"")
    assert one == b"\x07\x00\x00\x00r0123456"
    both = [(b"r", b"0123456"), (b"e", b"")]
    assert list(frames(one + two + one, 3)) == [*both, both[0]]
    assert list(frames(one + two + one, 2)) == both
    assert list(frames(one + two, 0)) == []
    assert list(frames(one + one[:-1], 9)) == both[:1]
    assert list(frames(one + two[:4], 9)) == both[:1]
    assert list(frames(one + two[:5], 9)) == both
    assert list(frames(two, 9)) == both[1:]
    assert list(frames(b"", 9)) == []
    long = packed(RETURNED, b"x" * 70_000)
    assert [len(payload) for _, payload in frames(long * 2, 9)] == [70_000, 70_000]
    assert list(frames(b"\xff\xff\xff\xffr" + b"x" * 99, 9)) == []


def _reported(lines, key):
    with tempfile.TemporaryFile() as file:
        tell = line_writer(file.fileno(), key)
        for line in lines:
            tell(line)
        return os.pread(file.fileno(), 1 << 20, 0)


def test_only_lines_with_their_own_code_and_place_are_read():
    key = fresh_key()
    lines = [["passed", "", "a"], {"called": True}, ["failed", "x\ny", "é"]]
    report = _reported(lines, key)
    one, two, three = report.splitlines(keepends=True)
    assert list(read_lines(report, key)) == lines
    assert [len(line.partition(b" ")[0]) for line in (one, two, three)] == [32, 32, 32]  # 16 bytes
    assert list(read_lines(two + one, key)) == []
    assert list(read_lines(one + three, key)) == lines[:1]
    assert list(read_lines(one + one, key)) == lines[:1]
    assert list(read_lines(one + two.replace(b"true", b"fals"), key)) == lines[:1]
    assert list(read_lines(one + b"\n" + two, key)) == lines[:1]
    assert list(read_lines(one + two[:-3], key)) == lines[:1]
    assert list(read_lines(report, fresh_key())) == []
    assert list(read_lines(b"", key)) == []
    assert key != fresh_key()


def test_a_line_is_written_whole_though_a_write_may_take_less(monkeypatch):
    real = os.write
    monkeypatch.setattr(verdict_lines.os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:3]))
    key = fresh_key()
    assert list(read_lines(_reported([["passed", "", "a"], ["failed", "", "b"]], key), key)) == [
        ["passed", "", "a"],
        ["failed", "", "b"],
    ]
