# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on the parts of an answer: title, sections, highlights, theses, a template, placeholders, a postscript."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = (
    "detectable_format:title",
    "detectable_format:number_highlighted_sections",
    "format:thesis",
    "format:output_template",
    "detectable_content:",
)
_HIGHLIGHT = re.compile(r"(?<![A-Za-z0-9*])(\*{1,3})(?=[^\s*])[^*\n]{0,2000}(?<=[^\s*])\1(?![A-Za-z0-9*])")
_TITLE = re.compile(r"(?<![\w<])<<(?!<)([^<>\n]{1,500})>>(?![\w>])")
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.M | re.S)
_CODE = re.compile(r";\s*\Z|\b(?:cin|cout|cerr|std::|printf|return|int)\b")
_HEADING = re.compile(
    r"^(?:#{1,6}[ \t].*|<h[1-6][^>]{0,99}>.*|\*\*[^*\n]{1,99}\*\*:?[ \t]*|(?:Section|Part)[ \t]\d.*)$", re.M
)
_THESIS = re.compile(r"\s*(?:<p>\s*)?<(i|em)>\s*([^<]*\w[^<]*)</\1>")
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
# One character can be a word in other scripts; `[x]` is a box that is ticked.
_PLACEHOLDER = re.compile(r"\[([^\[\]\n]{2,200}|[^\x00-\x7f\[\]])\](?!\()")


@constraint("detectable_format:title", "Give the answer a title in double angle brackets, <<like this>>.")
def title(text: Text) -> Outcome:
    """A title with a letter or digit in it; shifts of bits and streams are none."""
    bare = _FENCED.sub("", text.text)
    found = [inner for line in bare.split("\n") for inner in _TITLE.findall(line) if _entitles(inner, line)]
    return Outcome(bool(found), f"titled {found[0].strip()!r}" if found else "no title in << >>")


def _entitles(inner: str, line: str) -> bool:
    if not any(map(str.isalnum, inner)):
        return False
    alone = not any(map(str.isalnum, _TITLE.sub("", line)))
    # Within a line of code, or with spaces on both sides in a line that has more, it is an operator.
    return alone or not (_CODE.search(line) or inner[0].isspace() or inner[-1].isspace())


@constraint("detectable_format:number_highlighted_sections", "Highlight at least {num_highlights} parts, *like this*.")
def number_highlighted_sections(text: Text, num_highlights: int) -> Outcome:
    """At least so many parts between asterisks, each counted once."""
    found = sum(1 for _ in _HIGHLIGHT.finditer(text.text))
    return Outcome(found >= num_highlights, f"{found} highlights, at least {num_highlights} wanted")


@constraint("format:thesis", "Begin each section with a thesis statement in italics, marked by HTML: <i>so</i>.")
def thesis(text: Text) -> Outcome:
    """Each section, headings part them, begins with words in italics and goes on after them."""
    before, *sections = _HEADING.split(text.text)
    sections = [one for one in (sections if sections and _THESIS.match(before) is None else [before, *sections])]
    for section in sections:
        begun = _THESIS.match(section)
        if not begun or not any(map(str.isalnum, section[begun.end() :])):
            return Outcome(False, f"no thesis and text in {section.strip()[:60]!r}")
    return Outcome(True, f"{len(sections)} sections, each with its thesis")


@constraint("format:output_template", f"Use exactly this template: {' [...] '.join(_TEMPLATE)} [...]")
def output_template(text: Text) -> Outcome:
    """The three labels once each and in order, nothing before them and something after each."""
    pattern = r"[*_#>\s]*" + r"(.*)".join(map(re.escape, _TEMPLATE)) + r"(.*)"
    found = re.fullmatch(pattern, text.text, re.S)
    once = all(text.text.count(label) == 1 for label in _TEMPLATE)
    followed = once and found is not None and all(any(map(str.isalnum, part)) for part in found.groups())
    return Outcome(followed, "the template, filled in" if followed else "not the template, filled in")


@constraint(
    "detectable_content:number_placeholders", "Use at least {num_placeholders} placeholders in square brackets, [name]."
)
def number_placeholders(text: Text, num_placeholders: int) -> Outcome:
    """At least so many brackets that hold a letter and are no links."""
    found = sum(any(map(str.isalpha, inner)) for inner in _PLACEHOLDER.findall(text.text))
    return Outcome(found >= num_placeholders, f"{found} placeholders, at least {num_placeholders} wanted")


@constraint("detectable_content:postscript", "End with a postscript that begins with {postscript_marker}.")
def postscript(text: Text, postscript_marker: str) -> Outcome:
    """After the answer, a line begins with the marker, and something follows it, there or on the next line."""
    marker = unicodedata.normalize("NFKC", postscript_marker.strip())
    value = text.text if text.text.isascii() else unicodedata.normalize("NFKC", text.text)
    pattern = re.escape(marker)
    if "." in marker:
        # Periods as in `P. S.`; the last one may be missing.
        letters = re.split(r"\s*\.\s*", marker.rstrip(". "))
        pattern = r"\.[ ]?".join(map(re.escape, letters)) + r"\.?+"
    # Letters of a script without spaces may follow at once.
    boundary = "" if unsegmented(marker[-1:]) else r"(?:(?!\w)|(?=[\u3040-\u30ff\u3400-\u9fff]))\.?"
    begun = rf"^[*_#>\"“„«(\[ \t]{{0,9}}{pattern}{boundary}"
    goes_on = r"[ \t:*_,、)\]—–―-]{0,9}\n{0,3}[*_\"'“„«»‘「『(\[¿¡ \t]{0,9}[^\W_]"
    found = re.search(begun + goes_on, value, re.I | re.M)
    if found is None:
        return Outcome(False, f"no line begins with {postscript_marker!r} and goes on")
    before = any(map(str.isalnum, value[: found.start()]))
    return Outcome(before, "a postscript" if before else "nothing stands before the postscript")
