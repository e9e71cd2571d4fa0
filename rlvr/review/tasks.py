"""What is wrong with a file of tasks, whichever reward it is for: duplicates, contradictions, leaked answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rlvr.errors import shortened
from rlvr.observe.files import json_text
from rlvr.sample import Prompt, Task, prompt_text

_SHOWN: Final = 60
LEAST_LETTERS: Final = 12
LEAST_DIGITS: Final = 5
LEAST_IDEOGRAPHS: Final = 6
LEAK_RULE: Final = (
    f"A reference counts as leaked where it stands in the prompt as a whole (no letter or digit beside it) and is too "
    f"long to stand there by chance: {LEAST_LETTERS} letters or more, {LEAST_IDEOGRAPHS} in scripts without spaces, or "
    f"a number of {LEAST_DIGITS} digits or more, zeros at its end apart. Shorter references are not looked for."
)
_NUMBER: Final = re.compile(r"[-+]?[\d.,\s]+")
_SPACELESS: Final = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class TaskProblem:
    """Something wrong with a task.

    Attributes:
        kind: What sort of thing: `broken`, `duplicate`, `contradiction`, `id`, `leak`, `reference`, `error`, `long`;
            `unchecked` is none.
        place: `file:line`.
        text: What is wrong there.
    """

    kind: str
    place: str
    text: str


def repeated(tasks: Sequence[tuple[str, Task]]) -> Iterator[TaskProblem]:
    """Prompts that come again, with the same answer or with another, and ids that do.

    White space apart. Tasks whose `data` differ are different tasks, unless their references contradict each other.

    Args:
        tasks: With the place of each.

    >>> sums = [("t:1", Task("2 + 2 =", "4")), ("t:2", Task("2 + 2 = ", "4")), ("t:3", Task("2 + 2 =", "5"))]
    >>> [(problem.kind, problem.place, problem.text) for problem in repeated(sums)]
    [('duplicate', 't:2', 'the same task as t:1'),
     ('contradiction', 't:3', "the prompt of t:1 with another reference: '5', not '4'")]
    """
    first_prompt: dict[object, tuple[str, Task]] = {}
    first_task: dict[object, str] = {}
    first_id: dict[str, str] = {}
    for place, task in tasks:
        prompt = _squeezed(task.prompt)
        whole = (prompt, json_text([task.reference, task.data, task.reward]))
        if task.id and task.id in first_id:
            yield TaskProblem("id", place, f"the id {task.id!r} of {first_id[task.id]}")
        first_id.setdefault(task.id, place)
        if whole in first_task:
            yield TaskProblem("duplicate", place, f"the same task as {first_task[whole]}")
        elif prompt in first_prompt:
            earlier, other = first_prompt[prompt]
            if json_text(other.reference) != json_text(task.reference):
                text = f"{shortened(repr(task.reference), _SHOWN)}, not {shortened(repr(other.reference), _SHOWN)}"
                yield TaskProblem("contradiction", place, f"the prompt of {earlier} with another reference: {text}")
        first_task.setdefault(whole, place)
        first_prompt.setdefault(prompt, (place, task))


def leaked(tasks: Sequence[tuple[str, Task]]) -> Iterator[TaskProblem]:
    """Tasks whose prompt holds the answer, as far as `LEAK_RULE` can tell.

    >>> tasks = [("t:1", Task("Say 'the quick brown fox'.", "The quick brown fox")), ("t:2", Task("3 of 4?", "4"))]
    >>> [problem.place for problem in leaked(tasks)]
    ['t:1']
    """
    for place, task in tasks:
        reference = task.reference
        if isinstance(reference, bool) or not isinstance(reference, str | int | float):
            continue
        wanted = _folded(str(reference))
        if not _is_specific(wanted):
            continue
        prompt = _folded(prompt_text(task.prompt))
        # No letter or digit beside it, except in scripts that put none between words.
        before = "" if _SPACELESS.match(wanted) else r"(?<!\w)"
        after = "" if _SPACELESS.match(wanted[-1]) else r"(?!\w)"
        if re.search(before + re.escape(wanted) + after, prompt):
            yield TaskProblem("leak", place, f"the prompt holds the reference {shortened(repr(reference), _SHOWN)}")


def _is_specific(text: str) -> bool:
    if _NUMBER.fullmatch(text):
        digits = "".join(letter for letter in text if letter.isdigit())
        return len(digits.rstrip("0")) >= LEAST_DIGITS
    if len(_SPACELESS.findall(text)) >= LEAST_IDEOGRAPHS:
        return True
    return sum(letter.isalnum() for letter in text) >= LEAST_LETTERS


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _squeezed(prompt: Prompt) -> tuple[tuple[str, str], ...]:
    turns = (("", prompt),) if isinstance(prompt, str) else ((turn.role, turn.content) for turn in prompt)
    return tuple((role, " ".join(content.split())) for role, content in turns)
