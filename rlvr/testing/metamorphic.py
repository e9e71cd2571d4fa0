"""Metamorphic relations: changes to a completion after which a verdict must be what it was, or must not be the best.

What a completion says does not change with white space around it, bold letters, a period, where its lines break or what
was thought before it; and hedging, unfinished reasoning or a copied question are no answer. hypothesis draws
completions from the golden cases, and shows the smallest change that breaks the relation.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rlvr.compose import Composable
from rlvr.errors import DataError, MissingDependencyError, did_you_mean
from rlvr.sample import Sample, prompt_text
from rlvr.testing.assertions import same_score, shown
from rlvr.testing.cases import Case, Judges
from rlvr.testing.check import Check, fail, skip
from rlvr.testing.finding import subject_of
from rlvr.testing.probing.answers import ends_with, says
from rlvr.testing.subject import Subject, answer_text
from rlvr.verdict import Status

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

_FEWEST, _MOST, _OF_EACH = 40, 400, 12
_THOUGHT = "First I read the question again.\nThen I go step by step:\n\n- the parts,\n- the whole."
_TAGS = "analysis|plan|reason|reasoning|reflection|scratchpad|think|thinking|thoughts?"
_BLOCK = re.compile(rf"\s*<({_TAGS})>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation.

    Args:
        name: How a declaration names it.
        says: What holds, as a sentence.
        change: Makes another completion of a case, with choices that hypothesis draws; `None` where there is none.
        keeps: The verdict stays what it was; otherwise it must not be the highest.
    """

    name: str
    says: str
    change: Callable[[Subject, Case, DataObject], str | None]
    keeps: bool


def _white_space(subject: Subject, case: Case, data: DataObject) -> str:
    from hypothesis import strategies as st

    blank = st.text(alphabet=" \t\n", max_size=3)
    return data.draw(blank) + case.completion + data.draw(blank)


def _composition(subject: Subject, case: Case, data: DataObject) -> str:
    from hypothesis import strategies as st

    return unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), case.completion)


def _compatibility(subject: Subject, case: Case, data: DataObject) -> str:
    # NFKC makes 52 of 5² and is no relation; that full-width letters are letters is.
    return "".join(_narrow(letter) for letter in case.completion)


def _narrow(letter: str) -> str:
    kept = unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", letter) if kept else letter


def _bold(subject: Subject, case: Case, data: DataObject) -> str | None:
    start, text = _answer_of(case)
    one_line = text.strip() and "\n" not in text and not set(text) & set("*_`#<\\")
    return f"{start}**{text.strip()}**" if one_line else None


def _period(subject: Subject, case: Case, data: DataObject) -> str | None:
    text = case.completion.rstrip()
    return f"{text}." if text and (text[-1].isalnum() or text[-1] in "*}$%)") else None


def _wrapping(subject: Subject, case: Case, data: DataObject) -> str | None:
    from hypothesis import strategies as st

    start, text = _answer_of(case)
    gaps = [match.start() for match in re.finditer(r"(?<=[^\W\d]) (?=[^\W\d])", text)]  # between words, not in `5 km`
    if not gaps or "\n" in text or "#" in text:
        return None
    gap = data.draw(st.sampled_from(gaps))
    return f"{start}{text[:gap]}\n{text[gap + 1 :]}"


def _alternative(subject: Subject, case: Case, data: DataObject) -> str | None:
    from hypothesis import strategies as st

    others = {text for task in subject.tasks if (text := answer_text(task.reference)) and not _same(task, case)}
    own = answer_text(case.reference)
    if case.kind != "accept" or not others or own is None or not ends_with(case.completion, own):
        return None
    return f"{case.completion.rstrip().rstrip('.')} or {data.draw(st.sampled_from(sorted(others)))}"


def _unclosed(subject: Subject, case: Case, data: DataObject) -> str | None:
    opening, closing = case.sample.reasoning_tags
    if case.sample.reasoning_open:
        return case.completion.replace(closing, "")
    return f"{opening}{case.completion.replace(opening, '').replace(closing, '')}"


def _copied_prompt(subject: Subject, case: Case, data: DataObject) -> str | None:
    prompt = prompt_text(case.prompt)
    text = answer_text(case.reference)
    return None if not prompt.strip() or (text is not None and says(prompt, text)) else prompt


def _finished_reasoning(subject: Subject, case: Case, data: DataObject) -> str | None:
    from hypothesis import strategies as st

    form = subject.judges(case) == "form"
    # A form without its reasoning may be rejected for that; what is accepted has what it needs.
    if case.sample.answer is None or (form and case.kind != "accept"):
        return None
    thought = data.draw(st.sampled_from([_THOUGHT] if form else list(_thoughts(subject, case))))
    opening, closing = case.sample.reasoning_tags
    text = case.completion
    block = _BLOCK.match(text)
    if block and text.lower().partition(f"</{block[1].lower()}>")[2].strip():
        return f"{text[: block.end()]}\n{thought}\n{text[block.end() :]}"
    if closing in text:  # opened by the prompt, or by nobody
        return f"{thought}\n{text}"
    return f"{opening}\n{thought}\n{closing}\n{text}"


def _thoughts(subject: Subject, case: Case) -> Iterator[str]:
    """Reasoning of several lines, with nothing in it, with the right answer, and with wrong ones."""
    yield _THOUGHT
    own = answer_text(case.reference)
    others = [text for task in subject.tasks if (text := answer_text(task.reference)) and not _same(task, case)]
    for text in [own, *others[:3]] if own else others[:3]:
        written = subject.as_answer(text)
        tags = case.sample.reasoning_tags
        yield f"{_THOUGHT}\nPerhaps it is this:\n{text if any(tag in written for tag in tags) else written}\nOr not."


RELATIONS: Final = {
    relation.name: relation
    for relation in (
        Relation("white space", "white space around a completion changes nothing", _white_space, keeps=True),
        Relation("composition", "composed and decomposed letters (NFC, NFD) are the same", _composition, keeps=True),
        Relation("full width", "full-width letters and digits are letters and digits", _compatibility, keeps=True),
        Relation("bold", "bold markdown changes nothing", _bold, keeps=True),
        Relation("period", "a period at the end changes nothing", _period, keeps=True),
        Relation("line wrapping", "where a line breaks between words changes nothing", _wrapping, keeps=True),
        Relation(
            "finished reasoning",
            "finished reasoning before an answer changes nothing, however many lines it has",
            _finished_reasoning,
            keeps=True,
        ),
        Relation("alternative", "an answer with `or` and another is not the best", _alternative, keeps=False),
        Relation("unclosed reasoning", "an answer within unfinished reasoning is none", _unclosed, keeps=False),
        Relation("copied prompt", "the prompt is no answer to itself", _copied_prompt, keeps=False),
    )
}
"""All relations, by name."""

HOLD: Final[dict[Judges, tuple[str, ...]]] = {
    "answer": tuple(RELATIONS),
    "text": ("white space", "composition", "finished reasoning", "alternative", "unclosed reasoning", "copied prompt"),
    "form": ("white space", "composition", "finished reasoning", "unclosed reasoning"),
}
"""Which of them hold, by what a reward judges; see `Declaration.judges`."""


def relations(reward: Composable | str | Subject) -> list[Check]:
    """The relations that hold for a reward, as checks.

    Args:
        reward: A reward, a composition, or the name of one; the file of its golden cases declares what it judges.

    Raises:
        DataError: The declaration names a relation that there is not.

    >>> [check.name for check in relations("text.exact")][:2]
    ['white space', 'composition']
    """
    subject = reward if isinstance(reward, Subject) else subject_of(reward)
    named = subject.declaration.relations
    for name in named or ():
        if name not in RELATIONS:
            known = ", ".join(f"`{known}`" for known in RELATIONS)
            raise DataError(
                f"{subject.path} declares the relation `{name}`.{did_you_mean(name, RELATIONS)}",
                hint=f"It is one of {known}.",
            )
    judges: set[Judges] = {subject.judges(case) for case in subject.judged} or {subject.declaration.judges}
    chosen = [name for name in RELATIONS if any(name in HOLD[judged] for judged in judges)] if named is None else named
    return [Check(subject.name, "relations", name, _body(subject, RELATIONS[name])) for name in chosen]


def _body(subject: Subject, relation: Relation) -> Callable[[], None]:
    return lambda: _hold(subject, relation)


def _hold(subject: Subject, relation: Relation) -> None:
    cases = [case for case in subject.varied if relation.name in _names(subject, case)]
    if not cases:
        skip("no golden case gives a completion to change")
    try:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st
        from hypothesis.errors import HypothesisException
    except ImportError as error:
        raise MissingDependencyError(
            "Relations are tested with hypothesis, which is not installed.", hint="pip install hypothesis"
        ) from error
    changed = list[str]()
    broken = list[str]()
    hung = list[Case]()

    def hold(case: Case, data: DataObject) -> None:
        if hung and (relation.keeps or any(case is one for one in hung)):
            return  # one is enough, and each takes as long as the deadline allows
        broken[:] = ()
        completion = relation.change(subject, case, data)
        if completion is None:
            return
        changed.append(completion)
        sample = replace(case.sample, completion=completion)
        (before,), (now,) = subject.verdicts_on([case]), subject.judge([sample])
        if now.status is Status.TIMEOUT:
            hung.append(case)
        if (relation.keeps and not same_score(before, now)) or (not relation.keeps and subject.is_best(now)):
            told = _told(subject, relation, (case.sample, before), (sample, now))
            broken.append("\n".join([*told, *([_advice(subject, relation, case)] if relation.keeps else [])]))
            fail(broken[0])

    quiet = settings(
        # What has no more variants than that is gone through to the end.
        max_examples=min(max(_FEWEST, _OF_EACH * len(cases)), _MOST),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
        phases=(Phase.generate, Phase.shrink),
    )
    try:
        quiet(given(case=st.sampled_from(cases), data=st.data())(hold))()
    except (AssertionError, HypothesisException) as error:
        # Without hypothesis's notes on how to call a function that is not there.
        raise AssertionError(broken[0] if broken else f"{subject.name} is not the same twice: {error}") from None
    if not changed:
        skip("no golden case has a completion that this changes")


def _told(subject: Subject, relation: Relation, before: tuple[Sample, Any], now: tuple[Sample, Any]) -> Iterator[str]:
    yield f"{subject.name}: {relation.says}, but"
    if relation.keeps:
        yield f"{shown(*before)}\nand"
    yield shown(*now)


def _advice(subject: Subject, relation: Relation, case: Case) -> str:
    """What to declare where the relation is not to hold."""
    others = json.dumps({"relations": [name for name in _names(subject, case) if name != relation.name]})
    first = "declare in the first line of the cases:"
    if subject.declaration.relations is None and subject.judges(case) == "answer" and relation.name not in HOLD["text"]:
        return f'If the very characters count, {first} {{"judges": "text"}}. Or only what holds: {others}.'
    return f"If that is as it should be, {first} {others}."


def _names(subject: Subject, case: Case) -> tuple[str, ...]:
    """The relations that hold for a case."""
    named = subject.declaration.relations
    return HOLD[subject.judges(case)] if named is None else named


def _same(task: Any, case: Case) -> bool:
    own, other = answer_text(case.reference), answer_text(task.reference)
    return own is None or other is None or says(own, other) or says(other, own)


def _answer_of(case: Case) -> tuple[str, str]:
    """What stands before the answer of a completion, and the answer."""
    answer = case.sample.answer
    if not answer:
        return case.completion, ""
    return case.completion[: len(case.completion) - len(answer)], answer
