"""The environment `mt_follow`: constraint tasks drawn from a file of parallel text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from rlvr.errors import ConfigError, DataError
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.generating.lexicon import Parallel, learn_terms
from rlvr.rewards.constraints.generating.translation_tasks import TEMPLATE, Wanted, follow_task, read_rows
from rlvr.rewards.constraints.translation_wording import languages
from rlvr.sample import Task

_HELD_OUT_SHARE = 8


@dataclass(frozen=True)
class FollowTasks:
    """Tasks for `mt.follow` without end, from a JSON Lines file of one language pair.

    A row is held out when the hash of its source says so, one in eight, whatever the seed.

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
            sides[blake2b(row.source.encode(), digest_size=8).digest()[0] % _HELD_OUT_SHARE == 0].append(row)
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
