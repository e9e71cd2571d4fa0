"""For each constraint a fault that it must find, made in a translation that follows it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlvr.rewards.constraints.checks.translation.tokens import PLACEHOLDER, TAG
from rlvr.rewards.constraints.generating.lexicon import Parallel
from rlvr.rewards.languages.formats.dates import dates_of, written
from rlvr.rewards.languages.formats.units import measures_of
from rlvr.rewards.languages.matching import find_terms, tokens_of
from rlvr.rewards.languages.numbers.numerals import numerals_of

Corruption = Callable[[Parallel, Mapping[str, Any]], str]
"""From a row and a constraint that its reference follows, a translation that does not."""

_OTHER_FORM = {"de": ("du", "von Ihnen"), "zh": ("你", "您"), "ru": ("ты", "вы")}


def corrupted(row: Parallel, asked: Mapping[str, Any]) -> str:
    """The reference with one fault; as it is where there was no way to make it."""
    return _CORRUPTIONS[asked["id"]](row, asked)


def _without_term(row: Parallel, asked: Mapping[str, Any]) -> str:
    text, tokens = row.reference, tokens_of(row.reference)
    for one in reversed(find_terms(text, [asked["terms"][0]["target"]], row.pair.target)):
        text = _cut(text, tokens[one.first].start, tokens[one.last - 1].end)
    return text


def _spelt_otherwise(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace(asked["terms"][0], f"{asked['terms'][0][0].lower()}{asked['terms'][0][1:]}x")


def _another_number(row: Parallel, asked: Mapping[str, Any]) -> str:
    numbers = numerals_of(row.reference, row.pair.target)
    if not numbers:  # all of them are spelt out
        return f"{row.reference} 987"
    return f"{row.reference[: numbers[0].start]}987{row.reference[numbers[0].end :]}"


def _other_separators(row: Parallel, asked: Mapping[str, Any]) -> str:
    swap = {".": ",", ",": "."}
    return re.sub(r"(?<=\d)[.,](?=\d)", lambda mark: swap[mark[0]], row.reference)


def _another_form_of_date(row: Parallel, asked: Mapping[str, Any]) -> str:
    text, style = row.reference, "iso" if asked["style"] != "iso" else "long"
    date = next(one for one in dates_of(text, row.pair.target) if one.style == asked["style"])
    other = written((date.year or 2000, date.month, date.day), style, row.pair.target)
    return f"{text[: date.start]} {other}{text[date.end :]}"


def _no_currency(row: Parallel, asked: Mapping[str, Any]) -> str:
    return re.sub(
        r"[$€£¥￥₽]|US|JP|\b(?:USD|EUR|GBP|JPY)\b|\b(?:dollar|euro|rouble|ruble|lei)\w*|[美日欧]?元|英镑|卢布",
        "",
        row.reference,
        flags=re.I,
    )


def _another_unit(row: Parallel, asked: Mapping[str, Any]) -> str:
    text = row.reference
    for one in measures_of(text, row.pair.target):
        number = re.match(r"[\d.,\s\u00a0\u202f]*\d", one.text)
        text = text.replace(one.text, f"{number[0] if number else ''} ells")
    return text


def _other_address(row: Parallel, asked: Mapping[str, Any]) -> str:
    informal, formal = _OTHER_FORM[row.pair.target]
    return f"{row.reference} ({formal if asked['level'] == 'informal' else informal})"


def _longer(row: Parallel, asked: Mapping[str, Any]) -> str:
    return " ".join([row.reference] * 12)


def _other_marks(row: Parallel, asked: Mapping[str, Any]) -> str:
    other = "«»" if asked["marks"] != "«»" else "“”"
    return row.reference.replace(asked["marks"][0], other[0]).replace(asked["marks"][1], other[1])


def _another_case(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference[: len(row.reference) // 2] + row.reference[len(row.reference) // 2 :].swapcase()


def _chatter(row: Parallel, asked: Mapping[str, Any]) -> str:
    return f"Sure! Here is the translation:\n{row.reference}"


def _renamed_placeholder(row: Parallel, asked: Mapping[str, Any]) -> str:
    return PLACEHOLDER.sub(lambda mark: f"{mark[0][:-1]}_x{mark[0][-1]}", row.reference)


def _another_type(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace("%s", "%d", 1)


def _unclosed(row: Parallel, asked: Mapping[str, Any]) -> str:
    return next(
        (_cut(row.reference, tag.start(), tag.end()) for tag in TAG.finditer(row.reference) if tag["close"]), ""
    )


def _another_address(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace("example.org", "example.de")


def _renamed_argument(row: Parallel, asked: Mapping[str, Any]) -> str:
    return "{number" + row.reference[row.reference.index(",") :]


def _joined(row: Parallel, asked: Mapping[str, Any]) -> str:
    return re.sub(r"\n+", " ", row.reference, count=1)


def _without_key(row: Parallel, asked: Mapping[str, Any]) -> str:
    document = json.loads(row.reference)
    del document["items"][0]["shown"]
    return json.dumps(document, ensure_ascii=False)


def _without_cell(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace(",", " ", 1)


def _without_tag(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace("</strong>", "", 1)


def _another_level(row: Parallel, asked: Mapping[str, Any]) -> str:
    return row.reference.replace("## ", "# ", 1)


_CORRUPTIONS: Mapping[str, Corruption] = {
    "terms:glossary": _without_term,
    "terms:keep": _spelt_otherwise,
    "numbers:same": _another_number,
    "numbers:separators": _other_separators,
    "formats:date": _another_form_of_date,
    "formats:currency": _no_currency,
    "formats:unit": _another_unit,
    "register:formality": _other_address,
    "length:characters": _longer,
    "length:ratio": _longer,
    "length:reading_speed": _longer,
    "length:lines": _longer,
    "style:quotation": _other_marks,
    "style:casing": _another_case,
    "output:only": _chatter,
    "tokens:placeholders": _renamed_placeholder,
    "tokens:printf": _another_type,
    "tokens:tags": _unclosed,
    "tokens:urls": _another_address,
    "tokens:emails": _another_address,
    "tokens:icu": _renamed_argument,
    "layout:lines": _joined,
    "layout:paragraphs": _joined,
    "structure:json": _without_key,
    "structure:csv": _without_cell,
    "structure:html": _without_tag,
    "structure:markdown": _another_level,
}


def known() -> Sequence[str]:
    return list(_CORRUPTIONS)


def _cut(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]
