r"""What a text answers, read by a person in a hurry: to know when a text is right by luck, and no fault of a reward.

`says(text, reference)` knows nothing of the reward under test. It looks at the ends of the text, where answers stand: a
text that begins or ends with the reference has answered with it. Everything else has not, `1 2 3 4 5` of 3 included.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

from rlvr.sample import Json, Sample

_MARKUP = re.compile(
    r"\\(?:boxed|fbox|text|mathrm|mathbf|textbf|dfrac|tfrac|frac)\b|<<.*?>>|</?[A-Za-z][^<>]{0,40}>|[#*_`${}\\\"“”]"
)
_FRACTION = re.compile(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}")
_NUMBERS = tuple(
    re.compile(form) for form in (r"-?\d+(?:[.,/]\d+)*", r"\d+(?:\.\d+)?|\.\d+", r"(?<![a-z_])\d+")
)  # `3,4`, and `4` in it
_EDGE = " \t\r\n.,;:!?()[]'"
_LONGEST = 4000


def says(text: str, reference: str) -> bool:
    r"""Whether a text gives the reference as its answer, at its beginning or its end.

    >>> says("The answer is **72**.", "72"), says(r"\boxed{72.0}", "#### 72"), says("x=72km", "72")
    (True, True, True)
    >>> says("71 72 73", "72"), says("Paris or Rome", "Rome")
    (False, True)
    """
    return _stands_at(text, reference, 0) or ends_with(text, reference)


def ends_with(text: str, reference: str) -> bool:
    """Whether the reference is the last thing a text says.

    >>> ends_with("So it is **72**.", "72"), ends_with("72. Let me check: 48 + 24", "72")
    (True, False)
    """
    return _stands_at(text, reference, -1)


def _stands_at(text: str, reference: str, end: int) -> bool:
    wanted = key(reference)
    given = _plain(text if len(text) <= 2 * _LONGEST else f"{text[:_LONGEST]} {text[-_LONGEST:]}")
    if not wanted:
        return not given
    if key(given) == wanted:
        return True
    if any((numbers := form.findall(given)) and key(numbers[end]) == wanted for form in _NUMBERS):
        return True
    words, size = given.split(), len(wanted.split())
    return size <= len(words) and key(" ".join(words[:size] if end == 0 else words[-size:])) == wanted


@lru_cache(maxsize=1024)
def key(reference: str) -> str:
    """A reference without what does not matter: equal for `72`, `72.00`, `$72` and `#### 72`.

    >>> key("He has 70 + 2.\\n#### 1,072.0") == key("1072")
    True
    """
    text = _plain(reference.rpartition("####")[2])
    number = text.replace(",", "").rstrip("%").strip()
    if len(number) < 100 and re.fullmatch(r"[-+]?\d*\.?\d+(?:/\d+|e[-+]?\d{1,2})?", number):
        try:
            return str(Fraction(number))
        except (ValueError, ZeroDivisionError):
            pass
    return text


def answer_texts(reference: Json) -> list[str]:
    """The texts that a reference could mean as an answer: itself, or those that it holds.

    >>> answer_texts("72"), answer_texts(["Paris", {"city": 75}]), answer_texts(None)
    (['72'], ['Paris', '75'], [])
    """
    if isinstance(reference, bool):
        return ["true", "yes"] if reference else ["false", "no"]
    if isinstance(reference, str | int | float):
        return [str(reference)]
    parts = reference.values() if isinstance(reference, dict) else reference or ()
    return [text for part in parts for text in answer_texts(part)]


def gives_the_answer(sample: Sample) -> bool:
    """Whether a sample is right, be it by luck; it says nothing of the reward then.

    >>> gives_the_answer(Sample("The answer is 4.", reference=4)), gives_the_answer(Sample("3 4 5", reference=4))
    (True, False)
    """
    return sample.answer is not None and any(says(sample.answer, text) for text in answer_texts(sample.reference))


def _plain(text: str) -> str:
    text = _FRACTION.sub(r"\1/\2", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_MARKUP.sub(" ", text).split()).strip(_EDGE)
