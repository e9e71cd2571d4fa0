"""ICU messages: ICU itself says whether one is valid; here its arguments and texts are read.

The form is that of ICU's MessageFormat, `{n, plural, one {# file} other {# files}}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_QUOTED = re.compile(r"''|'[{}#|][^']*'?")
_PART = re.compile(r"[^{},\s]+")
_CHOOSING = ("plural", "select", "selectordinal")
_LONGEST = 20_000


class MessageError(ValueError):
    """A text is no ICU message."""


@dataclass
class Message:
    """What a message is made of.

    Args:
        simple: Arguments that are filled in, with their format: `name`, `price, number, currency`; once each.
        choices: The keys of each argument that chooses, by its name and whether it is a plural or a select.
        texts: What is to be translated, in order.
    """

    simple: list[str] = field(default_factory=list[str])
    choices: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])
    texts: list[str] = field(default_factory=list[str])


def read_message(text: str, locale: str) -> Message:
    """The arguments and texts of a message.

    Raises:
        MessageError: It is not valid.

    >>> read_message("{n, plural, other {# files of {owner}}}", "en")
    Message(simple=['owner'], choices={('n', 'plural'): {'other'}}, texts=['# files of'])
    """
    from icu4py.messageformat import MessageFormat

    if len(text) > _LONGEST:
        raise MessageError(f"{len(text)} characters; {_LONGEST} at most")
    try:
        MessageFormat(text, locale)
    except ValueError as error:
        raise MessageError(str(error).removeprefix("Failed to create MessageFormat: ").partition("\n")[0]) from None
    found = Message()
    _Reader(_QUOTED.sub(lambda quoted: "\x00" * len(quoted[0]), text), text, found).read_text(0)
    found.simple = sorted(set(found.simple))
    return found


@dataclass
class _Reader:
    """Walks through a message that ICU has accepted: so braces match and nesting is bounded."""

    flat: str
    text: str
    found: Message

    def read_text(self, at: int) -> int:
        """Reads to the brace that ends a text; returns its place."""
        start = at
        while at < len(self.flat) and self.flat[at] != "}":
            if self.flat[at] == "{":
                self._keep(start, at)
                at = start = self._read_argument(at + 1)
            else:
                at += 1
        self._keep(start, at)
        return at

    def _keep(self, start: int, end: int) -> None:
        if said := self.text[start:end].strip():
            self.found.texts.append(said)

    def _read_argument(self, at: int) -> int:
        end = min(place for place in (self.flat.find("}", at), self.flat.find("{", at)) if place >= 0)
        parts = [part.strip() for part in self.flat[at:end].split(",", 2)]
        if len(parts) < 2 or parts[1] not in _CHOOSING:
            close = self.flat.index("}", at)
            self.found.simple.append(", ".join(part.strip() for part in self.flat[at:close].split(",")))
            return close + 1
        keys = self.found.choices.setdefault((parts[0], parts[1]), set())
        at = self.flat.index(",", self.flat.index(",", at) + 1) + 1
        while self.flat[at] != "}":
            if self.flat[at] == "{":
                at = self.read_text(at + 1) + 1
            elif word := _PART.match(self.flat, at):
                if not word[0].startswith("offset:"):
                    keys.add(word[0])
                at = word.end()
            else:
                at += 1
        return at + 1
