"""Checks on marked-up text whose words are translated: HTML and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.translation.untranslated import judge_translated
from rlvr.rewards.constraints.fences import unfenced

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

PREFIXES: Final = ("structure:html", "structure:markdown")
_INLINE_TAGS = (
    "a abbr b bdi bdo br cite code data dfn em i img kbd mark q s samp small span strong sub sup time u var wbr"
)
_INLINE: Final = frozenset(_INLINE_TAGS.split())
_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_VERBATIM: Final = frozenset(("code", "pre", "script", "style", "kbd", "samp"))
_SAID: Final = frozenset(("alt", "title", "placeholder", "aria-label", "label", "summary"))


@dataclass
class Markup:
    """What a marked-up text is made of.

    Args:
        blocks: Its blocks in order, each with its attributes.
        inline: For each block what is marked within it, each as often: another order may be right.
        verbatim: Code, which stays as it is.
        texts: What is to be translated, one for each block.
        fault: What is wrong with it.
    """

    blocks: list[str] = field(default_factory=list[str])
    inline: list[Counter[str]] = field(default_factory=lambda: [Counter[str]()])
    verbatim: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=lambda: [""])
    fault: str = ""

    def open_block(self, name: str) -> None:
        """Begins a block."""
        self.blocks.append(name)
        self.inline.append(Counter())
        self.texts.append("")


@constraint("structure:html", "This is HTML: translate the text and keep the tags and their attributes.", gate=True)
def html(translation: Answer) -> Outcome:
    """HTML with the blocks of the source in order, the same marks within each, code as it is, its text translated.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> source, pair = "<p>A <b>red</b> house</p>", Pair("en", "de")
    >>> html(Answer.translating(source, "<p>Ein <b>rotes</b> Haus</p>", pair)).score
    1.0
    >>> html(Answer.translating(source, "<p>Ein <b>rotes</i> Haus</p>", pair)).reason
    '</i> closes nothing'
    """
    return _compared(translation, read_html)


@constraint(
    "structure:markdown",
    "This is Markdown: translate the text and keep headings, lists, tables, links, code and emphasis.",
    gate=True,
)
def markdown(translation: Answer) -> Outcome:
    """Markdown with the blocks of the source in order, the same marks and links within each, code as it is.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> source, pair = "# A title\\n\\n- one *big* thing", Pair("en", "de")
    >>> markdown(Answer.translating(source, "# Ein Titel\\n\\n- ein *großes* Ding", pair)).score
    1.0
    >>> markdown(Answer.translating(source, "## Ein Titel\\n\\n- ein *großes* Ding", pair)).reason
    'block 1 is h2, not h1'
    """
    return _compared(translation, read_markdown)


def read_html(text: str) -> Markup:
    """The blocks, marks and texts of HTML.

    >>> read_html("<ul><li>a</li><li>b</li></ul>").blocks
    ['ul', 'li', 'li']
    """
    reader = _Html()
    reader.feed(text)
    reader.close()
    if reader.opened and not reader.found.fault:
        reader.found.fault = f"<{reader.opened[-1]}> is never closed"
    return reader.found


def read_markdown(text: str) -> Markup:
    """The blocks, marks and texts of Markdown (CommonMark with tables and strikethrough).

    >>> read_markdown("- a `b`").inline[-1]
    Counter({'code b': 1})
    """
    found = Markup()
    for token in _parser().parse(text):
        if token.type == "inline":
            for child in token.children or ():
                _read_inline(child, found)
        elif token.type in ("fence", "code_block"):
            found.open_block(f"code {token.info.strip()}".strip())
            found.verbatim.append(token.content)
        elif token.nesting >= 0 and not token.hidden:
            number = f" from {token.attrs['start']}" if "start" in token.attrs else ""
            found.open_block(token.tag + number)
    return found


def _read_inline(token: Any, found: Markup) -> None:
    if token.type in ("text", "softbreak", "hardbreak"):
        found.texts[-1] += token.content or " "
    elif token.type in ("code_inline", "html_inline"):
        found.inline[-1][f"{token.type.removesuffix('_inline')} {token.content}"] += 1
    elif token.nesting >= 0:
        target = token.attrs.get("href") or token.attrs.get("src") or ""
        found.inline[-1][f"{token.tag} {target}".strip()] += 1
        if token.type == "image":
            found.texts[-1] += token.content


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _compared(translation: Answer, read: Callable[[str], Markup]) -> Outcome:
    texts = (translation.original.text, unfenced(translation.text), *(one.text for one in translation.references))
    source, answer, *references = map(read, texts)
    fault = _other_markup(source, answer)
    if fault:
        return Outcome(0.0, fault)
    source_texts, known = [text.strip() for text in source.texts], [one.texts for one in references]
    return judge_translated(source_texts, answer.texts, known, f"{len(source.blocks)} blocks")


def _other_markup(source: Markup, answer: Markup) -> str:
    """What is kept otherwise than the source has it, or nothing."""
    if answer.fault and not source.fault:
        return answer.fault
    for place, (wanted, found) in enumerate(zip(source.blocks, answer.blocks, strict=False), 1):
        if wanted != found:
            return f"block {place} is {found[:60]}, not {wanted[:60]}"
    if len(source.blocks) != len(answer.blocks):
        return f"{len(answer.blocks)} blocks, not {len(source.blocks)}"
    for place, (wanted, found) in enumerate(zip(source.inline, answer.inline, strict=True)):
        if wanted != found:
            return f"in block {place}: {_listed(found)}, not {_listed(wanted)}"
    if source.verbatim != answer.verbatim:
        return "code was changed"
    for place, (wanted, found) in enumerate(zip(source.texts, answer.texts, strict=True)):
        if any(map(str.isalnum, wanted)) and not any(map(str.isalnum, found)):
            return f"block {place} has no text"
    return ""


def _listed(items: Counter[str]) -> str:
    return ", ".join(sorted(items.elements()))[:80] or "no marks"


class _Html(HTMLParser):
    """Collects markup; takes any text without failing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Markup()
        self.opened = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag."""
        kept = sorted(f'{name}="{value}"' for name, value in attrs if name not in _SAID)
        written = " ".join([tag, *kept, *sorted(name for name, _ in attrs if name in _SAID)])
        if tag in _INLINE:
            self.found.inline[-1][written] += 1
        else:
            self.found.open_block(written)
        self.found.texts[-1] += " ".join(["", *(value or "" for name, value in attrs if name in _SAID)])
        if tag not in _VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.opened.pop()

    def handle_endtag(self, tag: str) -> None:
        """Closes a tag; text after a block belongs to what is around it."""
        if tag in _VOID:
            return
        if not self.opened or self.opened.pop() != tag:
            self.found.fault = self.found.fault or f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        """Text, or code."""
        if self.opened and self.opened[-1] in _VERBATIM:
            self.found.verbatim.append(data)
        else:
            self.found.texts[-1] += data
