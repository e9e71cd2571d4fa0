"""What a prompt says of a constraint and published arguments leave out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rlvr.rewards.constraints.request import Asked

_SECTIONS: Final = "detectable_format:multiple_sections"
_AT_LEAST: Final = (
    "at least|al menos|por lo menos|au moins|mindestens|wenigstens|almeno|pelo menos|ten minste|minstens|minst|mindst|"
    "vähintään|alespoň|nejméně|co najmniej|przynajmniej|legalább|cel puțin|не менее|не меньше|минимум|щонайменше|"
    "принаймні|að minnsta kosti|至少|少なくとも|적어도|최소|कम से कम"
)
_PART: Final = (
    r"sections?|parts?|chapters?|secci[oó]n\w*|partes?|parties?|abschnitt\w*|teil\w*|sezion\w*|part[ie]|seç\w*|afdeling\w*|"
    r"avsnitt\w*|afsnit\w*|раздел\w*|част\w*|розділ\w*|章|部分|セクション|섹션"
)


def as_prompted(asked: Asked, prompt: str) -> Asked:
    """A constraint with what the prompt says of it: `at least two sections` is no exact number.

    >>> from rlvr.rewards.constraints.request import read_reference
    >>> kwargs = {"section_spliter": "SECTION", "num_sections": 2}
    >>> (one,) = read_reference({"instruction_id_list": ["detectable_format:multiple_sections"], "kwargs": [kwargs]})
    >>> as_prompted(one, "Include at least two sections.").arguments["relation"]
    'at least'
    >>> "relation" in as_prompted(one, "Write two sections with at least three sentences.").arguments
    False
    """
    check = asked.constraint
    if check.id != _SECTIONS or check.compat != "fixed" or "relation" in asked.arguments:
        return asked
    name = re.escape(str(asked.arguments["section_spliter"]).strip())
    found = re.search(
        rf"(?:{_AT_LEAST})[ \t]*[^\s.,;:]{{1,12}}?[ \t]*(?:[^\W\d_]+ )?(?:{_PART}|{name}s?)(?!\w)", prompt, re.I
    )
    return replace(asked, arguments=asked.arguments | {"relation": "at least"}) if found else asked
