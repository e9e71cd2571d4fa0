"""The catalogue of translation constraints: an id, typed arguments, a description in many languages, a function.

The arguments of a check are the parameters of its function after the translation, and their annotations are their
types. The function says how much of what was asked is there, between 0 and 1. A gate lets nothing pass but all of it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from typing import Any, Final

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints import arguments
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.translation.fields import Pair

_CHECKS: Final[dict[str, Constraint]] = {}


@dataclass(frozen=True)
class Translation:
    """What a check sees of a translation.

    Args:
        source: The text to be translated.
        answer: What the model made of it.
        pair: The languages.
        references: Translations known to be right, to tell what may stay as it is in the source.
    """

    source: Text
    answer: Text
    pair: Pair
    references: tuple[Text, ...] = ()

    @classmethod
    def of(cls, source: str, answer: str, pair: Pair, references: Sequence[str] = ()) -> Translation:
        """A translation, from texts.

        >>> Translation.of("A cat.", "Eine Katze.", Pair("en", "de")).answer.words
        ['Eine', 'Katze']
        """
        own = tuple(Text(one, pair.target) for one in references)
        return cls(Text(source, pair.source), Text(answer, pair.target), pair, own)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says.

    Args:
        score: The share of what was asked that is there; `None` where the check has no opinion.
        why: What was found.
    """

    score: float | None
    why: str


@dataclass(frozen=True)
class Constraint:
    """A check; made by `constraint`.

    Args:
        id: `subject:what`.
        description: What to write in a prompt, in English, arguments in braces; by the value of an argument, where
            that decides.
        function: Takes a translation and the arguments by name.
        gate: Whether anything less than all of it fails the answer.
    """

    id: str
    description: str | Mapping[str, str]
    function: Callable[..., Outcome]
    gate: bool = field(default=False, kw_only=True)

    @cached_property
    def kinds(self) -> arguments.Kinds:
        """Type and default of each argument."""
        return arguments.kinds_of(self.function)

    def bind(self, given: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """The arguments of a task as the function takes them.

        Raises:
            DataError: One is missing, unknown or of another type.

        >>> find("length:characters").bind({"most": 40.0})
        {'most': 40}
        """
        return arguments.bind(self.kinds, given, where or self.id)

    def check(self, translation: Translation, given: Mapping[str, Any]) -> Outcome:
        """What the check says of a translation, for the arguments of a task.

        >>> find("length:characters").check(Translation.of("Hi!", "Hallo!", Pair("en", "de")), {"most": 6}).score
        1.0
        """
        return self.function(translation, **self.bind(given))


def constraint(
    id: str, description: str | Mapping[str, str], *, gate: bool = False
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Puts a function into the catalogue.

    Args:
        id: `subject:what`.
        description: What to write in a prompt; see `Constraint`.
        gate: Whether anything less than all of it fails the answer.

    >>> @constraint("demo:question", "End with a question mark.")
    ... def question(translation: Translation) -> Outcome:
    ...     return Outcome(float(translation.answer.text.endswith("?")), "its end")
    >>> find("demo:question").check(Translation.of("Why?", "Warum?", Pair("en", "de")), {}).score
    1.0
    >>> del _CHECKS["demo:question"]
    """

    def add(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        _CHECKS[id] = Constraint(id, description, function, gate=gate)
        return function

    return add


def find(id: str) -> Constraint:
    """The check of that id.

    Raises:
        DataError: There is no such check.

    >>> find("terms:glosary")
    Traceback (most recent call last):
    rlvr.errors.DataError: There is no check `terms:glosary`. Did you mean `terms:glossary`?
    """
    _load()
    if id not in _CHECKS:
        near = did_you_mean(id, _CHECKS)
        raise DataError(f"There is no check `{id}`.{near}", hint="" if near else f"They are {', '.join(known())}.")
    return _CHECKS[id]


def known() -> list[str]:
    """The ids of all checks.

    >>> "structure:json" in known()
    True
    """
    _load()
    return sorted(_CHECKS)


@cache
def _load() -> None:
    from rlvr.rewards.constraints.checks import translation as checks  # here, because each of them imports this one

    # Importing a module puts its checks in; one is found by being there.
    for name in sorted(module.name for module in pkgutil.iter_modules(checks.__path__)):
        import_module(f"{checks.__name__}.{name}")
