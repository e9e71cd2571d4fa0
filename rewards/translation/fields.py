"""What a translation task holds, read with types and good errors: its source, its languages, its references.

    {"reference": "Das Haus ist rot.",                       one translation, or a list of them
     "data": {"source": "The house is red.",
              "source_language": "en", "target_language": "de"}}    BCP-47: `pt-BR`, `zh-Hant`

A field that is missing, empty or of another type is the task's fault: an error, and never text for a metric. An answer
without a translation is the policy's: it has a score, the lowest one.
"""

from __future__ import annotations

from typing import Final

from rlvr import Sample
from rlvr.errors import DataError
from rlvr.rewards.languages.pairs import Pair

_FORM: Final = (
    'A translation task is {"reference": "Das Haus ist rot.", "data": {"source": "The house is red.", '
    '"source_language": "en", "target_language": "de"}}.'
)


def source_of(sample: Sample) -> str:
    """The text to be translated, `data.source`.

    Raises:
        DataError: It is missing, empty or no text.

    >>> source_of(Sample("Hallo!", data={"source": "Hello!"}))
    'Hello!'
    """
    return _text(sample.data.get("source"), "`data.source`")


def references_of(sample: Sample, *, required: bool = True) -> tuple[str, ...]:
    """The reference translations: `reference` is one text or a list of them.

    Args:
        sample: Of a translation task.
        required: Whether a task without any is an error; `()` otherwise.

    Raises:
        DataError: There is none, though one is required; one is empty or no text.

    >>> references_of(Sample("Hi!", reference=["Hallo!", "Guten Tag!"]))
    ('Hallo!', 'Guten Tag!')
    >>> references_of(Sample("Hi!"), required=False)
    ()
    """
    given = sample.reference
    if (given is None or given == []) and not required:
        return ()
    if isinstance(given, list):
        if not given:
            raise DataError("`reference` is an empty list.", hint=_FORM)
        return tuple(_text(one, f"`reference` {place}") for place, one in enumerate(given, 1))
    return (_text(given, "`reference`"),)


def pair_of(sample: Sample) -> Pair:
    """The languages, `data.source_language` and `data.target_language`.

    Raises:
        DataError: One is missing, or is no BCP-47 tag.

    >>> pair_of(Sample("Oi!", data={"source_language": "en", "target_language": "pt_BR"}))
    Pair(source='en', target='pt-BR')
    """
    return Pair(_tag(sample, "source_language"), _tag(sample, "target_language"))


def hypothesis_of(sample: Sample) -> str | None:
    """The translation: the answer without the space around it, `None` where there is nothing.

    >>> hypothesis_of(Sample("<think>a greeting</think> Hallo! "))
    'Hallo!'
    >>> hypothesis_of(Sample("<think>Hallo?")) is None
    True
    """
    return (sample.answer or "").strip() or None


def _text(value: object, name: str) -> str:
    if value is None:
        raise DataError(f"The task has no {name}.", hint=_FORM)
    if not isinstance(value, str):
        raise DataError(f"{name} is of type {type(value).__name__}; it is a text.", hint=_FORM)
    if not value.strip():
        raise DataError(f"{name} is empty.", hint=_FORM)
    return value


def _tag(sample: Sample, field: str) -> str:
    from langcodes import standardize_tag, tag_is_valid

    given = _text(sample.data.get(field), f"`data.{field}`")
    if not tag_is_valid(given):
        raise DataError(f"`data.{field}` is {given!r}, no BCP-47 tag.", hint="It is one like `en` or `pt-BR`.")
    return standardize_tag(given)
