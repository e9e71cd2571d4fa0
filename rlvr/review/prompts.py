"""Which prompts are worth an answer: not near another one, and of no evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rlvr.data.duplicates import Duplicates
from rlvr.evaluation.contamination import Index, texts_of
from rlvr.sample import prompt_text
from rlvr.tasks.candidates import Candidates


def fit_prompts(
    found: Iterable[Candidates], dropped: Counter[str], *, near: float | None = None, against: Index | None = None
) -> Iterator[Candidates]:
    """The prompts that are left, in order.

    Args:
        found: Prompts.
        dropped: Counts those that are left out, by reason.
        near: Similarity from which a prompt counts as one that came before; None keeps them all.
        against: Passages of evaluations; a prompt, reference or demonstration that has one is left out.

    >>> from rlvr.sample import Task
    >>> prompts = [Candidates(Task(text), {"prompt": text}, ()) for text in ("Add 2 and 2.", "add 2 and 2", "Sing!")]
    >>> dropped = Counter[str]()
    >>> [one.task.prompt for one in fit_prompts(prompts, dropped, near=0.8)], dict(dropped)
    (['Add 2 and 2.', 'Sing!'], {'duplicate': 1})
    """
    known = Duplicates(near) if near is not None else None
    for each in found:
        if against is not None and against.find(each.task.id, texts_of(each.fields)) is not None:
            dropped["in an evaluation"] += 1
        elif known is not None and (reason := known.seen(prompt_text(each.task.prompt))):
            dropped[reason] += 1
        else:
            yield each
