"""`mt.preference`, `mt.error_spans`, `mt.post_edit`: tasks made of human scores, and answers in many forms."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Status, judge_all
from rlvr.errors import DataError
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation import error_spans, post_edit, preference
from rlvr.rewards.translation.comparisons import Comparison, preference_tasks
from rlvr.rewards.translation.readers import marked_errors, mlqe_comparison, mlqe_post_edit, ranking
from rlvr.rewards.translation.spans import located, marked_spans
from rlvr.sample import sample_of

DATA = Path(__file__).parents[4] / "shared/data/translation"
on_data = pytest.mark.skipif(not DATA.is_dir(), reason="the translation data are not on this machine")
EN_DE = Pair("en", "de")
TEXT = "Er nahm den Bus und den Zug."
GOLD = "Er nahm <major>den Bus</major> und <minor>den</minor> Zug."


def scored(count, first=1.0, second=0.0):
    return [Comparison(f"s{n}", f"gut {n}", f"schlecht {n}", first, second, EN_DE) for n in range(count)]


@pytest.mark.parametrize("count", [2, 7, 50])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_letter_is_right_equally_often(count, seed):
    counts = Counter(task.reference for task in preference_tasks(scored(count), seed))
    assert abs(counts["A"] - counts["B"]) <= 1
    assert counts.total() == count


def test_the_right_letter_stands_before_the_better_text():
    for task in preference_tasks([*scored(6), *scored(6, 0.0, 1.0)], seed=3):
        better = "gut" if int(task.id.rpartition("/")[2]) < 6 else "schlecht"
        assert task.data["choices"][task.reference].startswith(better)
        assert f"Translation {task.reference}: {better}" in task.prompt[0].content


def test_ties_are_left_out_or_asked_for():
    mixed = [*scored(4), *scored(4, 0.5, 0.45)]
    assert len(preference_tasks(mixed, 0, margin=0.1)) == 4
    asked = preference_tasks(mixed, 0, ties="ask", margin=0.1)
    assert Counter(task.reference for task in asked) == {"A": 2, "B": 2, "C": 4}
    assert all("`Answer: C`" in task.prompt[0].content for task in asked)
    assert not any("`Answer: C`" in task.prompt[0].content for task in preference_tasks(mixed, 0, margin=0.1))


def test_both_orders_make_a_constant_answer_worth_half():
    tasks = preference_tasks(scored(5), 0, both_orders=True)
    verdicts = judge_all(preference, [sample_of(task, "Answer: A") for task in tasks])
    assert sum(verdict.score for verdict in verdicts) == len(tasks) / 2


def test_tasks_follow_from_their_seed():
    assert preference_tasks(scored(30), 1) == preference_tasks(scored(30), 1)
    assert preference_tasks(scored(30), 1) != preference_tasks(scored(30), 2)
    with pytest.raises(DataError, match="Comparison 0 has the same translation twice"):
        preference_tasks([Comparison("s", "a", "a ", 1, 0, EN_DE)], 0)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("Answer: A", "A"),
        ("**Answer: B**", "B"),
        ("(A)", "A"),
        (r"\boxed{B}", "B"),
        ("<answer>A</answer>", "A"),
        ("The first is literal, the second fluent.\n\nB", "B"),
        ("Translation A is clearly better because it keeps the name.", "A"),
        ("They are equally good.", "C"),
        ("[[C]]", "C"),
        ("Answer: tie", "C"),
        ("Answer: A\nOn reflection, Answer: B", None),
        ("Both A and B are fine", None),
        ("I cannot say.", None),
        ("", None),
    ],
)
def test_a_choice_is_read(answer, letter):
    right = [one for one in "ABC" if preference.check(answer, reference=one).score == 1.0]
    assert right == ([letter] if letter else [])


@on_data
def test_comparisons_of_known_data():
    rows = list(csv.DictReader((DATA / "ranking_data.csv").open(encoding="utf-8")))
    comparisons = [ranking(row, Pair("en", "cs")) for row in rows if row["pos"].strip() != row["neg"].strip()]
    tasks = preference_tasks(comparisons, 0)
    assert len(tasks) > 190
    lines = (DATA / "mlqe_dev.en-de.jsonl").read_text(encoding="utf-8").splitlines()
    edited = [one for line in lines if (one := mlqe_comparison(json.loads(line), EN_DE))]
    tasks = preference_tasks(edited, 0)
    assert 500 < len(tasks) < 1000
    for letter in "AB":
        verdicts = judge_all(preference, [sample_of(task, f"Answer: {letter}") for task in tasks])
        assert abs(sum(verdict.score for verdict in verdicts) - len(tasks) / 2) <= 0.5
    assert not any(" ," in text for task in tasks for text in task.data["choices"].values())


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        (GOLD, 1.0),
        ("major: den Bus\nminor: den", 1.0),  # the second `den`: the first belongs to another error
        ("Major: `den Bus`\nmajor - Zug", 2 / 3),
        ('{"errors": [{"span": "den Bus", "severity": "MAJOR"}]}', 0.8),
        ("1. den Bus (major)", 0.8),
        ("no errors", 0.0),
        ("There are no errors found.", 0.0),
        ("Fine, I think", 0.0),
        (TEXT, 0.0),
    ],
)
def test_spans_are_read(answer, score):
    verdict = error_spans.check(answer, reference=GOLD, data={"translation": TEXT})
    assert verdict.status is Status.SCORED
    assert verdict.score == pytest.approx(score), verdict.explanation


def test_a_marked_translation_scores_by_its_places():
    answer = "Er nahm <major>den Bus</major> und den <minor>Zug</minor>."
    verdict = error_spans.check(answer, reference=GOLD, data={"translation": TEXT})
    assert verdict.metrics["precision"] == verdict.metrics["recall"] == pytest.approx(6 / 9)


def test_all_marked_is_worth_little():
    verdict = error_spans.check(f"<v>{TEXT}</v>", reference=GOLD, data={"translation": TEXT})
    assert verdict.metrics["recall"] == 1.0 / 2 or verdict.score < 0.7


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ([{"start": 3, "end": 99}], "goes from 3 to 99"),
        ([{"severity": "major"}], "has no `text`"),
        ([3], "no mapping"),
        ("Er <v>flog</v>", "which is not in `data.translation`"),
        (None, "of type NoneType"),
    ],
)
def test_errors_of_the_task_are_named(reference, said):
    verdict = error_spans.check("no errors", reference=reference, data={"translation": TEXT})
    assert verdict.status is Status.ERROR
    assert said in verdict.explanation


@given(st.text(max_size=120))
def test_no_answer_breaks_the_spans(text):
    verdict = error_spans.check(text, reference=GOLD, data={"translation": TEXT})
    assert verdict.status is Status.SCORED


@given(
    st.lists(st.tuples(st.sampled_from(["<v>", "</v>", "<major>", "</major>", "a", "b "]), st.just(None)), max_size=20)
)
def test_marked_spans_stand_where_they_say(pieces):
    text = "".join(piece for piece, _ in pieces)
    plain = text
    for mark in ("<v>", "</v>", "<major>", "</major>"):
        plain = plain.replace(mark, "")
    found, lost = located(marked_spans(text), plain)
    assert not lost
    assert all(plain[one.start : one.end] == one.text for one in found)


@pytest.mark.parametrize("piece", ["<v>", "</v>", "major: a\n", "- ", "[", '[{"', "no ", '"', " "])
def test_long_answers_are_read(piece):
    verdict = error_spans.check(piece * (90_000 // len(piece)) + "x", reference=GOLD, data={"translation": TEXT})
    assert verdict.status is Status.SCORED
    assert verdict.score < 0.7


@on_data
def test_marked_rows_make_tasks_that_their_own_demonstration_solves():
    rows = list(csv.DictReader((DATA / "multitask_data.csv").open(encoding="utf-8")))
    tasks = [marked_errors(row, EN_DE) for row in rows]
    assert len(tasks) == 198
    for task in tasks:
        for answer in (task.reference, task.demonstration):
            (verdict,) = judge_all(error_spans, [sample_of(task, answer)])
            assert verdict.score is not None
            assert answer != task.reference or verdict.score == 1.0
    scores = [judge_all(error_spans, [sample_of(task, task.demonstration)])[0].score for task in tasks]
    assert sum(score == 1.0 for score in scores) >= 0.95 * len(scores)


@on_data
@pytest.mark.parametrize("pair", ["en-de", "en-zh", "ro-en", "ru-en"])
def test_post_edits_are_gains_over_their_drafts(pair):
    lines = (DATA / f"mlqe_dev.{pair}.jsonl").read_text(encoding="utf-8").splitlines()[:60]
    tasks = [mlqe_post_edit(json.loads(line), Pair(*pair.split("-"))) for line in lines]
    edits = judge_all(post_edit, [sample_of(task, task.reference) for task in tasks])
    drafts = judge_all(post_edit, [sample_of(task, task.data["draft"]) for task in tasks])
    other = judge_all(post_edit, [sample_of(task, tasks[n - 1].reference) for n, task in enumerate(tasks)])
    assert sum(verdict.score == 1.0 for verdict in edits) >= 0.96 * len(edits)
    neutral = {1.0 if task.data["draft"] == task.reference else 0.5 for task in tasks}
    assert {verdict.score for verdict in drafts} <= neutral | {0.0, 0.5, 1.0}
    assert sum(verdict.score >= 0.5 for verdict in drafts) >= 0.9 * len(drafts)
    assert sum(verdict.score == 0.0 for verdict in other) >= 0.95 * len(other)


def test_post_edit_wants_its_draft():
    verdict = post_edit.check("Hallo.", reference="Hallo.", data={"source": "Hi.", "source_language": "en"})
    assert verdict.status is Status.ERROR
    assert "`data.draft`" in verdict.explanation


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("The better translation is B.", "B"),
        ("Die bessere Übersetzung ist A.", "A"),
        ("更好的翻译是B。", "B"),
        ("より良い翻訳はBです。", "B"),
        ("बेहतर अनुवाद A है।", "A"),
        ("Translation B", "B"),
        ("A is worse than B.", "B"),
        ("The better translation is not B.", ""),
        ("This is a B movie", ""),
        ("Let me look at the better one of A and B", ""),
    ],
)
def test_a_choice_in_the_words_of_a_language(answer, letter):
    assert [one for one in "AB" if preference.check(answer, reference=one).score == 1.0] == list(letter)


@pytest.mark.parametrize(
    "answer",
    ["major: den Bus; minor: Brot", "den Bus (major), Brot (minor)", "- major: den Bus\n- minor: Brot"],
)
def test_errors_on_one_line(answer):
    gold = "Er nahm <major>den Bus</major> nach Hause und aß <minor>Brot</minor>."
    task = {"translation": "Er nahm den Bus nach Hause und aß Brot."}
    assert error_spans.check(answer, reference=gold, data=task).score == 1.0


def test_an_edit_is_no_preface():
    task = {
        "draft": "Das Haus ist roth.",
        "source": "The house is red.",
        "source_language": "en",
        "target_language": "de",
    }
    for answer, score in (("Das Haus ist rot.", 1.0), ("Das Haus ist roth.", 0.5), ("Hier: Das Haus ist rot.", 0.0)):
        assert post_edit.check(answer, reference="Das Haus ist rot.", data=task).score == score
