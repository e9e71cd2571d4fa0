"""Scores of a metric, standardised by language pair: (score - mean) / std, with means and deviations from a file.

A metric's scale differs from pair to pair: 0.8 is good of one and poor of another. The file is made once, from
verdicts on translations of each pair, and does not change in a run, so that a verdict depends on its sample alone:

    rlvr score mt.comet translations.jsonl --out judged.jsonl
    rlvr translation standards judged.jsonl --out standards.json

    {"mt.comet": {"en-de": {"mean": 0.81, "std": 0.06, "rows": 1000}, ...}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rlvr import Sample, Status, Verdict
from rlvr.compose import Combination, Composable, Scoring
from rlvr.errors import DataError
from rlvr.rewards.translation.fields import pair_of
from rlvr.sample import is_object

WIDTH: Final = 3.0
"""Standard deviations from the mean at which standardised scores are clipped; they lie in [-WIDTH, WIDTH]."""
FEWEST: Final = 30
"""Rows of a pair below which its mean and deviation are not to be relied on."""


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of a metric's scores in a language pair."""

    mean: float
    std: float


@dataclass(frozen=True)
class Standardised(Combination):
    """`part`, standardised by the language pair of the sample; made by `standardised`."""

    part: Composable
    standards: tuple[tuple[str, Standard], ...]

    @property
    def name(self) -> str:
        """As of the metric."""
        return f"standardised({self.part.name})"

    @property
    def range(self) -> tuple[float, float]:
        """Three standard deviations to both sides."""
        return -WIDTH, WIDTH

    @property
    def identity(self) -> str:
        """With the means and deviations in it."""
        listed = ", ".join(f"{pair}: {one.mean!r}±{one.std!r}" for pair, one in self.standards)
        return f"standardised({self.part.identity}, {listed})"

    def members(self) -> Sequence[Composable]:
        """The metric."""
        return (self.part,)

    def evaluate(self, samples: Sequence[Sample], scoring: Scoring) -> list[Verdict]:
        """The metric's verdicts, each score standardised; status `error` for a pair that the file does not have."""
        verdicts = self.part.evaluate(samples, scoring)
        return [self._of(sample, verdict) for sample, verdict in zip(samples, verdicts, strict=True)]

    def _of(self, sample: Sample, verdict: Verdict) -> Verdict:
        components = {self.part.name: verdict}
        if verdict.score is None:
            return replace(verdict, components=components)
        try:
            pair = str(pair_of(sample))
        except DataError as error:
            return Verdict.unscored(Status.ERROR, str(error), components=components, elapsed=verdict.elapsed)
        standard = dict(self.standards).get(pair)
        if standard is None:
            known = ", ".join(pair for pair, _ in self.standards)
            why = f"no mean of {self.part.name} for {pair}, only for {known}; `rlvr translation standards` estimates it"
            return Verdict.unscored(Status.ERROR, why, components=components, elapsed=verdict.elapsed)
        score = min(WIDTH, max(-WIDTH, (verdict.score - standard.mean) / standard.std))
        explanation = f"{self.part.name} {verdict.score:.3f}, of {pair} {standard.mean:.3f} ± {standard.std:.3f}"
        return replace(verdict, score=score, explanation=explanation, components=components)


def standardised(part: Composable, file: str | Path) -> Standardised:
    """A metric, standardised by language pair.

    Args:
        part: The metric.
        file: What `rlvr translation standards` wrote.

    Raises:
        DataError: The file is not there, is none of that kind, or does not have the metric.
    """
    path = Path(file)
    try:
        held: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}.", hint="`rlvr translation standards` makes it.") from error
    metrics = held if is_object(held) else {}
    if part.name not in metrics:
        raise DataError(f"{path} has no `{part.name}`, only {', '.join(metrics) or 'nothing'}.", hint=_HOW)
    return Standardised(part, tuple(sorted(_standards(path, part.name, metrics[part.name]))))


_HOW: Final = (
    "Run `rlvr score NAME translations.jsonl --out judged.jsonl`, then `rlvr translation standards judged.jsonl`."
)


def _standards(path: Path, name: str, pairs: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, Standard]]:
    for pair, numbers in pairs.items():
        try:
            standard = Standard(float(numbers["mean"]), float(numbers["std"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: `{name}`, `{pair}` is not {{mean, std}}: {error}.") from error
        if not (math.isfinite(standard.mean) and math.isfinite(standard.std) and standard.std > 0):
            raise DataError(f"{path}: `{name}`, `{pair}` has mean {standard.mean} and std {standard.std}.")
        yield pair, standard


def estimated(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation (ddof=1) of the scores of each pair.

    Args:
        rows: `{"data": {"source_language", "target_language", ...}, "verdict": {"score", ...}}`; rows without a score
            are passed over.

    Raises:
        DataError: A row without a verdict or a pair; a pair with fewer than 30 scores, or with equal ones.

    >>> data = {"source_language": "en", "target_language": "de"}
    >>> estimated({"data": data, "verdict": {"score": i % 2}} for i in range(100))
    {'en-de': {'mean': 0.5, 'std': 0.502519, 'rows': 100}}
    """
    scores: dict[str, list[float]] = {}
    for number, row in enumerate(rows, 1):
        if "verdict" not in row:
            raise DataError(f"Row {number} has no `verdict`.", hint=_HOW)
        try:
            pair = str(pair_of(Sample("", data=row.get("data") or {})))
        except DataError as error:
            raise DataError(f"Row {number}: {error.message}", hint=error.hint) from error
        if (score := row["verdict"].get("score")) is not None:
            scores.setdefault(pair, []).append(float(score))
    found: dict[str, dict[str, float]] = {}
    for pair, values in sorted(scores.items()):
        mean = math.fsum(values) / len(values)
        std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))
        if len(values) < FEWEST or not std:
            raise DataError(
                f"{pair} has {len(values)} scores, with a deviation of {std:g}: too few, or all equal.",
                hint=f"Judge at least {FEWEST} different translations of each pair.",
            )
        found[pair] = {"mean": round(mean, 6), "std": round(std, 6), "rows": len(values)}
    return found
