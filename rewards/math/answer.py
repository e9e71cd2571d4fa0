r"""`math.answer`: is the final answer what the reference says, whatever kind of thing that is?

The reference has a type, declared by the task or inferred (the verdict shows which); the type decides how the answer is
read and compared, and what cannot be read is wrong. Plain numbers, texts and choices never leave the fast path; what is
a formula is read into a tree, looked at for its cost, and computed exactly or at random points.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from rlvr import Sample, Verdict, reward
from rlvr.rewards.languages.formats.clock import same_time
from rlvr.rewards.languages.formats.digit_dates import date_of
from rlvr.rewards.languages.identification import identify
from rlvr.rewards.languages.numbers.plain_digits import has_scale_word, has_separators, signs_of
from rlvr.rewards.languages.numbers.spoken import plain_number
from rlvr.rewards.math.choice import chosen
from rlvr.rewards.math.comparing.exact import exact as exactly
from rlvr.rewards.math.extracting.extraction import PERCENT_BEHIND, Extract, extract
from rlvr.rewards.math.extracting.letters import letter_of
from rlvr.rewards.math.parsing.latex import tidy, untext
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError
from rlvr.rewards.math.quantities import asks_percent, compare_quantities
from rlvr.rewards.math.readings import read_answer
from rlvr.rewards.math.references import NUMERIC, Reference, reference_of
from rlvr.sample import prompt_text

_COLLECTIONS: Final = frozenset({"set", "tuple", "equation", "interval", "inequality"})
_OR_BEHIND = re.compile(r"[}\s$*_.,)\\\]]{0,20}(?:or|oder|ou|或)\b[^\w\n]{0,8}[-+$\\\w]")
_MOST_OPERATIONS: Final = 1
"""An answer to a question for a number may leave so many operations undone: `2^{10}`, not `37 \\cdot 41 + 4`."""


@reward("math.answer", isolate="process", timeout=3.0, preload=("sympy",))
def answer(sample: Sample) -> Verdict:
    r"""1 when the final answer is what the reference says, else 0 with the reason.

    Args:
        sample: `reference` is a number or a text (an answer in LaTeX or plain, a solution with `\boxed{}` or `####`).
            `data` may declare `answer_type`, `tolerance`, `relative_tolerance`, `decimals`, `significant` and
            `language`; see `rlvr.rewards.math.references`.

    Raises:
        DataError: The reference is none, or is not of the declared type (status `error`).

    >>> answer.check(r"So $x = \boxed{\frac{-1}{2}}$.", reference="-0.5").expected
    '-0.5 (decimal, inferred)'
    >>> answer.check("The answer is 5 or 7.", reference="5").explanation
    'not equal: several answers where one was asked for'
    >>> answer.check(r"\boxed{5\text{ oranges}}", reference="5 apples").explanation
    'another unit: oranges, not apples'
    """
    return _judged(sample, strict=False)


@reward("math.answer_strict", isolate="process", timeout=3.0, preload=("sympy",))
def answer_strict(sample: Sample) -> Verdict:
    r"""As `math.answer`, but the answer must stand in `\boxed{}`, behind `####` or in `<answer>` tags.

    Args:
        sample: As for `math.answer`.

    Raises:
        DataError: As for `math.answer`.

    >>> answer_strict.check("The answer is 5.", reference="5").explanation
    'nothing in `\\boxed{}`, behind `####` or in <answer> tags'
    """
    return _judged(sample, strict=True)


def _judged(sample: Sample, *, strict: bool) -> Verdict:
    reference = reference_of(sample.reference, sample.data)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=reference.shown)
    if reference.type == "choice":
        return _choice(sample, reference, strict=strict)
    found = extract(sample.answer, strict=strict)
    if found.problem:
        return Verdict.wrong(found.problem, extracted=found.text[:200] or None, expected=reference.shown)
    if found.rest and _OR_BEHIND.match(found.rest):
        problem = f"conflicting answers: {found.text[:60]}{found.rest.partition('.')[0][:40]}"
        return Verdict.wrong(problem, extracted=found.text[:200], expected=reference.shown)
    if found.parts and reference.type not in _COLLECTIONS and not _all_same(found.parts):
        problem = f"conflicting answers: {', '.join(found.parts[:6])}"[:200]
        return Verdict.wrong(problem, extracted=found.text[:200], expected=reference.shown)
    if (same_clock := _clock(found, reference)) is not None:
        return same_clock
    reference = _localized(reference, found.text, sample)
    if (plain := _plainly(found, reference)) is not None:
        return plain
    if reference.type == "text":
        return _text(found, reference)
    if reference.type == "date":
        return _date(found, reference)
    return _mathematics(found, reference, sample)


_HALF = re.compile(r"\d\W{0,9}(?:\\?text\W{0,3})?[ap]\.?\s?m\b", re.IGNORECASE)
"""Of the day: `7:30 p.m.`"""


def _clock(found: Extract, reference: Reference) -> Verdict | None:
    if not (_HALF.search(reference.text) or _HALF.search(found.text[:200])):
        return None
    same = same_time(untext(tidy(reference.text)), untext(tidy(found.text)).strip(" *_,;"))
    if same is None:
        return None
    if same:
        return Verdict.right(found.text[:200], reference.shown, "the same time")
    return Verdict.wrong("another time", extracted=found.text[:200], expected=reference.shown)


def _localized(reference: Reference, given: str, sample: Sample) -> Reference:
    """The reference with the language of the question, where that says what the separators of the answer are.

    An answer with the separators of the reference is read as the reference is.
    """
    if reference.language or reference.type not in NUMERIC or given.strip(" $").isdigit():
        return reference
    if not sample.prompt:  # the answer's own words tell whose `Millionen` they are
        own = identify((sample.answer or "")[-600:]) if has_scale_word(given[:200]) else None
        return replace(reference, language=own) if own and own != "en" else reference
    if has_separators(given[:200]) and signs_of(given) == signs_of(reference.text):
        return reference
    language = identify(prompt_text(sample.prompt)[-600:])
    return replace(reference, language=language) if language and language != "en" else reference


def _all_same(parts: tuple[str, ...]) -> bool:
    return len({plain_number(tidy(part)) or tidy(part) for part in parts}) == 1


def _plainly(found: Extract, reference: Reference) -> Verdict | None:
    """Two plain numbers; most of what there is to judge."""
    if reference.number is None or reference.tolerance.declared or reference.language or reference.type == "quantity":
        return None
    text = found.text.strip(" $*_`\n")
    if text.endswith("."):
        text = text[:-1]
    given = plain_number(text)
    if given is None or (found.rest and PERCENT_BEHIND.match(found.rest)):
        return None
    if given == reference.number:
        return Verdict.right(text, reference.shown, f"{text} equals {reference.text[:100]}")
    if reference.node is not None and reference.node.kind != "number" and "." in text:
        return None  # a fraction's decimals
    return Verdict.wrong(f"{text} is not {reference.text[:100]}", extracted=text, expected=reference.shown)


def _choice(sample: Sample, reference: Reference, *, strict: bool) -> Verdict:
    wanted, _ = letter_of(reference.text, reference.language)
    found = chosen(sample.answer or "", language=reference.language, strict=strict)
    if found.problem:
        return Verdict.wrong(found.problem, extracted=found.text[:200] or None, expected=reference.shown)
    if found.letter != wanted:
        return Verdict.wrong(f"{found.letter} is not {wanted}", extracted=found.letter, expected=reference.shown)
    return Verdict.right(found.letter, reference.shown, f"the choice {wanted}")


_FORMULA = re.compile(r"\\(?!text)|[=^_<>]")
_ARTICLE = re.compile(r"^(?:the|a|an|is|it is)\s+")


def _words(text: str) -> str:
    tidied = tidy(text)
    if _FORMULA.search(tidied):
        return re.sub(r"\s+", "", tidied).strip(".")  # what is no word counts to the letter
    plain = unicodedata.normalize("NFKC", untext(tidied)).casefold()
    return _ARTICLE.sub("", " ".join(re.sub(r"[^\w\s+\-/=<>^\\]", " ", plain).split()))


def _text(found: Extract, reference: Reference) -> Verdict:
    wanted, given = _words(reference.text), _words(found.text)
    if wanted and (wanted == given or _same_letters(reference.text, found.text)):
        return Verdict.right(found.text[:200], reference.shown, "the same words")
    return Verdict.wrong(
        f"{found.text[:100]!r} is not {reference.text[:100]!r}", extracted=found.text[:200], expected=reference.shown
    )


_LETTERS = re.compile(r"\(?[A-J]\)?(?:(?:\s*(?:,|/|&|and)\s*)+\(?[A-J]\)?|\s+\(?[A-J]\)?)+")


def _same_letters(reference: str, given: str) -> bool:
    """`A and C` and `A, C`: choices that are right together."""
    sides = [untext(tidy(text)).strip(" .*") for text in (reference, given)]
    if not all(_LETTERS.fullmatch(side) for side in sides):
        return False
    wanted, chosen_ = (sorted(re.findall("[A-J]", side.replace("and", " "))) for side in sides)
    return wanted == chosen_ and len(set(wanted)) == len(wanted)


def _date(found: Extract, reference: Reference) -> Verdict:
    wanted, given = date_of(untext(tidy(reference.text))), date_of(untext(tidy(found.text)).strip(" *_."))
    if wanted is not None and wanted[:3] == (given or ())[:3]:
        return Verdict.right(found.text[:200], reference.shown, "the same date")
    return Verdict.wrong("another date" if given else "no date", extracted=found.text[:200], expected=reference.shown)


def _mathematics(found: Extract, reference: Reference, sample: Sample) -> Verdict:
    if found.rest and (percent := PERCENT_BEHIND.match(found.rest)):
        found = Extract(f"{found.text} {percent[0].strip(' $*)')}", found.form)
    reading = read_answer(found, reference)
    if reading.node is None or reference.node is None:
        return Verdict.wrong(reading.problem or "not read", extracted=reading.shown, expected=reference.shown)
    if undone := _undone(reading.node, found, reference, sample):
        return Verdict.wrong(undone, extracted=reading.shown, expected=reference.shown)
    try:
        result = compare_quantities(reference, reading, asks_percent=asks_percent(prompt_text(sample.prompt)))
    except UndefinedError as error:
        return Verdict.wrong(f"undefined: {error.message}", extracted=reading.shown, expected=reference.shown)
    except TooCostlyError as error:
        return Verdict.wrong(
            f"too costly to compute: {error.message}", extracted=reading.shown, expected=reference.shown
        )
    if result.equal:
        return Verdict.right(reading.shown, reference.shown, f"equal: {result.how}")
    return Verdict.wrong(
        f"not equal: {result.how}" if "unit" not in result.how else result.how,
        extracted=reading.shown,
        expected=reference.shown,
    )


def _undone(node: Node, found: Extract, reference: Reference, sample: Sample) -> str:
    """Why an answer leaves the work to the reader: a calculation where a number was asked for, the question itself."""
    if node == reference.node:
        return ""  # the reference itself leaves it undone
    if node.kind == "unevaluated" and reference.node is not None and reference.node.kind != "unevaluated":
        return "a sum, integral, limit or derivative that is not worked out"
    if reference.type in NUMERIC and reference.number is not None:
        result = node.args[-1] if node.kind == "relation" else node
        operations = sum(_is_operation(part) for part in result.walk())
        if operations > _MOST_OPERATIONS:
            return "a calculation that is not carried out"
        if not operations:
            return ""
    given = _squeezed(found.text)
    prompt = prompt_text(sample.prompt)
    if prompt and node.args and given != _squeezed(reference.text) and len(given) > 2 and given in _squeezed(prompt):
        return "it stands like that in the question"
    return ""


def _is_operation(node: Node) -> bool:
    if node.kind in ("add", "factorial", "binomial", "call"):
        return not _mixed(node)
    if node.kind == "mul":
        left, right = node.args
        return exact_number(left) and exact_number(right) and not (right.kind == "pow" and right.args[0].value == 10)
    return node.kind == "pow" and node.args[0].value != 10


def _mixed(node: Node) -> bool:
    return node.kind == "add" and node.args[0].kind == "number" and node.args[1].kind == "div"


def exact_number(node: Node) -> bool:
    """Whether a tree is a rational number."""
    try:
        return exactly(node) is not None
    except (UndefinedError, TooCostlyError):
        return True


def _squeezed(text: str) -> str:
    return re.sub(r"[\s$\\{}()*]|boxed|times|cdot|left|right", "", text).strip(".,?!")
