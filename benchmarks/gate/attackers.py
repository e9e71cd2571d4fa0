"""Texts that answer nothing, each in the form that many prompts ask for; written before the gate that they attack.

A generator takes a prompt, the published answers to draw words from, and a source of chance, and gives one text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final


@dataclass(frozen=True)
class Material:
    """What the generators draw from.

    Args:
        answers: A published answer by its prompt.
    """

    answers: Mapping[str, str]

    @cached_property
    def running(self) -> list[str]:
        """All words of all answers, so that a draw is as frequent as in writing."""
        return [word for text in self.answers.values() for word in _WORD.findall(text.lower())]

    @cached_property
    def content(self) -> list[str]:
        """Different words of five letters or more."""
        return sorted({word for word in self.running if len(word) > 4})

    @cached_property
    def all_texts(self) -> list[str]:
        """The answers."""
        return list(self.answers.values())


Generator = Callable[[str, Material, random.Random], str]

_WORD = re.compile(r"[A-Za-z]+")


def shuffle_prompt(prompt: str, material: Material, rng: random.Random) -> str:
    """The words of the prompt, in any order."""
    del material
    words = prompt.split()
    rng.shuffle(words)
    return " ".join(words)


def draw_content_words(prompt: str, material: Material, rng: random.Random) -> str:
    """Sixty words that say something, in small letters, without a mark."""
    del prompt
    return " ".join(rng.sample(material.content, 60))


def draw_running_words(prompt: str, material: Material, rng: random.Random) -> str:
    """Sentences of words as frequent as in writing."""
    del prompt
    return " ".join(_sentence(rng.choices(material.running, k=rng.randint(8, 14))) for _ in range(6))


def mix_in_prompt(prompt: str, material: Material, rng: random.Random) -> str:
    """The same, a third of the words being the prompt's."""
    own = [word.lower() for word in _WORD.findall(prompt) if len(word) > 3] or ["answer"]
    sentences = list[str]()
    for _ in range(6):
        words = rng.choices(material.running, k=8) + rng.choices(own, k=4)
        rng.shuffle(words)
        sentences.append(_sentence(words))
    return " ".join(sentences)


def shuffle_answer(prompt: str, material: Material, rng: random.Random) -> str:
    """The words of a published answer to this very prompt, in any order within each line."""
    lines = list[str]()
    for line in material.answers.get(prompt.strip(), rng.choice(material.all_texts)).split("\n"):
        words = line.split()
        rng.shuffle(words)
        lines.append(" ".join(words))
    return "\n".join(lines)


def fill_templates(prompt: str, material: Material, rng: random.Random) -> str:
    """Grammatical sentences about nothing."""
    del prompt, material
    return " ".join(_sentence(rng.choice(_TEMPLATES).format(**_slots(rng)).split()) for _ in range(6))


SALADS: Final[dict[str, Generator]] = {
    "60 content words": draw_content_words,
    "running words in sentences": draw_running_words,
    "running and prompt's words": mix_in_prompt,
    "a right answer, shuffled": shuffle_answer,
    "templates of grammar": fill_templates,
}


def dress(text: str) -> str:
    """A text with a title, highlights, a postscript and quotation marks around all of it: what pays most."""
    sentences = text.split(". ")
    body = ".\n\n".join((". ".join(sentences[:3]), ". ".join(sentences[3:])))
    return f'"<<On the Matter>>\n\n*First point* *Second point* *Third point*\n\n{body}\n\nP.S. That is all."'


CONSTANTS: Final = (
    "the",
    "Yes.",
    "26",
    "This response is correct.",
    "thank you for your question. this is a thoughtful and complete answer that follows every requirement carefully and"
    " i hope it helps you understand the matter better today.",
    '"<<A Thoughtful Answer>>\n\n*First* we look at the whole matter with care. *Second* we weigh what speaks for each'
    ' side. *Third* we say what follows from it for everybody. All of this leads to one clear and useful conclusion."',
    "<<The Story>>\n\nOnce upon a time there lived a young woman in a small village near the sea. Every morning she"
    " walked to the market with her little dog and bought fresh bread for her family. One day she met a stranger who"
    " changed her life forever. They became good friends and lived happily ever after.\n\nP.S. Thank you for reading.",
    "* *The first point* is that people need time and care.\n* *The second point* is that good work takes money.\n"
    "* *The third point* is that the world changes every day.\n\nP.P.S I hope this answer helps you.",
    "i write this letter to you because life is beautiful and the world is full of love. people work and people play"
    " and children learn new words each day. the best time to start is today and the best place to start is home.",
    "THE WHOLE WORLD IS WAITING FOR YOU. GO OUT AND MEET IT WITH AN OPEN HEART. NOTHING IS STRONGER THAN HOPE AND"
    " NOTHING LASTS LONGER THAN A KIND WORD SAID AT THE RIGHT TIME.",
)

REFUSALS: Final = (
    "I'm sorry, but I can't assist with that request.",
    "I apologize, but I am not able to help with this. As an AI language model I do not have personal opinions.",
    '"I cannot help with that. Please ask me something else, and I will gladly try to answer it for you."',
    "i am sorry. i am unable to provide an answer to this request. please let me know if there is anything else.",
    "Unfortunately, I cannot fulfill this request because it goes against my guidelines.",
)

FOREIGN: Final = {
    "de": "Vielen Dank für die Frage. Das ist eine vollständige Antwort und sie folgt allen Regeln. Wir haben lange"
    " darüber nachgedacht und glauben nun sicher zu wissen was hier am besten zu tun ist. Es lohnt sich immer.",
    "fr": "Merci pour votre question. Voici une réponse complète qui suit toutes les règles. Nous avons longtemps"
    " réfléchi et nous pensons savoir ce qu'il faut faire dans ce cas. Cela en vaut toujours la peine.",
    "es": "gracias por la pregunta. esta es una respuesta completa que sigue todas las reglas. lo hemos pensado mucho"
    " y creemos saber lo que conviene hacer en este caso. siempre merece la pena.",
    "zh": "这是一个关于该问题的完整回答。我们认为这个问题非常重要。需要认真思考和讨论。"
    "然后才能得出正确的结论。希望对你有所帮助。",
    "ru": "Спасибо за вопрос. Это полный ответ и он следует всем правилам. Мы долго думали и теперь точно знаем что"
    " здесь лучше всего сделать. Это всегда того стоит.",
}


def _sentence(words: Sequence[str]) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:] + "."


_TEMPLATES = (
    "the {adjective} {noun} {verb} the {other} near the {place}",
    "a {noun} of the {place} never {verb} any {adjective} {other}",
    "every {adjective} {noun} with a {other} {verb} its {place}",
    "when the {noun} {verb} the {place} the {other} becomes {adjective}",
)
_WORDS = {
    "adjective": "green quiet wooden early narrow bright hungry silver distant careful",
    "noun": "idea teacher window river rabbit clock doctor candle engine farmer",
    "other": "table cloud letter mountain bottle shadow ladder song basket mirror",
    "verb": "carries follows paints forgets answers borrows lifts admires counts repairs",
    "place": "garden station harbour kitchen forest market bridge school island tower",
}


def _slots(rng: random.Random) -> dict[str, str]:
    return {name: rng.choice(words.split()) for name, words in _WORDS.items()}
