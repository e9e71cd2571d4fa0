# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on answers that are one of several options."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("detectable_format:constrained_response", "format:options")
OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
MARKUP = "*_`#>\"'“”‘’«»„.,;:!?()[]{} \t\n。！？।۔؟"


@constraint(
    "detectable_format:constrained_response", f"Answer with one of these sentences: {' / '.join(OPTIONS)}", brief=True
)
def constrained_response(text: Text) -> Outcome:
    """One of the three sentences stands in the answer, and only one."""
    found = [option for option in OPTIONS if option in text.text]
    return Outcome(len(found) == 1, f"{len(found)} of the three sentences")


@constraint("format:options", "Answer with one of these and nothing else: {options}", brief=True)
def options(text: Text, options: str) -> Outcome:
    """The answer is one of the options, whatever its case, markup and punctuation."""
    given = text.folded.strip(MARKUP)
    known = [option.strip().casefold().strip(MARKUP) for option in _parted(options)]
    return Outcome(bool(given) and given in known, f"{text.text[:60]!r} of {', '.join(known)}")


def _parted(options: str) -> list[str]:
    if "/" in options:
        return options.split("/")
    either = re.split(r"\s+or\s+", options)
    # Of `a, b or c` the comma parts as well, of `yes, of course or no` nothing tells it.
    return either if len(either) > 1 and "," not in options else re.split(r"[,，、]\s*(?:or\s+)?|\s+or\s+", options)
