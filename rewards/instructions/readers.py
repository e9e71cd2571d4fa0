"""Tasks from the rows of known data sets, as they are published. Nothing here downloads anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.instructions.references import read_reference
from rlvr.sample import Json


def ifeval(row: Mapping[str, Any]) -> Task:
    """A row of google/IFEval: `key`, `prompt`, `instruction_id_list`, `kwargs`, the latter with or without nulls.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": 1, "prompt": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{"N": None}]}
    >>> ifeval(row).reference
    {'instruction_id_list': ['punctuation:no_comma'], 'kwargs': [{}]}
    """
    key = row.get("key", "?")
    prompt, ids, kwargs = row.get("prompt"), row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(prompt, str) or not isinstance(ids, list) or not isinstance(kwargs, list):
        raise DataError(f"Row {key} lacks `prompt`, `instruction_id_list` or `kwargs`.")
    stripped: list[Json] = [
        {name: value for name, value in (given or {}).items() if value is not None}
        for given in cast("list[dict[str, Json] | None]", kwargs)
    ]
    reference: dict[str, Json] = {"instruction_id_list": cast("list[Json]", ids), "kwargs": stripped}
    try:
        read_reference(reference)
    except DataError as error:
        raise DataError(f"Row {key}: {error.message}", hint=error.hint) from None
    return Task((Message("user", prompt),), reference, {"language": "en"}, reward="instructions.follow", id=str(key))
