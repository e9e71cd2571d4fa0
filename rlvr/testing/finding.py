"""Which reward a golden case is about, and which cases a reward has.

A row names its reward; else the declaration of its file does; else the file's own name does:

| file | reward |
|---|---|
| `shop.price.cases.jsonl` | the one of that name |
| `price.cases.jsonl` | the one that `price.py` beside it defines |
| `cases.jsonl` | the one that `rewards.py` beside it defines, or else the only Python file there |

A name is a registered one (`shop.price`; the module beside the cases is loaded when nobody knows it yet), a function
of a file (`rewards.py:price`, from the folder of the cases on) or of a module (`my.package:price`).
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType, ModuleType

from rlvr import registry
from rlvr.compose import Composable
from rlvr.errors import DataError, RewardDefinitionError, RlvrError, UnknownRewardError
from rlvr.reward import Reward
from rlvr.reward_file import load, package_of
from rlvr.testing.cases import Case, holds_cases, is_cases_file, read_cases
from rlvr.testing.subject import Subject

_PASSED_OVER = ("node_modules", "site-packages", "__pycache__", "build", "dist")


def find_subjects(what: str) -> list[Subject]:
    """The rewards that somebody means, with their cases.

    Args:
        what: A cases file; a Python file, for every reward it defines; a folder, for all cases files in it and below
            (files of that name that hold no case are somebody else's); or anything that `rlvr.get_reward` takes.

    Raises:
        DataError: A broken cases file, or a file or folder without any case.
        UnknownRewardError: There is no such reward.

    >>> [subject.name for subject in find_subjects("text.exact")]
    ['text.exact']
    """
    path = Path(what).expanduser()
    if path.is_dir():
        named = list(_cases_files_below(path))
        files = [file for file in named if holds_cases(file)]
        if not files:
            raise _no_cases(path, named)
        return [subject for file in files for subject in subjects_in(file)]
    if path.suffix == ".jsonl":
        if not is_cases_file(path):
            _require_cases(path)
        return subjects_in(path)
    if path.suffix == ".py":
        rewards = _rewards_of(path)
        if not rewards:
            raise UnknownRewardError(f"{path} defines no reward.", hint='Decorate one: `@reward("my.name")`.')
        return [subject_of(reward) for reward in rewards]
    return [subject_of(what)]


def _require_cases(path: Path) -> None:
    """A file of any name, given by hand, must hold cases.

    Raises:
        DataError: It is not there, or holds something else.
    """
    if not path.exists():
        raise DataError(f"There is no file {path} (looked in {Path.cwd()}).")
    if not holds_cases(path):
        raise DataError(f"{path} is no file of golden cases.", hint=_CASES_HINT)


_CASES_HINT = "Name a reward (`rlvr test math.final_number`), or write cases: see docs/define-a-reward.md."


def _no_cases(folder: Path, named: Sequence[Path]) -> DataError:
    if not named:
        return DataError(f"{folder.resolve()} holds no cases.jsonl, and no folder in it does.", hint=_CASES_HINT)
    first, more = named[0], f" ({len(named) - 1} further files neither)" if len(named) > 1 else ""
    said = "is empty" if not first.stat().st_size else "holds no golden case"
    return DataError(f"{first} {said}{more}.", hint=_CASES_HINT)


def subject_of(reward: Composable | str) -> Subject:
    """A reward, with the golden cases that stand beside the file it is defined in.

    Raises:
        DataError: A broken cases file beside it.
        UnknownRewardError: There is no reward of that name.
    """
    found = registry.get(reward)
    for file in _cases_files_beside(found):
        for subject in subjects_in(file, only=found):
            return Subject(found, subject.cases, subject.declaration, file)
    return Subject(found)


def subjects_in(path: Path, *, only: Composable | None = None) -> list[Subject]:
    """The rewards that a cases file is about, each with its own cases.

    Args:
        path: The file.
        only: Leave out the rows about others, and do not mind when those cannot be found.

    Raises:
        DataError: A broken file, or a row whose reward cannot be found.
    """
    held = read_cases(path)
    rewards: dict[str, Composable | None] = {}
    rows: dict[str, list[Case]] = {}
    for case in held.cases:
        name = case.reward or held.declaration.reward
        if name not in rewards:
            try:
                rewards[name] = _reward_of(name, path)
            except RlvrError as error:
                if only is None:
                    raise DataError(f"{path}, line {case.line}: {error.message}", hint=error.hint or _NAMING) from error
                rewards[name] = None
        reward = rewards[name]
        if reward is not None and (only is None or reward.name == only.name):
            rows.setdefault(reward.name, []).append(case)
    kept = {reward.name: reward for reward in rewards.values() if reward is not None}
    return [Subject(kept[name], tuple(cases), held.declaration, path) for name, cases in rows.items()]


_NAMING = 'Begin the file with {"reward": "NAME"}, or give the row a `reward`.'


def _reward_of(name: str, path: Path) -> Composable:
    folder = path.resolve().parent
    stem = path.name.removesuffix("cases.jsonl").removesuffix(".") if is_cases_file(path) else ""
    name = name or (stem if "." in stem else "")
    if ":" in name:
        where, _, attribute = name.rpartition(":")
        return registry.get(f"{folder / where}:{attribute}" if where.endswith(".py") else name)
    beside = _module_beside(folder, stem)
    if name:
        in_package = (folder / "__init__.py").is_file()  # whose rewards are found by entry point, not by file
        own = [] if beside is None or in_package else _rewards_of(beside)
        return next((reward for reward in own if reward.name == name), None) or registry.get(name)
    if beside is None:
        raise UnknownRewardError(f"no Python file beside {path.name} says which reward this is.", hint=_NAMING)
    rewards = _rewards_of(beside)
    if len(rewards) != 1:
        listed = ", ".join(reward.name for reward in rewards) or "none"
        raise UnknownRewardError(f"{beside.name} defines {len(rewards)} rewards ({listed}), not one.", hint=_NAMING)
    return rewards[0]


def _module_beside(folder: Path, stem: str) -> Path | None:
    named = folder / f"{stem or 'rewards'}.py"
    if named.is_file():
        return named
    files = [path for path in folder.glob("*.py") if path.name not in ("__init__.py", "conftest.py", "setup.py")]
    return files[0] if len(files) == 1 and not stem else None


def _rewards_of(path: Path) -> list[Composable]:
    """The rewards a file defines; where it has none, its public functions, which may be rewards without the name."""
    module = _load(path)
    own = {name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__}
    rewards = [value for value in own.values() if isinstance(value, Reward)]  # pyright: ignore[reportUnknownVariableType]
    plain = [name for name, value in own.items() if isinstance(value, FunctionType) and not name.startswith("_")]
    return list(rewards) or [registry.get(f"{path.resolve()}:{name}") for name in plain]  # pyright: ignore[reportUnknownArgumentType]


def _load(path: Path) -> ModuleType:
    """The module of a file, in the one form in which this process knows it."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file and os.path.realpath(file) == os.path.realpath(path):
            return module
    return _load_of_package(path) or load(str(path), str(path))


def _load_of_package(path: Path) -> ModuleType | None:
    """A file that imports its neighbours with a dot, loaded as a module of its package; `None` where it is none.

    pytest does the same with a test of a package: the folder above the package comes first on the path.
    """
    if not path.is_file() or not (place := package_of(path)):
        return None
    root, name = place
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module = load(name, str(path))
    if os.path.realpath(module.__file__ or "") == os.path.realpath(path):
        return module
    raise RewardDefinitionError(
        f"{path} imports with a dot, so it is the module `{name}` of {root}; {module.__file__} has that name already.",
        hint="Give the package another name, or import its neighbours without a dot.",
    )


def _cases_files_beside(reward: Composable) -> Iterator[Path]:
    for leaf in reward.leaves():
        try:
            file = Path(inspect.getsourcefile(inspect.unwrap(leaf.function)) or "")
        except TypeError:
            continue
        if file.is_file():
            yield from sorted(
                path for path in file.parent.glob("*cases.jsonl") if is_cases_file(path) and holds_cases(path)
            )


def _cases_files_below(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        yield from (Path(where) / name for name in sorted(files) if is_cases_file(Path(name)))
