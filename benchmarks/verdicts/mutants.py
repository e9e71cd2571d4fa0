# ruff: noqa: E501 - tables
"""Wrong answers made from references by one small change: a digit, a sign, a letter, a bracket, a unit, a separator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from verdicts.forms import references

Change = Callable[[str, random.Random], str | None]

_OTHER_UNIT: Final = {
    "cm": "mm", "km": "m", "kg": "g", "mW": "MW", "MW": "mW", "mm": "Mm", "hours": "minutes", "apples": "pears", "m/s": "km/h",
    "L": "mL", "square meters": "cubic meters", "minutes": "seconds",
}  # fmt: skip
_COMMANDS: Final = re.compile(r"\\[A-Za-z]+|\\text\{[^{}]*\}")


@dataclass(frozen=True)
class Mutant:
    """A reference and what was made of it.

    Args:
        form: Of the reference.
        change: What was done to it.
        reference: As it was.
        answer: As it is now.
    """

    form: str
    change: str
    reference: str
    answer: str


def _at(text: str, pattern: str, draw: random.Random, other: Callable[[str], str]) -> str | None:
    """One match of a pattern, outside of commands, changed."""
    hidden = [match.span() for match in _COMMANDS.finditer(text)]
    found = [
        match
        for match in re.finditer(pattern, text)
        if not any(start < match.end() and match.start() < end for start, end in hidden)
    ]
    if not found:
        return None
    match = draw.choice(found)
    return text[: match.start()] + other(match[0]) + text[match.end() :]


def _digit(text: str, draw: random.Random) -> str | None:
    return _at(text, r"\d", draw, lambda old: draw.choice([new for new in "123456789" if new != old]))


def _more_digits(text: str, draw: random.Random) -> str | None:
    return _at(text, r"\d(?!\d)", draw, lambda old: old + draw.choice("123456789"))


def _sign(text: str, draw: random.Random) -> str | None:
    if (changed := _at(text, r"(?<!\^\{)(?<!_\{)[-+]", draw, lambda old: "-+"[old == "-"])) is not None:
        return changed
    return f"-{text}" if text[:1].isdigit() and "," not in text else None


def _letter(text: str, draw: random.Random) -> str | None:
    return _at(
        text,
        r"(?<![A-Za-z])[xyztnabk](?![A-Za-z])",
        draw,
        lambda old: draw.choice([new for new in "xyqwm" if new != old]),
    )


def _capital(text: str, draw: random.Random) -> str | None:
    return _at(text, r"(?<![A-Za-z])[xyztab](?![A-Za-z])", draw, str.upper)


def _operator(text: str, draw: random.Random) -> str | None:
    return _at(
        text,
        r"(?<=[\w})]) ?[-+*/^] ?(?=[\w({\\])",
        draw,
        lambda old: draw.choice([new for new in "+-*^" if new not in old]),
    )


def _function(text: str, draw: random.Random) -> str | None:
    pairs = {r"\sin": r"\cos", r"\cos": r"\sin", r"\tan": r"\cot", r"\lfloor": r"\lceil", r"\sqrt": r"\sqrt[3]", r"\pi": "e",
             r"\pm": "+", r"\cup": r"\cap", r"\infty": "0", r"\vec": "", r"\log": r"\sin"}  # fmt: skip
    here = [name for name in pairs if name in text]
    if not here:
        return None
    name = draw.choice(here)
    changed = text.replace(name, pairs[name])
    return changed.replace(r"\rfloor", r"\rceil") if name == r"\lfloor" else changed


def _relation(text: str, draw: random.Random) -> str | None:
    pairs = {"<": ">", ">": "<", r"\le ": "< ", r"\leq": "<", r"\geq": ">"}
    here = [name for name in pairs if name in text]
    if not here:
        return None
    name = draw.choice(here)
    return text.replace(name, pairs[name], 1)


def _bracket(text: str, draw: random.Random) -> str | None:
    if not re.match(r"^[(\[]-?\d+, -?\d+[)\]]$", text) and r"\cup" not in text:
        return None
    return _at(text, r"[()\[\]](?!.*\\infty\))", draw, lambda old: {"(": "[", ")": "]", "[": "(", "]": ")"}[old])


def _left_side(text: str, draw: random.Random) -> str | None:
    name, equals, value = text.partition(" = ")
    if not equals or not re.fullmatch(r"[A-Za-z](?:\([^()]*\))?", name):
        return None
    if "(" in name:
        return (
            _digit(name, draw) and f"{_digit(name, draw)} = {value}"
            if re.search(r"\d", name)
            else f"h{name[1:]} = {value}"
        )
    return f"{'q' if name != 'q' else 'w'} = {value}"


def _unit(text: str, _: random.Random) -> str | None:
    for unit in sorted(_OTHER_UNIT, key=len, reverse=True):
        if re.search(rf"(?<![A-Za-z]){re.escape(unit)}(?![A-Za-z/])", text):
            return re.sub(rf"(?<![A-Za-z]){re.escape(unit)}(?![A-Za-z/])", _OTHER_UNIT[unit], text)
    return None


def _separator(text: str, draw: random.Random) -> str | None:
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+", text):
        return text.replace(",", ".", 1) if text.count(",") == 1 else text[:-1]
    if re.fullmatch(r"-?\d+\.\d{3}", text):
        return text.replace(".", "")
    return _at(text, r"(?<=\d)\.(?=\d)", draw, lambda _: "")


def _member(text: str, _: random.Random) -> str | None:
    parts = text.split(", ")
    if len(parts) < 3 or "begin" in text:
        return None
    return ", ".join(parts[1:]) if text[:1] not in "([\\" else f"{parts[0]}, {parts[2]}"


def _cut(text: str, draw: random.Random) -> str | None:
    return _at(text, r"\d(?=\d)", draw, lambda _: "")


def _entries(text: str, _: random.Random) -> str | None:
    parts = re.fullmatch(r"\((-?\d+), (.+)\)", text)
    return f"({parts[2]}, {parts[1]})" if parts and parts[1] != parts[2] else None


def _appended(text: str, draw: random.Random) -> str | None:
    return f"{text} {draw.choice('+-')} {draw.randrange(1, 9)}" if "=" not in text and "text" not in text else None


def _choice(text: str, draw: random.Random) -> str | None:
    return draw.choice([letter for letter in "ABCDE" if letter != text]) if text in tuple("ABCDE") else None


CHANGES: Final[dict[str, Change]] = {
    "digit": _digit, "digit added": _more_digits, "digit lost": _cut, "sign": _sign, "letter": _letter, "capital": _capital,
    "operator": _operator, "function": _function, "relation": _relation, "bracket": _bracket, "left side": _left_side,
    "unit": _unit, "separator": _separator, "member lost": _member, "entries": _entries, "summand": _appended, "choice": _choice,
}  # fmt: skip


def mutants(count: int, seed: int = 0) -> Iterator[Mutant]:
    """So many different mutants, of all forms and changes in turn."""
    draw = random.Random(seed)
    known, made = set[tuple[str, str]](), 0
    for round_ in range(1000):
        for form, reference in references(40, seed=seed + round_):
            for change, make in CHANGES.items():
                if draw.random() < 0.5 or (answer := make(reference, draw)) is None or answer == reference:
                    continue
                if (reference, answer) in known:
                    continue
                known.add((reference, answer))
                yield Mutant(form, change, reference, answer)
                made += 1
                if made == count:
                    return
