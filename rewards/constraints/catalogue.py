"""The catalogue of checks: an id, typed arguments, a description for the prompt, a function.

The arguments of a check are the parameters of its function after the answer, their annotations are their types, and one
with a default may be left out. A check can have another function for what a publication says of it (`compat`); the
description and the id stay.

A module of `checks` or `published` that registers checks is found by being there, one of an installed package by its
entry point (`rlvr.constraints`). Checks of any other module belong to it: the rewards that `extend` makes know them.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final, Literal, TypeAlias, get_args

from rlvr.errors import DataError, MissingDependencyError, RewardDefinitionError, did_you_mean
from rlvr.rewards.constraints import arguments
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.arguments import Renamed

Compat: TypeAlias = Literal["fixed", "ifeval", "ifbench", "ifevalg", "tulu3", "multi-if", "m-ifeval", "ifbench-2026"]
"""`fixed` is right; every other name reproduces what that publication's own code says."""

_READINGS: Final = get_args(Compat)
_TAKEN_OVER: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("ifbench", "ifevalg", "multi-if", "m-ifeval"), ("ifeval",)),
    "ifbench-2026": ("ifbench", "ifeval"),
}
"""Whose checks a publication took over, where it registers none of its own."""

Relation: TypeAlias = Literal["less than", "at least"]
"""How a count is compared."""

_OURS: Final = "rlvr.rewards.constraints."
_CHECKS: Final[dict[tuple[str, str], Constraint]] = {}
_OWN: Final[dict[str, dict[str, Constraint]]] = {}
"""Checks of modules that neither rlvr nor an entry point brings, by module and id: two of them may use one id."""

_LENT: Final = ContextVar[Mapping[str, "Constraint"]]("_LENT")
"""Checks that a reward knows besides, while it judges."""
_ALIASES: Final[dict[str, tuple[str, Mapping[str, str], str]]] = {}


@dataclass(frozen=True)
class Constraint:
    """A check in one reading; made by `constraint`.

    Args:
        id: As published, `keywords:existence`.
        description: What to write in a prompt, in English, arguments in braces; by the value of an argument, where
            that decides.
        function: Takes an `Answer`, or only its `Text`, and the arguments by name.
        compat: Whose reading it is.
        brief: Few words can be a whole answer to it.
        gate: Anything less than all of it fails the answer.
    """

    id: str
    description: str | Mapping[str, str]
    function: Callable[..., Outcome]
    compat: Compat = "fixed"
    brief: bool = False
    gate: bool = False

    @property
    def kinds(self) -> arguments.Kinds:
        """Type and default of each argument."""
        return arguments.kinds_of(self.function)

    @property
    def sees_source(self) -> bool:
        """Whether its function takes an `Answer`, with the source, and not its `Text` alone.

        >>> find("numbers:same").sees_source, find("punctuation:no_comma").sees_source
        (True, False)
        """
        return arguments.subject_of(self.function) is Answer

    def bind(self, given: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """The arguments of a task as the function takes them, nulls left out.

        Args:
            given: As they stand in the task.
            where: The key under which they stand there, for messages.

        Raises:
            DataError: One is missing, unknown or of another type.

        >>> find("keywords:frequency").bind({"keyword": "cat", "frequency": 2.0, "relation": "at least", "N": None})
        {'keyword': 'cat', 'frequency': 2, 'relation': 'at least'}
        """
        return arguments.bind(self.kinds, given, where or self.id)

    def check(self, answer: Answer, given: Mapping[str, Any]) -> Outcome:
        """What the check says of an answer, for the arguments of a task.

        >>> find("keywords:existence").check(Answer("A cat."), {"keywords": ["cat"]}).followed
        True
        """
        return self.function(answer, **self.bind(given))


def constraint(
    id: str,
    description: str | Mapping[str, str] = "",
    *,
    compat: Compat = "fixed",
    brief: bool = False,
    gate: bool = False,
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Puts a function into the catalogue; see `Constraint` for the arguments.

    >>> @constraint("demo:question", "End with a question mark.")
    ... def end_with_question(answer: Answer) -> Outcome:
    ...     return Outcome(answer.text.endswith("?"), f"it ends in {answer.text[-1:]!r}")
    >>> find("demo:question").check(Answer("Why?"), {}).followed
    True
    >>> del _CHECKS["fixed", "demo:question"]
    """

    def add(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        _add(Constraint(id, description, function, compat, brief, gate))
        return function

    return add


def _add(check: Constraint) -> None:
    module = check.function.__module__
    if not module.startswith(_OURS):
        _load()
        _load_packages()
    known = _CHECKS.get((check.compat, check.id))
    if known is not None and _place(known) != _place(check):
        raise RewardDefinitionError(
            f"`{check.id}` is already the id of {_place(known)}; {_place(check)} cannot have it too.",
            hint="Begin the ids of your own with a name of your own, `house:greeting`.",
        )
    if module.startswith(_OURS) or _is_packaged(module):
        _CHECKS[check.compat, check.id] = check
    else:
        _OWN.setdefault(module, {})[check.id] = check


def _is_packaged(module: str) -> bool:
    package = module.partition(".")[0]
    return any(point.module.partition(".")[0] == package for point in entry_points(group="rlvr.constraints"))


def _place(check: Constraint) -> str:
    function = check.function.function if isinstance(check.function, Renamed) else check.function
    return f"{function.__module__}.{function.__qualname__}"


@contextmanager
def lending(checks: Sequence[Constraint]) -> Generator[None]:
    """Has `find` know some checks besides, in this thread and until the end of the block.

    >>> check = replace(find("punctuation:no_comma"), id="demo:no_comma")
    >>> with lending([check]):
    ...     find("demo:no_comma") is check
    True
    """
    token = _LENT.set({check.id: check for check in checks})
    try:
        yield
    finally:
        _LENT.reset(token)


def defined_by(function: Callable[..., Outcome]) -> Constraint:
    """The check that a function was declared to be.

    Raises:
        RewardDefinitionError: It is none.
    """
    own = (check for checks in _OWN.values() for check in checks.values())
    for check in (*own, *_CHECKS.values()):
        if check.function is function:
            return check
    name = getattr(function, "__qualname__", repr(function))
    raise RewardDefinitionError(
        f"`{name}` is no constraint.", hint='Decorate it: `@constraint("house:greeting", ...)`.'
    )


def alias(name: str, id: str, names: Mapping[str, str] | None = None, description: str = "") -> None:
    """Puts a check into the catalogue under another name as well.

    Args:
        name: The other name.
        id: The check's own.
        names: What the check calls each argument, by the name it has here, where they differ.
        description: What to write in a prompt, where it differs.

    >>> find("validate_sections").bind({"N": 3, "section_splitter": "Part"})
    {'N': 3, 'section_splitter': 'Part'}
    >>> find("validate_sections").description
    'Write {N} sections, headed {section_splitter} 1 and so on.'
    """
    _ALIASES[name] = id, names or {}, description


def find(id: str, compat: str = "fixed") -> Constraint:
    """The check of that id in a reading.

    Raises:
        DataError: There is no such check, or no such reading.

    >>> find("keywords:existance")
    Traceback (most recent call last):
    rlvr.errors.DataError: There is no check `keywords:existance` in `fixed`. Did you mean `keywords:existence`?
    """
    _load()
    if compat not in _READINGS:
        raise DataError(f"There is no compat `{compat}`.{did_you_mean(compat, _READINGS)}")
    check = _LENT.get({}).get(id) or next(
        (_CHECKS[kept, id] for kept in (compat, *_TAKEN_OVER.get(compat, ())) if (kept, id) in _CHECKS), None
    )
    if check is None:
        _load_packages()
        check = _CHECKS.get((compat, id)) or _own(id)
    if check is None:
        raise DataError(f"There is no check `{id}` in `{compat}`.{did_you_mean(id, known(compat))}")
    return check


def _own(id: str) -> Constraint | None:
    having = [checks[id] for module, checks in _OWN.items() if module in sys.modules and id in checks]
    if len(having) > 1:
        files = ", ".join(sorted(check.function.__code__.co_filename for check in having))
        raise DataError(f"Several files have a check `{id}`: {files}.", hint="Judge with a reward that `extend` made.")
    return having[0] if having else None


def known(compat: str = "fixed") -> list[str]:
    """The ids in a reading, those of installed packages included.

    >>> len(known("ifeval"))
    25
    """
    _load()
    _load_packages()
    return sorted({id for kept, id in _CHECKS if kept in (compat, *_TAKEN_OVER.get(compat, ()))})


def all_ids() -> list[str]:
    """The ids in any reading, those of installed packages and of loaded files included.

    >>> "keywords:existence" in all_ids()
    True
    """
    _load()
    _load_packages()
    return sorted({*(id for _, id in _CHECKS), *(id for checks in _OWN.values() for id in checks)})


def readings(id: str) -> list[str]:
    """The readings that a check has, those that take it over from another included.

    >>> readings("keywords:existence")
    ['fixed', 'ifeval', 'ifbench', 'ifevalg', 'multi-if', 'm-ifeval', 'ifbench-2026']
    """
    _load()
    return [one for one in get_args(Compat) if any((kept, id) in _CHECKS for kept in (one, *_TAKEN_OVER.get(one, ())))]


@cache
def _load() -> None:
    # Importing a module puts its checks in; here, because each of them imports this one.
    import rlvr.rewards.constraints.checks
    import rlvr.rewards.constraints.published

    for folders, name in (
        (rlvr.rewards.constraints.checks.__path__, "checks"),
        (rlvr.rewards.constraints.published.__path__, "published"),
    ):
        for module in pkgutil.walk_packages(folders, f"{_OURS}{name}."):
            importlib.import_module(module.name)
    for name, (id, names, description) in _ALIASES.items():
        _CHECKS["fixed", name] = _under_another_name(_CHECKS["fixed", id], name, names, description)
    for (compat, id), check in _CHECKS.items():
        base = _CHECKS.get(("fixed", id), check)
        described = replace(check, description=check.description or base.description, brief=check.brief or base.brief)
        _CHECKS[compat, id] = described


@cache
def _load_packages() -> None:
    for point in entry_points(group="rlvr.constraints"):
        try:
            importlib.import_module(point.module)
        except ImportError as error:
            raise MissingDependencyError(
                f"The constraints `{point.name}` are declared by {point.module}, which cannot be imported: {error}.",
                hint="Install what it needs, or uninstall the package that declares it.",
            ) from error


def _under_another_name(check: Constraint, name: str, names: Mapping[str, str], description: str) -> Constraint:
    if not names:
        return replace(check, id=name, description=description or check.description)
    said = str(check.description)
    for own, original in names.items():
        said = said.replace(f"{{{original}}}", f"{{{own}}}")
    return replace(check, id=name, description=description or said, function=Renamed(check.function, names))
