"""Groups worth reading in the report: a few from the first, the middle and the last step whose rollouts were kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from rlvr.observe.rollout_rows import read_rollouts, rollout_steps
from rlvr.observe.run_folder import RunFolder

GROUPS_PER_STEP: Final = 6
SAMPLES_PER_GROUP: Final = 8
LONGEST_TEXT: Final = 6000
"""Characters of one text on the page; the parquet file has all of them."""

_CONTROLS: Final = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"},
    # Deletion and C1, then the characters that override, embed or isolate a direction of writing.
    **{code: f"⟨U+{code:04X}⟩" for code in (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


@dataclass(frozen=True, slots=True)
class ExampleGroup:
    """One group on the page.

    Attributes:
        step: Where it was drawn.
        task_id: Its task, or the number of the group when tasks have no ids.
        prompt: As text; chat messages under their roles.
        reference: The answer key, as JSON.
        mean: Mean score of the scored samples; `None` when there is none.
        samples: Rows of the rollout file, best score first, each with `level`, 0 (worst) to 4, for its colour.
        left_out: Samples that are not shown.
    """

    step: int
    task_id: str
    prompt: str
    reference: str
    mean: float | None
    samples: Sequence[Mapping[str, Any]]
    left_out: int = 0


def example_groups(folder: RunFolder) -> list[ExampleGroup]:
    """A few groups of the first, the middle and the last step, in order; none when no rollouts were kept."""
    steps = rollout_steps(folder)
    chosen = sorted({steps[0], steps[len(steps) // 2], steps[-1]}) if steps else []
    rows: dict[int, list[dict[str, Any]]] = {step: read_rollouts(folder, step).to_pylist() for step in chosen}
    scores = [row["score"] for table in rows.values() for row in table if row["score"] is not None]
    low, high = min([0.0, *scores]), max([1.0, *scores])
    return [_example(members, low, high) for table in rows.values() for members in _telling(table)]


def visible(text: str) -> str:
    r"""Text that cannot disturb the page around it: control characters shown by their pictures or numbers.

    >>> visible("a\x00b\u202ec")
    'a␀b⟨U+202E⟩c'
    """
    return text.translate(_CONTROLS)


def _telling(rows: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The groups that show most: the widest spread, the worst, the best, most failures; then the others in order."""
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    if not groups:
        return []

    def scores(group: int) -> list[float]:
        return [row["score"] for row in groups[group] if row["score"] is not None]

    def spread(group: int) -> float:
        return max(scores(group), default=0.0) - min(scores(group), default=0.0)

    def mean(group: int) -> float:
        return fmean(scores(group)) if scores(group) else 0.0

    def failures(group: int) -> int:
        return len(groups[group]) - len(scores(group))

    first = [max(groups, key=spread), min(groups, key=mean), max(groups, key=mean), max(groups, key=failures)]
    chosen = list(dict.fromkeys([*first, *sorted(groups)]))[:GROUPS_PER_STEP]
    return [groups[group] for group in sorted(chosen)]


def _example(rows: Sequence[Mapping[str, Any]], low: float, high: float) -> ExampleGroup:
    def rank(row: Mapping[str, Any]) -> tuple[bool, float]:
        return row["score"] is None, -(row["score"] or 0.0)

    scores = [row["score"] for row in rows if row["score"] is not None]
    talks = [_told(row) for row in rows]
    rows = [{**row, "completion": said} for row, (_, said) in zip(rows, talks, strict=True)]
    shown = [
        {**row, "level": _level(row["score"], low, high), "parts": json.loads(row["components"])}
        for row in sorted(rows, key=rank)[:SAMPLES_PER_GROUP]
    ]
    head = rows[0]
    return ExampleGroup(
        step=head["step"],
        task_id=head["task_id"] or f"group {head['group']}",
        prompt=talks[0][0],
        reference=head["reference"],
        mean=fmean(scores) if scores else None,
        samples=shown,
        left_out=len(rows) - len(shown),
    )


def _level(score: float | None, low: float, high: float) -> int | None:
    return None if score is None else round(4 * (score - low) / (high - low))


def _told(row: Mapping[str, Any]) -> tuple[str, str]:
    """What the samples of a group were asked alike, and what this one said; of a conversation all its turns.

    Chat messages stand under their roles; a plain prompt that happens to be JSON of another form stays as it is.
    """
    prompt, completion = str(row["prompt"]), str(row["completion"])
    try:
        messages: list[dict[str, str]] = json.loads(prompt)
        said = [f"[{message['role']}]\n{message['content']}" for message in messages]
    except (ValueError, TypeError, KeyError):
        return prompt, completion
    own = 2 * ((row.get("turns") or 1) - 1)  # older files have no such column
    asked, talk = said[: len(said) - own], said[len(said) - own :]
    return "\n\n".join(asked) or prompt, "\n\n".join([*talk, f"[assistant]\n{completion}"]) if own else completion
