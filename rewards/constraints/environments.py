"""The environment `instructions`: requests in eight languages with drawn constraints, as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from rlvr import Task
from rlvr.errors import ConfigError, did_you_mean
from rlvr.rewards.constraints.generating.drawing import Lot, constrain, material
from rlvr.rewards.constraints.wording import wordings

_HELD_OUT_SHARE = 8
_MAX_DRAWS = 2000


@dataclass(frozen=True)
class Instructions:
    """Requests for a text, each with constraints that can be met together, for `instructions.follow`.

    One request in eight, whatever the seed, is held out with all constraints that may be put on it.

    Args:
        languages: Of the requests, in which the constraints are asked for too.
        least: Fewest constraints on a request.
        most: Most constraints on a request.

    Raises:
        ConfigError: A language without material, or bounds that leave no number.

    >>> task = Instructions(languages=("fr",)).train(0, seed=0)
    >>> task.id, task.reward, task.data
    ('instructions/train/0/0', 'instructions.follow', {'language': 'fr'})
    """

    languages: tuple[str, ...] = ("en",)
    least: int = 1
    most: int = 3

    def __post_init__(self) -> None:
        known = sorted(wordings().relations)
        problems = [
            f"languages: there is no `{one}`; it is one of {', '.join(known)}.{did_you_mean(one, known)}"
            for one in self.languages
            if one not in known
        ]
        if not self.languages:
            problems.append(f"languages: name at least one of {', '.join(known)}.")
        if not 1 <= self.least <= self.most <= 10:
            problems.append(f"least, most: `{self.least}` and `{self.most}` must be from 1 to 10, in this order.")
        if problems:
            raise ConfigError(problems)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return self._task(index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task on a request that `train` never gives."""
        return self._task(index, seed, held_out=True)

    def _task(self, index: int, seed: int, *, held_out: bool) -> Task:
        id = f"instructions/{'held-out' if held_out else 'train'}/{seed}/{index}"
        lot = Lot(id)
        for _ in range(_MAX_DRAWS):
            language = lot.one_of(self.languages)
            kind, subject = lot.one_of(material(language).kinds), lot.one_of(material(language).subjects)
            if _is_held_out(f"{kind}/{subject}") == held_out:
                prompt = kind.format(subject=subject)
                return constrain(prompt, language, count=lot.between(self.least, self.most), seed=id, id=id)
        raise ConfigError(["data.env_args.languages: none of their requests lies on that side of the split."])


def _is_held_out(request: str) -> bool:
    return blake2b(request.encode(), digest_size=8).digest()[0] % _HELD_OUT_SHARE == 0
