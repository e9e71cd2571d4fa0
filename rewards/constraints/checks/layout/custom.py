# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks of single prompts: multiples, countries, capitals, dates, a sentence backwards, tables of CSV."""

from __future__ import annotations

import csv
import datetime
import re
import string
from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.places import AFRICA, CAPITALS
from rlvr.rewards.constraints.checks.text_views import folded, plain
from rlvr.rewards.languages.letters import clusters, initial
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("custom:",)
_NUMBERED = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-*•])?[ \t]*")
_OPTION = re.compile(r"[ \t]*[*(]{0,2}([A-Ea-e])[.):]\**[ \t]*\S")
_COUNTRIES = {plain(name).casefold(): at for at, names in enumerate(AFRICA) for name in names.split("|")}
_FIRST_BATTLE, _LAST_BATTLE, _FEWEST_BATTLES = datetime.date(1793, 8, 29), datetime.date(1815, 6, 18), 10
_LINKING = frozenset(("is", "s", "as", "was", "represents", "symbolizes", "symbolises", "serves", "remains", "it's"))
_FENCE = re.compile(r"\A```[A-Za-z]{0,12}[ \t]*\n|\n```[ \t]*\Z")
_CITY = ["ID", "Country", "City", "Year", "Count"]
_PRODUCT = ["ProductID", "Category", "Brand", "Price", "Stock"]
_STUDENT = ["StudentID", "Subject", "Grade", "Semester", "Score"]


@constraint("custom:multiples", "Count from 10 to 50, but print only the multiples of 7.", brief=True)
def multiples(text: Text) -> Outcome:
    """14, 21, 28, 35, 42, 49, and no words."""
    found = [int(number) for number in re.findall(r"\d+", text.text)]
    followed = found == list(range(14, 51, 7)) and not any(map(str.isalpha, text.text))
    return Outcome(followed, f"{found[:12]}")


@constraint(
    "custom:mcq_count_length",
    "Write four multiple choice questions with five options each; each begins with the label Question, and they get"
    " longer.",
)
def mcq_count_length(text: Text) -> Outcome:
    """Four questions with options A to E, each longer than the one before; nothing before the first."""
    before, *parts = re.split(r"^[*#\s]*Question\b[ \t]*\d{0,2}[*.:)\-\s]*", text.text, flags=re.M)
    lengths = list[int]()
    for part in parts:
        lines = part.strip().split("\n")
        marks = [(at, found[1].upper()) for at, line in enumerate(lines) if (found := _OPTION.match(line))]
        if [letter for _, letter in marks] != list("ABCDE"):
            return Outcome(False, f"the options of question {len(lengths) + 1} are not A to E")
        lengths.append(len(" ".join("\n".join(lines[: marks[0][0]]).split())))
    followed = not before.strip() and len(parts) == 4 and all(left < right for left, right in pairwise([0, *lengths]))
    return Outcome(followed, f"{len(parts)} questions of {lengths} characters")


@constraint(
    "custom:reverse_newline", "List the countries of Africa in reverse alphabetical order, each on a line.", brief=True
)
def reverse_newline(text: Text) -> Outcome:
    """The 54 countries, each once, from Z to A; words of introduction aside."""
    lines = [_NUMBERED.sub("", line).strip(" *.,") for line in text.text.split("\n") if line.strip()]
    names = [plain(line.replace("’", "'")).casefold() for line in lines]
    known = [name for name in names if name in _COUNTRIES]
    first = next((at for at, name in enumerate(names) if name in _COUNTRIES), 0)
    strange = [name for name in names[first:] if name not in _COUNTRIES]
    missing = len(AFRICA) - len({_COUNTRIES[name] for name in known})
    followed = not strange and not missing and len(known) == len(AFRICA) and known == sorted(known, reverse=True)
    return Outcome(followed, f"{len(known)} countries, {missing} missing, {len(strange)} other lines")


@constraint(
    "custom:word_reverse",
    "Say which animal is the national symbol of the US, in a sentence whose words are in reverse order.",
    brief=True,
)
def word_reverse(text: Text) -> Outcome:
    """Backwards it is one sentence of four words or more with the bald eagle in it."""
    words = folded(text)[::-1]
    said = " ".join(words)
    followed = (
        "bald eagle" in said and len(words) >= 4 and bool(set(words) & _LINKING) and len(text.text.split("\n")) == 1
    )
    return Outcome(followed, f"backwards: {said[:80]!r}")


@constraint(
    "custom:character_reverse",
    "Say which animal is the national symbol of the US, in a sentence whose letters are in reverse order.",
    brief=True,
)
def character_reverse(text: Text) -> Outcome:
    """Backwards it is a sentence of four words or more with the bald eagle in it."""
    turned = Text("".join(clusters(text.text)[::-1]), text.language)
    words = folded(turned)
    followed = "bald eagle" in " ".join(words) and len(words) >= 4 and bool(set(words) & _LINKING)
    return Outcome(followed, f"backwards: {turned.text[:80]!r}")


@constraint(
    "custom:sentence_alphabet", "Tell a story of 26 sentences whose first words begin with the letters A to Z in order."
)
def sentence_alphabet(text: Text) -> Outcome:
    """26 sentences that begin with A to Z, quotation marks and markup aside."""
    found = "".join(initial(sentence) for sentence in text.sentences)
    return Outcome(found == string.ascii_lowercase, f"{len(found)} sentences begin with {found[:30]}")


@constraint(
    "custom:european_capitals_sort",
    "List the capitals of Europe north of 45 degrees without countries, parted by commas, the northernmost first.",
    brief=True,
)
def european_capitals_sort(text: Text) -> Outcome:
    """The 28 capitals by latitude; Kyiv is one of them, Kiev another name of it."""
    names = [name.strip(" .\n").replace("Kiev", "Kyiv") for name in plain(text.text).split(",")]
    given = [name.removesuffix(" City").casefold() for name in names if name]
    wanted = [name.casefold() for name in CAPITALS]
    wrong = next((f"{a!r} for {b!r}" for a, b in zip(given, wanted, strict=False) if a != b), f"{len(given)} names")
    return Outcome(given == wanted, "the capitals by latitude" if given == wanted else wrong)


@constraint(
    "custom:date_format_list",
    "List the start dates of Napoleon's battles as YYYY-MM-DD, parted by commas, without explanation.",
    brief=True,
)
def date_format_list(text: Text) -> Outcome:
    """Ten days or more from Toulon to Waterloo, and nothing else; whether they were battles is not judged."""
    days = set[datetime.date]()
    for part in text.text.rstrip(".").split(","):
        try:
            days.add(datetime.datetime.strptime(part.strip(), "%Y-%m-%d").date())
        except ValueError:
            return Outcome(False, f"{part.strip()[:30]!r} is no date as YYYY-MM-DD")
    outside = [day for day in days if not _FIRST_BATTLE <= day <= _LAST_BATTLE]
    return Outcome(len(days) >= _FEWEST_BATTLES and not outside, f"{len(days)} days, {len(outside)} outside his wars")


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
