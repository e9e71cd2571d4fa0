"""What a step's verdicts say of the groups: numbers to log, from verdicts alone.

Every group falls in exactly one class, so that the shares `groups/*` sum to 1. The first that holds counts:

| key | the group |
|---|---|
| `groups/usable` | has scores that differ: something to learn from |
| `groups/all_truncated` | every sample ended at the length limit, whatever its score: the limit is what to look at |
| `groups/all_error` | nothing was scored: every sample failed, timed out or abstained |
| `groups/all_right` | every score is the highest the reward gives |
| `groups/all_wrong` | every score is the lowest |
| `groups/all_equal` | every score is the same, in between |

The scores of a group are those of its scored samples; the others do not make a group less right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, pstdev
from typing import Final

from rlvr.verdict import Status, Verdict

CLASSES: Final = ("usable", "all_right", "all_wrong", "all_equal", "all_error", "all_truncated")
"""The classes of groups, each a key `groups/<class>`."""

# Weighted sums of equal parts differ in their last bits.
_TOLERANCE: Final = 1e-9


def group_statistics(
    verdicts: Sequence[Verdict], truncated: Sequence[bool], groups: Sequence[int], range: tuple[float, float]
) -> dict[str, float]:
    """Rewards, failures and classes of groups of one step.

    Args:
        verdicts: One for each sample.
        truncated: Whether each sample ended at the length limit.
        groups: The group of each sample; any numbers in any order.
        range: Lowest and highest score of the reward (`Reward.range`).

    Returns:
        `reward/mean`, `reward/std` (of all scores, ddof=0), `reward/min`, `reward/max` and `reward/<part>/mean` over
        scored samples, left out where there is none; `samples/<status>` and `truncated/rate` as shares of samples;
        `groups/<class>` and `groups/zero_variance` (all but the usable) as shares of groups.

    Raises:
        ValueError: The sequences differ in length, or are empty.

    >>> verdicts = [Verdict.right(), Verdict.wrong("71"), Verdict.wrong("70"), Verdict.wrong("no number")]
    >>> numbers = group_statistics(verdicts, [False] * 4, [0, 0, 1, 1], (0.0, 1.0))
    >>> numbers["reward/mean"], numbers["groups/usable"], numbers["groups/all_wrong"]
    (0.25, 0.5, 0.5)
    """
    if not len(verdicts) == len(truncated) == len(groups) > 0:
        raise ValueError(f"{len(verdicts)} verdicts, {len(truncated)} truncated, {len(groups)} groups: need as many.")
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    classes = Counter(
        _class_of([verdicts[place] for place in places], all(truncated[place] for place in places), range)
        for places in members.values()
    )
    statuses = Counter(verdict.status for verdict in verdicts)
    return {
        **_rewards(verdicts),
        **{f"samples/{status}": statuses[status] / len(verdicts) for status in Status},
        "truncated/rate": sum(truncated) / len(truncated),
        **{f"groups/{name}": classes[name] / len(members) for name in CLASSES},
        "groups/zero_variance": 1 - classes["usable"] / len(members),
    }


def source_statistics(
    sources: Sequence[str],
    verdicts: Sequence[Verdict],
    lengths: Sequence[int],
    usable: Sequence[bool],
    highest: Sequence[float],
) -> dict[str, float]:
    """What one step says of each source of tasks.

    Args:
        sources: Of each group.
        verdicts: Of each sample, groups side by side and of one size.
        lengths: Tokens of each sample.
        usable: Whether each group has scores that differ.
        highest: The highest score of each group's reward.

    Returns:
        For each source that has a name: `sources/NAME/reward` and `/solved` (share with the highest score) over scored
        samples, left out where there is none; `/length`, `/usable` (share of its groups) and `/groups` (how many).

    >>> verdicts = [Verdict.right(), Verdict.wrong("7"), Verdict.wrong("8"), Verdict.wrong("9")]
    >>> source_statistics(["sums", "words"], verdicts, [1, 1, 4, 6], [True, False], [1.0, 1.0])["sources/sums/solved"]
    0.5
    """
    size = len(verdicts) // len(sources)
    metrics: dict[str, float] = {}
    for name in dict.fromkeys(name for name in sources if name):
        groups = [group for group, source in enumerate(sources) if source == name]
        rows = [row for group in groups for row in range(group * size, (group + 1) * size)]
        scores = [(score, highest[row // size]) for row in rows if (score := verdicts[row].score) is not None]
        if scores:
            metrics[f"sources/{name}/reward"] = fmean(score for score, _ in scores)
            metrics[f"sources/{name}/solved"] = fmean(score >= high - _TOLERANCE for score, high in scores)
        metrics[f"sources/{name}/length"] = fmean(lengths[row] for row in rows)
        metrics[f"sources/{name}/usable"] = fmean(usable[group] for group in groups)
        metrics[f"sources/{name}/groups"] = float(len(groups))
    return metrics


def latency_metrics(stats: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The scorer's times for each reward, as metrics in milliseconds.

    Args:
        stats: By reward: `p50`, `p99`, `max` and `mean` in seconds, `count` and `cached`, as far as they are known.

    >>> latency_metrics({"math.boxed": {"p50": 0.002, "count": 128}})
    {'latency/math.boxed/p50_ms': 2.0, 'latency/math.boxed/count': 128.0}
    """
    metrics: dict[str, float] = {}
    for reward, known in stats.items():
        for name in ("mean", "p50", "p99", "max"):
            if name in known:
                metrics[f"latency/{reward}/{name}_ms"] = 1000 * known[name]
        for name in ("count", "cached"):
            if name in known:
                metrics[f"latency/{reward}/{name}"] = float(known[name])
    return metrics


def _parts(verdict: Verdict) -> Iterator[tuple[str, Verdict]]:
    """Its components and theirs: a part of a part has a column too."""
    for name, part in verdict.components.items():
        yield name, part
        yield from _parts(part)


def _class_of(verdicts: Sequence[Verdict], truncated: bool, range: tuple[float, float]) -> str:
    low, high = range
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    if scores and max(scores) - min(scores) > _TOLERANCE:
        return "usable"
    if truncated:
        return "all_truncated"
    if not scores:
        return "all_error"
    if scores[0] >= high - _TOLERANCE:
        return "all_right"
    return "all_wrong" if scores[0] <= low + _TOLERANCE else "all_equal"


def _rewards(verdicts: Sequence[Verdict]) -> dict[str, float]:
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    parts: dict[str, list[float]] = {}
    for verdict in verdicts:
        for name, part in _parts(verdict):
            if part.score is not None:
                parts.setdefault(name, []).append(part.score)
    metrics = {f"reward/{name}/mean": fmean(values) for name, values in parts.items()}
    if scores:
        extent = {"reward/min": min(scores), "reward/max": max(scores)}
        metrics = {"reward/mean": fmean(scores), "reward/std": pstdev(scores), **extent, **metrics}
    return metrics
