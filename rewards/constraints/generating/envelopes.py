"""Sentences put into what translators are given: lists, documents, messages, subtitles, form fields.

An envelope is built alike around the sources and around their references, so the reference keeps it by construction.
"""

from __future__ import annotations

import csv
import html
import io
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rlvr.rewards.constraints.generating.deriving import Row
from rlvr.rewards.constraints.generating.lexicon import Parallel
from rlvr.rewards.languages.formats.dates import Style, written
from rlvr.rewards.languages.formats.locales import locale_of, plural_categories

Choose = Callable[[int], int]
"""A whole number below the one given, drawn at random."""

_NAMES: Final = ("name", "user", "count", "title", "city", "file_name")
_CURRENCIES: Final = ("EUR", "USD", "GBP", "JPY")
_LINE: Final = 42  # characters of a subtitle's line


@dataclass(frozen=True)
class Enveloped:
    """A text in its envelope, its reference in the same, and what the envelope asks for.

    Args:
        source: To be translated.
        reference: A translation of it.
        constraints: As they stand in `data.constraints`.
    """

    source: str
    reference: str
    constraints: tuple[Row, ...]


@dataclass(frozen=True)
class Envelope:
    """A way to put sentences together.

    Args:
        make: From rows of one language pair and a source of chance.
        rows: How many sentences it takes.
    """

    make: Callable[[Sequence[Parallel], Choose], Enveloped]
    rows: int = 1


def _lines(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    return _made("\n".join, rows, {"id": "layout:lines"})


def _paragraphs(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    return _made("\n\n".join, rows, {"id": "layout:paragraphs"})


def _subtitle(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    source, reference = (_wrapped(text) for text in (rows[0].source, rows[0].reference))
    lines = reference.split("\n")
    asked: Row = {"id": "length:lines", "lines": len(lines), "characters": max(_LINE, *map(len, lines))}
    return Enveloped(source, reference, (asked,))


def _json(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    numbers = [choose(1000) for _ in rows]

    def document(texts: Sequence[str]) -> str:
        items = [{"id": n, "text": text, "shown": n % 2 == 0} for n, text in zip(numbers, texts[1:], strict=False)]
        return json.dumps({"title": texts[0], "items": items}, ensure_ascii=False, indent=1)

    return _made(document, rows, {"id": "structure:json"})


def _csv(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    numbers = [choose(1000) for _ in rows]

    def table(texts: Sequence[str]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([[n, one] for n, one in zip(numbers, texts, strict=True)])
        return text.getvalue().strip()

    return _made(table, rows, {"id": "structure:csv"})


def _html(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    place = choose(100)

    def page(texts: Sequence[str]) -> str:
        title, first, *rest = map(html.escape, texts)
        items = "".join(f"<li>{one}</li>" for one in rest)
        return f'<h2 id="s{place}">{title}</h2>\n<p><strong>{first}</strong></p>\n<ul class="list">{items}</ul>'

    return _made(page, rows, {"id": "structure:html"})


def _markdown(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    place = choose(100)

    def page(texts: Sequence[str]) -> str:
        title, first, *rest = (_plain_markdown(text) for text in texts)
        items = "\n".join(f"- {one}" for one in rest)
        link, code = f"[{place}](https://example.org/{place})", f"```sh\nrun --level {place}\n```"
        return f"## {title}\n\n**{first}** {link}\n\n{items}\n\n{code}"

    return _made(page, rows, {"id": "structure:markdown"})


def _icu(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    name = _NAMES[choose(len(_NAMES))]

    def message(text: str, tag: str) -> str:
        said = text.replace("'", "’").replace("{", "(").replace("}", ")").replace("#", "")  # noqa: RUF001
        forms = sorted(plural_categories(tag))
        return f"{{{name}, plural, {' '.join(f'{form} {{# · {said}}}' for form in forms)}}}"

    row = rows[0]
    return Enveloped(
        message(row.source, row.pair.source), message(row.reference, row.pair.target), ({"id": "tokens:icu"},)
    )


def _placeholders(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    shape = ("{{{}}}", "{{{{{}}}}}", "${{{}}}", "%({})s")[choose(4)]
    mark = shape.format(_NAMES[choose(len(_NAMES))])
    return _around(rows[0], f"{mark}: ", "", {"id": "tokens:placeholders"})


def _printf(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    return _around(rows[0], "%s: ", f" (%{choose(9) + 1}d)", {"id": "tokens:printf"})


def _tags(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    name = ("b", "em", "g", "1")[choose(4)]
    return _around(rows[0], f"<{name}>", f'</{name}><x id="{choose(9)}"/>', {"id": "tokens:tags"})


def _url(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    return _around(rows[0], "", f" https://example.org/doc?id={choose(1000)}", {"id": "tokens:urls"})


def _email(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    return _around(rows[0], "", f" (team{choose(100)}@example.org)", {"id": "tokens:emails"})


def _capitals(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    row = rows[0]
    return Enveloped(row.source.upper(), row.reference.upper(), ({"id": "style:casing", "case": "upper"},))


def _date(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    styles: tuple[Style, ...] = ("long", "short", "iso")
    day, style = (1950 + choose(100), 1 + choose(12), 13 + choose(16)), styles[choose(3)]
    own = rows[0].pair.source
    return _before(
        rows[0],
        lambda tag: written(day, "long" if tag == own else style, tag),
        {"id": "formats:date", "style": style},
    )


def _currency(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    from babel.numbers import format_currency

    amount, currency = (100_000 + choose(900_000)) / 100, _CURRENCIES[choose(len(_CURRENCIES))]
    amount = round(amount) if currency == "JPY" else amount
    return _before(
        rows[0],
        lambda tag: _spaced(format_currency(amount, currency, locale=locale_of(tag))),
        {"id": "formats:currency"},
    )


def _unit(rows: Sequence[Parallel], choose: Choose) -> Enveloped:
    from babel.units import format_unit

    amount, unit = (11 + choose(9000)) / 10, ("length-kilometer", "mass-kilogram", "digital-megabyte")[choose(3)]
    return _before(
        rows[0],
        lambda tag: _spaced(format_unit(amount, unit, length="short", locale=locale_of(tag))),
        {"id": "formats:unit"},
    )


ENVELOPES: Final[Mapping[str, Envelope]] = {
    "lines": Envelope(_lines, 3),
    "paragraphs": Envelope(_paragraphs, 2),
    "subtitle": Envelope(_subtitle),
    "json": Envelope(_json, 3),
    "csv": Envelope(_csv, 3),
    "html": Envelope(_html, 4),
    "markdown": Envelope(_markdown, 4),
    "icu": Envelope(_icu),
    "placeholders": Envelope(_placeholders),
    "printf": Envelope(_printf),
    "tags": Envelope(_tags),
    "url": Envelope(_url),
    "email": Envelope(_email),
    "capitals": Envelope(_capitals),
    "date": Envelope(_date),
    "currency": Envelope(_currency),
    "unit": Envelope(_unit),
}
"""The envelopes by name.

>>> row = Parallel("A red house.", "Ein rotes Haus.", Pair("en", "de"))
>>> ENVELOPES["csv"].make([row, row], lambda end: 7).reference
'7,Ein rotes Haus.\\n7,Ein rotes Haus.'
"""


def _made(put: Callable[[Sequence[str]], str], rows: Sequence[Parallel], asked: Row) -> Enveloped:
    return Enveloped(put([row.source for row in rows]), put([row.reference for row in rows]), (asked,))


def _around(row: Parallel, before: str, after: str, asked: Row) -> Enveloped:
    return Enveloped(f"{before}{row.source}{after}", f"{before}{row.reference}{after}", (asked,))


def _before(row: Parallel, said: Callable[[str], str], asked: Row) -> Enveloped:
    """Something that each language writes in its own way, before the sentence."""
    pair = row.pair
    return Enveloped(f"{said(pair.source)}: {row.source}", f"{said(pair.target)}: {row.reference}", (asked,))


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _wrapped(text: str) -> str:
    if " " in text:
        return "\n".join(textwrap.wrap(text, _LINE, break_long_words=False))
    return "\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))


def _plain_markdown(text: str) -> str:
    """A text that is no Markdown: what would be markup in it is left out."""
    kept = "".join(" " if letter in "*_`[]<>#\\~|" else letter for letter in text).strip(" -+.=:\n")
    return " ".join(kept.split()).removesuffix(" ") or "…"
