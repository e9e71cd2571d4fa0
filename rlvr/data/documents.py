"""From a row of a source to the text that is learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from rlvr.data.languages import SEPARATOR, language_name, standard_tag
from rlvr.data.source import Source
from rlvr.errors import DataError
from rlvr.rows.fields import kind, prompt_problems, read_prompt
from rlvr.sample import Message, is_list

TEMPLATES: Final = (
    "{source_language}: {source}\n{target_language}: {target}",
    "Translate the following {source_language} source text to {target_language}:\n"
    "{source_language}: {source}\n{target_language}: {target}",
    "{source}\n{target}",
)
"""How a pair becomes a document, in turns: labelled, as a request in Tower+'s form, and bare."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something to learn from.

    Attributes:
        source: Name of the source it is from.
        place: `file:row`, for messages.
        text: All of it is learned, from its first token on; empty for a chat.
        messages: A chat: what the assistant says is learned.
        last_turn: Only the assistant's last turn is learned.
        pair: A segment and its translation, in the order they are written in; empty for other kinds.
        languages: Of `pair`, or of the text where it is known; of a chat that translates both. BCP-47 tags.
        language: What it is counted under: its language, or its pair in the order of the row, `en/pt-BR`; empty where
            the row does not say.
    """

    source: str
    place: str
    text: str = ""
    messages: tuple[Message, ...] = ()
    last_turn: bool = False
    pair: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    language: str = ""

    @property
    def content(self) -> str:
        """All that it says, for filters and for counting."""
        return self.text or "\n".join(message.content for message in self.messages)


def document(source: Source, fields: Mapping[str, Any], place: str, number: int) -> Document:
    r"""The document that a row makes.

    Args:
        source: Where the row is from.
        fields: Of the row.
        place: For messages.
        number: Of the row within its source, from 0: decides the direction and the template of a pair.

    Raises:
        DataError: A field is missing or of another type.

    >>> from rlvr.data.source import read_sources
    >>> [pairs] = read_sources({"p": {"path": "", "weight": 1, "kind": "parallel",
    ...     "source_language": "en", "target_language": "pt-BR"}})
    >>> print(document(pairs, {"source": "Hello!", "target": "Olá!"}, "p.jsonl:1", 1).text)
    Portuguese (Brazil): Olá!
    English: Hello!
    """
    languages = _languages(source, fields, place)
    name = SEPARATOR.join(languages)
    if source.kind == "chat":
        messages = _messages(source, fields, place)
        last = source.turns == "last"
        return Document(source.name, place, messages=messages, last_turn=last, languages=languages, language=name)
    if source.kind == "text":
        text = _text(fields, source.text, place)
        return Document(source.name, place, text, languages=languages, language=name)
    pair = (_text(fields, source.source, place), _text(fields, source.target, place))
    sides = list(zip(pair, languages, strict=True))
    turn = number if source.source_language and source.target_language else _drawn(number)
    if source.both_directions:
        # The direction changes with every pair, the template when both directions have had it.
        sides, turn = sides[:: -1 if turn % 2 else 1], turn // 2
    templates = source.templates or TEMPLATES
    text = templates[turn % len(templates)].format(
        source=sides[0][0],
        target=sides[1][0],
        source_language=language_name(sides[0][1]),
        target_language=language_name(sides[1][1]),
    )
    pair, languages = zip(*sides, strict=True)
    return Document(source.name, place, text, pair=pair, languages=languages, language=name)


def _drawn(number: int) -> int:
    """A number as if drawn for a row: where pairs alternate by row, every second must not always be turned."""
    return int.from_bytes(blake2b(number.to_bytes(8, "big"), digest_size=4).digest(), "big")


def _languages(source: Source, fields: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """What a row is written in: one language, a pair, or nothing where it need not be known."""
    pair = (
        _language(fields, source.source_language, source.source_language_field),
        _language(fields, source.target_language, source.target_language_field),
    )
    if source.kind == "parallel" or (source.kind == "chat" and all(pair) and not source.language):
        for tag, name in zip(pair, ("source_language", "target_language"), strict=True):
            if not tag:
                raise DataError(_unsaid(source, fields, name, place))
        return pair
    tag = _language(fields, source.language, source.language_field)
    if not tag and source.needs_language:
        raise DataError(_unsaid(source, fields, "language", place))
    return (tag,) if tag else ()


def _language(fields: Mapping[str, Any], given: str, name: str) -> str:
    value = given or fields.get(name)
    return standard_tag(value) if isinstance(value, str) else ""


def _unsaid(source: Source, fields: Mapping[str, Any], key: str, place: str) -> str:
    name = getattr(source, f"{key}_field")
    value = fields.get(name)
    if value is not None:
        return f"{place}: `{name}` is `{value}`; it is a language tag, such as `en`, `zh-Hant` or `por_Latn`."
    listed = ", ".join(list(fields)[:8]) or "nothing"
    return f"{place} has no `{name}`, and the source has no `{key}` for all of its rows; the row has {listed}."


def _text(fields: Mapping[str, Any], name: str, place: str) -> str:
    value = fields.get(name)
    if isinstance(value, str):
        return value
    if name not in fields:
        raise DataError(f"{place} has no `{name}`; it has {', '.join(list(fields)[:8]) or 'nothing'}.")
    raise DataError(f"{place}: `{name}` is {kind(value)}; it is a text.")


def _messages(source: Source, fields: Mapping[str, Any], place: str) -> tuple[Message, ...]:
    if source.messages in fields:
        value: object = fields[source.messages]
        problems = [problem.replace("`prompt`", f"`{source.messages}`") for problem in prompt_problems(value)]
        if isinstance(value, str):
            problems = [f"`{source.messages}` is a text; it is a list of messages."]
        if problems or not is_list(value):
            raise DataError(f"{place}: {' '.join(problems)}")
        messages = tuple(Message(**message) for message in value)
    elif {"prompt", "demonstration"} <= fields.keys():
        if problems := list(prompt_problems(fields["prompt"])):
            raise DataError(f"{place}: {' '.join(problems)}")
        prompt = read_prompt(fields["prompt"])
        asked = (Message("user", prompt),) if isinstance(prompt, str) else prompt
        messages = (*asked, Message("assistant", _text(fields, "demonstration", place)))
    else:
        keys = ", ".join(list(fields)[:8]) or "nothing"
        raise DataError(f"{place} has neither `{source.messages}` nor `prompt` and `demonstration`; it has {keys}.")
    if not any(message.role == "assistant" and message.content for message in messages):
        raise DataError(f"{place}: the assistant says nothing in it, so there is nothing to learn.")
    return messages
