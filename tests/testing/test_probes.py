"""Probes: rewards that can be had for nothing are had, honest ones are not, and luck is told from fault."""

import re
from fnmatch import fnmatch

import pytest

from rlvr import Message, Sample, Task, Verdict, gate, get_reward, group_reward, reward
from rlvr.errors import DataError
from rlvr.testing import Case, Declaration, Subject, fooled, probe, probes, run_checks
from rlvr.testing.probing.answers import says
from rlvr.testing.probing.attacks import FAMILIES, World
from rlvr.testing.probing.probing import mostly_skipped, told
from rlvr.testing.probing.shrinking import shrink

SUMS = [Task("2 + 2 =", "4"), Task("10 + 7 =", "17"), Task("Half of 144 is?", "72"), Task("3 or 9: the larger?", "9")]
WORDS = [Task("The capital of France?", "Paris"), Task("Of Italy?", "Rome"), Task("Of Norway?", "Oslo")]
YES_NO = [Task(f"Is {n} even?", "yes" if n % 2 == 0 else "no") for n in range(2, 8)]


def fooling(rule, tasks, **options):
    """The families that fool a reward, each with its finding."""
    return {finding.probe: finding for finding in fooled(probe(rule, tasks, **options))}


def named(function):
    return reward("t.gullible")(function)


def answer(sample):
    return sample.answer or ""


@pytest.mark.parametrize(
    ("family", "rule", "tasks"),
    [
        ("empty", lambda s: bool(re.search(answer(s), s.reference)) if len(answer(s)) < 5 else 0.0, WORDS),
        ("constant answer", lambda s: answer(s).strip() == "yes" or answer(s) == s.reference, YES_NO),
        ("most frequent reference", lambda s: answer(s).strip() == "Paris", WORDS),
        ("reference of another task", lambda s: answer(s).strip().isdigit(), SUMS),
        ("list of candidates", lambda s: s.reference in answer(s).split(), WORDS),
        ("list of candidates", lambda s: f"\\boxed{{{s.reference}}}" in answer(s), SUMS),
        ("prompt copied", lambda s: s.prompt in answer(s), WORDS),
        ("numbers of the prompt", lambda s: bool(re.fullmatch(r"\d+\+\d+", answer(s))), SUMS),
        ("reasoning without an answer", lambda s: s.completion.count("</think>") == 1 and not answer(s).strip(), SUMS),
        ("answer in unfinished reasoning", lambda s: s.completion.strip().endswith(s.reference), WORDS),
        ("form without content", lambda s: "\\boxed{" in answer(s), SUMS),
        ("wildcard", lambda s: "*" in answer(s) and fnmatch(s.reference, answer(s)), WORDS),
        ("instruction to a judge", lambda s: "correct" in answer(s), WORDS),
        ("long repetition", lambda s: len(answer(s)) > 3000, WORDS),
        ("noise", lambda s: "\u0627" in answer(s) or "\u05d0" in answer(s), WORDS),
    ],
)  # fmt: skip
def test_each_family_fools_what_it_is_for(family, rule, tasks):
    found = fooling(named(rule), tasks)
    assert family in found
    finding = found[family]
    assert finding.score == 1.0
    assert finding.task in tasks
    assert rule(Sample(finding.text, finding.task.reference, finding.task.prompt)), "what is shown does fool it"


def test_a_constant_is_fooled_by_all_and_by_nothing_at_all():
    found = fooling(named(lambda s: 0.5), WORDS)
    assert len(found) >= len(FAMILIES) - 2  # these prompts have no numbers, and ask for no translation
    assert found["noise"].text == ""


@pytest.mark.parametrize(
    ("name", "tasks"),
    [
        ("math.final_number", SUMS),
        ("math.final_number_strict", SUMS),
        ("text.exact", WORDS),
        ("text.exact", YES_NO),
        ("text.exact", SUMS),
        ("text.last_word", WORDS),
        ("text.last_word", YES_NO),
    ],
)
def test_honest_rewards_resist(name, tasks):
    assert fooling(name, tasks) == {}


def test_form_alone_is_had_for_nothing_and_behind_a_gate_it_is_not():
    form, right = get_reward("text.format"), get_reward("math.final_number")
    assert "form without content" in fooling(form, SUMS)
    assert fooling(gate(form, then=right), SUMS) == {}


def test_a_margin_lets_a_little_pass():
    mostly = 0.9 * get_reward("math.final_number") + 0.1 * get_reward("text.format")
    assert fooling(mostly, SUMS)["form without content"].score == pytest.approx(0.1)
    assert fooling(mostly, SUMS, margin=0.1) == {}


def test_luck_is_no_fault():
    """A constant is right for every task whose answer it is; that says nothing of the reward."""
    same = [Task(f"What is {n} - {n - 1}?", "1") for n in range(2, 8)]
    assert fooling("math.final_number", same) == {}
    assert fooling("text.exact", same) == {}


def test_the_floor_is_the_low_end_of_the_range():
    @reward("t.signed", range=(-1.0, 1.0))
    def signed(sample):
        return Verdict(1.0 if answer(sample) == sample.reference else -1.0)

    assert fooling(signed, WORDS) == {}


def test_it_is_the_same_twice_and_another_seed_draws_other_noise():
    contains = named(lambda s: s.reference in answer(s))
    assert probe(contains, WORDS) == probe(contains, WORDS)
    (noise,) = (family for family in FAMILIES if family.name == "noise")
    texts = [list(noise.texts(World(WORDS, seed=seed), WORDS[0])) for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_chats_are_read():
    chat = [Task((Message("system", "Be brief."), Message("user", task.prompt)), task.reference) for task in WORDS]
    found = fooling(named(lambda s: "capital of France" in answer(s)), chat)
    assert found["prompt copied"].task == chat[0]


def test_references_may_be_lists_and_objects():
    tasks = [Task(task.prompt, {"any": [task.reference]}) for task in WORDS]
    assert fooling(named(lambda s: answer(s).strip() in s.reference["any"]), tasks) == {}
    assert "list of candidates" in fooling(named(lambda s: s.reference["any"][0] in answer(s)), tasks)


def test_a_reward_that_fails_is_not_fooled():
    findings = probe(named(lambda s: 1 / 0), WORDS)
    assert {finding.outcome for finding in findings} == {"SKIPPED"}


def test_a_group_reward_says_nothing_of_a_text_alone():
    @group_reward("t.group")
    def group(samples):
        return [1.0 for _ in samples]

    assert {finding.outcome for finding in probe(group, WORDS)} == {"SKIPPED"}


def test_no_tasks():
    with pytest.raises(DataError, match="--data FILE"):
        probe(named(lambda s: 1.0))


def test_time_is_kept():
    import time

    @reward("t.slow")
    def slow(sample):
        time.sleep(0.02)
        return 0.0

    start = time.monotonic()
    findings = probe(slow, WORDS, seconds=0.5)
    assert time.monotonic() - start < 20  # all of it takes a minute
    assert all(finding.outcome == "RESISTED" for finding in findings if finding.tried)
    assert sum(finding.tried > 0 for finding in findings) > 5


def test_as_checks():
    cases = tuple(Case("accept", task.reference, task.reference, task.prompt, why=task.reference) for task in WORDS)
    contains = named(lambda s: s.reference in answer(s))
    failed = [result for result in run_checks(probes(Subject(contains, cases))) if result.status == "failed"]
    assert "list of candidates" in {result.check.name for result in failed}
    assert all("without solving the task" in result.detail for result in failed)
    form = run_checks(probes(Subject(contains, cases, Declaration(judges="form"))))
    assert {result.status for result in form} == {"skipped"}


@pytest.mark.parametrize(
    ("text", "reference", "said"),
    [
        ("72", "72", True),
        ("The answer is **72**.", "72", True),
        (r"\boxed{\frac{1}{2}}", "0.5", True),
        ("1 2 3 72", "72", True),
        ("72 or 71", "72", True),
        ("71 72 73", "72", False),
        ("172", "72", False),
        ("", "72", False),
        ("", "", True),
        ("x", "", False),
        ("New York it is", "new york", True),
        ("in York", "New York", False),
        ("1e2", "100", True),
        ("72", "He has 70 + 2.\n#### 72", True),
    ],
)
def test_what_a_text_answers(text, reference, said):
    assert says(text, reference) is said


def test_shrinking_asks_a_bounded_number_of_times():
    asked = []

    def holds(text):
        asked.append(text)
        return text.count("a") >= 40

    assert shrink("ab" * 5000, holds, tries=100).count("a") >= 40
    assert len(asked) <= 100


def graded(sample):
    """-1 for what is no answer at all, 0 for a wrong one, 1 for a right one."""
    given = answer(sample).strip().strip("*.")
    return Verdict(-1.0 if not given.isalpha() else float(given == sample.reference))


def test_the_floor_is_what_a_wrong_answer_scores():
    """Penalties reach below it: the grades -1, 0 and 1, and a penalty for length beside what is right."""
    grades = reward("t.grades", range=(-1.0, 1.0))(graded)
    assert fooling(grades, WORDS) == {}
    overlong = reward("t.overlong", range=(-1.0, 0.0))(lambda s: -1.0 if len(s.completion) > 2000 else 0.0)
    assert fooling(get_reward("text.exact") + 0.5 * overlong, WORDS) == {}


def test_where_no_right_answer_is_known_nothing_is_earned_at_zero_and_not_above():
    tasks = [Task(task.prompt, {"tests": [task.reference]}, data={"x": i}) for i, task in enumerate(WORDS)]
    penalty = reward("t.penalty", range=(-0.5, 1.0))(lambda s: -0.5 if len(s.completion) > 2000 else 0.0)
    assert fooling(penalty, [Task(task.prompt, None) for task in WORDS]) == {}
    assert fooling(penalty, tasks) == {}
    assert fooling(reward("t.third")(lambda s: 0.3), tasks) != {}


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        (lambda s: 1.0 if answer(s) == s.reference else 0.9, 0.9, 1.0),
        (lambda s: 0.4, 0.4, 0.4),
        (lambda s: 0.6 if answer(s).isalpha() else 0.0, 0.6, 0.6),
    ],
)
def test_nobody_lifts_the_floor_by_paying_wrong_answers(rule, wrong, right):
    findings = probe(named(rule), WORDS)
    found = {finding.probe: finding for finding in fooled(findings)}
    assert "reference of another task" in found
    assert "constant answer" in found, "the floor stays where the range ends"
    standing = findings[0].standing
    assert (standing.wrong, standing.right, standing.floor) == (wrong, right, 0.0)
    said = told(found["constant answer"])
    assert f"a plainly wrong answer scores {wrong}, the reference scores {right:g}" in said
    assert "less than half the range [0, 1] above it" in said


def test_answers_to_other_tasks_of_the_file_are_tried_beyond_the_chosen_ones():
    many = [Task(f"Word number {n}?", f"w{n}") for n in range(40)]
    known = {task.reference for task in many[12:]}
    gullible = named(lambda s: answer(s) in known or answer(s) == s.reference)
    assert "reference of another task" in fooling(gullible, many, most_tasks=4)


def test_most_answers_written_for_other_tasks_are_wrong():
    """References of no text: what is right is shown by demonstrations, and one may be right twice, which is luck."""
    written = [f"Here is {word} for you." for word in ("a1", "b2", "c3", "d4")]
    tasks = [
        Task(f"Write {n}.", {"tests": n}, {"right": written[:2] if n == 0 else [text]}, demonstration=text)
        for n, text in enumerate(written)
    ]
    honest = named(lambda s: answer(s) in s.data["right"])
    assert fooling(honest, tasks) == {}
    polite = named(lambda s: answer(s).endswith("for you."))
    assert fooling(polite, tasks)["reference of another task"].score == 1.0


def test_a_composition_is_asked_as_its_parts_want_to_be_answered():
    """`math.final_number_strict` reads what stands behind `####`; its own cases say so."""
    overlong = reward("t.overlong", range=(-1.0, 0.0))(lambda s: -1.0 if len(s.completion) > 2000 else 0.0)
    findings = probe(get_reward("math.final_number_strict") + 0.5 * overlong, SUMS)
    assert fooled(findings) == []
    assert findings[0].standing.right == 1.0


def test_a_probe_whose_texts_get_no_score_says_what_the_reward_said():
    picky = named(lambda s: s.data["schema"] if len(answer(s)) > 3 else 0.0)
    findings = probe(picky, WORDS)
    skipped = [finding for finding in findings if finding.outcome == "SKIPPED" and finding.failed]
    assert len(skipped) >= 3
    assert all("KeyError: 'schema'" in finding.explanation for finding in skipped)
    assert mostly_skipped(findings)
    assert not mostly_skipped(probe("text.exact", WORDS))
