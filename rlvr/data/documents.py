"""From a row of a source to the text that is learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

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
        languages: Of `pair`, or of the text where it is known; BCP-47 tags.
    """

    source: str
    place: str
    text: str = ""
    messages: tuple[Message, ...] = ()
    last_turn: bool = False
    pair: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

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
    if source.kind == "chat":
        return Document(
            source.name,
            place,
            messages=_messages(source, fields, place),
            last_turn=source.turns == "last",
            languages=(source.language,) if source.language else (),
        )
    if source.kind == "text":
        languages = (source.language,) if source.language else ()
        return Document(source.name, place, _text(fields, source.text, place), languages=languages)
    sides = [
        (_text(fields, source.source, place), source.source_language),
        (_text(fields, source.target, place), source.target_language),
    ]
    turn = number
    if source.both_directions:
        # The direction changes with every pair, the template when both directions have had it.
        sides, turn = sides[:: -1 if number % 2 else 1], number // 2
    templates = source.templates or TEMPLATES
    text = templates[turn % len(templates)].format(
        source=sides[0][0],
        target=sides[1][0],
        source_language=language_name(sides[0][1]),
        target_language=language_name(sides[1][1]),
    )
    pair, languages = zip(*sides, strict=True)
    return Document(source.name, place, text, pair=pair, languages=languages)


def language_name(tag: str) -> str:
    """The English name of a language, with what sets the variety apart.

    >>> language_name("pt-BR"), language_name("zh-Hant"), language_name("is")
    ('Portuguese (Brazil)', 'Chinese (Traditional)', 'Icelandic')
    """
    import langcodes

    return langcodes.get(tag).display_name()


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
