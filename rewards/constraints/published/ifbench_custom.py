"""IFBench's checks on single prompts as its own program reads them: `compat="ifbench"`."""

from __future__ import annotations

import csv
import re
import string
from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.places import CAPITALS
from rlvr.rewards.constraints.checks.text_views import plain
from rlvr.rewards.constraints.published.ifbench_words import unmarked
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.punkt import sentences
from rlvr.rewards.languages.measures import Text

READING: Final = "ifbench"
_DAYS = dict(zip(range(1, 13), (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))


@constraint("custom:multiples", compat=READING)
def _multiples(text: Text) -> Outcome:
    return said(re.findall(r"\d+", text.raw) == [str(number) for number in range(14, 51, 7)])


@constraint("custom:mcq_count_length", compat=READING)
def _mcq_count_length(text: Text) -> Outcome:
    if not text.raw.startswith("Question"):
        return said(False)
    parts = [part.strip() for part in re.split(r"(?:\n{1,9})?Question \d+[.|):;]?\s*", text.raw) if part.strip()]
    lengths = list[int]()
    for part in parts:
        lines = [line.strip() for line in part.split("\n")]
        marked = [re.match(r"[A-Ea-e][.|)]\s*\w", line) is not None for line in lines]
        if sum(marked) != 5:
            return said(False)
        lengths.append(len(" ".join(lines[: marked.index(True)]).strip()))
    return said(len(parts) == 4 and all(left < right for left, right in pairwise(lengths)))


@constraint("custom:reverse_newline", compat=READING)
def _reverse_newline(text: Text) -> Outcome:
    stripped = [line.strip(string.punctuation + " ") for line in text.raw.split("\n")]
    lines = [line for line in stripped if line]
    start = next((at for at, line in enumerate(lines) if "Zimbabwe" in line), len(lines))
    names = [plain(line) for line in lines[start:]]
    return said(len(names) >= 52 and names == sorted(names, reverse=True))


@constraint("custom:word_reverse", compat=READING)
def _word_reverse(text: Text) -> Outcome:
    value = " ".join(unmarked(text.raw.lower()).split()[::-1])
    return said("bald eagle" in value and value in sentences(value))


@constraint("custom:character_reverse", compat=READING)
def _character_reverse(text: Text) -> Outcome:
    return said("elgae dlab" in text.raw.lower())


@constraint("custom:sentence_alphabet", compat=READING)
def _sentence_alphabet(text: Text) -> Outcome:
    return said([part[0].lower() for part in sentences(text.raw)] == list(string.ascii_lowercase))


@constraint("custom:european_capitals_sort", compat=READING)
def _european_capitals_sort(text: Text) -> Outcome:
    given = [part.strip() for part in plain(text.raw).split(",") if part.strip()]
    return said(given == [name for name in CAPITALS if name != "Kyiv"])


@constraint("custom:csv_city", compat=READING)
def _csv_city(text: Text) -> Outcome:
    rows = _rows(text.raw, ",")
    header = ["ID", "Country", "City", "Year", "Count"]
    return said(len(rows) == 8 and rows[0] == header and all(len(row) == 5 for row in rows[1:]))


@constraint("custom:csv_special_character", compat=READING)
def _csv_special_character(text: Text) -> Outcome:
    if not _headed(text.raw, ("ProductID", "Category", "Brand", "Price", "Stock"), r",[ \t]*"):
        return said(False)
    rows = _rows(text.raw.replace('"', '"""'), ",")
    if len(rows) != 15:
        return said(False)
    for row in rows[1:]:
        if len(row) != 5:
            return said(False)
        if any(re.match(r'".*[^\d\w\s].*"', field) for field in row):
            return said(True)
    return said(False)


@constraint("custom:csv_quotes", compat=READING)
def _csv_quotes(text: Text) -> Outcome:
    if not _headed(text.raw, ("StudentID", "Subject", "Grade", "Semester", "Score"), r"\t *"):
        return said(False)
    rows = _rows(text.raw.replace('"', '"""'), "\t")
    quoted = all(field.strip()[:1] == field.strip()[-1:] == '"' for row in rows for field in row)
    return said(len(rows) == 4 and all(len(row) == 5 for row in rows) and quoted)


@constraint("custom:date_format_list", compat=READING)
def _date_format_list(text: Text) -> Outcome:
    for part in text.raw.split(","):
        date = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", part.strip())
        if not date or not 1769 <= int(date[1]) <= 1821 or int(date[3]) > _DAYS.get(int(date[2]), 99):
            return said(False)
        if int(date[2]) > 12:
            return said(False)
    return said(True)


def _headed(text: str, names: tuple[str, ...], parted: str) -> bool:
    wanted = parted.join(f'(?:{name}|"{name}")' for name in names)
    return re.fullmatch(wanted, text.split("\n", maxsplit=1)[0].strip()) is not None


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        return []
