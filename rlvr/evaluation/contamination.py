"""Contamination: rows of training data that hold passages of evaluation files, by runs of words in common.

A run of 13 words in common is what GPT-3's authors looked for (Brown et al. 2020, appendix C); 8 words are stricter. In
scripts without spaces each character counts as half a word. Texts shorter than a run are looked for whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rlvr.errors import shortened
from rlvr.sample import is_mapping, is_sequence

WORDS: Final = 13
COMMON: Final = 10
"""Runs in more rows of the evaluation files than this are phrases of a form ("Translate the following ...")."""
_SHORTEST: Final = 5
"""Texts of fewer words are too short to be known again."""
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_CHARACTER: Final = re.compile(rf"[{_UNSPACED}]")
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Found:
    """A row of training data that holds something of an evaluation file.

    Attributes:
        place: Of the row, `file:line`.
        share: Of its longest text's runs that are in the files too.
        against: Places of the evaluation's rows, the one with most in common first.
        passage: The first passage in common, as words.
    """

    place: str
    share: float
    against: Sequence[str]
    passage: str


@dataclass
class Index:
    """The runs of evaluation rows.

    Args:
        words: Length of a run.
        common: See `COMMON`.

    >>> index = Index(words=4)
    >>> index.add("test.jsonl:1", ["How many legs do three cats have?"])
    >>> found = index.find("tasks.jsonl:7", ["Tell me: how many legs do three cats have, and why?"])
    >>> found.against, found.passage
    (['test.jsonl:1'], 'how many legs do three cats have')
    >>> index.find("tasks.jsonl:8", ["How many legs does a dog have?"]) is None
    True
    """

    words: int = WORDS
    common: int = COMMON
    _rows: list[str] = field(default_factory=list[str])
    # By their hashes of 64 bits: a tenth of the memory of the words themselves, and no two of some millions are equal.
    _runs: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    def add(self, place: str, texts: Iterable[str]) -> None:
        """Takes in the texts of an evaluation's row."""
        number = len(self._rows)
        self._rows.append(place)
        for run in {run for text in texts for _, _, run in self._runs_of(_tokens(text))}:
            self._runs.setdefault(run, []).append(number)

    def find(self, place: str, texts: Iterable[str]) -> Found | None:
        """What a row of training data has in common with the rows that were taken in; `None` where it is nothing."""
        counts, share, passage = dict[int, int](), 0.0, ""
        for text in texts:
            tokens = _tokens(text)
            runs = list(self._runs_of(tokens))
            hits = [(start, end) for start, end, run in runs if self._known(run)]
            for _, _, run in runs:
                for number in self._known(run):
                    counts[number] = counts.get(number, 0) + 1
            if hits:
                share = max(share, len(hits) / max(1, len(runs)))
                passage = passage or _joined(tokens, hits)
        if not counts:
            return None
        ordered = sorted(counts, key=lambda number: (-counts[number], number))
        return Found(place, share, [self._rows[number] for number in ordered], shortened(passage, _SHOWN))

    def _known(self, run: int) -> Sequence[int]:
        rows = self._runs.get(run, ())
        return rows if len(rows) <= self.common else ()

    def _runs_of(self, tokens: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Beginning, end and hash of each run of a text; of a text shorter than a run the whole."""
        weights = [1 if _CHARACTER.match(token) else 2 for token in tokens]
        total, start, weight = sum(weights), 0, 0
        if 2 * _SHORTEST <= total < 2 * self.words:
            yield 0, len(tokens), hash(("", *tokens))
        for end, added in enumerate(weights, start=1):
            weight += added
            while weight - weights[start] >= 2 * self.words:
                weight -= weights[start]
                start += 1
            if weight >= 2 * self.words:
                yield start, end, hash(tuple(tokens[start:end]))


def texts_of(row: Mapping[str, Any]) -> list[str]:
    """All texts in a row, however deep; names of roles, keys and numbers are none.

    >>> texts_of({"id": 7, "prompt": [{"role": "user", "content": "Hi."}], "reference": "Hello."})
    ['Hi.', 'Hello.']
    """
    return [text for key, value in row.items() if key != "role" for text in _texts(value)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_mapping(value):
        yield from texts_of(value)
    elif is_sequence(value):
        for one in value:
            yield from _texts(one)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _joined(tokens: Sequence[str], hits: Sequence[tuple[int, int]]) -> str:
    """The words of the first hit and of those that overlap it."""
    start, end = hits[0]
    for other, stop in hits[1:]:
        if other > end:
            break
        end = max(end, stop)
    return " ".join(tokens[start:end])
