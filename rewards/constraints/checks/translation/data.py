"""Checks on data whose texts are translated: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from rlvr.errors import DataError
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.translation.untranslated import judge_translated
from rlvr.rewards.constraints.fences import unfenced
from rlvr.sample import is_list, is_object

PREFIXES: Final = ("structure:json", "structure:csv")
Leaf = tuple[tuple[object, ...], object]


@constraint("structure:json", "This is JSON: translate the texts and keep keys, types, numbers and order.", gate=True)
def json_kept(translation: Answer, keep: list[str] | None = None) -> Outcome:
    """JSON with the keys, types, lengths, numbers and truth values of the source, its texts translated.

    Args:
        translation: What is judged.
        keep: Keys whose texts stay as they are (`id`, `url`).

    Raises:
        DataError: The source is no JSON.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> json_kept(Answer.translating('{"a": "Good morning, all"}', '{"a": "Guten Morgen"}', Pair("en", "de"))).score
    1.0
    """
    try:
        source = list(_leaves(_json(translation.original.text)))
    except ValueError as error:
        raise DataError(
            f"`data.source` is no JSON: {error}", hint="`structure:json` is for sources that are."
        ) from None
    try:
        answer = list(_leaves(_json(unfenced(translation.text))))
        references = [list(_leaves(_json(one.text))) for one in translation.references]
    except ValueError as error:
        return Outcome(0.0, f"no JSON: {error}")
    if why := _other_shape(source, answer, frozenset(keep or ())):
        return Outcome(0.0, why)
    texts = [_texts(leaves, frozenset(keep or ())) for leaves in (source, answer, *references)]
    return judge_translated(texts[0], texts[1], texts[2:], f"{len(source)} values")


@constraint("structure:csv", "This is CSV: translate the texts and keep rows, columns and numbers.", gate=True)
def csv_kept(translation: Answer, separator: str = ",", keep: list[int] | None = None) -> Outcome:
    """CSV with as many rows and columns as the source, numbers as they are, its texts translated.

    Args:
        translation: What is judged.
        separator: Between the columns.
        keep: Columns, from 0, that stay as they are.

    Raises:
        DataError: The separator is not one character.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> csv_kept(Answer.translating("word,n\\nred,3", "Wort,n\\nrot,4", Pair("en", "de"))).reason
    "row 2, column 2: '4' for '3'"
    """
    if len(separator) != 1:
        raise DataError(f"`separator` of `structure:csv` is {separator!r}; it is one character.")
    try:
        source, answer = (_rows(text, separator) for text in (translation.original.text, unfenced(translation.text)))
        references = [_rows(one.text, separator) for one in translation.references]
    except csv.Error as error:
        return Outcome(0.0, f"no CSV: {error}")
    if [len(row) for row in source] != [len(row) for row in answer]:
        return Outcome(0.0, f"rows of {_widths(answer)} columns, not of {_widths(source)}")
    kept = set(keep or ())
    for number, (was, is_now) in enumerate(zip(source, answer, strict=True), 1):
        for column, (one, other) in enumerate(zip(was, is_now, strict=True)):
            if (column in kept or not any(map(str.isalpha, one))) and one.strip() != other.strip():
                return Outcome(0.0, f"row {number}, column {column + 1}: {other[:40]!r} for {one[:40]!r}")
            if one.strip() and not other.strip():
                return Outcome(0.0, f"row {number}, column {column + 1} is empty")
    cells = [
        [cell for row in rows for at, cell in enumerate(row) if at not in kept]
        for rows in (source, answer, *references)
    ]
    return judge_translated(cells[0], cells[1], cells[2:], f"{len(source)} rows")


def json_texts(text: str) -> list[str]:
    """The texts in a JSON document.

    Raises:
        ValueError: It is none.

    >>> json_texts('{"a": ["x", 1]}')
    ['x']
    """
    return [value for _, value in _leaves(_json(text)) if isinstance(value, str)]


def csv_texts(text: str) -> list[str]:
    """The cells of CSV that have letters; the separator is what the first line has most of.

    >>> csv_texts("red;3")
    ['red']
    """
    first = text.strip().partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    return [cell for row in _rows(text, separator) for cell in row if any(map(str.isalpha, cell))]


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_json)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is none")


def _leaves(value: Any, path: tuple[object, ...] = ()) -> Iterator[Leaf]:
    """What a document holds, with the way there; an empty list or mapping is a leaf too."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if is_object(value) and value:
            waiting += [((*path, key), item) for key, item in reversed(value.items())]
        elif is_list(value) and value:
            waiting += [((*path, place), value[place]) for place in reversed(range(len(value)))]
        else:
            yield path, value


def _other_shape(source: list[Leaf], answer: list[Leaf], keep: frozenset[str]) -> str:
    there = dict(answer)
    for path, value in source:
        if path not in there:
            return f"`{_shown(path)}` is missing"
        other = there.pop(path)
        if type(other) is not type(value):
            return f"`{_shown(path)}` is {type(other).__name__}, not {type(value).__name__}"
        if other != value and (not isinstance(value, str) or not keep.isdisjoint(map(str, path))):
            return f"`{_shown(path)}` is {other!r:.60}, not {value!r:.60}"
        if isinstance(value, str) and value.strip() and not str(other).strip():
            return f"`{_shown(path)}` is empty"
    if there:
        return f"`{_shown(next(iter(there)))}` is not in the source"
    return "" if [path for path, _ in source] == [path for path, _ in answer] else "the keys stand in another order"


def _texts(leaves: list[Leaf], keep: frozenset[str]) -> list[str]:
    return [value for path, value in leaves if isinstance(value, str) and keep.isdisjoint(map(str, path))]


def _shown(path: tuple[object, ...]) -> str:
    return ".".join(map(str, path))[:80] or "the document"


def _rows(text: str, separator: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text.strip()), delimiter=separator, strict=True) if row]


def _widths(rows: list[list[str]]) -> str:
    return f"{', '.join(str(len(row)) for row in rows[:8])}{' ...' if len(rows) > 8 else ''}"
