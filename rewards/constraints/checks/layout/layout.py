# ruff: noqa: RUF001 - bullets and marks of other scripts are the subject
"""Checks on layout: words and lines, stairs, lists, theses in italics, a template, title case, options, white space."""

from __future__ import annotations

import re
from itertools import pairwise

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text

_STAR, _DASH = re.compile(r"[ \t]*\*(?:[ \t]+\S|[^\s*][^*]*\Z)"), re.compile(r"[ \t]*[-–][ \t]+\S")
_OTHER_BULLET = re.compile(r"^[ \t]*(?:[-*+•・‣●]|\d{1,3}[.)])[ \t]+\S", re.M)
_HEADING = re.compile(
    r"^(?:#{1,6}[ \t].*|<h[1-6][^>]{0,99}>.*|\*\*[^*\n]{1,99}\*\*:?[ \t]*|(?:Section|Part)[ \t]\d.*)$", re.M
)
_THESIS = re.compile(r"\s*(?:<p>\s*)?<(i|em)>\s*([^<]*\w[^<]*)</\1>")
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
_MINOR_WORDS = (
    "a an the and but for nor or so yet as at by in into of off on onto per to up via with from over upon than that"
    " when amid down like near past till unto"
)
_MINOR = frozenset(_MINOR_WORDS.split())
_MARKUP = "*_`#>\"'“”‘’«»„.,;:!?()[]{} \t\n。！？।۔؟"


@constraint("format:newline", "Write each word on a line of its own.")
def newline(text: Text) -> Outcome:
    """Two lines or more, one word on each."""
    lines = [line.strip() for line in text.text.split("\n") if any(map(str.isalnum, line))]
    wrong = next((line for line in lines if not _one_word(line, text.language)), None)
    if len(lines) < 2:
        return Outcome(False, f"{len(lines)} lines")
    return Outcome(wrong is None, f"{len(lines)} lines" if wrong is None else f"more than a word: {wrong[:60]!r}")


@constraint("format:line_indent", "Build stairs: indent each line further than the one before.")
def line_indent(text: Text) -> Outcome:
    """Two lines or more, each indented further; blank lines do not count."""
    lines = [line.expandtabs(4) for line in text.raw.split("\n") if line.strip()]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    followed = len(lines) > 1 and all(left < right for left, right in pairwise(indents))
    return Outcome(followed, f"indents of {indents[:12]}")


@constraint("format:list", "Answer with a list of items, each on a line begun by {sep} in place of a bullet.")
def list_(text: Text, sep: str) -> Outcome:
    """Two items or more, each begun by the mark; on lines of their own, where it is long within one too."""
    mark = re.escape(sep.strip())
    start = (
        rf"(?:^[ \t]*|(?<=\s)){mark}"
        if len(sep.strip()) > 2 and text.text.startswith(sep.strip())
        else rf"^[ \t]*{mark}"
    )
    items = re.findall(rf"{start}[ \t]*[*_\"“(]{{0,3}}\w", text.text, re.M)
    others = 0 if sep.strip()[:1] in "-*+•" else len(_OTHER_BULLET.findall(text.text))
    return Outcome(len(items) >= 2 and not others, f"{len(items)} items, {others} with another bullet")


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


@constraint("format:sub-bullets", "Use bullet points begun by *, each with a sub-bullet or more begun by - under it.")
def sub_bullets(text: Text) -> Outcome:
    """A line begun by * or more, each followed by a line begun by -."""
    subs = list[int]()
    for line in text.text.split("\n"):
        if _STAR.match(line):
            subs.append(0)
        elif subs and _DASH.match(line):
            subs[-1] += 1
    return Outcome(bool(subs) and all(subs), f"sub-bullets by bullet: {subs[:12]}")


@constraint(
    "format:no_bullets_bullets",
    "Write two sentences or more that end in a full stop, then two bullet points or more begun by *.",
)
def no_bullets_bullets(text: Text) -> Outcome:
    """Two sentences ending in a full stop before the first line begun by *, and two such lines."""
    lines = text.text.split("\n")
    first = next((at for at, line in enumerate(lines) if _STAR.match(line)), len(lines))
    before = Text("\n".join(lines[:first]), text.language).sentences
    ended = sum(one.rstrip("*_\"'”’»)」』 ")[-1:] in tuple(".。．।۔።") for one in before)
    bullets = sum(_STAR.match(line) is not None for line in lines)
    return Outcome(ended >= 2 and bullets >= 2, f"{ended} sentences, then {bullets} bullet points")


@constraint("format:title_case", "Write the whole answer in title case: each major word with a capital.")
def title_case(text: Text) -> Outcome:
    """Each word has a capital, short and minor ones within a sentence aside."""
    if text.caseless:
        return Outcome(None, f"{text.language} is written without capital letters")
    words = [word for word in text.words if word[0].isalpha()]
    wrong = next((word for word in words[1:] if word[0].islower() and len(word) > 3 and word not in _MINOR), None)
    wrong = words[0] if words and words[0][0].islower() else wrong
    small = sum(word[0].islower() for word in words)
    if not words or small > 0.6 * len(words):
        return Outcome(False, f"{small} of {len(words)} words without a capital")
    return Outcome(wrong is None, "title case" if wrong is None else f"{wrong!r} has no capital")


@constraint("format:output_template", f"Use exactly this template: {' [...] '.join(_TEMPLATE)} [...]")
def output_template(text: Text) -> Outcome:
    """The three labels once each and in order, nothing before them and something after each."""
    pattern = r"[*_#>\s]*" + r"(.*)".join(map(re.escape, _TEMPLATE)) + r"(.*)"
    found = re.fullmatch(pattern, text.text, re.S)
    once = all(text.text.count(label) == 1 for label in _TEMPLATE)
    followed = once and found is not None and all(any(map(str.isalnum, part)) for part in found.groups())
    return Outcome(followed, "the template, filled in" if followed else "not the template, filled in")


@constraint("format:no_whitespace", "Use no white space.")
def no_whitespace(text: Text) -> Outcome:
    """No white space within the answer."""
    found = next((at for at, letter in enumerate(text.text) if letter.isspace()), None)
    followed = found is None and any(map(str.isalnum, text.text))
    return Outcome(
        followed, "no white space" if found is None else f"white space after {text.text[max(0, found - 20) : found]!r}"
    )


@constraint("format:options", "Answer with one of these and nothing else: {options}", brief=True)
def options(text: Text, options: str) -> Outcome:
    """The answer is one of the options, whatever its case, markup and punctuation."""
    given = text.folded.strip(_MARKUP)
    known = [option.strip().casefold().strip(_MARKUP) for option in _parted(options)]
    return Outcome(bool(given) and given in known, f"{text.text[:60]!r} of {', '.join(known)}")


def _parted(options: str) -> list[str]:
    if "/" in options:
        return options.split("/")
    either = re.split(r"\s+or\s+", options)
    # Of `a, b or c` the comma parts as well, of `yes, of course or no` nothing tells it.
    return either if len(either) > 1 and "," not in options else re.split(r"[,，、]\s*(?:or\s+)?|\s+or\s+", options)


def _one_word(line: str, language: str) -> bool:
    bare = line.strip(_MARKUP + "-–•・")
    if any(map(str.isspace, bare)):
        return False
    # Dictionaries part compounds that a writer takes for one word.
    return len(Text(bare, language).words) <= 2 if bare and unsegmented(bare[0]) else True
