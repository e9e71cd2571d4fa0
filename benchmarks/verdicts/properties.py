"""What must hold for any reference: it answers itself, and what one small change makes of it does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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


def proves_equal(mutant: Mutant) -> bool:
    """Whether sympy, with the parser of Math-Verify, finds no difference; for antiderivatives, but a constant."""
    from latex2sympy2_extended import latex2sympy  # pyright: ignore
    from sympy import Symbol, diff, simplify  # pyright: ignore

    try:
        left, right = (latex2sympy(text) for text in (mutant.reference, mutant.answer))  # pyright: ignore
        difference = simplify(left - right)  # pyright: ignore
        if mutant.form == "indefinite integral":
            difference = simplify(diff(difference, Symbol("x", real=True))) or simplify(diff(difference, Symbol("x")))  # pyright: ignore
    except Exception:  # the parser has no base class of its exceptions
        return False
    return bool(difference == 0)
