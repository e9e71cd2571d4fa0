"""`rlvr validate`: all that is wrong with a tasks file, at once, with file and line."""

import json

import pytest

from .conftest import plain
from .test_rewards_on_files import written

GOOD = [{"prompt": f"{i} + 1 =", "reference": str(i + 1)} for i in range(5)]


def found(rlvr, *words):
    ended = rlvr("validate", "tasks.jsonl", *words, "--json")
    report = json.loads(ended.out)
    return ended.code, [(one["kind"], one["place"]) for one in report["problems"]], report


@pytest.mark.parametrize("reward", ["math.final_number", "math.final_number_strict", "text.exact", "text.last_word"])
def test_good_tasks(rlvr, project, reward):
    """`####` and the like are tried for rewards that ask for a mark."""
    written(project / "tasks.jsonl", GOOD)
    code, problems, report = found(rlvr, "--reward", reward)
    assert (code, problems) == (0, [])
    assert report["tasks"] == 5
    assert report["prompt_lengths"]["characters"]["0.5"] == 7


def test_all_problems_at_once(rlvr, project):
    rows = [
        *GOOD,
        {"prompt": "0  + 1 =", "reference": "1"},
        {"prompt": "1 + 1 =", "reference": "3"},
        {"prompt": "A dozen?", "reference": "twelve"},
        {"prompt": "Which of 123456 and 7?", "reference": 123456, "id": "a"},
        {"prompt": "Which of 1 and 7?", "reference": 7, "id": "a"},
        {"promt": "?", "reference": "1"},
    ]
    written(project / "tasks.jsonl", rows)
    code, problems, _ = found(rlvr, "--reward", "math.final_number")
    assert code == 1
    assert sorted(problems) == [
        ("broken", "tasks.jsonl:11"),
        ("contradiction", "tasks.jsonl:7"),
        ("duplicate", "tasks.jsonl:6"),
        ("error", "tasks.jsonl:8"),
        ("id", "tasks.jsonl:10"),
        ("leak", "tasks.jsonl:9"),
    ]
    said = plain(rlvr("validate", "tasks.jsonl", "--reward", "math.final_number").out)
    for words in (
        "tasks.jsonl:11 unknown key `promt`. Did you mean `prompt`?",
        "tasks.jsonl:7 the prompt of tasks.jsonl:2 with another reference: '3', not '2'",
        "tasks.jsonl:8 error: ValueError: the reference 'twelve' is no number",
        "tasks.jsonl:9 the prompt holds the reference 123456",
        "too long to stand there by chance",
        "10 tasks, 6 problems",
    ):
        assert words in said


def test_a_reference_that_can_never_score_the_maximum(rlvr, project):
    (project / "mine.py").write_text(
        "def f(sample):\n    return float(sample.completion == sample.reference.lower())\n"
    )
    written(project / "tasks.jsonl", [{"prompt": "a?", "reference": "low"}, {"prompt": "b?", "reference": "High"}])
    assert found(rlvr, "--reward", "mine.py:f")[:2] == (1, [("reference", "tasks.jsonl:2")])


def test_references_that_are_no_texts_need_only_not_fail(rlvr, project):
    rows = [{"prompt": "a?", "reference": {"max": 3}}, {"prompt": "b?", "reference": {"mx": 3}}]
    written(project / "tasks.jsonl", rows)
    assert found(rlvr, "--reward", "text.length")[:2] == (1, [("error", "tasks.jsonl:2")])


def code_task(solution, **more):
    reference = {"code": "assert add(1, 2) == 3", "entry": "add", "solution": solution}
    return {"prompt": f"Add {len(solution)}.", "reference": reference, "reward": "code.asserts"} | more


def test_a_tasks_own_solution_is_run(rlvr, project, sandbox):
    right = {"fn_name": "f", "cases": [{"args": [1], "expected": 2}], "solution": "def f(x): return x + 1"}
    written(
        project / "tasks.jsonl",
        [
            code_task("def add(a, b): return a + b"),
            code_task("def add(a, b):\n    '```'\n    return a - b"),
            code_task("print("),
            {"prompt": "f?", "reference": right, "reward": "code.efficiency", "data": {"repeats": 1}},
            {"prompt": "b?", "reference": {"cases": [{"input": "", "output": "5"}], "solution": "echo 5"},
             "reward": "code.stdio", "data": {"language": "bash"}},
            {"prompt": "c?", "reference": {"cases": [{"input": "", "output": "5"}]}, "reward": "code.stdio"},
        ],
    )  # fmt: skip
    code, problems, report = found(rlvr)
    assert (code, problems) == (1, [("reference", "tasks.jsonl:2"), ("reference", "tasks.jsonl:3")])
    assert report["unchecked"] == {"no answer can be made of its reference": 1}
    said = plain(rlvr("validate", "tasks.jsonl").out)
    assert "tasks.jsonl:2 its own solution as the answer scores 0, not 1: wrong_answer" in said
    assert "1 task not checked with an answer" in said


def test_what_cannot_be_put_as_an_answer_is_said(rlvr, project):
    (project / "mine.py").write_text(
        "import rlvr\n@rlvr.group_reward('mine.best')\ndef best(samples):\n    return [0.5 for _ in samples]\n"
    )
    rows = [{"prompt": "a?", "reference": {"max": 3}, "reward": "text.length"}]
    rows += [{"prompt": f"{i}?", "reference": "x", "reward": "mine.py:best"} for i in range(2)]
    rows += [{"prompt": "c?", "reference": ["good day", "hello"], "reward": "mt.chrf"}]
    written(project / "tasks.jsonl", rows)
    code, problems, report = found(rlvr)
    assert (code, problems) == (0, [])
    expected = {"no answer can be made of its reference": 1, "the reward compares the answers of a group": 2}
    assert report["unchecked"] == expected


def test_tasks_that_name_their_own_reward(rlvr, project):
    rows = [{"prompt": "a?", "reference": "x", "reward": "math.final_number"}, {"prompt": "b?", "reference": "x"}]
    written(project / "tasks.jsonl", rows)
    ended = rlvr("validate", "tasks.jsonl")
    assert ended.code == 1
    assert "tasks.jsonl:1 error" in plain(ended.out)
    assert "1 tasks name no reward" in plain(ended.out)


def test_lengths_in_tokens(rlvr, project, model_dir):
    written(project / "tasks.jsonl", [*GOOD, {"prompt": "1 + " * 100, "reference": "100"}])
    code, problems, report = found(rlvr, "--model", model_dir, "--max-prompt-tokens", "100")
    assert (code, problems) == (1, [("long", "tasks.jsonl:6")])
    assert report["prompt_lengths"]["tokens"]["1.0"] > 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tasks.jsonl", "--reward", "text.exat"], "Did you mean `text.exact`?"),
        (["nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["tasks.jsonl", "--max-prompt-tokens", "9"], "needs --model"),
        (["tasks.jsonl", "--model", "."], "no tokenizer"),
    ],
)
def test_what_a_user_gets_wrong(rlvr, project, words, said):
    written(project / "tasks.jsonl", GOOD)
    ended = rlvr("validate", *words)
    assert ended.code == 2
    assert said in plain(ended.err)
