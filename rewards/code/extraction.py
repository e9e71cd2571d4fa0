"""Which part of an answer is the program.

The policy, in order:

1. An answer exists: an unclosed reasoning block is none.
2. Of its fenced blocks (``` or ~~~, closed by a fence as long), those count that name the task's language (`python`,
   `py`, `python3`; `cpp`, `c++`; ...) or none; of these the last one is the program. Earlier ones are drafts. Prose
   around them does not count.
3. Blocks in other languages only, or a last fence that is never closed, are no program: it was asked for one language,
   and a text that ends within its program is not finished.
4. Without any fence the whole answer is the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlvr import Sample
from rlvr.sandbox.errors import UnknownLanguageError
from rlvr.sandbox.languages.catalogue import PYTHON, language_of

_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Args:
        language: The first word after the fence, in small letters.
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
    """
    found: list[Block] = []
    fence, indent, language, inside = "", 0, "", list[str]()
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if not fence:
            length = _fence(bare)
            if length:
                fence, indent = bare[:length], len(line) - len(line.lstrip(" "))
                language, inside = bare[length:].strip().partition(" ")[0].lower(), []
        elif bare.startswith(fence) and not bare.strip(fence[0]):
            found.append(Block(language, "".join(inside)))
            fence = ""
        else:
            inside.append(line[min(indent, len(line) - len(line.lstrip(" "))) :])
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

    >>> program_of(Sample("```python\\nprint(1)\\n```"))[0]
    'print(1)\\n'
    >>> program_of(Sample("```java\\nclass A {}\\n```"))
    (None, 'the answer is written in java, not in python')
    """
    wanted = _name(language)
    if sample.answer is None:
        return None, "the reasoning block is never closed, so there is no answer"
    found = blocks(sample.answer)
    if not found:
        text = sample.answer.strip()
        return (f"{text}\n", "") if text else (None, "the answer is empty")
    if not found[-1].closed:
        return None, "the last code block is never closed"
    ours = [block for block in found if not block.language or _is(block.language, wanted)]
    if not ours:
        return None, f"the answer is written in {found[-1].language[:20]}, not in {wanted}"
    return ours[-1].text, ""


def _name(language: str) -> str:
    found = language_of(language)
    return found.name if found else PYTHON


def _is(tag: str, wanted: str) -> bool:
    try:
        return _name(tag) == wanted
    except UnknownLanguageError:
        return False


def _fence(line: str) -> int:
    """The length of an opening fence, 0 where a line is none."""
    if line[:_SHORTEST] not in ("```", "~~~"):
        return 0
    length = len(line) - len(line.lstrip(line[0]))
    # A line like ```print(1)``` is code within a sentence.
    return 0 if line[0] == "`" and "`" in line[length:] else length
