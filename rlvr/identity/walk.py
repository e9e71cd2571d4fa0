"""Every file that a file reaches by import: at its top, inside functions, through lazy packages and registries."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from rlvr.identity.parsed import Import, Parsed, parsed_file
from rlvr.identity.places import FOLDERS, ROOT, Place, beside, chain, folder_of, installed, place_of

ParsedOf = Callable[[Path], Parsed]


@dataclass(frozen=True)
class Reached:
    """What files reach.

    Attributes:
        modules: Digests by dotted name; the files one started from are under the empty name and a number.
        files: The files themselves, by the same names.
        packages: Installed packages that are imported, by the names they are imported under.
        rewards: Names given to `get_reward`.
    """

    modules: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, Path] = field(default_factory=dict[str, Path])
    packages: set[str] = field(default_factory=set[str])
    rewards: set[str] = field(default_factory=set[str])


@dataclass
class _Edges:
    """What one file reaches in a step.

    Attributes:
        said: By the file.
        places: Modules.
        packages: Installed ones.
    """

    said: Parsed
    places: list[Place] = field(default_factory=list[Place])
    packages: list[str] = field(default_factory=list[str])


_edges: dict[Place, _Edges] = {}
"""Of modules of ours, which nobody moves while they run."""

_registrations: dict[Place, _Edges] = {}
"""Of packages of rewards: what they import beside rewards."""


def walk(starts: Iterable[Path], parsed: ParsedOf = parsed_file, *, own: Iterable[Path] = ()) -> Reached:
    """Everything that Python files reach, themselves included.

    Importing a module runs the packages above it, which are followed too. In `rlvr.rewards` a package above only makes
    the rewards of its folder known; so of what it imports the modules that declare rewards are left out, which have
    identities of their own.

    Args:
        starts: Python files. Those of installed packages count by the version of the package.
        parsed: Reads a file.
        own: Those of them that are followed even where they are installed, with the modules of their package.

    >>> from rlvr.rewards.text import exact
    >>> sorted(walk([Path(exact.function.__code__.co_filename)]).modules)
    ['']
    """
    return _Walk(parsed).go(starts, {place_of(path).path for path in own})


class _Walk:
    def __init__(self, parsed: ParsedOf) -> None:
        self._parsed = parsed
        self._reached = Reached()
        self._waiting: list[tuple[str, Place]] = []
        self._seen: set[Path] = set()
        self._above_of: set[Path] = set()
        self._folders: dict[tuple[Path, str], Path | None] = {}
        self._near: list[Path] = []
        self._edges: _Edges | None = None

    def go(self, starts: Iterable[Path], own: set[Path]) -> Reached:
        for place in sorted({place_of(start) for start in starts}, key=lambda place: place.path):
            if not (place.ours or place.path in own) and installed(place.path):
                self._reached.packages.add(_top_of(place.path))
                continue
            # Where a file lies, and what it is called, says nothing of what it does.
            self._add(place, name="" if not self._near else f"#{len(self._near)}")
            self._near.append(place.top)
            self._above(place)
        while self._waiting:
            name, place = self._waiting.pop()
            self._follow(name, place)
        return self._reached

    def _add(self, place: Place, name: str | None = None) -> None:
        if self._edges is not None:
            self._edges.places.append(place)
        if place.path in self._seen:
            return
        self._seen.add(place.path)
        name = ".".join(place.name) if name is None else name
        if place.path.is_file():  # a namespace package has no file
            self._waiting.append((name, place))

    def _follow(self, name: str, place: Place) -> None:
        said = self._parsed(place.path)
        self._reached.modules[name], self._reached.files[name] = said.digest, place.path
        self._reached.rewards.update(said.rewards)
        known = _edges.get(place) if place.ours else None
        if known is None or known.said is not said:
            known = self._edges = _Edges(said)
            self._look(place, said)
            self._edges = None
            if place.ours:
                _edges[place] = known
        for one in known.places:
            self._add(one)
        self._reached.packages.update(known.packages)

    def _look(self, place: Place, said: Parsed) -> None:
        self._above_of.clear()
        for one in said.imports:
            self._import(place, one)
        for text in said.mentioned:
            self._import(place, Import(text))
        for text in said.files:
            self._named(place, text)
        for text in said.folders:
            self._folder(place, said, text)
        for text in said.groups:
            for point in entry_points(group=text):
                self._import(place, Import(point.module))

    def _import(self, place: Place, one: Import) -> None:
        if one == Import("rlvr", 0, one.names):
            for name in FOLDERS:
                if name in one.names:
                    self._import(place, Import(f"rlvr.{name}"))
            return
        found, whole = self._resolved(place, one)
        if not found:
            return
        target = found[-1]
        if not whole or not one.names:
            self._enter(target, None)
            return
        for name in one.names:
            inside = chain(target.path.parent, (name,), above=target.name) if target.is_package else []
            if inside:
                self._enter(inside[-1], None)
            if not inside or (target.path.is_file() and name in self._parsed(target.path).bound):
                self._enter(target, name)

    def _enter(self, place: Place, name: str | None) -> None:
        """A module that is imported, for one of its names or (None) for all."""
        self._above(place)
        self._add(place)
        if not place.path.is_file():
            return
        said = self._parsed(place.path)
        if not said.lazy or (name is not None and name in said.bound):
            return
        homes = [one for one in said.typed if name is None or name in one.names]
        if homes:
            for home in homes:
                self._import(place, home)
        else:
            for word in dict.fromkeys(said.texts):
                self._word(place, word)

    def _word(self, place: Place, word: str) -> None:
        """A text of a lazy package, which may be the home of what is asked for."""
        parts = tuple(word.lstrip(".").split("."))
        if not all(part.isidentifier() for part in parts):
            return
        if parts[: len(place.name)] == place.name:
            parts = parts[len(place.name) :]
        found = chain(place.path.parent, parts, above=place.name) if place.is_package and parts else []
        if len(found) == len(parts) and found:
            self._enter(found[-1], None)

    def _resolved(self, place: Place, one: Import) -> tuple[list[Place], bool]:
        """The packages and the module that are meant, and whether all of the name is there."""
        parts = tuple(one.module.split(".")) if one.module else ()
        if one.level:
            folder = place.path.parents[one.level - 1]
            package = place.package[: max(0, len(place.package) - one.level + 1)]
            found = chain(folder, parts, above=package) if parts else [Place(package, folder / "__init__.py")]
            return found, len(found) >= len(parts)
        if not parts:
            return [], False
        if parts[0] == "rlvr":
            found = chain(ROOT.parent, parts) if len(parts) > 1 and parts[1] in FOLDERS else []
            return found, len(found) == len(parts)
        folder = self._folder_of(place, parts[0])
        if folder is None:
            if parts[0] not in sys.stdlib_module_names and self._edges is not None:
                self._edges.packages.append(parts[0])
            return [], False
        found = chain(folder, parts)
        return found, len(found) == len(parts)

    def _folder_of(self, place: Place, top: str) -> Path | None:
        key = place.top, top
        if key not in self._folders:
            near = [
                folder
                for folder in (place.top, *self._near)
                if beside(folder, top) and (top == place.name[0] or not installed(folder / top))
            ]
            known = top in sys.stdlib_module_names
            self._folders[key] = near[0] if near else None if known else folder_of(top)
        return self._folders[key]

    def _above(self, place: Place) -> None:
        """The packages above a module, which Python runs before it."""
        for depth in range(1, len(place.package) + (not place.is_package)):
            folder = place.path.parents[len(place.package) - depth]
            above = Place(place.package[:depth], folder / "__init__.py")
            if above.path in self._above_of or above.path == place.path or above.name == ("rlvr",):
                continue
            self._above_of.add(above.path)
            if not above.path.is_file():
                continue
            if above.name[:2] == ("rlvr", "rewards"):
                self._registered(above)
            else:
                self._add(above)

    def _registered(self, above: Place) -> None:
        said = self._parsed(above.path)
        known = _registrations.get(above)
        if known is None or known.said is not said:
            known = _registrations[above] = _Edges(said)
            for one in said.imports:
                found, _ = self._resolved(above, one)
                if found and found[-1].name[:2] == ("rlvr", "rewards") and not _declares(found[-1]):
                    known.places.append(found[-1])
        for place in known.places:
            self._add(place)

    def _named(self, place: Place, text: str) -> None:
        """A Python file that is run by its path."""
        folder = place.path.parent
        if text.startswith("/") or ".." in text:
            return
        found = folder.glob(text) if "*" in text else [folder / text]
        for path in found:
            if path.is_file():
                self._add(place_of(path))

    def _folder(self, place: Place, said: Parsed, text: str) -> None:
        """A package whose modules are imported because they are there."""
        for folder in self._packages(place, said, text):
            for inside in sorted(folder.path.parent.rglob("*.py")):
                self._add(place_of(inside))

    def _packages(self, place: Place, said: Parsed, text: str) -> Iterator[Place]:
        if not text:
            yield place
            return
        first, _, rest = text.partition(".")
        for one in said.imports:
            if one.names and first in one.names:
                module = f"{one.module}.{first}" if one.module else first
                found, whole = self._resolved(place, Import(module, one.level))
            elif not one.names and one.module.partition(".")[0] == first:
                found, whole = self._resolved(place, Import(f"{first}.{rest}" if rest else first))
            else:
                continue
            if found and whole and found[-1].is_package:
                yield found[-1]


_DECLARATION: Final = re.compile(
    rb"^from rlvr(?:\.reward)? import (?:\([^)]*|[^\n]*)\b(?:batch_|group_)?reward\b", re.MULTILINE
)


def _declares(place: Place) -> bool:
    """Whether a module, or one of a package, declares rewards."""
    files = place.path.parent.rglob("*.py") if place.is_package else [place.path]
    return any(_DECLARATION.search(file.read_bytes()) for file in files)


def _top_of(path: Path) -> str:
    """The name under which an installed file is imported."""
    parts = path.parts
    at = max((index for index, part in enumerate(parts) if part in ("site-packages", "dist-packages")), default=-1)
    return Path(parts[at + 1]).stem if 0 <= at < len(parts) - 1 else "python"
