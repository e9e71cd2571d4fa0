# ruff: noqa: RUF001 - letters of many scripts
"""How languages say "the answer is": the words that stand before a final answer."""

from __future__ import annotations

import re
from typing import Final

ANSWER: Final = {
    "af": "antwoord", "am": "መልስ መልሱ", "ar": "الجواب الإجابة الاجابة إجابة جواب", "az": "cavab", "be": "адказ",
    "bg": "отговор", "bn": "উত্তর", "ca": "resposta", "cs": "odpověď výsledek", "cy": "ateb", "da": "svar svaret",
    "de": "antwort lösung ergebnis", "el": "απάντηση", "en": "answer", "es": "respuesta", "et": "vastus",
    "eu": "erantzuna", "fa": "پاسخ جواب", "fi": "vastaus", "fr": "réponse", "ga": "freagra", "gl": "resposta",
    "gu": "જવાબ", "ha": "amsa", "he": "תשובה התשובה", "hi": "उत्तर जवाब", "hr": "odgovor", "hu": "válasz",
    "hy": "պատասխան", "id": "jawaban jawabannya", "is": "svar", "it": "risposta", "ja": "答え 正解 解答",
    "ka": "პასუხი",
    "kk": "жауап", "km": "ចម្លើយ", "kn": "ಉತ್ತರ", "ko": "정답 답 답은", "lo": "ຄຳຕອບ ຄໍາຕອບ", "lt": "atsakymas",
    "lv": "atbilde", "mk": "одговор", "ml": "ഉത്തരം", "mn": "хариулт", "mr": "उत्तर", "ms": "jawapan", "my": "အဖြေ",
    "ne": "उत्तर", "nl": "antwoord", "no": "svar svaret", "pa": "ਉੱਤਰ ਜਵਾਬ", "pl": "odpowiedź", "pt": "resposta",
    "ro": "răspuns răspunsul", "ru": "ответ", "si": "පිළිතුර", "sk": "odpoveď", "sl": "odgovor", "sq": "përgjigja",
    "sr": "одговор odgovor", "sv": "svar svaret", "sw": "jibu", "ta": "விடை பதில்", "te": "సమాధానం జవాబు",
    "th": "คำตอบ", "tl": "sagot", "tr": "cevap yanıt", "uk": "відповідь", "ur": "جواب", "uz": "javob",
    "vi": "đáp án câu_trả_lời", "yo": "ìdáhùn", "zh": "答案 答 选 選 选择 應選 应选 故选", "zu": "impendulo",
}  # fmt: skip
"""Words for "answer" by language; `_` stands for a space."""

CHOICE: Final = (
    "option choice opción alternativa opção scelta choix auswahl optie valg wybór вариант варіант опция seçenek "
    "letra lettre lettera буква şık pilihan lựa_chọn विकल्प বিকল্প الخيار خيار گزینه 选项 選項 선택지 ตัวเลือก chaguo"
)
"""Words for "option", where a choice is asked for."""


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


_ALL: Final = sorted({word for words in ANSWER.values() for word in _words(words)})
ASCII_WORDS: Final = tuple(word for word in _ALL if word.isascii())
OTHER_WORDS: Final = tuple(word for word in _ALL if not word.isascii())
CHOICE_WORDS: Final = tuple(_words(CHOICE))

IS: Final = re.compile(
    r"""[\s*_"')\]]{0,6}
    (?: \ [^\W\d_]{4,12} (?=\s*(?:[:=\uff1a]|\b(?:is|ist|es|est|é|è|to|je|на)\b)) )?
    (?: \ (?:to|of|for|in|zu|auf|à|a)\b [^.:=\n]{0,80}? \s )?
    (?: [:=\uff1a\uff1d] | -> | \u2014 | \u2013
      | (?:is|are|was|equals|would\ be|should\ be|must\ be|will\ be|comes\ to|ist|lautet|sind|est|sont|es|son|é|è|e|
           este|           são|sono|to|
           jest|je|sú|er|är|on|ni|là|adalah|ialah|yra|ir|adalah|az|ay|dir|isə|это|равен|равна|це|
           هو|هي|است|הוא|היא|είναι|है|हैं|আছে|হল|হলো|හි|คือ|ແມ່ន|គឺ|են|է|არის|бол)(?![^\W\d_])
      | [是为為はがであ：:은는이가の]{1,2}
    )
    [\s:*_`"'=\uff1a]*""",
    re.VERBOSE,
)  # fmt: skip
"""What connects such a word with the answer."""

HEADING: Final = re.compile(r"[\s*_#:\uff1a]*\n[\s*_`]*|[*_]{1,3}\s+")
"""What follows it where it is a heading."""

_BARE = "选 選 选择 應選 应选 故选 答案 답"
BARE: Final = frozenset(_BARE.split())
"""Words that need nothing between them and the answer."""
