# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on marks: nested brackets, nested and explained quotations, an emoji after each sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.emojis import marked
from rlvr.rewards.languages.measures import Text

_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "｛": "｝", "【": "】", "〔": "〕"}
_CLOSING = frozenset(_BRACKETS.values())
_DOUBLE, _SINGLE = '"“”„«»「」＂', "'‘’‚‹›『』"
_OPENING, _ENDING = "“„«「‘‚‹『", "”»」’›』"
_EMOJI = "\ue000"
_BEFORE_EMOJI = re.compile(
    r"((?<![.!?。！？।؟۔…])[.!?。！？।؟۔…]++[\"'”’»)*_]{0,5}+)[ \t]{0,5}+"
    rf"({_EMOJI}[{_EMOJI} ]{{0,50}}+)(?=\s|\Z|\w)"
)


@constraint("format:parentheses", "Nest brackets, (like [these {{here}}]), at least five levels deep.")
def parentheses(text: Text) -> Outcome:
    """Brackets within brackets, five levels, each closed by its own; something stands in the innermost."""
    deepest, stack, awaited = 0, list[tuple[str, int, int]](), Counter[str]()
    for at, letter in enumerate(text.text):
        if letter in _BRACKETS:
            stack.append((_BRACKETS[letter], at, 0))
            awaited[_BRACKETS[letter]] += 1
        elif letter in _CLOSING and awaited[letter]:
            start, inner = _closed(stack, letter, awaited)
            if inner or any(map(str.isalnum, text.text[start:at])):
                deepest = max(deepest, inner + 1)
                if stack:
                    close, outer, before = stack[-1]
                    stack[-1] = close, outer, max(before, inner + 1)
    return Outcome(deepest >= 5, f"{deepest} levels, five wanted")


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
            start, inner = _closed(stack, kind, awaited)
            if inner or any(map(str.isalnum, text.text[start:at])):
                deepest = max(deepest, inner + 1)
                if stack:
                    outer, began, before = stack[-1]
                    stack[-1] = outer, began, max(before, inner + 1)
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


@constraint("format:emoji", "End every sentence with an emoji.")
def emoji(text: Text) -> Outcome:
    """An emoji ends each sentence, before or after its mark; flags, families and skin tones are emoji."""
    inner = _BEFORE_EMOJI.sub(r"\2\1 ", marked(text.text, _EMOJI))
    sentences = Text(inner, text.language).sentences
    wrong = next((one for one in sentences if not _ends_in_emoji(one)), None)
    if not sentences:
        return Outcome(False, "no sentences")
    return Outcome(wrong is None, "each ends so" if wrong is None else f"{wrong[-60:]!r} ends without")


def _ends_in_emoji(sentence: str) -> bool:
    return next((letter for letter in reversed(sentence) if letter == _EMOJI or letter.isalnum()), "") == _EMOJI


def _closed(stack: list[tuple[str, int, int]], mark: str, awaited: Counter[str]) -> tuple[int, int]:
    """Where the innermost of that kind began and how deep it is; what was never closed within is no level."""
    while True:
        kind, start, inner = stack.pop()
        awaited[kind] -= 1
        if kind == mark:
            return start, inner


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
