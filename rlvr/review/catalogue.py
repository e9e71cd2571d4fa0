"""What is known of a reward without running it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from rlvr.compose import Clip, Composable, Gate, Minimum, WeightedSum
from rlvr.identity import made_of
from rlvr.plain_reward import PlainReward
from rlvr.reward import is_reward


def docstring(node: Composable) -> str:
    """The docstring of a reward's function; empty for a composition.

    >>> from rlvr import get_reward
    >>> docstring(get_reward("text.exact")).splitlines()[0]
    '1 when answer and reference are the same text, up to outer white space and Unicode composition (NFC).'
    """
    return (inspect.getdoc(node.function) or "") if isinstance(node, PlainReward) else ""


def place(reward: PlainReward[Any]) -> str:
    """File and line of a reward's function, from here where that is shorter."""
    function = inspect.unwrap(reward.function)
    code = getattr(function, "__code__", None)
    if code is None:
        return f"{type(function).__module__}.{type(function).__qualname__}"
    path = Path(code.co_filename)
    if not path.is_file():
        return f"{function.__module__}.{getattr(function, '__qualname__', '')}"
    relative = os.path.relpath(path)
    return f"{relative if len(relative) < len(str(path)) else path}:{code.co_firstlineno}"


def dependencies(reward: PlainReward[Any]) -> list[str]:
    """What a reward declares to depend on, in a word each.

    >>> from rlvr import reward
    >>> @reward("demo.careful", depends=[len, "rules of 2024"])
    ... def careful(sample): return True
    >>> dependencies(careful)
    ['builtins.len', "'rules of 2024'"]
    """
    return [_named(part) for part in reward.spec.depends]


def foundations(reward: PlainReward[Any]) -> list[str]:
    """What enters the identity of a reward: what it declares, its code, and the versions beneath.

    >>> from rlvr import get_reward
    >>> foundations(get_reward("text.exact"))[0]
    'its file'
    """
    made = made_of((reward.function, *reward.spec.depends))
    imported = len(made.files) - 1
    code = "its file" if made.files else "its code"
    if imported > 0:
        code += f" and {imported} module{'s' if imported > 1 else ''} that it imports"
    return [*dependencies(reward), code, *made.versions]


def _named(part: object) -> str:
    if isinstance(part, Composable):
        return part.name
    if isinstance(part, ModuleType):
        return part.__name__
    if name := getattr(part, "__qualname__", ""):
        return f"{getattr(part, '__module__', '')}.{name}"
    text = repr(part)
    return text if len(text) <= 80 else f"{text[:77]}..."


def how_it_runs(reward: PlainReward[Any]) -> str:
    """Where its function is called, with how many samples, and for how long at most.

    >>> from rlvr import get_reward
    >>> how_it_runs(get_reward("text.exact"))
    'inline'
    """
    spec = reward.spec
    words = ["async" if reward.is_async else "inline"]
    if spec.isolate == "process":
        words = [f"in a process, killed after {spec.timeout:g} s"]
    elif reward.is_async:
        words.append(f"cancelled after {spec.timeout:g} s")
    if spec.form != "sample":
        words.append(f"up to {spec.batch_size} samples a call" if spec.form == "batch" else "a group a call")
    return ", ".join(words)


def parts(node: Composable) -> Iterator[tuple[str, Composable]]:
    """The rewards a composition is made of, each with its role there; none for a plain reward.

    >>> from rlvr import gate, get_reward
    >>> strict = gate(get_reward("text.format"), then=get_reward("text.exact"))
    >>> [(role, part.name) for role, part in parts(strict)]
    [('if >= 1:', 'text.format'), ('then:', 'text.exact')]
    """
    match node:
        case WeightedSum(terms=terms):
            yield from ((f"{weight:g} *", part) for weight, part in terms)
        case Gate(condition=condition, then=then, threshold=threshold):
            yield f"if >= {threshold:g}:", condition
            yield "then:", then
        case Minimum(parts=inner):
            yield from (("lowest of:", part) for part in inner)
        case Clip(part=part, low=low, high=high):
            yield f"within [{low:g}, {high:g}]:", part
        case _:
            return


def shown_range(node: Composable) -> str:
    """The range of its scores.

    >>> from rlvr import get_reward
    >>> shown_range(get_reward("text.exact"))
    '0 to 1'
    """
    low, high = node.range
    return f"{low:g} to {high:g}"


def as_dict(node: Composable) -> dict[str, Any]:
    """All of it as JSON data."""
    known: dict[str, Any] = {"name": node.name, "identity": node.identity, "range": list(node.range)}
    if is_reward(node):
        known |= {"version": node.spec.version, "isolate": node.spec.isolate, "timeout": node.spec.timeout}
        known |= {"form": node.spec.form, "async": node.is_async}
        known |= {"place": place(node), "depends": dependencies(node), "doc": docstring(node)}
        known |= {"modules": sorted(name for name in node.made_of.files if name), "versions": node.made_of.versions}
    else:
        known["parts"] = [{"role": role, **as_dict(part)} for role, part in parts(node)]
    return known
