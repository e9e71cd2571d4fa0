"""The charts of the report: which metrics are drawn together, as plain data that the page's script turns into plots."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from rlvr.observe.groups import CLASSES

MAX_POINTS: Final = 800
"""Of a series; longer ones are averaged, or a page of a long run would open slowly."""

Axis = Literal["number", "share", "log"]


@dataclass(frozen=True, slots=True)
class Chart:
    """Some metrics in one picture.

    Attributes:
        title: Above the chart.
        keys: Metrics to draw, each with its name in the legend.
        axis: `share` for percentages, `log` for what spans orders of magnitude.
        stacked: Areas on top of one another.
        note: How to read it.
        colors: Number of the page's colour for a key, where it means something.
    """

    title: str
    keys: Mapping[str, str]
    axis: Axis = "number"
    stacked: bool = False
    note: str = ""
    colors: Mapping[str, int] = field(default_factory=dict[str, int])


# The page's colours, by number: 0 blue, 1 orange, 2 green, 3 violet, 4 sky, 5 red, 6 grey.
_CLASS_COLORS: Final = dict(zip(CLASSES, (0, 2, 1, 6, 5, 3), strict=True))

CHARTS: Final = (
    Chart("Reward", {"reward/mean": "reward"}, note="mean over the scored samples"),
    Chart("Held out", {"eval/strict": "strict", "eval/lenient": "lenient"}, note="tasks never trained on"),
    Chart(
        "Groups",
        {f"groups/{name}": name.replace("_", " ") for name in CLASSES},
        axis="share",
        stacked=True,
        note="only usable groups teach anything",
        colors={f"groups/{name}": color for name, color in _CLASS_COLORS.items()},
    ),
    Chart("Length", {"length/mean": "mean", "length/max": "longest"}, note="tokens of a completion"),
    Chart(
        "Truncated and unscored",
        {
            "truncated/rate": "truncated",
            "samples/error": "error",
            "samples/timeout": "timeout",
            "samples/abstained": "abstained",
        },
        axis="share",
        colors={"truncated/rate": 3, "samples/error": 5, "samples/timeout": 1, "samples/abstained": 6},
    ),
    Chart("Loss", {"loss": "loss"}),
    Chart("Pretraining loss", {"cpt/loss": "loss"}, note="cross-entropy a token"),
    Chart("Preference margin", {"preference/margin": "in training", "eval/margin": "held out"}),
    Chart("Weight of a pair", {"weight/mean": "mean", "weight/low": "low tenth", "weight/high": "high tenth"}),
    Chart("Gradient norm", {"grad_norm": "before clipping"}),
    Chart("KL to the reference policy", {"kl/reference": "KL"}),
    Chart("Entropy", {"entropy": "entropy"}, note="nats a token; a fall to 0 ends exploration"),
    Chart("Clipped tokens", {"clip/low": "below", "clip/high": "above"}, axis="share"),
    Chart("Rollout against trainer", {"gap/mean": "mean", "gap/max": "largest"}, axis="log", note="|log-prob gap|"),
    Chart("Largest ratio", {"ratio/max": "new to old policy"}),
    Chart("Learning rate", {"lr": "learning rate"}),
    Chart(
        "Time of a step",
        {
            "seconds/generate": "generate",
            "seconds/score_wait": "wait for scores",
            "seconds/update": "update",
            "seconds/sync": "sync weights",
        },
        stacked=True,
        note="seconds",
    ),
    Chart("Throughput", {"tokens/per_second": "generated tokens a second"}),
)

_PARTS: Final = Chart("Parts of the reward", {}, note="mean score")
_SOURCES: Final = Chart("Reward by source", {}, note="mean over the scored samples")
_HELD_OUT_SOURCES: Final = Chart("Held out by source", {}, note="tasks never trained on")
_LATENCY: Final = Chart("Slowest verdicts", {}, axis="log", note="99th percentile, ms")

SFT_CHARTS: Final = (Chart("Supervised warm-up", {"sft/loss": "loss"}, note="cross-entropy a token"),)
HELD_OUT: Final = (
    Chart("Held out", {"eval/loss": "loss"}, note="nats a token"),
    Chart("Held out", {"eval/bits_per_byte": "bits per byte"}),
)


def chart_data(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The charts of a run as JSON data, those without a single number left out.

    Args:
        lines: Of `read_metrics`.

    >>> [chart["title"] for chart in chart_data([{"step": 1, "loss": 0.5, "reward/mean": None}])]
    ['Loss']
    """
    supervised = [line for line in lines if line.get("stage") == "sft"]
    # A run of the supervised stage alone has its evaluations among the supervised lines.
    main = [line for line in lines if not line.get("stage")] or supervised
    plan = [*CHARTS, *HELD_OUT, *_by_name(main, "latency/(.+)/p99_ms", _LATENCY)]
    plan[1:1] = [
        *_by_name(main, "reward/(.+)/mean", _PARTS),
        *_by_name(main, "sources/(.+)/reward", _SOURCES),
        *_by_name(main, "eval/strict/(.+)", _HELD_OUT_SOURCES),
    ]
    drawn = [*(_drawn(chart, main) for chart in plan), *(_drawn(chart, supervised) for chart in SFT_CHARTS)]
    return [chart for chart in drawn if chart["series"]]


def _by_name(lines: Sequence[Mapping[str, Any]], pattern: str, chart: Chart) -> list[Chart]:
    """The chart with the keys that hold the name of a reward or of a source; none without such keys."""
    keys = dict.fromkeys(key for line in lines for key in line)
    named = {match[0]: match[1] for key in keys if (match := re.fullmatch(pattern, key))}
    return [replace(chart, keys=named)] if named else []


def _drawn(chart: Chart, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    series: list[dict[str, Any]] = []
    for place, (key, name) in enumerate(chart.keys.items()):
        points = _points(lines, key, positive=chart.axis == "log")
        if points and not (chart.stacked and not any(value for _, value in points)):
            color = chart.colors.get(key, place % 7)
            series.append({"name": name, "x": [x for x, _ in points], "y": [y for _, y in points], "color": color})
    return {"title": chart.title, "note": chart.note, "axis": chart.axis, "stacked": chart.stacked, "series": series}


def _points(lines: Sequence[Mapping[str, Any]], key: str, *, positive: bool) -> list[tuple[int, float]]:
    """Step and value, a point each step (a line written later wins), at most `MAX_POINTS`."""
    values: dict[int, float] = {}
    for line in lines:
        value = line.get(key)
        if isinstance(value, int | float) and math.isfinite(value) and (value > 0 or not positive):
            values[int(line["step"])] = float(value)
    points = sorted(values.items())
    width = math.ceil(len(points) / MAX_POINTS) or 1
    # A largest value that is averaged away was drawn for nothing.
    pooled = max if key.endswith("/max") else _mean
    chunks = [points[start : start + width] for start in range(0, len(points), width)]
    return [(chunk[-1][0], float(f"{pooled([value for _, value in chunk]):.6g}")) for chunk in chunks]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
