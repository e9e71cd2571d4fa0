"""What a task asks for: its constraints, read from `data.constraints`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rlvr.errors import DataError
from rlvr.rewards.constraints.translation_catalogue import Constraint, Outcome, Translation, find

_FORM = '`data.constraints` is [{"id": "terms:keep", "terms": ["Berlin"]}, ...]; `"gate": true` makes a gate of one.'


@dataclass(frozen=True, slots=True)
class Asked:
    """One constraint of a task: the check, its arguments, its name in the metrics, whether it is a gate."""

    constraint: Constraint
    arguments: dict[str, Any]
    name: str
    gate: bool

    def outcome(self, translation: Translation) -> Outcome:
        """What the check says of a translation."""
        return self.constraint.function(translation, **self.arguments)


def read_constraints(data: Mapping[str, Any]) -> list[Asked]:
    """The constraints in the data of a task.

    Raises:
        DataError: There are none, or one is unknown or has other arguments; the message names the key.

    >>> [one.name for one in read_constraints({"constraints": [{"id": "terms:keep", "terms": ["Berlin"]}]})]
    ['terms:keep']
    >>> read_constraints({"constraints": [{"id": "terms:keep", "term": ["Berlin"]}]})
    Traceback (most recent call last):
    rlvr.errors.DataError: `data.constraints[0]` has no argument `term`. Did you mean `terms`?
    Its arguments: `terms`: a list, nonempty: a text each.
    """
    given = data.get("constraints")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise DataError(f"`data.constraints` is {given!r}.", hint=_FORM)
    asked, seen = list[Asked](), dict[str, int]()
    for place, row in enumerate(cast("Sequence[Any]", given)):
        where = f"data.constraints[{place}]"
        if not isinstance(row, Mapping) or not isinstance(cast("Mapping[str, Any]", row).get("id"), str):
            raise DataError(f"`{where}` is {row!r}; it is a mapping with an `id`.", hint=_FORM)
        asked.append(_one(cast("Mapping[str, Any]", row), where, seen))
    return asked


def _one(row: Mapping[str, Any], where: str, seen: dict[str, int]) -> Asked:
    id = str(row["id"])
    try:
        check = find(id)
    except DataError as error:
        raise DataError(f"`{where}.id`: {error.message}", hint=error.hint) from None
    gate = row.get("gate")
    if gate is not None and not isinstance(gate, bool):
        raise DataError(f"`{where}.gate` is {gate!r}; it is true or false.")
    given = {name: value for name, value in row.items() if name not in ("id", "gate")}
    # A prompt may ask for the same kind of thing twice, with other arguments.
    seen[id] = seen.get(id, 0) + 1
    name = id if seen[id] == 1 else f"{id}#{seen[id]}"
    return Asked(check, check.bind(given, where), name, check.gate if gate is None else gate)
