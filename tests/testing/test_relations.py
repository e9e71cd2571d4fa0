"""Relations: brittle and gullible rewards break them, and the smallest change that does it is shown."""

import json
import re
import sys
from dataclasses import replace

import pytest

from rlvr import Verdict, reward
from rlvr.errors import DataError, MissingDependencyError
from rlvr.testing import RELATIONS, Case, Declaration, Subject, relations, run_checks
from rlvr.testing.metamorphic import HOLD

ROME, OSLO = "The capital of Italy?", "The capital of Norway?"
CASES = (
    Case("accept", "Rome", "Rome", ROME, why="itself"),
    Case("accept", "It is Oslo", "Oslo", OSLO, why="a sentence"),
    Case("accept", "cafe\u0301 \uff2f\uff53\uff4c\uff4f", "Oslo", OSLO, why="odd letters"),
    Case("reject", "Paris", "Rome", ROME, why="another"),
)


def broken(rule, judges="answer", named=None):
    checks = relations(Subject(rule, CASES, Declaration(judges=judges, relations=named)))
    return {result.check.name: result.detail for result in run_checks(checks) if result.status == "failed"}


def verdict(right):
    return Verdict.right() if right else Verdict.wrong("no")


def test_a_careful_reward_breaks_none():
    import unicodedata

    @reward("t.careful")
    def careful(sample):
        text = unicodedata.normalize("NFKC", sample.answer or "").strip().strip("*.").split()
        return verdict(text and text[-1] == sample.reference and "or" not in text)

    assert broken(careful) == {}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("white space", lambda s: s.completion == s.completion.strip() and s.completion.endswith(s.reference)),
        ("composition", lambda s: "\u0301" in s.completion or "\u00e9" not in s.completion),
        ("full width", lambda s: "\uff2f" in s.completion or s.completion == s.reference),
        ("bold", lambda s: "*" not in s.completion),
        ("period", lambda s: s.completion.strip().endswith(s.reference)),
        ("line wrapping", lambda s: "\n" not in s.completion.strip()),
        ("finished reasoning", lambda s: s.completion.strip("*. \n") == s.reference),
        ("finished reasoning", lambda s: s.reference in s.completion),
        ("finished reasoning", lambda s: re.fullmatch(r"(<think>\n?.*\n?</think>\n?)?.*", s.completion)),
        ("alternative", lambda s: s.reference in s.completion),
        ("unclosed reasoning", lambda s: s.reference in s.completion),
        ("copied prompt", lambda s: "capital" in s.completion or s.reference in s.completion),
    ],
)
def test_each_relation_finds_what_it_is_for(name, rule):
    found = broken(reward("t.brittle")(lambda sample: verdict(rule(sample))), named=(name,))
    assert found.keys() == {name}
    assert RELATIONS[name].says in found[name]
    assert "completion" in found[name]


def test_the_smallest_change_is_shown():
    found = broken(reward("t.exact")(lambda sample: verdict(sample.completion == sample.reference)))
    assert "' Rome'" in found["white space"] or "'Rome '" in found["white space"] or "Rome\\t'" in found["white space"]
    assert '{"judges": "text"}' in found["period"]


def test_a_reward_of_characters_declares_it():
    strict = reward("t.strict")(lambda s: verdict(s.answer is not None and s.answer.strip() == s.reference))
    assert {"bold", "period"} <= broken(strict).keys()
    assert broken(strict, "text") == {}


def test_what_was_thought_before_an_answer_changes_nothing_whatever_it_names():
    """A reward that looks anywhere in the completion pays a wrong answer whose reasoning names the right one."""
    anywhere = reward("t.anywhere")(lambda s: verdict(s.reference in s.completion))
    subject = Subject(anywhere, (CASES[0], CASES[3]), Declaration(relations=("finished reasoning",)))
    (result,) = run_checks(relations(subject))
    assert result.status == "failed"
    assert "Rome\\nOr not.\\n</think>\\nParis'" in result.detail


FORM = (
    Case("accept", "<reasoning>6 * 7</reasoning><answer>42</answer>", why="both parts"),
    Case("reject", "<answer>42</answer>", why="no reasoning"),
)


@pytest.mark.parametrize(("inner", "fails"), [(".*?", True), (r"\n?.*\n?.*", True), (r"[\s\S]*?", False)])
def test_reasoning_of_several_lines_finds_a_dot_that_stops_at_the_end_of_a_line(inner, fails):
    form = re.compile(rf"\s*<reasoning>{inner}</reasoning>\s*<answer>.*?</answer>\s*")

    @reward("t.form")
    def rule(sample):
        return verdict(sample.answer is not None and form.fullmatch(sample.answer))

    subject = Subject(rule, FORM, Declaration(judges="form"))
    failed = {result.check.name for result in run_checks(relations(subject)) if result.status == "failed"}
    assert failed == ({"finished reasoning"} if fails else set())


def test_the_advice_is_one_that_helps():
    brittle = reward("t.brittle")(lambda s: verdict(s.completion == s.reference))
    told = broken(brittle, "text")["white space"]
    assert '{"judges": "text"}' not in told
    advised = json.loads(told[told.rindex('{"relations"') :].rstrip("."))
    assert advised == {"relations": [name for name in HOLD["text"] if name != "white space"]}
    assert "white space" not in broken(brittle, named=tuple(advised["relations"]))
    assert '{"judges": "text"}' not in broken(brittle)["white space"], "it holds there too"


def test_each_row_may_judge_something_else():
    """The same reward where only meaning counts, and where the very characters do."""
    strict = reward("t.strict")(lambda s: verdict(s.answer is not None and s.answer.strip() == s.reference))
    as_text = tuple(replace(case, judges="text") for case in CASES if case.completion == case.reference)
    mixed = Subject(strict, (*as_text, Case("reject", "Rome is big", "Oslo", OSLO, why="a sentence")))
    results = {result.check.name: result for result in run_checks(relations(mixed))}
    assert results["bold"].status == "passed", "the row that judges the answer is the only one it is asked of"
    with_answers = Subject(strict, (*as_text, Case("accept", "Oslo", "Oslo", OSLO, why="itself")))
    failed = {
        result.check.name: result.detail for result in run_checks(relations(with_answers)) if result.status == "failed"
    }
    assert "Oslo" in failed["bold"]
    assert mixed.judges(as_text[0]) == "text"


def test_every_kind_has_relations_that_exist():
    for names in HOLD.values():
        assert set(names) <= set(RELATIONS)


def test_an_unknown_relation_is_named():
    with pytest.raises(DataError, match="Did you mean `bold`"):
        relations(Subject(reward("t.x")(lambda s: 0.0), CASES, Declaration(relations=("bald",))))


def test_a_reward_that_is_not_the_same_twice():
    calls = []

    @reward("t.moody")
    def moody(sample):
        calls.append(sample)
        return verdict(len(calls) % 5)

    assert "white space" in broken(moody)


def test_without_hypothesis(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    (check,) = relations(Subject(reward("t.y")(lambda s: 0.0), CASES, Declaration(relations=("bold",))))
    with pytest.raises(MissingDependencyError, match="pip install hypothesis"):
        check()
    assert run_checks([check])[0].status == "skipped"


def test_without_cases_or_without_a_change_it_says_so():
    rule = reward("t.z")(lambda s: 0.0)
    results = run_checks(relations(Subject(rule)))
    assert {result.detail for result in results} == {"no golden case gives a completion to change"}
    one = Subject(rule, (Case("accept", "Rome", why="no prompt"),), Declaration(relations=("copied prompt",)))
    assert run_checks(relations(one))[0].detail == "no golden case has a completion that this changes"
