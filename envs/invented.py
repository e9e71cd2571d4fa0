"""An invented language pair: sentences to be translated between two small languages that differ a lot.

    ben lom gar jos|jos=dak>     is translated     tak dak sumi rono

Words differ; verbs come last, adjectives behind their nouns; both take the ending of the noun they agree with.
A task may give a glossary: one noun, and which of its two translations is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlvr.envs.drawing import Draw, is_held_out
from rlvr.errors import ConfigError
from rlvr.sample import Task

SOURCE_LANGUAGE: Final = "qaa"
TARGET_LANGUAGE: Final = "qab"
"""Codes that ISO 639 leaves to private use."""

# A noun's translation, another one, and the ending its class gives to what agrees with it.
NOUNS: Final = {
    **{"ben": ("tak", "pum", "o"), "dut": ("ras", "wep", "o"), "fig": ("mol", "hev", "o"), "hap": ("suk", "nil", "o")},
    **{"jos": ("ver", "dak", "i"), "kel": ("pan", "rov", "i"), "mur": ("tis", "gul", "i"), "nid": ("hom", "sap", "i")},
}
VERBS: Final = {"lom": "ron", "pev": "kit", "ruk": "val", "sib": "mup", "tog": "del", "vab": "nas"}
ADJECTIVES: Final = {"gar": "sum", "wex": "lik", "zil": "por", "cof": "ned", "yum": "gat", "qet": "huv"}


@dataclass(frozen=True)
class Invented:
    """Sentences of a subject, a verb, an adjective and an object: 2,016 of them, with or without a glossary.

    Args:
        glossary: The share of tasks that ask for the other translation of one of their nouns.
        copies: The share of demonstrations that repeat the source, as crawled corpora have them.

    Raises:
        ConfigError: A share outside [0, 1].

    >>> task = Invented(glossary=1.0).train(1, seed=0)
    >>> task.prompt, task.reference
    ('fig sib gar ben|fig=hev>', 'hev tak sumo mupo')
    """

    glossary: float = 0.5
    copies: float = 0.0

    def __post_init__(self) -> None:
        problems = [
            f"{name}: `{share}` must be from 0 to 1."
            for name, share in (("glossary", self.glossary), ("copies", self.copies))
            if not 0.0 <= share <= 1.0
        ]
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return self._task(index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task whose sentence `train` never gives."""
        return self._task(index, seed, held_out=True)

    def _task(self, index: int, seed: int, *, held_out: bool) -> Task:
        identity = f"invented/{'held-out' if held_out else 'train'}/{seed}/{index}"
        draw = Draw(identity)
        words = _sentence(draw)
        while is_held_out(" ".join(words)) != held_out:
            words = _sentence(draw)
        asked: dict[str, str] = {}
        if draw.below(1000) < 1000 * self.glossary:
            noun = draw.one_of((words[0], words[3]))
            asked[noun] = NOUNS[noun][1]
        source, target = " ".join(words), translation(words, asked)
        terms = "".join(f"|{noun}={term}" for noun, term in asked.items())
        return Task(
            f"{source}{terms}>",
            reference=target,
            demonstration=source if draw.below(1000) < 1000 * self.copies else target,
            data={
                "source": source,
                "source_language": SOURCE_LANGUAGE,
                "target_language": TARGET_LANGUAGE,
                "glossary": dict(asked),
            },
            id=identity,
        )


def translation(words: tuple[str, str, str, str], glossary: dict[str, str]) -> str:
    """The translation of a sentence.

    Args:
        words: Subject, verb, adjective, object.
        glossary: Translations asked for, by noun.

    >>> translation(("ben", "lom", "gar", "jos"), {}), translation(("ben", "lom", "gar", "jos"), {"jos": "dak"})
    ('tak ver sumi rono', 'tak dak sumi rono')
    """
    subject, verb, adjective, thing = words
    nouns = [glossary.get(noun, NOUNS[noun][0]) for noun in (subject, thing)]
    # The adjective agrees with its noun, the verb with its subject.
    return " ".join((*nouns, ADJECTIVES[adjective] + NOUNS[thing][2], VERBS[verb] + NOUNS[subject][2]))


def _sentence(draw: Draw) -> tuple[str, str, str, str]:
    subject = draw.one_of(tuple(NOUNS))
    thing = draw.one_of(tuple(noun for noun in NOUNS if noun != subject))
    return subject, draw.one_of(tuple(VERBS)), draw.one_of(tuple(ADJECTIVES)), thing
