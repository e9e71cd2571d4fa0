"""What the label of a fenced block says: `python` in `{.python .numberLines}`, `python3.11` and `python:a.py`."""

from __future__ import annotations

import re
from typing import Final

from rlvr.sandbox.errors import UnknownLanguageError
from rlvr.sandbox.languages.catalogue import PYTHON, language_of

_WORD: Final = re.compile(r"[^\s:,;={}()\[\]]+")
_VERSION: Final = re.compile(r"[-_.]?v?[0-9]+(?:\.[0-9x]+)*\Z")
_ALSO: Final = {
    "ipython": PYTHON, "pypy": PYTHON, "cpython": PYTHON, "sage": PYTHON, "gnu++": "cpp", "g++": "cpp", "h": "c",
    "hpp": "cpp", "gnuc": "c", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript", "zsh": "bash",
}  # fmt: skip
_OTHERS: Final = frozenset({
    "console", "csv", "css", "diff", "dockerfile", "html", "ini", "input", "json", "jsonc", "jsonl", "latex",
    "makefile", "markdown", "math", "md", "mermaid", "none", "output", "patch", "plain", "plaintext", "powershell",
    "pycon", "session", "sql", "stderr", "stdin", "stdout", "tex", "text", "toml", "tsv", "txt", "xml", "yaml", "yml",
    "c#", "csharp", "haskell", "kotlin", "lua", "pascal", "perl", "php", "r", "ruby", "scala", "swift", "typescript",
    "ts",
})  # fmt: skip
_LONGEST: Final = 200


def word_of(label: str) -> str:
    """The first word of a label, in small letters and without the marks around it.

    >>> word_of(" {.python .numberLines}"), word_of("Python:a.py"), word_of("rust,no_run"), word_of("")
    ('python', 'python', 'rust', '')
    """
    found = _WORD.search(label[:_LONGEST])
    return found[0].lstrip(".").lower() if found else ""


def language_in(word: str) -> str | None:
    """The language that a word names, with a version or without; `None` where it names none that is known.

    >>> language_in("python3.11"), language_in("ipython3"), language_in("c++20"), language_in("text")
    ('python', 'python', 'cpp', None)
    """
    for name in filter(None, (word, _VERSION.sub("", word))):
        try:
            row = language_of(_ALSO.get(name, name))
        except UnknownLanguageError:
            continue
        return row.name if row else PYTHON
    return None


def is_label(text: str) -> bool:
    """Whether what stands behind a fence is a label, and not more of the answer.

    >>> is_label("python title='a.py'"), is_label("json"), is_label("Done."), is_label("<|im_end|>")
    (True, True, False, False)
    """
    word = word_of(text)
    return word in _OTHERS or language_in(word) is not None
