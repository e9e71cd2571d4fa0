# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on punctuation: marks to be left out, and what stands between sentences."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.emojis import marked
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("punctuation:", "detectable_format:sentence_hyphens", "format:emoji")
_COMMAS = frozenset(",，、،﹐﹑､፣߸᠂᠈꓾꘍꛵⹁⸲⸴")
_STOPS = frozenset(".．。｡․‥…۔።։।॥᙮。﹒")
_EXCLAMATIONS = frozenset("!！﹗¡՜⁉‼❗❕")
_JOINT = re.compile(
    r"(?<!\W[^\W\d_])(?<!\A[^\W\d_])[.!?…。．！？।॥؟۔።]{1,9}[\"'”’»」』)\]*_]{0,9}(?P<joint>\s*[-‐‑–—]\s*|(?=[^\W\d_]))"
)
_EMOJI = "\ue000"
_BEFORE_EMOJI = re.compile(
    r"((?<![.!?。！？।؟۔…])[.!?。！？।؟۔…]++[\"'”’»)*_]{0,5}+)[ \t]{0,5}+"
    rf"({_EMOJI}[{_EMOJI} ]{{0,50}}+)(?=\s|\Z|\w)"
)


@constraint("punctuation:no_comma", "Use no commas.")
def no_comma(text: Text) -> Outcome:
    """No comma of any script."""
    return _without(text, _COMMAS, "comma")


@constraint("punctuation:punctuation_dot", "Use no full stops.")
def punctuation_dot(text: Text) -> Outcome:
    """No full stop of any script."""
    return _without(text, _STOPS, "full stop")


@constraint("punctuation:punctuation_exclamation", "Use no exclamation marks.")
def punctuation_exclamation(text: Text) -> Outcome:
    """No exclamation mark of any script."""
    return _without(text, _EXCLAMATIONS, "exclamation mark")


def _without(text: Text, marks: frozenset[str], name: str) -> Outcome:
    found = next((letter for letter in text.text if letter in marks), None)
    return Outcome(found is None, f"a{'n' if name[0] == 'e' else ''} {name}: {found}" if found else f"no {name}")


@constraint("detectable_format:sentence_hyphens", "Join all sentences by hyphens, without spaces between them.")
def sentence_hyphens(text: Text) -> Outcome:
    """Between sentences stand hyphens and no white space."""
    joints = [joint["joint"] for joint in _JOINT.finditer(text.text)]
    loose = next((joint for joint in joints if joint != joint.strip() or not joint), None)
    if loose is not None:
        return Outcome(False, "a space beside a hyphen" if loose else "two sentences without a hyphen")
    # The rules see no end of a sentence before a hyphen: what they part has none.
    count = len(text.sentences)
    return Outcome(count == 1, f"{len(joints)} hyphens between sentences" if count == 1 else f"{count} loose parts")


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
