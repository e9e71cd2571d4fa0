"""Making a text smaller while something stays true of it."""

from __future__ import annotations

import re
from collections.abc import Callable

_MOST_TRIES = 300
_READABLE = 60


def shrink(text: str, holds: Callable[[str], bool], *, tries: int = _MOST_TRIES) -> str:
    """A smaller text of which `holds` is still true; lines, then words, of a long text characters are left out.

    This is delta debugging (Zeller and Hildebrandt 2002): halves first, then ever smaller parts.

    Args:
        text: One of which it is true.
        holds: What must stay true.
        tries: How often `holds` is asked at most.

    >>> shrink("one two three four", lambda text: "three" in text)
    'three '
    """
    left = [tries]

    def asked(smaller: str) -> bool:
        left[0] -= 1
        return left[0] >= 0 and holds(smaller)

    if text and asked(""):
        return ""
    for cut in (r"[^\n]*\n|[^\n]+", r"\S+\s*|\s+"):
        text = _without_parts(re.findall(cut, text), asked)
    # Words that are whole say more to a person than the fewest letters do.
    return text if len(text) <= _READABLE else _without_parts(re.findall(r"[\s\S]", text), asked)


def _without_parts(parts: list[str], holds: Callable[[str], bool]) -> str:
    size = len(parts) // 2
    while size:
        start = 0
        while start < len(parts):
            fewer = parts[:start] + parts[start + size :]
            if fewer and holds("".join(fewer)):
                parts = fewer
            else:
                start += size
        size //= 2
    return "".join(parts)
