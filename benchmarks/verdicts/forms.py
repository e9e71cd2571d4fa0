# ruff: noqa: E501 - tables
r"""References in forty forms, made by a seeded generator: what answers look like, from `72` to `\begin{pmatrix}...`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Final

Maker = Callable[[random.Random], str]

_VARIABLES: Final = "xyztab"
_UNITS: Final = ("cm", "km", "kg", "mW", "MW", "mm", "hours", "apples", "m/s", "L", "square meters", "minutes")


def _integer(draw: random.Random) -> str:
    return str(draw.choice((draw.randrange(2, 100), draw.randrange(-99, -1), draw.randrange(1000, 10**9))))


def _decimal(draw: random.Random) -> str:
    return f"{draw.randrange(-99, 1000)}.{draw.randrange(1, 1000):03d}"


def _fraction(draw: random.Random) -> str:
    sign = draw.choice(("", "", "-"))
    return rf"{sign}\frac{{{draw.randrange(1, 60)}}}{{{draw.randrange(3, 80)}}}"


def _small(draw: random.Random) -> int:
    return draw.randrange(2, 13)


def _variable(draw: random.Random) -> str:
    return draw.choice(_VARIABLES)


def _polynomial(draw: random.Random) -> str:
    x = _variable(draw)
    return f"{_small(draw)}{x}^{draw.randrange(2, 6)} {draw.choice('+-')} {_small(draw)}{x} {draw.choice('+-')} {_small(draw)}"


def _rational(draw: random.Random) -> str:
    x = _variable(draw)
    return rf"\frac{{{_small(draw)}{x} + {_small(draw)}}}{{{x}^2 - {_small(draw)}}}"


def _radical(draw: random.Random) -> str:
    return rf"{_small(draw)}\sqrt{{{draw.choice((2, 3, 5, 6, 7, 10, 11))}}} {draw.choice('+-')} {_small(draw)}"


def _pi(draw: random.Random) -> str:
    return rf"\frac{{{_small(draw)}\pi}}{{{draw.choice((7, 11, 13, 17))}}}"


def _interval(draw: random.Random) -> str:
    low = draw.randrange(-20, 20)
    return f"{draw.choice('([')}{low}, {low + _small(draw)}{draw.choice(')]')}"


def _union(draw: random.Random) -> str:
    low = draw.randrange(-20, 20)
    return rf"(-\infty, {low}{draw.choice(')]')} \cup {draw.choice('([')}{low + _small(draw)}, \infty)"


def _set(draw: random.Random) -> str:
    return rf"\{{{', '.join(map(str, sorted(draw.sample(range(-30, 30), 3))))}\}}"


def _roots(draw: random.Random) -> str:
    return ", ".join(map(str, draw.sample(range(-30, 30), draw.randrange(2, 4))))


def _matrix(draw: random.Random) -> str:
    a, b, c, d = (draw.randrange(-9, 10) for _ in range(4))
    return rf"\begin{{pmatrix}} {a} & {b} \\ {c} & {d} \end{{pmatrix}}"


def _vector(draw: random.Random) -> str:
    a, b, c = (draw.randrange(-9, 10) for _ in range(3))
    return rf"\begin{{pmatrix}} {a} \\ {b} \\ {c} \end{{pmatrix}}"


def _trigonometric(draw: random.Random) -> str:
    x, other = draw.choice("xt"), draw.choice((r"\cos", r"\tan"))
    return rf"{_small(draw)}\sin({_small(draw)}{x}) + {other} {x}"


def _congruence(draw: random.Random) -> str:
    modulus = draw.randrange(5, 20)
    return rf"x \equiv {draw.randrange(1, modulus)} \pmod{{{modulus}}}"


FORMS: Final[dict[str, Maker]] = {
    "integer": _integer,
    "grouped integer": lambda draw: f"{draw.randrange(10**3, 10**9):,}",
    "decimal": _decimal,
    "leading dot": lambda draw: f".{draw.randrange(11, 1000)}",
    "fraction": _fraction,
    "slashed fraction": lambda draw: f"{draw.randrange(1, 90)}/{draw.randrange(3, 90)}",
    "mixed fraction": lambda draw: rf"{_small(draw)}\frac{{{draw.randrange(1, 7)}}}{{{draw.randrange(8, 30)}}}",
    "percent": lambda draw: rf"{draw.choice((_integer, _decimal))(draw)}\%",
    "money": lambda draw: rf"\${draw.randrange(1, 999)}.{draw.randrange(10, 99)}",
    "quantity": lambda draw: rf"{draw.randrange(2, 999)} \text{{ {draw.choice(_UNITS)}}}",
    "decimal quantity": lambda draw: f"{draw.randrange(2, 99)}.{draw.randrange(1, 9)} {draw.choice(_UNITS)}",
    "degrees": lambda draw: rf"{draw.randrange(1, 360)}^\circ",
    "power": lambda draw: rf"{_small(draw)}^{{{draw.randrange(13, 90)}}}",
    "scientific": lambda draw: rf"{draw.randrange(1, 9)}.{draw.randrange(1, 99)} \times 10^{{{draw.randrange(-20, 20)}}}",
    "radical": _radical,
    "cube root": lambda draw: rf"\sqrt[3]{{{draw.randrange(2, 99)}}}",
    "multiple of pi": _pi,
    "logarithm": lambda draw: rf"\log_{{{_small(draw)}}} {draw.randrange(20, 99)}",
    "complex": lambda draw: f"{draw.randrange(-20, 20)} {draw.choice('+-')} {_small(draw)}i",
    "polynomial": _polynomial,
    "rational function": _rational,
    "product": lambda draw: f"({_variable(draw)} + {_small(draw)})({_variable(draw)} - {_small(draw)})",
    "several variables": lambda draw: f"{_small(draw)}x^2 y - {_small(draw)}xy^{draw.randrange(2, 5)}",
    "trigonometric": _trigonometric,
    "exponential": lambda draw: rf"{_small(draw)}e^{{-{_small(draw)}t}} + {_small(draw)}",
    "floor": lambda draw: rf"\left\lfloor \frac{{n + {_small(draw)}}}{{{_small(draw)}}} \right\rfloor",
    "binomial": lambda draw: rf"\binom{{{draw.randrange(10, 30)}}}{{{draw.randrange(2, 9)}}}",
    "factorial": lambda draw: f"{draw.randrange(5, 30)}!",
    "named value": lambda draw: f"{_variable(draw)} = {draw.randrange(-99, 99)}",
    "line": lambda draw: f"y = {_small(draw)}x {draw.choice('+-')} {_small(draw)}",
    "circle": lambda draw: f"(x - {_small(draw)})^2 + (y + {_small(draw)})^2 = {draw.randrange(1, 99)}",
    "function": lambda draw: f"{draw.choice('fgAVNP')}({draw.choice('xtn')}) = {_small(draw)}{draw.choice('ab')} + {_small(draw)}",
    "value of a function": lambda draw: f"f({_small(draw)}) = {draw.randrange(-99, 99)}",
    "probability": lambda draw: rf"P(X = {_small(draw)}) = \frac{{1}}{{{draw.randrange(3, 99)}}}",
    "inequality": lambda draw: " ".join(("x", draw.choice(("<", ">", r"\le", r"\geq")), str(draw.randrange(-30, 30)))),
    "double inequality": lambda draw: rf"{draw.randrange(-30, 0)} < x \leq {draw.randrange(1, 30)}",
    "interval": _interval,
    "union": _union,
    "set": _set,
    "roots": _roots,
    "plus-minus": lambda draw: rf"{_small(draw)} \pm {_small(draw)}\sqrt{{{draw.choice((2, 3, 5, 7))}}}",
    "pair": lambda draw: f"({draw.randrange(-30, 30)}, {_fraction(draw)})",
    "triple": lambda draw: f"({draw.randrange(-30, 30)}, {draw.randrange(-30, 30)}, {draw.randrange(-30, 30)})",
    "pairs": lambda draw: f"({_small(draw)}, {_small(draw)}), (-{_small(draw)}, {_small(draw)})",
    "matrix": _matrix,
    "vector": _vector,
    "ratio": lambda draw: f"{draw.randrange(1, 30)}:{draw.choice((7, 11, 13, 31))}",
    "numeral": lambda draw: f"{bin(draw.randrange(5, 500))[2:]}_2",
    "congruence": _congruence,
    "repeating decimal": lambda draw: rf"0.{draw.randrange(1, 9)}\overline{{{draw.randrange(10, 98)}}}",
    "indefinite integral": lambda draw: rf"\frac{{x^{{{draw.randrange(3, 9)}}}}}{{{draw.randrange(3, 90)}}} + C",
    "vector name": lambda draw: rf"\vec{{{draw.choice('uvw')}}} + {_small(draw)}\vec{{{draw.choice('ab')}}}",
    "set builder": lambda draw: rf"\{{x \mid x > {draw.randrange(-30, 30)}\}}",
    "choice": lambda draw: draw.choice("ABCDE"),
    "words": lambda draw: rf"\text{{{draw.choice(('odd', 'Tuesday', 'parallel', 'ellipse', 'Evelyn', 'green', 'yes'))}}}",
    "series": lambda draw: rf"\sum_{{n=0}}^{{\infty}} {_small(draw)} x^{{{_small(draw)}n}}",
}  # fmt: skip


def references(each: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Form and reference, so many different ones of each form as there are, at most `each`."""
    for form, make in FORMS.items():
        draw = random.Random(f"{seed} {form}")
        known = dict.fromkeys(make(draw) for _ in range(each * 4))
        yield from ((form, reference) for reference in list(known)[:each])


def restyled(reference: str) -> Iterator[str]:
    r"""The same reference in other spaces, brackets and fractions."""
    spaced = reference.replace("+", " + ").replace(",", ", ") if "\\text" not in reference else f" {reference} "
    if not re.search(r"\d,(?:\\!\s*)?\d{3}", reference):
        yield spaced
    yield reference.replace(r"\frac", r"\dfrac").replace(r"\binom", r"\dbinom")
    yield reference.replace("(", r"\left(").replace(")", r"\right)") if _balanced(reference) else f" {reference}"
    yield reference.replace("+", r"+\!").replace("= ", r"=\,")
    yield rf"\displaystyle {reference}"


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and "[" not in text and "]" not in text
