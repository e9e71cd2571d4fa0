# ruff: noqa: E501, RUF001 - tables of words of many languages
"""The letter that a sentence settles on: `So B is correct`, `La respuesta correcta es la B`, `选项B正确`.

Only the last sentence that names a letter is looked at, without its reasons and without what it takes back. It must
name one letter, deny nothing, and say that it is the answer.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.math.extracting.markers import ASCII_WORDS, CHOICE_WORDS, OTHER_WORDS

_LATIN = "A-Za-z0-9_\u00c0-\u024f'\u2019"
_LABEL: Final = re.compile(
    rf"(?<![{_LATIN}\\])([A-J])(?![{_LATIN}])(?P<behind>[*_]*[).:]?[*_]*\s+[a-z\u00e0-\u024f]+)?"
)
_SENTENCES = re.compile(r"(?<=[.!?\u3002\uff01\uff1f\u061f\u0964])(?:\s+|$)|(?<=[\u3002\uff01\uff1f])|\n+")
_WRAPPED = re.compile(r"(?<=[a-z,])[ \t]*\n(?!\s*\n)|\n(?=[ \t]*[a-z])")
_REASON = re.compile(
    r"(?:,|\b)\s*\b(?:because|since|as|given that|weil|denn|da|parce que|car|puisque|porque|ya que|pois|perch\u00e9|poich\u00e9|"
    r"omdat|want|poniewa\u017c|gdy\u017c|bo|proto\u017ee|deoarece|pentru c\u0103|mert|eftersom|fordi|koska|потому что|так как|поскольку|бо|"
    r"v\u00ec|karena|çünkü)\b.*|因为.*|因為.*|なぜなら.*|왜냐하면.*|لأن.*|क्योंकि.*",
    re.IGNORECASE | re.DOTALL,
)
_TAKEN_BACK = re.compile(
    r"[\s,;(]+(?:and |but |y |e |et |und |en |i |a |och |og |ja |și |и |а |но |але )?"
    r"(?:not|rather than|instead of|nicht|kein\w*|niet|pas|ne|no|não|non|nie|ne|nu|nem|inte|ikke|ei|ekki|не|ليس|ليست|"
    r"لا|नहीं|bukan|không phải)\s+(?:\w+\s+)?[*(]*[A-J](?![\w'])[).*]*|[，,]?(?:而)?不是\s*[A-J]|[、,]?[A-J]ではなく|[A-J]\s*(?:가|이)\s*아니라",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:so|therefore|thus|hence|leaves|leaving|which leaves|consequently|donc|ainsi|por (?:lo )?tanto|portanto|logo|"
    r"quindi|dunque|also|daher|deshalb|folglich|dus|więc|zatem|takže|tedy|deci|tehát|alltså|altså|siis|því|следовательно|"
    r"значит|поэтому|отже|тому|отож|тож|jadi|maka|vậy|czyli|așadar|prin urmare|sem sagt|þar með|og dermed|dermed|således|joten|eli|tudíž|tedy|"
    r"azaz|ezért|itu|итак|таким образом)\b|所以|因此|故|よって|したがって|따라서|그러므로|لذلك|إذن|इसलिए|अतः",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|isn't|aren't|other than|except|all but|anything but|none of|no (?:es|son|puede|era|sería)|trap|tempting|mistake\w*|cannot|can't|neither|nor|never|wrong|incorrect|false|eliminat\w*|exclud\w*|rule[sd]? out|nicht|"
    r"kein\w*|falsch|faux|fausse|pas|jamais|incorrect\w*|fals[oa]|errad[oa]|sbagliat\w*|non|não|niet|fout|onjuist|nie|"
    r"błędn\w*|nepravd\w*|není|nejsou|špatn\w*|greșit\w*|nem|hibás|fel|inte|ikke|forkert|galt|ei|väärä|ekki|rangt?|не|неправильн\w*|"
    r"неверн\w*|невірн\w*|salah|bukan|không|sai|yanlış|değil)\b|[不错錯誤误]|間違|ではない|じゃない|ない|ません|아니|틀[리린렸]|ليس|خطأ|خاطئ|नहीं|नही|गलत|ผิด|ไม่|שגוי|לא ",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:or|either|maybe|perhaps|possibly|might|could|oder|vielleicht|ou|peut-être|quizás|talvez|forse|lub|albo|nebo|sau|"
    r"vagy|eller|tai|eða|или|может|або|if it were|would be|many would|some would|people would|atau|hoặc|veya|ya da)\b|或|還是|还是|かも|または|또는|혹은|(?<!\S)(?:أو|या)(?!\S)|หรือ|\?|？|؟",
    re.IGNORECASE,
)
_CORRECT: Final = (
    "correct correcta correcto correcte correta correto corretta corretto right true it's it\u2019s is_it it_is must_be i_choose choose pick "
    "select go_with richtig korrekt stimmt zutreffend bonne juste exacte vraie giusta esatta certa certo juist goede "
    "poprawn prawidłow właściw správn corect helyes jó rätt riktig rett korrekt oikea rétt réttur правильн верн верный вірн "
    "正确 正解 正しい 맞습니다 맞다 옳 صحيح الصحيح सही נכונה נכון đúng chọn benar betul ถูก doğru letra lettre lettera litera literă litera "
    "буква písmeno betű bokstav kirjain bókstaf choisis choisir elijo escolho scelgo wähle kies wybieram vybírám aleg választom "
    "väljer velger vælger valitsen vel eg_vel выбираю обираю 選ぶ 選びます 고르 선택 أختار चुन जवाब answer odpowiedź svarið svaret "
    "buchstab písmen kohta kohda alternativ vaihtoehto valkost možnost lehetőség variant wariant choix keuze möglichkeit "
    "opci opția opţia opcij opcj stemmer odpovíd опци mulighet mulighed lausn الاختيار الخيار الحرف answer_choice"
)
_SAYS_SO: Final = tuple(
    sorted({*(word.replace("_", " ") for word in _CORRECT.split()), *ASCII_WORDS, *OTHER_WORDS, *CHOICE_WORDS})
)
_FOLLOWS_ARTICLE = re.compile(
    r"\s+(?:is|are|was|seems|must|because|since|as|est|es|ist|è|é|er|är|on|je|jest|este|este|klopt|stimmt|fits|follows|holds|and|or|und|oder|et|ou|y|o|e|i|a|og|och|en|ja|és|și|lub|nebo|sau|eller|tai)$"
)
_CYRILLIC: Final = str.maketrans("БГД", "BDE")
"""Letters that no Latin one looks like; where the language is known, `letters` reads all of them."""


def settled(text: str) -> str:
    """The letter that the end of a text settles on; empty where it settles on none.

    >>> settled("A is wrong. B is wrong. So C is correct."), settled("I think it's B"), settled("Options: (A) 1 (B) 2")
    ('C', 'B', '')
    >>> settled("La respuesta correcta es la B."), settled("It is not A.")
    ('B', '')
    """
    for written in _sentences(text):
        sentence = written.translate(_CYRILLIC)
        if letters := _labels(sentence):
            return _in_sentence(sentence, letters)
    return ""


def _sentences(text: str) -> list[str]:
    """The sentences at the end of a text, the last one first; a line that breaks within one ends none."""
    tail = unicodedata.normalize("NFKC", _WRAPPED.sub(" ", text[-600:].strip()))
    return [sentence for sentence in reversed(_SENTENCES.split(tail)) if sentence]


def takes_back(text: str, letter: str) -> str:
    """Why the last sentence that names a letter does not choose it; empty where nothing there speaks against it.

    >>> takes_back("B is incorrect.", "B"), takes_back("B is right, A is not.", "B"), takes_back("A and B", "B")
    ('a denial', '', 'several choices: A, B')
    """
    for sentence in _sentences(text):
        if letter not in _labels(sentence):
            continue
        clause = _REASON.sub("", _TAKEN_BACK.sub("", sentence)) or sentence
        if not _TAKEN_BACK.sub("", sentence).strip(" .") or letter not in _labels(_TAKEN_BACK.sub("", sentence)):
            return "a denial"
        parts = [part for part in re.split(r"[,;\uff0c\uff1b]|\bbut\b", clause) if letter in _labels(part)]
        if not parts:
            return "a denial"
        if _DENIED.search(parts[-1]) and len(_labels(parts[-1])) == 1:
            return "a denial"
        if _HEDGED.search(parts[-1]) or sentence.rstrip(" *)").endswith(("?", "\u061f")):
            return "a hedge"
        others = sorted(_labels(parts[-1]))
        return f"several choices: {', '.join(others)}" if len(others) > 1 else ""
    return ""


def _in_sentence(sentence: str, letters: set[str]) -> str:
    clause = _REASON.sub("", _TAKEN_BACK.sub("", sentence)) or sentence
    parts = _RESULT.split(clause)
    concluded = len(parts) > 1 and bool(_labels(parts[-1]))
    clause = parts[-1] if concluded else clause
    letters = _labels(clause)
    if len(letters) != 1 or _DENIED.search(clause) or _HEDGED.search(clause):
        return ""
    said = clause.casefold()
    if concluded or _is_bare(clause) or any(word in said for word in _SAYS_SO):
        return letters.pop()
    return ""


def _is_bare(clause: str) -> bool:
    return len(re.sub(r"[\W_]", "", clause)) == 1


def _labels(sentence: str) -> set[str]:
    """The letters that are names of choices; `A` before a small word is an article, and `I` a pronoun."""
    found = set[str]()
    for match in _LABEL.finditer(sentence):
        letter, behind = match[1], match["behind"] or ""
        if letter in "AIEO" and behind and behind[:1].isspace() and not _FOLLOWS_ARTICLE.match(behind):
            continue
        if letter == "I" and not behind[:1].strip() and sentence[match.end() :].strip(" .*_)"):
            continue
        found.add(letter)
    return found
