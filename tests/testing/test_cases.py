"""Golden cases: what a file may hold, what is wrong with one, and which reward a row is about."""

import pytest

from rlvr.errors import DataError, UnknownRewardError
from rlvr.testing import find_subjects, read_cases, subject_of

from .conftest import accept, reject

ONE = """
from rlvr import reward

@reward("shop.price")
def price(sample):
    return sample.answer == sample.reference
"""
TWO = (
    ONE
    + """
@reward("shop.polite")
def polite(sample):
    return "please" in (sample.answer or "")
"""
)


def test_a_row_has_what_a_sample_has(write):
    row = accept(
        "x", {"a": 1}, prompt=[{"role": "user", "content": "?"}], data={"b": 2}, reasoning_open=True, n_tokens=3
    )
    (case,) = read_cases(write("cases.jsonl", [row])).cases
    assert case.sample.prompt[0].content == "?"
    assert (case.sample.reference, case.sample.data, case.sample.n_tokens) == ({"a": 1}, {"b": 2}, 3)
    assert case.sample.answer is None
    assert case.line == 1


def test_the_first_row_may_declare(write):
    head = {"reward": "text.exact", "judges": "text", "relations": ["bold"], "answer": "#### {}"}
    held = read_cases(write("cases.jsonl", [head, accept("x", "x")]))
    assert held.declaration.judges == "text"
    assert held.declaration.relations == ("bold",)
    assert held.cases[0].line == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "acept", "completion": "x", "why": "y"}, "`kind` is acept"),
        ({"kind": "accept", "why": "y"}, "no `completion`"),
        ({"kind": "accept", "completion": "x"}, "no `why`"),
        ({"kind": "accept", "completion": "x", "why": ""}, "`why` is empty"),
        ({"kind": "accept", "completion": 72, "why": "y"}, "`completion` is a number; it is a text"),
        ({"kind": "accept", "completion": "x", "why": "y", "refrence": "z"}, "Did you mean `reference`?"),
        ({"kind": "accept", "completion": "x", "why": "y", "score": "1"}, "`score` is a text"),
        ({"kind": "abstain", "completion": "x", "why": "y", "score": 1}, "kind `abstain` has no score"),
        ({"kind": "timeout", "completion": "x", "why": "y", "score": 1}, "kind `timeout` has no score"),
        ({"kind": "accept", "completion": "x", "why": "y", "data": []}, "`data` is a list"),
        ({"kind": "accept", "completion": "x", "why": "y", "prompt": 3}, "`prompt` is a number"),
        ([1], "a list instead of an object"),
    ],
)
def test_a_broken_line_is_named(write, row, said):
    with pytest.raises(DataError, match="line 2") as raised:
        read_cases(write("cases.jsonl", [accept("x", "x"), row]))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"judges": "answr"}, "Did you mean `answer`?"),
        ({"rewrd": "x"}, "Did you mean `reward`?"),
        ({"answer": "####"}, "it has one `{}`"),
        ({"relations": "bold"}, "`relations` is no list"),
        ({"reward": 3}, "`reward` is a number"),
    ],
)
def test_a_broken_declaration_is_named(write, head, said):
    with pytest.raises(DataError, match="line 1") as raised:
        read_cases(write("cases.jsonl", [head, accept("x", "x")]))
    assert said in str(raised.value)


def test_two_tests_cannot_have_one_name(write):
    with pytest.raises(DataError, match="line 1 has the same `why`"):
        read_cases(write("cases.jsonl", [accept("x", "x"), accept("y", "y")]))


@pytest.mark.parametrize(
    ("module", "cases"),
    [("rewards.py", "cases.jsonl"), ("anything.py", "cases.jsonl"), ("price.py", "price.cases.jsonl")],
)
def test_the_file_beside_says_which_reward(write, module, cases):
    write(module, ONE)
    (subject,) = find_subjects(str(write(cases, [accept("x", "x")])))
    assert subject.name == "shop.price"


def test_rows_name_rewards_in_every_way(write):
    write("rewards.py", TWO)
    rows = [
        accept("x", "x", reward="shop.price", why="by name"),
        accept("please", reward="rewards.py:polite", why="by file"),
        accept("x", "x", reward="text.exact", why="of another package"),
    ]
    subjects = find_subjects(str(write("cases.jsonl", rows)))
    assert [subject.name for subject in subjects] == ["shop.price", "shop.polite", "text.exact"]
    assert [len(subject.cases) for subject in subjects] == [1, 1, 1]


def test_a_file_name_may_be_a_rewards(write):
    (subject,) = find_subjects(str(write("text.exact.cases.jsonl", [accept("x", "x")])))
    assert subject.name == "text.exact"


def test_cases_may_stand_in_the_tests_folder(write):
    write("rewards.py", ONE)
    (subject,) = find_subjects(str(write("tests/cases.jsonl", [{"reward": "../rewards.py:price"}, accept("x", "x")])))
    assert subject.name == "shop.price"


def test_a_plain_function_is_a_reward_too(write):
    write("rewards.py", "def price(sample):\n    return sample.answer == sample.reference\n")
    (subject,) = find_subjects(str(write("cases.jsonl", [accept("x", "x")])))
    assert subject.name == "rewards.price"


def test_which_of_two(write):
    write("rewards.py", TWO)
    with pytest.raises(DataError, match=r"defines 2 rewards \(shop.price, shop.polite\)[\s\S]*Begin the file with"):
        find_subjects(str(write("cases.jsonl", [accept("x", "x")])))


def test_no_file_beside(write):
    with pytest.raises(DataError, match="no Python file beside"):
        find_subjects(str(write("cases.jsonl", [accept("x", "x")])))


def test_an_unknown_name(write):
    with pytest.raises(DataError, match=r"line 2: There is no reward `text.exct`. Did you mean `text.exact`"):
        find_subjects(str(write("cases.jsonl", [{"reward": "text.exct"}, accept("x", "x")])))


def test_a_reward_finds_its_cases(write):
    path = write("rewards.py", TWO)
    write("cases.jsonl", [accept("x", "x", reward="shop.price"), reject("x", reward="no.such", why="of a lost one")])
    subject = subject_of(f"{path}:price")
    assert [case.why for case in subject.cases] == ["right"]
    assert [found.name for found in find_subjects(str(path))] == ["shop.price", "shop.polite"]


def test_a_folder_is_searched_but_not_its_hidden_corners(write, tmp_path):
    write("rewards.py", ONE)
    write("cases.jsonl", [accept("x", "x")])
    write("deep/er/text.exact.cases.jsonl", [accept("x", "x")])
    write(".venv/cases.jsonl", "broken")
    assert [subject.name for subject in find_subjects(str(tmp_path))] == ["shop.price", "text.exact"]


def test_nothing_to_test(tmp_path, write):
    with pytest.raises(DataError, match=r"holds no cases.jsonl[\s\S]*rlvr test math.final_number"):
        find_subjects(str(tmp_path))
    with pytest.raises(UnknownRewardError, match="defines no reward"):
        find_subjects(str(write("empty.py", "LIMIT = 3\n")))
