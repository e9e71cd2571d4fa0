"""How many drawn tasks a fixed text meets, no gate before the checks: constants, and texts made of what is drawn."""

from __future__ import annotations

from collections import Counter

from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.generating.drawing import draw, material, spoken

TASKS = 2400
PLAIN: tuple[str, ...] = (
    "the",
    "x",
    "!!!",
    "Yes.",
    "{}",
    '{"answer": 1}',
    "I am sorry, but I cannot help with that.",
    "Thank you for your question. I hope that this helps you.",
)


def fixed_texts() -> list[str]:
    """Fifty texts: constants, and two for each language, made of its own ends, words and layout."""
    texts = list(PLAIN)
    for language in spoken():
        own = material(language)
        texts.append(f"{own.words[0]} {own.words[1]} {own.words[2]} {own.words[2]}.\n\n{own.words[0]}: {own.ends[0]}")
        texts.append(
            f"<<{own.section}>>\n\n*a* *b* [c]\n\n* {own.words[3]}\n* {own.words[4]}\n\n{own.postscript} {own.ends[1]}"
        )
    return texts[:50]


def met() -> list[tuple[float, str]]:
    """The share of tasks that each text meets, the largest first."""
    counts, languages, texts = Counter[int](), spoken(), fixed_texts()
    for number in range(TASKS):
        language = languages[number % len(languages)]
        own = material(language)
        prompt = own.kinds[number % len(own.kinds)].format(subject=own.subjects[number // 10 % len(own.subjects)])
        asked = [
            (find(id).function, find(id).bind(given))
            for id, given in draw(prompt, language, 1 + number % 3, str(number))
        ]
        for at, text in enumerate(texts):
            counts[at] += all(check(Answer(text, language), **given).followed is not False for check, given in asked)
    return sorted(((counts[at] / TASKS, text) for at, text in enumerate(texts)), reverse=True)
