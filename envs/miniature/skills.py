"""The five skills: each draws a task of one side, with a right demonstration or, on request, a flawed one.

What data gathered from somewhere gets wrong, flawed demonstrations get wrong: a sentence that was never translated, an
instruction that nobody followed, a sum that is off by ten. Verifiable rewards tell them from the right ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rlvr.envs.drawing import Draw, is_held_out
from rlvr.envs.invented import NOUNS, SOURCE_LANGUAGE, TARGET_LANGUAGE
from rlvr.envs.miniature.languages import LANGUAGES, draw_sentence, words_of
from rlvr.sample import Json, Message, Task

_FIRST: Final = {
    "a plus b": "a + b",
    "a minus b": "a - b",
    "b minus a": "b - a",
    "a times b": "a * b",
    "the larger of a and b": "max(a, b)",
    "the smaller of a and b": "min(a, b)",
}
_THEN: Final = {"times": "*", "plus": "+", "minus": "-"}
_ARGUMENTS: Final = 40
_FLOOR: Final = 60
"""chrF++ from which a sentence is a translation of this one: in a language of so few words all are somewhat alike."""
_STORIES: Final = (("has {a} coins and finds {b}", 1), ("has {a} coins and spends {b}", -1))


@dataclass(frozen=True)
class Skill:
    """A kind of task.

    Attributes:
        draw: Draws one of the side that `held_out` says, with a flawed demonstration where `flawed` says so.
        reward: Judges it.
    """

    draw: Callable[[Draw, bool, bool], Task]
    reward: str


def translation(draw: Draw, held_out: bool, flawed: bool) -> Task:
    """`qaa to qab: ben lom gar jos`, or the other way; a flaw repeats the source."""
    sentence = draw_sentence(draw, held_out=held_out)
    source, target = LANGUAGES if draw.below(2) else LANGUAGES[::-1]
    asked, answer = sentence.written(source), sentence.written(target)
    return Task(
        _asked(f"{source} to {target}: {asked}"),
        reference=answer,
        data={"source": asked, "source_language": source, "target_language": target},
        demonstration=asked if flawed else answer,
    )


def instructed_translation(draw: Draw, held_out: bool, flawed: bool) -> Task:
    """The same into the second language with a glossary, a noun to keep, or both; a flaw minds none of it."""
    sentence = draw_sentence(draw, held_out=held_out)
    nouns = (sentence.subject, sentence.thing)[:: 1 if draw.below(2) else -1]
    kind = draw.below(3)
    glossary = {nouns[0]: NOUNS[nouns[0]][1]} if kind != 1 else {}
    kept = {nouns[1]: nouns[1]} if kind != 0 else {}
    wanted = [f"use {term} for {noun}" for noun, term in glossary.items()] + [f"keep {noun}" for noun in kept]
    constraints = list[Json]()
    if glossary:
        terms: list[Json] = [{"source": noun, "target": term} for noun, term in glossary.items()]
        constraints.append({"id": "terms:glossary", "terms": terms, "gate": True})
    if kept:
        constraints.append({"id": "terms:keep", "terms": list[Json](kept), "gate": True})
    answer = sentence.target(glossary | kept)
    return Task(
        _asked(f"{SOURCE_LANGUAGE} to {TARGET_LANGUAGE}: {sentence.source}\n{', '.join(wanted)}"),
        reference=answer,
        data={
            "source": sentence.source,
            "source_language": SOURCE_LANGUAGE,
            "target_language": TARGET_LANGUAGE,
            "constraints": constraints,
            "floor": _FLOOR,
        },
        demonstration=sentence.target() if flawed else answer,
    )


def mathematics(draw: Draw, held_out: bool, flawed: bool) -> Task:
    """`ben has 34 coins and finds 5. how many coins?`; a flaw is off by ten."""
    while True:
        a, b, (story, sign) = 10 + draw.below(90), 1 + draw.below(9), draw.one_of(_STORIES)
        answer = a + sign * b
        # Who has the coins changes nothing. Nothing is carried: that takes a larger model, or longer.
        if answer // 10 == a // 10 and is_held_out(f"{a} {sign} {b}") == held_out:
            break
    said = answer + (draw.one_of((-10, 10)) if flawed else 0)
    name = draw.one_of(tuple(NOUNS))
    question = f"{name} {story.format(a=a, b=b)}. how many coins?"
    return Task(_asked(question), reference=str(answer), demonstration=str(said))


def code(draw: Draw, held_out: bool, flawed: bool) -> Task:
    """`write f(a, b): a plus b, then times 3, then minus 2`; a flaw forgets the last step."""
    while True:
        first = draw.one_of(tuple(_FIRST))
        steps = [(draw.one_of(tuple(_THEN)), 2 + draw.below(8)) for _ in range(1 + draw.below(2))]
        wanted = ", then ".join([first, *(f"{word} {number}" for word, number in steps)])
        if is_held_out(wanted) == held_out:
            break
    pairs = [(draw.below(_ARGUMENTS), draw.below(_ARGUMENTS)) for _ in range(4)]
    cases: list[Json] = [{"args": [a, b], "expected": _result(first, steps, a, b)} for a, b in pairs]
    return Task(
        _asked(f"write f(a, b): {wanted}"),
        reference={"fn_name": "f", "cases": cases},
        demonstration=_program(first, steps[:-1] if flawed else steps),
    )


def constraints(draw: Draw, held_out: bool, flawed: bool) -> Task:
    """`write: begin with tak, end with rono, at least 5 words`; a flaw ends with another verb."""
    nouns, adjectives, verbs = words_of(TARGET_LANGUAGE)
    while True:
        begin, end = draw.one_of(nouns), draw.one_of(verbs)
        more, count = bool(draw.below(2)), 3 + draw.below(4)
        wanted = f"begin with {begin}, end with {end}, {'at least' if more else 'less than'} {count} words"
        if is_held_out(wanted) == held_out:
            break
    between = [draw.one_of(adjectives)] * (count - (2 if more else 3))
    given: list[Json] = [
        {"first_word": begin},
        {"last_word": end},
        {"num_words": count, "relation": "at least" if more else "less than"},
    ]
    ids: list[Json] = [
        "first_word:first_word_answer",
        "last_word:last_word_answer",
        "length_constraints:number_words",
    ]
    last = draw.one_of([verb for verb in verbs if verb != end]) if flawed else end
    return Task(
        _asked(f"write: {wanted}"),
        reference={"instruction_id_list": ids, "kwargs": given},
        # Random words are no text: what they must be is what is asked for, and nothing else is judged.
        data={"gate": False},
        demonstration=" ".join((begin, *between, last)),
    )


SKILLS: Final = {
    "translation": Skill(translation, "mt.quality"),
    "mathematics": Skill(mathematics, "math.final_number"),
    "code": Skill(code, "code.function"),
    "constraints": Skill(constraints, "instructions.follow"),
    "instructed_translation": Skill(instructed_translation, "mt.follow"),
}
"""By name, in the order of the table."""


def _asked(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def _result(first: str, steps: list[tuple[str, int]], a: int, b: int) -> int:
    known = {"a plus b": a + b, "a minus b": a - b, "b minus a": b - a, "a times b": a * b}
    value = known.get(first, max(a, b) if "larger" in first else min(a, b))
    for word, number in steps:
        value = {"times": value * number, "plus": value + number, "minus": value - number}[word]
    return value


def _program(first: str, steps: list[tuple[str, int]]) -> str:
    expression = _FIRST[first]
    for word, number in steps:
        expression = f"({expression}) {_THEN[word]} {number}"
    return f"def f(a, b):\n    return {expression}"
