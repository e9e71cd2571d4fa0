# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on what an answer must hold: placeholders, a postscript."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("detectable_content:",)

# One character can be a word in other scripts; `[x]` is a box that is ticked.
_PLACEHOLDER = re.compile(r"\[([^\[\]\n]{2,200}|[^\x00-\x7f\[\]])\](?!\()")


@constraint(
    "detectable_content:number_placeholders", "Use at least {num_placeholders} placeholders in square brackets, [name]."
)
def number_placeholders(text: Text, num_placeholders: int) -> Outcome:
    """At least so many brackets that hold a letter and are no links."""
    found = sum(any(map(str.isalpha, inner)) for inner in _PLACEHOLDER.findall(text.text))
    return Outcome(found >= num_placeholders, f"{found} placeholders, at least {num_placeholders} wanted")


@constraint("detectable_content:postscript", "End with a postscript that begins with {postscript_marker}.")
def postscript(text: Text, postscript_marker: str) -> Outcome:
    """A line begins with the marker and says something after it."""
    marker = re.escape(postscript_marker.strip())
    if "." in postscript_marker:
        # Periods as in `P. S.`; the last one may be missing.
        letters = re.split(r"\s*\.\s*", postscript_marker.strip().rstrip(". "))
        marker = r"\.[ ]?".join(map(re.escape, letters)) + r"\.?"
    boundary = "" if unsegmented(postscript_marker.strip()[-1:]) else r"(?!\w)"
    found = re.search(
        rf"^[*_#>\"“„«(\[ \t]{{0,9}}{marker}{boundary}[ :*_.：，、　]{{0,9}}\n?[^\W_]", text.text, re.I | re.M
    )
    return Outcome(found is not None, "a postscript" if found else f"no line begins with {postscript_marker!r}")
