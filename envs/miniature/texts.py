"""What `cpt` and `sft` learn from, as files that mixtures read.

    cpt/qaa.jsonl  cpt/qab.jsonl      documents of a few sentences in one language
    cpt/parallel.jsonl                sentences and their translations
    cpt/instructions.jsonl            chats, a few
    sft/SKILL.jsonl                   chats of one skill, some with flaws

The first rows of each file are held out (`HELD_OUT` of them; `holdout` of a source): they are made of what no other row
has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rlvr.envs.drawing import Draw
from rlvr.envs.invented import SOURCE_LANGUAGE, TARGET_LANGUAGE
from rlvr.envs.miniature.environment import Miniature
from rlvr.envs.miniature.languages import LANGUAGES, draw_sentence
from rlvr.envs.miniature.skills import SKILLS
from rlvr.sample import Json, prompt_text

HELD_OUT: Final = 50
"""Rows at the beginning of each file that are held out."""

FLAWS: Final = 0.35
"""The share of flawed demonstrations in the chats of `sft`."""


def write_texts(folder: Path, *, seed: int = 0, documents: int = 4000, chats: int = 4000, flaws: float = FLAWS) -> None:
    """Writes all files; the same seed writes the same ones.

    Args:
        folder: Where `cpt` and `sft` are to lie.
        seed: Another one gives other texts, of the same split.
        documents: Rows of each file of `cpt`, beside those held out.
        chats: Rows of each file of `sft`, beside those held out.
        flaws: The share of flawed demonstrations in `sft`.
    """
    for language in LANGUAGES:
        _write(folder / "cpt" / f"{language}.jsonl", _documents(language, documents, seed))
    _write(folder / "cpt" / "parallel.jsonl", _pairs(documents, seed))
    _write(folder / "cpt" / "instructions.jsonl", _chats(tuple(SKILLS), documents, seed, flaws))
    for name in SKILLS:
        _write(folder / "sft" / f"{name}.jsonl", _chats((name,), chats, seed, flaws))


def _documents(language: str, count: int, seed: int) -> Iterator[dict[str, Json]]:
    for index, held_out in _places(count):
        draw = Draw(f"document/{language}/{seed}/{index}")
        sentences = [draw_sentence(draw, held_out=held_out) for _ in range(2 + draw.below(4))]
        yield {"text": " ".join(f"{sentence.written(language)}." for sentence in sentences)}


def _pairs(count: int, seed: int) -> Iterator[dict[str, Json]]:
    for index, held_out in _places(count):
        sentence = draw_sentence(Draw(f"pair/{seed}/{index}"), held_out=held_out)
        yield {"source": sentence.written(SOURCE_LANGUAGE), "target": sentence.written(TARGET_LANGUAGE)}


def _chats(skills: tuple[str, ...], count: int, seed: int, flaws: float) -> Iterator[dict[str, Json]]:
    # What is held out has no flaws: the loss there is that of right answers.
    env, sound = Miniature(skills, flaws), Miniature(skills)
    for index, held_out in _places(count):
        task = sound.held_out(index, seed) if held_out else env.train(index, seed)
        said = {"user": prompt_text(task.prompt), "assistant": task.demonstration}
        yield {"messages": [{"role": role, "content": content} for role, content in said.items()]}


def _places(count: int) -> Iterator[tuple[int, bool]]:
    return ((index, index < HELD_OUT) for index in range(HELD_OUT + count))


def _write(path: Path, rows: Iterator[dict[str, Json]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
