"""Languages other than Python: how a program of each is built and started, and what it is bound by.

Each is a table row. A program whose row has `build` is compiled in the sandbox first; what the compiler wrote to `out`
is all that is kept of it. Where `run` is empty that file is what runs, else an interpreter reads it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from rlvr.errors import did_you_mean
from rlvr.sandbox.errors import UnknownLanguageError

PYTHON: Final = "python"

OUT: Final = "out"
"""What a build leaves, beside the source."""

_LONGEST_STEM: Final = 200

ADDRESSES: Final = "addresses"
RESIDENT: Final = "resident"


@dataclass(frozen=True, slots=True)
class Language:
    """How programs of one language come to run.

    Args:
        name: As rows and fences call it.
        aliases: Other names for it.
        suffix: Of its files, the usual one first.
        tools: Executables that are needed; the first is asked for its version.
        install: What brings them, in words.
        source: The source file's name; `{name}` is the program's own name for it.
        build: Commands, the first word a tool; `{name}` as above.
        run: The command, the first word a tool; empty where `out` itself is executed.
        held: The file that `run` reads.
        memory: How memory is bound: by the address space, or, where a runtime reserves far more than it uses, by what
            is resident, which is looked at while it runs.
        tasks: Processes and threads at once.
        starts: Whether programs may start processes and execute files.
        exhausted: What its runtime writes when memory is used up.
        variables: Of the environment, besides the fixed ones.
        shown: Files and folders of the host that its libraries lie in, beyond those that every program sees.
    """

    name: str
    aliases: tuple[str, ...]
    suffix: tuple[str, ...]
    tools: tuple[str, ...]
    install: str
    source: str
    build: tuple[tuple[str, ...], ...] = ()
    run: tuple[str, ...] = ()
    held: str = ""
    memory: str = ADDRESSES
    tasks: int = 64
    starts: bool = False
    exhausted: str = r"(?!)"
    variables: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = ()


_GCC: Final = ("-O2", "-pipe", "-w", "-fno-diagnostics-show-caret", "-fmax-errors=3", "-o", OUT)

LANGUAGES: Final = (
    Language(
        "c",
        (),
        (".c",),
        ("gcc",),
        "gcc and the C library's headers (Debian: `gcc libc6-dev`)",
        "main.c",
        (("gcc", "-std=gnu17", *_GCC, "main.c", "-lm"),),
        exhausted="out of memory",
    ),
    Language(
        "cpp",
        ("c++", "cxx", "cc"),
        (".cpp", ".cc", ".cxx"),
        ("g++",),
        "g++ (Debian: `g++`)",
        "main.cpp",
        (("g++", "-std=gnu++20", *_GCC, "main.cpp"),),
        exhausted=r"std::bad_alloc|out of memory",
    ),
    Language(
        "rust",
        ("rs",),
        (".rs",),
        ("rustc", "cc"),
        "rustc and a linker (rustup.rs, and Debian: `gcc`)",
        "main.rs",
        (("rustc", "--edition=2021", "-Copt-level=2", "-Ccodegen-units=1", "-Awarnings", "-o", OUT, "main.rs"),),
        exhausted=r"memory allocation of \d+ bytes failed",
    ),
    Language(
        "go",
        ("golang",),
        (".go",),
        ("go",),
        "Go (go.dev, or Debian: `golang-go`)",
        "main.go",
        (("go", "build", "-o", OUT, "main.go"),),
        memory=RESIDENT,
        exhausted="out of memory",
        variables=(("CGO_ENABLED", "0"), ("GO111MODULE", "off"), ("GOCACHE", "/w/cache"), ("GOTOOLCHAIN", "local")),
    ),
    Language(
        "java",
        (),
        (".java",),
        ("javac", "java", "jar"),
        "a JDK (Debian: `default-jdk-headless`)",
        "{name}.java",
        (
            ("javac", "-J-Xmx512m", "-J-XX:+UseSerialGC", "-nowarn", "-proc:none", "-d", "classes", "{name}.java"),
            ("jar", "-J-XX:+UseSerialGC", "--create", "--no-compress", "--file", OUT, "-C", "classes", "."),
        ),
        (
            "java", "-Xmx{memory}m", "-Xss64m", "-XX:MaxMetaspaceSize=128m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
            "-Xshare:auto", "-cp", "main.jar", "{name}",
        ),
        "main.jar",
        memory=RESIDENT,
        tasks=256,
        exhausted=r"java\.lang\.OutOfMemoryError|insufficient memory for the Java",
    ),
    Language(
        "javascript",
        ("js", "node", "nodejs"),
        (".js", ".mjs", ".cjs"),
        ("node",),
        "Node.js (nodejs.org, or Debian: `nodejs`)",
        "main.js",
        run=("node", "--max-old-space-size={memory}", "--stack-size=3900", "main.js"),
        held="main.js",
        memory=RESIDENT,
        exhausted="JavaScript heap out of memory|Array buffer allocation failed|Allocation failed",
        variables=(("OPENSSL_CONF", "/dev/null"),),
    ),
    Language(
        "bash",
        ("sh", "shell"),
        (".sh", ".bash"),
        ("bash",),
        "bash",
        "main.sh",
        run=("bash", "--norc", "--noprofile", "main.sh"),
        held="main.sh",
        tasks=32,
        starts=True,
        exhausted="xmalloc: cannot allocate|xrealloc: cannot allocate|Cannot allocate memory",
    ),
)  # fmt: skip
"""All but Python."""

NAMES: Final = (PYTHON, *(language.name for language in LANGUAGES))

_PYTHON_NAMES: Final = ("python", "py", "python3", "")
_BY_NAME: Final = {name: language for language in LANGUAGES for name in (language.name, *language.aliases)}
_PACKAGE: Final = re.compile(r"^\s*package\s+([A-Za-z_][\w.]*)\s*;", re.MULTILINE)
_PUBLIC: Final = re.compile(r"^\s*public\s+(?:(?:final|abstract|strictfp)\s+)*class\s+([A-Za-z_]\w*)", re.MULTILINE)
_CLASS: Final = re.compile(r"\bclass\s+([A-Za-z_]\w*)")
_MAIN: Final = re.compile(r"\bstatic\s+(?:final\s+)?void\s+main\b")


def language_of(name: str) -> Language | None:
    """The row of a language; `None` for Python, which needs none.

    Raises:
        UnknownLanguageError: There is none of that name.

    >>> language_of("c++").name, language_of("python")
    ('cpp', None)
    """
    name = name.lower()
    if name in _PYTHON_NAMES:
        return None
    if name not in _BY_NAME:
        raise UnknownLanguageError(
            f"Programs in {name!r} cannot be run here.{did_you_mean(name, _BY_NAME)}",
            hint=f"The languages are {', '.join(NAMES)}.",
        )
    return _BY_NAME[name]


def _around(source: str, place: int) -> str:
    """The outermost class that a place lies in; braces in strings may mislead it: then the program does not start."""
    outer = [one for one in _CLASS.finditer(source[:place]) if _depth(source[: one.start()]) <= 0]
    return outer[-1][1] if outer else ""


def _depth(text: str) -> int:
    return text.count("{") - text.count("}")


def by_suffix(file: str) -> str:
    """The name of the language that a file's name says it is in; Python where it says nothing known.

    >>> by_suffix("a/b.rs"), by_suffix("solution")
    ('rust', 'python')
    """
    for language in LANGUAGES:
        if file.endswith(language.suffix):
            return language.name
    return PYTHON


def names_of(language: Language, source: str) -> tuple[str, str]:
    """What a program calls itself, for a language that wants its file called so: the file's stem, and what to start.

    >>> names_of(_BY_NAME["java"], "class A {}\\npublic class B { public static void main(String[] a) {} }")
    ('B', 'B')
    """
    if "{name}" not in language.source:
        return "main", "main"
    public = _PUBLIC.search(source)
    entry = _MAIN.search(source)
    start = _around(source, entry.start()) if entry else ""
    start = start or (public[1] if public else "Main")
    package = _PACKAGE.search(source)
    stem = public[1] if public else start
    if len(os.fsencode(stem)) > _LONGEST_STEM:
        return "Main", "Main"  # no file can be called so; its compiler says that it is not what it should be
    return stem, (f"{package[1]}.{start}" if package else start)
