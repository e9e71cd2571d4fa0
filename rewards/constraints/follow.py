"""`instructions.follow`: the answer follows the constraints of its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rlvr import Sample, Verdict, reward
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.gates import asking
from rlvr.rewards.constraints.gates.degenerate import empty_of_content
from rlvr.rewards.constraints.gates.refusals import refuses
from rlvr.rewards.constraints.judging import judge_modes
from rlvr.rewards.constraints.request import Asked, read_reference, read_settings
from rlvr.rewards.constraints.said_in_prompt import as_prompted
from rlvr.rewards.languages.evidence import word_order
from rlvr.sample import Json, prompt_text

_LONGEST = 200_000


@reward("instructions.follow", isolate="process", depends=[asking.TABLE, word_order.TABLE])
def follow(sample: Sample) -> Verdict:
    """The constraints of the task are followed: all of them, or the share that is.

    Args:
        sample: `reference` is `{"instruction_id_list": [...], "kwargs": [...]}`. `data` may hold

            * `language`: that of the prompt, `en` by default; one that a constraint asks for comes before it
            * `compat`: `fixed`, or whose published verdicts to reproduce, faults included: `ifeval`
            * `mode`: `strict` (the answer as it is), `loose` (or without its first or last line or asterisks), `both`
              (the mean of the two)
            * `aggregation`: `all`, `fraction` or `weighted`, the last by `weights`, one for each constraint
            * `gate`: whether what is no answer scores 0, whatever it follows; true by default. The metric `refusal`
              says whether an answer begins by refusing, which closes no gate

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
    asked = [as_prompted(one, prompt) for one in read_reference(reference, settings.compat)]
    if answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer")
    if len(answer) > _LONGEST:
        return Verdict.wrong(f"{len(answer)} characters; an answer has {_LONGEST} at most")
    text = Answer(answer, _language(asked) or settings.language)
    if not settings.gate:
        return judge_modes(text, asked, settings)
    why = empty_of_content(text, prompt, asked, settings.language)
    refused = {"refusal": float(refuses(text.text, text.language))}
    if why:
        return replace(Verdict.wrong(f"no answer: {why}"), metrics=refused)
    verdict = judge_modes(text, asked, settings)
    return replace(verdict, metrics={**verdict.metrics, **refused})


def _language(asked: Sequence[Asked]) -> str | None:
    """The language the constraints ask for, where they do."""
    return next((str(one.arguments["language"]) for one in asked if "language" in one.arguments), None)
