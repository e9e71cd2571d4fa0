"""`rlvr decontaminate`: passages of evaluation files in training data are found, and nothing else."""

import json
from itertools import islice

import pytest

from rlvr.evaluation.contamination import Index, texts_of
from rlvr.evaluation.files import rows_of_file

from .conftest import rows_of, write

LONG = "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many in all?"
CHINESE = "汉密尔顿在乔治华盛顿的选任统治下监督他的同事们并且写下了很多关于宪法的文章"
THAI = "ประเทศไทยมีแม่น้ำหลายสายที่ไหลผ่านเมืองใหญ่และหมู่บ้านเล็กๆ"


def index_of(*texts, words=13, common=10):
    index = Index(words, common)
    for i, text in enumerate(texts):
        index.add(f"test:{i}", [text])
    return index


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        f"Solve this. {LONG} Think first.",
        LONG.upper(),
        LONG.replace(",", " -- ").replace(".", "!"),
        " ".join(LONG.split()[3:18]),
    ],
)
def test_a_passage_is_found_whatever_stands_around_it(text):
    assert index_of("something else entirely", LONG).find("t:1", [text]).against == ["test:1"]


def test_twelve_words_are_no_thirteen():
    twelve = " ".join(LONG.replace(",", "").split()[:12])
    assert index_of(LONG).find("t", [f"{twelve} and something else happened then"]) is None
    assert index_of(LONG, words=8).find("t", [f"{twelve} and something else happened then"]) is not None


@pytest.mark.parametrize("text", [CHINESE, THAI])
def test_scripts_without_spaces_go_by_character(text):
    index = index_of(text)
    assert index.find("t", [f"一二三四{text[2:34]}五六七八"]) is not None
    assert index.find("t", [text[:20]]) is None


def test_short_texts_are_looked_for_whole():
    index = index_of("What is the capital of France?", "Yes.")
    assert index.find("t", ["what is the capital of france"]) is not None
    assert index.find("t", ["Tell me what is the capital of France and why it is so."]) is None
    assert index.find("t", ["Yes."]) is None


def test_phrases_of_a_form_are_nothing():
    form = "Please answer the following question with one number and nothing else at all, in digits:"
    rows = [f"{form} {word} {word}" for word in "abcdefghijkl"]
    assert index_of(*rows).find("t", [f"{form} z z"]) is None
    assert index_of(*rows, common=12).find("t", [f"{form} z z"]) is not None


def test_the_share_and_the_passage():
    words = [f"w{i}" for i in range(40)]
    found = index_of(" ".join(words)).find("t", [" ".join([*words[:20], *(f"v{i}" for i in range(20))])])
    assert found.share == pytest.approx(8 / 28)
    assert found.passage == " ".join(words[:20])


def test_texts_are_found_however_deep():
    row = {"turns": [{"role": "user", "content": "a"}], "data": {"source": "b", "n": 3}, "c": None, "d": ["e"]}
    assert texts_of(row) == ["a", "b", "e"]


def test_the_command_line(rlvr, tmp_path):
    write(tmp_path / "test.jsonl", [{"question": LONG, "answer": "72"}, {"question": CHINESE}])
    rows = [{"prompt": "2 + 2 =", "reference": "4"}, {"prompt": [{"role": "user", "content": f"Hi! {LONG}"}]}]
    write(tmp_path / "tasks.jsonl", rows)
    words = [tmp_path / "tasks.jsonl", "--against", tmp_path / "test.jsonl", "--to", tmp_path / "clean.jsonl"]
    ended = rlvr("decontaminate", *words, "--json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["rows"] == 2
    assert [(one["place"], one["against"]) for one in found["found"]] == [("tasks.jsonl:2", ["test.jsonl:1"])]
    assert rows_of(tmp_path / "clean.jsonl") == rows[:1]
    shown = rlvr("decontaminate", *words)
    assert "2 rows, 1 with 13 words in a row" in shown.out
    ended = rlvr("decontaminate", tmp_path / "clean.jsonl", "--against", tmp_path / "test.jsonl")
    assert (ended.code, "0 with 13 words" in ended.out) == (0, True)


def test_a_missing_file(rlvr, tmp_path):
    ended = rlvr("decontaminate", tmp_path / "none.jsonl", "--against", tmp_path / "gone.jsonl")
    assert (ended.code, "There is no file" in ended.err) == (2, True)


def test_gsm8k_was_split_cleanly_and_a_planted_row_is_found(published):
    index = Index()
    for place, row in rows_of_file(published("math/gsm8k_test.jsonl")):
        index.add(place, texts_of(row))
    train = list(islice(rows_of_file(published("math/gsm8k_train.jsonl")), 2000))
    found = [one for place, row in train if (one := index.find(place, texts_of(row)))]
    assert len(found) < 0.02 * len(train)
    (planted,) = list(rows_of_file(published("math/gsm8k_test.jsonl")))[99:100]
    assert index.find("planted", texts_of(planted[1])).against[0] == "gsm8k_test.jsonl:100"
