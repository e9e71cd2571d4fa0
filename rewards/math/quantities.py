"""Numbers with units: the same amount in another unit of its kind, percent and angles included."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from rlvr.rewards.languages.formats.locales import scales_of_any_language
from rlvr.rewards.languages.formats.unit_dimensions import is_known, meaning, same_dimension
from rlvr.rewards.languages.formats.unit_symbols import Quantity
from rlvr.rewards.math.comparing.identity import Finding
from rlvr.rewards.math.comparing.proof import settle
from rlvr.rewards.math.parsing.tree import Node, number
from rlvr.rewards.math.readings import Reading
from rlvr.rewards.math.references import Reference

_ASKS_PERCENT = re.compile(
    r"\b(?:what|which|how many)\s+(?:is\s+the\s+|was\s+the\s+)?(?:[a-z]+\s+){0,2}per\s?cent(?:ages?)?\b"
    r"|\b(?:as|in)\s+(?:a\s+)?per\s?cent(?:age)?\b|\bper\s?cent(?:age)?\s+(?:change|increase|decrease)\b.*\?"
    r"|\bwie\s*viele?\s+prozent|\bquel\s+(?:est\s+le\s+)?pourcentage|\bqu[ée]\s+(?:por\s*ciento|porcentaje)"
    r"|\bqual\s+(?:é\s+a\s+)?(?:percentagem|porcentagem)|\bche\s+percentuale|сколько\s+процентов|какой\s+процент"
    r"|百分之几|百分之幾|百分比是多少|何パーセント|몇\s*퍼센트",
    re.IGNORECASE,
)


@lru_cache(maxsize=512)
def asks_percent(prompt: str) -> bool:
    """Whether a question asks for a percentage; one that only mentions percent does not.

    >>> asks_percent("By what percent did it fall?"), asks_percent("What is 20 percent of 50?")
    (True, False)
    """
    return bool(prompt) and bool(_ASKS_PERCENT.search(prompt[-2000:]))


def compare_quantities(reference: Reference, reading: Reading, *, asks_percent: bool = False) -> Finding:
    """Whether an answer is the amount that the reference is.

    Args:
        reference: With its tree and its unit.
        reading: The answer with its own.
        asks_percent: The question asks for a percentage: a reference without the sign is one.

    Raises:
        UndefinedError: The answer has no value.
        TooCostlyError: Computing it would take too long.
    """
    assert reference.node is not None
    assert reading.node is not None
    wanted, given = reference.quantity, reading.quantity
    left, right = _scaled(reference.node, wanted.scale), _scaled(reading.node, given.scale)
    if given.unit != wanted.unit and (scale := _scale_in(given.unit)) is not None:
        if not scale:
            return Finding(False, f"`{given.unit}` is of one size in some languages and of another in others")
        right, given = _scaled(right, scale), Quantity(given.core)
    (wanted_dimension, wanted_size), (dimension, size) = meaning(wanted.unit), meaning(given.unit)
    if "angle" in (wanted_dimension, dimension) or "radian" in (wanted_dimension, dimension):
        if wanted.unit and given.unit and not {wanted_dimension, dimension} <= {"angle", "radian"}:
            return Finding(False, f"another unit: {given.unit}, not {wanted.unit}")
        return _angles(left, right, wanted_dimension, dimension, reference)
    if given.unit and given.unit != wanted.unit:
        if dimension == "percent" and not wanted.unit:
            bare = settle(left, right, reference.tolerance) if asks_percent else None
            return bare if bare and bare.equal else settle(left, _over(right, 100), reference.tolerance)
        if wanted.unit:
            if not same_dimension(dimension, wanted_dimension):
                return Finding(False, f"another unit: {given.unit}, not {wanted.unit}")
            right = _scaled(right, size / wanted_size)
    elif wanted.unit and not given.unit and wanted_dimension in ("percent", "dozen"):
        return _either(left, right, reference, Fraction(1, 100) if wanted_dimension == "percent" else Fraction(12))
    return settle(left, right, reference.tolerance)


_SHORTEST = 3
"""Letters of a scale word; shorter ones are mostly something else."""


def _scale_in(unit: str) -> int | None:
    """How much a word like `Millionen` multiplies by, where it stands first behind the number; 0 where that is open."""
    word = unit.partition(" ")[0].casefold()
    if (word.isascii() and len(word) < _SHORTEST) or is_known(word):
        return None
    return scales_of_any_language().get(word)


def _either(left: Node, right: Node, reference: Reference, size: Fraction) -> Finding:
    """The number as it stands before its sign, or the number that both together are."""
    bare = settle(left, right, reference.tolerance)
    return bare if bare.equal else settle(_scaled(left, size), right, reference.tolerance)


def _angles(left: Node, right: Node, wanted: str, given: str, reference: Reference) -> Finding:
    """Degrees are degrees, and beside a multiple of pi they are radians; a bare number is in the unit asked for."""
    if wanted == given or (not given and not _has_pi(right)) or (not wanted and not _has_pi(left)):
        return settle(left, right, reference.tolerance)
    turned = Node("div", (Node("constant", name="pi"), number(180)))
    sides = [
        Node("mul", (side, turned)) if unit == "angle" else side for side, unit in ((left, wanted), (right, given))
    ]
    return settle(sides[0], sides[1], reference.tolerance)


def _has_pi(node: Node) -> bool:
    return any(part.kind == "constant" and part.name == "pi" for part in node.walk())


def _over(node: Node, by: int) -> Node:
    return Node("div", (node, number(by)))


def _scaled(node: Node, factor: Fraction | int) -> Node:
    return node if factor == 1 else Node("mul", (node, number(factor)))
