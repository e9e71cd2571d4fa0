"""Checks on layout: as many lines and paragraphs as the source, in the same places."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.translation.untranslated import judge_translated, still_source

PREFIXES: Final = ("layout:",)


@constraint("layout:lines", "Keep the line breaks: one line of translation for each line of the source.", gate=True)
def lines(translation: Answer) -> Outcome:
    """A line for each line of the source, empty ones in the same places, each of them translated."""
    source, answer = (text.text.split("\n") for text in (translation.original, translation))
    if len(source) != len(answer):
        return Outcome(0.0, f"{len(answer)} lines for {len(source)}")
    shifted = [place for place, pair in enumerate(zip(source, answer, strict=True), 1) if _empty(*pair)]
    if shifted:
        return Outcome(0.0, f"line {shifted[0]} is empty on one side only")
    left = still_source(source, answer, [one.text.split("\n") for one in translation.references])
    return Outcome(float(not left), f"not translated: {left[0]!r}" if left else f"{len(source)} lines")


@constraint("layout:paragraphs", "Keep the paragraphs: as many as the source has, parted by empty lines.", gate=True)
def paragraphs(translation: Answer) -> Outcome:
    """A paragraph for each of the source, each of them translated."""
    source, answer = translation.original.paragraphs, translation.paragraphs
    if len(source) != len(answer):
        return Outcome(0.0, f"{len(answer)} paragraphs for {len(source)}")
    references = [one.paragraphs for one in translation.references]
    return judge_translated(source, answer, references, f"{len(source)} paragraphs")


def _empty(source: str, answer: str) -> bool:
    return bool(source.strip()) != bool(answer.strip())
