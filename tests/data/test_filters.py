"""What is left out, and why: by length, ratio and language, as a duplicate, and because a reward does not like it."""

import json
import random
from pathlib import Path

import pytest

from rlvr import Sample, reward
from rlvr.data import read_sources
from rlvr.data.documents import Document
from rlvr.data.duplicates import Duplicates
from rlvr.data.filters import reason_to_drop
from rlvr.data.selection import select, selection_in
from rlvr.rows.files import open_rows
from rlvr.scoring import Scorer

MLQE = Path(__file__).parents[3] / "shared" / "data" / "translation" / "mlqe_dev.en-de.jsonl"
PAIRS = {"path": "", "weight": 1, "kind": "parallel", "source_language": "en", "target_language": "de"}


def reason(settings, *sides, languages=("en", "de")):
    [source] = read_sources({"it": settings})
    return reason_to_drop(source, Document("it", "it:1", "\n".join(sides), pair=sides, languages=languages))


def test_cheap_filters():
    assert reason(PAIRS, "Good morning to you all.", "Guten Morgen euch allen.") == ""
    assert reason(PAIRS | {"min_characters": 5}, "Good morning.", " Tag ") == "too short"
    assert reason(PAIRS, "Good morning.", "  ") == "too short"
    assert reason(PAIRS | {"max_characters": 5}, "Hi!", "Guten Tag!") == "too long"


def test_languages_are_those_that_the_source_says():
    checked = PAIRS | {"check_language": True}
    english, german = "The house at the end of the road is red.", "Das Haus am Ende der Straße ist rot."
    assert reason(checked, english, german) == ""
    assert reason(checked, german, english) == "language"
    assert reason(checked, english, english) == "language"
    assert reason(checked, english, "12345") == ""  # what cannot be told is nothing else
    assert reason(PAIRS, english, english) == ""


@pytest.mark.parametrize(
    ("ratio", "languages", "lengths", "dropped"),
    [
        # German has 1.17 characters for 1 of English: 100 say what 117 do, and ten more are nobody's fault.
        (2, ("en", "de"), (100, 243), False),
        (2, ("en", "de"), (100, 245), True),
        (2, ("en", "de"), (100, 55), False),
        (2, ("en", "de"), (100, 53), True),
        # Chinese has 0.36: a ratio of characters would be above 3 in a right pair.
        (2, ("en", "zh-Hans"), (300, 100), False),
        (2, ("zh-Hans", "en"), (100, 300), False),
        (2, ("en", "zh-Hans"), (300, 227), True),
        (2, ("en", "zh-Hans"), (300, 226), False),
        (2, ("en", "zh-Hans"), (300, 49), False),
        (2, ("en", "zh-Hans"), (300, 48), True),
        (2, ("en", "de"), (3, 16), False),  # a word and a phrase
        (0, ("en", "de"), (3, 1600), False),
    ],
)
def test_lengths_are_measured_against_what_the_languages_need(ratio, languages, lengths, dropped):
    settings = {**PAIRS, "source_language": languages[0], "target_language": languages[1], "max_length_ratio": ratio}
    sides = ["x" * length for length in lengths]
    spaced = [" ".join(side) for side in sides]  # as a tokeniser leaves it
    for texts in (sides, spaced):
        assert reason(settings, *texts, languages=languages) == ("length ratio" if dropped else "")


def test_equal_texts_are_found_however_they_are_set():
    known = Duplicates()
    assert known.seen("Straße, 5 Häuser.") == ""
    assert known.seen("STRASSE 5 HÄUSER") == "duplicate"  # decomposed, in capitals
    assert known.seen("Straße, 6 Häuser.") == ""


def test_near_duplicates_are_those_that_share_most_of_their_word_sequences():
    draw = random.Random(0)
    words = [f"word{i}" for i in range(2000)]
    known = Duplicates(near=0.8)
    texts = [draw.choices(words, k=200) for _ in range(50)]
    assert [known.seen(" ".join(text)) for text in texts] == [""] * 50

    def changed(text, count):
        places = draw.sample(range(len(text)), count)
        return " ".join(draw.choice(words) if i in places else word for i, word in enumerate(text))

    # One of 200 words is in 5 of 196 sequences: a similarity of 0.95. A quarter of them leaves almost none whole.
    assert [known.seen(changed(text, 1)) for text in texts].count("near duplicate") >= 49
    assert [known.seen(changed(text, 50)) for text in texts] == [""] * 50


def test_scripts_without_spaces_are_compared_by_characters():
    draw = random.Random(0)
    text = "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(200))
    known = Duplicates(near=0.8)
    assert known.seen(text) == ""
    assert known.seen(text[:100] + "的" + text[101:]) == "near duplicate"
    assert known.seen(text[::-1]) == ""


@reward("tests.no_shouting")
def no_shouting(sample: Sample) -> float:
    if "?" in sample.completion:
        raise ValueError("no idea")
    return 0.0 if sample.completion.isupper() else 1.0


def source_of(tmp_path, texts, **settings):
    file = tmp_path / "it.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    [source] = read_sources({"it": {"path": str(file), "weight": 1, **settings}})
    return source, open_rows(source.path)


def test_a_pass_keeps_what_is_new_and_liked(tmp_path):
    texts = ["One.", "TWO", "one", "Three?", "", "Four."]
    source, rows = source_of(tmp_path, texts, dedup="exact", reward="tests.no_shouting", min_score=0.5)
    with Scorer(no_shouting, max_error_rate=1.0) as scorer:
        found = select(source, rows, lambda name: scorer)
    assert found.kept.tolist() == [True, False, False, False, False, True]
    assert found.dropped == {
        "duplicate": 1,
        "too short": 1,
        "tests.no_shouting below 0.5": 1,
        "tests.no_shouting failed": 1,
    }
    assert found.characters == len("One.Four.")


def test_a_pass_is_made_once(tmp_path):
    source, rows = source_of(tmp_path, ["One.", "one", "Two."] * 7, dedup="exact")
    first = selection_in(tmp_path / "run", source, rows, Scorer)
    (tmp_path / "it.jsonl").unlink()
    again = selection_in(tmp_path / "run", source, rows, Scorer)
    assert again.kept.tolist() == first.kept.tolist() == [True, False, True] + [False] * 18
    assert (again.dropped, again.characters) == (first.dropped, first.characters)


@pytest.mark.skipif(not MLQE.is_file(), reason=f"needs {MLQE}")
def test_a_quality_estimate_sees_real_pairs_in_the_direction_of_their_fields():
    seen = []

    @reward("tests.quality", range=(0.0, 100.0))
    def quality(sample: Sample) -> float:
        seen.append(sample)
        return 100.0 * len(set(sample.completion)) / max(1, len(sample.completion))

    settings = PAIRS | {"path": str(MLQE), "target": "hypothesis", "max_length_ratio": 2, "check_language": True}
    [source] = read_sources({"mlqe": settings | {"reward": "tests.quality", "min_score": 20, "dedup": "near"}})
    with Scorer(quality) as scorer:
        found = select(source, open_rows(source.path), lambda name: scorer)
    assert len(found.kept) == 1000
    assert found.kept.sum() + sum(found.dropped.values()) == 1000
    assert 800 < found.kept.sum() < 1000
    assert len(seen) == 1000 - sum(n for name, n in found.dropped.items() if not name.startswith("tests.quality"))
    rows = [json.loads(line) for line in MLQE.open()]
    assert seen[0].data == {"source": rows[0]["source"], "source_language": "en", "target_language": "de"}
    assert seen[0].completion == rows[0]["hypothesis"]
