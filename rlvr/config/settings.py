"""Settings: a key with its new value, from the command line or a user's YAML file, and what can be wrong with one.

Hydra stops at the first override it cannot use and asks for its own quoting. Here each setting is read and applied by
itself, so that all problems come out together, and a text (a path, a reward's name) is taken as it was typed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlvr.config.keys import leaves, nearest_keys, sections
from rlvr.config.problem import Problem, say_or

_EXPECTED = {
    "int": "is no int",
    "float": "is no float",
    "bool": "is neither true nor false",
    "str": "is no text",
    "tuple[float, float]": "is no list of two floats, such as [0.9, 0.999]",
    "dict[str, Any]": "is no mapping, such as {digits: 3}",
    "list[str]": "is no list of texts, such as [a, b]",
}


@dataclass(frozen=True)
class Setting:
    """A key and what it is set to.

    Args:
        key: Dotted.
        value: As typed on the command line, or as YAML has it.
        origin: The file it stands in; empty for the command line, whose values are still to be parsed.
    """

    key: str
    value: object
    origin: str = ""


def split_override(text: str) -> Setting | Problem:
    """A word of the command line, `key=value`, in two.

    >>> split_override("data.tasks=/tmp/x=1.jsonl")
    Setting(key='data.tasks', value='/tmp/x=1.jsonl', origin='')
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if key.startswith("~"):
        return Problem(text, "keys cannot be taken away; set it to `null` or to its default.")
    key = key.lstrip("+")  # the habit of those who know Hydra
    if equals and key:
        return Setting(key, value)
    meant = (key,) if key in leaves() else nearest_keys(key) if key else ()
    hint = f" Did you mean {say_or([f'{near}=...' for near in meant])}?" if meant else ""
    return Problem(text, f"is no setting; write `key=value`.{hint}", concerns=meant)


def flatten(mapping: Mapping[Any, Any], origin: str, prefix: str = "") -> Iterator[Setting]:
    """The settings in a YAML file; a leaf that is a mapping itself is set as a whole."""
    for name, value in mapping.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key not in leaves():
            yield from flatten(cast("dict[Any, Any]", value), origin, f"{key}.")
        elif value is not None or key not in sections():  # a section whose lines are all commented out
            yield Setting(key, cast("object", value), origin)


def apply(config: DictConfig, settings: Sequence[Setting], groups: Sequence[str] = ()) -> list[Problem]:
    """Sets each key in turn, in place; what cannot be set is left as it was and returned.

    Args:
        config: Of type `TrainConfig`.
        settings: Later ones win.
        groups: Names of groups, to suggest.
    """
    return [problem for setting in settings if (problem := _apply_one(config, setting, groups)) is not None]


def _apply_one(config: DictConfig, setting: Setting, groups: Sequence[str]) -> Problem | None:
    known = leaves()
    key, origin = setting.key, setting.origin
    if key in sections():
        keys = [leaf for leaf in known if leaf.startswith(f"{key}.")]
        return Problem(key, f"is a section; set its keys, such as `{keys[0]}`.", origin)
    open_leaf = next(
        (leaf for leaf, it in known.items() if it.type.startswith("dict") and key.startswith(f"{leaf}.")), ""
    )
    if key not in known and not open_leaf:
        near = nearest_keys(key, groups)
        hint = f" Did you mean {say_or(near)}?" if near else f" Sections: {', '.join(sections())}."
        return Problem(key, f"there is no such key.{hint}", origin, concerns=near)
    kind = "Any" if open_leaf else known[key].type
    value = setting.value if origin else _parse(str(setting.value), kind)
    try:
        _require_shape(value, kind.removesuffix(" | None"))
        OmegaConf.update(config, key, value, merge=False, force_add=bool(open_leaf))
    except (OmegaConfBaseException, ValueError):
        expected = _EXPECTED[kind.removesuffix(" | None")]
        if kind.endswith(" | None"):
            expected = f"{expected.replace('is no', 'is neither', 1)} nor null"
        return Problem(key, f"`{setting.value}` {expected}.", origin, concerns=(key,))
    return None


def _require_shape(value: object, kind: str) -> None:
    """What OmegaConf lets pass: numbers for truth values, lists of any length."""
    if kind == "bool" and isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError
    if kind == "list[str]" and not isinstance(value, list):
        raise ValueError
    if kind.startswith("tuple") and not (isinstance(value, list) and len(cast("list[object]", value)) == 2):
        raise ValueError


def _parse(text: str, kind: str) -> object:
    """A value from the command line. Texts are literal; the rest follows Hydra's grammar."""
    if kind.startswith("str"):
        if kind.endswith("None") and text in ("", "null"):
            return None
        quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
        return text[1:-1] if quoted else text
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    if kind == "list[str]" and text.startswith("[") and text.endswith("]"):
        return _texts(text[1:-1])
    try:
        override = OverridesParser.create().parse_override(f"key={text}")
    except HydraException:
        return _plain_list(text) if text.startswith("[") and text.endswith("]") else text
    return text if override.is_sweep_override() else override.value()


def _texts(inside: str) -> list[str]:
    """The items of a list, each literal: a comma inside brackets, braces or quotes does not end one."""
    items, depth, quote = [""], 0, ""
    for character in inside:
        quote = ("" if character == quote else quote) if quote else (character if character in "'\"" else "")
        depth += 0 if quote else (character in "[{(") - (character in ")}]")
        if character == "," and not depth and not quote:
            items.append("")
        else:
            items[-1] += character
    return [item.strip() for item in items if item.strip()]


def _plain_list(text: str) -> list[object]:
    """`[+,-]`: a list whose items Hydra's grammar cannot read without quotes."""
    items = [item.strip() for item in text[1:-1].split(",")]
    return [
        ast.literal_eval(item) if item.startswith(("'", '"')) and item.endswith(item[0]) else item for item in items
    ]
