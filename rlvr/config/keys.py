"""The keys of the configuration with type, default and meaning, read from the dataclasses and their docstrings.

`settings.py` puts what `nearest_keys` finds into the message about a mistyped key.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Any, cast, get_type_hints

from rlvr.config.schema import TrainConfig
from rlvr.config.schema.allowed import ALLOWED, Choice, Range

_SURE = 0.8
_POSSIBLE = 0.6
_AS_GOOD = 0.02  # the ratio favours long keys a little


@dataclass(frozen=True)
class Leaf:
    """A key that holds a value.

    Args:
        type: As written in the dataclass: `int`, `str | None`.
        default: What it is unless a recipe or the command line says otherwise.
        doc: What it means.
        allowed: Which numbers or names it takes; `None` when the type says all.
    """

    type: str
    default: Any
    doc: str
    allowed: Range | Choice | None = None


def leaves() -> dict[str, Leaf]:
    """Every key that holds a value, dotted, in the order of the dataclasses.

    >>> steps = leaves()["run.steps"]
    >>> steps.type, steps.default, steps.doc, str(steps.allowed)
    ('int', 100, 'Optimisation steps of the main stage.', 'at least 0')
    """
    return dict(_leaves())


@cache
def _leaves() -> dict[str, Leaf]:
    return dict(_walk(TrainConfig()))


@cache
def sections() -> tuple[str, ...]:
    """Every key that holds further keys.

    >>> "algorithm.kl" in sections()
    True
    """
    parts = [key.split(".")[:-1] for key in _leaves()]
    return tuple(dict.fromkeys(".".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)))


def _walk(config: Any, prefix: str = "") -> Iterator[tuple[str, Leaf]]:
    cls = cast("type[Any]", type(config))
    hints, docs = get_type_hints(cls), _attribute_docs(cls)
    for field in fields(config):
        value = getattr(config, field.name)
        if is_dataclass(value):
            yield from _walk(value, f"{prefix}{field.name}.")
        else:
            hint = hints[field.name]
            written = hint.__name__ if type(hint) is type else str(hint).replace("typing.", "")
            yield prefix + field.name, Leaf(written, value, docs.get(field.name, ""), field.metadata.get(ALLOWED))


def _attribute_docs(cls: type[Any]) -> dict[str, str]:
    """The `Attributes:` section of a docstring; a line that is indented further continues the one before."""
    _, _, section = inspect.cleandoc(cls.__doc__ or "").partition("Attributes:\n")
    docs: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if entry := re.match(r" {4}(\w+): (.*)", line):
            name, docs[entry[1]] = entry[1], entry[2].strip()
        elif name and line.startswith(" " * 8):
            docs[name] += f" {line.strip()}"
    return docs


def nearest_keys(key: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """What somebody who wrote `key` may have meant; several when the section is missing, or when they are equally near.

    Args:
        key: A key that does not exist.
        more: Names that are valid beside the leaves.

    >>> nearest_keys("run.stepz")
    ('run.steps',)
    >>> nearest_keys("lr")
    ('optim.lr', 'cpt.optim.lr', 'sft.optim.lr', 'wpo.optim.lr')
    """
    known = [*_leaves(), *more]
    sureness = max(_likeness(key, candidate) for candidate in known)
    whole = tuple(candidate for candidate in known if _likeness(key, candidate) >= sureness - _AS_GOOD)
    if sureness >= _SURE:
        return whole
    likeness, end = max((_likeness(_last(key), _last(candidate)), _last(candidate)) for candidate in known)
    if likeness >= _SURE:
        return tuple(candidate for candidate in known if _last(candidate) == end)
    return whole[:1] if sureness >= _POSSIBLE else ()


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _likeness(word: str, candidate: str) -> float:
    return SequenceMatcher(None, word, candidate, autojunk=False).ratio()
