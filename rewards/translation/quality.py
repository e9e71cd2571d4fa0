"""`mt.quality`, and `quality` to make one of other metrics: guards first, metrics behind, another one watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rlvr import Sample, Verdict, gate, get_reward, reward, watch
from rlvr.compose import Composable, watched
from rlvr.errors import RewardDefinitionError
from rlvr.rewards.translation.guards import guards
from rlvr.rewards.translation.standards import standardised
from rlvr.rewards.translation.surface import bleu, chrf, chrf_above_chance


@reward("mt.quality")
def of_surface(sample: Sample) -> Verdict:
    """Guards, then chrF2 above what unrelated text has, BLEU watched beside it: no model, the same on every machine.

    0 for what a guard stops, else `mt.chrf_above_chance`. With COMET or another metric at hand `quality` composes the
    like.

    Args:
        sample: A translation task with `reference`; `data` as for `mt.guards`, `mt.chrf` and `mt.bleu`.

    Raises:
        DataError: The task lacks source, languages or reference (status `error`).

    >>> task = {"source": "The house is red.", "source_language": "en", "target_language": "de"}
    >>> of_surface.check("Das Haus ist rot.", reference="Das Haus ist rot.", data=task).score
    1.0
    >>> of_surface.check("The house is red.", reference="Das Haus ist rot.", data=task).explanation
    'copied: it is the source, and no reference is'
    """
    verdicts = {"mt.guards": guards(sample), "mt.chrf_above_chance": chrf_above_chance(sample)}
    passed, similar = verdicts.values()
    if passed.score == 0.0:
        return Verdict(
            0.0, extracted=passed.extracted, explanation=passed.explanation, components={"mt.guards": passed}
        )
    held_out = verdicts["mt.bleu"] = bleu(sample)
    metrics = watched("mt.bleu", similar.score or 0.0, held_out.score or 0.0)
    return replace(similar, metrics=metrics, components=verdicts)


def quality(
    *metrics: str | Composable,
    standards: str | Path | None = None,
    chrf_weight: float = 0.0,
    watching: str | Composable | None = None,
    guarded_by: str | Composable = guards,
) -> Composable:
    """Guards, then the mean of metrics, standardised by language pair; another metric held out and watched.

        # rewards.py, then: rlvr train ... reward=rewards.py:mine
        mine = quality("mt.comet", standards="standards.json", chrf_weight=0.2, watching="mt.metricx")

    Args:
        metrics: Rewards or their names: `mt.comet`, `mt.kiwi`, `mt.chrf`, ...
        standards: What `rlvr translation standards` wrote, with every metric in it (and `mt.chrf` where it is blended
            in): scores are then in standard deviations, from -3, which is what a guard's failure earns, to 3. Without
            it they are the metrics' own: right for one metric and one language pair, or pairs that are never compared.
        chrf_weight: The share that `mt.chrf` has in the score, from 0 to below 1; it needs references.
        watching: A metric of another family, that takes no part.
        guarded_by: Another set of guards.

    Raises:
        RewardDefinitionError: No metric; a weight outside [0, 1); several metrics of different ranges without
        standards. DataError: The standards cannot be read, or lack a metric.

    >>> made = quality("mt.chrf", watching="mt.bleu")
    >>> made.name
    'gate(mt.guards, then=watch(mt.chrf_above_chance, beside=mt.bleu))'
    """
    if not metrics or not 0.0 <= chrf_weight < 1.0:
        raise RewardDefinitionError(
            f"`quality` got {len(metrics)} metrics and chrf_weight={chrf_weight}.",
            hint='It is called with at least one metric, `quality("mt.comet")`, and a chrf_weight from 0 to below 1.',
        )
    chosen = [get_reward(metric) for metric in metrics]
    weights = [(1.0 - chrf_weight) / len(chosen)] * len(chosen)
    if chrf_weight:
        chosen, weights = [*chosen, chrf], [*weights, chrf_weight]
    whole = _blended(chosen, weights, standards)
    if watching is not None:
        whole = watch(whole, beside=get_reward(watching))
    return gate(get_reward(guarded_by), then=whole)


def _blended(metrics: Sequence[Composable], weights: Sequence[float], standards: str | Path | None) -> Composable:
    if standards is not None:
        parts: list[Composable] = [standardised(metric, standards) for metric in metrics]
    else:
        if len({metric.range for metric in metrics}) > 1:
            listed = ", ".join(f"{metric.name} in {list(metric.range)}" for metric in metrics)
            raise RewardDefinitionError(
                f"Metrics of different ranges cannot be added up: {listed}.", hint="Give `standards`."
            )
        parts = [_above_chance(metric) for metric in metrics]
    if len(parts) == 1:
        return parts[0]
    return sum((weight * part for weight, part in zip(weights, parts, strict=True)), start=0)  # pyright: ignore


def _above_chance(metric: Composable) -> Composable:
    return chrf_above_chance if metric.name == "mt.chrf" else metric
