"""Is it short enough for the metric to see all of it, and the source as well?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from rlvr.rewards.languages.scripts import UNSPACED, letters_by_script
from rlvr.rewards.translation.guards.segment import Segment

WINDOW: Final = 512
"""Tokens that encoders of COMET's family take, separators included."""
_SEPARATORS = 4


def estimated_tokens(text: str) -> int:
    """Tokens of XLM-R's vocabulary, estimated on the high side: one for 2.5 characters, for 1 in unspaced scripts.

    >>> estimated_tokens("The house is red."), estimated_tokens("房子是红色的")
    (7, 6)
    """
    letters = letters_by_script(text)
    dense = sum(letters[name] for name in UNSPACED)
    return dense + math.ceil((len(text) - dense) / 2.5)


def fits(segment: Segment, window: int = WINDOW, count: Callable[[str], int] = estimated_tokens) -> str | None:
    """Translation and source together fit into the metric's window.

    Encoders cut at the right, where the source stands: a long translation is scored as if there were no source.

    Args:
        segment: The translation.
        window: Tokens that the metric takes.
        count: How many tokens a text has; the metric's own tokenizer, where it is at hand.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> fits(Segment("ja " * 600, "yes", Pair("en", "de")))
    'about 720 tokens and 2 of the source do not fit into 512'
    """
    ours, theirs = count(segment.hypothesis), count(segment.source)
    # What is too long with any translation is no fault of this one: the metric segments, or says so.
    if ours + theirs + _SEPARATORS <= window or (segment.references and ours <= max(map(count, segment.references))):
        return None
    return f"about {ours} tokens and {theirs} of the source do not fit into {window}"
