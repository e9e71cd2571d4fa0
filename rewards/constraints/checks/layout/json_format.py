"""Check that an answer is JSON."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("detectable_format:json_format",)
_FENCE = re.compile(r"\A(```|~~~)[A-Za-z]{0,12}[ \t]*\n?(.*?)\n?\1\Z", re.S)


@constraint("detectable_format:json_format", "Answer with nothing but JSON.", brief=True)
def json_format(text: Text) -> Outcome:
    """The answer, a fence around it aside, is an object or an array of JSON."""
    try:
        bare = text.text.lstrip("\ufeff")
        fenced = _FENCE.match(bare)
        value = json.loads(fenced[2] if fenced else bare, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        return Outcome(False, f"no JSON: {error}")
    return Outcome(isinstance(value, dict | list), f"JSON, {type(value).__name__}")


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is none")
