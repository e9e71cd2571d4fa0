# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on bullet points: how many, which mark begins them, what stands before and under them."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = (
    "detectable_format:number_bullet_lists",
    "format:list",
    "format:sub-bullets",
    "format:no_bullets_bullets",
)
_BULLET = re.compile(
    r"[ \t　]*(?:[-*+–][ \t]+|[•・‣◦▪‧∙⁃✓✔➢★☆➔][ \t　]*|(?P<dash>[—―])[ \t]+"
    r"|(?P<shape>[●■□○◆◇▶►➤·])(?!(?P=shape))[ \t　]*)(?P<item>\S.*)"
)
_SPOKEN = re.compile(r"[!?…]\W*\Z|[,!?.…]\s*[—–―]")
_STAR, _DASH = re.compile(r"[ \t]*\*(?:[ \t]+\S|[^\s*][^*]*\Z)"), re.compile(r"[ \t]*[-–][ \t]+\S")
_OTHER_BULLET = re.compile(r"^[ \t]*(?:[-*+•・‣●]|\d{1,3}[.)])[ \t]+\S", re.M)


@constraint("detectable_format:number_bullet_lists", "Use exactly {num_bullets} bullet points, each begun by * or -.")
def number_bullet_lists(text: Text, num_bullets: int) -> Outcome:
    """Exactly so many lines that a bullet begins; rules, negative numbers, speech and headings are none."""
    found = count_bullets(text.text)
    return Outcome(found == num_bullets, f"{found} bullet points, {num_bullets} wanted")


def count_bullets(text: str) -> int:
    """How many lines of a text a bullet begins.

    A dash may begin speech as well: a line that asks, exclaims or goes on after another dash is none. A square or a
    circle may begin a heading: one with a line of text under it is none.

    >>> count_bullets("— хлеб\\n— молоко"), count_bullets("— Привет! — сказал он.\\n— Да!")
    (2, 0)
    >>> count_bullets("■ りんご\\n■ みかん"), count_bullets("■ 概要\\n本文です。")
    (2, 0)
    """
    lines = text.split("\n")
    found = [_BULLET.fullmatch(line) for line in lines]
    return sum(
        one is not None and _is_item(one, following, other)
        for one, following, other in zip(found, [*lines[1:], ""], [*found[1:], None], strict=True)
    )


def _is_item(found: re.Match[str], following: str, other: re.Match[str] | None) -> bool:
    item = found["item"]
    if not any(map(str.isalnum, item)) or item.startswith("- "):
        return False
    if found["dash"]:
        return not _SPOKEN.search(item) and not (item[0].isupper() and item.rstrip()[-1] == ".")
    return not found["shape"] or other is not None or not following.strip()


@constraint("format:list", "Answer with a list of items, each on a line begun by {sep} in place of a bullet.")
def list_(text: Text, sep: str) -> Outcome:
    """Two items or more, each begun by the mark; on lines of their own, where it is long within one too."""
    mark = re.escape(sep.strip())
    start = (
        rf"(?:^[ \t]*|(?<=\s)){mark}"
        if len(sep.strip()) > 2 and text.text.startswith(sep.strip())
        else rf"^[ \t]*{mark}"
    )
    items = re.findall(rf"{start}[ \t]*[*_\"“(]{{0,3}}\w", text.text, re.M)
    others = 0 if sep.strip()[:1] in "-*+•" else len(_OTHER_BULLET.findall(text.text))
    return Outcome(len(items) >= 2 and not others, f"{len(items)} items, {others} with another bullet")


@constraint("format:sub-bullets", "Use bullet points begun by *, each with a sub-bullet or more begun by - under it.")
def sub_bullets(text: Text) -> Outcome:
    """A line begun by * or more, each followed by a line begun by -."""
    subs = list[int]()
    for line in text.text.split("\n"):
        if _STAR.match(line):
            subs.append(0)
        elif subs and _DASH.match(line):
            subs[-1] += 1
    return Outcome(bool(subs) and all(subs), f"sub-bullets by bullet: {subs[:12]}")


@constraint(
    "format:no_bullets_bullets",
    "Write two sentences or more that end in a full stop, then two bullet points or more begun by *.",
)
def no_bullets_bullets(text: Text) -> Outcome:
    """Two sentences ending in a full stop before the first line begun by *, and two such lines."""
    lines = text.text.split("\n")
    first = next((at for at, line in enumerate(lines) if _STAR.match(line)), len(lines))
    before = Text("\n".join(lines[:first]), text.language).sentences
    ended = sum(one.rstrip("*_\"'”’»)」』 ")[-1:] in tuple(".。．।۔።") for one in before)
    bullets = sum(_STAR.match(line) is not None for line in lines)
    return Outcome(ended >= 2 and bullets >= 2, f"{ended} sentences, then {bullets} bullet points")
