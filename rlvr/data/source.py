"""The sources of a mixture, as `data.mixture` names them, with types and good errors.

monolingual: {path: web/*.jsonl, weight: 66, check_language: true, dedup: near, language_temperature: 3}
parallel:    {path: opus.parquet, weight: 33, kind: parallel, source_language: en, target_language: pt-BR}
chat:        {path: chat.jsonl, weight: 1, kind: chat}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, get_type_hints

from rlvr.annotations import key_problems, with_tuples
from rlvr.data.languages import standard_name, standard_tag
from rlvr.data.source_problems import REQUIRED, cross_problems, value_problem
from rlvr.errors import ConfigError
from rlvr.sample import is_mapping


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source of a mixture.

    Attributes:
        name: What the mixture calls it.
        path: JSONL (also .gz) or parquet, `*` for several; a folder written by `datasets` (`save_to_disk`); or
            `hub://owner/name:split`, which is streamed.
        weight: Its part of the mixture, relative to those of the others.
        kind: `text`: a document each row. `parallel`: a segment and its translation. `chat`: messages, or a task with
            its demonstration.
        text: Field of the document (kind text).
        source: Field of the segment (kind parallel).
        target: Field of its translation.
        messages: Field of the messages (kind chat); rows without it are tasks with `prompt` and `demonstration`.
        language: Of all documents (kinds text and chat), as a BCP-47 tag; when empty that of each row, where it says.
        source_language: Of all segments (kind parallel, and chats that translate); when empty that of each row.
        target_language: Of all translations.
        language_field: Field of a row's language: a tag, such as `pt-BR` or `por_Latn`.
        source_language_field: Field of the language of its segment.
        target_language_field: Field of the language of its translation.
        language_temperature: The share of a language, or pair, within the source is in proportion to its size to the
            power of 1/temperature: 1 as it is there, a high one makes all equal; 0 takes the rows as they come.
        language_weights: Instead: the share of each language (`de: 2`) or pair (`en/pt-BR: 1`), relative to the
            others'; rows of languages without a weight are left out.
        templates: How a pair is written, with {source}, {target}, {source_language} and {target_language}; several
            take turns. The library's own when empty.
        both_directions: Every second pair is written from target to source.
        turns: Which of the assistant's turns are learned from: all of them, or the last (kind chat).
        holdout: Rows at its beginning that are kept for evaluation.
        dedup: `exact` drops a document that is equal to an earlier one of the same source but for case, spaces and
            punctuation; `near` also one that shares most of its 5-word sequences with an earlier one.
        near: Jaccard similarity from which two documents are near duplicates.
        min_characters: Shorter documents are dropped; of a pair both sides.
        max_characters: Longer ones are dropped; 0 for no limit.
        max_length_ratio: Pairs of which one side has more than so many times the characters (and ten more) that its
            language takes to say what the other side does, are dropped: 120 of English are as long as 43 of Chinese.
            0 for no limit.
        check_language: Drop what is certainly not in the language it should be in; what cannot be told stays.
        reward: Name of a reward that must like it, such as a quality estimate for pairs.
        min_score: How much it must like it.
    """

    name: str
    path: str
    weight: float
    kind: str = "text"
    text: str = "text"
    source: str = "source"
    target: str = "target"
    messages: str = "messages"
    language: str = ""
    source_language: str = ""
    target_language: str = ""
    language_field: str = "language"
    source_language_field: str = "source_language"
    target_language_field: str = "target_language"
    language_temperature: float = 0.0
    language_weights: Mapping[str, float] = field(default_factory=dict[str, float])
    templates: tuple[str, ...] = ()
    both_directions: bool = True
    turns: str = "all"
    holdout: int = 0
    dedup: str = "none"
    near: float = 0.8
    min_characters: int = 1
    max_characters: int = 0
    max_length_ratio: float = 0.0
    check_language: bool = False
    reward: str = ""
    min_score: float = 0.0

    @property
    def needs_a_pass(self) -> bool:
        """Whether what is kept of it must be known before the first step: some filters look at more than one row."""
        return self.dedup != "none" or bool(self.reward) or self.shares_languages

    @property
    def shares_languages(self) -> bool:
        """Whether the parts of its languages are asked for, so that each is drawn from by itself."""
        return bool(self.language_weights) or self.language_temperature > 0

    @property
    def needs_language(self) -> bool:
        """Whether a row without a language is an error."""
        return self.check_language or self.shares_languages


def read_sources(mixture: Mapping[str, Any]) -> list[Source]:
    """The sources of a mixture.

    Args:
        mixture: `data.mixture`: for each source's name a mapping of `Source`'s attributes.

    Raises:
        ConfigError: With all problems at once.

    >>> [source] = read_sources({"web": {"path": "web.jsonl", "weight": 2}})
    >>> source.kind, source.weight
    ('text', 2)
    >>> read_sources({"web": {"path": "web.jsonl", "wieght": 2}})
    Traceback (most recent call last):
        ...
    rlvr.errors.ConfigError: The configuration has 2 problems:
      - data.mixture.web.wieght: there is no such key. Did you mean `weight`?
      - data.mixture.web.weight: it is missing; give the source's part of the mixture.
    """
    problems = [f"data.mixture.{problem}" for name, given in mixture.items() for problem in _problems(name, given)]
    if problems:
        raise ConfigError(problems)
    return [Source(name=str(name), **_standardised(given)) for name, given in mixture.items()]


_HINTS: Final = get_type_hints(Source)
_FIELDS: Final = {one.name: one for one in fields(Source) if one.name != "name"}
_TAGS: Final = ("language", "source_language", "target_language")


def _problems(name: str, given: object) -> Iterator[str]:
    if not is_mapping(given):
        yield f"{name}: `{given}` is no source; it is a mapping, such as {{path: web.jsonl, weight: 1}}."
        return
    found = key_problems(given, _FIELDS, lambda key, value: value_problem(key, value, _HINTS[key]))
    yield from (f"{name}.{problem}" for problem in found)
    for key, one in _FIELDS.items():
        if one.default is MISSING and one.default_factory is MISSING and key not in given:
            yield f"{name}.{key}: it is missing; {REQUIRED[key]}"
    yield from (f"{name}.{problem}" for problem in cross_problems(given))


def _standardised(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with tuples for lists, and with language tags as rows will have them."""
    found = with_tuples(given)
    found |= {key: standard_tag(found[key]) for key in _TAGS if found.get(key)}
    weights: Mapping[str, float] = found.get("language_weights") or {}
    return found | {"language_weights": {standard_name(str(name)): weight for name, weight in weights.items()}}
