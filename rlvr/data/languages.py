"""What rows say of their languages, and how large a part of a source each language is to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

SEPARATOR: Final = "/"
"""Between the two languages of a pair, `en/pt-BR`: a hyphen already lies inside of tags."""

_PARTS = 10**6  # shares are whole numbers of these, so that they add up exactly


@dataclass
class Count:
    """What a source holds of one language or pair.

    Attributes:
        rows: How many.
        kept: Of them.
        characters: Of those that are kept.
    """

    rows: int = 0
    kept: int = 0
    characters: int = 0


@lru_cache(maxsize=4096)
def standard_tag(tag: str) -> str:
    """A language tag as all counts have it; empty where it is none.

    A script is left out where the language has no other; `por_Latn`, as FineWeb2 and FLORES write it, is `pt`.

    >>> standard_tag("pt_br"), standard_tag("por_Latn"), standard_tag("zho_Hans"), standard_tag("English")
    ('pt-BR', 'pt', 'zh-Hans', '')
    """
    import langcodes

    if not langcodes.tag_is_valid(tag):
        return ""
    plain = langcodes.standardize_tag(langcodes.get(tag).simplify_script(), macro=True)
    # CLDR says Kore of Korean, which is Hangul with Chinese characters; FLORES and FineWeb2 say Hang.
    return plain.replace("ko-Hang", "ko")


@lru_cache(maxsize=4096)
def standard_name(name: str) -> str:
    """A language, or a pair `en/pt-BR`, as all counts have it; empty where it is none.

    >>> standard_name("en/pt_br"), standard_name("deu_Latn"), standard_name("en/Portuguese")
    ('en/pt-BR', 'de', '')
    """
    tags = [standard_tag(part) for part in name.split(SEPARATOR)]
    return SEPARATOR.join(tags) if all(tags) and len(tags) <= 2 else ""


@lru_cache(maxsize=4096)
def language_name(tag: str) -> str:
    """The English name of a language, with what sets the variety apart.

    >>> language_name("pt-BR"), language_name("zh-Hant"), language_name("is")
    ('Portuguese (Brazil)', 'Chinese (Traditional)', 'Icelandic')
    """
    import langcodes

    return langcodes.get(tag).display_name()


def shares_by_temperature(sizes: Mapping[str, float], temperature: float) -> dict[str, float]:
    """Each language's part of a source: in proportion to its size to the power of 1/temperature.

    Args:
        sizes: Of each language, above 0.
        temperature: 1 leaves the proportions as they are, a high one makes them equal (Devlin et al. 2019; Arivazhagan
            et al. 2019, arXiv 1907.05019, take 5).

    >>> shares_by_temperature({"en": 10_000, "is": 100}, 2)
    {'en': 0.9090909090909091, 'is': 0.09090909090909091}
    """
    largest = max(sizes.values())
    parts = {name: (size / largest) ** (1 / temperature) for name, size in sizes.items()}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def exact_shares(weights: Mapping[str, float]) -> dict[str, Fraction]:
    """Shares that add up to 1, with small denominators, so that who is next is quickly told.

    >>> exact_shares({"en": 2, "de": 1})
    {'en': Fraction(2, 3), 'de': Fraction(1, 3)}
    """
    least = min(weights.values())
    # Whole multiples of the least keep what the user wrote; other numbers are rounded to a millionth of the largest.
    multiples = {name: weight / least for name, weight in weights.items()}
    if not all(multiple.is_integer() for multiple in map(float, multiples.values())):
        largest = max(weights.values())
        multiples = {name: max(1, round(_PARTS * weight / largest)) for name, weight in weights.items()}
    total = sum(int(part) for part in multiples.values())
    return {name: Fraction(int(part), total) for name, part in multiples.items()}
