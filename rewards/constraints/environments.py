"""The environments `instructions` and `mt_follow`: tasks whose constraints are drawn, as many as are wanted.

One request or source in eight, whatever the seed, is held out with all constraints that may be put on it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from rlvr import Task
from rlvr.errors import ConfigError, DataError, did_you_mean
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.generating.drawing import Lot, constrain, material, spoken
from rlvr.rewards.constraints.generating.lexicon import Parallel, learn_terms
from rlvr.rewards.constraints.generating.translation_tasks import TEMPLATE, Wanted, follow_task, read_rows
from rlvr.rewards.constraints.wording import languages

_HELD_OUT_SHARE = 8
_MAX_DRAWS = 2000


@dataclass(frozen=True)
class Instructions:
    """Requests for a text, each with constraints that can be met together, for `instructions.follow`.

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
        known = sorted(spoken())
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


@dataclass(frozen=True)
class FollowTasks:
    """Tasks for `mt.follow` without end, from a JSON Lines file of one language pair.

    Args:
        path: Rows `{"source": ..., "reference": ..., "source_language": "en", "target_language": "de"}`.
        most: Constraints of a task, at most.
        language: Of the rules in the prompt (en, de, es, fr, it, pt, zh, ru), or `target`.
        template: Of the prompt, below the rules; `{source}`, `{source_name}` and `{target_name}` are filled in.
        kinds: Only constraints whose id begins so, `["terms", "numbers:same"]`; all where it is empty.

    Raises:
        ConfigError: The file cannot be read, or an argument makes no task.
    """

    path: str
    most: int = 3
    language: str = "en"
    template: str = TEMPLATE
    kinds: tuple[str, ...] = ()
    _sides: tuple[list[Parallel], list[Parallel]] = field(init=False, repr=False)
    _terms: list[Term] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ConfigError([f"most: `{self.most}` must be at least 1."])
        if "{source}" not in self.template:
            raise ConfigError([f"template: {self.template!r} has no {{source}} in it."])
        if self.language not in ("target", *languages()):
            raise ConfigError([f"language: `{self.language}` is none of target, {', '.join(languages())}."])
        rows = self._read()
        pairs = sorted({str(row.pair) for row in rows})
        if len(pairs) != 1:
            raise ConfigError(
                [f"path: {self.path} has rows of {', '.join(pairs) or 'no pair'}; it is one pair a file."]
            )
        sides: tuple[list[Parallel], list[Parallel]] = ([], [])
        for row in rows:
            sides[_is_held_out(row.source)].append(row)
        if not all(sides):
            raise ConfigError([f"path: {self.path} has {len(rows)} rows, too few to hold some out."])
        object.__setattr__(self, "_sides", sides)
        object.__setattr__(self, "_terms", learn_terms(rows))

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return follow_task(self._sides[0], self._terms, f"train/{seed}/{index}", self._wanted())

    def held_out(self, index: int, seed: int) -> Task:
        """A task whose sentences `train` never gives."""
        return follow_task(self._sides[1], self._terms, f"held-out/{seed}/{index}", self._wanted())

    def _wanted(self) -> Wanted:
        return Wanted(self.most, self.language, self.template, tuple(self.kinds))

    def _read(self) -> list[Parallel]:
        try:
            lines = Path(self.path).read_text(encoding="utf-8").splitlines()
            return read_rows([json.loads(line) for line in lines if line.strip()])
        except (OSError, ValueError) as error:
            said = error.message if isinstance(error, DataError) else str(error)
            raise ConfigError([f"path: {self.path} cannot be read: {said}"]) from None


def _is_held_out(text: str) -> bool:
    # By the hash of the text alone, so that no seed moves it to the other side.
    return blake2b(text.encode(), digest_size=8).digest()[0] % _HELD_OUT_SHARE == 0
