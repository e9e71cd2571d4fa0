"""Checks on what a program reads in a text: placeholders, printf and ICU arguments, tags, addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.outcomes import compare_counts
from rlvr.rewards.constraints.checks.translation.icu import Message, MessageError, read_message
from rlvr.rewards.constraints.checks.translation.untranslated import still_source
from rlvr.rewards.languages.formats.locales import plural_categories

PREFIXES: Final = ("tokens:",)
PLACEHOLDER: Final = re.compile(
    r"\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|%\([A-Za-z_]\w{0,60}\)[-+0#]{0,4}\d{0,3}(?:\.\d{1,3})?[diouxXeEfFgGcrs]"
    r"|\{[A-Za-z_0-9][\w.]{0,60}(?:[!:][^{}\n]{0,40})?\}|%[A-Z][A-Z_]{1,40}%|\[\[[^\[\]\n]{1,80}\]\]"
)
PRINTF: Final = re.compile(
    r"%(?:(?P<at>\d{1,2})\$)?[-+#0']{0,5}(?:\*|\d{1,4})?(?:\.(?:\*|\d{1,4}))?(?:hh|h|ll|l|j|z|t|L)?"
    r"(?P<kind>[diouxXeEfFgGaAcsp@%])(?![A-Za-z%])"
)
TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][\w:.\-]{0,40}|\d{1,4})(?P<rest>(?:\s[^<>]{0,500})?)(?P<void>/?)>"
)
URL: Final = re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,2000}")
EMAIL: Final = re.compile(
    r"(?<![\w.+\-])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9][A-Za-z0-9\-]{0,62}(?:\.[A-Za-z0-9\-]{1,63}){1,6}"
)
_VOID: Final = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))


@constraint("tokens:placeholders", "Keep every placeholder as it is.", gate=True)
def placeholders(translation: Answer) -> Outcome:
    """The placeholders of the source, each as often: `{name}`, `{{name}}`, `${name}`, `%(name)s`, `%NAME%`, `[[name]]`.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> placeholders(Answer.translating("Hi {name}!", "Hallo {Name}!", Pair("en", "de"))).reason
    'missing: {name}; too many: {Name}'
    """
    return _the_same(*(map(_whole, PLACEHOLDER.finditer(text.text)) for text in (translation.original, translation)))


@constraint(
    "tokens:printf",
    "Keep the arguments of the format string: each with its type, numbered where their order changes.",
    gate=True,
)
def printf(translation: Answer) -> Outcome:
    """The printf arguments of the source; another order needs numbers (`%2$s`).

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> printf(Answer.translating("%d of %s", "%s, davon %d", Pair("en", "de"))).score
    0.0
    >>> printf(Answer.translating("%d of %s", "%2$s, davon %1$d", Pair("en", "de"))).score
    1.0
    """
    return _the_same(_arguments(translation.original.text), _arguments(translation.text))


@constraint("tokens:tags", "Keep every tag as it is, around what it marks, properly nested.", gate=True)
def tags(translation: Answer) -> Outcome:
    """The tags of the source with their attributes, each as often, closed in the order in which they were opened."""
    source, answer = (list(TAG.finditer(text.text)) for text in (translation.original, translation))
    same = _the_same(map(_whole, source), map(_whole, answer))
    if same.score != 1.0:
        return same
    return same if _nested(answer) or not _nested(source) else Outcome(0.0, "the tags are not nested properly")


@constraint("tokens:urls", "Keep every web address as it is.", gate=True)
def urls(translation: Answer) -> Outcome:
    """The web addresses of the source, each as often."""
    return _the_same(*(urls_of(text.text) for text in (translation.original, translation)))


@constraint("tokens:emails", "Keep every e-mail address as it is.", gate=True)
def emails(translation: Answer) -> Outcome:
    """The e-mail addresses of the source, each as often."""
    return _the_same(*(map(_whole, EMAIL.finditer(text.text)) for text in (translation.original, translation)))


@constraint(
    "tokens:icu",
    "This is an ICU message: keep its arguments, translate its texts, with the plural forms your language has.",
    gate=True,
)
def icu(translation: Answer) -> Outcome:
    """A valid ICU message with the arguments of the source, the plural forms of the target language, texts translated.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> source = "{n, plural, one {# file} other {# files}}"
    >>> russian = "{n, plural, one {# файл} few {# файла} other {# файлов}}"
    >>> icu(Answer.translating(source, russian, Pair("en", "ru"))).reason
    'plural forms of `n` missing: many'
    """
    pair = translation.pair
    try:
        source = read_message(translation.original.text, pair.source)
        answer = read_message(translation.text, pair.target)
    except MessageError as error:
        return Outcome(0.0, f"no ICU message: {error}")
    same = _the_same(source.simple, answer.simple)
    if same.score not in (None, 1.0):
        return same
    if why := _branches(source, answer, plural_categories(pair.target)):
        return Outcome(0.0, why)
    left = still_source([" ".join(source.texts)], [" ".join(answer.texts)])
    return Outcome(float(not left), "not translated" if left else "the same arguments")


def urls_of(text: str) -> list[str]:
    """Web addresses, without the mark that ends a sentence.

    >>> urls_of("See https://example.org/a_(b). Or www.example.org!")
    ['https://example.org/a_(b)', 'www.example.org']
    """
    found = [match[0].rstrip(".,;:!?'*_") for match in URL.finditer(text)]
    return [url.rstrip(").,") if url.count(")") > url.count("(") else url for url in found]


def _whole(match: re.Match[str]) -> str:
    return match[0]


def _arguments(text: str) -> list[str]:
    found, at = list[str](), 0
    for match in PRINTF.finditer(text):
        if match["kind"] != "%":
            at += 1
            found.append(f"%{match['at'] or at}${match['kind']}")
    return found


def _nested(found: list[re.Match[str]]) -> bool:
    opened = list[str]()
    for tag in found:
        name = tag["name"].lower()
        if tag["void"] or name in _VOID or tag["rest"].endswith("/"):
            continue
        if not tag["close"]:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _branches(source: Message, answer: Message, categories: frozenset[str]) -> str:
    """What is wrong with the choices of a message, or nothing."""
    for (name, kind), keys in source.choices.items():
        own = answer.choices.get((name, kind))
        if own is None:
            return f"`{name}` is no {kind} any more"
        exact = {key for key in keys if key.startswith("=")}
        if kind == "select" and own != keys:
            return f"`{name}` selects among {', '.join(sorted(own))}"
        if kind != "select" and {key for key in own if key.startswith("=")} != exact:
            return f"other exact numbers of `{name}`"
        if kind == "plural" and (lacking := categories - own):
            return f"plural forms of `{name}` missing: {', '.join(sorted(lacking))}"
        if kind == "plural" and (unknown := own - categories - exact):
            return f"the language has no plural form {', '.join(sorted(unknown))}"
    added = sorted(name for name, _ in set(answer.choices) - set(source.choices))
    return f"`{added[0]}` is no argument of the source" if added else ""


def _the_same(source: Iterable[str], answer: Iterable[str]) -> Outcome:
    wanted, found = Counter(source), Counter(answer)
    if not wanted and not found:
        return Outcome(None, "the source has none")
    missing, extra = wanted - found, found - wanted
    share = (wanted & found).total() / max(wanted.total(), found.total())
    return Outcome(share, compare_counts(missing, extra, _cut, f"all {wanted.total()} are there"))


def _cut(item: str) -> str:
    return item[:60]
