# ruff: noqa: RUF001 - marks of other scripts are the subject
"""The sentences of a text: what stands in its paragraphs, and what of it is no sentence.

Titles, headings, greetings, tables, code and the labels of lists are none. A list item is one, or some, where it has
a final mark and three words. Lines without a final mark go on in the next paragraph, as verses do, where it begins
small or they end in a comma; else a short one is a title. A text that has no final mark at all is one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from rlvr.rewards.languages.letters import unsegmented
from rlvr.rewards.languages.segments.greetings import is_greeting
from rlvr.rewards.languages.segments.sentence_ends import spans
from rlvr.rewards.languages.segments.written_words import split_words

Kind = Literal["text", "item", "heading"]

_UNMARKED: Final = frozenset(("th", "lo", "km", "my"))
"""Languages that put no mark at the end of a sentence, or not always: a paragraph counts as one."""

_LONGEST_TITLE, _LEAST_OF_ITEM, _LONGEST_CLOSING, _LEAST_OF_LABEL = 10, 3, 6, 5
_ITEM = re.compile(
    r"[ \t]*(?:[-*+•・‣◦▪●‧–—·■○□◆◇▶►➤✓✔][ \t]+|[•・‣◦▪●‧■○□◆◇▶►➤✓✔]"
    r"|\(?(?:\d{1,3}[.)]|[a-zA-Z]\))[ \t]+|\d{1,3}、)(?=\S)"
)
_HEADING = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]|<h[1-6]\b|\|)|[ \t]*[*_\"“„«]{0,4}<<[^<>\n]{1,500}>>[*_\"”“»]{0,4}[ \t]*\Z"
)
_BOLD = re.compile(r"[ \t]*(\*\*|__)(?P<inner>[^*_\n]{1,200})\1:?[ \t]*")
_RULE = re.compile(r"[ \t]*(?:[-*_=~•·#─—][ \t]*){3,}")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_FINAL = re.compile(r"[.!?…。．！？｡।॥؟۔።;·]['\"”’»«“)\]」』*_~`）】]{0,6}\s*\Z|[.!?…。！？।]\s*[^\w\s.,:;]{1,4}\s*\Z")
_GREEK = re.compile(r";['\"”’»)]{0,3}\s*\Z")
_GOES_ON = re.compile(r"[,;،؛，；、—–-][*_]{0,3}\s*\Z")
_LABEL = re.compile(r"[:：][*_]{0,3}\s*\Z")


@dataclass(slots=True)
class _Block:
    kind: Kind
    lines: list[str] = field(default_factory=list[str])


def split_sentences(text: str, language: str) -> list[str]:
    """The sentences of a text in a language.

    >>> split_sentences("# Old bridges\\n\\nDear Ann,\\n\\nit is old. It stands.\\n\\nBest wishes,\\nTom", "en")
    ['it is old.', 'It stands.']
    >>> split_sentences("The rain came down,\\n\\nand still we stayed\\n\\nbeside the road.", "en")
    ['The rain came down, and still we stayed beside the road.']
    """
    if language.partition("-")[0].lower() in _UNMARKED:
        kept = (" ".join(block.lines) for block in _blocks(text) if block.kind != "heading")
        found = [sentence for one in kept for sentence in _marked_sentences(one, language)]
    else:
        gathered = _Gathered(language)
        for block in _blocks(text):
            gathered.add(block)
        found = gathered.all()
    if found or not any(map(str.isalnum, text)):
        return found
    return [text.replace("\n", " ").strip()]


@dataclass(slots=True)
class _Gathered:
    """Sentences so far; `pending` is a paragraph without a final mark, which the next one may go on with."""

    language: str
    found: list[str] = field(default_factory=list[str])
    loose: list[str] = field(default_factory=list[str])
    pending: str = ""

    def add(self, block: _Block) -> None:
        if block.kind == "item":
            self._add_item(" ".join(block.lines).strip())
        elif block.kind == "text":
            lines = [line for line in block.lines if not is_greeting(line, self.language)]
            if lines:
                self._add_paragraph(" ".join(lines).strip(), lines)

    def all(self) -> list[str]:
        self._let_go()
        if self.found or any(_is_prose(one, self.language) for one in self.loose):
            return self.found + [one for one in self.loose if _is_prose(one, self.language)]
        return [" ".join(self.loose)] if self.loose else []

    def _add_item(self, text: str) -> None:
        self._let_go()
        for sentence in _marked_sentences(text, self.language):
            if _final(sentence, self.language) and len(split_words(sentence, self.language)) >= _LEAST_OF_ITEM:
                self.found.append(sentence)

    def _add_paragraph(self, text: str, lines: list[str]) -> None:
        if self.pending and (_GOES_ON.search(self.pending) or text[:1].islower()):
            text, self.pending = f"{self.pending} {text}", ""
        self._let_go()
        sentences = _marked_sentences(text, self.language)
        rest = sentences.pop() if sentences and not _final(sentences[-1], self.language) else ""
        if sentences and rest and not _closes(rest, lines, self.language):
            sentences.append(rest)
        elif not sentences:
            self.pending = rest
        self.found += sentences

    def _let_go(self) -> None:
        if self.pending:
            self.loose.append(self.pending)
        self.pending = ""


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs, list items and headings; code, tables and rules are left out."""
    current, fenced = _Block("text"), False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        kind, kept = (None, "") if fenced else _kind_of(line)
        if kind == "text":
            current.lines.append(kept)
            continue
        if (
            kind is None
            and len(current.lines) == 1
            and line.strip()[:1] in ("=", "-")
            and not _FINAL.search(current.lines[0])
        ):
            # A line of `=` or `-` under another one makes a heading of it.
            current.kind = "heading"
        if current.lines:
            yield current
        current = _Block("item", [kept]) if kind == "item" else _Block("text")
        if kind == "heading":
            yield _Block("heading", [kept])
    if current.lines:
        yield current


def _kind_of(line: str) -> tuple[Kind | None, str]:
    """What a line begins or goes on with, and the line without the mark of an item."""
    if not line.strip() or _FENCE.match(line) or _RULE.fullmatch(line):
        return None, ""
    if is_title(line):
        return "heading", line
    if mark := _ITEM.match(line):
        return "item", line[mark.end() :]
    return "text", line


def is_title(line: str) -> bool:
    """Whether a line is marked as a title or heading.

    >>> is_title("## Old bridges"), is_title("**Old bridges**"), is_title("**It rains.**")
    (True, True, False)
    """
    if "\n" in line:
        return False
    if _HEADING.match(line):
        return True
    bold = _BOLD.fullmatch(line)
    return bold is not None and _FINAL.search(bold["inner"]) is None


def _marked_sentences(text: str, language: str) -> list[str]:
    found = (text[start:end].strip() for start, end in spans(text, language))
    return [sentence for sentence in found if any(map(str.isalnum, sentence))]


def _final(sentence: str, language: str) -> bool:
    return _FINAL.search(sentence[-40:]) is not None and (sentence.rstrip()[-1] not in ";·" or language[:2] == "el")


def _closes(rest: str, lines: list[str], language: str) -> bool:
    """Whether what has no final mark is a line of its own at the end of a paragraph: a name under a letter, say."""
    return any(rest == line.strip() for line in lines[1:]) and len(split_words(rest, language)) <= _LONGEST_CLOSING


def _is_prose(line: str, language: str) -> bool:
    words = len(split_words(line, language))
    if _LABEL.search(line):
        return words >= _LEAST_OF_LABEL
    return words > _LONGEST_TITLE * (2 if any(map(unsegmented, line[:20])) else 1)
