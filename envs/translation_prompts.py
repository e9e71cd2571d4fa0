"""Prompts that ask for a translation: the template of the Tower+ model cards, and variants of it.

The card's, word by word (Unbabel/Tower-Plus-2B):

    Translate the following English source text to Portuguese (Portugal):
    English: Hello world!
    Portuguese (Portugal):

It is a user's turn of the model's own chat template. Languages are called by their English names, with region or script
where the tag has one (`langcodes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rlvr.errors import DataError, did_you_mean

TEMPLATES: Final[Mapping[str, str]] = {
    "tower": "Translate the following {source_name} source text to {target_name}:\n"
    "{source_name}: {source}\n{target_name}: ",
    "plain": "Translate this {source_name} text to {target_name}.\n\n{source}",
    "only": "Translate the text below from {source_name} to {target_name}. "
    "Answer with the translation and nothing else.\n\n{source}",
    "question": "What is the {target_name} translation of this {source_name} sentence?\n{source}",
    "codes": "{source_code} → {target_code}\n{source}",
    "document": "Translate the following {source_name} document to {target_name}. "
    "Keep its paragraphs and line breaks.\n\n{source_name}:\n{source}\n\n{target_name}:\n",
    "document_only": "Below is a document in {source_name}. Write it in {target_name}, paragraph by paragraph, "
    "with names and terms the same throughout. Answer with the translation alone.\n\n{source}",
}
"""Templates by name; `tower` is the model card's."""


def prompt_for(source: str, source_language: str, target_language: str, template: str = "tower") -> str:
    """The user's turn that asks for a translation.

    Args:
        source: What is to be translated: a sentence, or a document with `document`.
        source_language: Language tag.
        target_language: Language tag.
        template: A name of `TEMPLATES`, or a text of one's own with `{source}` in it.

    Raises:
        DataError: No such template, one without `{source}` or with another field, or no language tag.

    >>> print(prompt_for("Hello world!", "en", "pt-PT"))
    Translate the following English source text to Portuguese (Portugal):
    English: Hello world!
    Portuguese (Portugal):
    """
    text = TEMPLATES.get(template, template)
    if "{source}" not in text:
        raise DataError(
            f"There is no template `{template}`.{did_you_mean(template, TEMPLATES)}",
            hint=f"It is one of {', '.join(TEMPLATES)}, or a text with {{source}} in it.",
        )
    names = {
        "source_name": language_name(source_language),
        "target_name": language_name(target_language),
        "source_code": source_language,
        "target_code": target_language,
    }
    try:
        # The source comes last and is not formatted: braces in it are its own.
        before, after = (part.format(**names) for part in text.split("{source}", 1))
    except (KeyError, IndexError, ValueError) as error:
        raise DataError(
            f"A template has a field it cannot have: {error}.", hint=f"Its fields: source, {', '.join(names)}."
        ) from None
    return f"{before}{source}{after}"


def language_name(tag: str) -> str:
    """The English name of a language, with its region or script where the tag has one.

    Raises:
        DataError: It is no language tag.

    >>> language_name("pt-BR"), language_name("zh-Hant")
    ('Portuguese (Brazil)', 'Chinese (Traditional)')
    """
    import langcodes

    if not langcodes.tag_is_valid(tag):
        raise DataError(f"`{tag}` is no language tag.", hint="It is one like `en`, `zh-Hant` or `pt-BR`.")
    return langcodes.get(tag).display_name()
