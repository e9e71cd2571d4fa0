"""Canaries: a run whose reward can be had says so with the sample, or stops; an honest one goes on as without them."""

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from rlvr.config import load
from rlvr.engine.run.data import task_streams
from rlvr.engine.run.loop import resume, train
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.watch.canaries import Canaries
from rlvr.errors import ConfigError, FooledRewardError
from rlvr.observe.metrics import read_metrics
from rlvr.observe.run_folder import RunFolder
from tests.trajectory import samples

from .conftest import WORDS

RULES = """
from rlvr import Sample, Verdict, batch_reward, reward

CALLS = []


@reward("canary.honest")
def honest(sample: Sample) -> Verdict:
    given = (sample.answer or "").strip()
    return Verdict.right() if given == sample.reference else Verdict.wrong("another")


@reward("canary.gullible")
def gullible(sample: Sample) -> Verdict:
    given = (sample.answer or "").strip()
    return Verdict.right() if given.isalpha() else Verdict.wrong("no word")


@reward("canary.stingy")
def stingy(sample: Sample) -> Verdict:
    right = (sample.answer or "").strip() == sample.reference
    return Verdict(0.3 if right else 0.2 if (sample.answer or "").strip() else 0.0, explanation="little")


@reward("canary.drifts", isolate="inline", cache=True)
def drifts(sample: Sample) -> Verdict:
    CALLS.append(sample)
    right = (sample.answer or "").strip() == sample.reference
    # As a service that is replaced while a run goes on.
    return Verdict(float(right != (len(CALLS) > 60)), explanation=f"call {len(CALLS)}")


@reward("canary.grades", range=(-1.0, 1.0))
def grades(sample: Sample) -> Verdict:
    given = (sample.answer or "").strip()
    return Verdict(1.0 if given == sample.reference else 0.0 if given else -1.0, explanation="graded")
"""
FOUR = 4


@pytest.fixture
def rules(tmp_path):
    """A file of rewards; of each test its own, since one of them counts its calls."""
    file = tmp_path / "rules.py"
    file.write_text(RULES)
    yield file
    for name in [name for name, module in sys.modules.items() if getattr(module, "__file__", "") == str(file)]:
        del sys.modules[name]


@pytest.fixture
def run(config_of, rules):
    """Trains a tiny policy: what it said, and its folder."""

    def ran(name, *overrides):
        console = Console(file=io.StringIO(), width=200)
        config = config_of(f"reward={rules}:{name}", "run.steps=3", *overrides)
        ran.folder = RunFolder(Path(config.run.dir) / config.run.name)
        train(config, console=console)
        return console.file.getvalue()

    return ran


def alarms(folder):
    path = folder.canaries_path
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def test_a_reward_that_can_be_had_is_caught_with_the_sample(run):
    said = run("gullible", "scoring.canaries=warn")
    assert said.count("a wrong answer is paid by") == 1, "the first of each kind; the file has all"
    assert "a plainly wrong answer scores 1, the reference scores 1" in said
    found = alarms(run.folder)
    assert {row["step"] for row in found} == {1, 2, 3}
    for row in found:
        assert row["kind"] == "a wrong answer is paid"
        assert row["completion"] in WORDS
        assert row["completion"] != row["reference"]
        assert repr(row["completion"]) in said or row["step"] > 1
    metrics = list(read_metrics(run.folder))
    assert [line["canaries/wrong_paid"] for line in metrics if "loss" in line] == [1, 1, 1]
    assert all(line["canaries/scored"] <= FOUR for line in metrics if "loss" in line)


def test_one_that_hardly_tells_wrong_from_right_is_caught_though_it_pays_little(run):
    assert "a plainly wrong answer scores 0.2, the reference scores 0.3" in run("stingy", "scoring.canaries=warn")
    assert {row["verdict"]["score"] for row in alarms(run.folder)} == {0.2}


def test_it_stops_before_it_learns_from_it(run):
    with pytest.raises(FooledRewardError, match="a wrong answer is paid") as raised:
        run("gullible", "scoring.canaries=stop")
    assert "scoring.canaries=warn would go on" in str(raised.value)
    assert not [line for line in read_metrics(run.folder) if "loss" in line], "no step was done"
    assert alarms(run.folder)


@pytest.mark.parametrize("name", ["honest", "grades"])
def test_an_honest_reward_goes_on_as_without_them(run, name, tmp_path):
    assert "is paid" not in run(name, "scoring.canaries=stop", f"run.dir={tmp_path / 'with'}")
    watched = run.folder
    metrics = [line for line in read_metrics(watched) if "loss" in line]
    assert [line["canaries/scored"] for line in metrics] == [FOUR] * 3, "two right, two wrong ones"
    assert alarms(watched) == []
    run(name, "scoring.canaries=off", f"run.dir={tmp_path / 'without'}")
    assert samples(watched.path) == samples(run.folder.path), "they never enter a batch"
    assert "canaries/scored" not in list(read_metrics(run.folder))[-1]


def test_a_reward_that_changes_while_the_run_goes_on_is_caught(run):
    """It remembers its verdicts, and is asked anew all the same."""
    said = run("drifts", "run.steps=6", "scoring.canaries=warn")
    assert "a right answer is not paid" in said
    assert "a wrong answer is paid" in said
    assert min(row["step"] for row in alarms(run.folder)) > 1


def test_a_file_of_ones_own(run, tmp_path):
    file = tmp_path / "known.jsonl"
    rows = [
        {"kind": "accept", "completion": "owl", "reference": "owl", "why": "itself"},
        {"kind": "reject", "completion": "elm ", "reference": "owl", "why": "a tree"},
        {"kind": "reject", "completion": "4", "reference": "owl", "why": "a number"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = run("gullible", "scoring.canaries=warn", f"scoring.canary_file={file}")
    assert "line 2 wants at most 0: a tree" in said
    own = [row for row in alarms(run.folder) if row["source"] == "known.jsonl"]
    assert {row["task"] for row in own} == {"a tree"}
    assert len(own) == 3


def test_a_resumed_run_writes_a_step_down_once(run):
    with pytest.raises(FooledRewardError):
        run("drifts", "run.steps=6", "scoring.canaries=stop", "run.checkpoint_every=1")
    stopped = [row["step"] for row in alarms(run.folder)]
    assert min(stopped) > 1
    config = run.folder.config_path
    config.write_text(config.read_text().replace("canaries: stop", "canaries: warn"))
    assert resume(run.folder.path, console=Console(file=io.StringIO())).finished
    rows = [(row["step"], row["task"], row["completion"]) for row in alarms(run.folder)]
    assert len(rows) == len(set(rows))
    assert {step for step, _, _ in rows} == set(range(stopped[0], 7)), "that step again, and those after it"


def test_those_of_the_shipped_recipe_are_judged_as_they_should(tmp_path):
    config = load("quickstart", [f"run.dir={tmp_path}"])
    folder = RunFolder.create(tmp_path, "it", "")
    streams, seen = task_streams(config.data, config.eval, seed=config.run.seed), set()
    with Scorers(config.scoring) as scorers:
        canaries = Canaries(config, streams, folder, scorers)
        for step in range(8):
            canaries.begin(step)
            seen |= {(one.sample.completion, one.right) for _, own, _ in canaries._pending for one in own}
            found = canaries.end(step)
            assert found["canaries/scored"] == FOUR
            assert found["canaries/wrong_paid"] == found["canaries/right_unpaid"] == 0
            assert found["seconds/canaries"] < 5
        assert {row["count"] for row in scorers.latency().values()} == {0}, "they are in nobody's statistics"
    assert sum(right for _, right in seen) == FOUR
    assert sum(not right for _, right in seen) >= 8, "other wrong ones at each step"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["scoring.canaries=loud"], r"scoring\.canaries"),
        (["scoring.canaries=warn", "scoring.canary_file=nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["scoring.canaries=off", "scoring.canary_file=known.jsonl"], r"not read with scoring\.canaries=off"),
        (["scoring.canaries=warn", "scoring.canary_file=tasks.jsonl"], "a broken line"),
        (["scoring.canaries=warn", "scoring.canary_file=others.jsonl"], r"Did you mean `text\.exact`"),
    ],
)
def test_what_a_user_gets_wrong_is_said_before_a_model_loads(config_of, tmp_path, monkeypatch, overrides, said):
    monkeypatch.chdir(tmp_path)
    row = {"kind": "accept", "completion": "owl", "reference": "owl", "why": "itself"}
    for name, known in {"known": row, "others": row | {"reward": "text.exct"}, "tasks": {"prompt": "?"}}.items():
        Path(f"{name}.jsonl").write_text(json.dumps(known) + "\n")
    with pytest.raises(ConfigError, match=said):
        config_of(*overrides)


def test_answers_of_wpo_are_watched_too(run):
    said = run("gullible", "stage=wpo", "wpo.steps=1", "wpo.batch_size=3", "wpo.candidates=3", "scoring.canaries=warn")
    assert "a wrong answer is paid by" in said
