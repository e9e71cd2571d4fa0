"""The suite `preference`: which of two answers, or two translations, is better?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.comparisons import Comparison, preference_tasks
from rlvr.rewards.translation.readers import mlqe_comparison, ranking
from rlvr.rewards.translation.suites import pair_group
from rlvr.suite import Suite, SuiteRow, pair_in_name

_SEED: Final = 0
_ASKED: Final = """Which answer to the request is better: more helpful, more correct, closer to what was asked? \
Compare them, then end with `Answer: A` or `Answer: B`.

Request: {prompt}

Answer A: {first}

Answer B: {second}"""


def choices(rows: Sequence[SuiteRow]) -> Iterator[Task]:
    """Tasks of M-RewardBench's rows (`prompt`, `chosen`, `rejected`), or of translations that people ranked or edited.

    Which stands first is drawn so that `A` and `B` are right equally often. Translations have their pair in the name of
    their file: `ranking.en-de.csv` with `src`, `pos` and `neg`, or MLQE-PE's rows.

    Raises:
        DataError: A row is none of them.

    >>> row = {"id": 7, "prompt": "2 + 2?", "chosen": "4", "rejected": "5", "subset": "math"}
    >>> (task,) = choices([SuiteRow(row, "m.jsonl", "m.jsonl:1")])
    >>> task.id, task.data["choices"][task.reference]
    ('math/7', '4')
    """
    translations = [(row, one) for row in rows if "chosen" not in row.fields for one in _comparison(row)]
    made = preference_tasks([one for _, one in translations], _SEED)
    ranked = {row.place: replace(task, id=row.place) for (row, _), task in zip(translations, made, strict=True)}
    places = sorted((row.place for row in rows if "chosen" in row.fields), key=_drawn)
    first = dict(zip(places, (number % 2 == 0 for number in range(len(places))), strict=True))
    for row in rows:
        if "chosen" in row.fields:
            yield _chosen(row, better_first=first[row.place])
        elif row.place in ranked:
            yield ranked[row.place]


def _drawn(place: str) -> bytes:
    return blake2b(f"preference/{_SEED}/{place}".encode(), digest_size=8).digest()


def _chosen(row: SuiteRow, *, better_first: bool) -> Task:
    texts = [row.fields.get(name) for name in ("prompt", "chosen", "rejected")]
    if not all(isinstance(text, str) and text for text in texts):
        raise DataError(f"{row.place}: `prompt`, `chosen` and `rejected` are texts.")
    prompt, better, worse = map(str, texts)
    pair = (better, worse) if better_first else (worse, better)
    asked = _ASKED.format(prompt=prompt, first=pair[0], second=pair[1])
    group = next((str(row.fields[name]) for name in ("language", "subset") if row.fields.get(name)), "")
    id = row.fields.get("id")
    return Task(
        (Message("user", asked),),
        "A" if better_first else "B",
        {"choices": {"A": pair[0], "B": pair[1]}, "group": group},
        id="/".join(str(part) for part in (group, id) if part not in ("", None)) if id is not None else row.place,
    )


def _comparison(row: SuiteRow) -> list[Comparison]:
    named = pair_in_name(row.file)
    if named is None:
        raise DataError(
            f"{row.place}: it has no `chosen` and `rejected`, and for translations the name of the file has no pair.",
            hint="M-RewardBench's rows have them; a file of translations is called so: ranking.en-de.csv.",
        )
    try:
        one = ranking(row.fields, Pair(*named)) if "pos" in row.fields else mlqe_comparison(row.fields, Pair(*named))
    except DataError as error:
        raise DataError(f"{row.place}: {error.message}", hint=error.hint) from None
    # Equal texts and equal scores have no better one.
    return [one] if one and one.first.strip() != one.second.strip() and one.first_score != one.second_score else []


preference = Suite(
    "preference",
    "Which of two answers is better; chance is one half.",
    "CohereLabs/m_rewardbench on the hub (a parquet file a language), or ranked translations",
    choices,
    {"accuracy": "mt.preference"},
    main="accuracy",
    group=lambda task: str(task.data.get("group") or pair_group(task)),
)
