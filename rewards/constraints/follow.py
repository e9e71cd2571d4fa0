"""`instructions.follow`: the answer follows the constraints of its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlvr import Sample, Status, Verdict, reward
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.gates import empty_of_content
from rlvr.rewards.constraints.request import Asked, Settings, read_reference, read_settings
from rlvr.sample import Json, prompt_text

_LONGEST = 200_000


@reward("instructions.follow", isolate="process")
def follow(sample: Sample) -> Verdict:
    """The constraints of the task are followed: all of them, or the share that is.

    Args:
        sample: `reference` is `{"instruction_id_list": [...], "kwargs": [...]}`. `data` may hold

            * `language`: that of the prompt, `en` by default; one that a constraint asks for comes before it
            * `compat`: `fixed`, or whose published verdicts to reproduce, faults included: `ifeval`
            * `mode`: `strict` (the answer as it is), `loose` (or without its first or last line or asterisks), `both`
              (the mean of the two)
            * `aggregation`: `all`, `fraction` or `weighted`, the last by `weights`, one for each constraint
            * `gate`: whether an answer without content scores 0; true by default

    Raises:
        DataError: Reference or data cannot be read (status `error`).

    >>> asked = {"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": ["violin"]}]}
    >>> text = "Beside the window her old violin waited, silent since the summer her father left for the sea."
    >>> follow.check(text, reference=asked, prompt="Write the start of a story with the word violin.").score
    1.0
    >>> follow.check("the", reference=asked, data={"gate": False}).explanation
    'keywords:existence: missing: violin'
    """
    return judge(sample.answer, sample.reference, prompt_text(sample.prompt), sample.data)


def judge(answer: str | None, reference: Json, prompt: str, data: Mapping[str, Json]) -> Verdict:
    """The verdict on one answer; `follow` says what the arguments hold.

    Raises:
        DataError: Reference or data cannot be read.

    >>> asked = {"instruction_id_list": ["startend:quotation"], "kwargs": [{}]}
    >>> judge('"Rain fell on the old roof all night long, and nobody minded it."', asked, "Write.", {}).score
    1.0
    """
    ids = reference.get("instruction_id_list") if isinstance(reference, dict) else None
    settings = read_settings(data, len(ids) if isinstance(ids, list) else 0)
    asked = read_reference(reference, settings.compat)
    if answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer")
    if len(answer) > _LONGEST:
        return Verdict.wrong(f"{len(answer)} characters; an answer has {_LONGEST} at most")
    text = Answer(answer, _language(asked) or settings.language)
    if settings.gate and (why := empty_of_content(text, prompt, asked)):
        return Verdict.wrong(f"no answer: {why}")
    return _judged(text, asked, settings)


def _judged(text: Answer, asked: Sequence[Asked], settings: Settings) -> Verdict:
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
    explanation = "; ".join(dict.fromkeys(said)) or "all constraints are followed"
    return Verdict(sum(scores) / len(scores), explanation=explanation, metrics=metrics)


def outcomes_of(text: Answer, asked: Sequence[Asked], *, loose: bool = False) -> list[Outcome]:
    """What each check says; loosely, the best it says of a variant of the text.

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


def _language(asked: Sequence[Asked]) -> str | None:
    """The language the constraints ask for, where they do."""
    return next((str(one.arguments["language"]) for one in asked if "language" in one.arguments), None)
