"""All skills in one run: six sources with the rewards of the zoo, stopped and gone on with."""

import json
from collections import Counter

import pytest

from rlvr.config import load
from rlvr.engine.run.loop import resume, train
from rlvr.recipes.grpo import Grpo
from tests.trajectory import numbers, samples

from .conftest import PAIRS

MIX = """
extends: grpo
data:
  max_prompt_tokens: 3000
  curriculum: {outside: 0.5}
  sources:
    quality:
      env: parallel
      env_args: {file: pairs.jsonl, source_language: en, target_language: de}
      reward: mt.quality
    follow: {env: mt_follow, env_args: {path: pairs.jsonl}, reward: mt.follow}
    preference: {tasks: preference.jsonl, chat: true, reward: mt.preference, holdout: 2}
    mathematics: {tasks: gsm8k.jsonl, format: gsm8k, chat: true, reward: math.final_number, eval: gsm8k.jsonl}
    code: {tasks: mbpp.jsonl, format: mbpp, chat: true, loss_weight: 2, holdout: 2}
    constraints: {env: instructions, weight: 2}
eval: {size: 2}
rollout: {max_new_tokens: 12}
algorithm:
  prompts_per_step: 7
  group_size: 2
  redraws: 1
  scale_by_std: false
  reward_scale: rms
scoring: {workers: 1}
engine: {actors: inline, device: cpu, threads: 1}
run: {steps: 2, checkpoint_every: 1, tensorboard: false}
"""
JUDGES = {
    "mt.quality": 1,
    "mt.follow": 1,
    "mt.preference": 1,
    "math.final_number": 1,
    "code.asserts": 1,
    "instructions.follow": 2,
}


def write(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def mix(bytewise, tmp_path, monkeypatch, sandbox):
    """A configuration with six sources."""
    monkeypatch.chdir(tmp_path)
    languages = {"source_language": "en", "target_language": "de"}
    write(tmp_path / "pairs.jsonl", [{"source": one, "reference": other, **languages} for one, other in PAIRS])
    asked = "Which translation of {} is better? A: {} B: {} End with `Answer: A` or `Answer: B`."
    rows = [
        {"prompt": asked.format(one, *((other, one) if i % 2 else (one, other))), "reference": "BA"[i % 2]}
        for i, (one, other) in enumerate(PAIRS)
    ]
    write(tmp_path / "preference.jsonl", rows)
    write(tmp_path / "gsm8k.jsonl", [{"question": f"{i} + 1?", "answer": f"#### {i + 1}"} for i in range(9)])
    tests = [{"task_id": i, "text": f"Add {i}.", "test_list": [f"assert add(1) == {i + 1}"]} for i in range(9)]
    write(tmp_path / "mbpp.jsonl", tests)
    (tmp_path / "mix.yaml").write_text(MIX)
    return lambda name: load("mix.yaml", [f"model.path={bytewise}", f"run.name={name}"], check=True)


def test_all_skills_in_one_run_that_may_be_stopped(mix, monkeypatch, tmp_path):
    whole = train(mix("whole"))
    rows = samples(whole.folder)
    for step in (1, 2):
        groups = {(row["group"], row["reward"].split("@")[0]) for row in rows if row["step"] == step}
        assert Counter(name for _, name in groups) == JUDGES
    assert {row["status"] for row in rows} == {"scored"}
    names = ("quality", "follow", "preference", "mathematics", "code", "constraints")
    assert {f"eval/strict/{name}" for name in names} < whole.before.keys()
    assert whole.before["eval/tasks"] == 12
    last = numbers(whole.folder)[-1]
    for name in names:
        assert last[f"sources/{name}/groups"] >= (2 if name == "constraints" else 1)
        assert 0 <= last[f"sources/{name}/solved"] <= last[f"sources/{name}/reward"] <= 1

    honest = Grpo.step

    def crashed(self, number):
        if number == 1:
            raise SystemExit
        return honest(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Grpo, "step", crashed)
        with pytest.raises(SystemExit):
            train(mix("stopped"))
    resumed = resume(tmp_path / "runs" / "stopped")
    assert resumed.finished
    assert numbers(resumed.folder) == numbers(whole.folder)
    assert samples(resumed.folder) == samples(whole.folder)
