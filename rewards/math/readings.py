r"""Reading the extracted answer as what the reference is.

Readings are tried in a fixed order and the first one that can be read decides. It is never asked which of them would
match: that is how `5 or 7` comes to equal 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from rlvr.rewards.languages.formats.unit_symbols import NO_QUANTITY, Quantity, split
from rlvr.rewards.languages.numbers.exact import Number, fold, numbers_in, plain, without_numbers
from rlvr.rewards.languages.numbers.han import spell_out_scales
from rlvr.rewards.languages.numbers.plain_digits import in_plain_digits
from rlvr.rewards.languages.numbers.spoken import localized_number, number_in_words, ordinal_in_words, plain_number
from rlvr.rewards.languages.numbers.worded import words_as_signs
from rlvr.rewards.math.extracting.extraction import Extract
from rlvr.rewards.math.final_number import last_number
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.latex import tidy, untext
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UnreadableError
from rlvr.rewards.math.references import NUMERIC, Reference

_LABEL = re.compile(r"^(?:the )?(?:\\text\{[^{}]*\}|[A-Za-z]{3,}(?: [A-Za-z]+){0,5})\s*(?:=|:| is )\s*(?=\S)")
_MATH = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_IS = re.compile(r".*\b(?:is|are)\b", re.DOTALL | re.IGNORECASE)
_SAYS = re.compile(r".*(?:\b(?:is|are|equals|equal to|be|was)\b|[=:\uff1a\u4e3a\u662f])", re.DOTALL | re.IGNORECASE)
_FORMULA = re.compile(r"[\\^<>≤≥≠≈±√∞+*=]|-\s*[A-Za-z](?![A-Za-z])")
_HEDGE = re.compile(r"\b(?:maybe|perhaps|possibly|or possibly|either|not sure|probably|guess)\b|\?", re.IGNORECASE)
_DENIAL = re.compile(
    r"^\W*(?:not|never)\s+\S+\W*$|\b(?:not|isn't|cannot be|can't be|never|neither|nor)\s+[$\\(]*-?[.\d]\S*\W*$"
    r"|\b(?:wrong|incorrect|impossible)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:less|more|greater|fewer|larger|smaller) than\b|\bat (?:least|most)\b|\bup to\b|\bor (?:more|less|fewer)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?<!\\)\b(?:about|approximately|approx|around|roughly|nearly|almost)\b", re.IGNORECASE)
_SPLIT = re.compile(r"(?<=\d)\\[,;:! ](?=\d{1,2}(?!\d)|\d{4})")
_NOT_THAT = re.compile(r"(?<=\w)[$*\s]*(?:[,;(]|\bbut|\band)\s*(?:and |but )?not\b.*$", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:so|thus|hence|therefore|then|finally|and|we (?:get|have|find)|it is|it's)\b[,:]?\s*)+", re.IGNORECASE
)
_COUNTER = re.compile(
    r"\b(?:step|problem|question|figure|equation|case|line|page|section|part|chapter|no\.?)\s*#?\s*$", re.IGNORECASE
)
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*$")
_OR = re.compile(r"\d[^\d.]{0,30}?\s(?:or|oder|ou)\s")
_THOUSANDS = re.compile(r"([-+]?\d[\d,]*(?:\.\d+)?)([kKMB])")
_ORDINAL = re.compile(r"\d\s*(?:\^\s*\{?\s*)?(?:\\(?:text|mathrm)\s*\{\s*)?(?:st|nd|rd|th)\b")
_EMPHASIS = re.compile(r"\*\*|__")
_FACTORIAL = re.compile(r"!(?:\s*(?:\$+|\\[)\]]))?$")
_DECIMALS = re.compile(r"\.\d")
_COMMA = re.compile(r"(?<![\d,.])(\d+),(\d{1,2})(?![\d,])")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer was read as: a tree with its unit, or why there is none."""

    node: Node | None = None
    quantity: Quantity = NO_QUANTITY
    shown: str = ""
    problem: str = ""


def read_answer(found: Extract, reference: Reference) -> Reading:
    r"""The mathematics in an extracted answer.

    >>> from rlvr.rewards.math.references import reference_of
    >>> read_answer(Extract("3,5", "box"), reference_of("3.5")).node.value
    Fraction(7, 2)
    >>> read_answer(Extract("5 or maybe 7", "said"), reference_of("5")).problem
    'a hedge: `maybe`'
    """
    if reference.type in NUMERIC:
        found = _in_english(found, reference.language)
    text = _OPENING.sub("", _NOT_THAT.sub("", found.text.strip()))
    tidied = tidy(text) if _FACTORIAL.search(text) else _trimmed(tidy(text))
    shown = text[:200]
    if hedge := _HEDGE.search(untext(tidied)):
        return Reading(shown=shown, problem=f"a hedge: `{hedge[0]}`")
    if reference.type in NUMERIC and found.form in ("box", "tag", "hash") and (bound := _bounds(tidied, reference)):
        return Reading(shown=shown, problem=f"no number but a range: `{bound}`")
    if denial := _DENIAL.search(untext(tidied)):
        return Reading(shown=shown, problem=f"a denial: `{denial[0]}`")
    if reference.type in NUMERIC and (value := _simple(tidied, reference)) is not None:
        return Reading(Node("number", name=_bare_number(tidied), value=value), Quantity(tidied), shown)
    return _as_formula(tidied, found, reference, shown)


def _in_english(found: Extract, language: str) -> Extract:
    """The answer with its numbers in plain digits, and words like `minus` as signs."""
    known = bool(language) or any(gap in found.text for gap in "\u00a0\u202f\u2009")
    text = in_plain_digits(found.text, language) if known else spell_out_scales(found.text)
    return replace(found, text=words_as_signs(text))


def _as_formula(tidied: str, found: Extract, reference: Reference, shown: str) -> Reading:
    """The first way of reading it that can be read, else the formula or number in a sentence."""
    problem = "nothing that can be read"
    for candidate in _candidates(tidied, reference):
        try:
            node = read(candidate.core)
            if _is_sentence(node, candidate.core, found, reference):
                problem = "a sentence"
                break
            return Reading(node, candidate, shown)
        except TooCostlyError as error:
            return Reading(shown=shown, problem=f"too costly to read: {error.message}")
        except UnreadableError as error:
            problem = error.message
    if found.form in ("said", "prose", "whole", "bold", "hash", "tag", "math"):
        return _in_prose(found, reference, shown, problem)
    if reference.type in NUMERIC and found.form == "box":
        return _in_prose(found, reference, shown, problem)
    return Reading(shown=shown, problem=f"not read: {problem}")


def _is_sentence(node: Node, text: str, found: Extract, reference: Reference) -> bool:
    """Whether words were read as a product of letters, beside a number that is asked for."""
    if found.form not in ("said", "prose", "whole", "bold") or reference.type not in NUMERIC or node.kind == "relation":
        return False
    return bool(node.symbols()) and bool(re.search(r"[^\W\d_]{2}", text)) and bool(re.search(r"\d", text))


def _trimmed(tidied: str) -> str:
    """Without the marks around it; the point of `.5` is none of them."""
    bare = tidied.rstrip(" *_`.,;:!").lstrip(" *_`,;:!")
    return bare if _DECIMALS.match(bare) else bare.lstrip(" *_`.,;:!")


def _bounds(tidied: str, reference: Reference) -> str:
    """Words that make a range of a number; a decimal is often about something anyway."""
    plain = untext(tidied)
    found = _BOUND.search(plain) or (_ABOUT.search(plain) if reference.type != "decimal" else None)
    return found[0] if found else ""


def _bare_number(text: str) -> str:
    return text if "." in text else ""


def _simple(tidied: str, reference: Reference) -> Fraction | None:
    bare = untext(tidied)
    value = plain_number(bare)
    if value is None and not reference.language:
        value = localized_number(bare)
    if value is None and not reference.quantity.unit and (thousands := _THOUSANDS.fullmatch(bare)):
        amount = plain_number(thousands[1])
        value = None if amount is None else amount * {"k": 10**3, "m": 10**6, "b": 10**9}[thousands[2].lower()]
    if value is None and _ORDINAL.search(reference.text):
        value = ordinal_in_words(bare, reference.language)
    return number_in_words(bare, reference.language) if value is None else value


def _candidates(tidied: str, reference: Reference) -> list[Quantity]:
    texts = [tidied]
    label = _LABEL.match(tidied)
    if label and " " not in label[0].strip() and label[0].strip().endswith("="):
        label = None  # a name, which the grammar reads
    if label and "=" not in tidied[label.end() :] and not tidied.startswith(("sqrt", "sin", "cos", "tan", "log")):
        texts.insert(0, tidied[label.end() :])
    found: list[Quantity] = []
    for text in texts:
        if reference.type in NUMERIC or reference.type in ("expression", "numeral"):
            found.append(_with_number(split(text, joined=bool(reference.quantity.unit)), reference))
        found.append(Quantity(text))
    return found


def _with_number(quantity: Quantity, reference: Reference) -> Quantity:
    if quantity.unit and plain_number(quantity.core) is None:
        value = None if reference.language else localized_number(quantity.core)
        if value is not None:
            return Quantity(str(value), quantity.unit, quantity.scale)
    return quantity


def _in_prose(found: Extract, reference: Reference, shown: str, problem: str) -> Reading:
    """The formula in a sentence, or its number."""
    plain_text = found.text if reference.language else in_plain_digits(found.text)
    text = _SPLIT.sub(" ; ", fold(plain_text).replace("**", " "))
    text = _COMMA.sub(r"\1.\2", text) if reference.type == "decimal" else text
    spans = [next(group for group in span.groups() if group is not None) for span in _MATH.finditer(text)]
    if spans and (len(spans) == 1 or found.form == "prose") and not re.search(r"\d", _MATH.sub(" ", text)):
        inner = read_answer(Extract(spans[-1], "box"), replace(reference, language=""))  # its digits are plain by now
        return (
            inner
            if inner.node is not None or reference.type not in NUMERIC
            else Reading(shown=shown, problem=inner.problem)
        )
    if reference.type not in NUMERIC:
        return _behind_is(text, shown) or Reading(shown=shown, problem=f"not read: {problem}")
    if found.form in ("prose", "whole"):
        return _last(text, shown)
    if _OR.search(text):
        return Reading(shown=shown, problem="conflicting answers: something else is offered behind it")
    said = _SAYS.match(text)
    for part in (text[said.end() :] if said else "", text):
        numbers = _deciding(plain(part), said=found.form == "said")
        if len({number.value for number in numbers}) > 1:
            return Reading(
                shown=shown, problem=f"conflicting answers: {', '.join(number.text for number in numbers[:6])}"
            )
        if numbers:
            rest = without_numbers(plain(part))
            if numbers[0].value is None:
                return Reading(shown=shown, problem=numbers[0].problem)
            if _FORMULA.search(rest if part is not text else rest.replace("=", " ")):
                return Reading(shown=shown, problem=f"a formula around {numbers[0].text}, not a number")
            return _number(numbers[0].text, numbers[0].value, percent=numbers[0].percent)
    return Reading(shown=shown, problem=f"not read: {problem}")


def _deciding(text: str, *, said: bool) -> list[Number]:
    """The numbers that are the answer: the last of `5 days, 300 in all`, the first of `$220 for 12 months`."""
    numbers = list(numbers_in(text))
    if len(numbers) == 2 and _ALTOGETHER.search(text[numbers[0].end : numbers[1].start]):
        return numbers[1:]
    return without_circumstances(text, numbers) if said and len({one.value for one in numbers}) > 1 else numbers


_ALTOGETHER = re.compile(r"^\D{0,6}(?:共|总共|總共|合計|全部で|모두|총)")
_ALSO = re.compile(r"\b(?:and|or|but|und|oder|et|ou|y|o|e|i)\b")
_CIRCUMSTANCE = re.compile(
    r"\s+[^\W\d_][^\d.;,]{0,40}?\b(?:for|after|out of|over|within|because|since|when)\b[^\d,;]{0,20}"
    r"|\s+(?:for|after|out of|over|within|because|since|when)\b[^\d,;]{0,20}"
)


def without_circumstances(text: str, numbers: list[Number]) -> list[Number]:
    """Of `$220 for 12 months`, the first number alone; two numbers of one rank stay two.

    >>> [one.text for one in without_circumstances("5 apples for 3 people", list(numbers_in("5 apples for 3 people")))]
    ['5']
    """
    if len(numbers) == 2 and _ALSO.search(text[numbers[0].end : numbers[1].start]):
        return numbers
    if len(numbers) != 2 or not _CIRCUMSTANCE.fullmatch(text[numbers[0].end : numbers[1].start].replace("*", "") + " "):
        return numbers
    return numbers[:1] if re.match(r"\s+[^\W\d_]{3,}", text[numbers[1].end :]) else numbers


def _behind_is(text: str, shown: str) -> Reading | None:
    """Of `The roots are 1 and 2.`, what stands behind the last verb."""
    said = _IS.match(text)
    if not said:
        return None
    tail = _trimmed(tidy(text[said.end() :]))
    try:
        return Reading(read(tail), Quantity(tail), shown)
    except (UnreadableError, TooCostlyError):
        return None


def _number(text: str, value: Fraction, *, percent: bool) -> Reading:
    if percent:
        return Reading(Node("number", value=value * 100), Quantity(text, "%"), text)
    return Reading(Node("number", name=_bare_number(text.strip("$")), value=value), Quantity(text), text)


def _last(text: str, shown: str) -> Reading:
    text = _EMPHASIS.sub(" ", text)
    numbers, formula = last_number(text)
    if not numbers:
        return Reading(shown=shown, problem="no number in the answer")
    number = numbers[-1]
    if len({one.value for one in numbers}) > 1:
        return Reading(shown=shown, problem=f"conflicting answers: {', '.join(one.text for one in numbers)}")
    place = text.rfind(number.text)
    before, after = text[max(0, place - 20) : max(0, place)], text[place + len(number.text) :]
    if _COUNTER.search(before) or (_LIST_NUMBER.search(before) and re.match(r"[.)]\s+\S", after)):
        return Reading(shown=shown, problem=f"{number.text} counts something else")
    if formula or number.value is None:
        return Reading(shown=number.text, problem=number.problem or f"a formula around {number.text}, no number")
    return _number(number.text, number.value, percent=number.percent)
