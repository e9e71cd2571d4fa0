# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on quotations: nested, and each explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.brackets import close_innermost
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("format:quotes", "format:quote_unquote")
_DOUBLE, _SINGLE = '"“”„«»「」＂', "'‘’‚‹›『』"
_OPENING, _ENDING = "“„«「‘‚‹『", "”»」’›』"


@constraint(
    "format:quotes",
    "Put quotations within quotations, at least three levels deep, double and single quotation marks in turn.",
)
def quotes(text: Text) -> Outcome:
    """Three levels, closed in order, double and single marks in turn; apostrophes are none."""
    deepest, stack, awaited = 0, list[tuple[str, int, int]](), Counter[str]()
    for at, kind, opens in _quotation_marks(text.text):
        # What cannot open closes; a straight mark closes where one like it is open.
        if opens is not True and awaited[kind]:
            deepest = max(deepest, close_innermost(stack, kind, awaited, text.text, at))
        elif opens is not False and (not stack or stack[-1][0] != kind):
            stack.append((kind, at, 0))
            awaited[kind] += 1
    return Outcome(deepest >= 3, f"{deepest} levels, three wanted")


@constraint("format:quote_unquote", "Follow every quotation by an explanation of your own without quotation marks.")
def quote_unquote(text: Text) -> Outcome:
    """There is a quotation, and after each, before the next, stand three words or more."""
    value, parts, start, opened = text.text, list[tuple[int, int]](), 0, False
    for at, kind, _ in _quotation_marks(value):
        if kind == "double":
            if opened:
                parts.append((start, at))
            start, opened = at, not opened
    if not parts:
        return Outcome(False, "no quotation")
    ends = [begin for begin, _ in parts[1:]] + [len(value)]
    for (_, end), following in zip(parts, ends, strict=True):
        said = Text(value[end + 1 : following], text.language).words
        if len(said) < 3:
            return Outcome(False, f"{len(said)} words after {value[max(0, end - 30) : end + 1]!r}")
    return Outcome(True, f"{len(parts)} quotations, each explained")


def _quotation_marks(text: str) -> Iterator[tuple[int, str, bool | None]]:
    """Where quotation marks stand, of which kind, and whether they open; apostrophes left out."""
    for at, letter in enumerate(text):
        if letter not in _DOUBLE and letter not in _SINGLE:
            continue
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        kind = "double" if letter in _DOUBLE else "single"
        if letter in "'’" and before.isalnum() and after.isalnum():
            continue
        if letter in _OPENING:
            yield at, kind, True
        elif letter in _ENDING:
            yield at, kind, False
        elif not before or before.isspace() or before in "([{—–-":
            yield at, kind, True
        elif not after or after.isspace() or after in ".,;:!?)]}—–" or (before in ".,!?…" and not after.isalnum()):
            yield at, kind, False
        elif before.isalnum() != after.isalnum():
            yield at, kind, after.isalnum()
        else:
            yield at, kind, None
