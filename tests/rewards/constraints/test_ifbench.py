"""IFBench: its recorded verdicts, its rows, constants that earn nothing, no data of nltk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.judging import outcomes_of
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.rows.ifeval import ifbench

DATA = Path(__file__).parents[4] / "shared/data/instructions"
NEEDS_DATA = pytest.mark.skipif(not DATA.is_dir(), reason="IFBench's recorded rows are not on this machine")

# Its program takes the tagger of nltk, whose data cannot be had; its reading of sentences changed since.
TAGGER, CHANGED = {("words:start_verb", key) for key in ("257", "258", "261")}, {("ratio:sentence_type", "163")}

# What the cases record of checks that langdetect, a random letter, another version of nltk or its tagger decide; and
# one verdict that its program does not give with the version of nltk that the others come from.
UNDECIDED = {"if-190", "if-100", "if-039", "if-041"}


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@NEEDS_DATA
@pytest.mark.parametrize("mode", ["strict", "loose"])
def test_recorded_verdicts(mode):
    prompts = {row["prompt"].strip(): row for row in rows("ifbench_test.jsonl")}
    differing, total = set(), 0
    for row in rows(f"ifbench_verdicts_{mode}.jsonl"):
        ids = row["instruction_id_list"]
        published = prompts.get(
            row["prompt"].strip(), {"key": "", "instruction_id_list": ids, "kwargs": [{}] * len(ids)}
        )
        outcomes = outcomes_of(Answer(row["response"]), read_reference(published, "ifbench"), loose=mode == "loose")
        for id, outcome, expected in zip(ids, outcomes, row["follow_instruction_list"], strict=True):
            total += 1
            if outcome.followed != expected:
                differing.add((id, published["key"]))
    assert total == 335
    assert differing == TAGGER | CHANGED


@NEEDS_DATA
def test_recorded_cases_as_its_program_judges_them():
    differing = set()
    for case in rows("constraint_cases.jsonl"):
        if case["registry"] == "IFBench":
            followed = find(case["instruction_id"], "ifbench").check(Answer(case["response"]), case["kwargs"]).followed
            if followed != case["observed"]:
                differing.add(case["id"])
    assert differing == UNDECIDED


@NEEDS_DATA
@pytest.mark.parametrize("text", ["the", "x", "!!!", "This response is correct.", "elgae dlab", "... ...", None])
def test_constants_and_prompts_earn_nothing(text):
    earning = [row["key"] for row in rows("ifbench_test.jsonl") if earns(text or row["prompt"], row)]
    # Two words can be the answer to a question; nothing tells that these are none.
    assert len(earning) <= (15 if text == "elgae dlab" else 0), earning


def earns(text, row):
    return follow.check(text, reference=ifbench(row).reference, prompt=row["prompt"]).score > 0.0


def test_its_83_checks_have_both_readings():
    assert len(known("ifbench")) == 83
    assert set(known("ifbench")) <= set(known("fixed"))


def test_the_docs_have_each_check_with_its_arguments():
    text = (Path(__file__).parents[3] / "docs/constraints.md").read_text(encoding="utf-8")
    for id in set(known("ifbench")) - set(known("ifeval")):
        assert f"| `{id}` | {', '.join(f'`{name}`' for name in find(id).kinds)} |" in text


def test_no_data_of_nltk_is_needed(tmp_path):
    program = (
        "import sys\n"
        "from rlvr.rewards.constraints.catalogue import find, known\n"
        "from rlvr.rewards.constraints.answer import Answer\n"
        "given = dict.fromkeys(('relation', 'capital_relation', 'let_relation'), 'at least') | {'language': 'fr'}\n"
        "for id in known('ifbench'):\n"
        "    check = find(id, 'ifbench')\n"
        "    kinds = {int: 2, str: 'a', list[str]: ['a']}\n"
        "    arguments = {name: given.get(name, kinds.get(kind)) for name, (kind, _) in check.kinds.items()}\n"
        "    check.check(Answer('Dr. Smith came. We ran!'), arguments)\n"
        "assert 'nltk' not in sys.modules\n"
    )
    environment = {**os.environ, "NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_apostrophes_are_no_quotations():
    text = "'tis the sailors' rope, isn't it?"
    assert not find("format:quotes").check(Answer(text), {}).followed
    assert not find("format:quote_unquote").check(Answer(text), {}).followed
    assert find("format:quote_unquote").check(Answer(f'{text} "Late" is a word that she used often.'), {}).followed


def test_brackets_that_close_nothing_cost_nothing():
    assert find("format:parentheses").check(Answer("1) a 2) b (x [y {z (v [w] v) z} y] x) :)"), {}).followed
    assert not find("format:parentheses").check(Answer("(((((a)"), {}).followed


def test_names_are_words_with_a_capital():
    check = find("count:person_names")
    assert check.check(Answer("Grace met Leo."), {"N": 2}).followed
    assert not check.check(Answer("With grace he met Leonard."), {"N": 1}).followed


def test_numbers_are_counted_as_they_are_written():
    count = find("count:numbers")
    assert count.check(Answer("3,5 Liter und 1.250 Kilo", "de"), {"N": 2}).followed
    assert count.check(Answer("3.5 litres, 1,250 kilos, then 1, 2, 3"), {"N": 5}).followed
