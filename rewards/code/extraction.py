"""Which part of an answer is the program.

The policy, in order:

1. An answer exists: an unclosed reasoning block is none.
2. Of its fenced blocks (``` or ~~~) those count that hold more than comments. The last one that names the task's
   language (`python`, `py`, `python3.11`, `{.python}`, `python:a.py`, `ipython`; `cpp`, `c++17`; ...) is the program;
   where none names it, the last that names no language and has a mark of code, such as a bracket. Earlier ones are
   drafts; what else stands in an unlabelled block is an input or an output. Prose around them does not count.
3. A block ends with a fence as long as the one that opened it: on a line of its own, before more text or a chat token,
   or at the end of the code's last line.
4. Blocks in other languages only, or a program whose block is never closed, are no program: it was asked for one
   language, and a text that ends within its program is not finished.
5. Without any fence the whole answer is the program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rlvr import Sample
from rlvr.rewards.code.labels import is_label, language_in, word_of
from rlvr.sandbox.languages.catalogue import PYTHON, language_of

_SHORTEST: Final = 3
_MOST_WORDS: Final = 2
_CODE: Final = re.compile(r"[(=;{]|^\s*(?:import|from|pass|echo|read)\b", re.MULTILINE)
_TOKEN: Final = re.compile(r"(?:\s*(?:<[^<>`]*>|\[/?[A-Z]+\]))*\s*")
_COMMENTS: Final = {PYTHON: "#", "bash": "#"}
_OTHER_COMMENT: Final = "//"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Args:
        language: What the fence says of it, in small letters and without marks: `python` of `{.python}`.
        text: What stands between the fences, without the fence's own indentation.
        closed: Whether its fence was closed.
    """

    language: str
    text: str
    closed: bool = True


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text, in one pass over its lines.

    >>> [block.text for block in blocks("So:\\n```python\\nprint(1)\\n```\\nDone.")]
    ['print(1)\\n']
    >>> [block.text for block in blocks("```python\\nprint(1)```<|im_end|>")]
    ['print(1)\\n']
    """
    found: list[Block] = []
    fence, indent, language, inside = "", 0, "", list[str]()
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if not fence:
            start = _start_of_fence(bare)
            length = _fence(bare[start:])
            if length:
                fence, indent = bare[start : start + length], len(line) - len(line.lstrip(" "))
                language, inside = word_of(bare[start + length :]), []
            continue
        code = _code_before(fence, line, bare)
        if code is None:
            inside.append(_dedented(line, indent))
            continue
        if code:
            inside.append(_dedented(code, indent) + "\n")
        found.append(Block(language, "".join(inside)))
        fence = ""
    if fence:
        found.append(Block(language, "".join(inside), closed=False))
    return found


def program_of(sample: Sample, language: str = PYTHON) -> tuple[str | None, str]:
    """The program, or `None` and why there is none; see the policy above.

    Args:
        sample: Whose answer.
        language: That was asked for; see `rlvr.sandbox.languages.catalogue`.

    Raises:
        UnknownLanguageError: There is none of that name.

    >>> program_of(Sample("```python\\nprint(1)\\n```\\nwrites\\n```\\n1\\n```"))[0]
    'print(1)\\n'
    >>> program_of(Sample("```java\\nclass A {}\\n```"))
    (None, 'the answer is written in java, not in python')
    """
    row = language_of(language)
    wanted = row.name if row else PYTHON
    if sample.answer is None:
        return None, "the reasoning block is never closed, so there is no answer"
    found = blocks(sample.answer)
    if not found:
        text = sample.answer.strip()
        return (f"{text}\n", "") if text else (None, "the answer is empty")
    ours = [block for block in found if block.language and language_in(block.language) == wanted]
    unlabelled = [block for block in found if not block.language]
    # Of several without a label one may be what the program reads or writes.
    ours = ours or [block for block in unlabelled if _CODE.search(block.text) or not block.closed] or unlabelled
    if (ours and not ours[-1].closed) or (not ours and not found[-1].closed):
        return None, "the last code block is never closed"
    if not ours:
        return None, f"the answer is written in {found[-1].language[:20]}, not in {wanted}"
    return next((block.text for block in reversed(ours) if _has_code(block.text, wanted)), ours[-1].text), ""


def _has_code(text: str, language: str) -> bool:
    comment = _COMMENTS.get(language, _OTHER_COMMENT)
    return any(line.strip() and not line.lstrip().startswith(comment) for line in text.splitlines())


def _code_before(fence: str, line: str, bare: str) -> str | None:
    """What stands on a line before the fence that closes a block there; `None` where the line closes none."""
    if bare.startswith(fence):
        rest = bare.lstrip(fence[0]).strip()
        # What a block would open with may stand in a text that the program writes.
        opens = is_label(rest) and len(rest.split(None, _MOST_WORDS)) <= _MOST_WORDS
        return None if fence[0] in rest or opens else ""
    place = line.find(fence)
    if place < 0 or fence[0] == "~":
        return None
    rest = line[place:].lstrip(fence[0])
    # A shorter or a second run of the mark is part of the code.
    whole = len(line) - place - len(rest) == len(fence) and line.find(fence[0], 0, place) < 0
    return line[:place] if whole and _TOKEN.fullmatch(rest) else None


def _start_of_fence(line: str) -> int:
    """Where a fence stands on a line: its beginning, or behind a sentence where it names a language."""
    place = line.find("`" * _SHORTEST)
    behind = line[place:].lstrip("`") if place > 0 else ""
    return place if behind and line.find("`") == place and language_in(behind.strip().lower()) else 0


def _dedented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _fence(line: str) -> int:
    """The length of an opening fence, 0 where a line is none."""
    if line[:_SHORTEST] not in ("```", "~~~"):
        return 0
    length = len(line) - len(line.lstrip(line[0]))
    # A line like ```print(1)``` is code within a sentence.
    return 0 if line[0] == "`" and "`" in line[length:] else length
