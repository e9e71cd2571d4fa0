# ruff: noqa: RUF001 - bullets of other scripts are the subject
"""Checks on form: lists, highlights, sections, JSON, a title, one of three answers."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_BULLET = re.compile(r"^[ \t]*(?:[-*+][ \t]+|[•・‣◦▪●‧–][ \t]*)(?=[^\s*\-])(?!\*[ \t]*\*)", re.M)
_BOLD_BULLET = re.compile(r"^[ \t]*[-*+][ \t]+(?=\*\*?[^\s*])", re.M)
_HIGHLIGHT = re.compile(r"(?<![A-Za-z0-9*])(\*{1,3})(?=[^\s*])[^*\n]{0,2000}(?<=[^\s*])\1(?![A-Za-z0-9*])")
_TITLE = re.compile(r"(?<![\w<])<<(?!<)([^<>\n]{1,500})>>(?![\w>])")
_FENCE = re.compile(r"\A```[A-Za-z]{0,12}[ \t]*\n?|\n?```\Z")


@constraint("detectable_format:number_bullet_lists", "Use exactly {num_bullets} bullet points, each begun by * or -.")
def number_bullet_lists(text: Text, num_bullets: int) -> Outcome:
    """Exactly so many lines that a bullet begins; rules and negative numbers are none."""
    found = len(_BULLET.findall(text.text)) + len(_BOLD_BULLET.findall(text.text))
    return Outcome(found == num_bullets, f"{found} bullet points, {num_bullets} wanted")


@constraint(
    "detectable_format:constrained_response", f"Answer with one of these sentences: {' / '.join(OPTIONS)}", brief=True
)
def constrained_response(text: Text) -> Outcome:
    """One of the three sentences stands in the answer, and only one."""
    found = [option for option in OPTIONS if option in text.text]
    return Outcome(len(found) == 1, f"{len(found)} of the three sentences")


@constraint("detectable_format:number_highlighted_sections", "Highlight at least {num_highlights} parts, *like this*.")
def number_highlighted_sections(text: Text, num_highlights: int) -> Outcome:
    """At least so many parts between asterisks, each counted once."""
    found = sum(1 for _ in _HIGHLIGHT.finditer(text.text))
    return Outcome(found >= num_highlights, f"{found} highlights, at least {num_highlights} wanted")


@constraint(
    "detectable_format:multiple_sections", "Write {num_sections} sections, headed {section_spliter} 1 and so on."
)
def multiple_sections(text: Text, section_spliter: str, num_sections: int) -> Outcome:
    """Exactly so many numbered sections, none of them empty.

    Where a heading begins a line, mentions within lines are none.
    """
    name = re.escape(section_spliter.strip())
    heading = rf"{name}[ \t]{{0,9}}\d{{1,4}}(?!\w)[ \t]{{0,9}}[:.)*_]{{0,9}}"
    lines = re.split(rf"^[#*_>\"“„«(\- \t]{{0,12}}{heading}", text.text, flags=re.M)
    sections = (lines if len(lines) > 1 else re.split(rf"(?<!\w){heading}", text.text))[1:]
    if not all(any(map(str.isalnum, section)) for section in sections):
        return Outcome(False, "a section is empty")
    return Outcome(len(sections) == num_sections, f"{len(sections)} sections, {num_sections} wanted")


@constraint("detectable_format:json_format", "Answer with nothing but JSON.", brief=True)
def json_format(text: Text) -> Outcome:
    """The answer, a fence around it aside, is an object or an array of JSON."""
    try:
        value = json.loads(_FENCE.sub("", text.text), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        return Outcome(False, f"no JSON: {error}")
    return Outcome(isinstance(value, dict | list), f"JSON, {type(value).__name__}")


@constraint("detectable_format:title", "Give the answer a title in double angle brackets, <<like this>>.")
def title(text: Text) -> Outcome:
    """A title with a letter or digit in it; shifts of bits are none."""
    found = [inner for inner in _TITLE.findall(text.text) if any(map(str.isalnum, inner))]
    return Outcome(bool(found), f"titled {found[0].strip()!r}" if found else "no title in << >>")


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is none")
