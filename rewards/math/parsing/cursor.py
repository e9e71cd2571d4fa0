"""Going through tokens."""

from __future__ import annotations

from rlvr.rewards.math.parsing.tokens import Token
from rlvr.rewards.math.parsing.tree import UnreadableError


class Cursor:
    """Tokens, and the place of the next one."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0

    @property
    def token(self) -> Token | None:
        """The token that is next; `None` at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def text(self) -> str:
        """Its text; empty at the end."""
        return self.tokens[self.place].text if self.place < len(self.tokens) else ""

    def take(self, *texts: str) -> bool:
        """Goes past the next token where it is one of these."""
        if self.place < len(self.tokens) and self.tokens[self.place].text in texts:
            self.place += 1
            return True
        return False

    def need(self, text: str) -> None:
        """Goes past a token that must be there.

        Raises:
            UnreadableError: It is not.
        """
        if not self.take(text):
            raise UnreadableError(f"`{self.text or 'the end'}` where `{text}` should be")

    def push_back(self, rest: str, kind: str = "word") -> None:
        """Puts the rest of the last token back: what `\\frac12` and `xy` need."""
        self.place -= 1
        self.tokens[self.place] = Token(kind, rest)

    def subscript(self) -> str:
        """What stands below a symbol: one token, or a group.

        Raises:
            UnreadableError: The group is not closed.
        """
        if not self.take("{"):
            text = self.text
            self.place += 1
            return text.lstrip("\\")
        parts: list[str] = []
        while not self.take("}"):
            if self.token is None:
                raise UnreadableError("a subscript that is not closed")
            parts.append(self.text)
            self.place += 1
        return "".join(parts).lstrip("\\")
