"""Texts that no reward may stumble over, by what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MEGABYTE: Final = 2**20

ODD: Final = {
    "empty text": ("", " ", "\n\n\t", "\u200b", "\ufeff"),
    "binary-like text": (
        "".join(map(chr, range(256))),
        "\x00" * 100,
        "\ufffd\ufffe\uffff\ue000\U0010ffff" * 20,
        "\x1b[31m\r\b\x7f\x85\u2028\u2029",
        "e\u0301\u0302\u0303" * 50,
    ),
    "right-to-left text": (
        "\u0627\u0644\u062c\u0648\u0627\u0628 \u0647\u0648 \u0664\u0662",  # Arabic, with Arabic-Indic digits
        "\u05d4\u05ea\u05e9\u05d5\u05d1\u05d4 \u05d4\u05d9\u05d0 42",  # Hebrew
        "\u202e24 :rewsna\u202c \u2067\u0664\u0662\u2069",  # overridden and isolated directions
    ),
    "full-width text": (
        "\uff14\uff12",
        "\u7b54\u3048\u306f\uff14\uff12\u3067\u3059\u3002",
        "\uff21\uff0e\u3000\uff08\uff14\uff0c\uff12\uff09\uff0f\uff1c\uff1e",
    ),
}
"""A few texts of each kind; a verdict on them may be anything but a failure."""

# What takes quadratic or exponential time where a reward looks back, nests, or reads numbers.
_REPEATED = ("a", "1", " ", "\n", "(", "9^", "1,", "a b ", r"\boxed{", "<think>", "</think><answer>")


def long_texts(*known: str) -> Iterator[tuple[str, str]]:
    """A megabyte of each of several characters and pieces of markup, and of texts the reward knows.

    Args:
        known: Completions of the reward's own golden cases.

    Returns:
        A name of each, and the text.

    >>> name, text = next(long_texts())
    >>> name, len(text)
    ("a megabyte of 'a'", 1048576)
    """
    for piece in (*_REPEATED, *(text for text in known if text)):
        yield f"a megabyte of {piece[:40]!r}", (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
    yield "a megabyte that ends otherwise", "a" * MEGABYTE + "!"
