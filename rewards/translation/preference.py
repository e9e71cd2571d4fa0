"""`mt.preference`: which of two translations is better? Right when it agrees with the human label."""

from __future__ import annotations

import re
from typing import Final

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.math.choice import chosen

CHOICES: Final = ("A", "B", "C")
"""The first translation, the second, and neither: they are equally good."""

_LONGEST: Final = 200_000
_LONGEST_LINE: Final = 120
_TIE = re.compile(
    r"(?:\bit(?:'s| is) an? |\[\[|\b(?:answer|verdict|better)\s*:|\bthey are |\bboth are |\A)[*_\s]*"
    r"(?:tie|tied|equal|equally good|neither)[\]*_.\s]*\Z",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:[Tt]ranslation\s+)?([AB])\s+is\s+(?:the\s+)?(?:much\s+|clearly\s+|slightly\s+)?(?:better|best)\b[^\n]*\Z"
)

_CALLED: Final = re.compile(
    r"(?<![A-Za-z0-9_])([AB])(?![A-Za-z0-9_])[*_」\")]{0,4}"
    r"(?:\s*[\u0900-\u0d7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{1,8}){0,2}[.。!।\s*_]*\Z"
)
"""A letter at the end of a line; in languages whose verb stands last a word or two may follow it."""
_BETTER_WORDS: Final = re.compile(
    r"\b(?:better|best|superior|preferable|preferred|prefer|choose|choice|verdict|winner"
    r"|bessere?|beste|besser|bevorzuge|urteil|antwort|meilleure?|préfère|préférable|choix|réponse|mejor|prefiero"
    r"|respuesta|elijo|migliore|preferisco|scelta|risposta|melhor|prefiro|resposta|beter|betere|voorkeur|antwoord"
    r"|bättre|bästa?|bedre|bedste|best|svaret?|svar|parempi|paras|vastaus|betri|jobb|legjobb|válasz|răspuns|mai bună?"
    r"|lepsz[aey]|najlepsz[aey]|odpowiedź|lepší|nejlepší|odpověď|лучш\w+|ответ|краща?|найкращ\w+|відповідь)\b"
    r"|बेहतर|सर्वश्रेष्ठ|उत्तर|更好|较好|較好|最好|更佳|答案|选择|選擇|良い|優れ|答え|回答|より|나은|좋은|나음|정답|선택",
    re.IGNORECASE,
)
"""Words for the better one, or for a choice, in the languages of Tower+."""
_BY_NAME: Final = re.compile(r"\W*(?:[^\W\d_]+\W+){0,2}\Z")
_ONLY_LETTER: Final = re.compile(r"(?<![A-Za-z0-9_])[AB](?![A-Za-z0-9_])")
_WORSE: Final = re.compile(
    r"\A\W*(?:Translation\s+)?([AB])\s+is\s+(?:much\s+|clearly\s+|slightly\s+)?(?:worse|poorer)\b[^\n]*\Z"
)
_NEGATED: Final = re.compile(
    r"\b(?:not|isn't|n't|nicht|kein|pas|non|não|nie|не|neither|nor|worse|worst)\b", re.IGNORECASE
)

_NAMED = re.compile(r"(?:\b(?i:answer):[\s*_`(]{0,4}|\[\[\s{0,9})([A-Z])\b")


@reward("mt.preference")
def preference(sample: Sample) -> Verdict:
    r"""1 when the better of two translations is chosen, `A` or `B`, or `C` where they are equally good.

    Read are `A`, `[[A]]`, `\boxed{A}`, `Answer: A`, `Translation A is better.`, `The better translation is A.` in the
    languages of Tower+, and `tie` for `C`: in the end of the answer, after whatever reasoning.

    Args:
        sample: `reference` is `A`, `B` or `C`. `preference_tasks` makes tasks so that each letter is as often right.

    Raises:
        DataError: The reference is none of them (status `error`).

    >>> preference.check("A drops the negation. So B is better.", reference="B").score
    1.0
    >>> preference.check("[[A]]", reference="C").explanation
    'A is not C'
    """
    wanted = sample.reference
    if wanted not in CHOICES:
        raise DataError(f"`reference` is {wanted!r}; it is A, B or, for a tie, C.")
    wanted = str(wanted)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=wanted)
    if len(sample.answer) > _LONGEST:
        return Verdict.wrong(f"{len(sample.answer)} characters; {_LONGEST} at most", expected=wanted)
    letter, problem = _letter(sample.answer.strip())
    if problem:
        return Verdict.wrong(problem, extracted=sample.answer.strip()[-200:] or None, expected=wanted)
    if letter != wanted:
        return Verdict.wrong(f"{letter} is not {wanted}", extracted=letter, expected=wanted)
    return Verdict.right(letter, wanted, f"the label is {wanted}")


def _letter(text: str) -> tuple[str, str]:
    named = {found[1] for found in _NAMED.finditer(text)}
    if len(named) > 1:
        return "", f"several choices: {' and '.join(sorted(named))}"
    if marked := re.search(r"\[\[\s{0,9}([A-Z])\s{0,9}\]\][.\s]*\Z", text[-400:]):
        return (marked[1], "") if marked[1] in CHOICES else ("", f"{marked[1]} is no choice")
    last = " ".join(text.rpartition("\n\n")[2][-400:].split())
    if _TIE.search(last):
        return "C", ""
    if said := _BETTER.search(last):
        return said[1], ""
    if said := _WORSE.search(last):
        return ("B" if said[1] == "A" else "A"), ""
    line = last if len(last) <= _LONGEST_LINE else ""
    letters = set(_ONLY_LETTER.findall(line))
    if len(letters) == 1 and not _NEGATED.search(line) and (said := _CALLED.search(line)):
        before = line[: said.start()]
        if _BETTER_WORDS.search(before) or (line == last and "\n" not in text and _BY_NAME.match(before)):
            return said[1], ""
    picked = chosen(text)
    if picked.problem:
        return "", picked.problem
    if picked.letter not in CHOICES or picked.letter not in picked.text.upper():
        return "", f"{picked.text.strip()[:40]} is no choice"
    return picked.letter, ""
