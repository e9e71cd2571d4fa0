"""Filters by language leave right text alone: what is dropped is certainly in another language."""

import json
from pathlib import Path

import pytest

from rlvr.recipes.tower_plus.example.sentences import LANGUAGES, Draw, draw_meaning, write
from rlvr.rewards.translation.corpora.fitting import may_be_in
from rlvr.rewards.translation.corpora.lengths import length_ratio

MLQE = Path(__file__).parents[4] / "shared" / "data" / "translation"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_may_be_in_their_own_language_and_in_no_other(language):
    draw = Draw(language)
    texts = [write(draw_meaning(draw), language) for _ in range(40)]
    assert all(may_be_in(text, language) for text in texts)
    # Five sentences of a document say more than one.
    documents = [" ".join(texts[start : start + 5]) for start in range(0, 40, 5)]
    assert [other for other in LANGUAGES if other != language and any(may_be_in(one, other) for one in documents)] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Vi ses i morgen."),
        ("da", "Vi ses i morgen, når du kommer hjem."),
        ("hr", "Nije moguće otvoriti datoteku."),
        ("id", "Tidak dapat membuka berkas."),
        ("is", "Skrá fannst ekki"),
        ("ja", "GNU Emacs"),
        ("ja", "東京都千代田区"),
        ("zh-Hans", "Windows 10 和 macOS Sonoma"),
        ("zh-Hans", "在 Magnetic North 的故事线中，Dazzler 和 Warren 前往 Triskelion。"),
        ("ko", "大韓民國 정부"),
        ("sr", "Није пронађено"),
        ("sr-Latn", "Nije pronađeno"),
        ("uk", "Скасувати"),
        ("pt-BR", "Na segunda-feira, Eva viaja para Paris com 18 amigos."),
        ("th", "HTTP 404"),
        ("qaa", "ben lom gar jos"),
        ("en", "12345 !!!"),
        ("de", "https://example.org/the/house/at/the/end/of/the/road/is/red"),
    ],
)
def test_short_texts_names_and_kin_stay(language, text):
    assert may_be_in(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "The house at the end of the road is red."),
        ("zh-Hans", "The house at the end of the road is red."),
        ("ja", "他是我们学校的老师，每天早上都很早就来上课了，大家都喜欢他。"),
        ("zh-Hans", "私は毎朝コーヒーを飲みます。"),
        ("de", "Дом красный"),
        ("ru", "Das Haus am Ende der Straße ist rot und alt."),
        ("uk", "Das Haus am Ende der Straße ist rot und alt."),
        ("ko", "私は毎朝コーヒーを飲みます。"),
        ("fr", "The committee will meet again on Thursday to discuss the budget of the city."),
        ("ar", "The committee will meet again on Thursday to discuss the budget of the city."),
    ],
)
def test_what_is_certainly_in_another_language_goes(language, text):
    assert not may_be_in(text, language)


@pytest.mark.skipif(not MLQE.is_dir(), reason=f"needs {MLQE}")
@pytest.mark.parametrize("pair", ["en-de", "en-zh", "ro-en", "ru-en"])
def test_at_most_one_in_a_hundred_post_edits_is_ruled_out(pair):
    rows = [json.loads(line) for line in (MLQE / f"mlqe_dev.{pair}.jsonl").open(encoding="utf-8")]
    source, target = pair.split("-")
    assert sum(not may_be_in(row["post_edit"], target) for row in rows) <= 10
    assert sum(not may_be_in(row["source"], source) for row in rows) <= 10
    # In the language of the other side most of them are; what stays are short sentences, and names.
    assert sum(may_be_in(row["post_edit"], source) for row in rows) <= 200


def test_the_ratio_of_lengths_turns_around():
    assert length_ratio("en", "zh") * length_ratio("zh", "en") == pytest.approx(1)
    assert length_ratio("en", "zh") == pytest.approx(0.36)
