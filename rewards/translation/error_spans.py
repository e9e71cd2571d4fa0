"""`mt.error_spans`: the errors that a model marks in a translation, against those that people marked."""

from __future__ import annotations

from unicodedata import normalize

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.translation.spans import Located, SpanError, gold_spans, located, predicted_spans

_LONGEST = 100_000
_OTHER_SEVERITY = 0.5


@reward("mt.error_spans")
def error_spans(sample: Sample) -> Verdict:
    """F1 over the characters of the marked spans; a character marked with another severity counts half.

    The measure of WMT's fine-grained quality estimation (Blain et al. 2023). Without errors on either side it is 1;
    where there are none and some are marked it is 0. A span that is not in the translation counts as marked wrongly.

    Args:
        sample: `data.translation` is the text that was judged. `reference` holds the errors, as the translation with
            `<v>...</v>`, `<minor>`, `<major>` or `<critical>` around them, or as a list of `{"start": 0, "end": 4,
            "severity": "major"}` or `{"text": ..., "severity": ...}`. The answer may be the marked translation, a JSON
            list of the latter, or a line for each error, `major: the words`; without errors `no errors`.

    Raises:
        DataError: The task has no translation, or errors that are not in it (status `error`).

    >>> task = {"translation": "Er nahm den Bus nach Hause."}
    >>> error_spans.check("major: den Bus", reference="Er nahm <major>den Bus</major> nach Hause.", data=task).score
    1.0
    >>> round(error_spans.check("minor: den Bus", reference="Er nahm <major>den Bus</major>", data=task).score, 2)
    0.5
    """
    translation = sample.data.get("translation")
    if not isinstance(translation, str) or not translation.strip():
        raise DataError("`data.translation` is missing; it is the translation whose errors are marked.")
    gold = [_composed(one, translation) for one in gold_spans(sample.reference, translation)]
    translation = normalize("NFC", translation)
    expected = _shown(gold) or "no errors"
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=expected)
    if len(sample.answer) > _LONGEST:
        return Verdict.wrong(f"{len(sample.answer)} characters; {_LONGEST} at most", expected=expected)
    try:
        marked = predicted_spans(normalize("NFC", sample.answer), translation)
    except SpanError as error:
        return Verdict.wrong(str(error), expected=expected)
    found, lost = located(marked, translation)
    return _scored(translation, gold, found, lost, expected)


def _scored(translation: str, gold: list[Located], found: list[Located], lost: list[str], expected: str) -> Verdict:
    wanted, marked = _characters(translation, gold), _characters(translation, found)
    elsewhere = sum(not letter.isspace() for text in lost for letter in text)
    said = _shown(found) or "no errors"
    if not wanted and not marked and not elsewhere:
        return Verdict.right(said, expected, "no errors, and none are marked")
    known = all(one.severity for one in gold)
    credit = sum(
        1.0 if not known or not marked[place] or marked[place] == severity else _OTHER_SEVERITY
        for place, severity in wanted.items()
        if place in marked
    )
    precision = credit / (len(marked) + elsewhere) if marked or elsewhere else 0.0
    recall = credit / len(wanted) if wanted else 0.0
    score = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    explanation = f"precision {precision:.2f}, recall {recall:.2f}"
    if lost:
        explanation += f"; not in the translation: {lost[0][:60]!r}"
    metrics = {"precision": precision, "recall": recall, "spans": float(len(found) + len(lost))}
    return Verdict(score, extracted=said, expected=expected, explanation=explanation, metrics=metrics)


def _composed(one: Located, translation: str) -> Located:
    """The same span where letters and their accents are one character."""
    start, end = (len(normalize("NFC", translation[:place])) for place in (one.start, one.end))
    return Located(start, end, one.severity, normalize("NFC", one.text))


def _characters(text: str, spans: list[Located]) -> dict[int, str]:
    """The severity of each marked character; where spans overlap, of the first."""
    found: dict[int, str] = {}
    for one in spans:
        for place in range(one.start, one.end):
            if not text[place].isspace():
                found.setdefault(place, one.severity)
    return found


def _shown(spans: list[Located]) -> str:
    return "; ".join(f"{one.severity or 'error'}: {one.text}" for one in spans)[:200]
