"""`mt.follow`: each constraint on texts of several languages, what a task may hold, tasks made of references."""

import json
import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr import Sample, Status, judge_all
from rlvr.environment import EnvironmentTasks
from rlvr.errors import ConfigError, DataError
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.checks.translation.icu import MessageError, read_message
from rlvr.rewards.constraints.environments import FollowTasks
from rlvr.rewards.constraints.generating.deriving import candidates, derived, follows
from rlvr.rewards.constraints.generating.envelopes import ENVELOPES
from rlvr.rewards.constraints.generating.lexicon import Parallel, learn_terms
from rlvr.rewards.constraints.generating.translation_tasks import Wanted, follow_tasks, read_rows
from rlvr.rewards.constraints.request import read_constraints
from rlvr.rewards.constraints.wording import describe, languages, render_all
from rlvr.rewards.languages.matching import find_terms
from rlvr.rewards.languages.numbers.numerals import numerals_of
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation import follow
from rlvr.rewards.translation.readers import mlqe_parallel
from rlvr.sample import sample_of

DATA = Path(__file__).parents[4] / "shared/data/translation"
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "follow_checks.jsonl").read_text(encoding="utf-8").splitlines()
]
ONE_EACH = list({case["id"]: case for case in CASES}.values())
ROWS = [
    Parallel("The Legion lost 1,500 men at the river.", "Die Legion verlor 1.500 Mann am Fluss.", Pair("en", "de")),
    Parallel("George Washington bought the old house.", "George Washington kaufte das alte Haus.", Pair("en", "de")),
    Parallel("Please close your windows before you go.", "Schließen Sie bitte Ihre Fenster.", Pair("en", "de")),
    Parallel("He said: “The train is late today.”", "Er sagte: „Der Zug ist heute spät.“", Pair("en", "de")),
    Parallel("It arrived on 29 December 2013 at noon.", "Er kam am 29. Dezember 2013 mittags an.", Pair("en", "de")),
]


def score(case):
    translation = Answer.translating(
        case["source"], case["answer"], Pair(*case["pair"].split("-", 1)), case.get("references", [])
    )
    return find(case["id"]).check(translation, case.get("args", {}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['pair']} {case['answer'][:24]!r}")
def test_a_check(case):
    outcome = score(case)
    assert outcome.score == case["score"], outcome.reason
    assert outcome.reason


def test_every_check_is_shown_to_pass_and_to_fail():
    passed = {case["id"] for case in CASES if case["score"] == 1}
    failed = {case["id"] for case in CASES if case["score"] is not None and case["score"] < 1}
    assert passed == failed == {id for id in known() if find(id).sees_source}


def test_every_constraint_has_words_in_every_language():
    arguments = {case["id"]: case.get("args", {}) for case in CASES if case["score"] == 1}
    for id, given_ in arguments.items():
        bound = find(id).bind(given_)
        said = {language: describe(find(id), bound, language) for language in languages()}
        assert len(set(said.values())) == len(said), id
        assert not any("{" in text and "}" in text for text in said.values()), id


def test_gates_multiply_and_the_rest_is_averaged():
    data = {"source": "NASA has 3 rockets.", "source_language": "en", "target_language": "de"}
    keep, numbers = {"id": "terms:keep", "terms": ["NASA"]}, {"id": "numbers:same"}
    only = {"id": "output:only"}

    def of(answer, *constraints):
        return follow.check(
            answer, reference="Die NASA hat 3 Raketen.", data={**data, "constraints": list(constraints)}
        )

    assert of("Die NASA hat 4 Raketen.", keep, numbers, only).score == 0.5
    closed = of("Die NASA hat 4 Raketen.", keep, {**numbers, "gate": True})
    assert closed.score == 0.0
    assert closed.explanation.startswith("stopped at numbers:same")
    assert closed.metrics == {"terms:keep": 1.0, "numbers:same": 0.0}
    assert of("Die NASA hat 3 Raketen.", only).score == 1.0
    twice = of("Die NASA hat 3 Raketen.", keep, {"id": "terms:keep", "terms": ["ESA"]})
    assert twice.metrics == {"terms:keep": 1.0, "terms:keep#2": 0.0}


@pytest.mark.parametrize(
    ("constraints", "named"),
    [
        (None, "`data.constraints` is None"),
        ([], "`data.constraints` is []"),
        (["terms:keep"], "`data.constraints[0]` is 'terms:keep'"),
        ([{"id": "terms:kept", "terms": ["a"]}], "`data.constraints[0].id`"),
        ([{"id": "numbers:same"}, {"id": "terms:keep"}], "`data.constraints[1]` lacks `terms`"),
        ([{"id": "terms:keep", "terms": []}], "`data.constraints[0].terms` is []"),
        ([{"id": "terms:keep", "terms": ["a", 3]}], "`data.constraints[0].terms[1]` is 3"),
        ([{"id": "terms:glossary", "terms": [{"source": "a"}]}], "`data.constraints[0].terms[0]` lacks `target`"),
        (
            [{"id": "terms:glossary", "terms": [{"source": "a", "target": "b", "count": "x"}]}],
            ".terms[0].count` is 'x'",
        ),
        ([{"id": "length:characters", "most": True}], "`data.constraints[0].most` is True"),
        ([{"id": "length:characters", "most": 10, "least": 2}], "has no argument `least`"),
        ([{"id": "style:casing", "case": "uper"}], "Did you mean `upper`?"),
        ([{"id": "style:quotation", "marks": "<>"}], "it is an opening and a closing mark"),
        ([{"id": "numbers:same", "gate": "yes"}], "`data.constraints[0].gate` is 'yes'"),
        ([{"id": "structure:json"}], "`data.source` is no JSON"),
        ([{"id": "register:formality", "level": "polite"}], "`data.constraints[0].level` is 'polite'"),
    ],
)
def test_a_constraint_that_cannot_be_read_is_an_error_that_names_its_key(constraints, named):
    data = {"source": "The house is red.", "source_language": "en", "target_language": "de", "gate": False}
    if constraints is not None:
        data["constraints"] = constraints
    verdict = follow.check("Das Haus ist rot.", reference="Das Haus ist rot.", data=data)
    assert verdict.status is Status.ERROR
    assert named in verdict.explanation


@pytest.mark.parametrize(("name", "value"), [("floor", 120), ("floor", "high"), ("gate", 1)])
def test_settings_are_looked_at(name, value):
    data = {
        "source": "Hi there.",
        "source_language": "en",
        "target_language": "de",
        "constraints": [{"id": "numbers:same"}],
    }
    verdict = follow.check("Hallo.", reference="Hallo.", data={**data, name: value})
    assert verdict.status is Status.ERROR
    assert f"`data.{name}`" in verdict.explanation


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_is_kept_by_its_reference_and_not_by_a_copy(name):
    chance = random.Random(name)
    made = ENVELOPES[name].make(ROWS[: ENVELOPES[name].rows], lambda end: int(chance.random() * end))
    data = {
        "source": made.source,
        "source_language": "en",
        "target_language": "de",
        "constraints": list(made.constraints),
    }
    verdicts = judge_all(
        follow, [Sample(text, reference=made.reference, data=data) for text in (made.reference, made.source)]
    )
    assert [verdict.score for verdict in verdicts] == [1.0, 0.0], verdicts


def test_tasks_are_the_same_for_the_same_seed_and_others_for_another():
    first, again, other = (follow_tasks(ROWS, 12, seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert all(
        verdict.score == 1.0 for task in first for verdict in judge_all(follow, [sample_of(task, task.reference)])
    )
    assert all(task.prompt[0].content.startswith("Rules:\n- ") for task in first)
    assert all(task.data["source"] in task.prompt[0].content for task in first)


def test_rules_may_be_in_the_target_language():
    (task,) = follow_tasks(ROWS, 1, 0, Wanted(language="target", kinds=("numbers", "terms")))
    assert task.prompt[0].content.startswith("Regeln:\n- ")
    with pytest.raises(DataError, match="Constraints cannot be stated in `eo`"):
        render_all(read_constraints({"constraints": [{"id": "numbers:same"}]}), "eo")


def test_rows_without_occasion_for_a_kind_say_so():
    with pytest.raises(DataError, match="lend themselves to no constraint of tokens:nothing"):
        follow_tasks(ROWS[:1], 1, 0, Wanted(kinds=("tokens:nothing",)))
    with pytest.raises(DataError, match="Row 2 has no `reference`"):
        read_rows(
            [{"source": "a", "reference": "b", "source_language": "en", "target_language": "de"}, {"source": "a"}]
        )


def test_the_environment_keeps_sentences_apart(tmp_path):
    path = tmp_path / "rows.jsonl"
    words = ["red", "old", "new", "big", "small", "green", "quiet", "empty"]
    rows = [
        {"source": f"House {n} by the lake is {words[n % 8]} and has {n} rooms.", "source_language": "en",
         "reference": f"Haus {n} am See ist {words[n % 8][::-1]} und hat {n} Zimmer.", "target_language": "de"}
        for n in range(60)
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    env = FollowTasks(str(path), kinds=("numbers:same", "length:ratio"))
    train = [EnvironmentTasks(env, seed=0).task(n) for n in range(10)]
    held_out = [EnvironmentTasks(env, seed=0, held_out=True).task(n) for n in range(10)]
    assert {task.data["source"] for task in train}.isdisjoint(task.data["source"] for task in held_out)
    assert EnvironmentTasks(FollowTasks(str(path), kinds=("numbers:same", "length:ratio")), seed=0).task(3) == train[3]
    for wrong, said in (({"most": 0}, "most"), ({"language": "eo"}, "language"), ({"template": "x"}, "template")):
        with pytest.raises(ConfigError, match=said):
            FollowTasks(str(path), **wrong)
    with pytest.raises(ConfigError, match="cannot be read"):
        FollowTasks(str(tmp_path / "none.jsonl"))


@settings(max_examples=25)
@given(st.text(max_size=200))
def test_no_text_breaks_a_check(text):
    for case in ONE_EACH:
        outcome = score({**case, "answer": text})
        assert outcome.score is None or 0 <= outcome.score <= 1


@given(st.lists(st.sampled_from(["Bank of England", "Bank", "of", "England", "bank", "the", "北", "京"]), max_size=12))
def test_matches_are_exclusive_and_maximal(words):
    found = find_terms(" ".join(words), [["Bank of England"], ["Bank"], ["北京"]], "en")
    taken = [place for one in found for place in range(one.first, one.last)]
    assert len(taken) == len(set(taken))
    inside = [one for one in found if one.term == 1]
    for one in (one for one in found if one.term == 0):
        assert all(other.last <= one.first or other.first >= one.last for other in inside)


@given(st.integers(0, 10**9), st.sampled_from(["en", "de", "fr", "ru", "pt-BR", "zh", "it", "es", "pl"]))
def test_numbers_as_babel_writes_them_are_read_back(number, language):
    from babel.numbers import format_decimal

    written = format_decimal(number, locale=language.replace("-", "_"))
    (found,) = numerals_of(f"{written}", language)
    assert (int(found.value), found.proper) == (number, True)


@given(st.text(alphabet=string.ascii_letters + "{}#',| plurasecton=1", max_size=60))
def test_a_message_is_read_or_refused(text):
    try:
        message = read_message(text, "en")
    except MessageError:
        return
    assert all(name in text for name in [part.partition(",")[0] for part in message.simple])


@pytest.mark.parametrize(
    "piece", ["{", "<", "<b>", "1,", "%", "[[", "-", "| ", "`", "[](", "*a", '"', "{a, plural, other {", "你"]
)
def test_long_answers_take_little_time(piece):
    text = piece * (60_000 // len(piece))
    for case in ONE_EACH:
        score({**case, "answer": text})


@pytest.mark.skipif(not DATA.is_dir(), reason="the MLQE sets are not on this machine")
@pytest.mark.parametrize(
    ("pair", "rates"),
    [
        ("en-de", {"terms:keep": 0.97, "numbers:same": 0.95}),
        ("en-zh", {"terms:keep": 0.97, "numbers:same": 0.9}),
        ("ro-en", {"terms:keep": 0.97, "numbers:same": 0.85}),
        ("ru-en", {"terms:keep": 0.97, "numbers:same": 0.95}),
    ],
)
def test_human_post_edits_follow(pair, rates):
    lines = (DATA / f"mlqe_dev.{pair}.jsonl").read_text(encoding="utf-8").splitlines()[:150]
    rows = [mlqe_parallel(json.loads(line), Pair(*pair.split("-"))) for line in lines]
    lexicon = learn_terms(rows)
    assert len(lexicon) >= 5
    for id, rate in rates.items():
        asked = [(row, one) for row in rows for one in candidates(row, lexicon) if one["id"] == id]
        assert len(asked) >= 4
        assert sum(follows(row, one) for row, one in asked) >= rate * len(asked)
    for row in rows[:40]:
        assert all(follows(row, one) for one in derived(row, lexicon))
