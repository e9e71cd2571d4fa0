"""Function tests at a service that only runs programs: the program, wrapped in one that makes the calls.

The answers come as lines of what it writes. Expected values are not among what goes there, so a program that writes
such lines itself has only written other answers.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from rlvr.sandbox.bridge import codec
from rlvr.sandbox.bridge.frames import packed
from rlvr.sandbox.outcome import Outcome, Run

# `{{...}}` are texts, as `repr` writes them.
_WRAPPER: Final = """
import base64, builtins, os, sys, types
codec = types.ModuleType("codec")
codec.__builtins__ = builtins
sys.modules["codec"] = codec
exec(compile({{codec}}, "codec.py", "exec"), codec.__dict__)
write, exit, encode64 = os.write, os._exit, base64.b64encode
name, arguments = codec.decode(codec.loads(base64.b64decode({{calls}})))
solution = types.ModuleType("solution")
sys.modules["solution"] = solution
sys.argv = ["solution.py"]
try:
    code = compile(base64.b64decode({{source}}), "solution.py", "exec", dont_inherit=True)
except BaseException as error:
    write(2, ("\\n%s: %s" % (type(error).__name__, error)).encode(errors="replace"))
    exit(97)
exec(code, solution.__dict__)
def resolve(*given):
    if name in solution.__dict__:
        return solution.__dict__[name](*given)
    if "Solution" in solution.__dict__:
        return getattr(solution.Solution(), name)(*given)
    raise NameError("name %r is not defined" % name)
def said(error):
    try:
        return ("%s: %s" % (type(error).__name__, error))[:500].encode(errors="replace")
    except BaseException:
        return b"an exception without a text"
for number, one in enumerate(arguments):
    try:
        status, payload = "r", codec.dumps(codec.encode(resolve(*one)))
    except MemoryError:
        status, payload = "m", b""
    except (codec.CodecError, RecursionError) as error:
        status, payload = "n", said(error)
    except BaseException as error:
        status, payload = "e", said(error)
    line = ("\\n%s %d %s " % ({{mark}}, number, status)).encode() + encode64(payload) + b"\\n"
    while line:
        line = line[write(1, line):]
exit(0)
"""


def wrapped(source: str, asked: bytes, mark: str) -> str:
    """A program that runs `source` as a module, makes the calls and writes a line for each answer.

    Args:
        source: The program.
        asked: The calls, encoded.
        mark: What the lines begin with.

    >>> "solution" in wrapped("def f(): pass", b"[]", "mark")
    True
    """
    texts = {
        "codec": Path(codec.__file__).read_text(encoding="utf-8"),
        "calls": base64.b64encode(asked),
        "source": base64.b64encode(source.encode(errors="replace")),
        "mark": mark,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: repr(texts[found[1]]), _WRAPPER)


def unwrapped(run: Run, mark: str) -> Run:
    """The run with the answers as its report, framed as those of a lane are.

    >>> unwrapped(Run(None, b"\\nmark 0 r Ng==\\n"), "mark").report
    b'\\x01\\x00\\x00\\x00r6'
    """
    report = bytearray()
    lines = re.findall(rb"^%s (\d{1,9}) ([remn]) ([A-Za-z0-9+/=]*)$" % mark.encode(), run.stdout, re.MULTILINE)
    for wanted, (number, status, payload) in enumerate(lines):
        if int(number) != wanted:
            break
        try:
            data = base64.b64decode(payload, validate=True)
        except ValueError:
            break
        report += packed(status, data)
    ending = Outcome.COMPILE_ERROR if run.ending and run.explanation == "exit status 97" else run.ending
    return replace(run, report=bytes(report), ending=ending)
