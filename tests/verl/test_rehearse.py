"""A rehearsal of a recipe of many kinds of tasks: verl's real trainer and vLLM on CPU, COMET and the sandbox beside it.

make test-verl
"""

import json
import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from rlvr.config import load
from rlvr.verl.data.rows import task_in
from tests.verl.conftest import REWARDS

ROOT = Path(__file__).parents[2]
VLLM = ROOT / ".venv" / "vllm"
CHECKPOINTS = ROOT / "tests" / "rewards" / "translation" / "comet"
LIMIT = 480  # a rehearsal has 240 s; more where others use the cores too
STEPS, GROUP = 3, 2

pytestmark = [
    pytest.mark.timeout(LIMIT + 120),
    pytest.mark.skipif(
        not (VLLM / ".done").is_file() and find_spec("vllm") is None,
        reason="vLLM's CPU build is not installed: make vllm",
    ),
]

TASKS = {
    "mathematics": [{"prompt": f"What is {n} + {n}?", "reference": str(2 * n)} for n in range(4)],
    "constraints": [
        {"prompt": "Name a harbour.", "reference": {"instruction_id_list": [name], "kwargs": [{}]}}
        for name in ("punctuation:no_comma", "change_case:english_lowercase")
    ],
    "translation": [
        {
            "prompt": f"Into German: the house is {word}",
            "reference": "das Haus ist rot und alt",
            "data": {"source": f"the house is {word}", "source_language": "en", "target_language": "de"},
        }
        for word in ("red", "old")
    ],
    "code": [{"prompt": "Print 1.", "reference": {"cases": [{"input": "", "output": "1\n"}]}}],
    "length": [{"prompt": "Write."}],
    "hanging": [{"prompt": "Hang."}],
    "crashing": [{"prompt": "Crash."}],
}
BROKEN = {"hanging": "timeout", "crashing": "error"}


@pytest.fixture(scope="module")
def rewards(tmp_path_factory):
    """The reward of each source; the one of translation asks a tiny COMET model."""
    from rlvr.rewards.translation.comet.place import Condition, find

    place = find()
    if place.condition is not Condition.READY:
        pytest.skip("the environment of the metrics is not there: rlvr setup comet")
    folder = tmp_path_factory.mktemp("comet")
    program = "from make_checkpoints import *; make_backbone(root := Path(sys.argv[1]), 'tiny'); "
    program += "make_comet(root / 'regression', 'regression', root, 'tiny')"
    done = subprocess.run(
        [place.python, "-c", program, folder], cwd=CHECKPOINTS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    file = folder / "metric.py"
    file.write_text(
        "from rlvr.rewards.translation.comet.rewards import comet_reward\n"
        f"tiny = comet_reward('tiny.comet', {str(folder / 'regression')!r}, range=(-100.0, 100.0))\n"  # random weights
    )
    named = {"mathematics": "math.answer", "constraints": "instructions.follow", "code": "code.stdio"}
    broken = {"length": "length", "hanging": "hangs", "crashing": "crashes"}
    return named | {"translation": f"{file}:tiny"} | {name: f"{REWARDS}:{short}" for name, short in broken.items()}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory, rewards):
    """The folder of a rehearsal, and what was said of it."""
    place = tmp_path_factory.mktemp("rehearsal")
    sources = {}
    for name, rows in TASKS.items():
        file = place / f"{name}.jsonl"
        lines = [json.dumps(row | {"id": f"{name}-{i}"}) for i, row in enumerate(rows)]
        file.write_text("\n".join(lines) + "\n")
        sources[name] = {"tasks": str(file), "chat": True, "reward": rewards[name]}
    # Gemma 2's architecture and template, its penalty towards a reference policy and its caps.
    recipe = {"extends": "tower_plus/2b", "stage": "grpo", "engine": {"kind": "verl"}, "data": {"sources": sources}}
    recipe["scoring"] = {"probe": "off"}  # a reward for length alone would not be trained on
    (place / "mixed.yaml").write_text(json.dumps(recipe))
    words = ["rehearse", "recipe=mixed.yaml", "--keep", "kept", "--limit", str(LIMIT), "--steps", str(STEPS)]
    code = "from rlvr.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=place, capture_output=True, text=True, timeout=LIMIT + 60, check=False
    )
    log = place / "kept" / "verl.log"
    said = done.stdout + done.stderr
    assert f"{STEPS} of {STEPS} steps" in said, said + (log.read_text(errors="replace")[-4000:] if log.exists() else "")
    return SimpleNamespace(code=done.returncode, said=said, folder=place / "kept", rewards=rewards)


def judged(folder):
    found = [json.loads(line) for file in (folder / "judged").iterdir() for line in file.read_text().splitlines()]
    return [line | {"source": line["id"].rpartition("-")[0]} for line in found if line["split"] == "train"]


def trained_on(folder):
    """What verl itself wrote down of each sample it trained on."""
    return [json.loads(line) for file in (folder / "verl-rollouts").iterdir() for line in file.read_text().splitlines()]


def test_each_source_was_trained_in_each_step(rehearsed):
    lines = judged(rehearsed.folder)
    for name in TASKS:
        steps = [line["step"] for line in lines if line["source"] == name]
        assert sorted(steps) == sorted(GROUP * list(range(1, STEPS + 1))), name
    assert len(trained_on(rehearsed.folder)) == STEPS * GROUP * len(TASKS)


def test_verl_trained_on_what_rlvr_score_says_one_by_one(rehearsed, rlvr, tmp_path):
    import pyarrow.parquet as pq

    rows = pq.read_table(rehearsed.folder / "data" / "train.parquet").to_pylist()
    tasks = {task.id: task for row in rows for task in [task_in(row["extra_info"])]}
    lines = judged(rehearsed.folder)
    for source in TASKS.keys() - BROKEN:
        own = [line for line in lines if line["source"] == source]
        samples = []
        for line in own:
            task = tasks[line["id"].partition("#")[0]]
            prompt = [{"role": turn.role, "content": turn.content} for turn in task.prompt]
            samples.append({"prompt": prompt, "reference": task.reference, "data": dict(task.data)})
            samples[-1] |= {"completion": line["completion"], "truncated": line["truncated"]}
        asked, said = tmp_path / f"{source}.jsonl", tmp_path / f"{source}-judged.jsonl"
        asked.write_text("".join(json.dumps(sample) + "\n" for sample in samples))
        assert rlvr("score", rehearsed.rewards[source], asked, "--out", said).code == 0
        scores = [json.loads(text)["verdict"]["score"] for text in said.read_text().splitlines()]
        assert [line["trained_on"] for line in own] == pytest.approx(scores, abs=1e-4), source
    assert len({line["trained_on"] for line in lines if line["source"] == "translation"}) > 2
    ours = sorted((line["step"], line["group"], line["trained_on"]) for line in lines if line["source"] not in BROKEN)
    theirs = sorted(
        (row["step"], row["uid"].rsplit("_", 2)[0], row["score"])
        for row in trained_on(rehearsed.folder)
        if not math.isnan(row["score"])
    )
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    assert [row[2] for row in ours] == pytest.approx([row[2] for row in theirs])


def test_what_hangs_and_crashes_is_counted_masked_and_told(rehearsed):
    lines = judged(rehearsed.folder)
    for name, status in BROKEN.items():
        own = [line for line in lines if line["source"] == name]
        assert {line["verdict"]["status"] for line in own} == {status}
        assert {line["trained_on"] for line in own} == {None}
        assert f"{rehearsed.rewards[name]} could not judge 6 of 6 samples" in rehearsed.said
    assert {line["verdict"]["status"] for line in lines if line["source"] not in BROKEN} == {"scored"}
    masked = [row for row in trained_on(rehearsed.folder) if math.isnan(row["score"])]
    assert len(masked) == STEPS * GROUP * len(BROKEN)
    assert rehearsed.said.count("Problem: ") == len(BROKEN)  # nothing else was found: gradients, ends, probabilities
    assert rehearsed.code == 1


def test_ends_are_understood_and_what_was_changed_is_told(rehearsed):
    truncated = [line["truncated"] for line in judged(rehearsed.folder)]
    assert sum(truncated) < len(truncated) / 2
    told = load("tower_plus/2b", ["stage=grpo"]).algorithm
    assert f"{told.prompts_per_step} -> {len(TASKS)}" in rehearsed.said
    assert f"{told.group_size} -> {GROUP}" in rehearsed.said
    assert "a stand-in for its tokenizer" in rehearsed.said


def test_at_its_limit_everything_is_killed_and_the_phase_is_told(rlvr, tmp_path):
    plain = ["engine=verl", "optim.schedule=constant", "sft.steps=0", "eval.lenient=null"]
    ended = rlvr("rehearse", "quickstart", *plain, "--keep", tmp_path / "kept", "--limit", "1")
    assert ended.code == 1
    assert "The limit of 1 s was reached in the phase `starting Ray`; everything was killed." in ended.out
    left = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [words for words in left if str(tmp_path) in " ".join(words)]
