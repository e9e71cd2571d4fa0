"""`mt.comet`, `mt.kiwi`, `mt.xcomet`, `mt.metricx`: learned metrics as rewards, and the same of other checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from rlvr import Reward, Sample, Verdict, batch_reward
from rlvr.rewards.translation.comet.actor import metric_of
from rlvr.rewards.translation.comet.languages import name_unknown_languages
from rlvr.rewards.translation.comet.metric import Result, Span
from rlvr.rewards.translation.comet.segments import Several, mean, score_samples
from rlvr.rewards.translation.comet.settings import Choice, Kind, settings_of

References = Literal["needed", "unused", "optional"]

MODELS: Final = {
    "Unbabel/wmt22-comet-da": "Apache-2.0",
    "Unbabel/eamt22-cometinho-da": "Apache-2.0",
    "Unbabel/unite-mup": "Apache-2.0",
    "Unbabel/wmt22-unite-da": "CC-BY-NC-SA-4.0: not for commercial use",
    "Unbabel/wmt22-cometkiwi-da": "CC-BY-NC-SA-4.0: not for commercial use; accept it on its page",
    "Unbabel/wmt23-cometkiwi-da-xl": "CC-BY-NC-SA-4.0: not for commercial use; accept it on its page",
    "Unbabel/wmt23-cometkiwi-da-xxl": "CC-BY-NC-SA-4.0: not for commercial use; accept it on its page",
    "Unbabel/XCOMET-XL": "CC-BY-NC-SA-4.0: not for commercial use; accept it on its page",
    "Unbabel/XCOMET-XXL": "CC-BY-NC-SA-4.0: not for commercial use; accept it on its page",
    "google/metricx-24-hybrid-large-v2p6": "Apache-2.0",
    "google/metricx-24-hybrid-xl-v2p6": "Apache-2.0",
    "google/metricx-24-hybrid-xxl-v2p6": "Apache-2.0",
}
"""Models on the hub, and their licences."""

_TAKES: Final[dict[References, bool | None]] = {"needed": True, "unused": False, "optional": None}
_TENS: Final = {"minor": 1, "major": 5, "critical": 10}


def comet_reward(
    name: str,
    checkpoint: str | Choice,
    *,
    references: References = "needed",
    range: tuple[float, float] = (0.0, 1.0),
    several: Several = "best",
) -> Reward[list[Verdict]]:
    """A reward from any COMET checkpoint.

    Its score is the model's, cut to `range`; `metrics["raw"]` is the model's own. See
    `rlvr.rewards.translation.fields` for what a task holds.

    Args:
        name: Of the reward, `domain.what`.
        checkpoint: A folder (`hparams.yaml` beside `checkpoints/model.ckpt`), its `model.ckpt`, or a name on the hub.
        references: What the model makes of reference translations.
        range: Lowest and highest score; a model of 2020 or 2021 gives z-scores, about -2 to 1.5.
        several: Of several references the one with the highest score counts (`best`), or the mean over all (`mean`).

    >>> mine = comet_reward("docs.comet", "wmt22-unite-da", references="optional")
    >>> mine.check("", data={"source": "Hello!"}).explanation
    'the answer holds no translation'
    """
    return _declared(name, "comet", checkpoint, references, range, _plain, several)


def metricx_reward(name: str, checkpoint: str | Choice, *, use_references: bool = True) -> Reward[list[Verdict]]:
    """A reward from any MetricX-24 checkpoint: 1 - error / 25, with the error in `metrics["metricx"]`.

    Args:
        name: Of the reward, `domain.what`.
        checkpoint: A folder or a name on the hub.
        use_references: Whether the model sees the reference where there is one.
    """
    references: References = "optional" if use_references else "unused"
    return _declared(name, "metricx", checkpoint, references, (0.0, 1.0), _error)


def _declared(
    name: str,
    kind: Kind,
    checkpoint: str | Choice,
    references: References,
    range: tuple[float, float],
    write: Callable[[list[Result]], tuple[float, dict[str, float]]],
    several: Several = "best",
) -> Reward[list[Verdict]]:
    choice = checkpoint if isinstance(checkpoint, Choice) else Choice("", checkpoint)
    low, high = range

    @batch_reward(name, batch_size=512, timeout=3600.0, concurrency=8, range=range, cache=True)
    def score(samples: list[Sample]) -> list[Verdict]:
        asked = metric_of(settings_of(choice.checkpoint, kind))
        for sample in samples:
            name_unknown_languages(sample, choice.checkpoint, kind)
        verdicts: list[Verdict] = []
        for sample, found in zip(samples, score_samples(asked, samples, _TAKES[references], several), strict=True):
            if isinstance(found, Verdict):
                lowest = found if found.score is None else Verdict(low, explanation=found.explanation)
                verdicts.append(lowest)
                continue
            value, metrics = write(found)
            text = (sample.answer or "").strip()
            verdicts.append(
                Verdict(
                    min(high, max(low, value)),
                    extracted=text,
                    explanation=_explained(choice.checkpoint, found, text),
                    metrics=metrics,
                )
            )
        return verdicts

    return score


def _plain(found: list[Result]) -> tuple[float, dict[str, float]]:
    names = found[0].parts
    parts = {name: sum(one.parts[name] for one in found) / len(found) for name in names}
    spans = [span for one in found for span in one.spans]
    counts = {f"{kind}_errors": float(sum(span.severity == kind for span in spans)) for kind in _TENS}
    if spans:
        parts["errors_not_counted"] = float(sum(not span.counted for span in spans))
    return mean(found), {"raw": mean(found), **parts, **(counts if "mqm" in names else {})}


def _error(found: list[Result]) -> tuple[float, dict[str, float]]:
    error = mean(found)
    return 1.0 - error / 25.0, {"metricx": error}


def _explained(checkpoint: str, found: list[Result], text: str) -> str:
    where = f"{checkpoint}: {mean(found):.4f}"
    if len(found) > 1:
        return f"{where}, the mean of {len(found)} parts"
    errors = [_said(span, text) for span in found[0].spans]
    return f"{where}; {', '.join(errors)}" if errors else where


def _said(span: Span, text: str) -> str:
    note = "" if span.counted else ", to the end and so not counted"
    return f"{span.severity} {text[span.start : span.end]!r} ({span.start}-{span.end}, {span.confidence:.2f}{note})"


comet = comet_reward("mt.comet", Choice("RLVR_MT_COMET", "Unbabel/wmt22-comet-da"))
kiwi = comet_reward("mt.kiwi", Choice("RLVR_MT_KIWI", "Unbabel/wmt22-cometkiwi-da"), references="unused")
xcomet = comet_reward("mt.xcomet", Choice("RLVR_MT_XCOMET", "Unbabel/XCOMET-XL"), references="optional")
metricx = metricx_reward("mt.metricx", Choice("RLVR_MT_METRICX", "google/metricx-24-hybrid-large-v2p6"))
