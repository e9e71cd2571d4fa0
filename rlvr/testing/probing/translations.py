"""Texts in which a translation stands among others: a preface, notes, other versions, the source, the next turn.

Each has something before the reference and something behind it, so that nobody takes it for the translation itself; and
there is more or less in it than the task asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from rlvr.sample import Task
from rlvr.testing.probing.answers import answer_texts

_LEAST, _WORDS = 0.1, 7
_BEFORE = ("Sure! ", "Certainly.\n\n", "Here it is: ", "1. ", "[", "\u2192 ", "\u200b\u2060\u200b\u2060\u200b")
_BEHIND = (
    "\n\n(A literal translation.)",
    " Let me know what you think!",
    "\nUser: Thank you!\nAssistant:",
    "] (or otherwise)",
    " \u2026\u2026\u2026 :)",
)


def translations_among_others(task: Task) -> Iterator[str]:
    """For a task of translation such texts around each of its references; none for any other.

    None either for a task with constraints, which may ask for more than the translation.

    >>> task = Task(prompt="", reward="", reference="Ja.", data={"source": "Yes.", "target_language": "de"})
    >>> next(translations_among_others(task))
    'Sure! Ja.\\n\\n(A literal translation.)'
    """
    source = task.data.get("source")
    if not isinstance(source, str) or "target_language" not in task.data or "constraints" in task.data:
        return
    for reference in answer_texts(task.reference)[:2]:
        if len(reference) < _LEAST * len(source):
            continue  # a label, as where two translations are compared
        yield from (f"{before}{reference}{behind}" for before in _BEFORE for behind in _BEHIND)
        yield f"{source} = {reference} = {source}"
        yield f"- {reference} / {reference} -"
        words, theirs = reference.split(), source.split()
        if min(len(words), len(theirs)) > _WORDS:
            yield " ".join([*words[: len(words) // 2], *theirs[len(theirs) // 2 :]])
            yield " ".join(["".join(reversed(word)) for word in words])
