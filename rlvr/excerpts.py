"""How much of a text a person is shown in a line."""

from __future__ import annotations


def shortened(text: str, limit: int) -> str:
    """The beginning of a long text, and how much is missing.

    Args:
        text: Of any length.
        limit: Characters that are kept.

    >>> shortened("abcdef", 4)
    'abcd … (2 more characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters)"
