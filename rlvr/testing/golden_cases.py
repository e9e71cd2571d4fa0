"""Golden cases as checks, and writing what a reward says today into their file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlvr.testing.assertions import require_score, shown
from rlvr.testing.cases import UNSCORED, Case
from rlvr.testing.check import Check, fail
from rlvr.testing.subject import Subject
from rlvr.verdict import Verdict


def golden(subject: Subject) -> list[Check]:
    """A check for each golden case of a reward, called by the case's `why`.

    >>> from rlvr.testing.finding import subject_of
    >>> for check in golden(subject_of("text.exact")):
    ...     check()
    """
    return [Check(subject.name, "cases", case.why, _body(subject, case)) for case in subject.cases]


def _body(subject: Subject, case: Case) -> Any:
    def body() -> None:
        if case.kind == "timeout" and not any(leaf.can_be_ended for leaf in subject.reward.leaves()):
            fail(
                f"{subject.name} runs inline, where nothing ends it ({_place(subject, case)}): a case of kind "
                '`timeout` needs isolate="process" or an async function.'
            )
        (verdict,) = subject.verdicts_on([case])
        require_kind(subject, case, verdict)
        if case.explanation is not None and case.explanation != verdict.explanation:
            fail(
                f"{subject.name} explains itself otherwise than recorded ({_place(subject, case)}):\n"
                f"  recorded     {case.explanation}\n{shown(case.sample, verdict)}\n"
                "`pytest --update-golden` records what it says now."
            )

    return body


def require_kind(subject: Subject, case: Case, verdict: Verdict) -> None:
    """A verdict must be what a case asks for.

    Raises:
        AssertionError: It is not.
    """
    low, high = subject.reward.range
    if case.kind in ("accept", "reject"):
        end = high if case.kind == "accept" else low
        require_score(subject.reward, case.sample, verdict, end if case.score is None else case.score, case.kind)
        return
    wanted = UNSCORED[case.kind]
    if verdict.status is not wanted:
        fail(
            f"{subject.name} should say `{wanted}` of this completion ({_place(subject, case)}):\n"
            f"{shown(case.sample, verdict)}"
        )


def recorded(subject: Subject, case: Case) -> dict[str, Any] | None:
    """What `--update-golden` changes in the row of a case; `None` where the verdict contradicts its `kind`.

    A golden file records how much and why, never whether: a completion that was to be accepted and is now rejected
    stays a failing test, until somebody changes its `kind` or the reward.
    """
    (verdict,) = subject.verdicts_on([case])
    low, high = subject.reward.range
    if verdict.score is None:
        return {"explanation": verdict.explanation} if verdict.status is UNSCORED.get(case.kind) else None
    forbidden = {"accept": low, "reject": high}.get(case.kind)
    if forbidden is None or verdict.score == forbidden:
        return None
    plain = verdict.score == (high if case.kind == "accept" else low)
    return {"score": None if plain else verdict.score, "explanation": verdict.explanation}


def write_golden(path: Path, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Writes into rows of a cases file; rows without a change stay as they are, to the byte.

    Args:
        path: The file.
        changes: New values by number of the line; `None` takes the key away.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "cases.jsonl"
    >>> _ = file.write_text('{"kind": "accept", "completion": "4", "why": "as it is"}')
    >>> write_golden(file, {1: {"explanation": "4 is 4"}})
    >>> file.read_text()
    '{"kind": "accept", "completion": "4", "why": "as it is", "explanation": "4 is 4"}'
    """
    lines = path.read_bytes().decode("utf-8").split("\n")
    for number, change in changes.items():
        row = json.loads(lines[number - 1].removeprefix("\ufeff"))
        new = {key: value for key, value in {**row, **change}.items() if key not in change or value is not None}
        if new != row:
            lines[number - 1] = json.dumps(new, ensure_ascii=False)
    whole = path.with_name(f".{path.name}.new")
    whole.write_bytes("\n".join(lines).encode("utf-8"))
    whole.replace(path)


def _place(subject: Subject, case: Case) -> str:
    return f"{subject.path}:{case.line}" if subject.path else case.why
