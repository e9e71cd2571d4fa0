r"""`math.final_number`: does the answer end in the right number?

Where the answer marks its result (`#### 72`, `\boxed{72}`, `The answer is 72.`, `A: 72`), what stands behind the last
mark decides, and must be one number: two different ones, a formula or a relation are wrong. A mark without any number
is passed over. Without marks the last number of the answer decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rlvr import Sample, Verdict, reward
from rlvr.rewards.languages.identification import identify
from rlvr.rewards.languages.numbers.digits import readings
from rlvr.rewards.languages.numbers.exact import (
    MOST_DIGITS,
    Number,
    fold,
    numbers_in,
    parse_reference,
    plain,
    without_numbers,
)
from rlvr.rewards.languages.numbers.han import has_scale
from rlvr.rewards.languages.numbers.plain_digits import (
    RUN,
    has_foreign,
    has_scale_word,
    has_separators,
    in_plain_digits,
    signs_of,
)
from rlvr.rewards.languages.numbers.spoken import number_in_words
from rlvr.rewards.languages.numbers.worded import has_words, words_as_signs
from rlvr.sample import prompt_text

# How each mark begins, and what it must look like there. Looking for beginnings from the end keeps a megabyte of marks
# cheap.
_BEGINNINGS = (
    ("####", "hash"),
    (r"\boxed", "box"),
    (r"\fbox", "box"),
    ("nswer", "said"),
    ("NSWER", "said"),
    ("A:", "said"),
)
_MARKS = {
    # Not the heading `#### Step 3`: a number, perhaps `x =` before it, must follow.
    "hash": re.compile(r"#{4,}+(?=[^\w\n]{0,20}+\n{0,3}+[^\w\n]{0,20}+(?:[A-Za-z] ?= ?[-$]{0,2})?(?:\d|[dt]?frac))"),
    "box": re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s{0,3}(?P<brace>\{)?"),
    "said": re.compile(r"(?<![A-Za-z])(?i:answer)[\s*_]{0,4}(?:is\b|[:=])|(?<![^\s*])A:"),
}
_SENTENCE_END = re.compile(r"""\n|(?<!\bRs)(?<!\bNo)[.!?。！？](?=[\s*_$"')\]]|$)""")  # noqa: RUF001
_REASON = re.compile(r"(?<=\d)\W{1,4}(?:because|since)\b")
_BLANK = re.compile(r"[\s:*_`]*+")
_WORDLESS = re.compile(r"[\W_]*(?:(?:or|and|maybe|perhaps|the|final|correct|text)[\W_]*+){0,4}", re.IGNORECASE)
_FORMULA = re.compile(r"[\\^<>≤≥≠≈±√∞+]")
_FORMULA_IN_BOX = re.compile(r"[*_!|]|-\s*[A-Za-z](?![A-Za-z])")
_ALTERNATIVE = re.compile(r"\W*\bor\b\W*")
_OR_AFTER_BOX = re.compile(r"[}\s$*_.,)]{0,20}or\b[^\w\n]{0,8}(?=[-+$\\\d])")
_BEFORE_NO_ANSWER = re.compile(r"(?:[<>≤≥≠≈±√^]|\\[A-Za-z]+)[\s{]*$|\b(?:not|isn't|never)[\s*$]{1,4}$")
_AFTER_NO_ANSWER = re.compile(r" ?(?:\^|\\[A-Za-z]|\+ ?[A-Za-z(])")
_LONGEST_RESULT = 2 * MOST_DIGITS
_MARKS_LOOKED_AT = 32


@dataclass(frozen=True, slots=True)
class _Result:
    """What stands behind a mark."""

    kind: str
    start: int
    end: int
    text: str
    numbers: Sequence[Number]


@dataclass(frozen=True, slots=True)
class _Found:
    """The numbers that decide, and where they stand."""

    numbers: Sequence[Number]
    formula: bool = False
    where: str = ""
    english: bool = False
    problem: str = ""
    from_end: int = 0


@reward("math.final_number")
def final_number(sample: Sample) -> Verdict:
    r"""1 when the final number of the answer equals the reference exactly, else 0.

    `72.00`, `$72`, `**72**`, `1,234`, `\frac{1}{2}` and digits of any script are read; `72%` is 0.72, and is never
    equal to a whole number. Nothing is rounded.

    Args:
        sample: `reference` is a number, its text, or a GSM8K answer ending in `#### 72`.

    Raises:
        ValueError: The reference is no number (status `error`).

    >>> final_number.check("70 + 2 = 72, so the answer is **72**.", reference="#### 72").score
    1.0
    >>> final_number.check("#### 71 or 72", reference=72).explanation
    'conflicting answers: 71, 72'
    """
    return _judged(sample, ("hash", "box", "said"))


@reward("math.final_number_strict")
def final_number_strict(sample: Sample) -> Verdict:
    r"""As `math.final_number`, but the number must stand behind `####` or in `\boxed{}`; logged beside it.

    Args:
        sample: As for `math.final_number`.

    Raises:
        ValueError: The reference is no number (status `error`).

    >>> final_number_strict.check("The answer is 72.", reference=72).explanation
    'no number behind `####` or in a box'
    """
    return _judged(sample, ("hash", "box"))


def _judged(sample: Sample, kinds: Sequence[str]) -> Verdict:
    declared = str(sample.data.get("language") or "")
    expected = _reference(sample.reference, declared)
    key = str(sample.reference).rpartition("####")[2].rpartition("A:")[2].strip()[:100]
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=key)
    if not declared and "said" in kinds and (number := _last_line(sample.answer)):
        return _compared([number], False, expected, key)
    found = _read(fold(sample.answer), kinds)
    ambiguous = False
    worded = has_words(found.where or sample.answer[-_ENOUGH_TO_TELL:])
    separated = has_separators(found.where)
    if declared or worded or separated or has_scale(found.where) or has_scale_word(found.where):
        language = declared or _language_of(sample, found)
        if language == "en" and not worded and not has_foreign(found.where):
            return _compared(found.numbers, found.formula, expected, key)
        text = sample.answer
        cut = max(0, len(text) - found.from_end - 2 * _ENOUGH_TO_TELL)
        end = cut + 2 * _LONGEST_RESULT + 4 * _ENOUGH_TO_TELL
        window = words_as_signs(text[cut:end]) if worded or declared else text[cut:end]
        found = _read(fold(text[:cut] + in_plain_digits(window, language) + text[end:]), kinds)
        ambiguous = not language
    if (
        not found.numbers
        and "said" in kinds
        and len(sample.answer) <= _LONGEST_WORDS
        and (value := number_in_words(sample.answer.strip(" .*"), declared))
    ):
        found = _Found([Number(sample.answer.strip()[:100], value, 0, 0)])
    if not found.numbers:
        missing = "no number in the answer" if "said" in kinds else "no number behind `####` or in a box"
        return Verdict.wrong(found.problem or missing, expected=key)
    verdict = _compared(found.numbers, found.formula, expected, key)
    if ambiguous and verdict.score == 1.0 and not _agree(found.numbers[-1].text, key):
        reason = f"{found.numbers[-1].text} is one number in some languages and another one in others"
        return Verdict.wrong(reason, extracted=found.numbers[-1].text, expected=key)
    return verdict


def _reference(reference: object, language: str) -> Fraction:
    return _known(reference, language) if isinstance(reference, str) else parse_reference(reference, language)


_known = lru_cache(maxsize=8192)(parse_reference)
_QUICK = re.compile(r"\nA: (-?\d{1,15})\s*$")
_MARKED = re.compile(r"####|\\boxed|\\fbox|nswer|NSWER|A:")


def _last_line(text: str) -> Number | None:
    """The number in the last line `A: 72` of a text without other marks near it: most of what a fast path sees."""
    match = _QUICK.search(text, max(0, len(text) - _NEAR))
    if not match or _MARKED.search(text, max(0, match.start() - _NEAR), match.start()):
        return None
    return Number(match[1], Fraction(int(match[1])), match.start(1), match.end(1))


_NEAR = 100


def _agree(given: str, key: str) -> bool:
    """Whether every convention reads a number alike, or the reference is written with the same separators."""
    runs = [match[0] for match in RUN.finditer(given)]
    return all(len(readings(run)) < 2 for run in runs) or signs_of(given) == signs_of(key)


def _language_of(sample: Sample, found: _Found) -> str:
    """Of the question, else of the mark before the number, which is English, else of the answer; empty if unknown."""
    asked = prompt_text(sample.prompt)
    if asked and (language := identify(asked[-_ENOUGH_TO_TELL:])):
        return language
    if found.english:
        return "en"
    return identify((sample.answer or "")[-_ENOUGH_TO_TELL:]) or ""


_ENOUGH_TO_TELL = 600
_LONGEST_WORDS = 200


def _read(text: str, kinds: Sequence[str]) -> _Found:
    results = _results(text, kinds)
    if results:
        numbers = [number for result in results for number in result.numbers]
        where = " ".join(text[result.start : result.end + 12] for result in results)
        english = results[-1].kind in ("hash", "said")
        formula = any(_is_formula(result) for result in results)
        return _Found(numbers, formula, where, english, from_end=len(text) - results[0].start)
    marks = _last_marks(text, kinds)
    if any(kind == "box" and _is_cut(text, mark) for kind, mark in marks[-1:]):
        return _Found([], problem="no number: the last box is never closed")
    if "said" not in kinds or marks:
        return _Found([])
    numbers, formula = last_number(text)
    last = max(text.rfind(digit) for digit in "0123456789")
    return _Found(numbers, formula, text[max(0, last - 60) : last + 30], from_end=len(text) - last)


def _compared(numbers: Sequence[Number], formula: bool, expected: Fraction, key: str) -> Verdict:
    different = list({number.value: number.text for number in reversed(numbers)}.values())[::-1]
    extracted = ", ".join(different[:10])
    if len(different) > 1:
        return Verdict.wrong(f"conflicting answers: {extracted}", extracted=extracted, expected=key)
    number = numbers[-1]
    if number.value is None:
        return Verdict.wrong(number.problem, extracted=number.text, expected=key)
    if formula:
        return Verdict.wrong(
            f"a formula or relation around {number.text}, no number", extracted=extracted, expected=key
        )
    if number.percent and expected.denominator == 1 and "%" not in key:
        # 72 % is not 72; and that 7200 % is, mathematically, is nothing a person would answer.
        return Verdict.wrong(f"{number.text} is a percentage, {key} is not", extracted=number.text, expected=key)
    if number.value != expected:
        return Verdict.wrong(f"{number.text} is not {key}", extracted=number.text, expected=key)
    return Verdict.right(number.text, key, f"{number.text} equals {key}")


def _results(text: str, kinds: Sequence[str]) -> list[_Result]:
    r"""The result behind the last mark that has a number, and those back to back with it (`\boxed{1} \boxed{2}`)."""
    found: list[_Result] = []
    marks = _last_marks(text, kinds)
    if marks and marks[-1][0] == "box" and _is_cut(text, marks[-1][1]):
        return []
    for kind, mark in reversed(marks):
        result = _behind(text, kind, mark)
        if found and result.end > found[-1].start:
            continue  # `\boxed{\boxed{72}}`: what encloses the result says nothing more
        if found:
            gap = text[result.end : found[-1].start][:61]
            wordless = _WORDLESS.fullmatch(gap.replace("approx", ""))
            if result.kind != found[0].kind or len(gap) > 60 or not wordless:
                break
        if result.numbers:
            found.append(result)
    return found[::-1]


def _last_marks(text: str, kinds: Sequence[str]) -> list[tuple[str, re.Match[str]]]:
    marks = {
        mark.start(): (kind, mark) for start, kind in _BEGINNINGS if kind in kinds for mark in _marks(text, start, kind)
    }
    return [marks[start] for start in sorted(marks)][-_MARKS_LOOKED_AT:]


def _marks(text: str, beginning: str, kind: str) -> Iterator[re.Match[str]]:
    """The last marks of one form, from the end."""
    place = len(text)
    for _ in range(_MARKS_LOOKED_AT):
        place = text.rfind(beginning, 0, place)
        if place < 0:
            return
        if kind == "hash":
            while place and text[place - 1] == "#":
                place -= 1
        if beginning == "A:":
            line = text[max(0, place - 20) : place].rpartition("\n")
            if line[2].strip(" \t*") or (not line[1] and place > 20):
                continue
        if mark := _MARKS[kind].match(text, place - (beginning[1:] == "SWER" or beginning == "nswer")):
            yield mark


def _behind(text: str, kind: str, mark: re.Match[str]) -> _Result:
    if kind == "box":
        start, end = mark.end(), _box_end(text, mark)
    else:
        blank = _BLANK.match(text, mark.end())
        start = blank.end() if blank else mark.end()
        limit = start + _LONGEST_RESULT
        if kind == "hash":
            line = text.find("\n", start, limit)
            end = limit if line < 0 else line
        else:
            stop = _SENTENCE_END.search(text, start, limit)
            end = stop.start() if stop else limit
    content = plain(text[start:end])
    if kind == "said" and (reason := _REASON.search(content)):
        content = content[: reason.start()]
    numbers = list(numbers_in(content))
    if kind == "box" and numbers:
        numbers += _alternative_to_box(text, end)
    return _Result(kind, mark.start(), min(end, len(text)), content, numbers)


def _alternative_to_box(text: str, end: int) -> list[Number]:
    r"""The number of `\boxed{72} or 71`: hedging is no answer, inside the box or behind it."""
    gap = _OR_AFTER_BOX.match(text, end, end + 40)
    if not gap:
        return []
    return list(numbers_in(plain(text[gap.end() - 1 : gap.end() + _LONGEST_RESULT])))[:1]


def _is_cut(text: str, mark: re.Match[str]) -> bool:
    """Whether a box is opened and never closed."""
    return bool(mark["brace"]) and _box_end(text, mark) == mark.end() and text[mark.end() : mark.end() + 1] != "}"


def _box_end(text: str, mark: re.Match[str]) -> int:
    start = mark.end()
    if not mark["brace"]:  # \boxed 72
        end = re.compile(r"[\s$]").search(text, start, start + _LONGEST_RESULT)
        return end.start() if end else start + _LONGEST_RESULT
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, start, start + _LONGEST_RESULT):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    return start  # never closed: the answer was cut off within it


def _is_formula(result: _Result) -> bool:
    rest = without_numbers(result.text)
    return bool(_FORMULA.search(rest) or (result.kind == "box" and _FORMULA_IN_BOX.search(rest)))


_TAKEN_BACK = re.compile(
    r"~~[^~\n]{1,60}~~|(?:,|;|\band|\bbut)\s*(?:not|nicht|pas|no|não|non|niet|nie|inte|ikke|не)\s+[*$€£\s]{0,6}\d[\d.,]*\d?[*]{0,2}"
)
_RANGE = re.compile(r"[\s*]*(?:to|\u2013|through)[\s*$]*", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\W{1,4}[$]?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\W{1,4}[$]?$", re.IGNORECASE)
_AND = re.compile(r"[\s*]*and[\s*$]*", re.IGNORECASE)


def _is_one_of_two(text: str, numbers: Sequence[Number]) -> bool:
    """Whether the last two numbers are alternatives or the ends of a range: `5 or 6`, `5 to 6`, `between 5 and 6`."""
    before, between = text[: numbers[0].start], text[numbers[0].end : numbers[1].start]
    if _ALTERNATIVE.fullmatch(between):
        return True
    if _RANGE.fullmatch(between):
        return not _FROM.search(before)
    return bool(_AND.fullmatch(between) and _BETWEEN.search(before))


def last_number(text: str) -> tuple[list[Number], bool]:
    """The last number of a text without marks; with the one before it where they are given as alternatives."""
    last = max(text.rfind(digit) for digit in "0123456789")
    if last < 0:
        return [], False
    tail = _TAKEN_BACK.sub(" ", plain(text[max(0, last - _LONGEST_RESULT) : last + 50]))
    numbers = list(numbers_in(tail))[-2:]
    if not numbers:
        return [], False
    end = numbers[-1]
    formula = bool(_BEFORE_NO_ANSWER.search(tail[: end.start]) or _AFTER_NO_ANSWER.match(tail, end.end))
    if len(numbers) == 2 and _is_one_of_two(tail, numbers):
        return numbers, formula
    return numbers[-1:], formula
