"""Constraints in words, as a prompt states them: those of chat in 22 languages, those of translation in eight.

`wordings.json` holds them as ICU messages, with the plural forms that a language has; where an argument decides what is
said, one message for each of its values. What it does not hold is said in the words of the constraint itself: English,
or the language that its id begins with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from rlvr.errors import DataError
from rlvr.rewards.constraints.catalogue import Constraint
from rlvr.rewards.constraints.request import Asked
from rlvr.rewards.languages.identification import canonical
from rlvr.sample import is_list

_COUNTED: Final = re.compile(r"\{(\w+), (?:plural|number)\b")


def languages() -> tuple[str, ...]:
    """The languages in which every constraint can be stated, those of translation too; `has_words` knows of each.

    >>> languages()
    ('en', 'de', 'es', 'fr', 'it', 'pt', 'zh', 'ru')
    """
    # English words stand beside the constraints themselves.
    stated = ("en", *_wordings()["descriptions"]["output:only"])
    return tuple(code for code in _wordings()["languages"] if code in stated)


def has_words(id: str, language: str) -> bool:
    """Whether `wordings.json` states a constraint in a language.

    >>> has_words("punctuation:no_comma", "ru"), has_words("change_case:capital_word_frequency", "zh")
    (True, False)
    """
    return language in _wordings()["descriptions"].get(id, {})


def describe(check: Constraint, arguments: Mapping[str, Any], language: str = "en") -> str:
    """A constraint in words.

    Args:
        check: The constraint.
        arguments: As `Constraint.bind` gives them.
        language: Of the prompt, one of `languages()`.

    Raises:
        DataError: The language has no words for the constraint.

    >>> from rlvr.rewards.constraints.catalogue import find
    >>> describe(find("length_constraints:number_sentences"), {"num_sentences": 3, "relation": "at least"}, "ru")
    'Напиши не менее 3 предложений.'
    >>> describe(find("keywords:existence"), {"keywords": ["Brot", "Wald"]}, "de")
    'Verwende die Wörter „Brot“, „Wald“.'
    >>> describe(find("length:characters"), {"most": 40}, "de")
    'Verwende höchstens 40 Zeichen.'
    """
    code = _code(language)
    message = _chosen(_wordings()["descriptions"].get(check.id, {}).get(code), arguments)
    own = _chosen(check.description, arguments) if code == "en" or check.id.startswith(f"{code}:") else None
    if message:
        text = _format(message, arguments, code)
    elif own:
        text = own.format(**_shown(arguments, code))
    else:
        known = ", ".join(_wordings()["descriptions"].get(check.id, ("en",)))
        raise DataError(f"There are no words for `{check.id}` in `{language}`.", hint=f"There are some in {known}.")
    # What an optional argument adds is the same in every language: a list.
    return f"{text} [= {_shown(arguments, code)['keep']}]" if arguments.get("keep") else text


def render_all(asked: Sequence[Asked], language: str = "en") -> str:
    """The constraints of a task as a list of rules.

    >>> from rlvr.rewards.constraints.request import read_constraints
    >>> print(render_all(read_constraints({"constraints": [{"id": "terms:keep", "terms": ["Word"]}]})))
    Rules:
    - Do not translate these, keep them as they are: Word.
    """
    rules = [f"- {describe(one.constraint, one.arguments, language)}" for one in asked]
    return "\n".join([_wordings()["languages"][_code(language)]["heading"], *rules])


@cache
def _wordings() -> dict[str, dict[str, Any]]:
    return json.loads(Path(__file__).with_name("wordings.json").read_text(encoding="utf-8"))


def _code(language: str) -> str:
    code = canonical(language)
    known = _wordings()["languages"]
    if code not in known:
        raise DataError(f"Constraints cannot be stated in `{language}`.", hint=f"Only in {', '.join(known)}.")
    return code


def _chosen(form: str | Mapping[str, str] | None, arguments: Mapping[str, Any]) -> str | None:
    if form is None or isinstance(form, str):
        return form
    # The first is what holds where an argument is left out.
    return next((form[value] for value in map(str, arguments.values()) if value in form), next(iter(form.values())))


def _format(message: str, arguments: Mapping[str, Any], language: str) -> str:
    from icu4py.messageformat import MessageFormat

    # A number that the message does not count is shown as it stands in the task.
    counted = set(_COUNTED.findall(message))
    shown = {
        name: arguments[name] if name in counted and name in arguments else text
        for name, text in _shown(arguments, language).items()
    }
    return str(MessageFormat(message, language).format(shown))


def _shown(arguments: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The arguments as texts; of a list besides, `n`, how long it is, and `quoted`, its items in quotation marks."""
    words = _wordings()["languages"][language]
    shown = dict[str, Any]()
    for name, value in arguments.items():
        if is_list(value):
            items = [str(item) for item in value]
            opening, closing = words["quotes"]
            quoted = words["comma"].join(f"{opening}{item}{closing}" for item in items)
            shown |= {"n": len(items), "quoted": quoted, name: "; ".join(items)}
        elif name == "language":
            shown[name] = _named(str(value), language)
        elif value in ("at least", "less than"):
            shown[name] = words[value]
        else:
            shown[name] = f"{value:g}" if isinstance(value, float) else str(value)
    return shown


def _named(code: str, language: str) -> str:
    import langcodes

    return langcodes.get(code).display_name(language)
