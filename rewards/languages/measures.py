# ruff: noqa: RUF001 - abbreviations of other scripts are the subject
"""What a text measures: words, sentences, paragraphs, by the Unicode rules (UAX 29) of its declared language.

ICU segments, with its dictionaries for Chinese, Japanese, Thai, Khmer and Lao. The language is the one the task
declares and never guessed from the answer, so that changing language does not change how words are counted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rlvr.rewards.languages.written_words import split_words

_NO_CAPITALS = "am ar as bn bo dv fa gu he hi ja ka km kn ko lo ml mr my ne or pa ps sa sd si ta te th ti ug ur yi zh"
CASELESS: Final = frozenset(_NO_CAPITALS.split())
"""Languages written without capital letters."""

_SHORTENED = (
    "dr mr mrs ms prof sr jr st vs e.g i.e no vol fig u.s u.k bzw z.b ca abb nr hr fr str sra mme mlle ing dott sig"
    " т.е т.к см"
)
_ABBREVIATIONS = frozenset(_SHORTENED.split())
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+•・#>]|\d{1,3}[.)])[ \t]*\S)")
_LIST_MARK = re.compile(r"[ \t]*(?:[-*+•・]|#{1,6}|>|\d{1,3}[.)])[ \t]+")
_LAST_TOKEN = re.compile(r"(\S{1,12})\.[ \t]*\Z")


@dataclass(frozen=True)
class Text:
    """A text and the language it was asked for in; what it measures is computed once.

    Args:
        raw: The answer.
        language: A language tag.

    >>> Text("Don't stop. Dr. Smith came.").words
    ["Don't", 'stop', 'Dr', 'Smith', 'came']
    >>> len(Text("我喜欢在周末和朋友们一起去公园散步", "zh").words) >= 8
    True
    """

    raw: str
    language: str = "en"

    @cached_property
    def text(self) -> str:
        """Composed (NFC), without white space around it."""
        return unicodedata.normalize("NFC", self.raw.replace("\r\n", "\n")).strip()

    @cached_property
    def folded(self) -> str:
        """Without case, for comparison."""
        return unicodedata.normalize("NFC", self.text.casefold())

    @cached_property
    def words(self) -> list[str]:
        """Segments that hold a letter or a digit; `written_words` says what a hyphen joins."""
        return split_words(self.text, self.language)

    @cached_property
    def sentences(self) -> list[str]:
        """Sentences; a list item, a heading and a blank line end one, a wrapped line and an abbreviation do not.

        >>> Text("dr. smith came. we ran.").sentences
        ['dr. smith came.', 'we ran.']
        """
        return [sentence for block in _BLOCK.split(self.text) for sentence in self._sentences_of(block)]

    @cached_property
    def paragraphs(self) -> list[str]:
        """What stands between blank lines.

        >>> Text("a\\n\\n\\nb\\nc").paragraphs
        ['a', 'b\\nc']
        """
        return [part.strip() for part in re.split(r"\n[^\S\n]*\n", self.text) if part.strip()]

    @property
    def caseless(self) -> bool:
        """Whether the declared language has no capital letters."""
        return self.language.partition("-")[0].lower() in CASELESS

    def _sentences_of(self, block: str) -> list[str]:
        from icu4py.breakers import SentenceBreaker

        mark = _LIST_MARK.match(block)
        block = block[mark.end() if mark else 0 :].replace("\n", " ")
        # The rules end no sentence before a small letter: in a text of small letters there would be one sentence.
        shape = block if any(map(str.isupper, block)) else "".join(map(_capital, block))
        found, start = list[str](), 0
        for _, end in SentenceBreaker(shape, self.language).segments():
            if end < len(block) and _abbreviated(block[max(start, end - 20) : end]):
                continue
            sentence = block[start:end].strip()
            start = end
            if any(map(str.isalnum, sentence)):
                found.append(sentence)
        return found


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 else letter


def _abbreviated(end: str) -> bool:
    last = _LAST_TOKEN.search(end)
    if last is None:
        return False
    token = last[1].lstrip("(\"'“")
    return token.lower() in _ABBREVIATIONS or (len(token) == 1 and token.isupper() and token != "I")
