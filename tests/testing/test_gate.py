"""A run refuses a reward that can be had without solving its tasks, unless it is told otherwise."""

import io
import time

import pytest
from rich.console import Console

from rlvr import reward
from rlvr.config import load
from rlvr.engine.run.loop import train
from rlvr.engine.watch import gate
from rlvr.engine.watch.gate import refuse_fooled
from rlvr.errors import FooledRewardError


@reward("gate.constant")
def constant(sample):
    return 0.5


DAPO = """
from rlvr import get_reward, reward

@reward("gate.overlong", range=(-1.0, 0.0))
def overlong(sample):
    return -1.0 if (sample.n_tokens or len(sample.completion)) > 2000 else 0.0

dapo = get_reward("math.final_number") + 0.5 * overlong
"""


@pytest.fixture(autouse=True)
def _registered(_forget_rewards, monkeypatch):
    from rlvr import registered

    monkeypatch.setattr(gate, "_SECONDS", 120.0)  # all is tried, however busy the machine is
    monkeypatch.setitem(registered.by_name, "gate.constant", constant)


def said(*overrides, recipe="quickstart"):
    """What the gate says of a configuration; it raises where it refuses."""
    console = Console(file=io.StringIO(), width=200)
    refuse_fooled(load(recipe, list(overrides)), console)
    return console.file.getvalue()


def test_the_shipped_recipe_passes_in_a_second():
    start = time.process_time()
    assert said() == ""
    assert said("reward=math.final_number", "data.env=arithmetic") == ""
    assert time.process_time() - start < 4


def test_a_constant_is_refused_with_the_text_and_the_way_on():
    with pytest.raises(FooledRewardError) as raised:
        said("reward=gate.constant")
    for words in ("`gate.constant` is fooled: empty scores 0.5", "text         ''", "reference", "scoring.probe=warn"):
        assert words in str(raised.value)


def test_it_can_be_told_otherwise():
    assert "Warning: The reward `gate.constant` is fooled" in said("reward=gate.constant", "scoring.probe=warn")
    assert said("reward=gate.constant", "scoring.probe=off") == ""
    assert said("reward=gate.constant", "scoring.probe_margin=0.5") == ""
    assert said("reward=gate.constant", "stage=sft") == ""


def test_a_penalty_below_what_a_wrong_answer_scores_is_no_fault(write):
    reward = f"{write('rewards.py', DAPO)}:dapo"
    assert said(f"reward={reward}", "data.env=arithmetic") == ""
    with pytest.raises(FooledRewardError, match=r"plainly wrong answer scores -1, the reference scores -1"):
        said(f"reward={write('short.py', DAPO.replace('> 2000', '< 2000'))}:overlong", "data.env=arithmetic")


ARROW = """
from rlvr import Verdict, reward

@reward("gate.arrow")
def arrow(sample):
    said = (sample.answer or "").strip()
    return Verdict.right() if said == f"=> {sample.reference}" else Verdict.wrong("another")

@reward("gate.graded", range=(-1.0, 1.0))
def graded(sample):
    said = (sample.answer or "").strip()
    return Verdict(float(said == f"=> {sample.reference}") if said[-1:].isdigit() else -1.0)

@reward("gate.penalty", range=(-1.0, 0.0))
def penalty(sample):
    return -1.0 if len(sample.completion) > 2000 else 0.0

both = arrow + 0.5 * penalty
"""


@pytest.mark.parametrize("name", ["both", "graded"])
def test_golden_cases_say_how_a_right_answer_is_written(write, name):
    """No common form is that of this reward; without its cases its references look wrong."""
    file = write("rewards.py", ARROW)
    words = (f"reward={file}:{name}", "data.env=arithmetic")
    with pytest.raises(FooledRewardError, match="the `answer` of its golden cases says how"):
        said(*words)
    rows = [{"kind": "accept", "completion": "=> 4", "reference": "4", "prompt": "2+2=", "why": "as it is"}]
    of = "rewards.py:arrow" if name == "both" else "rewards.py:graded"
    write("cases.jsonl", [{"reward": of, "answer": "=> {}"}, *rows])
    assert said(*words) == ""


def test_rewards_that_tasks_name_are_probed(write):
    rows = [{"prompt": f"{n}+1=", "reference": str(n + 1), "reward": "math.final_number"} for n in range(5)]
    tasks = write("tasks.jsonl", [*rows, {"prompt": "Say it.", "reference": "x", "reward": "gate.constant"}])
    with pytest.raises(FooledRewardError, match=r"gate\.constant"):
        said(f"data.tasks={tasks}", "data.env=null", "reward=")


def test_references_that_cannot_be_read_are_left_to_the_error_budget(write):
    tasks = write("tasks.jsonl", [{"prompt": f"{n}=", "reference": "a dozen"} for n in range(5)])
    assert said(f"data.tasks={tasks}", "data.env=null", "reward=math.final_number") == ""


def test_a_refused_run_leaves_nothing_behind(tmp_path):
    with pytest.raises(FooledRewardError):
        train(load("quickstart", ["reward=gate.constant", f"run.dir={tmp_path}"], check=True))
    assert list(tmp_path.iterdir()) == []
