"""The Pareto plot as a page that holds all it needs."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from string import Template
from typing import Any, Final

from rlvr.evaluation.bootstrap import Estimate
from rlvr.evaluation.comparing import Point

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Translation against general ability</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
#plot { height: 34rem; }
table { border-collapse: collapse; } td, th { padding: .2rem 1rem .2rem 0; text-align: left; }
</style>
<script>$plotly</script>
</head>
<body>
<h1>Translation against general ability</h1>
<p>Translation: $translation. General: $general. Means of the suites' main metrics with 95 % intervals; the line joins
the models that no other beats on both axes.</p>
<div id="plot"></div>
<table><thead><tr><th>model</th><th>general</th><th>translation</th></tr></thead><tbody>$rows</tbody></table>
<script>Plotly.newPlot("plot", $traces, $layout, {responsive: true, displaylogo: false});</script>
</body>
</html>
""")


def pareto_page(points: Sequence[Point], *, translation: Sequence[str], general: Sequence[str]) -> str:
    """The page.

    Args:
        points: Of `pareto`.
        translation: Suites of that axis.
        general: Suites of the other.
    """
    from plotly.offline import get_plotlyjs  # pyright: ignore[reportMissingTypeStubs]

    front = sorted((point for point in points if point.leads), key=lambda point: point.general.value)
    traces: list[dict[str, Any]] = [
        {
            "x": [point.general.value for point in front],
            "y": [point.translation.value for point in front],
            "mode": "lines",
            "line": {"shape": "hv", "dash": "dot", "color": "#999"},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "x": [point.general.value for point in points],
            "y": [point.translation.value for point in points],
            # plotly reads a label as a kind of HTML.
            "text": [html.escape(point.model) for point in points],
            "error_x": _bars([point.general for point in points]),
            "error_y": _bars([point.translation for point in points]),
            "mode": "markers+text",
            "textposition": "top center",
            "marker": {"size": 11, "color": ["#1f6fb4" if point.leads else "#b0b7bf" for point in points]},
            "showlegend": False,
        },
    ]
    axes = {"xaxis": {"title": {"text": "general ability"}}, "yaxis": {"title": {"text": "translation"}}}
    return _PAGE.substitute(
        plotly=get_plotlyjs(),
        translation=html.escape(", ".join(translation)),
        general=html.escape(", ".join(general)),
        rows="".join(map(_row, points)),
        traces=_script(traces),
        layout=_script({**axes, "margin": {"t": 20}, "template": "none"}),
    )


def _bars(estimates: Sequence[Estimate]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [one.high - one.value for one in estimates],
        "arrayminus": [one.value - one.low for one in estimates],
        "thickness": 1,
        "color": "#999",
    }


def _row(point: Point) -> str:
    numbers = "".join(
        f"<td>{one.value:.3f} ({one.low:.3f} to {one.high:.3f})</td>" for one in (point.general, point.translation)
    )
    return f"<tr><td>{html.escape(point.model)}</td>{numbers}</tr>"


def _script(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")
