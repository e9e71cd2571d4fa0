"""A text to translate, a right translation of it, and maybe another one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rlvr import Sample
from rlvr.envs.translation_prompts import prompt_for

HERE = Path(__file__).parent
TAGS = {"no": "nb", "zh": "zh-Hans"}
"""The tags of the languages that paraphrases and hacks name by a shorter one."""


@dataclass(frozen=True)
class Item:
    """A source and a right translation; `other` is an independent one, where there is one."""

    source_language: str
    target_language: str
    source: str
    target: str
    other: str = ""

    def sample(self, completion: str, *, reference: str | None) -> Sample:
        """An answer to the request for this translation."""
        return Sample(
            completion,
            reference=reference,
            prompt=prompt_for(self.source, self.source_language, self.target_language),
            data={
                "source": self.source,
                "source_language": self.source_language,
                "target_language": self.target_language,
            },
        )


def read_paraphrases(folder: Path = HERE / "paraphrases") -> dict[str, list[Item]]:
    """Sentences with two independent translations, by target language; written without sight of the guards."""
    found: dict[str, list[Item]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found[path.stem] = [
            Item("en", TAGS.get(path.stem, path.stem), row["source"], row["reference"], row["other"]) for row in rows
        ]
    return found
