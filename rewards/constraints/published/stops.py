"""English sentences the way open-instruct's own splitter parts them: at each mark, a few periods protected.

For published readings alone. Two marks in a row leave an empty sentence between them, line breaks are spaces, and a
mark inside closing quotation marks moves out of them.
"""

from __future__ import annotations

import re

_HELD, _STOP = "\ue000", "\ue001"
_NAMED = r"Mr|Mrs|Ms|Dr|Prof|Capt|Cpt|Lt|Wherever"
_STARTS = rf"(?:{_NAMED}|(?:He|She|It|They|Their|Our|We|But|However|That|This)\s)"
_A = "[A-Za-z]"
_PROTECTED = (
    (re.compile(r"((?:Mr|St|Mrs|Ms|Dr))\."), rf"\1{_HELD}"),
    (re.compile(r"\.(?=(?:com|net|org|io|gov|edu|me))"), _HELD),
    (re.compile(r"([0-9])\.([0-9])"), rf"\1{_HELD}\2"),
    (re.compile(r"\.(?=\.)"), _HELD),
    (re.compile(rf"(?<={_HELD})\.(?!\.)"), f"{_HELD}{_STOP}"),
    (re.compile(r"Ph\.D\."), f"Ph{_HELD}D{_HELD}"),
    (re.compile(rf"\s({_A})\. "), rf" \1{_HELD} "),
    (re.compile(rf"([A-Z]\.[A-Z]\.(?:[A-Z]\.)?) (?={_STARTS})"), rf"\1{_STOP} "),
    (re.compile(rf"({_A})\.({_A})\.({_A})\."), rf"\1{_HELD}\2{_HELD}\3{_HELD}"),
    (re.compile(rf"({_A})\.({_A})\."), rf"\1{_HELD}\2{_HELD}"),
    (re.compile(rf" (Inc|Ltd|Jr|Sr|Co)\. (?={_STARTS})"), rf" \1{_STOP} "),
    (re.compile(r" (Inc|Ltd|Jr|Sr|Co)\."), rf" \1{_HELD}"),
    (re.compile(rf" ({_A})\."), rf" \1{_HELD}"),
)
_OUT_OF_QUOTES = ((".”", "”."), ('."', '".'), ('!"', '"!'), ('?"', '"?'))


def sentences(text: str) -> list[str]:
    """The sentences of a text with their marks, empty ones among them.

    >>> sentences("Dr. Smith came. Really?! Yes...")
    ['Dr. Smith came.', 'Really?', '!', 'Yes...']
    """
    shaped = f" {text}  ".replace("\n", " ")
    for found, put in _PROTECTED:
        shaped = found.sub(put, shaped)
    for inside, outside in _OUT_OF_QUOTES:
        shaped = shaped.replace(inside, outside)
    parts = re.sub(r"([.?!])", rf"\1{_STOP}", shaped).replace(_HELD, ".").split(_STOP)
    stripped = [part.strip() for part in parts]
    return stripped if stripped[-1] else stripped[:-1]
