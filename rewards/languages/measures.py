# ruff: noqa: RUF001, RUF002 - apostrophes and quotation marks are the subject
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

from rlvr.rewards.languages.segments.sentences import is_title, split_sentences
from rlvr.rewards.languages.segments.written_words import split_words

_NO_CAPITALS = "am ar as bn bo dv fa gu he hi ja ka km kn ko lo ml mr my ne or pa ps sa sd si ta te th ti ug ur yi zh"
CASELESS: Final = frozenset(_NO_CAPITALS.split())
"""Languages written without capital letters."""

_LEVELLED = str.maketrans(dict.fromkeys("’‘‛ʼʻʹ′＇`´", "'") | dict.fromkeys("“”„‟«»〝〞＂″", '"'))


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
    def levelled(self) -> str:
        """`folded`, with one form of the apostrophe and one of the double quotation mark; as long as it is.

        >>> Text("I don’t “know”").levelled
        'i don\\'t "know"'
        """
        # Of ASCII the backtick alone changes.
        return self.folded.replace("`", "'") if self.folded.isascii() else self.folded.translate(_LEVELLED)

    @cached_property
    def words(self) -> list[str]:
        """Segments that hold a letter or a digit; `written_words` says what a hyphen joins."""
        return split_words(self.text, self.language)

    @cached_property
    def sentences(self) -> list[str]:
        """Sentences; `sentences` says what is none, such as a title, and `sentence_ends` where one ends.

        >>> Text("dr. smith came. we ran.").sentences
        ['dr. smith came.', 'we ran.']
        """
        return split_sentences(self.text, self.language)

    @cached_property
    def paragraphs(self) -> list[str]:
        """What stands between blank lines, titles and headings aside.

        >>> Text("<<T>>\\n\\na\\n\\n\\nb\\nc").paragraphs
        ['a', 'b\\nc']
        """
        parts = [part.strip() for part in re.split(r"\n[^\S\n]*\n", self.text) if part.strip()]
        return [part for part in parts if not is_title(part)] or parts

    @property
    def caseless(self) -> bool:
        """Whether the declared language has no capital letters."""
        return self.language.partition("-")[0].lower() in CASELESS
