"""What a task asks for, parsed: its constraints, in either of the forms in which tasks hold them, and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import Constraint, find
from rlvr.rewards.languages.identification import canonical
from rlvr.sample import is_list, is_mapping

Mode = Literal["strict", "loose", "both"]
Aggregation = Literal["all", "fraction", "weighted"]

_CHOICES = {"mode": get_args(Mode), "aggregation": get_args(Aggregation)}
_PUBLISHED = 'It is {"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": ["cat"]}]}.'
_LISTED = '`data.constraints` is [{"id": "terms:keep", "terms": ["Berlin"]}, ...]; `"gate": true` makes a gate of one.'


@dataclass(frozen=True, slots=True)
class Asked:
    """One constraint of a task.

    Args:
        constraint: The check.
        arguments: As its function takes them.
        name: In the metrics: the id, numbered where a task asks for it more than once.
        gate: Whether anything less than all of it fails the answer.
    """

    constraint: Constraint
    arguments: dict[str, Any]
    name: str
    gate: bool = False

    def judge(self, answer: Answer) -> Outcome:
        """What the check says of an answer."""
        return self.constraint.function(answer, **self.arguments)


@dataclass(frozen=True, slots=True)
class Settings:
    """How constraints are judged; `instructions.follow` explains the fields."""

    language: str = "en"
    compat: str = "fixed"
    mode: Mode = "strict"
    aggregation: Aggregation = "all"
    weights: tuple[float, ...] = ()
    gate: bool = True


def read_settings(data: Mapping[str, Any], count: int) -> Settings:
    """The settings in `data`, for so many constraints.

    Raises:
        DataError: One of them is none that there is.

    >>> read_settings({"mode": "loose"}, 1).mode
    'loose'
    """
    mode, aggregation = _read_choice(data, "mode"), _read_choice(data, "aggregation")
    gate, language = read_gate(data), str(data.get("language") or "en")
    canonical(language)
    weights = tuple(float(weight) for weight in data.get("weights") or ())
    if aggregation == "weighted" and (len(weights) != count or min(weights, default=0.0) < 0 or sum(weights) <= 0):
        raise DataError(f"`weights` are {weights} for {count} constraints; there is a nonnegative one for each.")
    return Settings(language, str(data.get("compat") or "fixed"), mode, aggregation, weights, gate)


def read_gate(data: Mapping[str, Any]) -> bool:
    """Whether answers have to pass the gate, `data.gate`; they have to unless it says otherwise.

    Raises:
        DataError: It is neither true nor false.

    >>> read_gate({}), read_gate({"gate": False})
    (True, False)
    """
    gate = data.get("gate", True)
    if not isinstance(gate, bool):
        raise DataError(f"`data.gate` is {gate!r}; it is true or false.")
    return gate


def read_reference(reference: object, compat: str = "fixed") -> list[Asked]:
    """The constraints of a reference as published rows have them, `{"instruction_id_list": [...], "kwargs": [...]}`.

    Raises:
        DataError: It has another form, or one of its checks is unknown or lacks an argument.

    >>> read_reference({"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]})[0].name
    'punctuation:no_comma'
    """
    if not is_mapping(reference):
        raise DataError(f"The reference is {type(reference).__name__}, no mapping.", hint=_PUBLISHED)
    ids, kwargs = reference.get("instruction_id_list"), reference.get("kwargs")
    if not is_list(ids) or not is_list(kwargs) or not ids:
        raise DataError("The reference lacks `instruction_id_list` or `kwargs`, or they are empty.", hint=_PUBLISHED)
    if len(ids) != len(kwargs):
        raise DataError(f"{len(ids)} ids and {len(kwargs)} kwargs in the reference.", hint=_PUBLISHED)
    checks = [find(id, compat) for id in ids]
    bound = [check.bind(given or {}) for check, given in zip(checks, kwargs, strict=True)]
    return _named(checks, bound, [check.gate for check in checks])


def read_constraints(data: Mapping[str, Any]) -> list[Asked]:
    """The constraints that stand in the data of a task, `[{"id": ..., ARGUMENT: ...}, ...]`.

    Raises:
        DataError: There are none, or one is unknown or has other arguments; the message names the key.

    >>> [one.name for one in read_constraints({"constraints": [{"id": "terms:keep", "terms": ["Berlin"]}]})]
    ['terms:keep']
    >>> read_constraints({"constraints": [{"id": "terms:keep", "term": ["Berlin"]}]})
    Traceback (most recent call last):
    rlvr.errors.DataError: `data.constraints[0]` has no argument `term`. Did you mean `terms`?
    Its arguments: `terms`: a list, nonempty: a text each.
    """
    rows = data.get("constraints")
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise DataError(f"`data.constraints` is {rows!r}.", hint=_LISTED)
    checks, bound, gates = list[Constraint](), list[dict[str, Any]](), list[bool]()
    for place, row in enumerate(cast("Sequence[Any]", rows)):
        where = f"data.constraints[{place}]"
        if not is_mapping(row) or not isinstance(row.get("id"), str):
            raise DataError(f"`{where}` is {row!r}; it is a mapping with an `id`.", hint=_LISTED)
        try:
            check = find(str(row["id"]))
        except DataError as error:
            raise DataError(f"`{where}.id`: {error.message}", hint=error.hint) from None
        gate = row.get("gate")
        if gate is not None and not isinstance(gate, bool):
            raise DataError(f"`{where}.gate` is {gate!r}; it is true or false.")
        checks.append(check)
        bound.append(check.bind({name: value for name, value in row.items() if name not in ("id", "gate")}, where))
        gates.append(check.gate if gate is None else gate)
    return _named(checks, bound, gates)


def _named(checks: Sequence[Constraint], bound: Sequence[dict[str, Any]], gates: Sequence[bool]) -> list[Asked]:
    asked, counts = list[Asked](), dict[str, int]()
    for check, arguments, gate in zip(checks, bound, gates, strict=True):
        # A prompt may ask for the same kind of thing twice, with other arguments.
        counts[check.id] = counts.get(check.id, 0) + 1
        name = check.id if counts[check.id] == 1 else f"{check.id}#{counts[check.id]}"
        asked.append(Asked(check, arguments, name, gate))
    return asked


def _read_choice(data: Mapping[str, Any], name: str) -> Any:
    choices = _CHOICES[name]
    value = data.get(name) or choices[0]
    if value not in choices:
        near = did_you_mean(str(value), choices)
        raise DataError(f"`{name}` is {value!r}.{near}", hint=f"One of {', '.join(choices)}.")
    return value
