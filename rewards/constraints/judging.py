"""What the rewards for constraints share: what each constraint says of an answer, and one verdict made of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rlvr import Status, Verdict
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.request import Asked, Settings

_FOLLOWED = "all constraints are followed"


def judge_modes(text: Answer, asked: Sequence[Asked], settings: Settings) -> Verdict:
    """All constraints are followed, or the share that is: strictly, loosely or the mean of both.

    >>> from rlvr.rewards.constraints.request import read_reference
    >>> asked = read_reference({"instruction_id_list": ["startend:quotation"], "kwargs": [{}]})
    >>> judge_modes(Answer('Sure!\\n"Yes, sir."'), asked, Settings(mode="both")).metrics["loose"]
    1.0
    """
    metrics, scores, said = dict[str, float](), list[float](), list[str]()
    for mode in ("strict", "loose") if settings.mode == "both" else (settings.mode,):
        outcomes = outcomes_of(text, asked, loose=mode == "loose")
        marks = [outcome.followed for outcome in outcomes]
        for one, outcome in zip(asked, outcomes, strict=True):
            if outcome.followed is not None:
                metrics[f"{mode}/{one.name}"] = float(outcome.followed)
            if not outcome.followed:
                said.append(f"{one.name}: {outcome.reason}")
        score = _aggregated(marks, settings)
        if score is None:
            return Verdict.unscored(Status.ABSTAINED, "; ".join(said))
        metrics[mode] = score
        scores.append(score)
    explanation = "; ".join(dict.fromkeys(said)) or _FOLLOWED
    return Verdict(sum(scores) / len(scores), explanation=explanation, metrics=metrics)


def judge_gates(answer: Answer, asked: Sequence[Asked]) -> Verdict:
    """The product of the gates times the mean of the other constraints.

    >>> from rlvr.rewards.constraints.request import read_constraints
    >>> from rlvr.rewards.languages.pairs import Pair
    >>> rows = [{"id": "numbers:same"}, {"id": "output:only"}]
    >>> answer = Answer.translating("It has 3 rooms.", "Es hat 4 Zimmer.", Pair("en", "de"))
    >>> judge_gates(answer, read_constraints({"constraints": rows})).explanation
    'numbers:same 0: missing: 3; too many: 4'
    """
    metrics, closed, graded, said = dict[str, float](), list[str](), list[float](), list[str]()
    for one in asked:
        outcome = one.judge(answer)
        if outcome.score is None:
            said.append(f"{one.name}: {outcome.reason}")
            continue
        metrics[one.name] = outcome.score
        if outcome.score < 1.0:
            said.append(f"{one.name} {outcome.score:.2g}: {outcome.reason}")
        if not one.gate:
            graded.append(outcome.score)
        elif outcome.score < 1.0:
            closed.append(one.name)
    explanation = "; ".join(said) or _FOLLOWED
    if not metrics:
        return Verdict.unscored(Status.ABSTAINED, explanation)
    if closed:
        explanation = f"stopped at {', '.join(closed)}: {explanation}"
    score = 0.0 if closed else fmean(graded) if graded else 1.0
    return Verdict(score, extracted=answer.text[:200], explanation=explanation, metrics=metrics)


def outcomes_of(text: Answer, asked: Sequence[Asked], *, loose: bool = False) -> list[Outcome]:
    """What each check says; loosely, the best it says of a variant of the text.

    >>> from rlvr.rewards.constraints.request import read_reference
    >>> asked = read_reference({"instruction_id_list": ["startend:quotation"], "kwargs": [{}]})
    >>> text = Answer('Sure!\\n"Yes, sir."')
    >>> outcomes_of(text, asked)[0].followed, outcomes_of(text, asked, loose=True)[0].followed
    (False, True)
    """
    fixed = all(one.constraint.compat == "fixed" for one in asked)
    variants = variants_of(text, text.text if fixed else text.raw) if loose else [text]
    found = list[Outcome]()
    for one in asked:
        outcome = one.judge(text) if text.raw.strip() else Outcome(False, "no text")
        for variant in variants[1:]:
            if outcome.followed is not False:
                break
            tried = one.judge(variant)
            outcome = tried if tried.followed else outcome
        found.append(outcome)
    return found


def variants_of(text: Answer, whole: str) -> list[Answer]:
    """The text, without its first line, its last, both; each as it is and without asterisks, blank ones left out.

    Args:
        text: As it is.
        whole: What has the lines: published programs take a line break at the end for a last line.

    >>> [variant.raw for variant in variants_of(Answer("a\\n*b*"), "a\\n*b*")]
    ['a\\n*b*', '*b*', 'a', 'a\\nb', 'b']
    """
    lines = whole.split("\n")
    cut = [whole, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    texts = [*cut, *(one.replace("*", "") for one in cut)]
    return [text, *(Answer(one, text.language) for one in dict.fromkeys(texts[1:]) if one.strip())]


def _aggregated(marks: Sequence[bool | None], settings: Settings) -> float | None:
    weights = settings.weights if settings.aggregation == "weighted" else (1.0,) * len(marks)
    held = [(mark, weight) for mark, weight in zip(marks, weights, strict=True) if mark is not None]
    total = sum(weight for _, weight in held)
    if not total:
        return None
    if settings.aggregation == "all":
        return float(all(mark for mark, _ in held))
    return sum(weight for mark, weight in held if mark) / total
