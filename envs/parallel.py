"""Translation tasks from parallel text: a JSONL file with a source and its translation in every row."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rlvr.envs.drawing import is_held_out
from rlvr.envs.translation_prompts import prompt_for
from rlvr.errors import ConfigError, DataError
from rlvr.sample import Message, Task, is_list, is_object


@dataclass(frozen=True)
class Parallel:
    """Rows in an order drawn from the seed, again from the start when all were given; one in eight sources is held out.

        rlvr train ... data.env=parallel reward=mt.quality
            'data.env_args={file: rows.jsonl, source_language: en, target_language: de, reference: post_edit}'

    Args:
        file: JSON lines.
        source_language: BCP-47 tag.
        target_language: BCP-47 tag.
        source: Key of the source text.
        reference: Key of its translation, a text or a list of them.
        template: Of `rlvr.envs.translation_prompts`, or one's own.
        sentences: Consecutive rows that make one task, joined by line breaks: documents, with template `document`.
        chat: Ask in a user's turn of the model's chat template, not in plain text.

    Raises:
        ConfigError: The file cannot be read, a row lacks one of the two, or no row lies on one side.
    """

    file: str
    source_language: str
    target_language: str
    source: str = "source"
    reference: str = "reference"
    template: str = "tower"
    sentences: int = 1
    chat: bool = True
    _sides: dict[bool, list[tuple[str, list[str]]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.sentences < 1:
            raise ConfigError([f"sentences: `{self.sentences}` must be at least 1."])
        try:
            prompt_for("x", self.source_language, self.target_language, self.template)
        except DataError as error:
            raise ConfigError([f"template: {error.message} {error.hint}"]) from None
        rows = self._rows()
        texts = [self._joined(rows[i : i + self.sentences]) for i in range(0, len(rows), self.sentences)]
        sides = {side: [text for text in texts if is_held_out(text[0]) == side] for side in (False, True)}
        if not all(sides.values()):
            raise ConfigError([f"file: {self.file} has {len(texts)} texts: too few to hold some out."])
        object.__setattr__(self, "_sides", sides)

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        return self._task(index, seed, held_out=False)

    def held_out(self, index: int, seed: int) -> Task:
        """A task whose source `train` never gives."""
        return self._task(index, seed, held_out=True)

    def _task(self, index: int, seed: int, *, held_out: bool) -> Task:
        texts = self._sides[held_out]
        turn, place = divmod(index, len(texts))
        source, references = texts[_order(f"{seed}/{turn}/{held_out}", len(texts))[place]]
        prompt = prompt_for(source, self.source_language, self.target_language, self.template)
        return Task(
            (Message("user", prompt),) if self.chat else prompt,
            reference=references[0] if len(references) == 1 else list(references),
            demonstration=references[0],
            data={
                "source": source,
                "source_language": self.source_language,
                "target_language": self.target_language,
            },
            id=f"parallel/{'held-out' if held_out else 'train'}/{seed}/{index}",
        )

    def _rows(self) -> list[tuple[str, list[str]]]:
        try:
            lines = Path(self.file).expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"file: {self.file} cannot be read: {error}."]) from None
        rows = list[tuple[str, list[str]]]()
        for number, line in enumerate(lines, 1):
            try:
                row: object = json.loads(line)
            except ValueError as error:
                raise ConfigError([f"file: {self.file}, line {number}, is no JSON: {error}."]) from None
            rows.append(self._row(row, number))
        return rows

    def _row(self, row: object, number: int) -> tuple[str, list[str]]:
        known = row if is_object(row) else {}
        source, given = known.get(self.source), known.get(self.reference)
        references = given if is_list(given) else [given]
        texts = [text for text in references if isinstance(text, str) and text.strip()]
        if not isinstance(source, str) or not source.strip():
            raise ConfigError([f"source: {self.file}, line {number}, has no text `{self.source}`; {_listed(known)}."])
        if not texts or len(texts) < len(references):
            raise ConfigError(
                [f"reference: {self.file}, line {number}, has no text `{self.reference}`; {_listed(known)}."]
            )
        return source, texts

    def _joined(self, rows: list[tuple[str, list[str]]]) -> tuple[str, list[str]]:
        if len(rows) == 1:
            return rows[0]
        return "\n".join(source for source, _ in rows), ["\n".join(references[0] for _, references in rows)]


@lru_cache(maxsize=8)
def _order(seed: str, count: int) -> list[int]:
    draw = random.Random(seed)
    # Of all draws only `random()` is promised to stay the same from one Python to the next.
    return sorted(range(count), key=[draw.random() for _ in range(count)].__getitem__)


def _listed(row: dict[str, Any]) -> str:
    return f"it has {', '.join(row)}" if row else "it is no object"
