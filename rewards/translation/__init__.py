"""Translation: learned and surface metrics behind gates, and instructions on a translation that a machine verifies."""

from rlvr.rewards.translation.comet.rewards import comet_reward, metricx_reward
from rlvr.rewards.translation.error_spans import error_spans
from rlvr.rewards.translation.follow import follow
from rlvr.rewards.translation.guards import guards
from rlvr.rewards.translation.post_edit import post_edit
from rlvr.rewards.translation.preference import preference
from rlvr.rewards.translation.quality import of_surface, quality
from rlvr.rewards.translation.surface import bleu, chrf, chrf_above_chance

__all__ = [
    "bleu",
    "chrf",
    "chrf_above_chance",
    "comet_reward",
    "error_spans",
    "follow",
    "guards",
    "metricx_reward",
    "of_surface",
    "post_edit",
    "preference",
    "quality",
]
