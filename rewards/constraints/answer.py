"""What a check sees, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlvr.errors import DataError
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.pairs import Pair


@dataclass(frozen=True)
class Answer(Text):
    """An answer as every check sees it: a measured text, with the source that it translates, where there is one.

    Args:
        raw: The answer as the model wrote it.
        language: Its language tag: that of the prompt, or the target language.
        source: The text to be translated; `None` outside translation.
        references: Translations known to be right. They tell what may stay as it is in the source.

    >>> Answer("Don't stop. Dr. Smith came.").words
    ["Don't", 'stop', 'Dr', 'Smith', 'came']
    """

    source: Text | None = None
    references: tuple[Text, ...] = ()

    @classmethod
    def translating(cls, source: str, answer: str, pair: Pair, references: Sequence[str] = ()) -> Answer:
        """A translation, from texts.

        >>> Answer.translating("A cat.", "Eine Katze.", Pair("en", "de")).original.words
        ['A', 'cat']
        """
        texts = tuple(Text(reference, pair.target) for reference in references)
        return cls(answer, pair.target, Text(source, pair.source), texts)

    @property
    def original(self) -> Text:
        """The source, for checks that cannot do without.

        Raises:
            DataError: The task has none.

        >>> Answer("Hello.").original
        Traceback (most recent call last):
        rlvr.errors.DataError: The task has no `data.source`.
        It asks for something that is checked beside the source of a translation.
        """
        if self.source is None:
            raise DataError(
                "The task has no `data.source`.",
                hint="It asks for something that is checked beside the source of a translation.",
            )
        return self.source

    @property
    def pair(self) -> Pair:
        """The languages of source and answer."""
        return Pair(self.original.language, self.language)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says of an answer.

    Args:
        score: The share of what was asked for that is there, from 0 to 1, or whether all of it is; `None` where the
            check has no opinion: letters without case, say.
        reason: What it saw.

    >>> Outcome(0.5, "1 of 2").followed, Outcome(True, "2 of 2").followed, Outcome(None, "no letters").followed
    (False, True, None)
    """

    score: float | None
    reason: str

    @property
    def followed(self) -> bool | None:
        """Whether all of what was asked for is there."""
        return None if self.score is None else self.score >= 1.0
