# ruff: noqa: RUF001 - Japanese marks are the subject
"""M-IFEval's checks on Japanese answers: scripts, furigana, endings of sentences, Japanese brackets and numerals."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import alias, constraint
from rlvr.rewards.constraints.checks.outcomes import compared, exactly
from rlvr.rewards.constraints.checks.text_views import letter_count
from rlvr.rewards.languages.literals import ends
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("ja:",)
Compared: TypeAlias = Literal["未満", "以上"]
"""Fewer than, or at least."""

OPTIONS = ("はい、そうです。", "いいえ、違います。", "どちらとも言えません。")
_KANJI = r"[\u3400-\u4dbf\u4e00-\u9fff々]"
_HIRAGANA = re.compile(r"[ぁ-ゖ]")
_KATAKANA = re.compile(r"[ァ-ヺㇰ-ㇿｦ-ﾟ]")
_SHARED = frozenset("ーｰ・")
_READ = re.compile(rf"(?<!{_KANJI}){_KANJI}++[ぁ-ゖ]{{0,6}}[（(][ぁ-ゖァ-ヺー]{{1,30}}[）)]")
_QUOTED = re.compile(r"「[^「」]{0,2000}」|『[^『』]{0,2000}』")
_SENTENCES = re.compile(r"([。！？!?\n])")
_NOMINAL = re.compile(
    rf"(?:{_KANJI}(?:し?さ|まり|がり|わり|わい|まい|[みり])?|[ァ-ヺー]|こと|もの|とき|ところ|ため|わけ|はず|まま)[」』）)]*\Z"
)
_HIGHLIGHT = re.compile(r"《([^《》\n]{1,1000})》")
_TITLE = re.compile(r"『([^『』\n]{1,500})』")
_NUMBERED = re.compile(r"^[ \t　]*\d{1,3}(?:[.．)）]|、)(?!\d)[ \t　]*[^\s]", re.M)


@constraint("ja:letters:furigana", "全ての漢字に、全角の括弧（）でふりがなをつけてください。")
def furigana(text: Text) -> Outcome:
    """Each run of kanji, with its inflection or without, is followed by its reading in brackets."""
    bare = re.search(_KANJI, _READ.sub("", text.text))
    return Outcome(bare is None, f"without furigana: {bare[0]}" if bare else "all kanji have furigana")


alias("ja:letters:kansuuji", "fr:detectable_format:no_digits", description="数字は全て漢数字で書いてください。")


@constraint("ja:letters:kanji", "漢字を{kanji_limit}文字{relation}使ってください。")
def kanji(text: Text, kanji_limit: int, relation: Compared) -> Outcome:
    """So many kanji."""
    return _compared(len(re.findall(_KANJI, text.text)), relation, kanji_limit, "kanji")


@constraint("ja:letters:no_hiragana", "ひらがなを一文字も使わないでください。")
def no_hiragana(text: Text) -> Outcome:
    """No hiragana."""
    return _without(text, _HIRAGANA)


@constraint("ja:letters:hiragana_only", "ひらがなだけで書いてください。")
def hiragana_only(text: Text) -> Outcome:
    """No letters but hiragana."""
    return _only(text, _HIRAGANA)


@constraint("ja:letters:no_katakana", "カタカナを一文字も使わないでください。")
def no_katakana(text: Text) -> Outcome:
    """No katakana."""
    return _without(text, _KATAKANA)


@constraint("ja:letters:katakana_only", "カタカナだけで書いてください。")
def katakana_only(text: Text) -> Outcome:
    """No letters but katakana."""
    return _only(text, _KATAKANA)


@constraint("ja:keywords:letter_frequency", "文字「{letter}」を{let_frequency}回{let_relation}使ってください。")
def letter_frequency(text: Text, letter: str, let_frequency: int, let_relation: Compared) -> Outcome:
    """A kana occurs that often, as hiragana or as katakana."""
    other = chr(ord(letter) + 0x60) if "ぁ" <= letter <= "ゖ" else letter
    found = letter_count(text, letter) + (letter_count(text, other) if other != letter else 0)
    return _compared(found, let_relation, let_frequency, f"times {letter}")


@constraint("ja:length_constraints:number_letters", "{num_letters}文字{relation}で書いてください。")
def number_letters(text: Text, num_letters: int, relation: Compared) -> Outcome:
    """So many characters, white space aside."""
    return _compared(sum(not letter.isspace() for letter in text.text), relation, num_letters, "characters")


@constraint("ja:startend:sentence_unified_end", "全ての文を「{ending}」で終えてください。")
def sentence_unified_end(text: Text, ending: str) -> Outcome:
    """Each sentence outside of quotations ends so."""
    parts = Text(_QUOTED.sub("", text.text), "ja").sentences
    wrong = next((part for part in parts if not ends(Text(part, "ja"), ending)), None)
    return Outcome(bool(parts) and wrong is None, f"another end: {wrong[-20:]}" if wrong else f"{len(parts)} sentences")


@constraint("ja:detectable_format:nominal_ending", "体言止めを{count}回以上使ってください。")
def nominal_ending(text: Text, count: int) -> Outcome:
    """At least so many sentences end in a noun: in kanji, katakana or a noun of hiragana, as no inflected word does."""
    parts = _SENTENCES.split(_QUOTED.sub("", text.text))
    closed = (part for part, mark in zip(parts[::2], parts[1::2], strict=False) if mark != "\n")
    found = sum(_NOMINAL.search(part[-12:]) is not None for part in closed)
    return compared(found, "at least", count, "sentences that end in a noun")


@constraint("ja:detectable_format:number_numbered_lists", "番号付きリストの項目をちょうど{num_items}個書いてください。")
def number_numbered_lists(text: Text, num_items: int) -> Outcome:
    """Exactly so many lines that a number begins."""
    return exactly(len(_NUMBERED.findall(text.text)), num_items, "numbered lines")


@constraint(
    "ja:detectable_format:number_highlighted_sections", "少なくとも{num_highlights}か所を《》で強調してください。"
)
def number_highlighted_sections(text: Text, num_highlights: int) -> Outcome:
    """At least so many parts in double angle brackets."""
    found = sum(any(map(str.isalnum, part)) for part in _HIGHLIGHT.findall(text.text))
    return compared(found, "at least", num_highlights, "highlights")


@constraint("ja:detectable_format:title", "『』で囲んだ題名をつけてください。")
def title(text: Text) -> Outcome:
    """A title in double corner brackets."""
    found = [part for part in _TITLE.findall(text.text) if any(map(str.isalnum, part))]
    return Outcome(bool(found), f"titled {found[0]}" if found else "no title in 『』")


@constraint(
    "ja:detectable_format:multiple_sections",
    "{num_sections}つのセクションに分け、「第1{section_spliter}」のように書き始めてください。",
)
def multiple_sections(text: Text, section_spliter: str, num_sections: int) -> Outcome:
    """Exactly so many numbered sections, none of them empty."""
    parts = re.split(
        rf"^[#*_\s]{{0,9}}第[\d一二三四五六七八九十]{{1,4}}{re.escape(section_spliter)}", text.text, flags=re.M
    )[1:]
    if not all(any(map(str.isalnum, part)) for part in parts):
        return Outcome(False, "a section is empty")
    return exactly(len(parts), num_sections, "sections")


@constraint(
    "ja:detectable_format:constrained_response", f"次のどれか一つで答えてください：{' / '.join(OPTIONS)}", brief=True
)
def constrained_response(text: Text) -> Outcome:
    """One of the three sentences, and only one."""
    return exactly(sum(option in text.text for option in OPTIONS), 1, "of the three sentences")


@constraint("ja:punctuation:no_period", "句点を使わないでください。")
def no_period(text: Text) -> Outcome:
    """No Japanese full stop."""
    found = re.search("[。｡]", text.text)
    return Outcome(found is None, "a full stop" if found else "no full stop")


@constraint("ja:startend:quotation", "答え全体を鉤括弧「」で囲んでください。")
def quotation(text: Text) -> Outcome:
    """Corner brackets around the answer, with something between."""
    value = text.text
    followed = value[:1] + value[-1:] == "「」" and any(map(str.isalnum, value))
    return Outcome(followed, f"it stands between {value[:1]!r} and {value[-1:]!r}")


def _compared(count: int, relation: Compared, threshold: int, what: str) -> Outcome:
    return compared(count, "at least" if relation == "以上" else "less than", threshold, what)


def _without(text: Text, script: re.Pattern[str]) -> Outcome:
    found = script.search(text.text)
    return Outcome(found is None, f"one of them: {found[0]}" if found else "none of them")


def _only(text: Text, script: re.Pattern[str]) -> Outcome:
    letters = [letter for letter in text.text if letter.isalpha() and letter not in _SHARED]
    other = next((letter for letter in letters if not script.match(letter)), None)
    return Outcome(bool(letters) and other is None, f"another letter: {other}" if other else f"{len(letters)} letters")
