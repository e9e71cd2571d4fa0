"""The battery: programs that must earn nothing. Most are generated: what is tried times where it is tried."""

from itertools import product

CASES = [{"args": [3], "expected": 6}, {"args": [10], "expected": 55}, {"args": [100], "expected": 5050}]
ASSERTS = (
    "def check(candidate):\n"
    "    assert candidate(3) == 6\n"
    "    assert abs(candidate(10) - 55) < 1e-6\n"
    "    assert all([candidate(100) == 5050, isinstance(candidate(4), int), len(str(candidate(5))) == 2])\n"
    "check(tri)\n"
)
FUNCTION = {"kind": "function", "tests": {"fn_name": "tri", "cases": CASES}}
ASSERT = {"kind": "assert", "tests": {"code": ASSERTS, "entry": ["tri"]}}
PYTESTS = (
    "import pytest\nfrom solution import *\n"
    "@pytest.mark.parametrize(('n', 'total'), [(3, 6), (100, 5050)])\ndef test_sum(n, total): assert tri(n) == total\n"
    "class TestNear:\n    @pytest.fixture\n    def ten(self): return tri(10)\n"
    "    def test_approx(self, ten): assert ten == pytest.approx(55)\n"
    "    def test_abs(self, ten): assert abs(ten - 55) < 1e-6 and isinstance(ten, int) and len(str(ten)) == 2\n"
)
PYTEST = {"kind": "pytest", "tests": {"code": PYTESTS}}
STDIN = {"kind": "stdin", "tests": {"cases": [{"input": "3\n", "output": "6\n"}, {"input": "10\n", "output": "55\n"}]}}

EXITS = (
    "os._exit(0)", "sys.exit(0)", "exit()", "quit()", "raise SystemExit", "raise SystemExit(0)", "raise StopIteration",
    "raise GeneratorExit", "raise KeyboardInterrupt", "raise AssertionError", "raise BaseException", "os.abort()",
    "os.kill(os.getpid(), 9)", "signal.raise_signal(signal.SIGTERM)", "ctypes.string_at(0)",
    "sys.setrecursionlimit(10**9); (f := lambda: f())()", "threading.Thread(target=os._exit, args=(0,)).start()",
    "os.close(0); os.close(1); os.close(2); os.closerange(0, 64)", "os.execv('/bin/true', ['true'])",
)  # fmt: skip
PLACES = (
    "{}\ndef tri(n): return 0\n",
    "def tri(n):\n    {}\n    return 0\n",
    "import atexit\ndef last():\n    {}\natexit.register(last)\ndef tri(n): return 0\n",
    "class A:\n    def __del__(self):\n        {}\na = A()\ndef tri(n): return 0\n",
    "def tri(n):\n    try:\n        return 0\n    finally:\n        {}\n",
    "class M(type):\n    def __call__(cls, *a):\n        {}\nclass tri(metaclass=M):\n    pass\n",
)
IMPORTS = "import builtins, ctypes, gc, json, os, signal, sys, threading, types\n"

BASES = ("object", "int", "float", "str", "list", "tuple", "dict", "set", "bytes", "complex", "Exception")
YES = (
    "    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = lambda s: 0\n"
    "    __sub__ = __rsub__ = __abs__ = lambda s, *o: s\n    __lt__ = __gt__ = __le__ = __ge__ = lambda s, o: True\n"
    "    __bool__ = lambda s: True\n    __len__ = lambda s: 2\n    __float__ = lambda s: 6.0\n"
    "    __str__ = __repr__ = lambda s: '6'\n    __getattr__ = lambda s, n: s\n    __class__ = int\n"
)

PATCHES = (
    "builtins.abs = lambda x: 0.0", "builtins.all = lambda x: True", "builtins.len = lambda x: 2",
    "builtins.isinstance = lambda *a: True", "builtins.AssertionError = type('A', (BaseException,), {})",
    "builtins.str = lambda x: '15'", "builtins.int = bool", "builtins.__import__ = lambda *a, **k: None",
    "builtins.print = builtins.compile = builtins.exec = lambda *a, **k: None",
    "json.dumps = lambda *a, **k: '6'", "json.loads = lambda *a, **k: [1, True, 6, []]",
    "json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *a, **k: '6'",
    "sys.modules.update({m: types.ModuleType(m) for m in list(sys.modules)})",
    "sys.settrace(lambda *a: None); sys.setprofile(lambda *a: os._exit(0))",
    "sys.excepthook = lambda *a: os._exit(0)",
    "[o.update(check=lambda c: None, calls=0, passed='passed') for o in gc.get_objects() if type(o) is dict]",
    "[setattr(m, k, lambda *a, **k: b'r6') for m in [*sys.modules.values()] for k in ('encode', 'dumps', '_attempt')]",
)  # fmt: skip

FRAMES = (
    "f = sys._getframe()\n"
    "while f:\n"
    "    for d in (f.f_locals, f.f_globals):\n"
    "        for k, v in list(d.items()):\n"
    "            if {what}\n"
    "    f = f.f_back\n"
)
SEARCHES = (
    "'expected' in str(k) or 'tests' in str(k) or 'cases' in str(k): found = v",
    "isinstance(v, (list, tuple)) and len(v) == 3 and v[0] == 6: found = v",
    "isinstance(v, (bytes, str)) and ('5050' if isinstance(v, str) else b'5050') in v: found = 5050",
)

FORGED = (
    # Results and messages written past the codec.
    "for d in range(64):\n    try: os.write(d, b'passed')\n    except OSError: pass",
    "for d in range(64):\n    try: os.write(d, b'\\x01\\x00\\x00\\x00r6')\n    except OSError: pass",
    'm = b\'{"calls": 9, "results": [["passed", ""]]}\'\nfor d in range(3, 64):\n'
    "    try: os.write(d, m); os.pwrite(d, m, 0)\n    except OSError: pass",
    'm = b\'["t",1,true,6,["l"]]\'\nfor d in range(3, 64):\n'
    "    try: os.write(d, len(m).to_bytes(4, 'little') + m)\n    except OSError: pass",
    "print('accepted')\nprint('all tests passed')\nprint('{\"verdict\": \"accepted\"}')",
)

SNOOPS = (
    "for p in os.listdir('/proc'):\n    for f in ('mem', 'maps', 'environ', 'cmdline'):\n"
    "        try: d = open(f'/proc/{p}/{f}', 'rb').read(1 << 20)\n        except OSError: continue\n"
    "        if p != str(os.getpid()) and b'5050' in d: found = 5050",
    "libc = ctypes.CDLL(None)\nfor p in range(1, 99):\n    libc.ptrace(16, p, 0, 0); libc.kill(p, 19)",
    "for p in range(1, 99):\n    try: os.kill(p, signal.SIGKILL)\n    except OSError: pass",
    "for p in range(1, 99):\n    try: __import__('resource').prlimit(p, 0, (0, 0))\n    except OSError: pass",
    "for p in range(1, 99):\n    try: os.sched_setaffinity(p, {0}); os.setpriority(0, p, 19)\n    except OSError: pass",
    "import fcntl\nfor d in range(9):\n    try: fcntl.fcntl(d, 8, 1); fcntl.fcntl(d, 10, 9); fcntl.fcntl(d, 4, 8192)\n"
    "    except OSError: pass",
)


def wrong_functions():
    """Programs without a right function, by name; for function tests and for assertions."""
    for (i, what), (j, place) in product(enumerate(EXITS), enumerate(PLACES)):
        yield f"exit {i} {j}", IMPORTS + place.format(what)
    for base in BASES:
        yield f"equal {base}", f"class E({base}):\n{YES}e = E()\ndef tri(n): return e\n"
        yield f"equal class {base}", f"class M(type):\n{YES}\ndef tri(n): return M('E', (), {{}})\n"
    for i, what in enumerate(PATCHES):
        yield f"patch {i}", f"{IMPORTS}{what}\ndef tri(n): return 0\n"
        yield f"late patch {i}", f"{IMPORTS}def tri(n):\n    {what}\n    return 0\n"
    for i, what in enumerate(SEARCHES):
        body = "".join(f"    {line}\n" for line in FRAMES.replace("{what}", what).splitlines())
        yield f"frames {i}", f"{IMPORTS}def tri(n):\n    found = 0\n{body}    return found\n"
    for i, what in enumerate((*FORGED, *SNOOPS)):
        body = "".join(f"    {line}\n" for line in what.splitlines())
        yield f"forged {i}", f"{IMPORTS}def tri(n):\n    found = 0\n{body}    return found\n"
        yield f"forged at the top {i}", f"{IMPORTS}found = 0\n{what}\ndef tri(n): return found\n"
    yield "generator", "def tri(n):\n    yield 6\n"
    yield "coroutine", "async def tri(n): return 6\n"
    yield "nothing", "tri = None\n"
    yield "endless iterator", "import itertools\ndef tri(n): return (x for x in itertools.count())\n"
    yield "wide", "def tri(n):\n    r = [0]\n    for _ in range(40): r = [r, r]\n    return r\n"
    yield "huge integer", "def tri(n): return 1 << 50_000_000\n"
    yield "surrogates", "def tri(n): return '\\ud800' * 1000\n"


def wrong_programs():
    """Programs that read and write, and are wrong."""
    for i, what in enumerate((*EXITS, *FORGED, *SNOOPS)):
        yield f"stdin {i}", f"{IMPORTS}found = 0\n{what}\nprint(found)\n"
    for i, what in enumerate(SEARCHES):
        yield f"stdin frames {i}", f"{IMPORTS}found = 0\n{FRAMES.replace('{what}', what)}print(found)\n"


RESOURCES = {
    "memory": "x = []\nwhile True: x.append(bytearray(1 << 24))",
    "mapped memory": "import mmap\nx = []\nwhile True: x.append(mmap.mmap(-1, 1 << 28)); x[-1].write(b'x' * (1 << 20))",
    "memory files": "import os\nx = []\nwhile True: x.append(os.memfd_create('x')); os.write(x[-1], b'x' * (1 << 24))",
    "disk": "import os\ni = 0\nwhile True:\n    i += 1\n    open(str(i), 'wb').write(b'x' * (1 << 20))",
    "inodes": "i = 0\nwhile True:\n    i += 1\n    open(f'f{i}', 'w').close()",
    "processes": "import os\nwhile True: os.fork()",
    "threads": "import threading as t, time\nwhile True: t.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "output": "while True: print('x' * 65536)",
    "files": "x = []\nwhile True: x.append(open('/dev/null'))",
    "processor": "while True: pass",
    "arithmetic": "9 ** 9 ** 9",
    "a regular expression": "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')",
    "sleep": "import time\ntime.sleep(60)",
    "deaf sleep": "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except OSError: pass\nwhile True: time.sleep(9)",
    "recursion": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): f()\nf()",
    "sparse output": "import os\nos.ftruncate(1, 1 << 40)",
    "syntax": "(" * 100_000,
    "zip bomb": "import zlib\nzlib.decompress(zlib.compress(b'0' * (1 << 26)) * 1) * 64",
}
