"""What must hold for any reference: it answers itself, and what one small change makes of it does not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rlvr.rewards.math import answer
from verdicts.forms import references, restyled
from verdicts.mutants import Mutant, mutants
from verdicts.pairs import DATA


@dataclass
class Reflexive:
    """How often a reference did not answer itself, by form."""

    tried: int = 0
    references: int = 0
    forms: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    shown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def own_references(each: int) -> list[tuple[str, str]]:
    """Generated references of every form, and those of the data beside the repository."""
    found = list(references(each))
    path = DATA / "references.jsonl"
    if path.is_file():
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        found += [("published", str(row["reference"])) for row in rows]
    return list(dict.fromkeys(found))


def said(reference: str) -> Iterator[str]:
    """A reference as the answer to itself: boxed, in prose, restyled."""
    yield rf"So we get $\boxed{{{reference}}}$."
    yield f"The answer is ${reference.strip('$')}$."
    for text in restyled(reference):
        yield rf"\boxed{{{text}}}"


def reflexive(rows: Iterable[tuple[str, str]]) -> Reflexive:
    found = Reflexive()
    forms = set[str]()
    for form, reference in rows:
        found.references += 1
        forms.add(form)
        for text in said(reference):
            found.tried += 1
            if answer.check(text, reference=reference).score != 1.0:
                found.refused[form] += 1
                found.shown.append((reference, text))
    found.forms = len(forms)
    return found


@dataclass
class Accepted:
    """Mutants by change and by form, and those that were accepted though nothing proves them equal."""

    changes: Counter[str] = field(default_factory=Counter[str])
    forms: Counter[str] = field(default_factory=Counter[str])
    accepted: list[Mutant] = field(default_factory=list[Mutant])
    equal: int = 0


def mutated(count: int, seed: int = 0) -> Accepted:
    found = Accepted()
    for mutant in mutants(count, seed):
        found.changes[mutant.change] += 1
        found.forms[mutant.form] += 1
        if answer.check(rf"So $\boxed{{{mutant.answer}}}$.", reference=mutant.reference).score == 1.0:
            if proves_equal(mutant):
                found.equal += 1
            else:
                found.accepted.append(mutant)
    return found


_REPEATING = re.compile(r"(-?\d*)\.(\d*)\\overline\{(\d+)\}")


_CONGRUENCE = re.compile(r"(\w) \\equiv (-?\d+) \\pmod\{(\d+)\}")


def _repeating(text: str) -> Fraction | None:
    """A repeating decimal by another way than that of the reward: its difference with itself, shifted by its period."""
    match = _REPEATING.fullmatch(text)
    if not match:
        return None
    whole, before, period = match.groups()
    long, short = int(f"{whole}{before}{period}"), int(f"{whole}{before}" or 0)
    return Fraction(long - short, 10 ** (len(before) + len(period)) - 10 ** len(before))


def proves_equal(mutant: Mutant) -> bool:
    """Whether sympy, with the parser of Math-Verify, finds no difference; for antiderivatives, but a constant."""
    one, other = (_CONGRUENCE.fullmatch(text) for text in (mutant.reference, mutant.answer))
    if one and other:
        same_modulus = one[1] == other[1] and one[3] == other[3]
        return same_modulus and (int(one[2]) - int(other[2])) % int(one[3]) == 0
    if (exactly := _repeating(mutant.reference)) is not None:
        return exactly == _repeating(mutant.answer)
    import latex2sympy2_extended
    import sympy

    parse: Any = latex2sympy2_extended.latex2sympy  # pyright: ignore[reportUnknownVariableType]
    simplify: Any = sympy.simplify  # pyright: ignore[reportUnknownVariableType]
    diff: Any = sympy.diff  # pyright: ignore[reportUnknownVariableType]
    try:
        left, right = (parse(text) for text in (mutant.reference, mutant.answer))
        difference: Any = simplify(left - right)
        if mutant.form == "indefinite integral":
            difference = sum(abs(simplify(diff(difference, x))) for x in difference.free_symbols if str(x) == "x")  # pyright: ignore
    except Exception:  # noqa: BLE001 - the parser has no base class of its exceptions
        return False
    return bool(difference == 0)
