"""The catalogue of checks: an id, typed arguments, a description for the prompt, a function.

The arguments of a check are the parameters of its function after the answer, their annotations are their types, and one
with a default may be left out. A check can have another function for what a publication says of it (`compat`); the
description and the id stay. A module of `checks` or `published` that registers checks is found by being there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final, Literal, TypeAlias, get_args

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints import arguments
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.arguments import Renamed

Compat: TypeAlias = Literal["fixed", "ifeval", "ifbench", "ifevalg", "tulu3", "multi-if"]
"""`fixed` is right; every other name reproduces what that publication's own code says."""

_TAKEN_OVER: Final[dict[str, str]] = {"ifbench": "ifeval", "ifevalg": "ifeval", "multi-if": "ifeval"}
"""Whose checks a publication took over, where it registers none of its own."""

Relation: TypeAlias = Literal["less than", "at least"]
"""How a count is compared."""

_ROOMS: Final = ("checks.words", "checks.layout", "checks.languages", "checks.translation", "published")
_CHECKS: Final[dict[tuple[str, str], Constraint]] = {}
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

    @cached_property
    def kinds(self) -> arguments.Kinds:
        """Type and default of each argument."""
        return arguments.kinds_of(self.function)

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
        _CHECKS[compat, id] = Constraint(id, description, function, compat, brief, gate)
        return function

    return add


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
    if compat not in get_args(Compat):
        raise DataError(f"There is no compat `{compat}`.{did_you_mean(compat, get_args(Compat))}")
    check = _CHECKS.get((compat, id)) or _CHECKS.get((_TAKEN_OVER.get(compat, compat), id))
    if check is None:
        raise DataError(f"There is no check `{id}` in `{compat}`.{did_you_mean(id, known(compat))}")
    return check


def known(compat: str = "fixed") -> list[str]:
    """The ids in a reading.

    >>> len(known("ifeval"))
    25
    """
    _load()
    return sorted({id for kept, id in _CHECKS if kept in (compat, _TAKEN_OVER.get(compat))})


@cache
def _load() -> None:
    # Importing a module puts its checks in; here, because each of them imports this one.
    for room in _ROOMS:
        package = importlib.import_module(f"rlvr.rewards.constraints.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for name, (id, names, description) in _ALIASES.items():
        _CHECKS["fixed", name] = _under_another_name(_CHECKS["fixed", id], name, names, description)
    for (compat, id), check in _CHECKS.items():
        base = _CHECKS.get(("fixed", id), check)
        described = replace(check, description=check.description or base.description, brief=check.brief or base.brief)
        _CHECKS[compat, id] = described


def _under_another_name(check: Constraint, name: str, names: Mapping[str, str], description: str) -> Constraint:
    if not names:
        return replace(check, id=name, description=description or check.description)
    said = str(check.description)
    for own, original in names.items():
        said = said.replace(f"{{{original}}}", f"{{{own}}}")
    return replace(check, id=name, description=description or said, function=Renamed(check.function, names))
