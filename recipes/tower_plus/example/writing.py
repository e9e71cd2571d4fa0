"""The files of the example folder, at the paths that Tower+'s recipes name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rlvr.envs.drawing import Draw
from rlvr.envs.translation_prompts import prompt_for
from rlvr.errors import DataError
from rlvr.observe.files import json_text, replacing
from rlvr.recipes.tower_plus.example.sentences import LANGUAGES, Meaning, draw_meaning, write, write_list, write_sum
from rlvr.rewards.constraints.generating.lexicon import Parallel
from rlvr.rewards.constraints.generating.translation_tasks import follow_tasks
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.comparisons import Comparison, preference_tasks
from rlvr.sample import Task

_OTHERS: Final = tuple(tag for tag in LANGUAGES if tag != "en")
PAIRS: Final = (*(("en", tag) for tag in _OTHERS), ("de", "fr"), ("es", "pt-BR"), ("zh-Hans", "ja"))
"""Pairs of the parallel text, English with each language and three without it."""

_ANSWER: Final = "\\boxed{{{answer}}}"
_ASKED: Final = "{problem}\n\nEnd with the number in \\boxed{{}}."

Row = Mapping[str, Any]


def write_example(folder: Path, *, rows: int = 24, seed: int = 0) -> dict[str, int]:
    """Writes the example data of all stages.

    Args:
        folder: Empty, or not there yet.
        rows: Of each language or pair; rows of tasks are as many in all languages together.
        seed: Another one gives others.

    Returns:
        How many rows each file has.

    Raises:
        DataError: Something lies in the folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already, with something in it.", hint="Name a folder that is not there.")
    written: dict[str, int] = {}
    for name, found in _files(rows, seed):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as unfinished:
            unfinished.write_text("".join(f"{json_text(row)}\n" for row in found), encoding="utf-8")
        written[name] = len(found)
    return written


def _files(rows: int, seed: int) -> Iterator[tuple[str, list[Row]]]:
    yield "cpt/monolingual/texts.jsonl", [_text(tag, i, seed) for i in range(rows) for tag in LANGUAGES]
    yield "cpt/parallel/pairs.jsonl", [_pair(pair, i, f"cpt/{seed}") for i in range(rows) for pair in PAIRS]
    yield "cpt/instructions/chats.jsonl", [_general(tag, i, f"cpt/{seed}") for i in range(rows) for tag in LANGUAGES]
    directions = [way for source, target in PAIRS for way in ((source, target), (target, source))]
    yield "sft/translation/chats.jsonl", [_translated(way, i, f"sft/{seed}") for i in range(rows) for way in directions]
    yield "sft/general/chats.jsonl", [_general(tag, i, f"sft/{seed}") for i in range(rows) for tag in LANGUAGES]
    yield "wpo/translation.jsonl", [_quality(directions[i % len(directions)], i, f"wpo/{seed}") for i in range(rows)]
    yield "wpo/preferences.jsonl", [_preferred(LANGUAGES[i % len(LANGUAGES)], i, seed) for i in range(rows)]
    yield "grpo/mathematics.jsonl", [_sum(LANGUAGES[i % len(LANGUAGES)], i, seed) for i in range(rows)]
    yield "grpo/translation_instructions.jsonl", list(_instructed(rows, seed))
    yield "grpo/translation_preference.jsonl", [_row(task) for task in preference_tasks(_compared(rows, seed), seed)]


def _meanings(name: str, count: int) -> list[Meaning]:
    draw = Draw(name)
    return [draw_meaning(draw) for _ in range(count)]


def _text(language: str, number: int, seed: int) -> Row:
    sentences = [write(one, language) for one in _meanings(f"text/{seed}/{language}/{number}", 4)]
    return {"text": ("" if language in ("ja", "zh-Hans") else " ").join(sentences), "language": language}


def _pair(pair: tuple[str, str], number: int, name: str) -> dict[str, Any]:
    [meaning] = _meanings(f"pair/{name}/{pair}/{number}", 1)
    source, target = (write(meaning, tag) for tag in pair)
    return {"source": source, "target": target, "source_language": pair[0], "target_language": pair[1]}


def _chat(asked: str, said: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]


def _general(language: str, number: int, name: str) -> Row:
    problem, answer = write_sum(Draw(f"sum/{name}/{language}/{number}"), language)
    return {"messages": _chat(_ASKED.format(problem=problem), _ANSWER.format(answer=answer)), "language": language}


def _translated(pair: tuple[str, str], number: int, name: str) -> Row:
    row = _pair(pair, number, name)
    return {"messages": _chat(prompt_for(row.pop("source"), *pair), row.pop("target")), **row}


def _quality(pair: tuple[str, str], number: int, name: str) -> Row:
    """A translation with given answers beside what the policy will write: the right one, and one of another text."""
    source, target = write_list(Draw(f"list/{name}/{number}"), pair)
    _, other = write_list(Draw(f"list/{name}/other/{number}"), pair)
    data = {"source": source, "source_language": pair[0], "target_language": pair[1]}
    given = [target, other]
    return {"prompt": prompt_for(source, *pair), "reference": target, "data": data, "candidates": given}


def _preferred(language: str, number: int, seed: int) -> Row:
    """A row as UltraFeedback has them."""
    problem, answer = write_sum(Draw(f"preference/{seed}/{number}"), language)
    asked = _ASKED.format(problem=problem)
    chosen, rejected = (_chat(asked, _ANSWER.format(answer=said)) for said in (answer, answer + 1))
    return {"prompt": asked, "chosen": chosen, "rejected": rejected, "score_chosen": 9.0, "score_rejected": 2.0}


def _sum(language: str, number: int, seed: int) -> Row:
    problem, answer = write_sum(Draw(f"grpo/{seed}/{number}"), language)
    data = {"language": language}
    return {"prompt": _ASKED.format(problem=problem), "reference": str(answer), "data": data}


def _instructed(rows: int, seed: int) -> Iterator[Row]:
    share, rest = divmod(rows, len(PAIRS))
    for place, pair in enumerate(PAIRS):
        found = [_pair(pair, i, f"follow/{seed}") for i in range(max(8, rows))]
        texts = [Parallel(row["source"], row["target"], Pair(*pair)) for row in found]
        tasks = follow_tasks(texts, share + (place < rest), seed) if share + (place < rest) else []
        yield from (_row(replace(task, id=f"{task.id}/{pair[0]}-{pair[1]}")) for task in tasks)


def _compared(rows: int, seed: int) -> Sequence[Comparison]:
    """The right translation against one that says something else."""
    found: list[Comparison] = []
    number = 0
    while len(found) < rows:
        pair = PAIRS[number % len(PAIRS)]
        right, wrong = (_pair(pair, number + far, f"compared/{seed}") for far in (0, 1_000_000))
        number += 1
        if right["target"] != wrong["target"]:
            found.append(Comparison(right["source"], right["target"], wrong["target"], 1.0, 0.0, Pair(*pair)))
    return found


def _row(task: Task) -> Row:
    prompt = task.prompt
    if not isinstance(prompt, str):
        prompt = [{"role": one.role, "content": one.content} for one in prompt]
    row = {"prompt": prompt, "reference": task.reference, "data": dict(task.data), "id": task.id}
    return row | ({"reward": task.reward} if task.reward else {})
