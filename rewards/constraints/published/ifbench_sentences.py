# ruff: noqa: N803 - arguments have their published names
"""IFBench's checks on sentences, forms and repetitions as its own program reads them: `compat="ifbench"`."""

from __future__ import annotations

import re
import string
from itertools import groupby, pairwise, zip_longest
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.words.copying import ONLY_THIS
from rlvr.rewards.constraints.published.ifbench_words import unmarked
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.punkt import sentences, tokens
from rlvr.rewards.languages.emojis import is_emoji
from rlvr.rewards.languages.measures import Text

READING: Final = "ifbench"
_STRIPPED = string.punctuation + " "
_OPENING = {")": "(", "]": "[", "}": "{"}


@constraint("ratio:sentence_type", compat=READING)
def _sentence_type(text: Text) -> Outcome:
    declared, asked, _ = _kinds(text)
    return said(declared == 2 * asked, f"{declared} declarative, {asked} interrogative")


@constraint("ratio:sentence_balance", compat=READING)
def _sentence_balance(text: Text) -> Outcome:
    return said(len(set(_kinds(text))) == 1)


@constraint("ratio:sentence_words", compat=READING)
def _sentence_words(text: Text) -> Outcome:
    lengths = [len(sentence) for sentence in sentences(text.raw)]
    return said(len(lengths) == 3 and len(set(lengths)) == 1, f"lengths {lengths[:5]}")


@constraint("sentence:alliteration_increment", compat=READING)
def _alliteration_increment(text: Text) -> Outcome:
    counts = [-1]
    for sentence in sentences(text.raw):
        cleaned = [word.lstrip(_STRIPPED) for word in sentence.lower().split()]
        runs = [len(list(run)) for _, run in groupby(word[0] for word in cleaned if word)]
        counts.append(sum(run for run in runs if run > 1))
    return said(all(left < right for left, right in pairwise(counts)))


@constraint("sentence:increment", compat=READING)
def _increment(text: Text, small_n: int) -> Outcome:
    counts = [len(unmarked(sentence).split()) for sentence in sentences(text.raw)]
    return said(all(right - left == small_n for left, right in pairwise(counts)), f"words: {counts[:8]}")


@constraint("sentence:keyword", compat=READING)
def _keyword(text: Text, word: str, N: int) -> Outcome:
    parts = sentences(text.raw)
    return said(0 < N <= len(parts) and re.search(rf"\b{re.escape(word)}\b", parts[N - 1], re.I))


@constraint("words:last_first", compat=READING)
def _last_first(text: Text) -> Outcome:
    for left, right in pairwise(sentences(text.raw)):
        last, first = left.rstrip(_STRIPPED).lower().split(), right.lstrip(_STRIPPED).lower().split()
        if not last or not first or last[-1] != first[0]:
            return said(False)
    return said(True)


@constraint("words:paragraph_last_first", compat=READING)
def _paragraph_last_first(text: Text) -> Outcome:
    parts = [line.strip().strip(_STRIPPED).lower().split() for line in text.raw.split("\n")]
    return said(all(words[0] == words[-1] for words in parts if words))


@constraint("format:emoji", compat=READING)
def _emoji(text: Text) -> Outcome:
    parts = [unmarked(sentence).strip() for sentence in sentences(text.raw)]
    for part, following in zip_longest(parts, parts[1:], fillvalue=""):
        if not part or not (is_emoji(part[-1]) or is_emoji(part[-2:-1]) or is_emoji(following[:1])):
            return said(False)
    return said(True)


@constraint("format:parentheses", compat=READING)
def _parentheses(text: Text) -> Outcome:
    stack, deepest = list[str](), 0
    for letter in text.raw:
        if letter in "([{":
            stack.append(letter)
            deepest = max(deepest, len(stack))
        elif letter in _OPENING:
            if not stack or stack.pop() != _OPENING[letter]:
                stack, deepest = [], 0
            elif deepest >= 5:
                return said(True)
    return said(False)


@constraint("format:quotes", compat=READING)
def _quotes(text: Text) -> Outcome:
    stack, deepest = list[str](), 0
    for letter in text.raw:
        if stack and letter == stack[-1]:
            stack.pop()
            if deepest - len(stack) >= 3:
                return said(True)
        elif letter in "\"'":
            stack.append(letter)
            deepest = max(deepest, len(stack))
    return said(False)


@constraint("format:quote_unquote", compat=READING)
def _quote_unquote(text: Text) -> Outcome:
    value = "".join(text.raw.replace("“", '"').replace("”", '"').replace("'\"'", "").split())
    rest = value.strip(string.digits + string.punctuation.replace('"', ""))
    return said('""' not in value and not rest.endswith('"'))


@constraint("format:options", compat=READING)
def _options(text: Text, options: str) -> Outcome:
    parted = next((mark for mark in ("/", "or") if mark in options), ",")
    known = [option.strip() for option in options.split(parted)]
    if re.match(r"\W*[aA]\W*[bB]\W*[cC]\W*", options):
        return said(text.raw in known)
    return said(text.raw.strip(_STRIPPED).lower() in {option.strip(_STRIPPED).lower() for option in known})


@constraint("format:newline", compat=READING)
def _newline(text: Text) -> Outcome:
    value = unmarked(text.raw).strip()
    return said(len([line for line in value.split("\n") if line]) == len(value.split()))


@constraint("format:line_indent", compat=READING)
def _line_indent(text: Text) -> Outcome:
    # Of two blank lines in a row the second stays.
    lines = text.raw.split("\n")
    for line in lines:
        if not line.strip():
            lines.remove(line)
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return said(all(left < right for left, right in pairwise(indents)))


@constraint("format:list", compat=READING)
def _list(text: Text, sep: str) -> Outcome:
    return said(text.raw.count(sep) >= 2)


@constraint("format:thesis", compat=READING)
def _thesis(text: Text) -> Outcome:
    value = text.raw
    start = value.find("<i>") if "<i>" in value else value.find("<em>")
    value = value[start:]
    end = value.find("</i>") if "</i>" in value else value.find("</em>")
    return said(start >= 0 and end >= 0 and value[3:end].strip() and value[end + 4 :].strip())


@constraint("format:sub-bullets", compat=READING)
def _sub_bullets(text: Text) -> Outcome:
    return said(all("-" in part for part in text.raw.split("*")[1:]))


@constraint("format:no_bullets_bullets", compat=READING)
def _no_bullets_bullets(text: Text) -> Outcome:
    prose, before, bullets = True, 0, 0
    for line in map(str.strip, text.raw.split("\n")):
        if line.startswith("*"):
            prose = False
            bullets += 1
            if before < 2:
                return said(False)
        elif not prose:
            return said(False)
        else:
            found = len(sentences(line))
            prose, before = found > 0, before + found
    return said(bullets >= 2)


@constraint("format:title_case", compat=READING)
def _title_case(text: Text) -> Outcome:
    words = [token for token in tokens(text.raw) if token[0].isalpha()]
    return said(not any(w[0].islower() and (len(w) == 1 or w[1:].isupper() or w[1:].islower()) for w in words))


@constraint("format:output_template", compat=READING)
def _output_template(text: Text) -> Outcome:
    return said(all(part in text.raw for part in ("My Answer:", "My Conclusion:", "Future Outlook:")))


@constraint("format:no_whitespace", compat=READING)
def _no_whitespace(text: Text) -> Outcome:
    return said(not any(map(str.isspace, text.raw)))


@constraint("repeat:repeat_change", compat=READING)
def _repeat_change(text: Text, prompt_to_repeat: str) -> Outcome:
    return said(prompt_to_repeat != text.raw and prompt_to_repeat.split()[1:] == text.raw.split()[1:])


@constraint("repeat:repeat_simple", compat=READING)
def _repeat_simple(text: Text) -> Outcome:
    return said(text.raw.strip().lower() == ONLY_THIS.lower())


@constraint("repeat:repeat_span", compat=READING)
def _repeat_span(text: Text, prompt_to_repeat: str, n_start: int, n_end: int) -> Outcome:
    return said(text.raw.lower().split() == prompt_to_repeat.lower().split()[n_start:n_end])


def _kinds(text: Text) -> tuple[int, int, int]:
    parts = sentences(text.raw)
    return (
        sum(part.endswith(".") for part in parts),
        sum(part.endswith("?") for part in parts),
        sum(part.endswith("!") for part in parts),
    )
