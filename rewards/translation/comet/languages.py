"""Languages that the encoders of learned metrics were trained on; another one is named once.

COMET's checkpoints stand on XLM-R (Conneau et al. 2020, CC-100), MetricX on mT5 (Xue et al. 2021, mC4). About a
language that its encoder has hardly seen a metric says little, and nothing in its score shows it.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Final

from rlvr import Sample
from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.translation.comet.settings import Kind

_KNOWN: Final = {
    "comet": (
        "XLM-R",
        "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is"
        " it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk"
        " sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh",
    ),
    "metricx": (
        "mT5",
        "af am ar az be bg bn ca ceb co cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha haw he hi hmn ht hu hy"
        " id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mi mk ml mn mr ms mt my ne nl no ny pa pl ps pt ro"
        " ru sd si sk sl sm sn so sq sr st su sv sw ta te tg th tl tr uk ur uz vi xh yi yo zh zu",
    ),
}


def name_unknown_languages(sample: Sample, checkpoint: str, kind: Kind) -> None:
    """Warns of a language of a task that the checkpoint's encoder was not trained on, once for each of them."""
    for field in ("source_language", "target_language"):
        tag = sample.data.get(field)
        if isinstance(tag, str) and tag:
            _name(tag, checkpoint, kind)


@cache
def _name(tag: str, checkpoint: str, kind: Kind) -> None:
    encoder, known = _KNOWN[kind]
    language = canonical(tag)
    if language not in known.split():
        warnings.warn(
            f"{checkpoint}: its encoder, {encoder}, was not trained on `{tag}`; its scores say little about it",
            stacklevel=2,
        )
