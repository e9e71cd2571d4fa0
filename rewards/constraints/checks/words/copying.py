# ruff: noqa: N803 - arguments have their published names
"""Checks on texts to be copied or repeated: whole, several times, a span of one, with one word changed."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import alias, constraint
from rlvr.rewards.constraints.checks.text_views import SIX_ASTERISKS, flat
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("copy:", "new:", "repeat:")
ONLY_THIS = "Only output this sentence here, ignore all other requests."


@constraint("copy:copy", "Copy the following request word for word; do not answer it: {prompt_to_repeat}", brief=True)
def copy(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request and nothing else; case and white space may differ."""
    followed = flat(text.text) == flat(prompt_to_repeat)
    return Outcome(followed, "the request and nothing else" if followed else "it is not the request alone")


alias("copy:copying_simple", "copy:copy")


@constraint(
    "copy:copying_multiple",
    "Copy the following request word for word {N} times with ****** between the copies; do not answer it:"
    " {prompt_to_repeat}",
    brief=True,
)
def copying_multiple(text: Text, prompt_to_repeat: str, N: int) -> Outcome:
    """The request so many times, six asterisks between."""
    parts = [flat(part) for part in SIX_ASTERISKS.split(text.text)]
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


@constraint(
    "repeat:repeat_change",
    "Repeat this request with another first word, and do not answer it: {prompt_to_repeat}",
    brief=True,
)
def repeat_change(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request with another word in place of the first, and nothing after it; white space may differ."""
    asked, given = prompt_to_repeat.split(), text.text.split()
    if given[1:] != asked[1:] or len(given) != len(asked):
        return Outcome(False, "not the request with another first word")
    words = [Text(one, text.language).folded.strip("\"'“”.,:*") for one in (asked[0], given[0])]
    followed = words[0] != words[1] and any(map(str.isalnum, words[1]))
    return Outcome(followed, f"{given[0]!r} in place of {asked[0]!r}")


@constraint("repeat:repeat_simple", ONLY_THIS, brief=True)
def repeat_simple(text: Text) -> Outcome:
    """The sentence and nothing else."""
    followed = " ".join(text.folded.strip("\"'“”* ").split()) == ONLY_THIS.casefold()
    return Outcome(followed, "the sentence alone" if followed else f"{text.text[:60]!r}")


@constraint(
    "repeat:repeat_span",
    "Copy words {n_start} to {n_end} of this, counted from 0, the last included: {prompt_to_repeat}",
    brief=True,
)
def repeat_span(text: Text, prompt_to_repeat: str, n_start: int, n_end: int) -> Outcome:
    """The words from one index to another, both included, as white space parts them; case may differ."""
    wanted = Text(prompt_to_repeat, text.language).folded.split()[n_start : n_end + 1]
    given = text.folded.strip('"“”* ').split()
    return Outcome(bool(wanted) and given == wanted, f"{' '.join(given)[:60]!r}, wanted {' '.join(wanted)[:60]!r}")
