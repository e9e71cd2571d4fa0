"""Constraints in words, as a prompt states them: in English, or in one of the languages of `wording.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from rlvr.errors import DataError
from rlvr.rewards.constraints.catalogue import Constraint
from rlvr.rewards.constraints.request import Asked
from rlvr.rewards.languages.identification import canonical

_HEADINGS: Final = {
    "en": "Rules:",
    "de": "Regeln:",
    "es": "Reglas:",
    "fr": "Règles :",
    "it": "Regole:",
    "pt": "Regras:",
    "zh": "要求：",  # noqa: RUF001 - a Chinese colon
    "ru": "Правила:",
}


def languages() -> tuple[str, ...]:
    """The languages in which constraints can be stated.

    >>> languages()
    ('en', 'de', 'es', 'fr', 'it', 'pt', 'zh', 'ru')
    """
    return tuple(_HEADINGS)


def render(constraint: Constraint, arguments: Mapping[str, Any], language: str = "en") -> str:
    """A constraint in words.

    Args:
        constraint: Of the catalogue.
        arguments: As `Constraint.bind` gives them.
        language: One of `languages()`.

    Raises:
        DataError: Constraints cannot be stated in that language.

    >>> from rlvr.rewards.constraints.catalogue import find
    >>> render(find("length:characters"), {"most": 40}, "de")
    'Verwende höchstens 40 Zeichen.'
    """
    form = constraint.description if _code(language) == "en" else _wording()[_code(language)][constraint.id]
    if not isinstance(form, str):
        form = next(form[value] for value in map(str, arguments.values()) if value in form)
    kept = arguments.get("keep")
    shown = form.format(**{name: _shown(value) for name, value in arguments.items()})
    # What an optional argument adds is the same in every language: a list.
    return f"{shown} [= {_shown(kept)}]" if kept else shown


def render_all(asked: Sequence[Asked], language: str = "en") -> str:
    """The constraints of a task as a list of rules.

    >>> from rlvr.rewards.constraints.request import read_constraints
    >>> print(render_all(read_constraints({"constraints": [{"id": "terms:keep", "terms": ["Word"]}]})))
    Rules:
    - Do not translate these, keep them as they are: Word.
    """
    rules = [f"- {render(one.constraint, one.arguments, language)}" for one in asked]
    return "\n".join([_HEADINGS[_code(language)], *rules])


def _code(language: str) -> str:
    code = canonical(language)
    if code not in _HEADINGS:
        raise DataError(f"Constraints cannot be stated in `{language}`.", hint=f"Only in {', '.join(_HEADINGS)}.")
    return code


@cache
def _wording() -> dict[str, dict[str, str | dict[str, str]]]:
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, cast("list[Any]", value)))
    return f"{value:g}" if isinstance(value, float) else str(value)
