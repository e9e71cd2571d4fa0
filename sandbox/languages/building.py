"""From the source of a program to what a lane can start, with what compilers have made kept for the next time."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.errors import ToolchainError
from rlvr.sandbox.files import Files
from rlvr.sandbox.inside.execution import Command
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages.catalogue import OUT, RESIDENT, Language, names_of
from rlvr.sandbox.languages.toolchains import toolchain
from rlvr.sandbox.levels import Level
from rlvr.sandbox.outcome import Outcome, Run

BUILD_LIMITS: Final = Limits(cpu=20.0, wall=60.0, memory=1536, output=64, processes=64, files=512)
"""What all processes of a compiler may take together; its input is as little trusted as the program."""

KEPT_MIB: Final = 256
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Built:
    """What a lane can start, or why there is nothing.

    Args:
        language: Its language.
        start: What it calls itself.
        file: What is executed, or read by an interpreter.
        failed: How the build ended, where it made nothing.
        lasting: Whether another build would end so too; one that ended at a limit may have met a busy machine.
    """

    language: Language
    start: str
    file: bytes = b""
    failed: Run | None = None
    lasting: bool = True

    def command(self, limits: Limits) -> Command:
        """What is executed under these limits."""
        row = self.language
        tools = toolchain(row).tools
        words = [word.replace("{memory}", str(limits.memory)).replace("{name}", self.start) for word in row.run]
        return Command(
            path=tools[row.run[0]] if row.run else "",
            words=tuple(words) or ("./main",),
            held=row.held,
            resident=row.memory == RESIDENT,
            tasks=max(row.tasks, limits.processes),
            starts=row.starts,
            variables=row.variables,
        )


def check_level(language: Language, level: Level) -> None:
    """Refuses a language whose programs or compilers start processes where nothing could end these for sure.

    Raises:
        ToolchainError: See above.
    """
    if (language.starts or (language.build and language.name != "java")) and level is not Level.STRICT:
        raise ToolchainError(
            f"Programs in {language.name} need the level `strict`: what builds or runs them starts processes, which "
            f"only a namespace ends for sure. This lane has `{level}`.",
            hint="`rlvr doctor sandbox` says what is missing. Python, javascript and java run at `standard` too.",
        )


def build(lane: Lane, language: Language, source: str, files: Files | None = None) -> Built:
    """Compiles a program in the sandbox; of one that is only read by an interpreter it is the text itself.

    Raises:
        ToolchainError: The toolchain is not installed, or the lane's level is too low for it.
        LaneLostError: The lane was lost.
    """
    check_level(language, lane.level)
    tools = toolchain(language).tools
    stem, start = names_of(language, source)
    if not language.build:
        return Built(language, start, source.encode(errors="replace"))
    commands = [
        Command(
            path=tools[words[0]],
            words=tuple(word.replace("{name}", stem) for word in words),
            resident=True,
            tasks=128,
            # A JDK's tools are one process each; the others start an assembler and a linker.
            starts=language.name != "java",
            variables=language.variables,
        )
        for words in language.build
    ]
    beside = None if files is None else replace(files, wanted=())
    run, made = lane.build(source, language.source.replace("{name}", stem), commands, OUT, BUILD_LIMITS, beside)
    if run.ending is None and made:
        return Built(language, start, made)
    return Built(language, start, failed=_failed(run), lasting=run.ending in (None, Outcome.RUNTIME_ERROR))


def _failed(run: Run) -> Run:
    lines = [line.strip() for line in run.stderr.splitlines() if line.strip()]
    first = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "")
    if run.ending is Outcome.RUNTIME_ERROR:
        why = f"it does not compile: {first[:200]}" if first else "it does not compile"
    else:
        why = f"compiling it took {run.explanation}" if run.ending else "the compiler made no file, or too large a one"
    return Run(Outcome.COMPILE_ERROR, b"", run.stderr, run.cpu, run.wall, run.memory, why)


class BuildCache:
    """What compilers made, by language, source and toolchain; failures too. Equal sources are compiled once at a time.

    A build that ended at a limit of time or memory is not kept: it may have been the machine's load.

    Args:
        mib: What it may hold; the least recently used goes first.

    >>> BuildCache().size
    0
    """

    def __init__(self, mib: int = KEPT_MIB) -> None:
        self._most, self.size = mib << 20, 0
        self._made: OrderedDict[bytes, Built] = OrderedDict()
        self._lock = threading.Lock()
        self._under_way: dict[bytes, threading.Lock] = {}

    def get(self, lane: Lane, language: Language, source: str) -> Built:
        """What is to be started, from the cache or from the compiler.

        Raises:
            ToolchainError: See `build`.
            LaneLostError: See `build`.
        """
        if not language.build:
            return build(lane, language, source)
        check_level(language, lane.level)
        told = (language.name, toolchain(language).version, repr((language.build, language.variables)), source)
        key = hashlib.sha256("\0".join(told).encode(errors="replace")).digest()
        with self._lock:
            turn = self._under_way.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                found = self._made.get(key)
                if found is not None:
                    self._made.move_to_end(key)
            if found is None:
                try:
                    found = build(lane, language, source)
                    self._keep(key, found)
                finally:
                    with self._lock:
                        self._under_way.pop(key, None)
        return found

    def _keep(self, key: bytes, built: Built) -> None:
        if not built.lasting:
            return
        with self._lock:
            self._made[key] = built
            self.size += len(built.file)
            while self.size > self._most or len(self._made) > _KEPT:
                _, old = self._made.popitem(last=False)
                self.size -= len(old.file)
