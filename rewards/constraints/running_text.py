"""The running text of a structured source, so that what holds for text can be asked of JSON, HTML and messages too."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rlvr.rewards.constraints.checks.translation import data, markup
from rlvr.rewards.constraints.checks.translation.icu import read_message
from rlvr.rewards.constraints.checks.translation.tokens import EMAIL, PLACEHOLDER, PRINTF, TAG, URL
from rlvr.rewards.constraints.fences import unfenced
from rlvr.rewards.constraints.request import Asked

_TEXTS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "structure:json": data.json_texts,
    "structure:csv": data.csv_texts,
    "structure:html": lambda text: markup.read_html(text).texts,
    "structure:markdown": lambda text: markup.read_markdown(text).texts,
    "tokens:icu": lambda text: read_message(text, "en").texts,
}
_KEPT: Final = (URL, EMAIL, PLACEHOLDER, TAG, PRINTF)


def running_text(text: str, asked: Sequence[Asked]) -> str:
    """What there is to translate in a text: without structure, tags, placeholders and addresses.

    Text that does not have the structure is given back as it is: to say so is the check's business.

    >>> from rlvr.rewards.constraints.request import read_constraints
    >>> running_text('{"a": "Hello {name}!"}', read_constraints({"constraints": [{"id": "structure:json"}]}))
    'Hello  !'
    """
    for one in asked:
        reader = _TEXTS.get(one.constraint.id)
        if reader is None:
            continue
        try:
            text = "\n".join(reader(unfenced(text)))
        except (ValueError, csv.Error):
            break
    for pattern in _KEPT:
        text = pattern.sub(" ", text)
    return text.strip()
