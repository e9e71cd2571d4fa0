# ruff: noqa: RUF001 - dashes and quotation marks of many languages
"""Spans of errors: read from marked text, from JSON or from lines, and found in the translation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from rlvr.errors import DataError
from rlvr.sample import is_list, is_mapping

SEVERITIES: Final = ("minor", "major", "critical")
_NAMES: Final = {"neutral": "minor", "trivial": "minor", "severe": "critical", "v": "", "error": "", "err": "", "": ""}
_MARK: Final = re.compile(r"<(?P<close>/?)(?P<name>v|err|error|minor|major|critical)>", re.IGNORECASE)
_LINE: Final = re.compile(
    r"\s*(?:[-*•]|\d{1,3}[.)])?\s*[*_`]{0,3}(?P<severity>neutral|trivial|minor|major|critical|severe|error)[*_`]{0,3}"
    r"(?:\s*/[\w -]{1,40})?\s*[:\-–—]\s*(?P<text>\S.*)",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(
    r"\s*(?:[-*•]|\d{1,3}[.)])?\s*(?P<text>\S.{0,500}?)\s*[(\[,–—-]\s*(?P<severity>minor|major|critical|severe)\s*[)\]]?\s*\Z",
    re.IGNORECASE,
)
_NEXT: Final = re.compile(
    r"\s*[;,，；|/]\s*(?=[*_`]{0,3}(?:neutral|trivial|minor|major|critical|severe|error)[*_`]{0,3}\s*[:–—-])",
    re.IGNORECASE,
)
_NEXT_TRAILING: Final = re.compile(r"(?<=[)\]])\s*[;,，；|]\s*(?=\S)")
_NONE: Final = re.compile(
    r"\W*(?:there (?:are|is) )?(?:none|(?:no|zero|without)\W*(?:errors?|mistakes?|spans?))(?: found)?\W*\Z",
    re.IGNORECASE,
)
_QUOTES: Final = "\"'“”„«»‹›`*「」"
_LONGEST_LINE: Final = 1000
_LONGEST_NONE: Final = 80
_TEXTS: Final = ("text", "span", "error", "quote", "error_span", "target")


class SpanError(ValueError):
    """An answer from which no spans can be read."""


@dataclass(frozen=True, slots=True)
class Marked:
    """An error as it was named: its words, its severity (`""` without one), and where it begins, if that is said."""

    text: str
    severity: str = ""
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Located:
    """An error in a translation, from `start` to `end` (exclusive)."""

    start: int
    end: int
    severity: str
    text: str


def predicted_spans(answer: str, translation: str) -> list[Marked]:
    """The errors that an answer names, in whichever form: JSON, marked text, lines, or that there are none.

    Raises:
        SpanError: It is in none of them.

    >>> predicted_spans('[{"text": "den Bus", "severity": "major"}]', "den Bus")
    [Marked(text='den Bus', severity='major', start=None)]
    >>> predicted_spans("- minor: den\\n- Bus (major)", "den Bus")
    [Marked(text='den', severity='minor', start=None), Marked(text='Bus', severity='major', start=None)]
    """
    text = answer.strip()
    listed = _json_list(text)
    if listed is not None:
        return [_from_row(row, "an error of the list") for row in listed]
    if _MARK.search(text):
        return marked_spans(text)
    lines = [
        stripped[:_LONGEST_LINE] for line in text.splitlines() for part in _listed(line) if (stripped := part.strip())
    ]
    named = [match for line in lines if (match := _LINE.fullmatch(line) or _TRAILING.fullmatch(line))]
    if named:
        return [
            Marked(_bare(match["text"]), _severity(match["severity"]))
            for match in named
            if not _NONE.match(match["text"])
        ]
    if not lines:
        raise SpanError("no answer")
    if _NONE.match(lines[-1][-_LONGEST_NONE:]):
        return []
    if " ".join(text.split()) == " ".join(translation.split()):
        return []  # the translation with nothing marked
    raise SpanError("no spans: neither JSON nor marks nor lines such as `major: the words`")


def _listed(line: str) -> list[str]:
    """The errors of a line: several where a semicolon or a comma stands before the next severity.

    >>> _listed("major: den Bus; minor: Brot"), _listed("major: a; b")
    (['major: den Bus', 'minor: Brot'], ['major: a; b'])
    """
    return _NEXT.split(line) if _LINE.fullmatch(line.strip()[:_LONGEST_LINE]) else _NEXT_TRAILING.split(line)


def marked_spans(text: str) -> list[Marked]:
    """The spans between marks; one that is never closed goes to the end.

    >>> marked_spans("Er <v>nahm</v> den <major>Bus")
    [Marked(text='nahm', severity='', start=3), Marked(text='Bus', severity='major', start=12)]
    """
    whole = _MARK.sub("", text)
    found, opened, before = list[Marked](), list[tuple[str, int]](), 0
    for mark in _MARK.finditer(text):
        place = mark.start() - before
        before += len(mark[0])
        if not mark["close"]:
            opened.append((_severity(mark["name"]), place))
        elif opened:
            severity, start = opened.pop()
            found.append(Marked(whole[start:place], severity, start))
    found += [Marked(whole[start:], severity, start) for severity, start in opened]
    return [one for one in found if one.text.strip()]


def gold_spans(reference: object, translation: str) -> list[Located]:
    """The errors that people marked.

    Raises:
        DataError: They are in no form that there is, or not in the translation.

    >>> gold_spans([{"start": 0, "end": 3, "severity": "minor"}], "den Bus")
    [Located(start=0, end=3, severity='minor', text='den')]
    """
    if isinstance(reference, str):
        marked = marked_spans(reference)
    elif is_list(reference):
        try:
            marked = [_from_row(row, f"`reference[{place}]`", translation) for place, row in enumerate(reference)]
        except SpanError as error:
            raise DataError(str(error), hint=_FORM) from None
    else:
        raise DataError(f"`reference` is of type {type(reference).__name__}.", hint=_FORM)
    found, lost = located(marked, translation)
    if lost:
        raise DataError(f"`reference` marks {lost[0][:60]!r}, which is not in `data.translation`.", hint=_FORM)
    return found


def located(marked: list[Marked], translation: str) -> tuple[list[Located], list[str]]:
    """Where the spans stand; and the texts of those that are not there.

    One that is there several times is each time another one; white space need not be the same.

    >>> located([Marked("a"), Marked("a"), Marked("b")], "a c a")
    ([Located(start=0, end=1, severity='', text='a'), Located(start=4, end=5, severity='', text='a')], ['b'])
    """
    found, lost, after = list[Located](), list[str](), dict[str, int]()
    for one in marked:
        text = one.text.strip()
        at = -1
        if one.start is not None:
            near = one.start + len(one.text) - len(one.text.lstrip())
            at = near if translation.startswith(text, near) else -1
        at = _free(text, translation, found, after.get(text, 0)) if at < 0 and text else at
        if not text or at < 0:
            lost.append(text)
            continue
        after[text] = at + len(text)
        found.append(Located(at, at + len(text), one.severity, text))
    return found, lost


def _free(text: str, translation: str, taken: list[Located], start: int) -> int:
    """The next place of a text that no other span has; where each has one, the next."""
    first = at = translation.find(text, start)
    for _ in range(_MOST_PLACES):
        clash = [one.end for one in taken if one.start < at + len(text) and at < one.end]
        if at < 0 or not clash:
            break
        at = translation.find(text, max(clash))
    return first if at < 0 else at


_MOST_PLACES: Final = 100
_FORM: Final = (
    'It is the translation with <major>...</major> around errors, or [{"start": 0, "end": 4, "severity": "major"}].'
)


def _json_list(text: str) -> list[Any] | None:
    start, end = text.find("["), text.rfind("]")
    if start < 0 or end < start or text[start + 1 : end].strip()[:1] not in ("", "{", '"'):
        return None
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return value


def _from_row(row: Any, where: str, translation: str = "") -> Marked:
    if isinstance(row, str):
        return Marked(row)
    if not is_mapping(row):
        raise SpanError(f"{where} is {row!r:.60}, no mapping")
    severity = _severity(str(row.get("severity") or ""))
    start, end = row.get("start"), row.get("end")
    if isinstance(start, int) and isinstance(end, int) and translation:
        if not 0 <= start < end <= len(translation):
            raise SpanError(f"{where} goes from {start} to {end}, in a translation of {len(translation)} characters")
        return Marked(translation[start:end], severity, start)
    text = next((row[name] for name in _TEXTS if isinstance(row.get(name), str)), None)
    if text is None:
        raise SpanError(f"{where} has no `text`")
    return Marked(text, severity, start if isinstance(start, int) else None)


def _severity(name: str) -> str:
    flat = name.strip().lower()
    return _NAMES.get(flat, flat if flat in SEVERITIES else "")


def _bare(text: str) -> str:
    text = text.strip()
    while len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    return text
