# ruff: noqa: E501 - tables, a case after the other
"""What each end says and hears, message by message: only well-formed ones, of the number asked for, within limits."""

import socket
import threading

import pytest
from bridged import bridged, called, scripted

from rlvr.sandbox.bridge import peer
from rlvr.sandbox.bridge.codec import CodecError
from rlvr.sandbox.bridge.handles import Awaited, Called, Carried, Class, Container, Iterating, Whole, is_handle
from rlvr.sandbox.bridge.peer import Peer, PeerLostError
from rlvr.sandbox.bridge.raised import PeerRaisedError, built_in_error
from rlvr.sandbox.inside.answering import ProgramEnd
from rlvr.sandbox.judges.tests_side.asking import TestsEnd


def test_a_request_says_what_where_and_with_what():
    with scripted() as (end, script):
        script.say(["=", 1, 5, None, ""], ["=", 2, 6, None, ""], ["=", 3, None, None, ""])
        assert called(end)(1, "a", k=[2]) == 5
        assert called(end, 7)() == 6
        called(end, 7).x = 1 << 62
        assert script.hear() == ["?", 1, "call", ["y", "f"], [1, "a"], ["d", ["k", ["l", 2]]]]
        assert script.hear() == ["?", 2, "call", ["y", 7], [], None]
        assert script.hear() == ["?", 3, "setattr", ["y", 7], ["x", ["i", hex(1 << 62)]], None]
        assert (end.asked, end.used, end.lost) == (3, 3, False)


def test_looking_for_a_name_shows_nothing_but_its_value_does():
    with scripted() as (end, script):
        script.say(
            ["=", 1, ["h", 1, "f", "function", "g", 0], None, ""],
            ["=", 2, 5, None, ""],
            ["!", 3, None, "AttributeError", "x", None],
        )
        found = called(end).g
        assert (end.asked, end.used) == (1, 0)
        assert found.__name__ == "g"  # it came with the handle
        assert (end.asked, end.used) == (1, 0)
        assert called(end).x == 5
        assert (end.asked, end.used) == (2, 1)
        with pytest.raises(AttributeError, match=r"^x$"):
            called(end).y  # noqa: B018
        assert (end.asked, end.used) == (3, 1)


@pytest.mark.parametrize(
    "message",
    [
        ["=", 2, 5, None, ""], ["=", 0, 5, None, ""], ["!", 2, None, "KeyError", "", None], ["x", 1, 5, None, ""], ["=", 1, 5, None],
        ["=", 1, 5], ["=", 1, 5, None, "", 1], ["="], [], 5, {}, None, "=", b"", b"{", b"\xff", ["!", 1], ["!", 1, None, "KeyError", ""],
        ["!", 1, None, "KeyError", "", None, 1], ["=", 1, ["z"], None, ""], ["=", 1, ["y", 1], None, ""], ["=", 1, ["n", "eval"], None, ""],
        ["=", 1, ["h", "1", "f", "x", "", 0], None, ""], ["=", 1, ["h", True, "f", "x", "", 0], None, ""],
        ["=", 1, ["h", 1, "z", "x", "", 0], None, ""], ["=", 1, ["h", 1], None, ""], ["=", 1, ["h", 1, ["l"], "x"], None, ""],
        ["=", 1, ["v", 1, "Id", ["l", 1]], None, ""], ["=", 1, ["v", 1, "Id", True], None, ""], ["=", 1, ["v", 1, "Id"], None, ""],
        ["=", 1, ["e"], None, ""], ["=", 1, ["x", "Fraction", ["t", 1, 0]], None, ""], ["=", 1, ["x", "eval", "1"], None, ""],
        ["=", 1, ["q", "builtins:eval"], None, ""], ["=", 1, ["k", "builtins:eval", ["l", "1"], ["d"]], None, ""], ["=", 1, ["i", "zz"], None, ""],
        ["=", 1, ["s", ["l"]], None, ""], ["?", 1, "call"], ["?", "1", "call", ["y", 1], [], None], ["?", True, "call", ["y", 1], [], None],
        ["?", 1, ["l"], ["y", 1], [], None], ["?", 1, "call", ["y", 1], [], None], ["?", 1, "call", ["y", 0], [], None],
        ["?", 1, "call", 5, 5, None], ["?", 1, "call", 5, None, None], ["?", 1, "call", 5, [["z"]], None], ["?", 1, "call", 5, [], ["l", 1]],
        ["?", 1, "call", 5, [], None, 1], ["?", 1, "call", ["y", 1, 2], [], None],
    ],
)  # fmt: skip
def test_a_malformed_message_ends_the_conversation(message):
    with scripted() as (end, script):
        script.say(message, ["=", 1, 5, None, ""])
        with pytest.raises(PeerLostError):
            called(end)()
        assert end.lost


def test_an_end_that_closes_ends_the_conversation():
    with scripted() as (end, script):
        script._socket.shutdown(socket.SHUT_RDWR)
        with pytest.raises(PeerLostError):
            called(end)()
        assert end.lost
    ours, theirs = socket.socketpair()
    end = Peer(ours.fileno())
    theirs.close()
    with pytest.raises(PeerLostError):
        end.receive()
    ours.close()
    for act in (end.receive, lambda: end.send(["=", 1])):
        end.lost = False
        with pytest.raises(PeerLostError):
            act()
        assert end.lost


def _pour(theirs, size):
    piece = b"1" * (1 << 20)
    with theirs:
        try:
            theirs.sendall(b"[1,")
            for _ in range((size - 5) // len(piece)):
                theirs.sendall(piece)
            theirs.sendall(piece[: (size - 5) % len(piece)] + b"]\n")
        except OSError:
            pass


@pytest.mark.parametrize("over", [0, 1])
def test_a_message_has_64_mib_at_most(over, monkeypatch):
    monkeypatch.setattr(peer, "from_json", lambda line: [len(line), 0])  # digits of that length are none
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=_pour, args=(theirs, (64 << 20) + over), daemon=True)
    thread.start()
    end = Peer(ours.fileno())
    if over:
        with pytest.raises(PeerLostError):
            end.receive()
    else:
        assert end.receive() == [(64 << 20) - 1, 0]
    ours.close()
    thread.join(5)


def test_messages_come_in_pieces_and_together():
    with scripted(Peer) as (end, script):
        script._socket.sendall(b'["=",1')
        thread = threading.Timer(0.05, script._socket.sendall, [b',"a"]\n["=",2]\n["=",3,'])
        thread.start()
        assert end.receive() == ["=", 1, "a"]
        assert end.receive() == ["=", 2]
        script.say(b'"b"]')
        assert end.receive() == ["=", 3, "b"]
        thread.join()
    with bridged("def f(x): return x") as (_, named):
        assert named("f")("x" * 1_000_000) == "x" * 1_000_000


def test_what_is_printed_comes_with_the_reply():
    with scripted() as (end, script):
        heard = []
        end.on_told = lambda told: heard.append(told.printed)
        script.say(["=", 1, 5, None, "hello"], ["=", 2, 5, None, ""], ["=", 3, 5, None, 7])
        for _ in range(2):
            called(end)()
        with pytest.raises(PeerLostError):
            called(end)()
        assert heard == ["hello"]


def test_arguments_that_were_changed_are_changed_here():
    program = (
        "def f(a, b, c, d):\n    a.append(1); b['k'] = 2; c.add(3); return d\n"
        "def g(a): return a\ndef h(a, b): b.append(1)\ndef late(a):\n    a.pop()\n    raise KeyError(1)"
    )
    with bridged(program) as (_, named):
        a, b, c = [0], {}, {1}
        assert named("f")(a, b, c, (5,)) == (5,)
        assert (a, b, c) == ([0, 1], {"k": 2}, {1, 3})
        same = [[1]]
        inner = same[0]
        named("g")(same)
        assert same[0] is inner  # nothing was changed, so nothing is written
        one, two = [5], [6]
        kept = one
        named("h")(one, two)
        assert (one, two) == ([5], [6, 1])
        assert kept is one


def test_only_what_can_change_and_is_of_the_same_type_is_changed():
    with scripted() as (end, script):
        script.say(
            ["=", 1, None, ["l", ["l", 9], ["l", 9], 9, None, ["d"], ["s", 5], ["l", 7]], ""], ["=", 2, None, None, ""]
        )  # fmt: skip
        given = ([1], (2,), "x", [4], {5: 5}, {6})
        called(end)(*given)
        assert given == ([9], (2,), "x", [4], {}, {5})
        called(end)(given[0])
        assert given[0] == [9]
        for number, other in enumerate((["t", 5], ["d", [5, 5]], ["s", 5], 5), start=end.asked + 1):
            script.say(["=", number, None, ["l", other], ""])
            called(end)(given[0])
            assert given[0] == [9]
        script.say(["=", end.asked + 1, None, ["l", ["l", 1]], ""])
        called(end)()  # there is nothing that could be changed


def _clear_ones(*given):
    for one in given:
        if isinstance(one, list) and 1 in one:
            one.clear()


def test_the_programs_end_tells_of_changes_alone():
    with scripted(ProgramEnd, names={"f": _clear_ones}) as (end, script):

        def ask(*nodes):
            end.answer(["?", 1, "call", ["y", "f"], list(nodes), None])
            return script.hear()

        end._find = lambda name: end._names[name]  # as `y` with a text is read
        assert ask(["l", 1], 5, ["d"]) == ["=", 1, None, ["l", ["l"], None, ["d"]], ""]
        assert ask(["l", 2], ["d"], ["s"]) == ["=", 1, None, None, ""]
        assert ask(5, "x") == ["=", 1, None, None, ""]
        assert ask() == ["=", 1, None, None, ""]


def test_handles_are_of_the_kind_that_they_say():
    with scripted() as (end, script):
        kinds = {"o": Whole, "f": Called, "i": Iterating, "c": Class, "a": Awaited, "m": Container}
        for number, (kind, expected) in enumerate(kinds.items(), start=1):
            script.say(["=", number, ["h", number, kind, "Point", "", -1], None, ""])
            found = called(end)()
            assert is_handle(found)
            assert isinstance(found, expected)
            assert type(found).__name__ == ("Point" if kind in "omf" else expected.__name__)
        script.say(["=", 7, ["l", ["h", 9, "f", "x"], ["h", 9, "f", "x"]], None, ""])
        one, two = called(end)()
        assert one is two
        script.say(["=", 8, ["h", 10, "o", "no name!", "", 0], None, ""])
        assert type(called(end)()).__name__ == "Handle"
        script.say(["=", 9, ["h", 11, "o", "N" * 90, "n" * 90, 0], None, ""])
        found = called(end)()
        assert type(found).__name__ == "N" * 80
        assert found.__name__ == "n" * 80
        script.say(["=", 10, ["h", 12, "o", "P", "", "x"], None, ""], ["=", 11, ["h", 13, "o", "P", "", 1], None, ""])
        assert hasattr(type(called(end)()), "__iter__")  # of no methods that are told it has all
        assert not hasattr(type(called(end)()), "__iter__")


@pytest.mark.parametrize("data", [7, 1.5, "x", ["t", 1, 2], ["b", "ff"], ["f", 1], ["c", 1, 2]])
def test_data_of_a_class_of_the_programs_is_the_data(data):
    with scripted() as (end, script):
        script.say(["=", 1, ["v", 4, "Id", data], None, ""], ["=", 2, 5, None, ""])
        found = called(end)()
        assert isinstance(found, Carried)
        assert type(found).__name__ == "Id"
        assert found == end.decode(data)
        assert found.half == 5
        assert [script.hear()[3] for _ in range(2)] == [["y", "f"], ["y", 4]]
        for probed in ("_rlvr_other", "__array__", "__fspath__"):
            if probed.startswith("__"):
                assert not hasattr(found, probed)


def test_numbers_of_what_was_lent():
    with scripted() as (end, _):

        def one():
            pass

        def two():
            pass

        assert [end.number(one), end.number(two), end.number(one)] == [1, 2, 1]
        assert (end.lent(1), end.lent(2)) == (one, two)
        for wrong in (0, 3, -1, "1", True, 1.0, None):
            with pytest.raises(CodecError):
                end.lent(wrong)
        assert end.revive("y", [2]) is two
        assert end.revive("n", ["int"]) is int
        assert end.revive("x", ["range", (1, 5, 2)]) == range(1, 5, 2)
        for tag in ("q", "k", "z", "?"):
            with pytest.raises(CodecError):
                end.revive(tag, [1, "x", "x"])


ERRORS = """
class OwnError(LookupError):
    def __init__(self, code): super().__init__(f"code {code}"); self.code = code
class Below(OwnError): pass
class OddOsError(OSError): pass
def below(): return Below
def odd_os(): return OddOsError
def raised(e):
    try: raise e
    except LookupError as found: return type(found).__name__, found.code
class Silent(Exception):
    def __str__(self): raise RuntimeError("no")
def f(kind, *a): raise kind(*a)
def own(): raise OwnError(7)
def base(): raise BaseException("x")
def leave(): raise SystemExit(3)
def stop(): raise StopIteration(5)
def decode(): b"\\xff".decode()
def silent(): raise Silent()
def odd(): raise KeyError([1])
def empty(): raise ValueError
def long(): raise ValueError(["x" * 600])
def classes(): return OwnError
def group(): raise ExceptionGroup("g", [ValueError(1)])
def check(): assert 1 == 2, "no"
"""


def test_exceptions_of_the_program_are_raised_here():
    with bridged(ERRORS) as (end, named):
        for kind in (ValueError, KeyError, ZeroDivisionError, AssertionError, OSError):
            with pytest.raises(kind) as caught:
                named("f")(kind, "a", 2) if kind is not AssertionError else named("check")()
            assert caught.value._rlvr_raised is end
            assert type(caught.value) is kind
            if kind is not AssertionError:
                assert caught.value.args == ("a", 2)
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            named("empty")()
        assert caught.value.args == ()
        with pytest.raises(KeyError) as caught:
            named("odd")()
        assert caught.value.args == ([1],)
        with pytest.raises(SystemExit) as caught:
            named("leave")()
        assert caught.value.code == 3
        for name, said in (("base", "BaseException: x"), ("stop", "StopIteration: 5")):
            with pytest.raises(PeerRaisedError, match=f"^{said}$"):
                named(name)()
        with pytest.raises(UnicodeDecodeError, match=r"^'utf-8' codec"):
            named("decode")()
        with pytest.raises(ValueError, match=r"^\['x{600}'\]$"):
            named("long")()
        with pytest.raises(Exception, match=r"^an exception without a text$"):
            named("silent")()


def test_own_exceptions_of_the_program_are_caught_by_their_class_and_base():
    with bridged(ERRORS) as (_, named):
        own = named("classes")()
        assert isinstance(own, type)
        assert issubclass(own, LookupError)
        assert own.__name__ == "OwnError"
        with pytest.raises(own, match=r"^code 7$") as caught:
            named("own")()
        assert caught.value.code == 7
        with pytest.raises(own):
            named("f")(own, 1)
        assert named("classes")() is own
        made = own("x")  # is made over there
        assert (made.code, str(made), made.args) == ("x", "code x", ("code x",))
        assert named("raised")(made) == ("OwnError", "x")
        with pytest.raises(AttributeError):
            made.missing  # noqa: B018
        assert not hasattr(made, "_rlvr_missing")
        with pytest.raises(own, match=r"^code x$") as caught:
            raise made
        below = named("below")()
        assert issubclass(below, own)
        assert [one.__name__ for one in below.__mro__[:4]] == ["Below", "OwnError", "LookupError", "Exception"]
        with pytest.raises(own, match=r"^code 5$"):
            named("f")(below, 5)
        odd = named("odd_os")()
        with pytest.raises(OSError) as caught:  # noqa: PT011
            named("f")(odd, 2, "gone")
        assert (type(caught.value), caught.value.errno, caught.value.strerror) == (odd, 2, "gone")


def test_own_exceptions_of_other_bases_are_none_that_could_end_a_loop():
    with scripted() as (end, script):
        script.say(
            ["=", 1, ["e", 1, "Stop", "StopIteration"], None, ""], ["=", 2, ["e", 2, "no name", "KeyError"], None, ""]
        )
        assert issubclass(called(end)(), PeerRaisedError)
        assert called(end)().__mro__[:2] == (end._held[2], KeyError)
        assert end._held[2].__name__ == "Error"
        script.say(["!", 3, ["e", 3, "Mine", "OSError"], "OSError", "t" * 501, ["h", 4, "o", "Mine", "", 0]])
        with pytest.raises(OSError, match=r"^t{500}$") as caught:
            called(end)()
        assert caught.value._rlvr_handle._rlvr_number == 4
        script.say(
            ["!", 4, 5, "KeyError", "a", ["l", 1]],
            ["!", 5, ["n", "KeyError"], "ValueError", "b" * 501, None],
            ["!", 6, ["n", "int"], "IndexError", "c", None],
        )
        with pytest.raises(KeyError) as caught:
            called(end)()
        assert caught.value.args == ("a",)
        with pytest.raises(KeyError) as caught:
            called(end)()
        assert caught.value.args == ("b" * 500,)
        with pytest.raises(IndexError, match=r"^c$"):
            called(end)()


def test_errors_by_name():
    assert built_in_error("KeyError", "a", ["b", 2]).args == ("b", 2)
    assert built_in_error("KeyError", "a", None).args == ("a",)
    assert built_in_error("KeyError", "a", "b").args == ("a",)
    assert type(built_in_error("SystemExit", "", [])) is SystemExit
    for base in ("KeyboardInterrupt", "StopIteration", "int", "eval", "", "UnicodeDecodeError", "ExceptionGroup"):
        found = built_in_error(base, "a", None)
        assert type(found) is PeerRaisedError
        assert str(found) == f"{base}: a"


def test_what_a_test_raises_comes_out_whatever_the_program_does_with_it():
    program = (
        "def each(f, *more):\n    try: return f(*more)\n    except BaseException as e: return type(e).__name__ + str(e)\n"
        "def twice(f):\n    for _ in '12':\n        try: f()\n        except BaseException: pass\n    return 5\n"
    )
    with bridged(program) as (_, named):
        exec_names = {"__name__": "tests", "each": named("each"), "twice": named("twice")}
        exec(
            "def fails(): assert 1 == 2, 'secret'\ndef leaves(): raise SystemExit(4)\ndef errs(): raise KeyError('k')\n"
            "def nests(): return each(fails)\ndef fine(): return 8\ncount = []\n"
            "def counts():\n    count.append(1)\n    raise AssertionError(len(count))\n",
            exec_names,
        )
        with pytest.raises(AssertionError, match="secret"):
            named("each")(exec_names["fails"])
        with pytest.raises(SystemExit):
            named("each")(exec_names["leaves"])
        assert named("each")(exec_names["errs"]) == "KeyError'k'"
        assert named("each")(exec_names["fine"]) == 8
        with pytest.raises(AssertionError, match="secret"):
            named("each")(exec_names["nests"])
        with pytest.raises(AssertionError, match=r"^1$"):
            named("twice")(exec_names["counts"])
        assert exec_names["count"] == [1, 1]
        assert named("each")(exec_names["fine"]) == 8


def test_what_an_assertion_says_is_not_told():
    with scripted() as (end, script):
        script.say(["?", 1, "call", ["y", 1], [], None], ["=", 1, 5, None, ""])
        names = {"__name__": "tests"}
        exec("def f(): raise AssertionError('secret')\ndef g(): raise KeyError('open')", names)
        with pytest.raises(AssertionError, match=r"^secret$"):
            called(end)(names["f"])
        assert script.hear()[4] == [["h", 1, "p", "function", "f", 0]]
        assert script.hear() == ["!", 1, None, "AssertionError", "", None]
        script.say(["?", 9, "call", ["y", 2], [], None], ["=", 2, 5, None, ""])
        assert called(end)(names["g"]) == 5
        script.hear()
        assert script.hear() == ["!", 9, None, "KeyError", "'open'", ["l", "open"]]


def test_ends_know_whom_they_believe():
    assert (Peer.believes, TestsEnd.believes, ProgramEnd.believes) == (False, False, True)
    with scripted(Peer) as (end, _):
        assert end.answers_operators(None) is True
        assert (end.may_swallow(KeyError()), end.may_swallow(SystemExit())) == (True, False)
        assert (end.told(), end.told_of(KeyError())) == ("", [])
        for act in (
            lambda: end.target_of("x", 1),
            lambda: end.perform("x", 1, [], {}),
            lambda: end.encode_object(1, int, id),
        ):
            with pytest.raises(NotImplementedError):
                act()


def test_a_long_conversation_is_like_a_short_one():
    program = (
        "kept = []\ndef f(x): kept.append(x); return lambda: x\ndef all_of(g, n): return [g(i)() for i in range(n)]\n"
    )
    with bridged(program) as (end, named):
        made = [named("f")(number) for number in range(300)]
        assert [one() for one in made] == list(range(300))
        assert len({one._rlvr_number for one in made}) == 300
        names = {"__name__": "tests"}
        exec("def g(i): return lambda: i + 1000", names)
        assert named("all_of")(names["g"], 300) == list(range(1000, 1300))
        assert (end.asked, end.used, end.lost) == (601, 601, False)
