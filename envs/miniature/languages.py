"""Sentences in two invented languages, with the words of `rlvr.envs.invented` and adjectives at both nouns.

gar ben lom wex jos     is     tak sumo ver liki rono
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rlvr.envs.drawing import Draw, is_held_out
from rlvr.envs.invented import ADJECTIVES, NOUNS, SOURCE_LANGUAGE, TARGET_LANGUAGE, VERBS

LANGUAGES: Final = (SOURCE_LANGUAGE, TARGET_LANGUAGE)
_NONE: Final = ""


@dataclass(frozen=True)
class Sentence:
    """Who does what to whom, in the words of the first language; an adjective may be empty.

    >>> sentence = Sentence("ben", "gar", "lom", "jos", "wex")
    >>> sentence.source, sentence.target()
    ('gar ben lom wex jos', 'tak sumo ver liki rono')
    """

    subject: str
    subject_adjective: str
    verb: str
    thing: str
    thing_adjective: str

    @property
    def source(self) -> str:
        """In the first language: subject, verb, object, adjectives before their nouns."""
        return _joined(self.subject_adjective, self.subject, self.verb, self.thing_adjective, self.thing)

    def target(self, nouns: Mapping[str, str] | None = None) -> str:
        """In the second: subject, object, verb, adjectives behind their nouns; both agree.

        Args:
            nouns: What to write for some nouns, instead of their usual translations.
        """
        said = {noun: (nouns or {}).get(noun, NOUNS[noun][0]) for noun in (self.subject, self.thing)}
        return _joined(
            said[self.subject],
            _agreeing(ADJECTIVES, self.subject_adjective, self.subject),
            said[self.thing],
            _agreeing(ADJECTIVES, self.thing_adjective, self.thing),
            _agreeing(VERBS, self.verb, self.subject),
        )

    def written(self, language: str) -> str:
        """In one of `LANGUAGES`."""
        return self.source if language == SOURCE_LANGUAGE else self.target()


def draw_sentence(draw: Draw, *, held_out: bool) -> Sentence:
    """A sentence of one side: 16,464 there are in all."""
    while True:
        subject = draw.one_of(tuple(NOUNS))
        thing = draw.one_of(tuple(noun for noun in NOUNS if noun != subject))
        of_subject, of_thing = (draw.one_of((_NONE, *ADJECTIVES)) for _ in "ab")
        sentence = Sentence(subject, of_subject, draw.one_of(tuple(VERBS)), thing, of_thing)
        if is_held_out(sentence.source) == held_out:
            return sentence


def words_of(language: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Nouns, adjectives and verbs of a language, in all forms that a sentence of it may hold.

    >>> [len(words) for words in words_of("qaa")], [len(words) for words in words_of("qab")]
    ([8, 6, 6], [8, 12, 12])
    """
    if language == SOURCE_LANGUAGE:
        return tuple(NOUNS), tuple(ADJECTIVES), tuple(VERBS)
    endings = sorted({ending for _, _, ending in NOUNS.values()})
    adjectives, verbs = (
        tuple(stem + ending for stem in words.values() for ending in endings) for words in (ADJECTIVES, VERBS)
    )
    return tuple(usual for usual, _, _ in NOUNS.values()), adjectives, verbs


def _agreeing(words: Mapping[str, str], word: str, noun: str) -> str:
    return words[word] + NOUNS[noun][2] if word else _NONE


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)
