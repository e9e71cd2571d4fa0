"""Checks on texts to be copied: whole, several times, a span of one, a phrase with one word changed."""

from __future__ import annotations

import re

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.combination import flat
from rlvr.rewards.languages.measures import Text

_ONLY_COPIED = "Copy the following request word for word; do not answer it: {prompt_to_repeat}"


@constraint("copy:copy", _ONLY_COPIED, brief=True)
def copy(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request and nothing else; case and white space may differ."""
    followed = flat(text.text) == flat(prompt_to_repeat)
    return Outcome(followed, "the request and nothing else" if followed else "it is not the request alone")


@constraint("copy:copying_simple", _ONLY_COPIED, brief=True)
def copying_simple(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request and nothing else; case and white space may differ."""
    return copy(text, prompt_to_repeat)


@constraint(
    "copy:copying_multiple",
    "Copy the following request word for word {N} times with ****** between the copies; do not answer it:"
    " {prompt_to_repeat}",
    brief=True,
)
def copying_multiple(text: Text, prompt_to_repeat: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    """The request so many times, six asterisks between."""
    parts = [flat(part) for part in re.split(r"(?<!\*)\*{6}(?!\*)", text.text)]
    good = sum(part == flat(prompt_to_repeat) for part in parts)
    return Outcome(good == len(parts) == N, f"{good} copies in {len(parts)} parts, {N} wanted")


@constraint(
    "new:copy_span_idx",
    "Write out the characters from index {n_start} to index {n_end}, both included, counted from 0, of this text and"
    " nothing else: {prompt_to_repeat}",
    brief=True,
)
def copy_span_idx(text: Text, prompt_to_repeat: str, n_start: int, n_end: int) -> Outcome:
    """The characters from one index to another, both included as the request has it."""
    wanted = prompt_to_repeat[n_start : n_end + 1].strip()
    return Outcome(flat(text.text) == flat(wanted) != "", f"the span is {wanted[:60]!r}")


@constraint(
    "copy:repeat_phrase",
    "Repeat the phrase {phrase} exactly {small_n} times, each time with one word in its middle replaced by another.",
    brief=True,
)
def repeat_phrase(text: Text, phrase: str, small_n: int) -> Outcome:
    """The phrase stands so often with one word between its first and last replaced, and never otherwise altered."""
    wanted, words = ([word.casefold() for word in one.words] for one in (Text(phrase, text.language), text))
    size = len(wanted)
    if size < 3:
        return Outcome(False, "the phrase has no word in its middle")
    found, at = list[int](), 0
    while at + size <= len(words):
        changed = 0
        if words[at] == wanted[0] and words[at + size - 1] == wanted[-1]:
            changed = sum(one != other for one, other in zip(words[at : at + size], wanted, strict=True))
            if changed <= 1:
                found.append(changed)
                at += size - 1
        at += 1
    good = sum(found)
    return Outcome(
        good == len(found) == small_n, f"{good} of {len(found)} phrases have one word changed, {small_n} wanted"
    )
