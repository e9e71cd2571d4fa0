"""Emoji, the sequences of several code points among them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def is_emoji(letter: str) -> bool:
    """Whether one character is an emoji.

    >>> is_emoji("😀"), is_emoji("a")
    (True, False)
    """
    if not letter or letter < "\u00a9":
        return False
    import emoji

    return emoji.is_emoji(letter)


def marked(text: str, mark: str) -> str:
    """A text with each emoji replaced, families and flags as one.

    >>> marked("Hi 👨‍👩‍👧!", "E")
    'Hi E!'
    """
    if text.isascii():
        return text
    import emoji

    return emoji.replace_emoji(text, mark)
