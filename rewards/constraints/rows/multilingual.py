"""Tasks from the rows of multilingual data sets: facebook/Multi-IF, M-IFEval, Marco-Bench-MIF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.rows.ifeval import constrained, named_row, without_nulls
from rlvr.rewards.languages.identification import canonical
from rlvr.sample import Json, is_list, is_mapping

_LANGUAGES: Final = {
    "english": "en",
    "chinese": "zh",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "thai": "th",
    "vietnamese": "vi",
}
_RELATIONS: Final = {
    "未満": "less than",
    "以上": "at least",
    "moins de": "less than",
    "au moins": "at least",
    "al menos": "at least",
    "como máximo": "at most",
}
_COUNTS: Final = {"relation": ("num_words", "num_sentences", "frequency"), "let_relation": ("let_frequency",)}
_COUNTS_OF_CAPITALS: Final = {"capital_relation": ("capital_frequency",)}


def multi_if(row: Mapping[str, Any]) -> Task:
    """A row of facebook/Multi-IF: three turns, each with all constraints that hold at it.

    The task is the first turn of the conversation, for `instructions.follow_turns`; `turns.next_turn` makes the others.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": "1:1:en", "language": "English", "turn_1_prompt": '{"role": "user", "content": "Hi."}',
    ...        "turn_1_instruction_id_list": '["punctuation:no_comma"]', "turn_1_kwargs": '["{}"]', "turn_2_prompt": ""}
    >>> multi_if(row).reference
    {'turns': [{'prompt': 'Hi.', 'instruction_id_list': ['punctuation:no_comma'], 'kwargs': [{}]}]}
    """
    name = named_row(row)
    turns = list[dict[str, Any]]()
    for number in (1, 2, 3):
        prompt = _decoded(row, f"turn_{number}_prompt")
        if prompt in (None, "", "None"):
            break
        if not is_mapping(prompt) or not isinstance(prompt.get("content"), str):
            raise DataError(f"Row {name}: `turn_{number}_prompt` is no message with `content`.")
        ids, kwargs = (_decoded(row, f"turn_{number}_{key}") for key in ("instruction_id_list", "kwargs"))
        if not is_list(ids) or not is_list(kwargs):
            raise DataError(f"Row {name} lacks `turn_{number}_instruction_id_list` or `turn_{number}_kwargs`.")
        given = [without_nulls(row, _read(one)) for one in kwargs]
        reference: dict[str, Any] = {"instruction_id_list": ids, "kwargs": given}
        try:
            read_reference(reference)
        except DataError as error:
            raise DataError(f"Row {name}, turn {number}: {error.message}", hint=error.hint) from None
        turns.append({"prompt": str(prompt["content"]), **reference})
    if not turns:
        raise DataError(f"Row {name} lacks `turn_1_prompt`.")
    first = str(turns[0]["prompt"])
    data: dict[str, Json] = {"language": _language(row, None)}
    return Task((Message("user", first),), {"turns": [*turns]}, data, reward="instructions.follow_turns", id=name)


def m_ifeval(row: Mapping[str, Any]) -> Task:
    """A row of M-IFEval: ids begin with the language of the prompt, `ja:letters:kanji`.

    What only that language has keeps its id; all else is the check that all languages share, its comparison in English.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": 3, "prompt": "Hola.", "instruction_id_list": ["es:length_constraints:number_words"],
    ...        "kwargs": [{"num_words": 50, "relation": "como máximo"}]}
    >>> m_ifeval(row).reference["kwargs"], m_ifeval(row).data
    ([{'num_words': 51, 'relation': 'less than'}], {'language': 'es'})
    """
    ids, kwargs = _lists(row)
    languages = {str(id).partition(":")[0] for id in ids}
    if len(languages) != 1:
        raise DataError(
            f"Row {named_row(row)}: its ids begin with {', '.join(sorted(languages))}, not with one language."
        )
    own = set(known())
    shared = [str(id) if id in own else str(id).partition(":")[2] for id in ids]
    given = [
        one if id in own else _in_english(name, without_nulls(row, one))
        for id, name, one in zip(ids, shared, kwargs, strict=False)
    ]
    given += [without_nulls(row, one) for one in kwargs[len(given) :]]
    return constrained(row, _prompt(row), shared, given, language=languages.pop())


def marco_mif(row: Mapping[str, Any], language: str | None = None) -> Task:
    """A row of Marco-Bench-MIF: that of IFEval in one of 30 languages, which its file is named for.

    Args:
        row: `key`, `prompt`, `instruction_id_list`, `kwargs`.
        language: Of the prompt, where the row does not say it.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": 5, "prompt": "你好。", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [None]}
    >>> marco_mif(row, "zh").data
    {'language': 'zh'}
    """
    ids, kwargs = _lists(row)
    given = [without_nulls(row, one) for one in kwargs]
    return constrained(row, _prompt(row), ids, given, language=_language(row, language))


def _in_english(id: str, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a shared check: comparisons in English, `at most` as one less than the next number."""
    try:
        known_arguments = find(id).kinds
    except DataError:
        return given  # the reference says it with the row's key
    said = dict(given)
    for relation, counts in (_COUNTS | _COUNTS_OF_CAPITALS).items():
        if relation not in said:
            continue
        if relation not in known_arguments:
            # Spanish rows say `al menos` where nothing else can be asked for.
            del said[relation]
            continue
        said[relation] = _RELATIONS.get(str(said[relation]), said[relation])
        if said[relation] == "at most":
            said[relation] = "less than"
            said |= {count: said[count] + 1 for count in counts if isinstance(said.get(count), int)}
    return said


def _lists(row: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    ids, kwargs = row.get("instruction_id_list"), row.get("kwargs")
    if not is_list(ids) or not is_list(kwargs) or not ids:
        raise DataError(f"Row {named_row(row)} lacks `instruction_id_list` or `kwargs`, or they are empty.")
    return ids, kwargs


def _prompt(row: Mapping[str, Any]) -> tuple[Message, ...]:
    prompt = row.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise DataError(f"Row {named_row(row)} lacks `prompt`.")
    return (Message("user", prompt),)


def _language(row: Mapping[str, Any], given: str | None) -> str:
    said = str(row.get("language") or given or "")
    code = _LANGUAGES.get(said.lower(), said)
    if not code:
        raise DataError(f"Row {named_row(row)} names no language.", hint="Say which, such as `ar`.")
    canonical(code)
    return code


def _decoded(row: Mapping[str, Any], key: str) -> object:
    value = row.get(key)
    return _read(value) if isinstance(value, str) and value not in ("", "None") else value


def _read(value: object) -> object:
    """JSON, read again where it is the text of some."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
