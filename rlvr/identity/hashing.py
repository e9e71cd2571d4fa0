"""The hash of an identity: of values, of all code that they reach, and of the versions beneath."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Final

from rlvr.errors import RlvrError
from rlvr.identity.parsed import Stamp, parsed_file, stamp
from rlvr.identity.places import ROOT
from rlvr.identity.values import Values
from rlvr.identity.versions import versions
from rlvr.identity.walk import ParsedOf, walk
from rlvr.plain_reward import RewardNode
from rlvr.registered import find

CORE: Final = ("sample", "verdict", "plain_reward", "reward", "judging", "compose")
"""What makes a verdict of what any reward says."""


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What enters an identity.

    Attributes:
        values: Texts of the values: names, defaults, what functions close over, digests of data files.
        modules: Digests of syntax trees by dotted name, those of rlvr's own verdict boundary included.
        files: The files of the modules that were reached.
        versions: Of packages, of Python, of Unicode and of ICU.
        stamps: Time and size of every file that was read for it.
    """

    values: tuple[str, ...]
    modules: dict[str, str]
    files: dict[str, Path]
    versions: tuple[str, ...]
    stamps: tuple[tuple[str, Stamp], ...]

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits, which stand in the identity.

        >>> from rlvr import sample, verdict
        >>> made_of([sample]).hash == made_of([sample]).hash != made_of([verdict]).hash
        True
        """
        lines = [*self.values, *(f"{name} {digest}" for name, digest in sorted(self.modules.items())), *self.versions]
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def made_of(parts: Sequence[object], parsed: ParsedOf = parsed_file) -> MadeOf:
    """What the identity of a reward is made of.

    Args:
        parts: Its function, then what it declares to depend on; a `Path` stands for what is in the file.
        parsed: Reads a Python file.

    >>> from rlvr import get_reward
    >>> made = made_of([get_reward("math.final_number").function])
    >>> "rlvr.rewards.languages.numbers.exact" in made.modules, "rlvr.rewards.math.comparing.proof" in made.modules
    (True, False)
    """
    values = Values()
    texts = (*map(values.text, parts[:1]), *map(values.declared, parts[1:]))
    own = _files_of_function(parts[0]) if parts else set[Path]()
    reached = walk(values.files, parsed, own=own)
    known: set[str] = set()
    while new := reached.rewards - known:  # rewards that are fetched by name, and those that they fetch
        known |= new
        values.files |= set(_files_of(new))
        reached = walk(values.files, parsed, own=own)
    read = {*values.data, *reached.files.values(), *_core_files()}
    stamps = tuple((str(path), stamp(path)) for path in sorted(read))
    return MadeOf(texts, _core(parsed) | reached.modules, reached.files, tuple(versions(reached.packages)), stamps)


def unchanged(stamps: Sequence[tuple[str, Stamp]]) -> bool:
    """Whether all files are as they were, by time and size: the identity then is what it was.

    >>> unchanged([(__file__, stamp(Path(__file__)))]), unchanged([("no/such/file", (1, 1))])
    (True, False)
    """
    return all(was is not None and stamp(Path(path)) == was for path, was in stamps)


def _files_of_function(function: object) -> set[Path]:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return set() if code is None else {Path(code.co_filename)}


def _files_of(names: set[str]) -> Iterator[Path]:
    for name in sorted(names):
        try:
            known = find(name)
        except RlvrError:
            continue
        values = Values()
        if isinstance(known, RewardNode):
            for leaf in known.leaves():
                values.text((leaf.function, [part for part in leaf.spec.depends if not isinstance(part, RewardNode)]))
        elif isinstance(known, FunctionType):  # of which `get_reward` makes a reward
            values.text(known)
        yield from values.files


def _core_files() -> list[Path]:
    """The files of the modules that take part in every verdict."""
    return [ROOT / f"{name}.py" for name in CORE]


def _core(parsed: ParsedOf) -> dict[str, str]:
    """Digests of the modules that take part in every verdict."""
    return {f"rlvr.{path.stem}": parsed(path).digest for path in _core_files()}
