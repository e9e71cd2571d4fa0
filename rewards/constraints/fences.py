"""The fence that models put around structured text."""

from __future__ import annotations

import re

_FENCE = re.compile(r"\A(```|~~~)[A-Za-z]{0,12}[ \t]*\n(.*?)\n?\1\Z", re.DOTALL)


def unfenced(text: str) -> str:
    """A text without one fence around all of it.

    >>> unfenced("```json\\n{}\\n```")
    '{}'
    """
    found = _FENCE.match(text.strip())
    return found[2] if found else text
