"""How strong a sandbox is, from the layers it has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rlvr.errors import did_you_mean
from rlvr.sandbox.errors import SandboxUnavailableError

VARIABLE: Final = "RLVR_SANDBOX_REQUIRE"
"""The environment variable that says which level is required; a run sets it from `sandbox.require`."""

_SCOPED: Final = 6


class Level(StrEnum):
    """From the strongest to the weakest.

    Attributes:
        STRICT: Namespaces with a root of their own, the filter of system calls, no rights: all attacks of our battery
            are refused.
        STANDARD: The filter, and Landlock from ABI 6 on: what a container without namespaces can have. A program can
            fill the disk that its folder lies on, and no program may start processes.
        NONE: Less than that.
    """

    STRICT = "strict"
    STANDARD = "standard"
    NONE = "none"


def level_of(layers: Mapping[str, str]) -> Level:
    """The level that layers make.

    Args:
        layers: By name, what each amounts to, or `no: ` and what was refused.

    >>> level_of({"namespaces": "user, mount", "seccomp": "on", "capabilities": "none left"})
    <Level.STRICT: 'strict'>
    >>> level_of({"namespaces": "no: EPERM", "seccomp": "on", "landlock": "ABI 4"})
    <Level.NONE: 'none'>
    """
    if not has(layers, "seccomp"):
        return Level.NONE
    if has(layers, "namespaces"):
        return Level.STRICT
    version = layers.get("landlock", "").removeprefix("ABI ")
    return Level.STANDARD if version.isdigit() and int(version) >= _SCOPED else Level.NONE


def has(layers: Mapping[str, str], name: str) -> bool:
    """Whether a layer is there.

    >>> has({"landlock": "no: switched off"}, "landlock")
    False
    """
    return name in layers and not layers[name].startswith("no: ")


def require(level: Level, least: Level, layers: Mapping[str, str]) -> None:
    """Refuses a level below the required one.

    Raises:
        SandboxUnavailableError: It is below; says which layers are missing.
    """
    order = list(Level)
    if order.index(level) > order.index(least):
        missing = "; ".join(
            f"{name}: {text.removeprefix('no: ')}" for name, text in layers.items() if text[:4] == "no: "
        )
        raise SandboxUnavailableError(
            f"The sandbox reaches the level `{level}` here, and `{least}` is required. What is missing: {missing}.",
            hint="`rlvr doctor sandbox` says what each layer means, and sandbox.require sets the level.",
        )


def required() -> Level:
    """The level that `RLVR_SANDBOX_REQUIRE` names; `strict` where it says nothing.

    Raises:
        SandboxUnavailableError: It names none.

    >>> required() in Level
    True
    """
    word = os.environ.get(VARIABLE) or Level.STRICT
    try:
        return Level(word)
    except ValueError:
        raise SandboxUnavailableError(
            f"{VARIABLE} is {word!r}, which is no level.{did_you_mean(word, list(Level))}",
            hint="The levels are strict, standard and none.",
        ) from None
