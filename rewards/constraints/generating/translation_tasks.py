"""Tasks for `mt.follow`, made of parallel text: constraints that the reference follows, stated in the prompt."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rlvr import Message, Sample, Task, judge_all
from rlvr.errors import DataError
from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.constraints.generating.deriving import Row, derived
from rlvr.rewards.constraints.generating.envelopes import ENVELOPES, Enveloped
from rlvr.rewards.constraints.generating.lexicon import Parallel, learn_terms
from rlvr.rewards.constraints.request import read_constraints
from rlvr.rewards.constraints.wording import render_all
from rlvr.rewards.languages.identification import name_of
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.fields import pair_of
from rlvr.rewards.translation.follow import follow
from rlvr.sample import Json, sample_of

_TRIES: Final = 200
TEMPLATE: Final = (
    "Translate the following {source_name} source text to {target_name}:\n{source_name}: {source}\n{target_name}: "
)
"""That of the Tower+ model cards, below the rules."""
_PLAIN: Final = 0.5
"""The share of tasks whose source is a sentence as it stands, without an envelope."""


@dataclass(frozen=True)
class Wanted:
    """What tasks are to look like.

    Args:
        most: Constraints of a task, at most.
        language: Of the rules in the prompt; `target` for that of the translation.
        template: Of the prompt, below the rules; `{source}`, `{source_name}` and `{target_name}` are filled in.
        kinds: Only constraints whose id begins so; all of them where it is empty.
    """

    most: int = 3
    language: str = "en"
    template: str = TEMPLATE
    kinds: tuple[str, ...] = ()


def follow_tasks(rows: Sequence[Parallel], count: int, seed: int, wanted: Wanted | None = None) -> list[Task]:
    """Tasks from rows of one language pair; the same arguments give the same tasks.

    Args:
        rows: Source and reference of each.
        count: How many tasks.
        seed: Another one gives others.
        wanted: What they are to look like.

    Raises:
        DataError: The rows lend themselves to no such constraint.

    >>> rows = [Parallel("NASA has 3 rockets.", "Die NASA hat 3 Raketen.", Pair("en", "de"))] * 4
    >>> (task,) = follow_tasks(rows, 1, seed=0, wanted=Wanted(kinds=("numbers",)))
    >>> task.reference, task.data["constraints"]
    ('Die NASA hat 3 Raketen.', [{'id': 'numbers:same'}])
    """
    lexicon = learn_terms(rows)
    return [follow_task(rows, lexicon, f"{seed}/{place}", wanted or Wanted()) for place in range(count)]


def follow_task(rows: Sequence[Parallel], lexicon: Sequence[Term], seed: str, wanted: Wanted) -> Task:
    """One task, drawn by a seed; its reference scores 1.

    Raises:
        DataError: The rows lend themselves to no such constraint.
    """
    # Of all draws only `random()` is promised to stay the same from one Python to the next.
    chance = random.Random(f"mt.follow/{seed}")
    for _ in range(_TRIES if rows else 0):
        made, pair = _drawn(rows, chance)
        plain = Parallel(made.source, made.reference, pair)
        own = {one["id"] for one in made.constraints}
        asked = [*made.constraints, *_some(derived(plain, lexicon), own, wanted.most - len(own), wanted.kinds, chance)]
        if not asked or not all(one["id"].startswith(wanted.kinds) for one in asked if wanted.kinds):
            continue
        task = _task(plain, asked, f"mt.follow/{seed}", wanted)
        (verdict,) = judge_all(follow, [sample_of(task, made.reference)])
        # Of what it has no opinion on, a score says nothing.
        if verdict.score == 1.0 and len(verdict.metrics) == len(asked):
            return task
    raise DataError(
        f"{len(rows)} rows lend themselves to no constraint{' of ' + ', '.join(wanted.kinds) if wanted.kinds else ''}.",
        hint="Give more rows, whose references are no copies of their sources, or ask for other kinds.",
    )


def read_rows(rows: Sequence[Mapping[str, Any]], fields: tuple[str, str] = ("source", "reference")) -> list[Parallel]:
    """Parallel text from the rows of a file: two texts, and `source_language` and `target_language`.

    Args:
        rows: As JSON gives them.
        fields: Names of the source and of the reference in them.

    Raises:
        DataError: A row lacks one of them; the message has its number.

    >>> read_rows([{"source": "A house.", "reference": "Ein Haus.", "source_language": "en", "target_language": "de"}])
    [Parallel(source='A house.', reference='Ein Haus.', pair=Pair(source='en', target='de'))]
    """
    found = list[Parallel]()
    for number, row in enumerate(rows, 1):
        texts = [row.get(field) for field in fields]
        for field, text in zip(fields, texts, strict=True):
            if not isinstance(text, str) or not text.strip():
                raise DataError(f"Row {number} has no `{field}`.", hint=f"Its keys are {', '.join(map(str, row))}.")
        try:
            pair = pair_of(Sample("", data=row))
        except DataError as error:
            raise DataError(f"Row {number}: {error.message}", hint=error.hint) from None
        found.append(Parallel(str(texts[0]).strip(), str(texts[1]).strip(), pair))
    return found


def _drawn(rows: Sequence[Parallel], chance: random.Random) -> tuple[Enveloped, Pair]:
    def choose(end: int) -> int:
        return int(chance.random() * end)

    first = choose(len(rows))
    row = rows[first]
    if chance.random() < _PLAIN:
        return Enveloped(row.source, row.reference, ()), row.pair
    envelope = ENVELOPES[list(ENVELOPES)[choose(len(ENVELOPES))]]
    chosen = [rows[(first + place) % len(rows)] for place in range(envelope.rows)]
    return envelope.make(chosen, choose), row.pair


def _some(found: Sequence[Row], own: set[str], count: int, kinds: tuple[str, ...], chance: random.Random) -> list[Row]:
    """So many at most, not two of a kind; at least one."""
    left = [one for one in found if one["id"] not in own and (not kinds or one["id"].startswith(kinds))]
    kept, taken = list[Row](), {id.partition(":")[0] for id in own} & {"length", "tokens", "structure"}
    for _ in range(int(chance.random() * count) + 1 if count > 0 else 0):
        left = [one for one in left if one["id"].partition(":")[0] not in taken or one["id"].startswith("terms")]
        if not left:
            break
        one = left.pop(int(chance.random() * len(left)))
        kept.append(one)
        taken |= {one["id"].partition(":")[0]} & {"length", "structure"}
    return kept


def _task(row: Parallel, asked: Sequence[Row], id: str, wanted: Wanted) -> Task:
    language = row.pair.target if wanted.language == "target" else wanted.language
    rules = render_all(read_constraints({"constraints": asked}), language)
    prompt = f"{rules}\n\n{_request(row, wanted.template)}"
    data: dict[str, Json] = {
        "source": row.source,
        "source_language": row.pair.source,
        "target_language": row.pair.target,
        "constraints": list(asked),
    }
    return Task((Message("user", prompt),), row.reference, data, "mt.follow", demonstration=row.reference, id=id)


def _request(row: Parallel, template: str) -> str:
    names = {"{source_name}": name_of(row.pair.source), "{target_name}": name_of(row.pair.target)}
    for field, name in names.items():
        template = template.replace(field, name)
    # The source comes last: braces in it are its own.
    return template.replace("{source}", row.source)
