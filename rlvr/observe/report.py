"""`report.html`: a run on one page that needs no network, to send to somebody or to open in ten years."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import fsum
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from rlvr.errors import shortened
from rlvr.observe.charts import chart_data
from rlvr.observe.examples import LONGEST_TEXT, example_groups, visible
from rlvr.observe.files import storable, write_text
from rlvr.observe.metrics import read_metrics
from rlvr.observe.progress import duration
from rlvr.observe.provenance import read_provenance
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Json, is_object

_TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A measure at the start and the end of a run.

    >>> Outcome("held out, strict", 0.25, 0.75).change
    '+0.500'
    """

    name: str
    before: float | None
    after: float | None

    @property
    def change(self) -> str:
        """With its sign; empty when one side is unknown."""
        return "" if self.before is None or self.after is None else f"{self.after - self.before:+.3f}"


def write_report(folder: RunFolder | Path | str) -> Path:
    """Write `report.html` from what the run has left so far, also of a run that died early.

    Returns:
        The page's path.

    Raises:
        CheckpointError: There is no run at that path.
        DataError: A file of the run cannot be read.
    """
    folder = folder if isinstance(folder, RunFolder) else RunFolder.open(folder)
    lines = read_metrics(folder)
    config_text = folder.config_path.read_text(encoding="utf-8", errors="replace")
    record = read_provenance(folder)
    page = _template().render(
        name=folder.path.resolve().name,
        facts=_facts(lines, _config(config_text), record),
        outcomes=outcomes(lines),
        charts=chart_data(lines),
        groups=example_groups(folder),
        config=config_text,
        provenance=_flat(record),
        plotly=Markup(_plotly()),
        # The page's policy lets only scripts with this word run, whatever a completion smuggles in.
        nonce=secrets.token_urlsafe(16),
    )
    write_text(folder.report_path, page)
    return folder.report_path


def outcomes(lines: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """The result of a run: held-out scores of the first and the last evaluation, rewards of the first and last tenth.

    >>> outcomes([{"step": 0, "eval/strict": 0.1}, {"step": 9, "eval/strict": 0.9}])[0].change
    '+0.800'
    """
    found: list[Outcome] = []
    keys = {"eval/strict": "held out, strict", "eval/lenient": "held out, lenient"}
    # Where there are several sources of tasks, what each of them came to.
    sources = dict.fromkeys(key for line in lines for key in line if key.startswith("eval/strict/"))
    for key, name in (keys | {key: f"held out, {key.removeprefix('eval/strict/')}" for key in sources}).items():
        if values := _values(lines, key):
            found.append(Outcome(name, values[0], values[-1] if len(values) > 1 else None))
    if rewards := _values(lines, "reward/mean"):
        tenth = max(len(rewards) // 10, 1)
        after = fsum(rewards[-tenth:]) / tenth if len(rewards) > 1 else None
        found.append(Outcome("reward in training", fsum(rewards[:tenth]) / tenth, after))
    return found


def _facts(
    lines: Sequence[Mapping[str, Any]], config: Mapping[str, Any], record: Mapping[str, Json]
) -> list[tuple[str, str]]:
    """What stands below the run's name; what is not known is left out."""
    done = max((int(line["step"]) for line in lines if not line.get("stage")), default=0)
    supervised = max((int(line["step"]) for line in lines if line.get("stage") == "sft"), default=0)
    run = config.get("run")
    planned: Any = run.get("steps") if is_object(run) else None
    failures = [*_values(lines, "samples/error"), *_values(lines, "samples/timeout")]
    steps = max(len(_values(lines, "samples/error")), 1)
    facts = {
        "recipe": str(config.get("recipe") or ""),
        "stage": str(config.get("stage") or ""),
        "reward": str(config.get("reward") or ""),
        "steps": f"{done} of {planned}" if planned else str(done),
        "supervised steps": str(supervised or ""),
        "time": _time_spent(lines),
        "rewards that failed": f"{fsum(failures) / steps:.2%}" if failures else "",
        "started": _moment(record.get("started")),
        "resumed": _count(record.get("resumed")),
        "on": str(record.get("hostname") or ""),
    }
    return [(name, value) for name, value in facts.items() if value]


def _time_spent(lines: Sequence[Mapping[str, Any]]) -> str:
    """Between first and last line, without the hours a run lay dead before it was resumed."""
    times = [float(line["time"]) for line in lines if "time" in line]
    pauses = sorted(after - before for before, after in pairwise(times))
    if not pauses:
        return ""
    usual = pauses[len(pauses) // 2]
    return duration(fsum(pause for pause in pauses if pause <= max(100 * usual, 600)))


def _count(resumed: Json) -> str:
    return f"{len(resumed)} times" if isinstance(resumed, list) and resumed else ""


def _values(lines: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    return [float(line[key]) for line in lines if isinstance(line.get(key), int | float)]


def _config(text: str) -> Mapping[str, Any]:
    try:
        parsed: object = yaml.safe_load(text)
    except yaml.YAMLError:
        # The page shows the text itself; only the header goes without it.
        return {}
    return parsed if is_object(parsed) else {}


def _flat(value: Json, path: str = "") -> list[tuple[str, str]]:
    """Nested JSON as lines of a table: `packages.torch`, `2.13.0`."""
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _flat(inner, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [line for place, inner in enumerate(value) for line in _flat(inner, f"{path}[{place}]")]
    return [(path, "unknown" if value is None else str(value))]


@cache
def _template() -> Template:
    # Not `select_autoescape`: it goes by the ending `.html` and would leave a `.j2` file unescaped.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(text=_text, number=_number, short=_short)
    return environment.from_string(files("rlvr.observe").joinpath(_TEMPLATE).read_text(encoding="utf-8"))


def _text(value: object, limit: int = LONGEST_TEXT) -> str:
    """For text from models, tasks and rewards; escaping comes on top, by the template."""
    return visible(shortened(storable(str(value)), limit))


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:g}"


def _moment(value: Json) -> str:
    try:
        return f"{datetime.fromisoformat(str(value or '')):%Y-%m-%d %H:%M %Z}"
    except ValueError:
        return ""


def _plotly() -> str:
    from plotly.offline import get_plotlyjs  # pyright: ignore[reportMissingTypeStubs]

    return get_plotlyjs()
