# ruff: noqa: RUF001 - signs of many scripts are the subject
"""What a guard looks at: a translation beside what it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

from rlvr import Sample
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.languages.scripts import LETTER, UNSPACED, script
from rlvr.rewards.translation.fields import hypothesis_of, pair_of, references_of, source_of
from rlvr.rewards.translation.guards.masking import composed, masked
from rlvr.rewards.translation.guards.sentences import lines_of, sentences_of
from rlvr.sample import prompt_text

LONGEST: Final = 20_000
"""Characters of a translation that guards look at; what is longer was stopped by its length, or has a longer source."""

_WRAPPED: Final = 30
"""Characters of a line that may have been wrapped."""
_TOKENISED = re.compile(r"[ \u00a0]+(?=['’]\w{1,2}\b|n['’]t\b|[,.;:!?%)\]}…。，、！？；：])|(?<=[(\[{¿¡])[ \u00a0]+")
_WORD = re.compile(rf"{LETTER}+(?:['’-]{LETTER}+)*")


@dataclass(frozen=True)
class Segment:
    """A translation, its source, and what else the task says of it; every text composed (NFC).

    Args:
        hypothesis: The translation, without white space around it.
        source: What is to be translated.
        pair: From which language into which.
        references: Translations known to be good; may be none.
        prompt: All that the policy was told.
        truncated: It met the length limit.
    """

    hypothesis: str
    source: str
    pair: Pair
    references: tuple[str, ...] = ()
    prompt: str = ""
    truncated: bool = False

    def __post_init__(self) -> None:
        target = self.pair.target
        object.__setattr__(self, "hypothesis", composed(self.hypothesis, target))
        object.__setattr__(self, "source", composed(self.source, self.pair.source))
        object.__setattr__(self, "references", tuple(composed(text, target) for text in self.references))

    @cached_property
    def language(self) -> Segment:
        """The same without what is no language: placeholders, tags, addresses and code."""
        references = tuple(map(masked, self.references))
        return Segment(masked(self.hypothesis), masked(self.source), self.pair, references, self.prompt, self.truncated)

    @cached_property
    def known_texts(self) -> tuple[str, ...]:
        """The source and the references: what they do a translation may do."""
        return (self.source, *self.references)

    @cached_property
    def sentences(self) -> list[str]:
        """Sentences of the translation, those of each line apart."""
        return all_sentences(self.hypothesis)

    @cached_property
    def known_sentences(self) -> list[list[str]]:
        """The same of the source and of each reference."""
        return [all_sentences(text) for text in self.known_texts]

    @cached_property
    def known_most_sentences(self) -> list[list[str]]:
        """The same where whatever may be the end of a sentence is one."""
        return [all_sentences(text, generous=True) for text in self.known_texts]

    @cached_property
    def plain(self) -> str:
        """The translation as one would write it: no space before a comma, as tokenised corpora have it."""
        return plain(self.hypothesis)

    @cached_property
    def words(self) -> list[str]:
        """Words of the translation, or characters where it has no spaces between words."""
        return words_of(self.hypothesis)

    @cached_property
    def source_words(self) -> list[str]:
        """The same of the source."""
        return words_of(self.source)

    @cached_property
    def reference_words(self) -> tuple[list[str], ...]:
        """The same of each reference."""
        return tuple(map(words_of, self.references))

    @cached_property
    def known(self) -> frozenset[str]:
        """Words of the source and of the references, without case."""
        texts = (self.source_words, *self.reference_words)
        return frozenset(word.casefold() for words in texts for word in words)


def segment_of(sample: Sample) -> Segment | None:
    """The segment a sample is about, `None` where it holds no translation.

    Raises:
        DataError: The task lacks its source or its languages (status `error`).
    """
    source, pair = source_of(sample), pair_of(sample)
    references = references_of(sample, required=False)
    hypothesis = hypothesis_of(sample)
    if hypothesis is None:
        return None
    return Segment(hypothesis[:LONGEST], source, pair, references, prompt_text(sample.prompt), sample.truncated)


def all_sentences(text: str, *, generous: bool = False) -> list[str]:
    """The sentences of a text; a new line begins one where the line before it is over.

    >>> all_sentences("Sure:\\n\\nHe came. She went.")
    ['Sure:', 'He came.', 'She went.']
    """
    found, open_line = list[str](), ""
    for line in lines_of(plain_lines(text)):
        joined = f"{open_line} {line}".strip()
        if line[-1:].isalnum() and len(line) >= _WRAPPED:
            open_line = joined
            continue
        found += sentences_of(joined, generous=generous)
        open_line = ""
    return found + sentences_of(open_line, generous=generous)


def plain_lines(text: str) -> str:
    """`plain`, with its lines."""
    return "\n".join(map(plain, text.splitlines()))


def plain(text: str) -> str:
    """A text without the spaces that tokenisers put in.

    >>> plain("I don 't know , he said .")
    "I don't know, he said."
    """
    return " ".join(_TOKENISED.sub("", text).split())


def words_of(text: str) -> list[str]:
    """Its words; of scripts without spaces between words the characters, one by one.

    >>> words_of("It's 5 o'clock."), words_of("现在Bob在")
    (["It's", '5', "o'clock"], ['现', '在', 'Bob', '在'])
    """
    return [part for word in _WORD.findall(plain(text)) for part in _parts(word)]


def _parts(word: str) -> Iterator[str]:
    if word.isascii():
        yield word
        return
    for unspaced, letters in groupby(word, lambda letter: script(letter) in UNSPACED):
        if unspaced:
            yield from letters
        else:
            yield "".join(letters)


def length_of(text: str) -> int:
    """Characters that are no white space.

    >>> length_of("a b")
    2
    """
    return sum(not character.isspace() for character in text)


def runs(items: list[str], size: int) -> Iterator[tuple[str, ...]]:
    """The n-grams of a list.

    >>> list(runs(["a", "b", "c"], 2))
    [('a', 'b'), ('b', 'c')]
    """
    return zip(*(items[start:] for start in range(size)), strict=False)


def names_make(source: str) -> bool:
    """Whether a text is mostly names, numbers and titles: three in five of its words have a capital or a digit.

    >>> names_make("Motorbooks International Publishers, Osceola, WI."), names_make("The house is red.")
    (True, False)
    """
    words = words_of(source)
    return sum(word[0].isupper() or not word.isalpha() for word in words) >= 0.6 * max(1, len(words))
