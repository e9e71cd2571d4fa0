"""Checks on tables of CSV: their header, their rows, what is quoted."""

from __future__ import annotations

import csv
import re

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

_FENCE = re.compile(r"\A```[A-Za-z]{0,12}[ \t]*\n|\n```[ \t]*\Z")
_CITY = ["ID", "Country", "City", "Year", "Count"]
_PRODUCT = ["ProductID", "Category", "Brand", "Price", "Stock"]
_STUDENT = ["StudentID", "Subject", "Grade", "Semester", "Score"]


@constraint("custom:csv_city", f"Write CSV with the columns {', '.join(_CITY)} and seven rows.", brief=True)
def csv_city(text: Text) -> Outcome:
    """The header and seven full rows."""
    return _table(text, _CITY, 7)[0]


@constraint(
    "custom:csv_special_character",
    f"Write CSV with the columns {', '.join(_PRODUCT)} and 14 rows, one field with a special character, in quotes.",
    brief=True,
)
def csv_special_character(text: Text) -> Outcome:
    """The header and 14 full rows; a field in quotation marks has a character that is no letter, digit or space."""
    outcome, lines = _table(text, _PRODUCT, 14)
    if not outcome.followed:
        return outcome
    special = any(re.search(r'(?:^|,)[ \t]*"[^"]*[^\w\s"][^"]*"', line) for line in lines[1:])
    return Outcome(special, "a quoted field with a special character" if special else "no such field in quotes")


@constraint(
    "custom:csv_quotes",
    f"Write a table parted by tabs with the columns {', '.join(_STUDENT)} and three rows, each field in double quotes.",
    brief=True,
)
def csv_quotes(text: Text) -> Outcome:
    """The header and three full rows, parted by tabs, each field in quotation marks."""
    outcome, lines = _table(text, _STUDENT, 3, "\t")
    if not outcome.followed:
        return outcome
    bare = next((one for line in lines for one in line.split("\t") if not re.fullmatch(r'\s*"[^"]*"\s*', one)), None)
    return Outcome(bare is None, "each field is quoted" if bare is None else f"{bare.strip()!r} is not quoted")


def _table(text: Text, header: list[str], count: int, delimiter: str = ",") -> tuple[Outcome, list[str]]:
    lines = [line for line in _FENCE.sub("", text.text).split("\n") if line.strip()]
    try:
        rows = [
            [field.strip() for field in row] for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
        ]
    except csv.Error as error:
        return Outcome(False, f"no CSV: {error}"), lines
    if rows[:1] != [header]:
        return Outcome(False, f"the header is {rows[:1]}"), lines
    full = all(len(row) == len(header) and all(row) for row in rows[1:])
    distinct = len({tuple(row) for row in rows[1:]}) == len(rows) - 1
    return Outcome(len(rows) - 1 == count and full and distinct, f"{len(rows) - 1} rows, {count} wanted"), lines
