"""A composed reward of a file in TRL's own trainer: its verdicts are those of `rlvr score`, and TRL logs them."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rlvr import Sample, get_reward

BENCH = Path(__file__).parents[2] / ".venv" / "bench"

REWARDS = """
from rlvr import Sample, Verdict, clip, gate, reward


@reward("shop.digits", range=(-1.0, 1.0))
def digits(sample: Sample) -> Verdict:
    text = sample.answer or ""
    if str(sample.reference) in text:
        return Verdict.right(text, str(sample.reference))
    return Verdict.wrong("other digits", extracted=text, expected=str(sample.reference))


@reward("shop.short", isolate="process")
def short(sample: Sample) -> float:
    if len(set(sample.completion)) < 4:
        raise ValueError("hardly a letter")
    return min(1.0, 10 / len(sample.completion)) * sample.data["level"] / 2


both = 0.75 * clip(digits, 0.0, 1.0) + 0.25 * short
"""


def judge_in_verl(name, rows):
    """The scores that verl's reward worker gives the same completions."""
    from rlvr.config.schema import TrainConfig
    from rlvr.verl.judging import Judge

    config = TrainConfig()
    judge = Judge(replace(config, scoring=replace(config.scoring, max_error_rate=1.0)))

    async def judged():
        samples = [
            Sample(row["completion"], prompt=row["prompt"], reference=row["reference"], data={"level": row["level"]})
            for row in rows
        ]
        return await asyncio.gather(*(judge.judge(sample, name) for sample in samples))

    try:
        return [one.told["acc"] for one in asyncio.run(judged())]
    finally:
        judge.close()


def test_a_composed_reward_of_a_file_in_trls_own_trainer(tmp_path, monkeypatch, rlvr):
    if BENCH.is_dir() and str(BENCH) not in sys.path:
        monkeypatch.syspath_prepend(str(BENCH))
    pytest.importorskip("trl", reason="TRL is a dependency of the benchmarks only (make peers installs it)")
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import Dataset
    from pyarrow.parquet import read_table
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from trl import GRPOConfig, GRPOTrainer

    from rlvr.recipes import quickstart

    (tmp_path / "rewards.py").write_text(REWARDS)
    name = f"{tmp_path / 'rewards.py'}:both"
    both = get_reward(name).as_trl(reference="answer")
    judged = []

    def recorded(prompts, completions, **columns):
        scores = both(prompts=prompts, completions=completions, **columns)
        rows = zip(
            prompts, completions, columns["answer"], columns["level"], columns["completion_ids"], scores, strict=True
        )
        keys = ("prompt", "completion", "reference", "level", "ids", "score")
        judged.extend(dict(zip(keys, row, strict=True)) for row in rows)
        return scores

    recorded.__name__ = "both"
    tokenizer = AutoTokenizer.from_pretrained(os.path.dirname(quickstart.__file__))  # noqa: PTH120
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(tokenizer), pad_token_id=0, bos_token_id=1, eos_token_id=2, **shape)
    )
    settings = GRPOConfig(
        output_dir=str(tmp_path / "run"),
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=12,
        max_steps=3,
        logging_steps=1,
        log_completions=True,
        seed=1,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
    )
    rows = [{"prompt": f"{i}+1=", "answer": str(i + 1), "level": 1 + i % 2} for i in range(8)]
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=[recorded],
        args=settings,
        train_dataset=Dataset.from_list(rows),
    )
    trainer.train()
    assert len(judged) == 24
    scores = {row["score"] for row in judged}
    assert len(scores) > 4
    assert None in scores  # TRL leaves these out

    with (tmp_path / "said.jsonl").open("w") as said:
        for row in judged:
            kept = {key: row[key] for key in ("prompt", "completion", "reference")}
            line = {**kept, "data": {"level": row["level"]}, "n_tokens": len(row["ids"])}
            said.write(json.dumps(line) + "\n")
    asked = rlvr("score", name, tmp_path / "said.jsonl", "--out", tmp_path / "judged.jsonl", "--max-error-rate", 1)
    assert asked.code == 0, asked.all
    verdicts = [json.loads(line)["verdict"] for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
    assert [verdict["score"] for verdict in verdicts] == [row["score"] for row in judged]

    assert judge_in_verl(name, judged) == [row["score"] for row in judged]

    logs = [row for row in trainer.state.log_history if "rewards/both/mean" in row]
    assert len(logs) == 3
    share = sum(row[f"{get_reward(name).name}/unscored"] for row in logs) / 3
    assert share == pytest.approx(sum(row["score"] is None for row in judged) / 24)
    tables = [read_table(path).to_pylist() for path in (tmp_path / "run" / "completions").glob("*.parquet")]
    told = {row["completion"]: row[f"{get_reward(name).name}/explanation"] for table in tables for row in table}
    assert told == {row["completion"]: verdict["explanation"] for row, verdict in zip(judged, verdicts, strict=True)}
