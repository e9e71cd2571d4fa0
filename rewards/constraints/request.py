"""What a task asks for: its constraints, read from the reference, and how they are judged, read from `data`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints.catalogue import Constraint, find
from rlvr.rewards.languages.identification import canonical

Mode = Literal["strict", "loose", "both"]
Aggregation = Literal["all", "fraction", "weighted"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One constraint of a task: the check, its arguments, and its name in the metrics."""

    constraint: Constraint
    arguments: dict[str, Any]
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How constraints are judged; `follow` explains the fields."""

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
    mode, aggregation = _one_of(data, "mode", get_args(Mode)), _one_of(data, "aggregation", get_args(Aggregation))
    gate, language = data.get("gate", True), str(data.get("language") or "en")
    if not isinstance(gate, bool):
        raise DataError(f"`gate` is {gate!r}; it is true or false.")
    canonical(language)
    weights = tuple(float(weight) for weight in data.get("weights") or ())
    if aggregation == "weighted" and (len(weights) != count or min(weights, default=0.0) < 0 or sum(weights) <= 0):
        raise DataError(f"`weights` are {weights} for {count} constraints; there is a nonnegative one for each.")
    return Settings(
        language,
        str(data.get("compat") or "fixed"),
        cast("Mode", mode),
        cast("Aggregation", aggregation),
        weights,
        gate,
    )


def _one_of(data: Mapping[str, Any], name: str, kinds: tuple[str, ...]) -> str:
    given = data.get(name) or {"mode": "strict", "aggregation": "all"}[name]
    if given not in kinds:
        raise DataError(f"`{name}` is {given!r}.{did_you_mean(str(given), kinds)}", hint=f"One of {', '.join(kinds)}.")
    return str(given)


def read_reference(reference: object, compat: str = "fixed") -> list[Asked]:
    """The constraints of a reference, `{"instruction_id_list": [...], "kwargs": [...]}`.

    Raises:
        DataError: It has another form, or one of its checks is unknown or lacks an argument.

    >>> read_reference({"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]})[0].name
    'punctuation:no_comma'
    """
    if not isinstance(reference, Mapping):
        raise DataError(f"The reference is {type(reference).__name__}, no mapping.", hint=_FORM)
    row = cast("Mapping[str, Any]", reference)
    ids, kwargs = row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(ids, list) or not isinstance(kwargs, list) or not ids:
        raise DataError("The reference lacks `instruction_id_list` or `kwargs`, or they are empty.", hint=_FORM)
    ids, kwargs = cast("list[str]", ids), cast("list[dict[str, Any] | None]", kwargs)
    if len(ids) != len(kwargs):
        raise DataError(f"{len(ids)} ids and {len(kwargs)} kwargs in the reference.", hint=_FORM)
    asked, seen = list[Asked](), dict[str, int]()
    for id, given in zip(ids, kwargs, strict=True):
        check = find(id, compat)
        # A prompt may ask for the same thing twice, with other arguments.
        seen[id] = seen.get(id, 0) + 1
        name = id if seen[id] == 1 else f"{id}#{seen[id]}"
        asked.append(Asked(check, check.bind(given or {}), name))
    return asked


_FORM = 'It is {"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": ["cat"]}]}.'
