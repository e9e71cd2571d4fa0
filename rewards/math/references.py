r"""Typed references: what a task says its answer is, or what the reference looks like.

| type | looks like |
|---|---|
| `integer`, `rational`, `decimal` | `72`, `3/4`, `0.75` |
| `quantity` | a number with a unit, percent included: `5 cm`, `50\%`, `$5` |
| `numeral` | a number in a base: `101_2` |
| `expression` | `x^2+1`, `\sqrt{2}`, `\pi/4` |
| `equation`, `inequality` | `y = 2x+1`, `x > 3` |
| `interval` | `[0, 1)`, `(-\infty, 3) \cup (3, \infty)` |
| `tuple` | `(1, 2)`, which is an open interval where the answer says so |
| `set` | `\{1, 2\}`, `1, 2`, `x = 1 \text{ or } x = 2`, `\pm 3` |
| `matrix`, `ratio`, `date` | `\begin{pmatrix}...`, `2:3`, `2024-01-05` |
| `choice` | one letter from A to J |
| `text` | words |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.languages.formats.digit_dates import date_of
from rlvr.rewards.languages.formats.unit_symbols import NO_QUANTITY, Quantity, split
from rlvr.rewards.languages.numbers.han import spell_out_scales
from rlvr.rewards.languages.numbers.plain_digits import in_plain_digits
from rlvr.rewards.languages.numbers.spoken import localized_number, number_in_words, plain_number
from rlvr.rewards.math.comparing.closeness import EXACT, Tolerance
from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.extracting.extraction import PERCENT_BEHIND, extract
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.latex import tidy, untext
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError, UnreadableError
from rlvr.rows.escapes import repaired
from rlvr.sample import Json

TYPES: Final = (
    "integer", "rational", "decimal", "quantity", "numeral", "expression", "equation", "inequality", "interval",
    "tuple", "set", "matrix", "ratio", "date", "choice", "text",
)  # fmt: skip
NUMERIC: Final = frozenset({"integer", "rational", "decimal", "quantity"})
_OF_KIND: Final = {
    "round": "tuple", "square": "interval", "interval": "interval", "union": "interval", "intersection": "interval",
    "minus": "interval", "set": "set", "list": "set", "matrix": "matrix", "ratio": "ratio", "base": "numeral",
}  # fmt: skip
_CHOICE = re.compile(r"\(?\s*([A-J])\s*[).:]?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_FORMULA = re.compile(r"[\d=<>+*/^_|{}\\()\[\]]|(?<=\s)-(?=\s)")


@dataclass(frozen=True, slots=True)
class Reference:
    """What an answer is compared with.

    Args:
        type: One of `TYPES`.
        text: As it is shown.
        declared: Whether the task said so, or the type was inferred.
        node: The tree, where it is mathematics.
        number: Its value, where it is a plain rational number.
        quantity: Its number and unit.
        tolerance: What the task allows.
        language: Of the answers, where the task says it.
    """

    type: str
    text: str
    declared: bool = False
    node: Node | None = None
    number: Fraction | None = None
    quantity: Quantity = NO_QUANTITY
    tolerance: Tolerance = EXACT
    language: str = ""

    @property
    def shown(self) -> str:
        """The reference with its type, for a verdict."""
        return f"{self.text[:300]} ({self.type}{'' if self.declared else ', inferred'})"


_SHORT = "no on in is it at an as of to up so we us go do by my me he or if ja"
_SHORT_WORDS: Final = frozenset(_SHORT.split())
_LONG_ANSWER: Final = 200
_EMPTY: Final[dict[str, Json]] = {}
_OPTIONS: Final = ("answer_type", "tolerance", "relative_tolerance", "decimals", "significant", "language")


def reference_of(reference: Json, data: Mapping[str, Json] = _EMPTY) -> Reference:
    """The typed reference of a task.

    Args:
        reference: A number, or a text: an answer, a GSM8K solution ending in `####`, a solution with a box.
        data: `answer_type` (one of `TYPES`), `tolerance`, `relative_tolerance`, `decimals`, `significant`, `language`.

    Raises:
        DataError: There is no reference, or the task declares something that cannot be.

    >>> reference_of("(1, 2]").type, reference_of("5 km").type, reference_of("x = 3").type
    ('interval', 'quantity', 'equation')
    """
    if isinstance(reference, float) and reference.is_integer() and abs(reference) < 1e15:
        reference = int(reference)
    if isinstance(reference, bool) or not isinstance(reference, str | int | float):
        raise DataError(f"the reference is {reference!r}; it is a number or a text.")
    if not data:
        return _made(str(reference), ())
    return _made(str(reference), tuple((key, data[key]) for key in _OPTIONS if key in data))  # type: ignore[arg-type]


@lru_cache(maxsize=8192)
def _made(text: str, options: tuple[tuple[str, str | int | float], ...]) -> Reference:
    known = dict(options)
    declared = known.get("answer_type")
    if declared is not None and declared not in TYPES:
        raise DataError(
            f"`answer_type` is {declared!r}.{did_you_mean(str(declared), TYPES)} It is one of {', '.join(TYPES)}."
        )
    tolerance = _tolerance(known)
    language = str(known.get("language", ""))
    answer = _answer_in(repaired(text))
    if not answer:
        raise DataError(f"the reference {text[:200]!r} holds no answer.")
    if declared in ("text", "choice", "date"):
        return Reference(str(declared), answer, declared=True, tolerance=tolerance, language=language)
    kind, node, quantity, value = _inferred(answer, language, as_text=declared is None)
    if declared is not None and node is None:
        raise DataError(f"the reference {answer[:200]!r} cannot be read as {declared}.")
    return Reference(str(declared or kind), answer, declared is not None, node, value, quantity, tolerance, language)


def _tolerance(known: Mapping[str, str | int | float]) -> Tolerance:
    numbers: dict[str, float | None] = {}
    for key in ("tolerance", "relative_tolerance", "decimals", "significant"):
        given = known.get(key)
        if given is not None and (isinstance(given, bool | str) or given < 0):
            raise DataError(f"`{key}` is {given!r}; it is a number that is not negative.")
        numbers[key] = given
    if not any(value is not None for value in numbers.values()):
        return EXACT
    decimals, significant = (
        None if numbers[key] is None else int(numbers[key] or 0) for key in ("decimals", "significant")
    )
    return Tolerance(numbers["tolerance"], numbers["relative_tolerance"], decimals, significant)


def _answer_in(text: str) -> str:
    if "\\boxed" in text or "####" in text or "\\fbox" in text:
        found = extract(text[-20_000:], strict=True)
        percent = PERCENT_BEHIND.match(found.rest)
        return f"{found.text.strip()}{percent[0].strip(' $*)') if percent else ''}"
    if "\nA: " in text:
        return text.rpartition("\nA: ")[2].strip()
    if (len(text) > _LONG_ANSWER or "\n\n" in text) and (found := extract(text)).form == "said":
        return found.text
    return text.strip()


def _inferred(answer: str, language: str, *, as_text: bool) -> tuple[str, Node | None, Quantity, Fraction | None]:
    tidied = _exact_side(tidy(_in_plain_digits(answer, language)))
    plain = untext(tidied)
    found = plain_number(plain)
    if found is None and plain.lstrip("-").startswith("0,"):
        found = localized_number(plain)
    if found is None and (language or not plain.isascii()):
        found = number_in_words(plain, language)
    if found is not None:
        kind = "integer" if found.denominator == 1 and "." not in plain else "decimal"
        return kind, Node("number", name=plain, value=found), Quantity(plain), found
    if as_text and _CHOICE.fullmatch(plain):
        return "choice", None, Quantity(plain), None
    if as_text and date_of(plain):
        return "date", None, Quantity(plain), None
    if as_text and is_words(tidied):
        return "text", None, Quantity(plain), None
    return _of_tree(tidied)


_BRACKETS = re.compile(r"[()\[\]{}]")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d{4,}")
_ABOUT = re.compile(
    r"^\s*(?:\\text\s*\{\s*)?(?:approximately|approx\.?|about|around|roughly)\s*\}?\s*(?=[-+$\d\\])", re.IGNORECASE
)
_NEARLY = re.compile(r"^\\(?:approx|sim)(?![A-Za-z])\s*|^~\s*")
_COMMENT = re.compile(r"^(?P<exactly>.*\S)\s*\\approx(?![A-Za-z]).*$", re.DOTALL)
_NAMED = re.compile(r"[A-Za-z](?:_\{?\w+\}?)?\s*|[A-Za-z]\([A-Za-z]\)\s*")


def _in_plain_digits(answer: str, language: str) -> str:
    """In the language that the task declares; within brackets a comma may part entries, unless a semicolon does."""
    if _DECIMAL_COMMA.fullmatch(answer.strip(" $")):
        return answer.replace(",", ".")
    if not language:
        return spell_out_scales(answer)
    if _BRACKETS.search(answer) and ";" not in answer:
        return answer
    return in_plain_digits(answer, language)


def _exact_side(tidied: str) -> str:
    """What stands before `about`, which is a comment; of `x \\approx 3.5`, what stands behind it."""
    tidied = _NEARLY.sub("", _ABOUT.sub("", tidied))
    if (comment := _COMMENT.match(tidied)) and not _NAMED.fullmatch(comment["exactly"]):
        return comment["exactly"]
    return tidied.replace(r"\approx", "=") if comment else tidied


def is_words(tidied: str) -> bool:
    r"""Whether a tidied text is words and no formula.

    >>> [is_words(text) for text in ("east", r"\text{no}", "xy", "sin x", r"\pi")]
    [True, True, False, False, False]
    """
    if re.fullmatch(r"\\text\s*\{[^{}]*[^\W\d_]{2,}[^{}]*\}[\s.]*", tidied):
        return not re.search(r"\d", tidied)
    plain = untext(tidied)
    if _FORMULA.search(plain):
        return False
    if plain.lower() in _SHORT_WORDS:
        return True
    try:
        node = read(plain)
    except (UnreadableError, TooCostlyError):
        return bool(_WORD.search(plain)) or not plain.isascii()
    if any(part.kind in ("call", "constant") and len(part.name) > 1 for part in node.walk()):
        return False
    return bool(_WORD.search(plain)) and node.kind not in ("list", "symbol")


def _of_tree(tidied: str) -> tuple[str, Node | None, Quantity, Fraction | None]:
    quantity = split(tidied)
    for candidate in (quantity, Quantity(tidied)):
        try:
            node = read(candidate.core)
        except (UnreadableError, TooCostlyError):
            continue
        if candidate.unit or candidate.scale != 1:
            return "quantity", node, candidate, _plain_value(node)
        return _kind(node, tidied), node, candidate, _plain_value(node)
    return "text", None, Quantity(tidied), None


def _plain_value(node: Node) -> Fraction | None:
    try:
        return exact(node) if node.kind in ("number", "neg", "div", "add") else None
    except (UndefinedError, TooCostlyError):
        return None


def _kind(node: Node, text: str) -> str:
    if node.kind == "relation":
        return "equation" if node.name.replace("=", "").strip() == "" else "inequality"
    if node.kind in _OF_KIND:
        if node.kind == "list" and all(part.kind == "relation" and set(part.name) & set("<>!") for part in node.args):
            return "inequality"
        return _OF_KIND[node.kind]
    if any(part.kind == "pm" for part in node.walk()):
        return "set"
    value = _plain_value(node)
    if value is None:
        return "expression"
    if "." in text:
        return "decimal"
    return "integer" if value.denominator == 1 else "rational"
