"""What rows of code data sets hold: texts, lists of lines, packed test cases, solutions."""

from __future__ import annotations

import ast
import base64
import io
import json
import pickle
import zlib
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from rlvr.errors import DataError
from rlvr.sample import is_list, is_mapping

_LARGEST: Final = 256 << 20
_PYTHON_3: Final = 3
"""CodeContests' number of the language."""


def text_of(row: Mapping[str, Any], name: str) -> str:
    """A text of a row.

    Raises:
        DataError: The row has none of that name.
    """
    if not isinstance(row.get(name), str):
        raise DataError(f"The row has no text `{name}`.")
    return row[name]


def joined_lines(given: Any) -> str:
    """Lines as one text, where they are a list.

    >>> joined_lines(["1 2", 3]), joined_lines("1\\n")
    ('1 2\\n3', '1\\n')
    """
    return "\n".join(map(str, given)) if is_list(given) else str(given)


def first_solution(given: Any) -> str:
    """The first solution of a row that is Python 3, of a list or JSON of one, or of CodeContests' object of two lists.

    >>> first_solution('["print 5", "print(5)"]'), first_solution({"language": [2, 3], "solution": ["int x;", "x = 1"]})
    ('print(5)', 'x = 1')
    """
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return ""
    if is_mapping(given):
        pairs = zip(given.get("language") or [], given.get("solution") or [], strict=False)
        given = [text for language, text in pairs if language in (_PYTHON_3, "PYTHON3")]
    texts = [one for one in given if isinstance(one, str)] if is_list(given) else []
    return next(filter(_is_python, texts), "")


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(text.strip())


def read_test_cases(given: object) -> list[dict[str, Any]]:
    """LiveCodeBench's test cases: JSON, or JSON pickled, compressed and in base 64, as the private ones are.

    Raises:
        DataError: They are neither, or the pickle is more than a text.
    """
    if not given:
        return []
    text = str(given)
    try:
        if not text.lstrip().startswith("["):
            unpacked = zlib.decompressobj().decompress(base64.b64decode(text), _LARGEST)
            text = _TextUnpickler(io.BytesIO(unpacked)).load()
        return json.loads(text)
    except (ValueError, TypeError, zlib.error, pickle.UnpicklingError, EOFError) as error:
        raise DataError(f"The test cases of the row cannot be read: {error}.") from None


class _TextUnpickler(pickle.Unpickler):
    """Reads a pickled text; a pickle that asks for anything else could run what it likes."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")
