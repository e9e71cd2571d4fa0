# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on lines and white space: a word a line, stairs, none at all."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.choices import MARKUP
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("format:newline", "format:line_indent", "format:no_whitespace")


@constraint("format:newline", "Write each word on a line of its own.")
def newline(text: Text) -> Outcome:
    """Two lines or more, one word on each."""
    lines = [line.strip() for line in text.text.split("\n") if any(map(str.isalnum, line))]
    wrong = next((line for line in lines if not _one_word(line, text.language)), None)
    if len(lines) < 2:
        return Outcome(False, f"{len(lines)} lines")
    return Outcome(wrong is None, f"{len(lines)} lines" if wrong is None else f"more than a word: {wrong[:60]!r}")


@constraint("format:line_indent", "Build stairs: indent each line further than the one before.")
def line_indent(text: Text) -> Outcome:
    """Two lines or more, each indented further; blank lines do not count."""
    lines = [line.expandtabs(4) for line in text.raw.split("\n") if line.strip()]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    followed = len(lines) > 1 and all(left < right for left, right in pairwise(indents))
    return Outcome(followed, f"indents of {indents[:12]}")


@constraint("format:no_whitespace", "Use no white space.")
def no_whitespace(text: Text) -> Outcome:
    """No white space within the answer."""
    found = next((at for at, letter in enumerate(text.text) if letter.isspace()), None)
    followed = found is None and any(map(str.isalnum, text.text))
    return Outcome(
        followed, "no white space" if found is None else f"white space after {text.text[max(0, found - 20) : found]!r}"
    )


def _one_word(line: str, language: str) -> bool:
    bare = line.strip(MARKUP + "-–•・")
    if any(map(str.isspace, bare)):
        return False
    # Dictionaries part compounds that a writer takes for one word.
    return len(Text(bare, language).words) <= 2 if bare and unsegmented(bare[0]) else True
