# ruff: noqa: RUF001 - curly quotation marks are the subject
"""English sentences and words the way the evaluators' tokenizers part them, without their data files.

For published readings alone. Sentences follow Punkt (Kiss and Strunk 2006, doi:10.1162/coli.2006.32.4.485) with the
abbreviations its English model knows; of the words that the model saw in small letters only the frequent ones. Words
follow the conventions of the Penn Treebank.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from rlvr.rewards.languages.function_words import ENGLISH_STOP_WORDS

_SHORT = (
    "a.a a.c a.d a.g a.h a.m a.m.e a.s a.t adm ala ariz aug ave b.f b.v bros c.i.t c.o.m.b c.v calif chg cie co col"
    " colo conn corp cos ct d.c d.h d.w dec dr e.f e.h e.l e.m f.g f.j fla fri ft g.d g.f g.k ga gen h.c h.f h.m h.w"
    " i.m.s inc j.b j.c j.d j.j j.k j.p j.r jan jr kan ky l.a l.f l.p lt ltd m.b.a m.d.c m.j maj messrs mg mich minn"
    " mr mrs ms n.c n.d n.h n.j n.m n.v n.y nev nov oct okla ore p.a.m p.m pa ph.d prof r.a r.h r.j r.k r.t rep reps"
    " s.a s.a.y s.c s.g s.p.a s.s sen sep sept st sw t.j tenn tues u.k u.n u.s u.s.a u.s.s.r va vs vt w.c w.r w.va w.w"
    " wash wed wis yr d e f g h k l m n r s t v w"
)
_ABBREVIATIONS = frozenset(_SHORT.split())
_BEGINNING = (
    "according although among but despite even he however i if in indeed instead it many meanwhile moreover most"
    " nevertheless nonetheless nor sales separately since similarly so some still the there these they this though"
    " thus under when while yet both"
)
_STARTERS = frozenset(_BEGINNING.split())
_MARK = re.compile(r"[.?!](?=([)\";}\]*:@'({\[!?])|\s+(\S))")
_BEFORE = re.compile(r"[^\s(\"`{\[:;&#*@)}\],?!]+\Z")
_CLOSING = re.compile(r"[)\"'\]}]+(?=\s|--|\Z)")
_NEXT = re.compile(r"\s*([(\"`{\[:;&#*@)}\],'\-]*)([^\s(\"`{\[:;&#*@)}\],?!]*)")
_SPACE = re.compile(r"\s")
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*")

_TOKEN = re.compile(
    r"\.\.+|--|``|''|[^\W\d_]+?(?=n't(?!\w))|n't(?!\w)|'(?:s|m|d|ll|re|ve)(?!\w)|(?:can(?=not\b)|gon(?=na\b)|got(?=ta\b))"
    r"|(?!')(?:(?!--|\.\.|'(?:s|m|d|ll|re|ve)?(?!\w)|n't(?!\w))[^\s\"“”«»„‘’`;@#$%&?!*()\[\]{}<>:,]|[:,](?=\d))+"
    r"|\S",
    re.I,
)


def sentences(text: str) -> list[str]:
    """The sentences of an English text.

    >>> sentences("Dr. Smith came. We ran!")
    ['Dr. Smith came.', 'We ran!']
    """
    found, start, marks = list[str](), 0, list(_MARK.finditer(text))
    for mark, following in zip_longest(marks, marks[1:]):
        # Of several marks in one run without white space the last one decides.
        if following and not _SPACE.search(text, mark.end(), following.start()):
            continue
        if mark[0] == "." and not _ends(text, start, mark):
            continue
        closing = _CLOSING.match(text, mark.end())
        end = closing.end() if closing else mark.end()
        found.append(text[start:end].strip())
        start = end
    rest = text[start:].strip()
    return [*filter(None, found), rest] if rest else found


def tokens(text: str) -> list[str]:
    """Words and marks: contractions parted, the period of a sentence on its own.

    >>> tokens("An e-mail isn't U.S. made.")
    ['An', 'e-mail', 'is', "n't", 'U.S.', 'made', '.']
    >>> tokens('"Go," he said')
    ['``', 'Go', ',', "''", 'he', 'said']
    """
    return [token for sentence in sentences(text) for token in _tokens_of(sentence)]


def _tokens_of(sentence: str) -> list[str]:
    # Within a sentence a period stays with its word, at the end it leaves it.
    found = [_quoted(one, sentence) if one[0] == '"' else one[0] for one in _TOKEN.finditer(sentence)]
    last = next((at for at in range(len(found) - 1, -1, -1) if found[at][-1] not in ")]}>\"'”’*"), None)
    if last is not None and len(found[last]) > 1 and found[last][-1] == "." and found[last][-2] != ".":
        found[last : last + 1] = [found[last][:-1], "."]
    return found


def _quoted(mark: re.Match[str], sentence: str) -> str:
    """A double quotation mark as the one that opens or the one that closes."""
    before = sentence[mark.start() - 1 : mark.start()] if mark.start() else ""
    return "``" if not before or before in " ([{<" else "''"


def _ends(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether a period ends its sentence: by the word before it and the one after."""
    before = _BEFORE.search(text, max(start, mark.start() - 60), mark.start())
    word = before[0] if before else ""
    lower = word.lower()
    if not word:
        return True
    initial = len(word) == 1 and word.isupper()
    short = word.endswith(".") or lower in _ABBREVIATIONS or lower.rpartition("-")[2] in _ABBREVIATIONS
    number = _NUMBER.fullmatch(lower) is not None
    if not (short or initial or number):
        return True
    following = _NEXT.match(text, mark.end())
    assert following is not None
    punctuation, after = following[1], following[2].rstrip(".")
    begins = None if punctuation else _begins(after)
    if punctuation and punctuation[0] in ";:,":
        begins = False
    if short and not initial:
        return begins is True or (not punctuation and after[:1].isupper() and after.lower() in _STARTERS)
    if begins is False:
        return False
    return not (begins is None and initial and not punctuation and after[:1].isupper()) and not (initial and short)


def _begins(word: str) -> bool | None:
    if word[:1].isupper() and word.lower() in ENGLISH_STOP_WORDS:
        return True
    return False if word[:1].islower() else None
