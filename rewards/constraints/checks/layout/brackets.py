# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on brackets: around each word, around every two, nested."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("detectable_format:square_brackets", "detectable_format:bigram_wrapping", "format:parentheses")
_BRACKETED = re.compile(r"(?<!\[)\[([^\[\]\n]{1,200})\](?!\])")
_BIGRAM = re.compile(r"(?<!<)<<([^<>\n]{1,400})>>(?!>)")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "｛": "｝", "【": "】", "〔": "〕"}
_CLOSING = frozenset(_BRACKETS.values())


@constraint("detectable_format:square_brackets", "Put [square] [brackets] around every word.")
def square_brackets(text: Text) -> Outcome:
    """Every word stands in brackets of its own."""
    inside = _BRACKETED.findall(text.text)
    return _wrapped(text, inside, _BRACKETED.sub("", text.text), 1)


@constraint(
    "detectable_format:bigram_wrapping", "Put double angle brackets around <<every two>> <<words like>> <<this here>>."
)
def bigram_wrapping(text: Text) -> Outcome:
    """Every two words stand in double angle brackets; a last odd one may stand alone in them."""
    inside = _BIGRAM.findall(text.text)
    return _wrapped(text, inside, _BIGRAM.sub("", text.text), 2)


def _wrapped(text: Text, inside: list[str], outside: str, each: int) -> Outcome:
    bare = re.search(r"\w+", outside)
    if bare or not inside:
        return Outcome(False, f"outside of brackets: {bare[0][:40]}" if bare else "no brackets")
    wrong = next((part for part in inside[:-1] if not _holds(part, text.language, each, each)), None)
    if wrong is None and not _holds(inside[-1], text.language, 1, each):
        wrong = inside[-1]
    return Outcome(
        wrong is None, f"not {each} in brackets: {wrong[:40]}" if wrong else f"all words by {each} in brackets"
    )


def _holds(part: str, language: str, least: int, most: int) -> bool:
    if not any(map(str.isalnum, part)):
        return False
    written = len(part.split())
    if written == 1 and unsegmented(part.strip()[0]):
        # A dictionary may part what a reader takes for one word, where words are written together.
        return least <= len(Text(part, language).words) <= 2 * most
    return least <= written <= most


@constraint("format:parentheses", "Nest brackets, (like [these {{here}}]), at least five levels deep.")
def parentheses(text: Text) -> Outcome:
    """Brackets within brackets, five levels, each closed by its own; something stands in the innermost."""
    deepest, stack, awaited = 0, list[tuple[str, int, int]](), Counter[str]()
    for at, letter in enumerate(text.text):
        if letter in _BRACKETS:
            stack.append((_BRACKETS[letter], at, 0))
            awaited[_BRACKETS[letter]] += 1
        elif letter in _CLOSING and awaited[letter]:
            deepest = max(deepest, close_innermost(stack, letter, awaited, text.text, at))
    return Outcome(deepest >= 5, f"{deepest} levels, five wanted")


def close_innermost(stack: list[tuple[str, int, int]], mark: str, awaited: Counter[str], text: str, at: int) -> int:
    """How deep the innermost pair of that kind is, closed here; what was never closed within it is no level.

    Args:
        stack: The marks that are open: kind, place, and how deep the pairs within them are.
        mark: The kind.
        awaited: How many of each kind are open.
        text: What they stand in.
        at: Where the closing mark stands.

    >>> close_innermost([(")", 0, 0)], ")", Counter(")"), "(a)", 2)
    1
    """
    kind, start, depth = stack.pop()
    awaited[kind] -= 1
    while kind != mark:
        kind, start, depth = stack.pop()
        awaited[kind] -= 1
    if not depth and not any(map(str.isalnum, text[start:at])):
        return 0
    if stack:
        outer, began, before = stack[-1]
        stack[-1] = outer, began, max(before, depth + 1)
    return depth + 1
