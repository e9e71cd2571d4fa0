# ruff: noqa: RUF001 - letters of many scripts
r"""Which part of a completion is its final answer.

Where the answer is marked (`\boxed{}`, `####`, `<answer>`), what stands behind the last such mark is the answer; else
what follows the last "the answer is", in any of sixty languages; else a short text as a whole, its last formula, bold
words or number. Marks that disagree are a conflict, unless words between them take the earlier one back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rlvr.rewards.math.extracting import markers

LONGEST: Final = 4000
_MOST_MARKS: Final = 24
_BLANK = re.compile(r"[\s$*_`~.]*+")
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s{0,3}(?P<brace>\{)?")
_TAG: Final = "</answer>"
_SENTENCE_END = re.compile(r"(?<!\bRs)(?<!\bNo)[.!?。！？।](?=[\s*_$\"')\]\\]|$)|\n")
_MATH = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\$([^$\n]+?)\$|\\\((.+?)\\\)", re.DOTALL)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_FENCE = re.compile(r"```\w{0,12}\n(.{1,2000}?)\n?```", re.DOTALL)
_NO_ANSWER = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't) (?:know|say|tell|determine|solve)|not sure|maybe|perhaps|my guess|i guess|"
    r"i give up|no idea|cannot be determined from)\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\b(?:wrong|wait|mistake|actually|correct(?:ed|ion|ing)?|incorrect|instead|recheck|re-?check|double.check|check|"
    r"error|redo|revised?|rather|sorry|oops|reconsider|final(?:ly)?|answer|verify|therefore|thus|hence|no,|but|however|"
    r"let me)\b|[^\x00-\x7f]{3}",
    re.IGNORECASE,
)
_FINAL = re.compile(r"final answer", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~")
_REPLACED = re.compile(
    r"(?:,|;|\band|\bbut)\s*(?:not|nicht|pas|no|n\u00e3o|non|niet|nie|inte|ikke|\u043d\u0435)\s+\*\*[^*\n]{1,60}\*\*"
)
_MOST_WORDS: Final = 8
_JOINED: Final = 60
"""Marks so near to each other are one answer, if no sentence ends between them."""

PERCENT_BEHIND: Final = re.compile(r"[\s$*)\\\]]{0,6}(?:\\?%|percent|pct)")
_DECORATION = re.compile(
    r"\s*(?:\\text\w*\{)?\s*(?:done|qed|q\.e\.d\.?|end|solved|finished|complete|final answer|answer|solution|thanks?|"
    r"thank you|hooray|proved|proven|that is it)[\s.!]*\}?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extract:
    """A part of a text.

    Args:
        text: The part.
        form: `box`, `hash`, `tag`, `said`, or, without a mark, `whole`, `math`, `bold`, `fence`, `prose`.
        parts: The parts, where several marks stand side by side.
        problem: Why there is no answer.
        rest: What follows it in its sentence.
    """

    text: str
    form: str
    parts: tuple[str, ...] = ()
    problem: str = ""
    rest: str = ""


def extract(text: str, *, strict: bool = False, words: Sequence[str] = ()) -> Extract:
    r"""The final answer of a text.

    Args:
        text: What the model wrote after its reasoning.
        strict: Only what is marked counts.
        words: Further words that stand before an answer, like "option".

    >>> extract("So $x = \\boxed{4}$. Checking, that is wrong: \\boxed{5}").text
    '5'
    >>> extract("Die Antwort ist 25.").text
    '25'
    """
    text = _STRUCK.sub(" ", text) if "~~" in text else text
    marked = _marked(text, strict=strict)
    if marked is not None:
        return marked
    if strict:
        return Extract("", "none", problem=r"nothing in `\boxed{}`, behind `####` or in <answer> tags")
    return _said(text, words) or _unmarked(text)


def _marked(text: str, *, strict: bool) -> Extract | None:
    if "\\" not in text and "####" not in text and _TAG not in text:
        return None
    found = sorted([*_boxes(text), *_hashes(text), *_tags(text)], key=lambda mark: mark.start)[-_MOST_MARKS:]
    if not found:
        return None
    found = [mark for mark in found if not _encloses(mark, found)]
    if found[-1].cut:
        return Extract("", "box", problem="the last box is never closed")
    kept = [mark for mark in found if mark.text.strip()]
    real = [mark for mark in kept if not _DECORATION.fullmatch(mark.text)]
    if not real:
        return Extract("", found[-1].form, problem=f"nothing in the {_NAMES[found[-1].form]}")
    if real[-1].form == "box" and any(mark.form != "box" for mark in real):
        real = [mark for mark in real if mark.form == real[-1].form]
    last, group = real[-1], [real[-1]]
    if not strict and _FINAL.search(text, last.end) and (said := _said(text[last.end :])):
        return said
    if len(real) > 1 and _is_comment(text, real[-2], last):
        about = f"{real[-2].text.strip()} \\approx {_NEARLY.sub('', last.text)}"
        return Extract(about, "box", rest=_rest(text, last))
    return _joined(text, real, group)


def _rest(text: str, mark: _Mark) -> str:
    return text[mark.end : mark.end + 80].partition("\n")[0]


def _joined(text: str, real: list[_Mark], group: list[_Mark]) -> Extract:
    """The last mark with those side by side with it; one further before it must agree, or have been taken back."""
    last = group[0]
    for mark in reversed(real[:-1]):
        gap = text[mark.end : group[0].start]
        if (
            len(gap) > _JOINED
            or _CORRECTION.search(gap)
            or len(gap.split()) > _MOST_WORDS
            or re.search(r"[.!?]\s|\n\s*\n|<", gap)
            or mark.form != last.form
        ):
            if mark.text.strip() != last.text.strip() and not _CORRECTION.search(gap[-400:]):
                return Extract(
                    last.text,
                    last.form,
                    problem=f"conflicting answers: {mark.text.strip()[:60]}, {last.text.strip()[:60]}",
                )
            break
        group.insert(0, mark)
    parts = tuple(dict.fromkeys(mark.text.strip() for mark in group))
    return Extract(", ".join(parts), last.form, parts=parts if len(parts) > 1 else (), rest=_rest(text, last))


_NEARLY = re.compile(r"^\s*(?:\\approx|\u2248)\s*")
_ABOUT = re.compile(r"(?:\\approx|\u2248|\bapproximately|\babout|\bnumerically)[\s$\\:(]*$", re.IGNORECASE)


def _is_comment(text: str, before: _Mark, last: _Mark) -> bool:
    """Whether the last box only says about how much the one before it is."""
    gap = text[before.end : last.start]
    return (
        last.form == before.form == "box"
        and len(gap) <= _JOINED
        and bool(_NEARLY.match(last.text) or _ABOUT.search(gap))
    )


_NAMES: Final = {"box": "box", "hash": "line behind `####`", "tag": "<answer> tags"}


@dataclass(frozen=True, slots=True)
class _Mark:
    form: str
    start: int
    end: int
    text: str
    cut: bool = False


def _encloses(mark: _Mark, others: list[_Mark]) -> bool:
    return any(mark.start < other.start and other.end <= mark.end and other.form == "box" for other in others)


def _last_places(text: str, what: str) -> Iterator[int]:
    place = len(text)
    for _ in range(_MOST_MARKS):
        place = text.rfind(what, 0, place)
        if place < 0:
            return
        yield place


def _boxes(text: str) -> Iterator[_Mark]:
    for name in (r"\boxed", r"\fbox", r"\framebox"):
        for place in _last_places(text, name):
            if match := _BOX.match(text, place):
                yield _box(text, match)


def _box(text: str, match: re.Match[str]) -> _Mark:
    start = match.end()
    if not match["brace"]:  # \boxed 72
        end = re.compile(r"[\s$,]|\.(?!\d)|$").search(text, start)
        stop = end.start() if end else len(text)
        return _Mark("box", match.start(), stop, text[start:stop])
    depth = 1
    window = min(len(text), start + LONGEST)
    stripped = _BLANK.match(text, start)
    if stripped and stripped.end() - start > 100:
        start = stripped.end()  # spaces by the thousand
        window = min(len(text), start + LONGEST)
    for brace in re.compile(r"\\.|[{}]").finditer(text, start, window):
        if brace[0] in "{}":
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                return _Mark("box", match.start(), brace.end(), text[start : brace.start()])
    return _Mark("box", match.start(), window, "", cut=True)  # cut off within it


def _hashes(text: str) -> Iterator[_Mark]:
    for place in _last_places(text, "####"):
        if place and text[place - 1] == "#":
            continue
        start = re.compile(r"#{4,}[ \t:*]*\n?").match(text, place)
        begin = start.end() if start else place + 4
        line = text.find("\n", begin)
        end = len(text) if line < 0 else line
        content = text[begin : min(end, begin + LONGEST)]
        if not re.match(
            r"\s*(?:step|solution|final answer\b|answer\b|case|part)\b[^\d$\\]*\d?[.:)]?\s*$", content, re.IGNORECASE
        ):
            yield _Mark("hash", place, end, content.strip().strip("*"))


def _tags(text: str) -> Iterator[_Mark]:
    for place in _last_places(text, _TAG):
        start = text.rfind("<answer>", 0, place)
        if start >= 0:
            inside = text[start + len("<answer>") : place]
            yield _Mark("tag", start, place + len(_TAG), inside[-LONGEST:].strip())


def _said(text: str, more: Sequence[str] = ()) -> Extract | None:
    tail = text[-LONGEST:]
    if quick := _QUICK.search(tail):
        return Extract(quick[1], "said")
    lowered = tail.lower()
    if len(lowered) != len(tail):
        lowered = tail
    words = markers.ASCII_WORDS if tail.isascii() else (*markers.ASCII_WORDS, *markers.OTHER_WORDS)
    words = (*words, *more)
    places = sorted(
        ((place, word) for word in words if (place := lowered.rfind(word)) >= 0),
        key=lambda found: (-found[0], -len(found[1])),
    )
    for place, word in places[:6]:
        for at in [place, *_earlier(lowered, word, place)]:
            if found := _behind(tail, lowered, at, word):
                return found
    return None


_QUICK = re.compile(r"(?:^|\n)A: ([^\n]{1,200})\s*$")
"""GSM8K's own last line, which is most of what a fast path sees."""


def _earlier(text: str, word: str, place: int) -> Iterator[int]:
    for _ in range(3):
        place = text.rfind(word, 0, place)
        if place < 0:
            return
        yield place


def _behind(text: str, lowered: str, place: int, word: str) -> Extract | None:
    end = place + len(word)
    if word[0].isascii() and place and lowered[place - 1].isalpha():
        return None
    match = markers.IS.match(text, end) or markers.HEADING.match(text, end)
    if not match and word in markers.BARE:
        match = re.compile(r"[\s:*_(]*").match(text, end)
    if not match:
        return None
    start = match.end()
    content, rest = _to_sentence_end(text, start)
    if not content.strip(" \t*_$"):
        return None
    return Extract(content.strip(), "said", rest=rest)


def _to_sentence_end(text: str, start: int) -> tuple[str, str]:
    math = _MATH.match(text, start)
    end = _SENTENCE_END.search(text, math.end() if math else start)
    stop = (end.end() if end[0] == "?" else end.start()) if end else len(text)
    return text[start:stop], text[stop : stop + 80]


def _unmarked(text: str) -> Extract:
    tail = text[-LONGEST:].strip()
    if not tail:
        return Extract("", "whole", problem="the answer is empty")
    if found := _NO_ANSWER.search(tail[-400:]):
        return Extract("", "prose", problem=f"`{found[0]}` is no answer")
    if fences := _FENCE.findall(tail):
        return Extract(fences[-1].strip(), "fence")
    tail = _WRAPPED.sub(" ", tail)
    short = " ".join(tail.split()) if len(tail) <= 200 and "\n\n" not in tail else tail
    if "\n" in tail and "\n" not in short and len(short) <= 100 and not _prose(short) and not _LISTED.search(tail):
        return Extract(short.strip("*_` "), "whole")
    if len(text) <= LONGEST and "\n" not in tail and len(tail) <= 200 and not _prose(tail):
        return Extract(tail.strip("*_` "), "whole")
    last = tail.rsplit("\n\n", 1)[-1]
    if spans := list(_MATH.finditer(last)):
        span = spans[-1]
        content = next(group for group in span.groups() if group is not None)
        after, _ = _to_sentence_end(last, span.end())
        if len(after) <= 60 and not re.search(r"\d", after):
            return Extract(content + (f" {after}" if re.match(r"\s*(?:%|percent|pct)", after) else ""), "math")
    if bold := _bold(last):
        return Extract(bold, "bold")
    line = tail.rsplit("\n", 1)[-1].strip()
    if len(line) <= 200 and not _prose(line):
        return Extract(line.strip("*_` "), "whole")
    return Extract(tail[-LONGEST:], "prose")


def _bold(text: str) -> str:
    """The bold words that are the answer: the last with a number, and words only where there is no number at all."""
    text = _REPLACED.sub(" ", text)
    bolds = [match for match in _BOLD.finditer(text) if not _is_heading(text, match)]
    if any(char.isdigit() for char in text):
        bolds = [match for match in bolds if any(char.isdigit() for char in match[1])]
        if bolds and any(char.isdigit() for char in text[bolds[-1].end() :]):
            return ""
    return bolds[-1][1] if bolds else ""


def _is_heading(text: str, match: re.Match[str]) -> bool:
    return match[1].rstrip()[-1:] in (":", "\uff1a") or text[match.end() : match.end() + 2].lstrip()[:1] in (
        ":",
        "\uff1a",
    )


_WRAPPED = re.compile(r"(?<=\bor)[ \t]*\n|(?<=\band)[ \t]*\n|(?<=,)[ \t]*\n|\n(?=[ \t]*(?:or|and)\b)")
_LISTED = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*+])\s|```|=")


def _prose(text: str) -> bool:
    """Whether a line is a sentence rather than an answer."""
    return len(re.findall(r"[^\W\d_]{2,}", re.sub(r"\\[A-Za-z]+", " ", text))) > 5 or bool(
        _MATH.search(text) and re.search(r"[A-Za-z]{3} .*[A-Za-z]{3}", _MATH.sub(" ", text))
    )
