"""How a check is asked for in a language: descriptions with the right plural forms, in eight languages.

`wordings.json` holds them as ICU messages. A check of one language only brings its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from rlvr.errors import DataError
from rlvr.rewards.constraints.catalogue import Constraint, find

_FULL_WIDTH = frozenset(("zh", "ja"))


@dataclass(frozen=True, slots=True)
class Wordings:
    """What `wordings.json` holds.

    Args:
        relations: By language, "at least" and "fewer than".
        quotation_marks: By language, the opening one and the closing one.
        descriptions: By check and language, an ICU message.
    """

    relations: Mapping[str, tuple[str, str]]
    quotation_marks: Mapping[str, tuple[str, str]]
    descriptions: Mapping[str, Mapping[str, str]]


@cache
def wordings() -> Wordings:
    """The descriptions, read once.

    >>> sorted(wordings().relations)
    ['de', 'en', 'es', 'fr', 'it', 'pt', 'ru', 'zh']
    """
    return Wordings(**json.loads(Path(__file__).with_name("wordings.json").read_text(encoding="utf-8")))


def described(language: str) -> list[str]:
    """The checks that can be asked for in a language.

    >>> "punctuation:no_comma" in described("ru"), "change_case:capital_word_frequency" in described("zh")
    (True, False)
    """
    return [id for id, by_language in wordings().descriptions.items() if language in by_language]


def describe(id: str, given: Mapping[str, Any], language: str) -> str:
    """How a check is asked for.

    Args:
        id: Of the check.
        given: Its arguments.
        language: Of the prompt: one of `wordings().relations`.

    Raises:
        DataError: The language has no words for the check, or an argument is wrong.

    >>> describe("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"}, "ru")
    'Напиши не менее 3 предложений.'
    >>> describe("keywords:existence", {"keywords": ["Brot", "Wald"]}, "de")
    'Verwende die Wörter „Brot“, „Wald“.'
    """
    from icu4py.messageformat import MessageFormat

    check = find(id)
    message = wordings().descriptions.get(id, {}).get(language)
    if message is None and id.startswith(f"{language}:"):
        return _in_english(check, given)
    if message is None:
        raise DataError(
            f"There are no words for `{id}` in `{language}`.",
            hint=f"There are some in {', '.join(wordings().descriptions.get(id, {})) or 'no language'}.",
        )
    arguments = dict[str, Any]()
    for name, value in check.bind(given).items():
        if isinstance(value, list):
            words = cast("list[str]", value)
            arguments |= {"n": len(words), name: _listed(words, language)}
        elif name == "language":
            arguments[name] = _named(str(value), language)
        elif value in ("at least", "less than"):
            arguments[name] = wordings().relations[language][value == "less than"]
        else:
            arguments[name] = value
    return str(MessageFormat(message, language).format(arguments))


def _in_english(check: Constraint, given: Mapping[str, Any]) -> str:
    shown = {
        name: ", ".join(cast("list[str]", value)) if isinstance(value, list) else value
        for name, value in check.bind(given).items()
    }
    return str(check.description).format(**shown)


def _listed(words: list[str], language: str) -> str:
    opening, closing = wordings().quotation_marks[language]
    return ("、" if language in _FULL_WIDTH else ", ").join(f"{opening}{word}{closing}" for word in words)


def _named(code: str, language: str) -> str:
    import langcodes

    return langcodes.get(code).display_name(language)
